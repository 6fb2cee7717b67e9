//! An hour and a half of a registration when everything goes wrong that can: it is back within bounded time whenever
//! somebody is there, and the network hears little of it.

use crate::{
    failover::{FIRST, SECOND, grant_from},
    kit::{CALLER, Net, Node, address, agent, register_as},
    register::account,
};
use sidetone_sim::{Names, Wire};
use sidetone_sip::{
    Config,
    api::{Account, Event, Flow, Input, Server},
    message::{self, Message, Method, Request, Response, name},
};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// What a server does.
#[derive(Clone, Copy)]
enum Mood {
    Well,
    Silent,
    /// 503, with Retry-After in seconds.
    Busy(u32),
}

struct Hour {
    net: Net,
    moods: BTreeMap<usize, Mood>,
    at: Option<SocketAddr>,
    heard: usize,
}

impl Hour {
    fn begins() -> Self {
        let nodes =
            vec![agent(Config::default(), 1), Node::Wire(Wire::default()), Node::Wire(Wire::default())];
        let mut net = Net::of(nodes, 1);
        let names = Names::at(address(CALLER))
            .service("_sip._udp.example.org", (1, 0), (5060, "a.example.org"))
            .service("_sip._udp.example.org", (2, 0), (5060, "b.example.org"))
            .host("a.example.org", address(FIRST).ip())
            .host("b.example.org", address(SECOND).ip());
        net.set_names(CALLER, names);
        let servers = vec![Server::Named { host: "example.org".to_owned(), port: None, transport: None }];
        let expires = Duration::from_secs(300);
        let identity = Account { servers, expires, ..account(&net, "agent", "secret") };
        net.command(CALLER, register_as(identity));
        let moods = [(FIRST, Mood::Well), (SECOND, Mood::Well)].into();
        Hour { net, moods, at: None, heard: 0 }
    }

    fn is(&mut self, server: usize, mood: Mood) -> &mut Self {
        self.moods.insert(server, mood);
        self
    }

    /// Lets a time pass, and the servers do what they do.
    fn passes(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.net.world.run_for(Duration::from_millis(100));
            for server in [FIRST, SECOND] {
                self.serve(server);
            }
            self.listen();
        }
    }

    /// How long it takes to be registered at this server, in seconds.
    fn until_at(&mut self, server: usize) -> u64 {
        self.at = None;
        for second in 0..4_000 {
            if self.at == Some(address(server)) {
                return second;
            }
            self.passes(1);
        }
        panic!("never registered at {server}");
    }

    fn serve(&mut self, server: usize) {
        let received: Vec<Vec<u8>> = self.net.world.act(server, |_, node| match node {
            Node::Wire(wire) => wire.received.drain(..).map(|(_, bytes)| bytes).collect(),
            Node::Agent(_) => panic!("a wire"),
        });
        let registers = received.iter().filter_map(|bytes| match message::parse(bytes) {
            Ok(Message::Request(request)) if request.method == Method::Register => Some(request),
            _ => None,
        });
        for request in registers {
            self.heard += 1;
            self.answer(server, &request);
        }
    }

    fn answer(&mut self, server: usize, request: &Request) {
        match self.moods[&server] {
            Mood::Well => grant_from(&mut self.net, server, request, &[]),
            Mood::Silent => {}
            Mood::Busy(seconds) => {
                let mut response = Response::to(request, 503).with_to_tag("s");
                response.headers.push(name::RETRY_AFTER, seconds.to_string());
                let to = request.headers.top_via().unwrap().sent_by;
                let remote = SocketAddr::new(to.ip().unwrap(), to.port.unwrap());
                let flow = Flow { remote, ..self.net.flow(server, CALLER) };
                self.net.world.act(server, |_, node| match node {
                    Node::Wire(wire) => wire.send(flow, response.to_bytes()),
                    Node::Agent(_) => panic!("a wire"),
                });
            }
        }
    }

    fn listen(&mut self) {
        let events = self.net.change(CALLER, |_, agent| std::mem::take(&mut agent.events));
        for event in events {
            match event {
                Event::Registered { path, .. } => self.at = Some(path.remote),
                Event::RegistrationFailed { retry_in, .. } => {
                    assert!(retry_in.is_some(), "it never gives up");
                    self.at = None;
                }
                _ => {}
            }
        }
    }

    fn flow_fails(&mut self, server: usize) {
        let flow = self.net.flow(CALLER, server);
        self.net.change(CALLER, |now, agent| agent.handle(now, Input::FlowFailed { flow }));
    }

    fn network_changes(&mut self, locals: &[SocketAddr]) {
        self.net.change_names(CALLER, |names| names.locals = locals.to_vec());
        for local in locals {
            self.net.world.add_address(CALLER, *local);
        }
        self.net.change(CALLER, |now, agent| agent.handle(now, Input::NetworkChanged));
    }
}

