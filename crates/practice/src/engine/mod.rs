//! The exchange without I/O: the user agent, the queues and every customer, and what passes between them. Driven with
//! `now` like every core: `handle_input`, `handle_timeout`, `poll_timeout`, `poll_output`.

mod dialled;
mod directory;
mod from_customer;
mod from_queue;
mod from_sip;
mod line;

use crate::customer::{self, Customer};
use crate::happening::{Happening, What};
use crate::queue::{Arrival, CustomerId, Pace, Queues};
use crate::script::{Library, Script};
use crate::speech::SpeechId;
use line::{Caller, Callers, Stage};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sidetone_media::Plan;
use sidetone_sip::api::{self as sip, BoundContact, CallKey, Flow, Transmit};
use sidetone_sip::{Config as SipConfig, RegistrarConfig, UserAgent};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the engine is made with.
pub(crate) struct Config {
    /// Where we listen: the domain of everybody's address.
    pub(crate) local: SocketAddr,
    /// User part and password of the one account.
    pub(crate) user: (String, String),
    /// What can be played.
    pub(crate) library: Arc<Library>,
    /// How an agent who does not answer is dealt with.
    pub(crate) pace: Pace,
    /// The first customer: calls by themself so long after the agent registered.
    pub(crate) first: Option<(String, Duration)>,
}

/// What the engine takes in.
pub(crate) enum Input<'a> {
    /// A SIP message came.
    Received { flow: Flow, message: &'a [u8] },
    /// A path is gone.
    FlowFailed { flow: Flow },
    /// Play a script now.
    Play(Arc<Script>),
    /// Many customers at once.
    RushHour,
    /// The answer to [`Output::Open`]: where RTP and RTCP are, or nothing.
    Opened { call: CallKey, sockets: Option<(SocketAddr, u16)> },
    /// Something was heard in a call.
    Heard { call: CallKey, what: customer::Input },
}

/// What the engine gives out.
pub(crate) enum Output {
    /// Send a SIP message.
    Transmit(Transmit),
    /// Open media for this call, reached at this address; [`Input::Opened`] answers. What is heard is recorded under
    /// the name.
    Open { call: CallKey, local: IpAddr, name: String },
    /// Do something with a call's media.
    Media(CallKey, MediaOrder),
    /// Say what happened.
    Happened(Happening),
}

/// What the media thread is to do with a call.
#[derive(Debug, Clone)]
pub(crate) enum MediaOrder {
    /// Start, or go on by this plan.
    Apply(Box<Plan>),
    /// Say this.
    Say(SpeechId),
    /// A short tone.
    Beep,
    /// Play back what is heard this much later.
    Echo(Duration),
    /// Be quiet.
    Hush,
    /// Press a key.
    Press(char),
    /// Say goodbye and close the sockets.
    Close,
}

/// Customers of the rush hour come this far apart, more or less.
const RUSH_GAP: Duration = Duration::from_millis(1_500);

/// The exchange without I/O.
pub(crate) struct Engine {
    agent: UserAgent,
    queues: Queues,
    callers: Callers,
    /// Where the agent is reached.
    contact: Option<BoundContact>,
    /// Who will call, and when.
    expected: Vec<(Instant, Arc<Script>)>,
    local: SocketAddr,
    library: Arc<Library>,
    first: Option<(String, Duration)>,
    random: StdRng,
    outputs: VecDeque<Output>,
}

impl Engine {
    /// Nobody is here yet. The same seed gives the same run.
    pub(crate) fn new(config: Config, seed: [u8; 32]) -> Self {
        let mut random = StdRng::from_seed(seed);
        let sip = SipConfig {
            name: concat!("Sidetone-practice/", env!("CARGO_PKG_VERSION")).to_owned(),
            user: "exchange".to_owned(),
            registrar: Some(RegistrarConfig::new("practice", vec![config.user])),
            ..SipConfig::default()
        };
        Self {
            agent: UserAgent::new(sip, random.random()),
            queues: Queues::new(config.pace),
            callers: Callers::default(),
            contact: None,
            expected: Vec::new(),
            local: config.local,
            library: config.library,
            first: config.first,
            random,
            outputs: VecDeque::new(),
        }
    }

