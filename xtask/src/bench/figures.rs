//! What was measured: every value kept, told as least, median and most.

use super::phone::Make;
use super::probe::Answer;
use super::usage::Memory;
use std::collections::BTreeMap;
use std::fmt;

/// One thing that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Figure {
    /// INVITE sent to 180 received.
    To180,
    /// INVITE sent to 200 received.
    To200,
    /// Resident memory without a call.
    IdleResident,
    /// Proportional share of memory without a call.
    IdleShare,
    /// Resident memory in a call.
    CallResident,
    /// Proportional share of memory in a call.
    CallShare,
    /// Time of one processor core in a call.
    Processor,
    /// From a mouth to the other side's ear.
    Delay,
}

impl Figure {
    pub(super) const ALL: [Self; 8] = [
        Self::To180,
        Self::To200,
        Self::IdleResident,
        Self::IdleShare,
        Self::CallResident,
        Self::CallShare,
        Self::Processor,
        Self::Delay,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::To180 => "INVITE to 180, ms",
            Self::To200 => "INVITE to 200, ms",
            Self::IdleResident => "memory idle, resident, MB",
            Self::IdleShare => "memory idle, own share (PSS), MB",
            Self::CallResident => "memory in an Opus call, resident, MB",
            Self::CallShare => "memory in an Opus call, own share (PSS), MB",
            Self::Processor => "processor in an Opus call, % of a core",
            Self::Delay => "mouth to ear, ms",
        }
    }
}

/// Least, median and most of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
    pub(super) count: usize,
}

impl Range {
    /// `None` of nothing.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted.get((sorted.len() - 1) / 2)?, sorted.get(sorted.len() / 2)?);
        Some(Self { least, median: f64::midpoint(*low, *high), most, count: sorted.len() })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:.2} - {:.2} - {:.2}", self.least, self.median, self.most)
    }
}

/// Every value of a run.
#[derive(Debug, Default)]
pub(super) struct Figures {
    values: BTreeMap<(Figure, Make), Vec<f64>>,
    rig: Vec<f64>,
}

impl Figures {
    pub(super) fn idle(&mut self, make: Make, memory: Memory) {
        self.add(Figure::IdleResident, make, memory.resident_mb);
        self.add(Figure::IdleShare, make, memory.share_mb);
    }

    pub(super) fn in_call(&mut self, make: Make, memory: Memory) {
        self.add(Figure::CallResident, make, memory.resident_mb);
        self.add(Figure::CallShare, make, memory.share_mb);
    }

    pub(super) fn answer(&mut self, make: Make, answer: Answer) {
        if let Some(ringing) = answer.ringing {
            self.add(Figure::To180, make, ringing.as_secs_f64() * 1000.0);
        }
        self.add(Figure::To200, make, answer.answered.as_secs_f64() * 1000.0);
    }

    pub(super) fn add(&mut self, figure: Figure, make: Make, value: f64) {
        self.values.entry((figure, make)).or_default().push(value);
    }

    /// The delay of the rig alone, in ms.
    pub(super) fn rig(&mut self, delay_ms: f64) {
        self.rig.push(delay_ms);
    }

    /// Whether anything was measured of it.
    pub(super) fn has(&self, make: Make) -> bool {
        self.values.keys().any(|(_, whose)| *whose == make)
    }

    pub(super) fn all(&self, figure: Figure, make: Make) -> &[f64] {
        self.values.get(&(figure, make)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn of(&self, figure: Figure, make: Make) -> Option<Range> {
        self.values.get(&(figure, make)).and_then(|values| Range::of(values))
    }

    pub(super) fn rig_alone(&self) -> Option<Range> {
        Range::of(&self.rig)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Range::of(&[]), None);
        let odd = Range::of(&[3.0, 1.0, 10.0]).map(|it| (it.least, it.median, it.most));
        assert_eq!(odd, Some((1.0, 3.0, 10.0)));
        assert_eq!(Range::of(&[4.0, 1.0, 2.0, 3.0]).map(|it| it.median), Some(2.5));
    }
}
