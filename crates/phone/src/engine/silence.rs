//! Calls whose party is gone without a word: no sound for a while where there should be some, then no answer to a
//! question either. Whoever answers may be silent for as long as they like (RFC 3264 section 5.1 lets them).

use super::Engine;
use super::leg::{Change, Hold, Stage};
use sidetone_desk::LegId;
use std::time::Instant;

impl Engine {
    /// Once a second: whether the party's packets come.
    pub(super) fn listen(&mut self, now: Instant, id: LegId, receiving: bool) {
        let Some(patience) = self.patience else { return };
        let Some(leg) = self.legs.get(id) else { return };
        let (Stage::Up(Hold::Settled { .. }), true) = (&leg.stage, leg.should_be_heard) else {
            return leg.heard = Some(now);
        };
        let heard = *leg.heard.get_or_insert(now);
        if receiving {
            leg.heard = Some(now);
        } else if now.saturating_duration_since(heard) >= patience {
            self.offer_again(now, id, Change::Probe);
        }
    }
}
