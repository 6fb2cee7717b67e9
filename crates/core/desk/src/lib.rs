//! The agent desk without I/O: state, contacts, offers, wrap-up, and the view the screen draws.

pub mod command;
pub mod view;
