//! Why a call sounds bad, as one would say it to the agent: decided from the figures of the last seconds.
//!
//! Several things may be wrong at once; said is the one that explains most, in the order of [`candidates`]. What
//! is said stays a while, and goes only once it has been better for a while, so that words do not flicker.

use super::window::{SECONDS, Second, Window};

/// What the route to the other side goes out by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Link {
    /// A radio link of this computer.
    Wireless,
    /// A cable, or it is not known.
    #[default]
    Other,
}

/// What is wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    /// No way to the other side is found, or none works any more (ICE): the network lets no sound through.
    NoWay,
    /// Our sound does not get there: their reports know nothing of it, or nothing at all comes back.
    NotReached,
    /// No packets come from the other side, though some should.
    NothingArrives,
    /// The microphone gives silence, though it is not muted.
    MicrophoneSilent,
    /// This computer is too busy: so many times in the last seconds sound was not ready in time.
    Busy {
        /// Times.
        stalls: u32,
    },
    /// Packets are lost on the way to us.
    NetworkDrops {
        /// How many, 0 to 100.
        percent: f32,
        /// What our end of the way is.
        link: Link,
    },
    /// Packets are lost on the way to the other side.
    PathDrops {
        /// How many, 0 to 100.
        percent: f32,
    },
    /// Packets come too unevenly.
    Jitter {
        /// Interarrival jitter.
        ms: f32,
    },
    /// Sound takes too long from mouth to ear.
    Delay {
        /// One way.
        ms: f32,
    },
    /// What arrives is silence.
    FarSilent,
}

impl Cause {
    /// How many there are.
    pub(crate) const COUNT: usize = 10;

    /// Which of them, 0 to [`Cause::COUNT`] - 1.
    pub(crate) const fn index(self) -> usize {
        match self {
            Cause::NotReached => 0,
            Cause::NothingArrives => 1,
            Cause::MicrophoneSilent => 2,
            Cause::Busy { .. } => 3,
            Cause::NetworkDrops { .. } => 4,
            Cause::PathDrops { .. } => 5,
            Cause::Jitter { .. } => 6,
            Cause::Delay { .. } => 7,
            Cause::FarSilent => 8,
            Cause::NoWay => 9,
        }
    }
}

/// So many seconds without a packet are more than a pause on the way.
const NOTHING_SECONDS: usize = 3;
/// Checks take no longer, unless there is no way.
const PATHLESS_SECONDS: usize = 5;
/// Reports come 5 s apart: two that know nothing of a stream that was known are no accident. Some phones never say
/// anything of what they hear: of those that never did, more is needed.
const UNAWARE_REPORTS: u32 = 2;
const UNAWARE_FROM_THE_START: u32 = 4;
/// A microphone that is on gives more noise than this, and a codec that carries sound does, too.
const SILENCE_DBFS: f32 = -80.0;

/// A bound to begin to say something, and a lower one to stop.
#[derive(Clone, Copy)]
struct Bounds {
    begins: f32,
    stays: f32,
}

const LOSS_PERCENT: Bounds = Bounds { begins: 3.0, stays: 1.5 };
const JITTER_MS: Bounds = Bounds { begins: 40.0, stays: 25.0 };
const LATE_PERCENT: Bounds = Bounds { begins: 3.0, stays: 1.5 };
const DELAY_MS: Bounds = Bounds { begins: 300.0, stays: 250.0 };
const STALLS: Bounds = Bounds { begins: 5.0, stays: 2.0 };

/// A change is believed when it is seen so many seconds in a row.
const BELIEVED: u32 = 2;
/// What was said is taken back after so many better seconds.
const CALM: u32 = 4;

/// What is said, and what may be said next.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Verdict {
    said: Option<Cause>,
    /// Another cause, or none, seen for so many seconds.
    next: (Option<usize>, u32),
}

impl Verdict {
    /// What is wrong.
    pub(crate) const fn cause(&self) -> Option<Cause> {
        self.said
    }

    /// Another second has passed.
    pub(crate) fn second(&mut self, window: &Window, link: Link) {
        let found = find(window, link, self.said);
        if found.map(Cause::index) == self.said.map(Cause::index) {
            self.said = found;
            self.next = (None, 0);
            return;
        }
        let index = found.map(Cause::index);
        self.next = if self.next.0 == index { (index, self.next.1 + 1) } else { (index, 1) };
        if self.next.1 >= if found.is_some() { BELIEVED } else { CALM } {
            self.said = found;
            self.next = (None, 0);
        }
    }
}

