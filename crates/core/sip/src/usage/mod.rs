//! What transactions and dialogs are for: [calls](invite), transfers by [REFER](refer), [registrations](register), and, for the practice exchange,
//! a [registrar].

pub(crate) mod challenge;
pub(crate) mod invite;
pub(crate) mod options;
pub(crate) mod refer;
pub(crate) mod register;
mod registrar;

pub(crate) use registrar::Registrar;
