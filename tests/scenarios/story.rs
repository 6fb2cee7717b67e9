//! What the stories are told with: one desk, one server whose customers call it, and the virtual time between them.

mod changes;
mod desk_end;
mod keys;
mod locks;
mod sounding;
mod ways;

use bytes::Bytes;
use desk_end::DeskEnd;
use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ChoiceView, CodeId, CodeView, ContactId, ContactView, DeskView, PhaseView, StateLabel, TroubleKind,
    UnixMillis,
};
use sidetone_desk::{self as desk, HistoryRow};
use sidetone_media::{
    Codec, Direction, Negotiation,
    sdp::{OpusSettings, Security},
};
use sidetone_phone::engine::{Config, Engine, IceMode, Input, Kept, MediaRules, Rules, SignIn, Way};
use sidetone_sim::{Agent, Endpoint, World};
use sidetone_sip::api::{
    self as sip, Account, CallKey, EndCause, Event, Flow, Outgoing, Server, Transmit, Transport,
};
use sidetone_sip::{RegistrarConfig, UserAgent};
pub(crate) use sounding::a_call_of;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Long enough for anything to come about, short against every timer of the desk.
pub(crate) const SOON: Duration = Duration::from_secs(2);

const DESK: &str = "10.0.0.1:5060";
const SERVER: &str = "10.0.0.2:5060";
/// What the wall clock says at first.
const BORN: i64 = 1_700_000_000_000;

/// Somebody in the world.
pub(crate) enum Somebody {
    /// The agent's desk.
    Desk(Box<DeskEnd>),
    /// The server, and the customers behind it.
    Server(Box<Agent>),
}

impl Endpoint for Somebody {
    fn handle_datagram(&mut self, now: Instant, flow: Flow, message: &[u8]) {
        match self {
            Self::Desk(desk) => {
                desk.dialogs.extend(crate::dialogs::acknowledged(message));
                desk.handle(now, Input::Received { flow, message }).unwrap();
            }
            Self::Server(server) => server.handle_datagram(now, flow, message),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Desk(desk) => {
                desk.engine.handle_timeout(now);
                desk.drain(now);
            }
            Self::Server(server) => server.handle_timeout(now),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Desk(desk) => desk.engine.poll_timeout(),
            Self::Server(server) => server.poll_timeout(),
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        match self {
            Self::Desk(desk) => desk.transmits.pop_front(),
            Self::Server(server) => server.poll_transmit(),
        }
    }
}

/// One customer's side of a call.
pub(crate) struct Customer {
    pub(crate) call: CallKey,
    negotiation: Negotiation,
}

/// A story in the making.
pub(crate) struct Story {
    world: World<Somebody>,
    desk: usize,
    server: usize,
    seed: u8,
    config: Config,
    born: Instant,
}

impl Story {
    /// An agent, signed in and Available, with reasons to choose from and a minute for the wrap-up.
    pub(crate) fn available() -> Self {
        Self::with(|_| {})
    }

    /// The same, by other rules.
    pub(crate) fn with(change: impl FnOnce(&mut desk::Config)) -> Self {
        Self::reading(Rules::default(), change)
    }

    /// The same, where calls are read by other rules.
    pub(crate) fn reading(rules: Rules, change: impl FnOnce(&mut desk::Config)) -> Self {
        let mut story = Self::made_with(|config| {
            config.rules = rules;
            change(&mut config.desk);
        });
        story.sign_in("secret");
        story.until("signed in", |story| story.view().state.label != StateLabel::SignedOut);
        story.command(Command::SetState { to: ChoiceView::Available });
        story
    }

    /// Nobody is signed in.
    pub(crate) fn signed_out(change: impl FnOnce(&mut desk::Config)) -> Self {
        Self::made_with(|config| change(&mut config.desk))
    }