fn find(window: &Window, link: Link, said: Option<Cause>) -> Option<Cause> {
    let last = window.last()?;
    candidates(window, last, link).into_iter().flatten().find_map(|(cause, value, bounds)| {
        let stands = said.map(Cause::index) == Some(cause.index());
        (value >= if stands { bounds.stays } else { bounds.begins }).then_some(cause)
    })
}

/// What might be said, what is first first: the cause, its figure, and when that is too much.
fn candidates(
    window: &Window,
    last: &Second,
    link: Link,
) -> [Option<(Cause, f32, Bounds)>; Cause::COUNT + 1] {
    let totals = window.totals();
    let lost = totals.tally.lost_percent();
    let late = totals.tally.discarded_percent();
    let stalls = totals.stalls.min(1_000) as u32;
    let certain = |is: bool, cause: Cause| is.then_some((cause, 1.0, Bounds { begins: 1.0, stays: 1.0 }));
    let figure = |cause: Cause, value: f32, bounds: Bounds| Some((cause, value, bounds));
    let listens = window.lasting(|second| second.listens);
    let nothing = listens >= NOTHING_SECONDS && window.arrived_in(NOTHING_SECONDS) == 0;
    let pathless = window.lasting(|second| second.pathless) >= PATHLESS_SECONDS;
    let never = last.totals.packets_received == 0 && !last.there.reports && last.totals.packets_sent > 0;
    let patience = if last.there.known { UNAWARE_REPORTS } else { UNAWARE_FROM_THE_START };
    let unaware = last.there.unaware >= patience;
    let mute = window.lasting(|second| second.near_dbfs.is_some_and(|dbfs| dbfs < SILENCE_DBFS)) == SECONDS;
    let silent = window.lasting(|second| second.listens && second.far_dbfs < SILENCE_DBFS) == SECONDS;
    [
        certain(pathless, Cause::NoWay),
        certain(unaware || (nothing && never), Cause::NotReached),
        certain(nothing, Cause::NothingArrives),
        certain(mute, Cause::MicrophoneSilent),
        figure(Cause::Busy { stalls }, stalls as f32, STALLS),
        figure(Cause::NetworkDrops { percent: lost, link }, lost, LOSS_PERCENT),
        last.there
            .loss_percent
            .and_then(|percent| figure(Cause::PathDrops { percent }, percent, LOSS_PERCENT)),
        figure(Cause::Jitter { ms: last.jitter_ms }, last.jitter_ms, JITTER_MS),
        figure(Cause::Jitter { ms: last.jitter_ms }, late, LATE_PERCENT),
        last.delay_ms.and_then(|ms| figure(Cause::Delay { ms }, ms, DELAY_MS)),
        certain(silent, Cause::FarSilent),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::{ledger::Tally, window::Totals};
    use super::*;

    /// A call in which nothing is wrong, and somebody who changes it second by second.
    struct Story {
        window: Window,
        verdict: Verdict,
        totals: Totals,
    }

    impl Story {
        fn new() -> Story {
            let mut story =
                Story { window: Window::default(), verdict: Verdict::default(), totals: Totals::default() };
            story.run(20, |_| ());
            assert_eq!(story.cause(), None, "a good call has none");
            story
        }

        fn run(&mut self, seconds: u32, change: impl Fn(&mut Second)) -> Vec<Option<Cause>> {
            let mut said = vec![];
            for _ in 0..seconds {
                let before = self.totals;
                let good = Totals {
                    tally: Tally { expected: 50, ..Tally::default() },
                    played: 48_000,
                    packets_received: 50,
                    packets_sent: 50,
                    ..Totals::default()
                };
                let there = There { loss_percent: Some(0.0), reports: true, known: true, unaware: 0 };
                let mut second = Second {
                    totals: good,
                    near_dbfs: Some(-30.0),
                    listens: true,
                    far_dbfs: -30.0,
                    jitter_ms: 4.0,
                    delay_ms: Some(120.0),
                    pathless: false,
                    there,
                };
                change(&mut second);
                second.totals = add(before, second.totals);
                self.totals = second.totals;
                self.window.push(second);
                self.verdict.second(&self.window, Link::Wireless);
                said.push(self.verdict.cause());
            }
            said
        }

        fn cause(&self) -> Option<Cause> {
            self.verdict.cause()
        }
    }

    use super::super::window::There;

    fn add(a: Totals, b: Totals) -> Totals {
        Totals {
            tally: Tally {
                expected: a.tally.expected + b.tally.expected,
                lost: a.tally.lost + b.tally.lost,
                discarded: a.tally.discarded + b.tally.discarded,
                runs: a.tally.runs + b.tally.runs,
            },
            played: a.played + b.played,
            concealed: a.concealed + b.concealed,
            recovered: a.recovered + b.recovered,
            packets_received: a.packets_received + b.packets_received,
            packets_sent: a.packets_sent + b.packets_sent,
            stalls: a.stalls + b.stalls,
        }
    }

    /// It is said within `within` seconds of the trouble, and taken back once that is over.
    fn is_told(within: u32, change: impl Fn(&mut Second), is: impl Fn(&Cause) -> bool) {
        let mut story = Story::new();
        story.run(within, change);
        assert!(story.cause().as_ref().is_some_and(is), "{:?}", story.cause());
        story.run(SECONDS as u32 + CALM + 1, |_| ());
        assert_eq!(story.cause(), None, "what is over is not said any more");
    }

    #[test]
    fn packets_lost_on_the_way_to_us() {
        let drops = |second: &mut Second| second.totals.tally.lost = 5;
        is_told(
            8,
            drops,
            |cause| matches!(cause, Cause::NetworkDrops { percent, link: Link::Wireless } if *percent > 5.0),
        );
    }

    #[test]
    fn packets_lost_on_the_way_to_them() {
        let drops = |second: &mut Second| second.there.loss_percent = Some(8.0);
        is_told(3, drops, |cause| matches!(cause, Cause::PathDrops { percent } if *percent == 8.0));
    }

    #[test]
    fn much_delay_and_much_jitter() {
        is_told(
            3,
            |second| second.delay_ms = Some(450.0),
            |c| matches!(c, Cause::Delay { ms } if *ms == 450.0),
        );
        is_told(3, |second| second.jitter_ms = 70.0, |c| matches!(c, Cause::Jitter { ms } if *ms == 70.0));
        is_told(8, |second| second.totals.tally.discarded = 5, |c| matches!(c, Cause::Jitter { .. }));
    }

    #[test]
    fn nothing_arrives() {
        let nothing = |second: &mut Second| second.totals.packets_received = 0;
        is_told(5, nothing, |cause| *cause == Cause::NothingArrives);
    }

    #[test]
    fn silence_arrives() {
        is_told(10, |second| second.far_dbfs = -90.0, |cause| *cause == Cause::FarSilent);
    }

    #[test]
    fn the_microphone_gives_silence_but_not_when_it_is_muted() {
        is_told(10, |second| second.near_dbfs = Some(-90.0), |cause| *cause == Cause::MicrophoneSilent);
        let mut story = Story::new();
        story.run(30, |second| second.near_dbfs = None);
        assert_eq!(story.cause(), None);
    }

    #[test]
    fn the_computer_is_too_busy() {
        let busy = |second: &mut Second| second.totals.stalls = 2;
        is_told(6, busy, |cause| matches!(cause, Cause::Busy { stalls } if *stalls >= 5));
    }

    #[test]
    fn our_sound_does_not_get_there() {
        is_told(3, |second| second.there.unaware = 3, |cause| *cause == Cause::NotReached);
        let mut story =
            Story { window: Window::default(), verdict: Verdict::default(), totals: Totals::default() };
        story.run(6, |second| {
            second.totals.packets_received = 0;
            second.there = There::default();
        });
        assert_eq!(story.cause(), Some(Cause::NotReached));
    }

    #[test]
    fn on_hold_nothing_is_missed() {
        let mut story = Story::new();
        let said = story.run(60, |second| {
            second.totals.packets_received = 0;
            (second.listens, second.near_dbfs) = (false, None);
        });
        assert_eq!(said, vec![None; 60]);
    }

    #[test]
    fn words_do_not_flicker_at_the_bound() {
        let mut story = Story::new();
        let said: Vec<Option<usize>> = (0..120)
            .flat_map(|n| story.run(1, |second| second.jitter_ms = if n % 3 == 0 { 42.0 } else { 37.0 }))
            .map(|cause| cause.map(Cause::index))
            .collect();
        let changes = said.windows(2).filter(|two| two[0] != two[1]).count();
        assert!(changes <= 1, "{changes} changes");
    }

    #[test]
    fn one_bad_second_is_nothing_to_speak_of() {
        let mut story = Story::new();
        let mut said = story.run(1, |second| second.delay_ms = Some(900.0));
        said.extend(story.run(10, |_| ()));
        assert_eq!(said, vec![None; 11]);
    }
}
