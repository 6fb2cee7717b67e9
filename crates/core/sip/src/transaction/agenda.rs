//! Who is to be woken when, in the order of time: however many wait, finding the next one looks at one.

use super::Timer;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// At most one deadline for each.
pub(super) struct Agenda<Id> {
    by_time: BTreeSet<(Instant, Timer, Id)>,
    by_id: BTreeMap<Id, (Instant, Timer)>,
}

impl<Id: Copy + Ord> Agenda<Id> {
    pub(super) fn new() -> Self {
        Agenda { by_time: BTreeSet::new(), by_id: BTreeMap::new() }
    }

    /// This one is to be woken then and not before; with `None`, not at all.
    pub(super) fn set(&mut self, id: Id, deadline: Option<(Instant, Timer)>) {
        let before = match deadline {
            Some(deadline) => self.by_id.insert(id, deadline),
            None => self.by_id.remove(&id),
        };
        if before == deadline {
            return;
        }
        if let Some((at, timer)) = before {
            self.by_time.remove(&(at, timer, id));
        }
        if let Some((at, timer)) = deadline {
            self.by_time.insert((at, timer, id));
        }
    }

    /// The next deadline.
    pub(super) fn first(&self) -> Option<(Instant, Timer)> {
        self.by_time.first().map(|(at, timer, _)| (*at, *timer))
    }

    /// All whose time has come, in the order of time.
    pub(super) fn due(&self, now: Instant) -> Vec<Id> {
        self.by_time.iter().take_while(|(at, ..)| *at <= now).map(|(_, _, id)| *id).collect()
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_earliest_comes_first_and_nobody_twice() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut agenda = Agenda::new();
        for (id, ms) in [(1, 50), (2, 30), (3, 90), (2, 70), (1, 50)] {
            agenda.set(id, Some((at(ms), Timer::E)));
        }
        assert_eq!(agenda.first(), Some((at(50), Timer::E)));
        assert_eq!(agenda.due(at(49)), []);
        assert_eq!(agenda.due(at(70)), [1, 2]);
        agenda.set(1, None);
        agenda.set(1, None);
        assert_eq!(agenda.due(at(1_000)), [2, 3]);
    }
}
