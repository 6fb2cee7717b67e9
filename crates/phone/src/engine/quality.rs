//! How calls sound, passed on: to the desk once a second, and summed up at their end, for whoever collects that too.

use super::Engine;
use super::Output;
use super::leg::Leg;
use crate::quality;
use sidetone_desk::view::QualityView;
use sidetone_desk::{LegId, Update};
use sidetone_media::quality::Summary;
use std::time::Instant;

impl Engine {
    /// A second of a call is over. `so_far`: what it was like from its beginning.
    pub(super) fn sounds(
        &mut self,
        now: Instant,
        id: LegId,
        shown: QualityView,
        so_far: Option<Box<Summary>>,
    ) {
        self.listen(now, id, shown.receiving);
        let summed_up = so_far.as_deref().map(quality::summed_up);
        if let Some(leg) = self.legs.get(id) {
            leg.sounded = so_far.or_else(|| leg.sounded.take());
        }
        self.tell_desk(now, Update::Quality { leg: id, quality: Some(shown), so_far: summed_up });
    }

    /// The call is over: says how it was.
    pub(super) fn sum_up(&mut self, now: Instant, leg: &mut Leg) {
        if let Some(summary) = leg.sounded.take() {
            self.outputs.push_back(Output::Happened(Some(leg.number), quality::summary_said(&summary)));
            self.report(now, leg, &summary);
        }
    }
}
