//! What transactions and dialogs are for: [calls](invite), transfers by [REFER](refer), [registrations](register), what
//! there is [beside calls](events), and, for the practice exchange, a [registrar].

mod backoff;
pub(crate) mod challenge;
pub(crate) mod events;
pub(crate) mod invite;
pub(crate) mod message;
mod once;
pub(crate) mod options;
mod publish;
pub(crate) mod refer;
pub(crate) mod register;
mod registrar;
mod subscribe;

pub(crate) use registrar::Registrar;
