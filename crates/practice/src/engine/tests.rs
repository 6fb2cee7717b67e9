//! The engine and a phone's user agent in virtual time: what takes minutes at a desk takes none here.

use super::*;
use crate::happening::EndedBy;
use bytes::Bytes;
use sidetone_media::Negotiation;
use sidetone_media::sdp::{Config as SdpConfig, Direction};
use sidetone_sip::api::{Account, AccountKey, Command, Event, Server, Transport};

const EXCHANGE: &str = "127.0.0.1:5060";
const PHONE: &str = "127.0.0.1:5070";

struct World {
    start: Instant,
    now: Instant,
    engine: Engine,
    phone: UserAgent,
    /// What the phone does with a call.
    habit: Habit,
    /// With the second of each.
    happened: Vec<(u64, What)>,
    media: Vec<MediaOrder>,
    headers: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Take,
    Refuse(u16),
    LetRing,
}

fn script(more: &str) -> Script {
    let text = format!(
        "id = \"own\"\ntitle = \"Own\"\nabout = \"Own\"\nqueue = \"Own\"\npatience_s = 100\n{more}\n\
         variables = {{ Order = \"4711\" }}\ncustomer = {{ name = \"Ann\", number = \"+15550123\" }}\n"
    );
    Script::parse("own.toml", &text).unwrap()
}

fn world(own: &str, habit: Habit) -> World {
    let library = Arc::new(Library::new(vec![script(own)]).unwrap());
    let config = Config {
        local: EXCHANGE.parse().unwrap(),
        user: ("agent".to_owned(), "secret".to_owned()),
        library,
        pace: Pace::default(),
        first: Some(("own".to_owned(), Duration::from_secs(2))),
    };
    let start = Instant::now();
    let phone = UserAgent::new(SipConfig::default(), [2; 32]);
    let (happened, media, headers) = (Vec::new(), Vec::new(), Vec::new());
    let engine = Engine::new(config, [1; 32]);
    let mut world = World { start, now: start, engine, phone, habit, happened, media, headers };
    world.register();
    world
}

impl World {
    fn register(&mut self) {
        let (local, remote) = (PHONE.parse().unwrap(), EXCHANGE.parse().unwrap());
        let account = Account {
            aor: format!("sip:agent@{EXCHANGE}"),
            display_name: String::new(),
            auth_user: "agent".to_owned(),
            password: "secret".to_owned(),
            servers: vec![Server::At(Flow { transport: Transport::Udp, local, remote })],
            expires: Duration::from_secs(600),
            instance: String::new(),
        };
        self.phone.handle_input(
            self.now,
            sip::Input::Command(Command::Register { account: AccountKey(0), identity: Box::new(account) }),
        );
        self.settle();
    }

    /// Lets messages and everything else go to and fro, until all is quiet.
    fn settle(&mut self) {
        loop {
            if let Some(output) = self.phone.poll_output() {
                self.on_phone(output);
            } else if let Some(output) = self.engine.poll_output() {
                self.on_engine(output);
            } else {
                return;
            }
        }
    }

    fn on_phone(&mut self, output: sip::Output) {
        let event = match output {
            sip::Output::Transmit(transmit) => {
                let flow = turned(transmit.flow);
                return self
                    .engine
                    .handle_input(self.now, Input::Received { flow, message: &transmit.payload });
            }
            sip::Output::Event(event) => event,
            sip::Output::LookUp { .. } | sip::Output::Keep { .. } | sip::Output::Close { .. } => return,
        };
        let Event::IncomingCall(incoming) = event else { return };
        let call = incoming.call;
        self.headers = incoming.headers;
        let wish = match self.habit {
            Habit::Take => Command::Answer { call, sdp: answer(&incoming.sdp.unwrap()) },
            Habit::Refuse(code) => Command::Reject { call, code },
            Habit::LetRing => Command::Ring { call },
        };
        self.phone.handle_input(self.now, sip::Input::Command(wish));
    }

    fn on_engine(&mut self, output: Output) {
        match output {
            Output::Transmit(transmit) => {
                let flow = turned(transmit.flow);
                let message = &transmit.payload;
                self.phone.handle_input(self.now, sip::Input::Received { flow, message });
            }
            Output::Open { call, .. } => {
                let sockets = Some(("127.0.0.1:10000".parse().unwrap(), 10_001));
                self.engine.handle_input(self.now, Input::Opened { call, sockets });
            }
            Output::Media(_, order) => self.media.push(order),
            Output::Happened(happening) => {
                self.happened.push((self.now.duration_since(self.start).as_secs(), happening.what));
            }
        }
    }

