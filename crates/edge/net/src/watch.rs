//! Sees when the machine's addresses change, another of them faces the world, or the machine slept: after each of these
//! every path is in doubt. Looks once a second: no system tells of all three, and looking takes microseconds.

use crate::names::local_for;
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// A network comes up in steps; this long without one more, and it is up.
const SETTLED: Duration = Duration::from_millis(500);
/// One that never settles is told of all the same.
const UNSETTLED: Duration = Duration::from_secs(3);
/// A longer gap is sleep.
const SLEEP: Duration = Duration::from_secs(5);

/// What is other than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkChange {
    /// Addresses that were ours.
    pub gone: BTreeSet<IpAddr>,
    /// Addresses that are ours now.
    pub new: BTreeSet<IpAddr>,
    /// Which of ours face the world now.
    pub facing: Facing,
    /// The machine slept for so long: on the other side much may have ended.
    pub slept: Option<Duration>,
}

/// Our addresses on the way to the rest of the world; `None`: there is no way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facing {
    /// Of IPv4.
    pub v4: Option<IpAddr>,
    /// Of IPv6.
    pub v6: Option<IpAddr>,
}

/// Watches until the receiver is dropped. Within a tokio runtime.
#[must_use]
pub fn watch() -> mpsc::Receiver<NetworkChange> {
    let (changes, receiver) = mpsc::channel(4);
    // Looked at before the task runs: what changes from here on is a change.
    let (seen, clock) = (Seen::now(), Clock::now());
    tokio::spawn(look(changes, seen, clock));
    receiver
}

/// The addresses of this machine, loopback's and those of idle interfaces included; `None` when the system does not say.
pub(crate) fn addresses() -> Option<BTreeSet<IpAddr>> {
    Some(interfaces()?.into_iter().map(|interface| interface.ip()).collect())
}

/// Those of interfaces that are up, idle loopback ones included.
pub(crate) fn addresses_in_use() -> impl Iterator<Item = IpAddr> {
    let up = interfaces().unwrap_or_default().into_iter().filter(if_addrs::Interface::is_oper_up);
    up.map(|interface| interface.ip())
}

fn interfaces() -> Option<Vec<if_addrs::Interface>> {
    if_addrs::get_if_addrs().inspect_err(|error| tracing::debug!(%error, "no addresses are told")).ok()
}

/// One look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    addresses: BTreeSet<IpAddr>,
    facing: Facing,
}

impl Seen {
    fn now() -> Seen {
        let counts = |ip: &IpAddr| match ip {
            IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
        };
        let addresses = addresses_in_use().filter(counts).collect();
        Seen { addresses, facing: Facing::now() }
    }

    /// What is other in `later`.
    fn change(&self, later: &Seen, slept: Option<Duration>) -> Option<NetworkChange> {
        (self != later || slept.is_some()).then(|| NetworkChange {
            gone: self.addresses.difference(&later.addresses).copied().collect(),
            new: later.addresses.difference(&self.addresses).copied().collect(),
            facing: later.facing,
            slept,
        })
    }
}

impl Facing {
    pub(crate) fn now() -> Facing {
        // Addresses for documentation (RFC 5737, RFC 3849), reached by the default route; nothing is sent.
        let v4 = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9));
        let v6 = SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9));
        Facing { v4: local_for(v4).ok(), v6: local_for(v6).ok() }
    }
}

/// Whether anything is going on.
enum State {
    Quiet,
    /// Since then; the last step was this.
    Settling {
        since: Instant,
        last: Instant,
        slept: Option<Duration>,
    },
}

