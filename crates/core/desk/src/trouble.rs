//! Tracking ids and row ids, from the seed alone: the same seed gives the same ids (SESSION-10).

use crate::history::RowId;
use crate::output::Output;
use crate::view::{TrackingId, TroubleKind, TroubleView};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::VecDeque;
use std::fmt;

/// Crockford's base32: no I, L, O, U, so that an id read out on the phone is not misheard.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes ids, and logs the troubles they are for.
pub(crate) struct Tracker {
    random: StdRng,
}

impl Tracker {
    /// The same seed gives the same ids.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { random: StdRng::from_seed(seed) }
    }

    /// A trouble as the agent reads it, and its line in the log.
    pub(crate) fn trouble(&mut self, what: TroubleKind, outputs: &mut VecDeque<Output>) -> TroubleView {
        let tracking = TrackingId(self.base32(4));
        outputs.push_back(Output::Log { tracking: tracking.clone(), trouble: what.clone() });
        TroubleView { what, tracking }
    }

    /// An id for a new history row.
    pub(crate) fn row(&mut self) -> RowId {
        RowId(self.base32(16))
    }

    fn base32(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(ALPHABET[self.random.random_range(0..ALPHABET.len())])).collect()
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracker")
    }
}