    /// Nobody is signed in, by other rules of the whole phone.
    pub(crate) fn made_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut rules = desk::Config::default();
        rules.wrap_up.reasons = [("billing", "Billing"), ("other", "Other")]
            .map(|(id, label)| CodeView { id: CodeId(id.into()), label: label.into(), path: Vec::new() })
            .to_vec();
        let mut world = World::new(7);
        let mut config = Config {
            sip: sidetone_sip::Config::default(),
            desk: rules,
            rules: Rules::default(),
            media: MediaRules {
                codecs: Codec::ALL.to_vec(),
                opus: OpusSettings::default(),
                comfort_noise: false,
                security: Security::default(),
            },
            follows_refers: true,
            media_timeout: Some(Duration::from_secs(60)),
            collector: None,
            ice: IceMode::Never,
        };
        change(&mut config);
        let end = DeskEnd::new(Engine::new(config.clone(), (world.now(), UnixMillis(BORN)), [1; 32]));
        let registrar = RegistrarConfig::new(
            "practice",
            ["agent", "own"].map(|user| (user.into(), "secret".into())).into(),
        );
        let server = UserAgent::new(
            sidetone_sip::Config { registrar: Some(registrar), ..Default::default() },
            [2; 32],
        );
        let desk = world.add("desk", DESK.parse().unwrap(), Somebody::Desk(Box::new(end)));
        let server =
            world.add("server", SERVER.parse().unwrap(), Somebody::Server(Box::new(Agent::new(server))));
        let born = world.now();
        Self { world, desk, server, seed: 10, config, born }
    }

    /// The desk comes to another network, where it has this address.
    pub(crate) fn desk_moves(&mut self, address: &str) {
        let local: SocketAddr = address.parse().unwrap();
        self.world.add_address(self.desk, local);
        self.at_desk(|now, desk| {
            desk.local = local;
            desk.handle(now, Input::NetworkChanged).unwrap();
        });
    }

    /// Signs in where the server's name leads to.
    pub(crate) fn sign_in_by_name(&mut self, password: &str) {
        let (host, port) = ("server.example".to_owned(), Some(5060));
        self.sign_in_at(password, Server::Named { host, port, transport: Some(Transport::Udp) });
    }

    pub(crate) fn sign_in(&mut self, password: &str) {
        self.sign_in_at(password, Server::At(to_server()));
    }

    /// The agent has a number of their own, too, which is registered beside the one for work.
    pub(crate) fn sign_in_with_own_number(&mut self) {
        let [ours, own] = ["agent", "own"].map(|user| account(user, "secret", Server::At(to_server())));
        self.register(ours, vec![own]);
    }

    fn sign_in_at(&mut self, password: &str, server: Server) {
        self.register(account("agent", password, server), Vec::new());
    }

    fn register(&mut self, account: Account, beside: Vec<Account>) {
        let shown = "agent@10.0.0.2".to_owned();
        self.input(Input::SignIn(SignIn::Register { account, beside, shown, practice: false })).unwrap();
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Result<(), desk::Error> {
        self.world.act(self.desk, |now, somebody| match somebody {
            Somebody::Desk(desk) => desk.handle(now, input),
            Somebody::Server(_) => panic!("the desk is somebody else"),
        })
    }

    /// From now on nobody opens sockets but [`Story::opened`].
    pub(crate) fn slow_sockets(&mut self) {
        self.at_desk(|_, desk| desk.unopened = Some(Vec::new()));
    }

    /// The sockets of the leg that waits for them are there, or they are not.
    pub(crate) fn opened(&mut self, way: Result<Way, TroubleKind>) {
        self.at_desk(|now, desk| {
            let leg = desk.unopened.as_mut().unwrap().pop().unwrap();
            desk.handle(now, Input::Opened { leg, way }).unwrap();
        });
    }

    /// The program is about to stop.
    pub(crate) fn shut_down(&mut self) {
        self.at_desk(|now, desk| {
            desk.engine.shut_down(now);
            desk.drain(now);
        });
    }

    /// The program is killed, and started again after that time: nobody is signed in, and what was kept is found.
    pub(crate) fn crash(&mut self, gap: Duration) {
        let kept = self.at_desk(|_, desk| std::mem::take(&mut desk.kept));
        self.restart();
        self.pass(gap);
        self.restart();
        for (name, text) in kept {
            let found = Box::new(Kept::from_text(&text).unwrap());
            self.at_desk(|now, desk| {
                desk.kept.insert(name, text);
                desk.handle(now, Input::Found { kept: found, gap }).unwrap();
            });
        }
    }

    fn restart(&mut self) {
        self.seed += 1;
        let (config, seed, born) = (self.config.clone(), [self.seed; 32], self.born);
        self.at_desk(|now, desk| {
            let wall = BORN + i64::try_from(now.duration_since(born).as_millis()).unwrap();
            desk.engine = Engine::new(config, (now, UnixMillis(wall)), seed);
            desk.transmits.clear();
            desk.happened.clear();
            desk.media.clear();
        });
    }

    /// Bytes come from the server.
    pub(crate) fn tell(&mut self, message: &str) {
        self.world.inject(self.desk, to_server(), message.as_bytes());
    }

    fn at_desk<T>(&mut self, action: impl FnOnce(Instant, &mut DeskEnd) -> T) -> T {
        self.world.act(self.desk, |now, somebody| match somebody {
            Somebody::Desk(desk) => action(now, desk),
            Somebody::Server(_) => panic!("the desk is somebody else"),
        })
    }

    /// The agent wants something, and may.
    pub(crate) fn command(&mut self, command: Command) {
        let result = self.input(Input::Command(command.clone()));
        assert!(result.is_ok(), "{command:?}: {result:?}\n{}", self.world.ladder());
    }

    /// The agent wants something, and may not.
    pub(crate) fn refused(&mut self, command: Command) -> desk::Error {
        self.input(Input::Command(command)).expect_err("it should have been refused")
    }

    pub(crate) fn desk(&self) -> &DeskEnd {
        match self.world.endpoint(self.desk) {
            Somebody::Desk(desk) => desk,
            Somebody::Server(_) => panic!("the desk is somebody else"),
        }
    }

    pub(crate) fn view(&self) -> DeskView {
        self.desk().engine.view()
    }

    /// The only contact there is.
    pub(crate) fn contact(&self) -> ContactView {
        let contacts = self.view().contacts;
        assert_eq!(contacts.len(), 1, "{contacts:#?}\n{}", self.world.ladder());
        contacts.into_iter().next().unwrap()
    }

    pub(crate) fn phase_of(&self, id: ContactId) -> Option<PhaseView> {
        self.view().contacts.into_iter().find(|contact| contact.id == id).map(|contact| contact.phase)
    }

    pub(crate) fn label(&self) -> StateLabel {
        self.view().state.label
    }

    /// Time passes until something is so, which must be soon.
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = self.world.now() + SOON;
        while !holds(self) {
            assert!(self.world.now() < end, "never {what}\n{:#?}\n{}", self.view(), self.world.ladder());
            self.world.run_for(Duration::from_millis(5));
        }
    }

