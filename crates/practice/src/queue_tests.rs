//! The queues in virtual time: who is offered when, and what becomes of those who are not taken.

use super::*;

struct Bench {
    now: Instant,
    queues: Queues,
    count: u32,
}

fn bench() -> Bench {
    let (now, mut queues) = (Instant::now(), Queues::new(Pace::default()));
    queues.agent_is_here(now, true);
    Bench { now, queues, count: 0 }
}

impl Bench {
    fn arrive(&mut self, queue: &str, patience_s: u64) -> CustomerId {
        self.count += 1;
        let who = CustomerId(self.count);
        let queue = (!queue.is_empty()).then(|| queue.to_owned());
        let arrival = Arrival { queue, patience: Duration::from_secs(patience_s) };
        assert!(self.queues.arrive(self.now, who, arrival));
        who
    }

    fn orders(&mut self) -> Vec<Order> {
        std::iter::from_fn(|| self.queues.poll_order()).collect()
    }

    /// Lets the time pass, deadline by deadline; gives what was ordered, with the second of it.
    fn pass(&mut self, seconds: u64) -> Vec<(u64, Order)> {
        let (start, end) = (self.now, self.now + Duration::from_secs(seconds));
        let mut ordered = Vec::new();
        while let Some(due) = self.queues.poll_timeout().filter(|due| *due <= end) {
            assert!(due >= self.now, "a deadline in the past is a busy loop");
            self.now = due;
            self.queues.handle_timeout(due);
            let at = due.duration_since(start).as_secs();
            ordered.extend(self.orders().into_iter().map(|order| (at, order)));
        }
        self.now = end;
        ordered
    }
}

#[test]
fn the_longest_waiting_is_offered_first_and_one_at_a_time() {
    let mut bench = bench();
    let (first, second) = (bench.arrive("Billing", 60), bench.arrive("Billing", 60));
    assert_eq!(bench.orders(), [Order::Offer(first)]);
    bench.queues.accepted(first);
    assert_eq!(bench.pass(10), []);
    bench.queues.left(bench.now, first);
    assert_eq!(bench.orders(), [Order::Offer(second)]);
}

#[test]
fn every_queue_offers_one_until_the_agent_is_with_somebody() {
    let mut bench = bench();
    let (billing, support) = (bench.arrive("Billing", 60), bench.arrive("Support", 60));
    assert_eq!(bench.orders(), [Order::Offer(billing), Order::Offer(support)]);
    bench.queues.accepted(billing);
    bench.queues.refused(bench.now, support);
    assert_eq!(bench.pass(30), []);
    bench.queues.left(bench.now, billing);
    assert_eq!(bench.orders(), [Order::Offer(support)]);
}

#[test]
fn who_is_not_taken_is_offered_again_after_a_while() {
    let mut bench = bench();
    let who = bench.arrive("Billing", 60);
    assert_eq!(bench.orders(), [Order::Offer(who)]);
    bench.pass(3);
    bench.queues.refused(bench.now, who);
    assert_eq!(bench.orders(), []);
    assert_eq!(bench.pass(10), [(5, Order::Offer(who))]);
}

#[test]
fn while_one_rests_the_next_of_the_queue_has_their_turn() {
    let mut bench = bench();
    let (first, second) = (bench.arrive("Billing", 60), bench.arrive("Billing", 60));
    bench.orders();
    bench.queues.refused(bench.now, first);
    assert_eq!(bench.orders(), [Order::Offer(second)]);
}

#[test]
fn an_offer_that_rings_too_long_is_taken_back_and_made_again() {
    let mut bench = bench();
    let who = bench.arrive("Billing", 120);
    bench.orders();
    assert_eq!(bench.pass(50), [(40, Order::Withdraw(who)), (45, Order::Offer(who))]);
}

#[test]
fn patience_ends_while_ringing_while_resting_and_without_an_agent() {
    let mut bench = bench();
    let ringing = bench.arrive("Billing", 6);
    bench.orders();
    assert_eq!(bench.pass(60), [(6, Order::Abandoned(ringing))]);

    let resting = bench.arrive("Billing", 4);
    bench.orders();
    bench.queues.refused(bench.now, resting);
    assert_eq!(bench.pass(60), [(4, Order::Abandoned(resting))]);

    bench.queues.agent_is_here(bench.now, false);
    let alone = bench.arrive("Billing", 4);
    assert_eq!(bench.orders(), []);
    assert_eq!(bench.pass(60), [(4, Order::Abandoned(alone))]);
}

#[test]
fn patience_does_not_end_in_a_call() {
    let mut bench = bench();
    let who = bench.arrive("Billing", 6);
    bench.orders();
    bench.queues.accepted(who);
    assert_eq!(bench.pass(3_600), []);
}

#[test]
fn who_waits_is_offered_when_the_agent_comes() {
    let mut bench = bench();
    bench.queues.agent_is_here(bench.now, false);
    let who = bench.arrive("Billing", 60);
    assert_eq!(bench.pass(10), []);
    bench.queues.agent_is_here(bench.now, true);
    assert_eq!(bench.orders(), [Order::Offer(who)]);
}

#[test]
fn a_direct_caller_rings_beside_a_call_and_does_not_come_back() {
    let mut bench = bench();
    let customer = bench.arrive("Billing", 60);
    bench.orders();
    bench.queues.accepted(customer);
    let colleague = bench.arrive("", 60);
    assert_eq!(bench.orders(), [Order::Offer(colleague)]);
    bench.queues.refused(bench.now, colleague);
    assert_eq!(bench.orders(), [Order::Abandoned(colleague)]);
    assert_eq!(bench.pass(60), []);
}

#[test]
fn a_crowd_has_an_end() {
    let mut bench = bench();
    for _ in 0..MOST_WAITING {
        bench.arrive("Billing", 60);
    }
    let arrival = Arrival { queue: None, patience: Duration::from_secs(1) };
    assert!(!bench.queues.arrive(bench.now, CustomerId(9_999), arrival));
}
