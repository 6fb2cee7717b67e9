//! What is measured, one row of the table each, but for a call's cost, which is three.

use super::far::Codec;
use crate::bench::figures::Figure;
use sidetone_lab::impair::Network;
use std::fmt;
use std::str::FromStr;

/// One thing that is measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Row {
    /// What is heard of speech that came over a network.
    Heard(Network),
    /// What leaves of speech that was spoken into the microphone.
    Wire(Codec),
    /// What a call costs: delay, processor, memory.
    Cost(Cost),
}

/// What a call costs. All of it is measured in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cost {
    /// From a mouth to the other side's ear, in ms.
    Delay,
    /// Percent of a core.
    Processor,
    /// Resident, in MB.
    Memory,
}

impl Cost {
    pub(super) const ALL: [Self; 3] = [Self::Delay, Self::Processor, Self::Memory];

    pub(super) fn figure(self) -> Figure {
        match self {
            Self::Delay => Figure::Delay,
            Self::Processor => Figure::Processor,
            Self::Memory => Figure::CallResident,
        }
    }
}

impl Row {
    /// Those that need no phone.
    pub(super) fn networks() -> Vec<Self> {
        Network::ALL.map(Self::Heard).to_vec()
    }

    /// Every one. The cost of a call is asked for by its first row.
    pub(super) fn all() -> Vec<Self> {
        let others = [Self::Wire(Codec::Opus), Self::Wire(Codec::Pcmu), Self::Cost(Cost::Delay)];
        Self::networks().into_iter().chain(others).collect()
    }

    /// What it is called in the table.
    pub(super) fn title(self) -> String {
        match self {
            Self::Heard(Network::Clean) => "no loss".to_owned(),
            Self::Heard(Network::Loss(percent)) => format!("{percent} % random loss"),
            Self::Heard(Network::Burst) => "10 % in bursts of 4".to_owned(),
            Self::Heard(Network::Jitter) => "0 to 60 ms jitter, overtaking".to_owned(),
            Self::Heard(Network::OrderedJitter) => "0 to 60 ms jitter, in order".to_owned(),
            Self::Wire(Codec::Opus) => "microphone to wire, Opus".to_owned(),
            Self::Wire(Codec::Pcmu) => "microphone to wire, PCMU".to_owned(),
            Self::Cost(cost) => cost.figure().name().to_owned(),
        }
    }

    /// Whether more is better.
    pub(super) fn is_score(self) -> bool {
        !matches!(self, Self::Cost(_))
    }
}

const COST: &str = "call";

/// A word for the command line.
impl fmt::Display for Row {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heard(network) => network.fmt(to),
            Self::Wire(codec) => write!(to, "wire-{}", codec.word()),
            Self::Cost(_) => to.write_str(COST),
        }
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let other = Self::all().into_iter().find(|row| row.to_string() == word);
        other.map_or_else(|| word.parse().map(Self::Heard), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_known_by_its_word() {
        for row in Row::all() {
            assert_eq!(row.to_string().parse(), Ok(row));
        }
        assert_eq!("loss15".parse(), Ok(Row::Heard(Network::Loss(15))));
        assert!("wire-g722".parse::<Row>().is_err());
    }
}
