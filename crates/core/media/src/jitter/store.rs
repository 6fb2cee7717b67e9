//! Packets that wait for their turn, by sequence number. A fixed number of places; each keeps its memory for the next.

use super::Samples;
use crate::noise::Noise;

/// How many packets can wait: 2.5 s of 20 ms packets.
pub(super) const PLACES: usize = 128;

/// What a place has memory for from the start: 20 ms of anything up to 200 kbit/s.
const PAYLOAD: usize = 512;

/// What waits in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content<'a> {
    Sound { timestamp: Samples, arrival: Samples, payload: &'a [u8] },
    Noise(Noise),
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Free,
    Sound { timestamp: Samples, arrival: Samples },
    Noise(Noise),
    Nothing,
}

struct Place {
    sequence: u64,
    kind: Kind,
    payload: Vec<u8>,
}

impl std::fmt::Debug for Place {
    /// The payload is what was said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place({}, {:?})", self.sequence, self.kind)
    }
}

/// The places.
#[derive(Debug)]
pub(super) struct Store {
    places: Vec<Place>,
    /// Packets of sound among them.
    sounds: usize,
}

impl Store {
    pub(super) fn new() -> Store {
        let place = || Place { sequence: 0, kind: Kind::Free, payload: Vec::with_capacity(PAYLOAD) };
        Store { places: std::iter::repeat_with(place).take(PLACES).collect(), sounds: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.places.iter_mut().for_each(|place| place.kind = Kind::Free);
        self.sounds = 0;
    }

    /// How many packets of sound wait.
    pub(super) const fn sounds(&self) -> usize {
        self.sounds
    }

    /// `false`: it is there already. What stood there from a cycle before is gone.
    pub(super) fn insert(&mut self, sequence: u64, content: Content<'_>) -> bool {
        let place = &mut self.places[index(sequence)];
        if place.kind != Kind::Free && place.sequence == sequence {
            return false;
        }
        if matches!(place.kind, Kind::Sound { .. }) {
            self.sounds -= 1;
        }
        place.sequence = sequence;
        place.payload.clear();
        match content {
            Content::Sound { timestamp, arrival, payload } => {
                place.kind = Kind::Sound { timestamp, arrival };
                place.payload.extend_from_slice(payload);
                self.sounds += 1;
            }
            Content::Noise(noise) => place.kind = Kind::Noise(noise),
            Content::Nothing => place.kind = Kind::Nothing,
        }
        true
    }

    pub(super) fn get(&self, sequence: u64) -> Option<Content<'_>> {
        let place = &self.places[index(sequence)];
        match place.kind {
            Kind::Free => None,
            Kind::Sound { .. } | Kind::Noise(_) | Kind::Nothing if place.sequence != sequence => None,
            Kind::Sound { timestamp, arrival } => {
                Some(Content::Sound { timestamp, arrival, payload: &place.payload })
            }
            Kind::Noise(noise) => Some(Content::Noise(noise)),
            Kind::Nothing => Some(Content::Nothing),
        }
    }

    pub(super) fn remove(&mut self, sequence: u64) {
        let place = &mut self.places[index(sequence)];
        if place.sequence == sequence {
            if matches!(place.kind, Kind::Sound { .. }) {
                self.sounds -= 1;
            }
            place.kind = Kind::Free;
        }
    }

    /// The first that waits, from `sequence` on.
    pub(super) fn first_from(&self, sequence: u64) -> Option<u64> {
        (sequence..sequence + PLACES as u64).find(|next| self.get(*next).is_some())
    }
}

fn index(sequence: u64) -> usize {
    (sequence % PLACES as u64) as usize
}
