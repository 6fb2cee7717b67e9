//! The agent desk without I/O: state, contacts, offers, wrap-up, and the view the screen draws.
//!
//! [`Desk`] takes what the agent wants ([`command::Command`]) and what the phone and the platform say ([`Update`]),
//! and gives out what is to be done ([`Output`]) and what is to be seen ([`view::DeskView`]). It knows no SIP, no
//! sound, no disk and no clock of its own: legs are numbers, and `now` is an argument.

mod alerts;
mod availability;
mod beside;
mod clock;
pub mod command;
mod config;
mod contact;
mod contacts;
mod desk;
mod dial;
mod error;
mod history;
mod input;
mod live;
mod output;
mod pii;
mod rules;
mod session;
mod show;
mod sound;
mod trouble;
pub mod view;

pub use config::{Config, DirectCalls, RecordingRules, RecordingStart, WrapUpRules};
pub use desk::Desk;
pub use dial::Target;
pub use error::Error;
pub use history::{EndedBy, HistoryRow, Outcome, RowId, Times, WrapUpRecord, WrapUpState};
pub use input::{EndCause, Input, LegId, Offer, Party, RecordingNews, Update, Variable};
pub use live::{LiveCall, Recorded, Sound};
pub use output::{Output, Recorder, RejectReason, Ring, Timer};
pub use pii::Pii;
pub use show::{masked, party as party_shown};
