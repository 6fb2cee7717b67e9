//! A whole user agent that is registered and in a call hears anything from its server and from strangers: it stays
//! within its bounds, and in the end it is quiet.

use crate::pieces;
use sidetone_sip::{
    Callers, Config, RegistrarConfig, UserAgent,
    api::{
        Account, AccountKey, CallKey, Command, Flow, Input, Outgoing, Output, Server, Subscribing,
        SubscriptionKey, Transport,
    },
    message::{Message, Method, Response, parse},
    package::Package,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const ACCOUNT: AccountKey = AccountKey(0);

/// What it is subscribed to.
const WATCHED: [(u32, Package); 2] = [(0, Package::Dialog), (1, Package::MessageSummary)];

struct Phone {
    agent: UserAgent,
    now: Instant,
    /// What was sent last, of which an answer is made.
    last: Vec<u8>,
}

/// Each piece begins with a byte that says from whom it is and how long nothing came before; an empty one is an answer
/// to what was sent last.
pub(crate) fn agent(bytes: &[u8]) {
    let mut phone = Phone::new();
    for piece in pieces(bytes).take(64) {
        let Some((how, message)) = piece.split_first() else { continue };
        phone.pass(Duration::from_millis(u64::from(how >> 2) * 100));
        if message.is_empty() {
            phone.answer(if how & 1 == 0 { 200 } else { 401 });
        } else {
            phone.hear(flow(2 + (how & 1), how & 2 == 0), message);
        }
    }
    phone.end();
}

fn flow(host: u8, datagram: bool) -> Flow {
    let transport = if datagram { Transport::Udp } else { Transport::Tcp };
    let (local, remote) = ([192, 0, 2, 1], [192, 0, 2, host]);
    Flow { transport, local: SocketAddr::from((local, 5060)), remote: SocketAddr::from((remote, 5060)) }
}

impl Phone {
    fn new() -> Self {
        let users = vec![("ann".to_owned(), "secret".to_owned())];
        let registrar = Some(RegistrarConfig::new("example.org", users));
        let config = Config { callers: Callers::Server, registrar, ..Config::default() };
        let agent = UserAgent::new(config, [1; 32]);
        let mut phone = Phone { agent, now: start(), last: Vec::new() };
        let identity = Account {
            aor: "sip:agent@example.org".to_owned(),
            display_name: "Agent".to_owned(),
            auth_user: "agent".to_owned(),
            password: "secret".to_owned(),
            servers: vec![Server::At(flow(2, true))],
            expires: Duration::from_secs(3600),
            instance: String::new(),
        };
        phone.command(Command::Register { account: ACCOUNT, identity: Box::new(identity) });
        phone.answer(200);
        for (number, package) in WATCHED {
            let target = "sip:ann@example.org".to_owned();
            let expires = Duration::from_secs(3600);
            let subscribing = Subscribing { account: ACCOUNT, target, package, expires, body: None };
            let subscription = SubscriptionKey(number);
            phone.command(Command::Subscribe { subscription, subscribing: Box::new(subscribing) });
            phone.answer(200);
        }
        let call = phone.agent.new_call_key();
        let outgoing = Outgoing::to("sip:100@192.0.2.2", Some(flow(2, true)), "offer".into());
        phone.command(Command::Call { call, outgoing: Box::new(outgoing) });
        phone
    }

    fn command(&mut self, command: Command) {
        self.agent.handle_input(self.now, Input::Command(command));
        self.drain();
    }

    fn hear(&mut self, flow: Flow, message: &[u8]) {
        self.agent.handle_input(self.now, Input::Received { flow, message });
        self.drain();
    }

    /// An honest answer to the last request, so that what comes next finds a dialog.
    fn answer(&mut self, code: u16) {
        let Ok(Message::Request(request)) = parse(&self.last) else { return };
        let mut response = Response::to(&request, code).with_to_tag("theirs");
        let theirs = || "<sip:100@192.0.2.2>".to_owned();
        let ours = request.headers.get("Contact").filter(|_| request.method == Method::Register);
        response
            .headers
            .push("Contact", ours.map_or_else(theirs, |contact| format!("{contact};expires=3600")));
        response.headers.push("Expires", "3600");
        response.headers.push("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
        self.hear(flow(2, true), &response.to_bytes());
    }

    fn drain(&mut self) {
        let mut count = 0;
        while let Some(output) = self.agent.poll_output() {
            count += 1;
            if let Output::Transmit(transmit) = output {
                assert!(transmit.payload.len() <= 2 * 65_536, "an answer is much longer than a message");
                self.last = transmit.payload.to_vec();
            }
        }
        assert!(count < 1_000, "one input, and {count} outputs");
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut steps = 0;
        while let Some((at, _)) = self.agent.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at.max(self.now);
            self.agent.handle_timeout(self.now);
            self.drain();
            steps += 1;
            assert!(steps < 20_000, "time does not pass");
        }
        self.now = until;
    }

    /// Everybody hangs up; what is left is the registration, and with it gone nothing.
    fn end(&mut self) {
        for number in 0..128 {
            self.command(Command::Hangup { call: CallKey(number) });
        }
        for (number, _) in WATCHED {
            self.command(Command::Unsubscribe { subscription: SubscriptionKey(number) });
        }
        self.command(Command::Unregister { account: ACCOUNT });
        self.pass(Duration::from_secs(2 * 3600));
        assert!(!self.agent.is_waiting(), "somebody is still waited for");
        assert_eq!(self.agent.poll_timeout(), None, "something is still to be done");
    }
}

#[allow(clippy::disallowed_methods, reason = "the time of the agent has to begin somewhere")]
fn start() -> Instant {
    Instant::now()
}