async fn look(changes: mpsc::Sender<NetworkChange>, mut known: Seen, mut clock: Clock) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_look = known.clone();
    let mut state = State::Quiet;
    loop {
        tokio::select! {
            () = changes.closed() => return,
            () = settled(&state) => {}
            _ = ticks.tick() => {}
        }
        let now = Instant::now();
        let seen = Seen::now();
        let slept = clock.slept();
        let stepped = seen != last_look || slept.is_some();
        last_look = seen;
        state = match (state, stepped) {
            (State::Quiet, false) => State::Quiet,
            (State::Quiet, true) => State::Settling { since: now, last: now, slept },
            (State::Settling { since, last, slept: before }, stepped) => {
                let (last, slept) = (if stepped { now } else { last }, longer(before, slept));
                if now < last + SETTLED && now < since + UNSETTLED {
                    State::Settling { since, last, slept }
                } else {
                    let change = known.change(&last_look, slept);
                    known = last_look.clone();
                    if let Some(change) = change {
                        // Nobody reads: until somebody does, changes add up to one.
                        let _ = changes.send(change).await;
                    }
                    State::Quiet
                }
            }
        };
    }
}

fn longer(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).max()
}

async fn settled(state: &State) {
    match state {
        State::Quiet => std::future::pending().await,
        State::Settling { since, last, .. } => {
            tokio::time::sleep_until((*last + SETTLED).min(*since + UNSETTLED)).await;
        }
    }
}

/// Two clocks, one of which goes on while the machine sleeps.
#[derive(Debug, Clone, Copy)]
struct Clock {
    awake: std::time::Instant,
    always: Duration,
}

impl Clock {
    fn now() -> Clock {
        Clock { awake: std::time::Instant::now(), always: always() }
    }

    /// How long the machine slept since this was asked last.
    fn slept(&mut self) -> Option<Duration> {
        let now = Clock::now();
        let (awake, always) = (now.awake.duration_since(self.awake), now.always.checked_sub(self.always));
        let slept = gap(awake, always, LATE_IS_SLEEP);
        *self = now;
        slept
    }
}

/// Windows has no clock that stops in sleep: there the look itself comes late. Elsewhere one that does is only busy.
const LATE_IS_SLEEP: bool = cfg!(windows);

/// Sleep, by what the one clock and the other measured between two looks.
fn gap(awake: Duration, always: Option<Duration>, late_is_sleep: bool) -> Option<Duration> {
    let asleep = always.unwrap_or_default().saturating_sub(awake);
    let late = if late_is_sleep { awake.saturating_sub(LOOK) } else { Duration::ZERO };
    Some(asleep.max(late)).filter(|gap| *gap > SLEEP)
}

/// Goes on in sleep, and nobody sets it.
#[cfg(target_os = "linux")]
fn always() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from)
}

/// The wall clock: somebody who sets it is taken for sleep, which costs a registration.
#[cfg(not(target_os = "linux"))]
fn always() -> Duration {
    use std::time::{SystemTime, UNIX_EPOCH};
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_gap_between_the_clocks_is_sleep() {
        let gap = |awake, always: Option<u64>| gap(seconds(awake), always.map(seconds), false);
        assert_eq!(gap(1, Some(1)), None);
        assert_eq!(gap(1, Some(6)), None);
        assert_eq!(gap(1, Some(61)), Some(seconds(60)));
        // The wall clock was set back.
        assert_eq!(gap(1, None), None);
        // A busy machine.
        assert_eq!(gap(31, Some(31)), None);
    }

    #[test]
    fn where_no_clock_stops_in_sleep_a_late_look_is_sleep() {
        assert_eq!(gap(seconds(31), Some(seconds(31)), true), Some(seconds(30)));
        assert_eq!(gap(seconds(3), Some(seconds(3)), true), None);
    }

    #[test]
    fn a_change_says_what_came_and_went() {
        let seen = |addresses: &[&str]| Seen {
            addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(),
            facing: Facing::default(),
        };
        let (before, after) = (seen(&["192.0.2.1", "192.0.2.2"]), seen(&["192.0.2.2", "192.0.2.3"]));
        assert_eq!(before.change(&before, None), None);
        let change = before.change(&after, None).unwrap();
        assert_eq!(change.gone, seen(&["192.0.2.1"]).addresses);
        assert_eq!(change.new, seen(&["192.0.2.3"]).addresses);
        assert_eq!(before.change(&before, Some(seconds(60))).unwrap().slept, Some(seconds(60)));
    }
}
