//! For tests: a [`World`] with a virtual clock, endpoints on addresses, links that delay, lose, repeat and reorder by a
//! seed, and a [`Ladder`] of what was sent. An hour of telephony takes a millisecond, and the same seed gives the same
//! run. Knows nothing about what its endpoints are: whatever takes datagrams and says deadlines can live in it.

mod agent;
mod ladder;
mod link;
mod names;
mod wire;
mod world;

pub use agent::Agent;
pub use ladder::{Fate, Ladder};
pub use link::Link;
pub use names::Names;
pub use wire::Wire;
pub use world::{Endpoint, World};
