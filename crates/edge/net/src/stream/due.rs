//! When a peer must be heard of next: so that neither one that says nothing nor one that says it byte by byte keeps a place
//! for good.

use crate::setup::Limits;
use sidetone_sip::message::Framer;
use tokio::time::Instant;

/// A framer, and when the peer must be heard of next.
pub(super) struct Due {
    pub(super) framer: Framer,
    /// A whole message came, or none has to.
    introduced: bool,
    pub(super) at: Instant,
}

impl Due {
    /// A peer that came must say why, as soon as it would have to finish a message.
    pub(super) fn accepted(limits: &Limits) -> Due {
        Due { framer: Framer::accepted(), introduced: false, at: Instant::now() + limits.message }
    }

    /// A peer that we called need not speak first.
    pub(super) fn opened(limits: &Limits) -> Due {
        Due { framer: Framer::opened(), introduced: true, at: Instant::now() + limits.idle }
    }

    /// Sets it anew, after a read that ended `whole` messages; `began`: one had begun before it.
    pub(super) fn renew(&mut self, limits: &Limits, began: bool, whole: bool) {
        self.introduced |= whole;
        match (self.framer.is_within_message(), self.introduced) {
            // A drip of bytes does not move the hour a message is due, nor does a ping.
            (true, _) if began && !whole => {}
            (false, false) => {}
            (true, _) => self.at = Instant::now() + limits.message,
            (false, true) => self.at = Instant::now() + limits.idle,
        }
    }
}
