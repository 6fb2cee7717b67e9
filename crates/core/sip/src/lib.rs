//! SIP user agent without I/O: messages, transactions, dialogs and their usages.

pub mod api;
pub mod auth;
pub mod message;
