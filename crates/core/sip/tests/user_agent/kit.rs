//! What the stories are told with: a world of user agents and wires, commands, and events waited for with a deadline.

use sidetone_sim::{Agent, Endpoint, Ladder, Names, Wire, World};
use sidetone_sip::{
    Config, UserAgent,
    api::{
        Account, AccountKey, CallKey, Command, EndCause, Event, Flow, IncomingCall, Input, Outgoing,
        Transmit, Transport,
    },
    message::{self, Message, Method, Request, Response, name},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The two endpoints of most stories.
pub(crate) const CALLER: usize = 0;
pub(crate) const CALLEE: usize = 1;

/// The account of most stories.
pub(crate) const ACCOUNT: AccountKey = AccountKey(0);

/// How long anything is waited for, in the time of the world.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);

/// Either kind of endpoint.
pub(crate) enum Node {
    Agent(Box<Agent>),
    Wire(Wire),
}

impl Endpoint for Node {
    fn handle_datagram(&mut self, now: Instant, flow: Flow, message: &[u8]) {
        match self {
            Node::Agent(agent) => agent.handle_datagram(now, flow, message),
            Node::Wire(wire) => wire.handle_datagram(now, flow, message),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Node::Agent(agent) => agent.handle_timeout(now),
            Node::Wire(wire) => wire.handle_timeout(now),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Node::Agent(agent) => agent.poll_timeout(),
            Node::Wire(wire) => wire.poll_timeout(),
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        match self {
            Node::Agent(agent) => agent.poll_transmit(),
            Node::Wire(wire) => wire.poll_transmit(),
        }
    }
}

/// A world whose ladder is printed when a test fails in it.
pub(crate) struct Net {
    pub(crate) world: World<Node>,
    pub(crate) transport: Transport,
}

impl Drop for Net {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.world.ladder());
            for index in 0..2 {
                if let Node::Agent(agent) = self.world.endpoint(index) {
                    eprintln!("left at {index}: {:?}", agent.events);
                }
            }
        }
    }
}

pub(crate) fn address(index: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, u8::try_from(index + 1).unwrap()], 5060))
}

pub(crate) fn agent(config: Config, seed: u8) -> Node {
    Node::Agent(Box::new(Agent::new(UserAgent::new(config, [seed; 32]))))
}

/// Without session timers: they would go on for as long as a call does.
pub(crate) fn untimed() -> Config {
    Config { session_expires: Duration::ZERO, ..Config::default() }
}

/// Registers the one account.
pub(crate) fn register_as(identity: Account) -> Command {
    Command::Register { account: ACCOUNT, identity: Box::new(identity) }
}

/// A call with nothing special about it.
pub(crate) fn place(call: CallKey, target: &str, via: Option<Flow>) -> Command {
    let account = via.is_none().then_some(ACCOUNT);
    let outgoing = Outgoing { account, ..Outgoing::to(target, via, "offer".into()) };
    Command::Call { call, outgoing: Box::new(outgoing) }
}

impl Net {
    pub(crate) fn of(nodes: Vec<Node>, seed: u64) -> Self {
        let mut world = World::new(seed);
        for (index, node) in nodes.into_iter().enumerate() {
            world.add(["caller", "callee", "third"][index], address(index), node);
        }
        Net { world, transport: Transport::Udp }
    }

    /// Two user agents.
    pub(crate) fn pair() -> Self {
        Net::of(vec![agent(untimed(), 1), agent(untimed(), 2)], 1)
    }

    /// A user agent that calls a wire.
    pub(crate) fn agent_and_wire() -> Self {
        Net::of(vec![agent(untimed(), 1), Node::Wire(Wire::default())], 1)
    }

    pub(crate) fn flow(&self, from: usize, to: usize) -> Flow {
        Flow { transport: self.transport, local: address(from), remote: address(to) }
    }

    pub(crate) fn ladder(&self) -> &Ladder {
        self.world.ladder()
    }

    fn agent(&self, index: usize) -> &Agent {
        match self.world.endpoint(index) {
            Node::Agent(agent) => agent,
            Node::Wire(_) => panic!("{index} is a wire"),
        }
    }

    pub(crate) fn command(&mut self, index: usize, command: Command) {
        self.world.act(index, |now, node| match node {
            Node::Agent(agent) => agent.handle(now, Input::Command(command)),
            Node::Wire(_) => panic!("a wire takes no commands"),
        });
    }

