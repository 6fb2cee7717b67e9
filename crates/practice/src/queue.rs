//! The queues: customers wait in them, and are offered to the one agent there is, the longest waiting first. As in a
//! contact centre one customer of a queue is offered at a time and none while the agent is with another; who is not
//! taken goes back to their place and is offered again, until they lose patience.
//!
//! Pure: knows neither calls nor scripts. Whether the agent wants a customer now is the agent's phone's to say.

use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// One customer: counts from 1, in the order of arrival, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CustomerId(pub u32);

/// More customers than this never wait at once: a menu can be clicked fast.
const MOST_WAITING: usize = 64;

/// How the exchange deals with an agent who does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Rings no longer than this, then takes the offer back.
    pub ring: Duration,
    /// Who was not taken is offered again after this.
    pub again: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { ring: Duration::from_secs(40), again: Duration::from_secs(5) }
    }
}

/// How a customer waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// In this queue; without one, for the agent in person: rings although the agent is busy, and only once.
    pub queue: Option<String>,
    /// For so long, ringing included.
    pub patience: Duration,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Offer this customer to the agent.
    Offer(CustomerId),
    /// Take the offer back: it rang too long. The customer waits on.
    Withdraw(CustomerId),
    /// The customer gave up and is gone; an offer of theirs is over.
    Abandoned(CustomerId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Was not taken: not offered before then.
    Resting { until: Instant },
    /// Next, when the agent is free.
    Ready,
    /// Rings at the agent's.
    Offered { until: Instant },
    /// Talks with the agent.
    Served,
}

#[derive(Debug)]
struct Entry {
    queue: Option<String>,
    patience_until: Instant,
    place: Place,
}

impl Entry {
    fn deadline(&self) -> Option<Instant> {
        match self.place {
            Place::Resting { until } | Place::Offered { until } => Some(until.min(self.patience_until)),
            Place::Ready => Some(self.patience_until),
            Place::Served => None,
        }
    }
}

/// All queues.
#[derive(Debug)]
pub struct Queues {
    pace: Pace,
    agent_is_here: bool,
    entries: BTreeMap<CustomerId, Entry>,
    orders: VecDeque<Order>,
}

impl Queues {
    /// Empty, and the agent is not here yet.
    pub fn new(pace: Pace) -> Self {
        Self { pace, agent_is_here: false, entries: BTreeMap::new(), orders: VecDeque::new() }
    }

    /// A customer comes in. `false`: too many wait already.
    pub fn arrive(&mut self, now: Instant, who: CustomerId, arrival: Arrival) -> bool {
        if self.entries.len() >= MOST_WAITING {
            return false;
        }
        let patience_until = now + arrival.patience;
        self.entries.insert(who, Entry { queue: arrival.queue, patience_until, place: Place::Ready });
        self.offer(now);
        true
    }

    /// The agent can be called now, or not any more.
    pub fn agent_is_here(&mut self, now: Instant, here: bool) {
        self.agent_is_here = here;
        self.offer(now);
    }

    /// The agent took this customer.
    pub fn accepted(&mut self, who: CustomerId) {
        if let Some(entry) = self.entries.get_mut(&who) {
            entry.place = Place::Served;
        }
    }

    /// The agent did not take this customer.
    pub fn refused(&mut self, now: Instant, who: CustomerId) {
        let again = now + self.pace.again;
        let Some(entry) = self.entries.get_mut(&who) else { return };
        if entry.queue.is_some() {
            entry.place = Place::Resting { until: again };
        } else {
            self.entries.remove(&who);
            self.orders.push_back(Order::Abandoned(who));
        }
        self.offer(now);
    }

    /// This customer's call is over.
    pub fn left(&mut self, now: Instant, who: CustomerId) {
        self.entries.remove(&who);
        self.offer(now);
    }

    /// Everybody goes home.
    pub fn close(&mut self) {
        self.entries.clear();
        self.orders.clear();
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let given_up = |entry: &Entry| entry.place != Place::Served && entry.patience_until <= now;
        for who in self.whoever(given_up) {
            self.entries.remove(&who);
            self.orders.push_back(Order::Abandoned(who));
        }
        for (who, entry) in &mut self.entries {
            match entry.place {
                Place::Resting { until } if until <= now => entry.place = Place::Ready,
                Place::Offered { until } if until <= now => {
                    entry.place = Place::Resting { until: now + self.pace.again };
                    self.orders.push_back(Order::Withdraw(*who));
                }
                Place::Resting { .. } | Place::Ready | Place::Offered { .. } | Place::Served => {}
            }
        }
        self.offer(now);
    }

    /// When [`Queues::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.entries.values().filter_map(Entry::deadline).min()
    }

    /// What to do next, until `None`; after every call.
    pub fn poll_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    fn whoever(&self, is: impl Fn(&Entry) -> bool) -> Vec<CustomerId> {
        self.entries.iter().filter(|(_, entry)| is(entry)).map(|(who, _)| *who).collect()
    }

    /// Offers whoever can be offered now.
    fn offer(&mut self, now: Instant) {
        if !self.agent_is_here {
            return;
        }
        for who in self.whoever(|entry| entry.place == Place::Ready) {
            let Some(queue) = self.entries.get(&who).map(|entry| entry.queue.clone()) else { continue };
            if queue.is_some() && self.is_blocked(&queue) {
                continue;
            }
            if let Some(entry) = self.entries.get_mut(&who) {
                entry.place = Place::Offered { until: now + self.pace.ring };
                self.orders.push_back(Order::Offer(who));
            }
        }
    }

    /// Whether nobody of this queue is to be offered now.
    fn is_blocked(&self, queue: &Option<String>) -> bool {
        self.entries.values().any(|entry| match entry.place {
            Place::Served => entry.queue.is_some(),
            Place::Offered { .. } => entry.queue == *queue,
            Place::Resting { .. } | Place::Ready => false,
        })
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
