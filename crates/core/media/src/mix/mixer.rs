//! Who hears whom. Every pair has a gain of its own, which is 0 or 1 or on its way: a change takes one block, so that
//! nothing clicks, and nobody's own voice is ever added and taken away again: it is never added.

use super::{Blocks, Limiter, Part, SEATS, Seat, With};
use crate::pcm::{BLOCK_SAMPLES, Block};

/// What is made of the sources: what each seat hears, and what is written down of each seat's talk with the agent.
const MIXES: usize = 2 * SEATS;

/// The table.
#[derive(Debug)]
pub struct Mixer {
    /// `None`: nobody sits there. The agent's is never looked at.
    parts: [Option<Part>; SEATS],
    /// By mix and source, as the block before ended.
    gains: [[f32; SEATS]; MIXES],
    /// Of the agent's voice in what is written down.
    agent_gains: [f32; SEATS],
    limiters: [Limiter; MIXES],
}

impl Default for Mixer {
    fn default() -> Mixer {
        Mixer {
            parts: [None; SEATS],
            gains: [[0.0; SEATS]; MIXES],
            agent_gains: [0.0; SEATS],
            limiters: [const { Limiter::new() }; MIXES],
        }
    }
}

impl Mixer {
    /// Takes a place, on hold at first; `None` where all seven are taken.
    pub fn sit(&mut self) -> Option<Seat> {
        let free = Seat::all().find(|seat| *seat != Seat::AGENT && self.parts[seat.index()].is_none())?;
        self.parts[free.index()] = Some(Part::default());
        Some(free)
    }

    /// Leaves it. Whoever takes it next is not heard with what is left of the last one.
    pub fn leave(&mut self, seat: Seat) {
        let at = seat.index();
        self.parts[at] = None;
        self.gains.iter_mut().for_each(|gains| gains[at] = 0.0);
        self.agent_gains[at] = 0.0;
        for mix in [at, SEATS + at] {
            self.gains[mix] = [0.0; SEATS];
            self.limiters[mix] = Limiter::new();
        }
    }

    /// How a seat takes part from the next block on. Does nothing to an empty one and to the agent's.
    pub fn set(&mut self, seat: Seat, part: Part) {
        if let Some(before) = &mut self.parts[seat.index()] {
            *before = part;
        }
    }

    /// How a seat takes part: on hold where nobody sits.
    pub fn part(&self, seat: Seat) -> Part {
        self.parts[seat.index()].unwrap_or_default()
    }

    /// Whether parties hear each other, and not the agent alone.
    pub fn is_conference(&self) -> bool {
        self.conferring() > 1
    }

    /// How many parties are in the conference, the agent not counted.
    pub fn conferring(&self) -> usize {
        self.parts.iter().flatten().filter(|part| part.with == With::Conference).count()
    }

    /// What `listener` hears: everybody whom it may, but itself. Once a block and listener.
    pub fn hear(&mut self, listener: Seat, sources: &Blocks, heard: &mut Block) {
        let wanted = |source| self.hears(listener, source);
        let wanted: [bool; SEATS] = std::array::from_fn(|at| wanted(Seat(at as u8)));
        self.mix(listener.index(), wanted, sources, heard);
    }

    /// What is to be written down of `party`'s talk: the agent as the party hears them, and the party, with everybody
    /// in the conference where it is in one. Once a block and party.
    pub fn write_down(&mut self, party: Seat, sources: &Blocks, agent: &mut Block, others: &mut Block) {
        let part = self.part(party);
        let wanted = |source: Seat| {
            let same = source == party || (part.with, self.part(source).with) == BOTH;
            same && self.hears(Seat::AGENT, source)
        };
        let wanted: [bool; SEATS] = std::array::from_fn(|at| wanted(Seat(at as u8)));
        self.mix(SEATS + party.index(), wanted, sources, others);
        let spoken = self.hears(party, Seat::AGENT);
        let gain = &mut self.agent_gains[party.index()];
        agent.fill(0.0);
        add(agent, &sources[Seat::AGENT], *gain, level(spoken));
        *gain = level(spoken);
    }

    fn hears(&self, listener: Seat, source: Seat) -> bool {
        let talks = |part: Part| part.with != With::Nobody;
        let (to, from) = (self.part(listener), self.part(source));
        match (listener, source) {
            _ if listener == source => false,
            (Seat::AGENT, _) => talks(from) && from.heard,
            (_, Seat::AGENT) => talks(to) && to.hears && to.hears_agent,
            _ => (to.with, from.with) == BOTH && to.hears && from.heard,
        }
    }

    fn mix(&mut self, mix: usize, wanted: [bool; SEATS], sources: &Blocks, sum: &mut Block) {
        sum.fill(0.0);
        let mut loud = 0;
        for (at, wanted) in wanted.into_iter().enumerate() {
            let gain = &mut self.gains[mix][at];
            let to = level(wanted);
            if *gain != 0.0 || to != 0.0 {
                add(sum, &sources.0[at], *gain, to);
                loud += 1;
            }
            *gain = to;
        }
        // One voice alone is passed on as it came.
        if loud > 1 || !self.limiters[mix].is_at_rest() {
            self.limiters[mix].apply(sum);
        }
    }
}

const BOTH: (With, With) = (With::Conference, With::Conference);

const fn level(on: bool) -> f32 {
    if on { 1.0 } else { 0.0 }
}

fn add(sum: &mut Block, source: &Block, from: f32, to: f32) {
    if from == to {
        return sum.iter_mut().zip(source).for_each(|(sum, sample)| *sum += to * sample);
    }
    let step = (to - from) / BLOCK_SAMPLES as f32;
    for (n, (sum, sample)) in sum.iter_mut().zip(source).enumerate() {
        *sum += (from + step * (n + 1) as f32) * sample;
    }
}
