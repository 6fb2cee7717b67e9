//! The last seconds of a call, second by second: what is told live is told of them, and not of the whole call.

use super::ledger::{Tally, percent};

/// How many seconds are looked at.
pub(crate) const SECONDS: usize = 8;

/// What was counted since the call began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) tally: Tally,
    /// Samples of 48 kHz: played, made up of them, and recovered from other packets.
    pub(crate) played: u64,
    pub(crate) concealed: u64,
    pub(crate) recovered: u64,
    pub(crate) packets_received: u64,
    pub(crate) packets_sent: u64,
    /// Times that this computer was late with sound.
    pub(crate) stalls: u64,
}

impl Totals {
    /// What was added to `before`.
    pub(crate) fn since(self, before: Totals) -> Totals {
        Totals {
            tally: self.tally.since(before.tally),
            played: self.played.saturating_sub(before.played),
            concealed: self.concealed.saturating_sub(before.concealed),
            recovered: self.recovered.saturating_sub(before.recovered),
            packets_received: self.packets_received.saturating_sub(before.packets_received),
            packets_sent: self.packets_sent.saturating_sub(before.packets_sent),
            stalls: self.stalls.saturating_sub(before.stalls),
        }
    }

    /// How much of what was played was made up, 0 to 100.
    pub(crate) fn concealed_percent(&self) -> f32 {
        percent(self.concealed, self.played)
    }

    /// Whether forward error correction brought back most of what was missing.
    pub(crate) const fn is_repaired(&self) -> bool {
        self.recovered > self.concealed
    }
}

/// What the other side says of our sound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct There {
    /// How much of it is lost there, by a report that is not old.
    pub(crate) loss_percent: Option<f32>,
    /// Any report came, ever.
    pub(crate) reports: bool,
    /// One of them knew of our stream.
    pub(crate) known: bool,
    /// Reports in a row that know nothing new of our stream though it runs.
    pub(crate) unaware: u32,
}

/// One second, at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Second {
    pub(crate) totals: Totals,
    /// The loudest 10 ms of the microphone, where the agent should be heard by the other side: it is in this call, open, and
    /// nobody holds it.
    pub(crate) near_dbfs: Option<f32>,
    /// The other side should be heard: nobody holds the call.
    pub(crate) listens: bool,
    /// The loudest 10 ms of what arrived.
    pub(crate) far_dbfs: f32,
    pub(crate) jitter_ms: f32,
    /// From their mouth to our ear, where it is known.
    pub(crate) delay_ms: Option<f32>,
    /// ICE is agreed on, and no way works.
    pub(crate) pathless: bool,
    pub(crate) there: There,
}

/// The last seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    seconds: [Second; SECONDS],
    /// How many there were, ever.
    count: usize,
}

impl Window {
    pub(crate) fn push(&mut self, second: Second) {
        self.seconds[self.count % SECONDS] = second;
        self.count += 1;
    }

    /// How many seconds there were, ever.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// What had been counted when the window began.
    pub(crate) fn before(&self) -> Totals {
        if self.count < SECONDS { Totals::default() } else { self.seconds[self.count % SECONDS].totals }
    }

    /// What was counted in the last full seconds.
    pub(crate) fn totals(&self) -> Totals {
        self.last().map_or_else(Totals::default, |last| last.totals.since(self.before()))
    }

    /// The newest second.
    pub(crate) fn last(&self) -> Option<&Second> {
        let newest = self.count.checked_sub(1)?;
        self.seconds.get(newest % SECONDS)
    }

    /// For how many seconds this has been true, to now, as far back as the window reaches.
    pub(crate) fn lasting(&self, is_true: impl Fn(&Second) -> bool) -> usize {
        let known = self.count.min(SECONDS);
        (1..=known).take_while(|back| is_true(&self.seconds[(self.count - back) % SECONDS])).count()
    }

    /// Packets that came in the last `seconds`.
    pub(crate) fn arrived_in(&self, seconds: usize) -> u64 {
        let Some(last) = self.last() else { return 0 };
        let before = match self.count.checked_sub(seconds + 1) {
            Some(index) if seconds < SECONDS => self.seconds[index % SECONDS].totals,
            Some(_) | None => self.before(),
        };
        last.totals.since(before).packets_received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Second {
        let totals = Totals { packets_received: 50 * n, ..Totals::default() };
        Second { totals, listens: n > 17, ..Second::default() }
    }

    #[test]
    fn it_forgets_what_is_older_than_it_is_long() {
        let mut window = Window::default();
        assert_eq!((window.totals(), window.lasting(|_| true)), (Totals::default(), 0));
        (1..=20).for_each(|n| window.push(second(n)));
        assert_eq!(window.totals().packets_received, 50 * 7);
        assert_eq!(window.arrived_in(3), 150);
        assert_eq!(window.lasting(|second| second.listens), 3);
        assert_eq!(window.lasting(|_| true), SECONDS);
    }
}
