//! Whatever servers, names and networks do to a registration, in whatever order: nothing panics, nothing spins, and when
//! all are well again it is registered at the server it likes best.

#![allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]

use crate::kit::{ACCOUNT, register_as};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sidetone_sip::{
    Config, UserAgent,
    api::{
        Account, Command, Event, Flow, Found, Input, LookupError, LookupKey, Output, Question, Server, Srv,
        Transport,
    },
    message::{Message, Method, Request, Response, name, parse},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// What it said last.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    Registered(Flow),
    Trying,
    Over,
}

struct Storm {
    agent: UserAgent,
    now: Instant,
    rng: StdRng,
    lookups: Vec<(LookupKey, Question)>,
    registers: Vec<(Flow, Request)>,
    flows: Vec<Flow>,
    stun: Vec<(Flow, Vec<u8>)>,
    local: SocketAddr,
    word: Word,
    sent: usize,
}

fn identity() -> Account {
    let named = |host: &str, port| Server::Named { host: host.to_owned(), port, transport: None };
    let at = Flow {
        transport: Transport::Tcp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: "192.0.2.30:5060".parse().unwrap(),
    };
    Account {
        aor: "sip:agent@example.org".to_owned(),
        display_name: String::new(),
        auth_user: "agent".to_owned(),
        password: "secret".to_owned(),
        servers: vec![named("one.example.org", None), named("two.example.org", Some(5060)), Server::At(at)],
        expires: Duration::from_secs(600),
        instance: "urn:uuid:1".to_owned(),
    }
}

impl Storm {
    fn begins(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut storm = Storm {
            agent: UserAgent::new(Config::default(), bytes),
            now: Instant::now(),
            rng: StdRng::seed_from_u64(seed),
            lookups: Vec::new(),
            registers: Vec::new(),
            flows: Vec::new(),
            stun: Vec::new(),
            local: "192.0.2.1:5060".parse().unwrap(),
            word: Word::Trying,
            sent: 0,
        };
        storm.register();
        storm
    }

    fn register(&mut self) {
        self.word = Word::Trying;
        self.input(Input::Command(register_as(identity())));
    }

    fn input(&mut self, input: Input<'_>) {
        self.agent.handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.agent.poll_output() {
            outputs += 1;
            assert!(outputs < 500, "no end of outputs");
            match output {
                Output::Transmit(transmit) => {
                    self.sent += 1;
                    self.heard(transmit.flow, transmit.payload.to_vec());
                }
                Output::LookUp { lookup, question } => self.lookups.push((lookup, question)),
                Output::Event(Event::Registered { path, .. }) => self.word = Word::Registered(path),
                Output::Event(Event::RegistrationFailed { retry_in: Some(_), .. }) => {
                    self.word = Word::Trying;
                }
                Output::Event(Event::RegistrationFailed { .. } | Event::Unregistered { .. }) => {
                    self.word = Word::Over;
                }
                Output::Event(_) | Output::Keep { .. } | Output::Close { .. } => {}
            }
        }
        assert!(self.lookups.len() < 200, "no end of questions");
    }

    fn heard(&mut self, flow: Flow, bytes: Vec<u8>) {
        if !self.flows.contains(&flow) {
            self.flows.push(flow);
        }
        match parse(&bytes) {
            Ok(Message::Request(request)) if request.method == Method::Register => {
                self.registers.push((flow, request));
            }
            _ => self.stun.push((flow, bytes)),
        }
    }

    /// Lets time pass to the next deadline, or a little.
    fn pass(&mut self) {
        let most = self.now + Duration::from_secs(self.rng.random_range(1..300));
        self.now = self.agent.poll_timeout().map_or(most, |(at, _)| at.min(most)).max(self.now);
        self.agent.handle_timeout(self.now);
        self.drain();
        assert!(self.agent.poll_timeout().is_none_or(|(at, _)| at > self.now), "it spins");
    }

    fn found(&mut self, question: &Question) -> Found {
        let srv = |target: &str, priority| Srv { priority, weight: 1, port: 5060, target: target.to_owned() };
        match question {
            Question::Naptr(_) => Found::Naptr(Vec::new()),
            Question::Srv(name) if name.starts_with("_sip._tcp") => {
                Found::Srv(vec![srv("a.example.org", 1), srv("b.example.org", 2)])
            }
            Question::Srv(_) => Found::Srv(Vec::new()),
            Question::Paths { host, port, transport, .. } => {
                let last = match host.as_str() {
                    "a.example.org" => 10,
                    "b.example.org" => 11,
                    "two.example.org" => 20,
                    _ => 30,
                };
                let remote = SocketAddr::from(([192, 0, 2, last], *port));
                Found::Paths(vec![Flow { transport: *transport, local: self.local, remote }])
            }
        }
    }

    fn answer_lookup(&mut self, wild: bool) {
        if self.lookups.is_empty() {
            return;
        }
        let at = self.rng.random_range(0..self.lookups.len());
        let (lookup, question) = self.lookups.remove(at);
        let found = match self.rng.random_range(0..6) {
            0 if wild => Err(LookupError::NoSuchName),
            1 if wild => Err(LookupError::Unavailable),
            2 if wild => Ok(Found::Naptr(Vec::new())),
            _ => Ok(self.found(&question)),
        };
        self.input(Input::LookedUp { lookup, found });
    }

