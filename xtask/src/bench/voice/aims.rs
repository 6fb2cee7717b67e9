//! What medians are held against.

use super::far::Codec;
use super::row::{Cost, Row};
use crate::bench::phone::Make;
use sidetone_lab::impair::Network;

/// What a row aims at: at least this where more is better, at most this otherwise. What processing does to clean speech
/// is told, but it was not made to please PESQ.
pub(super) fn aim(row: Row, make: Make) -> Option<f64> {
    match row {
        Row::Wire(_) if make == Make::Processing => None,
        Row::Cost(Cost::Processor) if make == Make::Processing => Some(5.0),
        Row::Heard(Network::Clean | Network::Jitter | Network::OrderedJitter) => Some(3.95),
        Row::Heard(Network::Loss(5)) => Some(3.65),
        Row::Heard(Network::Loss(10)) => Some(3.3),
        Row::Heard(Network::Loss(20)) => Some(2.65),
        Row::Heard(Network::Burst) => Some(2.6),
        Row::Heard(Network::Loss(_)) => None,
        Row::Wire(Codec::Opus) => Some(3.85),
        Row::Wire(Codec::Pcmu) => Some(2.88),
        Row::Cost(Cost::Delay) => Some(110.0),
        Row::Cost(Cost::Processor) => Some(3.0),
        Row::Cost(Cost::Memory) => Some(25.0),
    }
}

/// How far a median may stay below the bound: the best that can be made of the same packets. Where nothing is lost that
/// is what stretching and resampling may cost; where something is, also what comes too late.
pub(super) fn below_bound(row: Row) -> Option<f64> {
    match row {
        Row::Heard(Network::Clean | Network::Jitter | Network::OrderedJitter) => Some(0.03),
        Row::Heard(Network::Loss(_)) => Some(0.14),
        Row::Heard(Network::Burst) | Row::Wire(_) | Row::Cost(_) => None,
    }
}
