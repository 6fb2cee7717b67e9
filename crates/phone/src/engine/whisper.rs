//! An announcement to the agent alone before a call is taken by itself (OFFER-7): which one, and for how long the caller is
//! left to ring meanwhile. Nothing of it can reach the caller: there is no answer yet.

use super::leg::{MediaOrder, Stage};
use super::{Ears, Engine, Output, Way};
use bytes::Bytes;
use sidetone_desk::{LegId, Pii, Update};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The caller waits: longer than that, and the call is taken in the middle of it.
const LONGEST: Duration = Duration::from_secs(15);

/// The admin's whispers: WAV or Ogg Opus files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whispers {
    /// Of calls whose queue has none of its own.
    pub any: Option<PathBuf>,
    /// By the queue's name.
    pub by_queue: BTreeMap<String, PathBuf>,
}

impl Whispers {
    /// The one of a call that came by this queue.
    pub(super) fn of(&self, queue: Option<&str>) -> Option<Pii<PathBuf>> {
        let own = queue.and_then(|queue| self.by_queue.get(queue));
        own.or(self.any.as_ref()).cloned().map(Pii::new)
    }
}

impl Engine {
    /// Whispers, where there is something to; the offer comes back where there is not.
    pub(super) fn whisper(
        &mut self,
        now: Instant,
        id: LegId,
        way: &Way,
        offer: Option<Bytes>,
    ) -> Result<(), Option<Bytes>> {
        let Some(leg) = self.legs.get(id) else { return Err(offer) };
        let Some(file) = leg.whisper.take() else { return Err(offer) };
        leg.stage = Stage::Whispering { offer, way: Box::new(way.clone()), until: now + LONGEST };
        self.outputs.push_back(Output::Play { leg: id, file, ears: Ears::Agent });
        Ok(())
    }

    /// What was played beside a leg's talk is over, or could not be played.
    pub(super) fn played(&mut self, now: Instant, id: LegId, played: bool) {
        self.take_at_last(now, id);
        self.tell_desk(now, Update::GreetingOver { leg: id, played });
    }

    /// The calls that rang for long enough.
    pub(super) fn end_whispers(&mut self, now: Instant) {
        for id in self.legs.whispering(now) {
            self.media(id, MediaOrder::StopPlaying);
            self.take_at_last(now, id);
        }
    }

    fn take_at_last(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get(id) else { return };
        let Stage::Whispering { offer, way, .. } = &mut leg.stage else { return };
        let (offer, way) = (offer.take(), (**way).clone());
        leg.stage = Stage::Answering { offer, beep: true };
        self.opened(now, id, Ok(way));
    }
}