#[test]
fn it_is_back_within_bounded_time_whatever_happens() {
    let mut hour = Hour::begins();
    assert!(hour.until_at(FIRST) <= 1);
    // The server dies without a word: a keep-alive or the renewal tells.
    hour.is(FIRST, Mood::Silent);
    assert!(hour.until_at(SECOND) <= 300);
    // It is back.
    hour.is(FIRST, Mood::Well);
    assert!(hour.until_at(FIRST) <= 300);
    // It dies, and the network says so.
    hour.is(FIRST, Mood::Silent);
    hour.flow_fails(FIRST);
    assert!(hour.until_at(SECOND) <= 12);
    hour.is(FIRST, Mood::Well);
    assert!(hour.until_at(FIRST) <= 60);
    // Nobody knows names any more: what is known is enough.
    hour.net.change_names(CALLER, |names| names.away = true);
    hour.passes(600);
    assert_eq!(hour.at, Some(address(FIRST)));
    // Too busy, and says for how long.
    hour.is(FIRST, Mood::Busy(240));
    assert!(hour.until_at(SECOND) <= 300);
    hour.is(FIRST, Mood::Well);
    let away = hour.until_at(FIRST);
    assert!((200..=300).contains(&away), "{away}");
    // Nobody is there at all, for ten minutes.
    hour.is(FIRST, Mood::Silent).is(SECOND, Mood::Silent);
    hour.flow_fails(FIRST);
    hour.passes(600);
    assert_eq!(hour.at, None, "and the agent knows");
    hour.is(SECOND, Mood::Well);
    assert!(hour.until_at(SECOND) <= 600);
    hour.is(FIRST, Mood::Well);
    hour.net.change_names(CALLER, |names| names.away = false);
    assert!(hour.until_at(FIRST) <= 1900);
    // Another network, none, and the first one again.
    hour.network_changes(&["198.51.100.7:5060".parse().unwrap()]);
    assert!(hour.until_at(FIRST) <= 1);
    hour.network_changes(&[]);
    hour.passes(60);
    assert_eq!(hour.at, None);
    hour.network_changes(&[address(CALLER)]);
    assert!(hour.until_at(FIRST) <= 1);
    // A path that breaks again and again is not asked again and again.
    let before = hour.heard;
    for _ in 0..600 {
        hour.flow_fails(FIRST);
        hour.passes(1);
    }
    assert!(hour.heard - before < 60, "{}", hour.heard - before);
    // Then nothing happens any more.
    let before = hour.heard;
    hour.passes(1500);
    assert!(hour.heard - before <= 8, "{}", hour.heard - before);
    assert_eq!(hour.at, Some(address(FIRST)));
    let minutes = hour.net.world.elapsed().as_secs() / 60;
    assert!(minutes >= 60, "{minutes}");
    assert!(hour.heard < 400, "{} in {minutes} minutes", hour.heard);
}
