//! What scores are held against.

use sidetone_lab::impair::Network;

/// How far a median may stay below the bound: the best that can be made of the same packets. Where nothing is lost that
/// is what stretching and resampling may cost; where something is, also what comes too late.
pub(super) fn below_bound(network: Network) -> Option<f64> {
    match network {
        Network::Clean | Network::Jitter | Network::OrderedJitter => Some(0.03),
        Network::Loss(_) => Some(0.14),
        Network::Burst => None,
    }
}

/// The least that a median should be, whatever the bound says.
pub(super) fn least(network: Network) -> Option<f64> {
    match network {
        Network::Clean | Network::Jitter | Network::OrderedJitter => Some(3.95),
        Network::Loss(5) => Some(3.65),
        Network::Loss(10) => Some(3.3),
        Network::Loss(20) => Some(2.65),
        Network::Burst => Some(2.6),
        Network::Loss(_) => None,
    }
}