    fn respond(&mut self, code: u16) {
        let Some((flow, request)) = self.registers.pop() else { return };
        let mut response = Response::to(&request, code).with_to_tag("s");
        let contact = request.headers.get(name::CONTACT).unwrap().to_owned();
        let mut via = request.headers.top_via().unwrap();
        match code {
            200 if self.rng.random_bool(0.1) => {
                via.note_source("203.0.113.9:7000".parse().unwrap());
                response.headers.set_top_via(&via);
                response.headers.push(name::CONTACT, contact);
            }
            200 => response.headers.push(name::CONTACT, contact),
            302 => {
                let port = self.rng.random_range(5060..5070);
                response.headers.push(name::CONTACT, format!("<sip:redirected.example.org:{port}>"));
            }
            401 => {
                let nonce = self.rng.random::<u32>();
                let challenge = format!("Digest realm=\"r\", nonce=\"{nonce}\", stale=true, algorithm=MD5");
                response.headers.push(name::WWW_AUTHENTICATE, challenge);
            }
            423 => response.headers.push(name::MIN_EXPIRES, "1200"),
            503 => response.headers.push(name::RETRY_AFTER, "90"),
            _ => {}
        }
        let bytes = response.to_bytes();
        self.input(Input::Received { flow, message: &bytes });
    }

    fn strike(&mut self) {
        match self.rng.random_range(0..100) {
            0..30 => self.pass(),
            30..55 => self.answer_lookup(true),
            55..65 => self.respond(200),
            65..80 => {
                let codes = [100, 302, 401, 423, 439, 480, 500, 503, 403, 200];
                let code = codes[self.rng.random_range(0..codes.len())];
                self.respond(code);
            }
            80..88 => {
                let flow = self.flows.get(self.rng.random_range(0..self.flows.len().max(1))).copied();
                if let Some(flow) = flow {
                    self.input(Input::FlowFailed { flow });
                }
            }
            88..92 => {
                self.local = SocketAddr::from(([192, 0, 2, self.rng.random_range(100..110)], 5060));
                self.input(Input::NetworkChanged);
            }
            92..97 => self.answer_keep_alive(),
            97..99 => self.register(),
            _ => self.input(Input::Command(Command::Unregister { account: ACCOUNT })),
        }
        self.registers.truncate(8);
        self.flows.truncate(12);
    }

    fn answer_keep_alive(&mut self) {
        let Some((flow, mut bytes)) = self.stun.pop() else { return };
        if bytes.first() == Some(&0) {
            bytes[0] = 1;
            bytes[1] = 1;
            bytes[3] = 12;
            bytes.extend([0, 0x20, 0, 8, 0, 1]);
            bytes.extend(self.rng.random::<[u8; 6]>());
        } else {
            bytes = b"\r\n".to_vec();
        }
        self.input(Input::Received { flow, message: &bytes });
    }

    /// Everybody does what is right at once.
    fn calm(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            while !self.lookups.is_empty() {
                self.answer_lookup(false);
            }
            while let Some((flow, request)) = self.registers.pop() {
                let mut response = Response::to(&request, 200).with_to_tag("s");
                response.headers.push(name::CONTACT, request.headers.get(name::CONTACT).unwrap());
                self.input(Input::Received { flow, message: &response.to_bytes() });
            }
            self.stun.clear();
            if self.lookups.is_empty() && self.registers.is_empty() {
                self.pass();
            }
        }
    }
}

#[test]
fn after_every_storm_it_is_registered_where_it_likes_best() {
    for seed in 0..100 {
        let mut storm = Storm::begins(seed);
        for _ in 0..300 {
            storm.strike();
        }
        // A refusal may have ended it for good, and so may we.
        storm.registers.clear();
        storm.register();
        storm.calm(Duration::from_secs(2 * 3600));
        let Word::Registered(at) = storm.word else { panic!("seed {seed}: it is not registered") };
        assert_eq!(at.remote, "192.0.2.10:5060".parse().unwrap(), "seed {seed}");
        assert_eq!(at.local, storm.local, "seed {seed}");
        let before = storm.sent;
        storm.calm(Duration::from_secs(3600));
        let sent = storm.sent - before;
        // A ping in two minutes and a REGISTER in ten.
        assert!(sent < 60, "seed {seed}: {sent} in an hour");
    }
}

/// Nobody tells it to begin anew: whoever was not refused for good, and did not leave, comes back.
#[test]
fn a_storm_passes_by_itself() {
    let mut back = 0;
    for seed in 1_000..1_100 {
        let mut storm = Storm::begins(seed);
        for _ in 0..200 {
            storm.strike();
        }
        storm.registers.clear();
        storm.calm(Duration::from_secs(2 * 3600));
        match storm.word {
            Word::Registered(at) => {
                assert_eq!(at.local, storm.local, "seed {seed}");
                back += 1;
            }
            Word::Trying => panic!("seed {seed}: it still tries"),
            Word::Over => {}
        }
    }
    assert!(back >= 20, "{back}");
}
