//! Thousands of requests of strangers: a phone that is registered answers few of them, keeps none, and hears its server.

#![allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]

use crate::kit::{ACCOUNT, request};
use sidetone_sip::{
    Callers, Config, UserAgent,
    api::{Account, Command, Event, Flow, Input, Output, Server, Transport},
    message::{Message, Response, parse},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

struct Phone {
    agent: UserAgent,
    now: Instant,
}

fn flow(host: u8, port: u16) -> Flow {
    let local = SocketAddr::from(([192, 0, 2, 1], 5060));
    Flow { transport: Transport::Udp, local, remote: SocketAddr::from(([192, 0, 2, host], port)) }
}

fn server() -> Flow {
    flow(2, 5060)
}

impl Phone {
    /// Registered at its server, and nothing is under way.
    fn registered(callers: Callers) -> Self {
        let config = Config { callers, ..Config::default() };
        let mut phone = Phone { agent: UserAgent::new(config, [1; 32]), now: Instant::now() };
        let identity = Account {
            aor: "sip:agent@example.org".to_owned(),
            display_name: String::new(),
            auth_user: "agent".to_owned(),
            password: "secret".to_owned(),
            servers: vec![Server::At(server())],
            expires: Duration::from_secs(3600),
            instance: String::new(),
        };
        let command = Command::Register { account: ACCOUNT, identity: Box::new(identity) };
        phone.agent.handle_input(phone.now, Input::Command(command));
        let register = phone.transmitted();
        let Ok(Message::Request(register)) = parse(&register[0].1) else { panic!("a REGISTER") };
        let mut ok = Response::to(&register, 200).with_to_tag("server");
        ok.headers.push("Contact", register.headers.get("Contact").unwrap());
        ok.headers.push("Expires", "3600");
        phone.hear(server(), &ok.to_bytes());
        phone.pass(Duration::from_secs(40));
        // Its first keep-alive among them.
        phone.outputs();
        phone
    }

    fn hear(&mut self, flow: Flow, message: &[u8]) {
        self.agent.handle_input(self.now, Input::Received { flow, message });
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.agent.poll_output()).collect()
    }

    fn transmitted(&mut self) -> Vec<(Flow, bytes::Bytes)> {
        let sent = |output| match output {
            Output::Transmit(transmit) => Some((transmit.flow, transmit.payload)),
            _ => None,
        };
        self.outputs().into_iter().filter_map(sent).collect()
    }

    /// The codes of what was answered since the last time.
    fn answers(&mut self) -> Vec<u16> {
        let code = |(_, bytes): (Flow, bytes::Bytes)| match parse(&bytes) {
            Ok(Message::Response(response)) => Some(response.code),
            _ => None,
        };
        self.transmitted().into_iter().filter_map(code).collect()
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, _)) = self.agent.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.agent.handle_timeout(self.now);
        }
        self.now = until;
    }

    fn rings(&mut self) -> bool {
        self.outputs().iter().any(|output| matches!(output, Output::Event(Event::IncomingCall(_))))
    }
}

fn numbered(method: &str, number: u32) -> String {
    request(method, &format!("b{number}"), "", "").replace("by-hand", &format!("call-{number}"))
}

#[test]
fn calls_of_strangers_cost_nothing_and_few_are_answered() {
    let mut phone = Phone::registered(Callers::Server);
    let before = phone.agent.poll_timeout();
    for number in 0..50_000 {
        phone.hear(flow(66, 1024), numbered("INVITE", number).as_bytes());
        phone.now += Duration::from_micros(200);
    }
    let answers = phone.answers();
    assert!((500..=560).contains(&answers.len()), "{}", answers.len());
    assert!(answers.iter().all(|code| *code == 403));
    assert_eq!(phone.agent.poll_timeout(), before, "nothing waits but the registration");
    phone.hear(server(), numbered("INVITE", 1).as_bytes());
    assert!(phone.rings(), "the server may call, by a name that a stranger used");
}

#[test]
fn who_asks_again_gets_the_same_answer() {
    let mut phone = Phone::registered(Callers::Server);
    let mut answer = || {
        phone.hear(flow(66, 1024), numbered("INVITE", 1).as_bytes());
        phone.transmitted().remove(0)
    };
    assert_eq!(answer(), answer());
    let mut other = Phone::registered(Callers::Server);
    other.hear(flow(66, 1024), numbered("INVITE", 2).as_bytes());
    assert_ne!(other.transmitted().remove(0).1, answer().1);
}

#[test]
fn a_stranger_can_cancel_nothing() {
    let mut phone = Phone::registered(Callers::Server);
    phone.hear(flow(66, 1024), numbered("CANCEL", 1).as_bytes());
    assert_eq!(phone.answers(), []);
    // The server's INVITE rings on, whatever a stranger says in its name.
    phone.hear(server(), numbered("INVITE", 1).as_bytes());
    phone.hear(flow(66, 1024), numbered("CANCEL", 1).as_bytes());
    assert_eq!(phone.answers(), [100]);
}

#[test]
fn broken_requests_of_strangers_get_few_answers() {
    let mut phone = Phone::registered(Callers::Server);
    let broken = numbered("OPTIONS", 1).replace("Content-Length: 0", "Content-Length: -1");
    (0..1_000).for_each(|_| phone.hear(flow(66, 1024), broken.as_bytes()));
    assert_eq!(phone.answers(), [400; 50]);
    (0..60).for_each(|_| phone.hear(server(), broken.as_bytes()));
    assert_eq!(phone.answers(), [400; 60], "the server is told each time");
}

#[test]
fn strangers_fill_their_part_and_no_more() {
    for (callers, part) in [(Callers::Server, 256), (Callers::Anyone, 1_792)] {
        let mut phone = Phone::registered(callers);
        for number in 0..10_000 {
            phone.hear(flow(66, 1024), numbered("OPTIONS", number).as_bytes());
        }
        let answers = phone.answers();
        let count = |wanted| answers.iter().filter(|code| **code == wanted).count();
        assert_eq!((count(200), count(503)), (part, 50), "{callers:?}");
        phone.hear(server(), numbered("OPTIONS", 20_000).as_bytes());
        assert_eq!(phone.answers(), [200], "the server has its own");
        phone.pass(Duration::from_secs(33));
        phone.hear(flow(66, 1024), numbered("OPTIONS", 30_000).as_bytes());
        assert_eq!(phone.answers(), [200], "and when they are forgotten, strangers have theirs again");
    }
}
