//! A conference by local mixing (CONF-1, CONF-2): the agent and up to seven others, each hearing everybody but itself.
//!
//! [`Mixer`] is the table of who hears whom, [`Limiter`] what keeps a sum of loud voices from clipping, [`Bridge`] what
//! carries sound from the loudspeaker's clock to the microphone's. None of them allocates once made, and none knows
//! calls, devices or time.

mod bridge;
mod kernel;
mod limiter;
mod mixer;
#[cfg(test)]
mod tests;

pub use bridge::Bridge;
pub use limiter::Limiter;
pub use mixer::Mixer;

use crate::pcm::{Block, SILENCE};

/// How many take part at most, the agent included.
pub const SEATS: usize = 8;

/// One who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(u8);

impl Seat {
    /// The agent's, which is always taken.
    pub const AGENT: Seat = Seat(0);

    fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Those of everybody else, taken or not.
    pub fn parties() -> impl Iterator<Item = Seat> {
        Seat::all().skip(1)
    }

    fn all() -> impl Iterator<Item = Seat> {
        (0..SEATS as u8).map(Seat)
    }
}

/// How a party takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Whom it talks with.
    pub with: With,
    /// Whether it is heard; one that is not is muted for everybody, the agent included.
    pub heard: bool,
    /// Whether it hears; one that does not is deafened to everybody, the agent included.
    pub hears: bool,
    /// Whether it hears the agent: the agent's own mute.
    pub hears_agent: bool,
}

impl Default for Part {
    fn default() -> Part {
        Part { with: With::Nobody, heard: true, hears: true, hears_agent: true }
    }
}

/// Whom a party talks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum With {
    /// It is on hold.
    #[default]
    Nobody,
    /// The agent alone.
    Agent,
    /// The agent and everybody else in the conference.
    Conference,
}

/// The same 10 ms of everybody who takes part.
#[derive(Debug, Clone)]
pub struct Blocks(Box<[Block; SEATS]>);

impl Default for Blocks {
    fn default() -> Blocks {
        Blocks(Box::new([SILENCE; SEATS]))
    }
}

impl std::ops::Index<Seat> for Blocks {
    type Output = Block;

    fn index(&self, seat: Seat) -> &Block {
        &self.0[seat.index()]
    }
}

impl std::ops::IndexMut<Seat> for Blocks {
    fn index_mut(&mut self, seat: Seat) -> &mut Block {
        &mut self.0[seat.index()]
    }
}

impl Blocks {
    /// Silence everywhere.
    pub fn clear(&mut self) {
        self.0.iter_mut().for_each(|block| block.fill(0.0));
    }
}
