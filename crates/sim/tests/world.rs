//! The world itself, with endpoints that know no SIP: time, delay, loss, order, and what the ladder keeps.
#![allow(clippy::unwrap_used, reason = "what tests are told with is a test, too")]

use sidetone_sim::{Endpoint, Link, World};
use sidetone_sip::api::{Flow, Transmit, Transport};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Sends numbered packets every 10 ms, and notes when those of others come.
#[derive(Default)]
struct Ticker {
    to: Option<Flow>,
    next: Option<Instant>,
    left: u8,
    queue: VecDeque<Transmit>,
    heard: Vec<(Instant, u8)>,
}

impl Endpoint for Ticker {
    fn handle_datagram(&mut self, now: Instant, _flow: Flow, message: &[u8]) {
        self.heard.push((now, message[0]));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.left -= 1;
        let payload = vec![self.left].into();
        self.queue.extend(self.to.map(|flow| Transmit { flow, payload }));
        self.next = (self.left > 0).then(|| now + Duration::from_millis(10));
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.queue.pop_front()
    }
}

fn at(last: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], 4000))
}

/// What the second ticker hears of a hundred packets of the first.
fn run(transport: Transport, link: Link, seed: u64) -> (Vec<(Duration, u8)>, String) {
    let mut world: World<Box<dyn Listener>> = World::new(seed);
    let flow = Flow { transport, local: at(1), remote: at(2) };
    let sender = Ticker { to: Some(flow), next: Some(world.now()), left: 100, ..Ticker::default() };
    let sender = world.add("sender", at(1), Box::new(sender) as Box<dyn Listener>);
    let receiver = world.add("receiver", at(2), Box::new(Ticker::default()));
    world.set_link(sender, receiver, link);
    let start = world.now();
    assert!(world.run_to_quiescence(Duration::from_secs(10)));
    let heard = world.endpoint(receiver).heard().iter().map(|(at, number)| (*at - start, *number)).collect();
    (heard, world.ladder().to_string())
}

/// An endpoint that can be looked into through a box.
trait Listener: Endpoint {
    fn heard(&self) -> &[(Instant, u8)];
}

impl Listener for Ticker {
    fn heard(&self) -> &[(Instant, u8)] {
        &self.heard
    }
}

#[test]
fn packets_arrive_after_the_delay() {
    let (heard, _) = run(Transport::Udp, Link { delay: Duration::from_millis(25), ..Link::default() }, 1);
    assert_eq!(heard.len(), 100);
    assert_eq!(heard[0], (Duration::from_millis(25), 99));
    assert_eq!(heard[99], (Duration::from_millis(25 + 990), 0));
}

#[test]
fn loss_and_duplication_come_near_their_shares() {
    let (lost, ladder) = run(Transport::Udp, Link::lossy(0.3), 2);
    assert!((55..85).contains(&lost.len()), "{}", lost.len());
    assert!(ladder.contains("...x|"), "{ladder}");
    let (doubled, _) = run(Transport::Udp, Link { duplication: 0.5, ..Link::default() }, 3);
    assert!((130..170).contains(&doubled.len()), "{}", doubled.len());
}

#[test]
fn jitter_reorders_datagrams_and_never_a_stream() {
    let link = Link { jitter: Duration::from_millis(80), loss: 0.3, ..Link::default() };
    let in_order = |heard: &[(Duration, u8)]| heard.windows(2).all(|pair| pair[0].1 > pair[1].1);
    let (datagrams, _) = run(Transport::Udp, link, 4);
    assert!(!in_order(&datagrams));
    let (stream, _) = run(Transport::Tcp, link, 4);
    assert!(in_order(&stream));
    assert_eq!(stream.len(), 100);
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_a_different_one() {
    let link = Link { jitter: Duration::from_millis(80), loss: 0.3, ..Link::default() };
    assert_eq!(run(Transport::Udp, link, 5), run(Transport::Udp, link, 5));
    assert_ne!(run(Transport::Udp, link, 5).0, run(Transport::Udp, link, 6).0);
}

#[test]
fn what_nobody_lives_at_is_seen_in_the_ladder() {
    let mut world: World<Ticker> = World::new(1);
    let flow = Flow { transport: Transport::Udp, local: at(1), remote: at(9) };
    let lonely = Ticker { to: Some(flow), next: Some(world.now()), left: 1, ..Ticker::default() };
    world.add("lonely", at(1), lonely);
    assert!(world.run_to_quiescence(Duration::from_secs(1)));
    assert_eq!(world.ladder().labels(), ["1 bytes"]);
    assert!(world.ladder().to_string().contains('?'));
}