    /// Time passes until something is so, which may take that long.
    pub(crate) fn until_within(&mut self, what: &str, time: Duration, holds: impl Fn(&Self) -> bool) {
        let end = self.world.now() + time;
        while self.world.now() < end && !holds(self) {
            self.world.run_for(Duration::from_millis(50));
        }
        self.until(what, holds);
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.world.run_for(duration);
    }

    fn server<T>(&mut self, action: impl FnOnce(Instant, &mut Agent) -> T) -> T {
        self.world.act(self.server, |now, somebody| match somebody {
            Somebody::Server(server) => action(now, server),
            Somebody::Desk(_) => panic!("the server is somebody else"),
        })
    }

    fn order(&mut self, command: sip::Command) {
        self.server(|now, server| server.handle(now, sip::Input::Command(command)));
    }

    /// A customer calls through a queue.
    pub(crate) fn customer_calls(&mut self, name: &str, number: &str) -> Customer {
        self.seed += 1;
        let config = sidetone_media::sdp::Config::new("10.0.0.2:30000".parse().unwrap());
        let mut negotiation = Negotiation::new(config, [self.seed; 32]);
        let sdp = negotiation.offer(Direction::SendRecv);
        Customer { call: self.calls_with(name, number, sdp), negotiation }
    }

    /// A customer calls with an offer that is not the usual one; empty: with none.
    pub(crate) fn calls_with(&mut self, name: &str, number: &str, sdp: Bytes) -> CallKey {
        self.calls_saying(name, number, sdp, &[])
    }

    /// The same, with more headers.
    pub(crate) fn calls_saying(
        &mut self,
        name: &str,
        number: &str,
        sdp: Bytes,
        more: &[(&str, &str)],
    ) -> CallKey {
        self.calls_by(Transport::Udp, (name, number), sdp, more)
    }

    /// The same, by this transport.
    pub(crate) fn calls_by(
        &mut self,
        transport: Transport,
        (name, number): (&str, &str),
        sdp: Bytes,
        more: &[(&str, &str)],
    ) -> CallKey {
        let call = self.server(|_, server| server.ua.new_call_key());
        let via = Flow { transport, local: SERVER.parse().unwrap(), remote: DESK.parse().unwrap() };
        let from = sip::Address { display_name: Some(name.into()), uri: format!("sip:{number}@10.0.0.2") };
        let outgoing = Box::new(Outgoing {
            from: Some(from),
            headers: [("X-Queue", "Support")]
                .iter()
                .chain(more)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Outgoing::to("sip:agent@10.0.0.1:5060", Some(via), sdp)
        });
        self.order(sip::Command::Call { call, outgoing });
        call
    }

