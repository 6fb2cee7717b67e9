//! [`UserAgent`]: routes what comes in to transactions, calls, the registration and the registrar, and gathers what
//! they want to send, to say, and to be woken for. Decides nothing itself.

mod names;
mod receive;

use crate::{
    api::{AccountKey, CallKey, Command, Failure, Flow, Input, Output},
    stack::{Config, Owner, Stack},
    transaction::{Lost, Timer},
    usage::{
        Registrar,
        events::Events,
        invite::{Calls, Wish},
        refer::Refers,
        register::Registration,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Instant,
};

/// A SIP user agent without I/O: messages, time and wishes go in, messages and events come out.
///
/// After every `handle_*`, drain [`poll_output`](Self::poll_output) to `None`, then sleep until
/// [`poll_timeout`](Self::poll_timeout).
pub struct UserAgent {
    stack: Stack,
    calls: Calls,
    refers: Refers,
    events: Events,
    registrations: BTreeMap<AccountKey, Registration>,
    registrar: Option<Registrar>,
    /// Until then a call of before a crash may come back.
    grace: Option<Instant>,
}

impl UserAgent {
    /// The same seed gives the same names; never use one twice outside of tests.
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        let registrar = config.registrar.clone().map(Registrar::new);
        UserAgent {
            stack: Stack::new(config, seed),
            calls: Calls::default(),
            refers: Refers::default(),
            events: Events::default(),
            registrations: BTreeMap::new(),
            registrar,
            grace: None,
        }
    }

    /// A key for [`Command::Call`].
    pub fn new_call_key(&mut self) -> CallKey {
        self.calls.new_key()
    }

    /// Takes something in. What makes no sense is ignored: nothing that can come in is an error of the caller.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.grace.get_or_insert(now + self.stack.config.grace);
        match input {
            Input::Received { flow, message } => self.on_received(now, flow, message),
            Input::FlowFailed { flow } => self.on_flow_failed(now, flow),
            Input::LookedUp { lookup, found } => self.on_looked_up(now, lookup, found),
            Input::NetworkChanged => self.on_network_changed(now),
            Input::Command(command) => self.on_command(now, command),
        }
        self.settle(now);
    }

    /// It is `now`: does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.stack.servers.on_timeout(now, &mut self.stack.out);
        let lost = self.stack.clients.on_timeout(now, &mut self.stack.out);
        self.on_lost(now, lost, &Failure::Timeout);
        self.calls.on_timeout(now, &mut self.stack);
        self.refers.on_timeout(now, &mut self.stack, &mut self.calls);
        self.events.on_timeout(now, &mut self.stack);
        let registrations = self.registrations.values_mut();
        let dead: Vec<Flow> =
            registrations.filter_map(|registration| registration.on_timeout(now, &mut self.stack)).collect();
        dead.into_iter().for_each(|flow| self.on_flow_failed(now, flow));
        if let Some(registrar) = &mut self.registrar {
            registrar.on_timeout(now, &mut self.stack);
        }
        self.settle(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next, and what for.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let deadlines = [
            self.stack.servers.deadline(),
            self.stack.clients.deadline(),
            self.calls.deadline(),
            self.refers.deadline(),
            self.events.deadline(),
            self.registrations.values().filter_map(Registration::deadline).min(),
            self.registrar.as_ref().and_then(Registrar::deadline),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Where the accounts' servers are: whoever flooded us must not keep these from being heard.
    pub fn server_addresses(&self) -> BTreeSet<IpAddr> {
        self.stack.accounts.server_addresses()
    }

    /// Whether anybody owes us an answer: the final one to a request, or the ACK of a refusal. Who stops before that
    /// may leave a call behind that nobody ended.
    pub fn is_waiting(&self) -> bool {
        self.stack.clients.is_waiting() || self.stack.servers.is_waiting()
    }

    /// The next thing to send or to know.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.stack.out.take()
    }

    fn on_command(&mut self, now: Instant, command: Command) {
        let (call, wish) = match command {
            Command::Register { account, identity } => {
                let registration =
                    self.registrations.entry(account).or_insert_with(|| Registration::new(account));
                return registration.register(now, &mut self.stack, *identity);
            }
            Command::Unregister { account } => {
                let registration =
                    self.registrations.entry(account).or_insert_with(|| Registration::new(account));
                return registration.unregister(now, &mut self.stack);
            }
            Command::Call { call, outgoing } => {
                return self.calls.place(now, &mut self.stack, call, &outgoing);
            }
            Command::Resume { call, saved, sdp } => {
                return self.calls.resume(now, &mut self.stack, call, (&saved, sdp));
            }
            Command::EndSaved { saved } => return self.calls.end_saved(now, &mut self.stack, &saved),
            Command::Locate { lookup, target } => return self.on_locate(lookup, &target),
            Command::Ring { call } => (call, Wish::Ring),
            Command::Answer { call, sdp } => (call, Wish::Answer(sdp)),
            Command::Reject { call, code } => (call, Wish::Reject(code)),
            Command::Hangup { call } => {
                if !self.calls.has(call) {
                    self.refers.give_up(call);
                }
                (call, Wish::Hangup)
            }
            Command::Offer { call, sdp } => (call, Wish::Offer(sdp)),
            Command::AnswerOffer { call, sdp } => (call, Wish::AnswerOffer(sdp)),
            Command::RefuseOffer { call, code } => (call, Wish::RefuseOffer(code)),
            Command::Transfer { call, target } => {
                return self.calls.transfer(now, &mut self.stack, call, &target);
            }
            Command::FollowRefer { refer, call } => {
                return self.refers.follow(now, &mut self.stack, &mut self.calls, (refer, call));
            }
            Command::RefuseRefer { refer, code } => {
                return self.refers.refuse(now, &mut self.stack, &mut self.calls, (refer, code));
            }
            Command::SendDigit { call, digit } => (call, Wish::SendDigit(digit)),
            Command::EarlyMedia { call, sdp } => (call, Wish::EarlyMedia(sdp)),
            command @ (Command::Subscribe { .. }
            | Command::Unsubscribe { .. }
            | Command::Publish { .. }
            | Command::Unpublish { .. }
            | Command::SendMessage { .. }
            | Command::Report { .. }) => {
                return self.events.on_command(now, &mut self.stack, command);
            }
        };
        self.calls.wish(now, &mut self.stack, call, wish);
    }

    fn is_grace(&self, now: Instant) -> bool {
        self.grace.is_some_and(|until| now < until)
    }

    /// What is to be done after everything else: who watches calls hears of them, calls that are over go.
    fn settle(&mut self, now: Instant) {
        self.follow(now);
        self.events.settle(now, &mut self.stack);
        self.refers.watch(now, &mut self.stack, &mut self.calls);
        self.calls.keep(&mut self.stack);
        self.calls.sweep(&self.stack);
    }

    fn on_flow_failed(&mut self, now: Instant, flow: Flow) {
        let lost = self.stack.clients.on_flow_failed(now, &mut self.stack.out, flow);
        self.on_lost(now, lost, &Failure::Transport);
        for registration in self.registrations.values_mut() {
            registration.on_flow_failed(now, &mut self.stack, flow);
        }
        self.events.on_flow_failed(now, &mut self.stack, flow);
    }

    fn on_lost(&mut self, now: Instant, lost: Vec<Lost<Owner>>, why: &Failure) {
        for lost in lost {
            match lost.owner {
                Owner::Registration(account) => {
                    if let Some(registration) = self.registrations.get_mut(&account) {
                        registration.on_lost(now, &mut self.stack, lost.id, why.clone());
                    }
                }
                Owner::Invite(call)
                | Owner::Change(call)
                | Owner::Prack(call)
                | Owner::Bye(call)
                | Owner::Digit(call) => {
                    self.calls.on_lost(now, &mut self.stack, call, (lost, why.clone()));
                }
                Owner::Transfer(call) => {
                    self.calls.on_transfer_lost(&mut self.stack, call, (lost.id, why.clone()));
                }
                Owner::Refer(refer) => self.refers.on_lost(refer),
                Owner::Subscription(_) | Owner::Publication(_) | Owner::Message(_) | Owner::Report(_) => {
                    self.events.on_lost(now, &mut self.stack, lost, why.clone());
                }
                Owner::Nobody => {}
            }
        }
    }
}
