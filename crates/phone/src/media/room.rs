//! Everybody who talks, and the two clocks they talk by. The loudspeaker's clock takes what the parties say; the
//! microphone's gives each of them what it hears. Between the two stands a bridge, but only while parties hear each other,
//! or are recorded: a call of two never waits for it.

use super::call::Call;
use super::desk_sound::Heard;
use sidetone_desk::LegId;
use sidetone_media::codec::Effort;
use sidetone_media::mix::{Blocks, Bridge, Mixer, Seat};
use sidetone_media::pcm::{Block, SILENCE};
use std::collections::BTreeMap;
use std::time::Instant;

/// From so many parties on each is encoded with less effort.
const MANY: usize = 4;

/// The room.
#[derive(Default)]
pub(super) struct Room {
    mixer: Mixer,
    bridge: Bridge,
    way: Way,
    /// By the loudspeaker's clock.
    said: Blocks,
    /// By the microphone's.
    spoken: Blocks,
}

/// Whether the parties' sound goes over the bridge.
#[derive(Default, PartialEq, Eq)]
enum Way {
    #[default]
    Closed,
    Open,
    /// What is being faded out needs one block more.
    Closing,
}

impl Room {
    pub(super) fn leave(&mut self, call: &Call) {
        if let Some(seat) = call.seat() {
            self.mixer.leave(seat);
            self.said[seat] = SILENCE;
            self.spoken[seat] = SILENCE;
        }
    }

    /// How a call takes part may be another way now. It gets its place with its first sound: what only rings takes none
    /// from those who talk.
    pub(super) fn see(&mut self, call: &mut Call) {
        if call.wants_seat() {
            match self.mixer.sit() {
                Some(seat) => call.sit(seat),
                None => tracing::warn!("more calls than can be mixed: one has no sound until another ends"),
            }
        }
        if let Some(seat) = call.seat() {
            self.mixer.set(seat, call.part());
        }
    }

    /// What encoding may cost each of them: one after another in a large conference, they take their time from the rest
    /// of the agent's computer.
    pub(super) fn effort(&self) -> Effort {
        if self.mixer.conferring() < MANY { Effort::Full } else { Effort::Light }
    }

    /// Takes the agent's next 10 ms, and gives every call what it hears.
    pub(super) fn capture(&mut self, now: Instant, agent: &Block, calls: &mut BTreeMap<LegId, Call>) {
        self.spoken[Seat::AGENT] = *agent;
        self.cross(self.mixer.is_conference() || calls.values().any(Call::is_recorded));
        let Self { mixer, spoken, .. } = self;
        calls.values_mut().for_each(|call| call.capture(now, mixer, spoken));
    }

    fn cross(&mut self, wanted: bool) {
        let before = std::mem::take(&mut self.way);
        self.way = match (before, wanted) {
            (Way::Closed | Way::Closing, true) => {
                self.bridge.restart();
                Way::Open
            }
            (Way::Open, true) => Way::Open,
            (Way::Open, false) => Way::Closing,
            (Way::Closing, false) => {
                Seat::parties().for_each(|seat| self.spoken[seat] = SILENCE);
                Way::Closed
            }
            (Way::Closed, false) => Way::Closed,
        };
        match self.way {
            Way::Open | Way::Closing => self.bridge.pull(&mut self.spoken),
            Way::Closed => {}
        }
    }

    /// Gives the agent's next 10 ms.
    pub(super) fn play(&mut self, now: Instant, calls: &mut BTreeMap<LegId, Call>, heard: &mut Heard) {
        for call in calls.values_mut() {
            match call.seat() {
                Some(seat) => call.play(now, &mut self.said[seat]),
                None => call.play(now, &mut [0.0; _]),
            }
        }
        self.mixer.hear(Seat::AGENT, &self.said, &mut heard.parties);
        calls.values_mut().for_each(|call| call.whisper(&mut heard.tones));
        match self.way {
            Way::Open | Way::Closing => self.bridge.push(&self.said),
            Way::Closed => {}
        }
    }
}
