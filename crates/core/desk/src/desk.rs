//! The desk itself: takes inputs, keeps deadlines, gives out what is to be done.

use crate::config::Config;
use crate::error::Error;
use crate::input::Input;
use crate::output::{Output, Timer};
use crate::view::{ActionView, CauseView, DeskView, SessionView, StateLabel, StateView, UnixMillis, Why};
use std::time::Instant;

/// The agent desk.
#[derive(Debug)]
pub struct Desk {
    shown: DeskView,
}

impl Desk {
    /// A desk where nobody is signed in. `anchor` is one point in time in both clocks; the same `seed` gives the same
    /// tracking and row ids.
    pub fn new(_config: Config, _anchor: (Instant, UnixMillis), _seed: [u8; 32]) -> Self {
        let blocked = ActionView::Blocked { why: Why::NotSignedIn };
        let state = StateView {
            label: StateLabel::SignedOut,
            since: _anchor.1,
            cause: CauseView::Agent,
            next: None,
            change: blocked.clone(),
        };
        let shown = DeskView {
            session: SessionView::SignedOut { trouble: None },
            state,
            banners: Vec::new(),
            contacts: Vec::new(),
            popovers: Vec::new(),
            selected: None,
            dialog: None,
            notices: Vec::new(),
            dial: blocked,
            wrap_up_reasons: Vec::new(),
            idle_codes: Vec::new(),
        };
        Self { shown }
    }

    /// Takes one input in. An update is never refused; a command that cannot be done now changes nothing and says why.
    pub fn handle_input(&mut self, _now: Instant, _input: Input) -> Result<(), Error> {
        Ok(())
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next, and what for.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        None
    }

    /// The next thing to be done; drain it to `None` after every `handle_*`.
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }

    /// What the screen shows.
    pub fn view(&self) -> DeskView {
        self.shown.clone()
    }
}
