//! The desk seen from outside: what goes in, what comes out, what is shown. Named by the rows of the behaviours.

mod calls;
mod dial;
mod history;
mod offers;
mod rig;
mod session;
mod state;
mod wrap_up;
