//! What a bad network does to a stream of packets, seeded: the same seed loses and delays the same packets for whoever
//! receives them, in virtual time and on a real socket alike.
//!
//! Every decision hangs on the seed and on a packet's place in its stream alone, never on who asks, nor on when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One network that is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// Nothing is lost and nothing waits.
    Clean,
    /// So many percent are lost, each packet by itself.
    Loss(u8),
    /// 10 % are lost, in bursts of 4 packets on average (Gilbert-Elliott, everything lost in the bad state).
    Burst,
    /// Each packet waits 0 to 60 ms, uniformly: they overtake each other.
    Jitter,
    /// Each packet waits 0 to 60 ms, uniformly, but none comes before one that was sent earlier.
    OrderedJitter,
}

/// The share that is lost in [`Network::Burst`], and how long a burst is on average, in packets.
const BURST_LOSS: f64 = 0.1;
const BURST_PACKETS: f64 = 4.0;
/// The longest that a packet waits.
const JITTER_MS: f64 = 60.0;

impl Network {
    /// Those of the table, in its order.
    pub const ALL: [Self; 7] = [
        Self::Clean,
        Self::Loss(5),
        Self::Loss(10),
        Self::Loss(20),
        Self::Burst,
        Self::Jitter,
        Self::OrderedJitter,
    ];

    /// How many percent are lost, on average.
    #[must_use]
    pub fn loss_percent(self) -> u8 {
        match self {
            Self::Loss(percent) => percent,
            Self::Burst => (BURST_LOSS * 100.0) as u8,
            Self::Clean | Self::Jitter | Self::OrderedJitter => 0,
        }
    }
}

/// A word for the command line.
impl fmt::Display for Network {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => to.write_str("clean"),
            Self::Loss(percent) => write!(to, "loss{percent}"),
            Self::Burst => to.write_str("burst"),
            Self::Jitter => to.write_str("jitter"),
            Self::OrderedJitter => to.write_str("jitter-ordered"),
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|network| network.to_string() == word);
        let any = || Some(Self::Loss(word.strip_prefix("loss")?.parse().ok().filter(|it| *it <= 100)?));
        known.or_else(any).ok_or_else(|| format!("{word} is no network"))
    }
}

/// What becomes of the packets of one stream, in the order in which they are sent.
#[derive(Debug, Clone)]
pub struct Impairment {
    network: Network,
    seed: u64,
    place: u64,
    /// Gilbert-Elliott's bad state.
    bad: bool,
    /// When the last one arrives, after the stream's beginning.
    last: Duration,
}

impl Impairment {
    /// A stream that begins.
    #[must_use]
    pub fn new(network: Network, seed: u64) -> Self {
        Self { network, seed, place: 0, bad: false, last: Duration::ZERO }
    }

    /// When the next packet, sent so long after the stream began, arrives; `None`: never.
    pub fn arrival(&mut self, sent: Duration) -> Option<Duration> {
        self.place += 1;
        let lost = match self.network {
            Network::Loss(percent) => self.draw(Salt::Loss) < f64::from(percent) / 100.0,
            Network::Burst => {
                let leave = 1.0 / BURST_PACKETS;
                let enter = leave * BURST_LOSS / (1.0 - BURST_LOSS);
                let draw = self.draw(Salt::Loss);
                self.bad = if self.bad { draw >= leave } else { draw < enter };
                self.bad
            }
            Network::Clean | Network::Jitter | Network::OrderedJitter => false,
        };
        let waits = || Duration::from_secs_f64(self.draw(Salt::Wait) * JITTER_MS / 1000.0);
        let arrives = match self.network {
            Network::Jitter => sent + waits(),
            Network::OrderedJitter => (sent + waits()).max(self.last),
            Network::Clean | Network::Loss(_) | Network::Burst => sent,
        };
        self.last = arrives;
        (!lost).then_some(arrives)
    }

    /// In [0, 1).
    fn draw(&self, salt: Salt) -> f64 {
        let mixed = mix(mix(self.seed) ^ mix(self.place ^ (salt as u64) << 56));
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[derive(Debug, Clone, Copy)]
enum Salt {
    Loss = 1,
    Wait = 2,
}

/// splitmix64's finalizer.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKETS: u64 = 100_000;

    fn sent(n: u64) -> Duration {
        Duration::from_millis(20 * n)
    }

    fn arrivals(network: Network, seed: u64) -> Vec<Option<Duration>> {
        let mut impairment = Impairment::new(network, seed);
        (0..PACKETS).map(|n| impairment.arrival(sent(n))).collect()
    }

    /// Percent lost, and the mean length of a burst.
    fn losses(arrivals: &[Option<Duration>]) -> (f64, f64) {
        let lost = arrivals.iter().filter(|it| it.is_none()).count() as f64;
        let bursts =
            arrivals.chunk_by(|a, b| a.is_none() == b.is_none()).filter(|it| it[0].is_none()).count();
        (100.0 * lost / arrivals.len() as f64, lost / (bursts as f64).max(1.0))
    }

    #[test]
    fn random_loss_is_as_much_as_it_says_and_has_no_memory() {
        for percent in [5, 10, 20] {
            let (lost, burst) = losses(&arrivals(Network::Loss(percent), 1));
            let share = f64::from(percent) / 100.0;
            assert!((lost - f64::from(percent)).abs() < 0.3, "{percent}: {lost}");
            assert!((burst - 1.0 / (1.0 - share)).abs() < 0.02, "{percent}: {burst}");
        }
    }

    #[test]
    fn bursts_lose_a_tenth_in_fours() {
        let (lost, burst) = losses(&arrivals(Network::Burst, 1));
        assert!((lost - 10.0).abs() < 0.6, "{lost}");
        assert!((burst - 4.0).abs() < 0.15, "{burst}");
    }

    #[test]
    fn jitter_waits_up_to_sixty_ms_and_overtakes_only_where_it_says() {
        for (network, overtakes) in [(Network::Jitter, true), (Network::OrderedJitter, false)] {
            let arrivals: Vec<Duration> = arrivals(network, 1).into_iter().flatten().collect();
            assert_eq!(arrivals.len() as u64, PACKETS);
            let waits = arrivals.iter().zip(0..).map(|(at, n)| (*at - sent(n)).as_secs_f64() * 1000.0);
            let (most, sum) = waits.fold((0.0_f64, 0.0), |(most, sum), wait| (most.max(wait), sum + wait));
            assert!(most > 59.0 && most < 60.0, "{network}: {most}");
            let mean = sum / PACKETS as f64;
            assert!(if overtakes { (mean - 30.0).abs() < 0.5 } else { mean > 32.0 }, "{network}: {mean}");
            assert_eq!(arrivals.windows(2).any(|pair| pair[1] < pair[0]), overtakes, "{network}");
        }
    }

    #[test]
    fn a_seed_says_it_all() {
        for network in Network::ALL {
            assert_eq!(arrivals(network, 7), arrivals(network, 7), "{network}");
            assert_eq!(arrivals(network, 7) == arrivals(network, 8), network == Network::Clean, "{network}");
        }
    }

    #[test]
    fn a_network_is_known_by_its_word() {
        for network in Network::ALL {
            assert_eq!(network.to_string().parse(), Ok(network));
        }
        assert_eq!("loss15".parse(), Ok(Network::Loss(15)));
        for word in ["", "loss", "loss101", "bursts"] {
            assert!(word.parse::<Network>().is_err(), "{word}");
        }
    }
}