    /// Takes something in.
    pub(crate) fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Received { flow, message } => {
                self.agent.handle_input(now, sip::Input::Received { flow, message })
            }
            Input::FlowFailed { flow } => self.agent.handle_input(now, sip::Input::FlowFailed { flow }),
            Input::Play(script) => self.arrive(now, script),
            Input::RushHour => self.rush_hour(now),
            Input::Opened { call, sockets } => self.opened(now, call, sockets),
            Input::Heard { call, what } => self.tell_customer(now, call, what),
        }
        self.settle(now);
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.agent.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.agent.handle_timeout(now);
        }
        if self.queues.poll_timeout().is_some_and(|due| due <= now) {
            self.queues.handle_timeout(now);
        }
        self.greet_expected(now);
        self.wake_callers(now);
        self.settle(now);
    }

    /// When [`Engine::handle_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let agent = self.agent.poll_timeout().map(|(due, _)| due);
        let expected = self.expected.iter().map(|(due, _)| *due).min();
        [agent, self.queues.poll_timeout(), expected, self.callers.poll_timeout()].into_iter().flatten().min()
    }

    /// What to do next, until `None`; after every `handle_*`.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Ends every call; nobody calls any more.
    pub(crate) fn shut_down(&mut self, now: Instant) {
        self.expected.clear();
        self.first = None;
        self.contact = None;
        self.queues.close();
        for call in self.callers.clear() {
            self.media(call, MediaOrder::Close);
            self.command(now, sip::Command::Hangup { call });
        }
        self.settle(now);
    }

    /// A customer comes in, and waits.
    fn arrive(&mut self, now: Instant, script: Arc<Script>) {
        let arrival = Arrival { queue: script.queue.clone(), patience: script.patience };
        let who = self.callers.new_id();
        if !self.queues.arrive(now, who, arrival) {
            tracing::warn!("too many customers wait: one was turned away");
            return;
        }
        let what = What::Waiting { script: script.id.clone(), queue: script.queue.clone() };
        self.callers.insert(who, Caller { script, stage: Stage::Waiting });
        self.say(Some(who), what);
    }

    fn rush_hour(&mut self, now: Instant) {
        let mut at = now;
        for script in self.library.rush_hour() {
            self.expected.push((at, script));
            at += RUSH_GAP.mul_f64(self.random.random_range(0.5..1.5));
        }
        self.greet_expected(now);
    }

    fn greet_expected(&mut self, now: Instant) {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.expected).into_iter().partition(|(at, _)| *at <= now);
        self.expected = later;
        due.into_iter().for_each(|(_, script)| self.arrive(now, script));
    }

    /// Passes on what user agent and queues have to say, until both are silent.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.agent.poll_output() {
                match output {
                    sip::Output::Transmit(transmit) => self.outputs.push_back(Output::Transmit(transmit)),
                    sip::Output::Event(event) => self.on_sip(now, event),
                    // It calls by the paths that registrations came by, and forgets its calls when it stops.
                    sip::Output::LookUp { .. } | sip::Output::Keep { .. } | sip::Output::Close { .. } => {}
                }
            } else if let Some(order) = self.queues.poll_order() {
                self.on_order(now, order);
            } else {
                return;
            }
        }
    }

    fn command(&mut self, now: Instant, command: sip::Command) {
        self.agent.handle_input(now, sip::Input::Command(command));
    }

    fn media(&mut self, call: CallKey, order: MediaOrder) {
        self.outputs.push_back(Output::Media(call, order));
    }

    fn say(&mut self, customer: Option<CustomerId>, what: What) {
        self.outputs.push_back(Output::Happened(Happening { customer, what }));
    }

    /// The customer's call begins.
    fn begin(&mut self, now: Instant, who: CustomerId) {
        let Some(caller) = self.callers.get(who) else { return };
        let Some(line) = caller.take_line() else { return };
        let customer = Customer::new(now, Arc::clone(&caller.script));
        caller.stage = Stage::Talking(line, Box::new(customer));
        self.say(Some(who), What::Connected);
        self.carry_out(now, who);
    }
}

#[cfg(test)]
mod tests;
