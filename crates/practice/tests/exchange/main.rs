//! The exchange over real sockets, with a real phone as the agent's: who is offered, what becomes of those who are not
//! taken, and that words carry both ways. Every test waits for what happens, with a deadline.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test a failure is a failure"
)]

mod desk;
mod dialling;
mod holding;
mod offers;
mod words;
