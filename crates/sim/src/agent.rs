//! A [`UserAgent`] as an endpoint: keeps its events for the test to read.

use crate::{names::Names, world::Endpoint};
use sidetone_sip::{
    UserAgent,
    api::{CallKey, Event, Flow, Input, LookupKey, Output, Question, SavedCall, Transmit},
};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

/// A user agent, and what it said so far.
pub struct Agent {
    /// The user agent itself.
    pub ua: UserAgent,
    /// Every event, oldest first. The test may take them out.
    pub events: Vec<Event>,
    /// Set: answers its questions to the names of the network.
    pub names: Option<Names>,
    /// Every question that nothing answers, oldest first. The test may take them out, and answer.
    pub lookups: Vec<(LookupKey, Question)>,
    /// What is kept of every call for after a crash.
    pub kept: BTreeMap<CallKey, SavedCall>,
    /// Every path it wanted to be closed, oldest first.
    pub closed: Vec<Flow>,
    transmits: VecDeque<Transmit>,
}

impl Agent {
    /// Wraps a user agent.
    pub fn new(ua: UserAgent) -> Self {
        Agent {
            ua,
            events: Vec::new(),
            names: None,
            lookups: Vec::new(),
            kept: BTreeMap::new(),
            closed: Vec::new(),
            transmits: VecDeque::new(),
        }
    }

    /// Gives it something, and sorts what comes out.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.ua.handle_input(now, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.ua.poll_output() {
            match output {
                Output::Transmit(transmit) => self.transmits.push_back(transmit),
                Output::LookUp { lookup, question } => match &mut self.names {
                    Some(names) => {
                        let found = names.answer(&question);
                        self.ua.handle_input(now, Input::LookedUp { lookup, found });
                    }
                    None => self.lookups.push((lookup, question)),
                },
                Output::Close { flow } => self.closed.push(flow),
                Output::Keep { call, saved: Some(saved) } => drop(self.kept.insert(call, *saved)),
                Output::Keep { call, saved: None } => drop(self.kept.remove(&call)),
                Output::Event(event) => self.events.push(event),
            }
        }
    }
}

impl Endpoint for Agent {
    fn handle_datagram(&mut self, now: Instant, flow: Flow, message: &[u8]) {
        // A stream's edge answers a ping itself (RFC 5626 section 3.5.1).
        if flow.transport.is_reliable() && message == b"\r\n\r\n" {
            self.transmits.push_back(Transmit { flow, payload: "\r\n".into() });
        }
        self.handle(now, Input::Received { flow, message });
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.ua.handle_timeout(now);
        self.drain(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.ua.poll_timeout().map(|(at, _)| at)
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }
}
