//! What stories about subscriptions, publications and messages are told with: an agent that is registered at a wire.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net, Node, address, agent, register_as},
    register::account,
};
use sidetone_sip::{
    Config,
    api::{
        Command, Event, Found, Input, Subscribing, SubscriptionEnd, SubscriptionKey, SubscriptionState,
        Transport,
    },
    message::{self, Message, Method, Request, Response, name},
    package::Package,
};
use std::time::Duration;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const COLLEAGUE: SubscriptionKey = SubscriptionKey(7);
pub(crate) const CHALLENGE: (&str, &str) =
    ("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5");

/// An agent that is registered at the wire, for a week.
pub(crate) fn registered() -> Net {
    registered_as(Config::default())
}

pub(crate) fn registered_as(config: Config) -> Net {
    register(config, Transport::Udp)
}

pub(crate) fn registered_by(transport: Transport) -> Net {
    register(Config::default(), transport)
}

fn register(config: Config, transport: Transport) -> Net {
    let wires = || Node::Wire(Default::default());
    let mut net = Net::of(vec![agent(config, 1), wires(), wires()], 1);
    net.transport = transport;
    let mut identity = account(&net, "agent", "secret");
    identity.expires = 7 * 24 * HOUR;
    net.command(CALLER, register_as(identity));
    grant(&mut net, CALLEE);
    net
}

/// The machine has other addresses, perhaps: its servers are still there.
pub(crate) fn change_network(net: &mut Net) {
    let flow = net.flow(CALLER, CALLEE);
    net.world.act(CALLER, |now, node| match node {
        Node::Agent(agent) => {
            agent.handle(now, Input::NetworkChanged);
            for (lookup, _) in std::mem::take(&mut agent.lookups) {
                agent.handle(now, Input::LookedUp { lookup, found: Ok(Found::Paths(vec![flow])) });
            }
        }
        Node::Wire(_) => unreachable!("an agent was placed there"),
    });
}

/// Every request of this method that came to the wire, taken out.
pub(crate) fn drain(net: &mut Net, method: &Method) -> Vec<Request> {
    net.world.act(CALLEE, |_, node| match node {
        Node::Wire(wire) => {
            let requests = wire.received.drain(..).filter_map(|(_, bytes)| match message::parse(&bytes) {
                Ok(Message::Request(request)) => Some(request),
                Ok(Message::Response(_)) | Err(_) => None,
            });
            requests.filter(|request| request.method == *method).collect()
        }
        Node::Agent(_) => unreachable!("a wire was placed there"),
    })
}

/// The wire takes a registration as it came.
pub(crate) fn grant(net: &mut Net, server: usize) {
    let request = net.heard_request(server, Method::Register);
    let contact = request.headers.get(name::CONTACT).unwrap().to_owned();
    let mut response = Response::to(&request, 200).with_to_tag("s");
    response.headers.push(name::CONTACT, contact);
    net.tell(server, CALLER, response.to_bytes());
    net.expect(CALLER, "Registered", |e| matches!(e, Event::Registered { .. }).then_some(()));
}

pub(crate) fn to(package: Package) -> Subscribing {
    let target = "sip:colleague@example.org".to_owned();
    Subscribing { account: ACCOUNT, target, package, expires: HOUR, body: None }
}

pub(crate) fn subscribe(net: &mut Net, key: SubscriptionKey, subscribing: Subscribing) {
    net.command(CALLER, Command::Subscribe { subscription: key, subscribing: Box::new(subscribing) });
}

pub(crate) fn state(net: &mut Net) -> SubscriptionState {
    net.expect(CALLER, "Subscription", |e| match e {
        Event::Subscription { state, .. } => Some(state.clone()),
        _ => None,
    })
}

pub(crate) fn told(net: &mut Net) -> String {
    net.expect(CALLER, "Notified", |e| match e {
        Event::Notified { notification, .. } => Some(String::from_utf8(notification.body.to_vec()).unwrap()),
        _ => None,
    })
}

/// A NOTIFY for a SUBSCRIBE, and what it may be changed in.
pub(crate) struct Notify {
    pub(crate) tag: &'static str,
    pub(crate) cseq: u32,
    pub(crate) event: &'static str,
    pub(crate) state: String,
    pub(crate) kind: &'static str,
    pub(crate) body: String,
    pub(crate) more: &'static str,
}

impl Notify {
    pub(crate) fn of(cseq: u32, state: &str, body: &str) -> Self {
        Notify {
            tag: "wire",
            cseq,
            event: "dialog",
            state: state.to_owned(),
            kind: "application/dialog-info+xml",
            body: body.to_owned(),
            more: "",
        }
    }

    /// As the wire sends it.
    pub(crate) fn text(&self, subscribe: &Request) -> String {
        let headers = &subscribe.headers;
        let contact = headers.contact().unwrap().uri;
        let Notify { tag, cseq, event, state, kind, body, more } = self;
        let (from, to, call_id) =
            (headers.to().unwrap(), headers.from().unwrap(), headers.call_id().unwrap());
        let from = from.with_tag(tag);
        let wire = address(CALLEE);
        let kind = if body.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        format!(
            "NOTIFY {contact} SIP/2.0\r\nVia: SIP/2.0/UDP {wire};branch=z9hG4bK{tag}{cseq}{call_id};rport\r\n\
             Max-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} NOTIFY\r\n\
             Contact: <sip:wire@{wire}>\r\nEvent: {event}\r\nSubscription-State: {state}\r\n{kind}{more}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// Sends it, and gives back what it was answered with.
pub(crate) fn notify(net: &mut Net, subscribe: &Request, notify: &Notify) -> Response {
    net.tell(CALLEE, CALLER, notify.text(subscribe));
    let number = notify.cseq;
    let answer = net.heard(CALLEE, "the answer to a NOTIFY", |message| {
        let cseq = message.headers().cseq().unwrap();
        matches!(message, Message::Response(_)) && cseq.method == Method::Notify && cseq.number == number
    });
    match answer {
        Message::Response(response) => response,
        Message::Request(_) => unreachable!("a response was asked for"),
    }
}

/// The wire takes a SUBSCRIBE for an hour, or as long as it asks.
pub(crate) fn accept(net: &mut Net, subscribe: &Request) {
    let expires = subscribe.headers.expires().unwrap().to_string();
    net.answer(subscribe, 200, "wire", &[(name::EXPIRES, &expires)], "");
}

/// A subscription that is up: its first SUBSCRIBE.
pub(crate) fn up(net: &mut Net) -> Request {
    subscribe(net, COLLEAGUE, to(Package::Dialog));
    let first = net.heard_request(CALLEE, Method::Subscribe);
    accept(net, &first);
    assert_eq!(notify(net, &first, &Notify::of(1, "active;expires=3600", "first")).code, 200);
    assert!(matches!(state(net), SubscriptionState::Active(_)));
    assert_eq!(told(net), "first");
    first
}

pub(crate) fn ended(net: &mut Net) -> (SubscriptionEnd, Option<Duration>) {
    net.expect(CALLER, "Ended", |e| match e {
        Event::Subscription { state: SubscriptionState::Ended { why, retry_in }, .. } => {
            Some((why.clone(), *retry_in))
        }
        _ => None,
    })
}

pub(crate) fn subscribes(net: &Net) -> usize {
    net.ladder().count("SUBSCRIBE")
}
