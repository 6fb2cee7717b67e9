//! The desk seen from outside: what goes in, what comes out, what is shown. Named by the rows of the behaviours.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that fails says so by a panic")]

mod beside;
mod calls;
mod dial;
mod history;
mod model;
mod offers;
mod restored;
mod rig;
mod session;
mod state;
mod wrap_up;
