//! A bare user agent on a socket of its own, with the real clock: for what `sidetone-cli` has no words for.

use super::{Kamailio, PASSWORD, SOON, aor};
use sidetone_sip::api::{Account, AccountKey, Command, Event, Flow, Input, Output, Server, Transport};
use sidetone_sip::{Config, UserAgent};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Its one account.
pub(crate) const ACCOUNT: AccountKey = AccountKey(0);

/// The user agent, and what it said that nobody waited for yet.
pub(crate) struct Bare {
    agent: UserAgent,
    socket: UdpSocket,
    local: SocketAddr,
    events: Vec<Event>,
}

impl Bare {
    /// One of this server's users, registered.
    pub(crate) fn registered(server: &Kamailio, user: &str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = socket.local_addr().unwrap();
        let mut seed = [0; 32];
        seed[..2].copy_from_slice(&local.port().to_be_bytes());
        let agent = UserAgent::new(Config::default(), seed);
        let mut bare = Bare { agent, socket, local, events: Vec::new() };
        let path = Flow { transport: Transport::Udp, local, remote: server.address().parse().unwrap() };
        let identity = Account {
            aor: aor(user),
            display_name: String::new(),
            auth_user: user.to_owned(),
            password: PASSWORD.to_owned(),
            servers: vec![Server::At(path)],
            expires: Duration::from_secs(600),
            instance: String::new(),
        };
        bare.command(Command::Register { account: ACCOUNT, identity: Box::new(identity) });
        bare.wait("registered", |event| matches!(event, Event::Registered { .. }).then_some(()));
        bare
    }

    /// Wants something.
    pub(crate) fn command(&mut self, command: Command) {
        self.agent.handle_input(Instant::now(), Input::Command(command));
        self.send();
    }

    /// Waits for an event that fits, and gives back what the test makes of it; earlier ones are dropped.
    pub(crate) fn wait<T>(&mut self, what: &str, fits: impl Fn(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + SOON;
        loop {
            let found = self.events.iter().enumerate().find_map(|(at, event)| Some((at, fits(event)?)));
            if let Some((at, found)) = found {
                self.events.drain(..=at);
                return found;
            }
            let now = Instant::now();
            assert!(now < deadline, "never heard: {what}; but {:?}", self.events);
            self.receive(now, deadline);
        }
    }

    fn receive(&mut self, now: Instant, deadline: Instant) {
        let due = self.agent.poll_timeout().map_or(deadline, |(at, _)| at.min(deadline));
        let patience = due.saturating_duration_since(now).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut buffer = [0; 65_536];
        match self.socket.recv_from(&mut buffer) {
            Ok((length, remote)) => {
                let flow = Flow { transport: Transport::Udp, local: self.local, remote };
                let message = &buffer[..length];
                self.agent.handle_input(Instant::now(), Input::Received { flow, message });
            }
            Err(_) => self.agent.handle_timeout(Instant::now()),
        }
        self.send();
    }

    fn send(&mut self) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    self.socket.send_to(&transmit.payload, transmit.flow.remote).unwrap();
                }
                Output::Event(event) => self.events.push(event),
                _ => {}
            }
        }
    }
}
