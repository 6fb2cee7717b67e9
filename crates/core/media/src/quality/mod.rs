//! How a call sounds, and why: what the packets of a stream came to ([`ledger`], [`burst`]), what people would say of it
//! ([`emodel`], [`impairment`]), what is wrong with it in words ([`cause`]), live over the last seconds ([`window`])
//! and for the whole call ([`Summary`]), which a collector may be told ([`report`]).
//!
//! Knows no packet's bytes and no clock: the session tells it what came, and once a second that a second is over.

mod burst;
mod cause;
mod emodel;
mod impairment;
mod ledger;
pub mod report;
mod voice;
mod watch;
mod window;

pub use cause::{Cause, Link};
pub use emodel::Rating;
pub use watch::{Opinion, Summary, Surroundings};

pub(crate) use burst::{GMIN, Periods};
pub(crate) use ledger::{Ledger, Tally};
pub(crate) use report::{Detail, Stream};
pub(crate) use voice::Voice;
pub(crate) use watch::{Path, Watch, one_way, opinion};
pub(crate) use window::{Second, There, Totals};