    /// Lets the time pass, deadline by deadline, and forgets what happened before.
    fn pass(&mut self, seconds: u64) -> &[(u64, What)] {
        self.happened.clear();
        let end = self.now + Duration::from_secs(seconds);
        loop {
            let phone = self.phone.poll_timeout().map(|(due, _)| due);
            let due = self.engine.poll_timeout().into_iter().chain(phone).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = due.max(self.now);
            self.phone.handle_timeout(self.now);
            self.engine.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        &self.happened
    }
}

fn turned(flow: Flow) -> Flow {
    Flow { local: flow.remote, remote: flow.local, ..flow }
}

fn answer(offer: &Bytes) -> Bytes {
    let mut negotiation = Negotiation::new(SdpConfig::new("127.0.0.1:20000".parse().unwrap()), [3; 32]);
    negotiation.answer(offer, Direction::SendRecv).unwrap().0
}

fn waiting() -> What {
    What::Waiting { script: "own".to_owned(), queue: Some("Own".to_owned()) }
}

#[test]
fn the_first_customer_calls_two_seconds_after_the_agent_came() {
    let mut world = world("", Habit::Take);
    assert_eq!(world.happened, [(0, What::Registered)]);
    let happened = world.pass(60).to_vec();
    assert_eq!(happened, [(2, waiting()), (2, What::Offered), (2, What::Connected)]);
    assert!(matches!(world.media[..], [MediaOrder::Apply(_)]));
    for (name, value) in [("X-Queue", "Own"), ("X-Order", "4711")] {
        assert!(world.headers.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
}

#[test]
fn nobody_calls_again_when_the_agent_comes_back() {
    let mut world = world("steps = [\"hang_up\"]", Habit::Take);
    world.pass(10);
    world.phone.handle_input(world.now, sip::Input::Command(Command::Unregister { account: AccountKey(0) }));
    world.settle();
    world.register();
    assert_eq!(
        world.happened[world.happened.len() - 2..],
        [(10, What::Unregistered), (10, What::Registered)]
    );
    assert_eq!(world.pass(60), []);
}

#[test]
fn who_is_refused_is_offered_every_five_seconds_until_patience_ends() {
    for code in [480, 486, 603, 408] {
        let mut world = world("", Habit::Refuse(code));
        let happened = world.pass(200);
        let offered: Vec<u64> =
            happened.iter().filter(|(_, what)| *what == What::Offered).map(|(at, _)| *at).collect();
        assert_eq!(offered, (0..20).map(|n| 2 + 5 * n).collect::<Vec<u64>>(), "{code}");
        assert!(happened.contains(&(2, What::Refused { code: Some(code) })));
        assert_eq!(happened.last(), Some(&(102, What::Abandoned)));
    }
}

#[test]
fn who_rings_too_long_is_taken_back_and_offered_again() {
    let mut world = world("", Habit::LetRing);
    let happened = world.pass(50);
    let expected = [
        (2, waiting()),
        (2, What::Offered),
        (2, What::Ringing),
        (42, What::Refused { code: None }),
        (47, What::Offered),
        (47, What::Ringing),
    ];
    assert_eq!(happened, expected);
}

#[test]
fn some_call_again() {
    let mut world = world("repeat_s = 30\nsteps = [{ wait = 4 }, \"hang_up\"]", Habit::Take);
    let happened = world.pass(40);
    let expected = [
        (2, waiting()),
        (2, What::Offered),
        (2, What::Connected),
        (6, What::Ended { by: EndedBy::Customer }),
        (36, waiting()),
        (36, What::Offered),
        (36, What::Connected),
        (40, What::Ended { by: EndedBy::Customer }),
    ];
    assert_eq!(happened, expected);
}

#[test]
fn at_the_end_everybody_goes_and_nobody_comes() {
    let mut world = world("", Habit::Take);
    world.pass(10);
    world.engine.handle_input(world.now, Input::RushHour);
    world.engine.shut_down(world.now);
    world.settle();
    assert!(world.media.iter().any(|order| matches!(order, MediaOrder::Close)));
    world.register();
    assert_eq!(world.pass(600), []);
}
