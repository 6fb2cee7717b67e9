//! Whether the machine left a turn alone: a canary that wants to wake every few milliseconds, and what the system says
//! about who else had the processor.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The canary's sleep.
const NAP: Duration = Duration::from_millis(5);
/// From here on a program that plays or sends sound may have missed its time.
const LATE: Duration = Duration::from_millis(15);
/// The most that a host may have taken from this machine.
const STOLEN_PERCENT: f64 = 2.0;

/// Watches until it is asked.
pub(super) struct Watch {
    over: Arc<AtomicBool>,
    latest_us: Arc<AtomicU64>,
    canary: JoinHandle<()>,
    before: Option<Ticks>,
}

/// How a turn was disturbed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mood {
    pub(super) latest: Duration,
    pub(super) busy_percent: f64,
    pub(super) stolen_percent: f64,
}

impl Watch {
    pub(super) fn start() -> Self {
        let (over, latest_us) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (ends, told) = (Arc::clone(&over), Arc::clone(&latest_us));
        let canary = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let began = Instant::now();
                std::thread::sleep(NAP);
                let late = began.elapsed().saturating_sub(NAP);
                told.fetch_max(late.as_micros() as u64, Ordering::Relaxed);
            }
        });
        Self { over, latest_us, canary, before: Ticks::now() }
    }

    pub(super) fn stop(self) -> Mood {
        self.over.store(true, Ordering::Relaxed);
        // It cannot panic: nothing in it does.
        let _ = self.canary.join();
        let passed = self.before.zip(Ticks::now()).map(|(before, after)| after.since(before));
        Mood {
            latest: Duration::from_micros(self.latest_us.load(Ordering::Relaxed)),
            busy_percent: passed.map_or(0.0, |it| it.percent(it.all - it.idle)),
            stolen_percent: passed.map_or(0.0, |it| it.percent(it.stolen)),
        }
    }
}

impl Mood {
    /// Whether figures of this turn can be trusted. A busy machine may be quiet all the same, to whom it gives way.
    pub(super) fn quiet(self) -> bool {
        self.latest < LATE && self.stolen_percent < STOLEN_PERCENT
    }
}

impl std::fmt::Display for Mood {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { latest, busy_percent, stolen_percent } = self;
        write!(
            to,
            "woken {} ms late, {busy_percent:.0} % busy, {stolen_percent:.0} % stolen",
            latest.as_millis()
        )
    }
}

/// Time of all processors, proc_stat(5).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ticks {
    all: f64,
    idle: f64,
    stolen: f64,
}

impl Ticks {
    fn now() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// user, nice, system, idle, iowait, irq, softirq, steal. What follows is in the first ones already.
    fn read(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let fields: Vec<f64> = line.split_whitespace().take(8).map_while(|it| it.parse().ok()).collect();
        let [_, _, _, idle, waiting, _, _, stolen] = *fields.as_slice() else { return None };
        Some(Self { all: fields.iter().sum(), idle: idle + waiting, stolen })
    }

    fn since(self, before: Self) -> Self {
        let Self { all, idle, stolen } = before;
        Self { all: self.all - all, idle: self.idle - idle, stolen: self.stolen - stolen }
    }

    fn percent(self, part: f64) -> f64 {
        100.0 * part / self.all.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processors_time_is_read() {
        let before = Ticks::read("cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1").unwrap();
        let after = Ticks::read("cpu  40 0 30 100 10 0 0 20 9 9\n").unwrap();
        let passed = after.since(before);
        assert_eq!((passed.percent(passed.all - passed.idle), passed.percent(passed.stolen)), (70.0, 20.0));
        assert_eq!(Ticks::read("cpu  1 2"), None);
    }

    #[test]
    fn a_late_canary_and_a_stolen_machine_are_not_quiet() {
        let quiet = Mood { latest: NAP, busy_percent: 90.0, stolen_percent: 0.0 };
        assert!(quiet.quiet());
        assert!(!Mood { latest: LATE, ..quiet }.quiet());
        assert!(!Mood { stolen_percent: 5.0, ..quiet }.quiet());
    }
}