    /// A customer calls, and it rings here.
    pub(crate) fn customer_rings(&mut self, name: &str, number: &str) -> (Customer, ContactId) {
        let before = self.view().popovers.len();
        let customer = self.customer_calls(name, number);
        self.until("ringing", |story| story.view().popovers.len() == before + 1);
        let id = *self.view().popovers.last().unwrap();
        (customer, id)
    }

    /// A customer calls and the agent accepts; both are through.
    pub(crate) fn customer_talks(&mut self, name: &str, number: &str) -> (Customer, ContactId) {
        let (mut customer, id) = self.customer_rings(name, number);
        self.accept(&mut customer, id);
        (customer, id)
    }

    /// The agent accepts who rings; both are through.
    fn accept(&mut self, customer: &mut Customer, id: ContactId) {
        self.command(Command::Accept { contact: id });
        self.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
        let answer = self.server_events().find_map(|event| match event {
            Event::Answered { call, sdp } if *call == customer.call => Some(sdp.clone()),
            _ => None,
        });
        customer.negotiation.accept_answer(&answer.unwrap()).unwrap();
    }

    /// The customer hangs up, or gives up.
    pub(crate) fn customer_hangs_up(&mut self, customer: &Customer) {
        self.order(sip::Command::Hangup { call: customer.call });
    }

    /// The call that the desk placed, as it came to the server.
    pub(crate) fn callee(&mut self) -> (CallKey, Bytes) {
        self.until("called", |story| story.incoming().is_some());
        self.incoming().unwrap()
    }

    pub(crate) fn callee_does(&mut self, command: sip::Command) {
        self.order(command);
    }

    /// How a call ended for the customer.
    pub(crate) fn ended(&self, call: CallKey) -> Option<EndCause> {
        self.server_events().find_map(|event| match event {
            Event::Ended { call: ended, cause } if *ended == call => Some(cause.clone()),
            _ => None,
        })
    }

    pub(crate) fn server_events(&self) -> impl Iterator<Item = &Event> {
        match self.world.endpoint(self.server) {
            Somebody::Server(server) => server.events.iter(),
            Somebody::Desk(_) => panic!("the server is somebody else"),
        }
    }

    /// What the server knows of its calls that are up.
    pub(crate) fn server_keeps(&mut self) -> Vec<sip::SavedCall> {
        self.server(|_, server| server.kept.values().cloned().collect())
    }

    /// Nothing that the server sends arrives any more.
    pub(crate) fn server_is_unheard(&mut self) {
        self.world.set_link(self.server, self.desk, sidetone_sim::Link::lossy(1.0));
    }

    /// The network goes, or comes back.
    pub(crate) fn network(&mut self, up: bool) {
        self.world.set_links(sidetone_sim::Link::lossy(if up { 0.0 } else { 1.0 }));
    }

    /// Every link loses this share of what it carries.
    pub(crate) fn lossy(&mut self, share: f64) {
        self.world.set_links(sidetone_sim::Link::lossy(share));
    }

    /// The one history row there is.
    pub(crate) fn row(&self) -> HistoryRow {
        assert_eq!(self.desk().rows.len(), 1, "{:#?}\n{}", self.desk().rows, self.world.ladder());
        self.desk().rows.values().next().unwrap().clone()
    }

    fn incoming(&self) -> Option<(CallKey, Bytes)> {
        self.server_events().find_map(|event| match event {
            Event::IncomingCall(call) => Some((call.call, call.sdp.clone().unwrap())),
            _ => None,
        })
    }
}

fn account(user: &str, password: &str, server: Server) -> Account {
    Account {
        aor: format!("sip:{user}@10.0.0.2"),
        display_name: "Ann Agent".into(),
        auth_user: user.into(),
        password: password.into(),
        servers: vec![server],
        expires: Duration::from_secs(600),
        instance: String::new(),
    }
}

fn to_server() -> Flow {
    Flow { transport: Transport::Udp, local: DESK.parse().unwrap(), remote: SERVER.parse().unwrap() }
}