    /// Changes an agent by hand.
    pub(crate) fn change<T>(&mut self, index: usize, change: impl FnOnce(Instant, &mut Agent) -> T) -> T {
        self.world.act(index, |now, node| match node {
            Node::Agent(agent) => change(now, agent),
            Node::Wire(_) => panic!("{index} is a wire"),
        })
    }

    /// From now on an agent's questions are answered.
    pub(crate) fn set_names(&mut self, index: usize, names: Names) {
        self.change(index, |_, agent| agent.names = Some(names));
    }

    pub(crate) fn change_names(&mut self, index: usize, change: impl FnOnce(&mut Names)) {
        self.change(index, |_, agent| change(agent.names.as_mut().unwrap()));
    }

    /// What an agent asked so far.
    pub(crate) fn asked(&self, index: usize) -> Vec<String> {
        self.agent(index).names.as_ref().unwrap().asked.clone()
    }

    /// Waits for an event that fits, takes it out, and gives back what the test makes of it.
    pub(crate) fn expect<T>(&mut self, index: usize, what: &str, fits: impl Fn(&Event) -> Option<T>) -> T {
        let fits = &fits;
        let found = self.world.run_until(PATIENCE, |world| match world.endpoint(index) {
            Node::Agent(agent) => agent.events.iter().any(|event| fits(event).is_some()),
            Node::Wire(_) => panic!("a wire has no events"),
        });
        assert!(found, "{index} never said {what}");
        self.world.act(index, |_, node| match node {
            Node::Agent(agent) => {
                let at = agent.events.iter().position(|event| fits(event).is_some()).unwrap();
                fits(&agent.events.remove(at)).unwrap()
            }
            Node::Wire(_) => panic!("a wire has no events"),
        })
    }

    pub(crate) fn said(&self, index: usize, fits: impl Fn(&Event) -> bool) -> usize {
        self.agent(index).events.iter().filter(|event| fits(event)).count()
    }

    /// The caller calls the callee.
    pub(crate) fn call(&mut self) -> CallKey {
        let flow = self.flow(CALLER, CALLEE);
        let call = self.world.act(CALLER, |_, node| match node {
            Node::Agent(agent) => agent.ua.new_call_key(),
            Node::Wire(_) => panic!("a wire makes no calls"),
        });
        let target = format!("sip:100@{}", address(CALLEE));
        self.command(CALLER, place(call, &target, Some(flow)));
        call
    }

    pub(crate) fn incoming(&mut self, index: usize) -> CallKey {
        self.expect(index, "IncomingCall", |event| match event {
            Event::IncomingCall(incoming) => Some(incoming.call),
            _ => None,
        })
    }

    pub(crate) fn incoming_with<T>(&mut self, index: usize, look: impl Fn(&IncomingCall) -> T) -> T {
        self.expect(index, "IncomingCall", |event| match event {
            Event::IncomingCall(incoming) => Some(look(incoming)),
            _ => None,
        })
    }

    /// A call that is up at both ends: the caller's key and the callee's.
    pub(crate) fn connected(&mut self) -> (CallKey, CallKey) {
        let ours = self.call();
        let theirs = self.incoming(CALLEE);
        self.command(CALLEE, Command::Answer { call: theirs, sdp: "answer".into() });
        self.expect(CALLER, "Answered", |event| match event {
            Event::Answered { sdp, .. } => (sdp == "answer").then_some(()),
            _ => None,
        });
        self.expect(CALLEE, "Confirmed", |event| {
            matches!(event, Event::Confirmed { sdp: None, .. }).then_some(())
        });
        (ours, theirs)
    }

    pub(crate) fn ended(&mut self, index: usize) -> EndCause {
        self.expect(index, "Ended", |event| match event {
            Event::Ended { cause, .. } => Some(cause.clone()),
            _ => None,
        })
    }

    /// Everything dies down, and nobody says Ended twice.
    pub(crate) fn quiet(&mut self) {
        assert!(self.world.run_to_quiescence(PATIENCE), "it never becomes quiet");
        for index in 0..2 {
            if let Node::Agent(agent) = self.world.endpoint(index) {
                assert!(agent.events.is_empty(), "{index} said more than was expected: {:?}", agent.events);
            }
        }
    }

    /// Waits for a message at a wire, takes it out.
    pub(crate) fn heard(&mut self, index: usize, what: &str, fits: impl Fn(&Message) -> bool) -> Message {
        let fits = |bytes: &[u8]| message::parse(bytes).ok().filter(|message| fits(message));
        let found = self.world.run_until(PATIENCE, |world| match world.endpoint(index) {
            Node::Wire(wire) => wire.received.iter().any(|(_, bytes)| fits(bytes).is_some()),
            Node::Agent(_) => panic!("{index} is no wire"),
        });
        assert!(found, "{index} never heard {what}");
        self.world.act(index, |_, node| match node {
            Node::Wire(wire) => {
                let at = wire.received.iter().position(|(_, bytes)| fits(bytes).is_some()).unwrap();
                fits(&wire.received.remove(at).1).unwrap()
            }
            Node::Agent(_) => panic!("{index} is no wire"),
        })
    }

    pub(crate) fn heard_request(&mut self, index: usize, method: Method) -> Request {
        let is = |message: &Message| matches!(message, Message::Request(request) if request.method == method);
        match self.heard(index, method.as_str(), is) {
            Message::Request(request) => request,
            Message::Response(_) => unreachable!("a request was asked for"),
        }
    }

    pub(crate) fn heard_response(&mut self, index: usize, code: u16) -> Response {
        let is = |message: &Message| matches!(message, Message::Response(response) if response.code == code);
        match self.heard(index, &code.to_string(), is) {
            Message::Response(response) => response,
            Message::Request(_) => unreachable!("a response was asked for"),
        }
    }

    /// A wire sends.
    pub(crate) fn tell(&mut self, from: usize, to: usize, message: impl Into<bytes::Bytes>) {
        let flow = self.flow(from, to);
        self.world.act(from, |_, node| match node {
            Node::Wire(wire) => wire.send(flow, message),
            Node::Agent(_) => panic!("{from} is no wire"),
        });
    }

    /// A wire answers a request.
    pub(crate) fn answer(
        &mut self,
        request: &Request,
        code: u16,
        tag: &str,
        more: &[(&str, &str)],
        body: &str,
    ) {
        let mut response = Response::to(request, code).with_to_tag(tag);
        response.headers.push(name::CONTACT, format!("<sip:wire@{}>", address(CALLEE)));
        for (name, value) in more {
            response.headers.set(name, *value);
        }
        if !body.is_empty() {
            response.set_body("application/sdp", body.to_owned().into());
        }
        self.tell(CALLEE, CALLER, response.to_bytes());
    }
}

/// A request by hand, from the wire (CALLEE) to the agent (CALLER).
pub(crate) fn request(method: &str, branch: &str, more: &str, body: &str) -> String {
    format!(
        "{method} sip:agent@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{branch};rport\r\n\
         Max-Forwards: 70\r\nFrom: \"Ann\" <sip:ann@example.org>;tag=ann\r\nTo: <sip:agent@example.org>\r\n\
         Call-ID: by-hand\r\nCSeq: 1 {method}\r\nContact: <sip:ann@192.0.2.2:5060>\r\n{more}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A request by hand in a call that the wire placed. `to` is the To of our answers.
pub(crate) fn by_caller(method: &str, number: u32, to: &str, more: &str, body: &str) -> String {
    let branch = format!("{}{number}", method.to_lowercase());
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    request(method, &branch, &format!("{more}{kind}"), body)
        .replace("To: <sip:agent@example.org>", &format!("To: {to}"))
        .replace("CSeq: 1 ", &format!("CSeq: {number} "))
}

/// A request by hand from the wire that our INVITE called, in the dialog that this tag began.
pub(crate) fn by_callee(invite: &Request, tag: &str, method: &str, number: u32, body: &str) -> String {
    let (from, to) = (invite.headers.from().unwrap(), invite.headers.to().unwrap().with_tag(tag));
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    request(method, &format!("{tag}{method}{number}"), kind, body)
        .replace("From: \"Ann\" <sip:ann@example.org>;tag=ann", &format!("From: {to}"))
        .replace("To: <sip:agent@example.org>", &format!("To: {from}"))
        .replace("by-hand", invite.headers.call_id().unwrap())
        .replace("CSeq: 1 ", &format!("CSeq: {number} "))
}
