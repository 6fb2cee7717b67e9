//! Registering (RFC 3261 section 10.2): with each digest, against servers that refuse, lose, hurry or see us elsewhere.

use crate::kit::{ACCOUNT, CALLEE, CALLER, Net, Node, address, agent, place, register_as};
use sidetone_sim::Link;
use sidetone_sip::{
    Config, RegistrarConfig,
    api::{Account, Command, EndCause, Event, Failure, Input, Server, Transport},
    auth::Algorithm,
    message::{Method, Request, name},
};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn account(net: &Net, user: &str, password: &str) -> Account {
    Account {
        aor: format!("sip:{user}@example.org"),
        display_name: "Agent".to_owned(),
        auth_user: user.to_owned(),
        password: password.to_owned(),
        servers: vec![Server::At(net.flow(CALLER, CALLEE))],
        expires: HOUR,
        instance: String::new(),
    }
}

pub(crate) fn registrar(change: impl FnOnce(&mut RegistrarConfig)) -> Net {
    let mut config = RegistrarConfig::new("practice", vec![("agent".to_owned(), "secret".to_owned())]);
    change(&mut config);
    let server = Config { registrar: Some(config), ..Config::default() };
    Net::of(vec![agent(Config::default(), 1), agent(server, 2)], 1)
}

pub(crate) fn register(net: &mut Net, password: &str) {
    let account = account(net, "agent", password);
    net.command(CALLER, register_as(account));
}

pub(crate) fn registered(net: &mut Net) -> Duration {
    net.expect(CALLER, "Registered", |e| match e {
        Event::Registered { expires, .. } => Some(*expires),
        _ => None,
    })
}

pub(crate) fn failed(net: &mut Net) -> (Failure, Option<Duration>) {
    net.expect(CALLER, "RegistrationFailed", |e| match e {
        Event::RegistrationFailed { why, retry_in, .. } => Some((why.clone(), *retry_in)),
        _ => None,
    })
}

#[test]
fn with_md5_with_sha_256_and_with_both_offered() {
    for algorithms in [vec![Algorithm::Md5], vec![Algorithm::Sha256], vec![Algorithm::Md5, Algorithm::Sha256]]
    {
        let mut net = registrar(|config| config.algorithms = algorithms);
        register(&mut net, "secret");
        assert_eq!(registered(&mut net), HOUR);
        assert_eq!(net.ladder().labels(), ["REGISTER 1", "401 REGISTER 1", "REGISTER 2", "200 REGISTER 2"]);
    }
}

#[test]
fn over_tcp() {
    let mut net = registrar(|_| {});
    net.transport = Transport::Tcp;
    register(&mut net, "secret");
    registered(&mut net);
}

#[test]
fn a_wrong_password_is_said_and_not_tried_again() {
    let mut net = registrar(|_| {});
    register(&mut net, "wrong");
    assert_eq!(failed(&mut net), (Failure::Credentials, None));
    net.world.run_for(HOUR);
    assert_eq!(net.ladder().count("REGISTER"), 2);
}

#[test]
fn an_unknown_user_is_said_and_not_tried_again() {
    let mut net = registrar(|config| config.users.clear());
    register(&mut net, "secret");
    assert!(matches!(failed(&mut net), (Failure::Status { code: 404, .. }, None)));
}

#[test]
fn it_is_renewed_before_it_runs_out_without_a_new_challenge() {
    let mut net = registrar(|config| config.nonce_lifetime = 3 * HOUR);
    register(&mut net, "secret");
    registered(&mut net);
    registered(&mut net);
    assert!(net.world.elapsed() < HOUR);
    assert_eq!(net.ladder().count("401"), 1);
}

#[test]
fn a_stale_nonce_is_replaced() {
    let mut net = registrar(|config| config.nonce_lifetime = Duration::from_secs(60));
    register(&mut net, "secret");
    registered(&mut net);
    registered(&mut net);
    assert_eq!(net.ladder().count("401"), 2);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::RegistrationFailed { .. })), 0);
}

#[test]
fn too_brief_an_interval_is_made_longer() {
    let mut net = registrar(|config| {
        config.min_expires = 2 * HOUR;
        config.max_expires = 3 * HOUR;
    });
    register(&mut net, "secret");
    assert_eq!(registered(&mut net), 2 * HOUR);
    assert_eq!(net.ladder().count("423"), 1);
}

#[test]
fn a_silent_server_is_tried_again_ever_more_slowly() {
    let mut net = Net::agent_and_wire();
    register(&mut net, "secret");
    let mut last = Duration::ZERO;
    for _ in 0..5 {
        let (why, retry_in) = failed(&mut net);
        assert_eq!(why, Failure::Timeout);
        assert!(retry_in.unwrap() > last, "{retry_in:?} after {last:?}");
        last = retry_in.unwrap();
    }
    let first = net.heard_request(CALLEE, Method::Register);
    let second = net.heard(CALLEE, "another CSeq", |m| m.headers().cseq().unwrap().number == 2);
    assert_eq!(first.headers.call_id(), second.headers().call_id());
}

#[test]
fn it_comes_back_when_the_server_does() {
    let mut net = registrar(|_| {});
    net.world.set_link(CALLER, CALLEE, Link::lossy(1.0));
    register(&mut net, "secret");
    failed(&mut net);
    net.world.set_link(CALLER, CALLEE, Link::default());
    registered(&mut net);
}

#[test]
fn retry_after_is_honoured() {
    let mut net = Net::agent_and_wire();
    register(&mut net, "secret");
    let request = net.heard_request(CALLEE, Method::Register);
    net.answer(&request, 503, "s", &[(name::RETRY_AFTER, "300")], "");
    let (why, retry_in) = failed(&mut net);
    assert!(matches!(why, Failure::Status { code: 503, .. }));
    assert!(retry_in.unwrap() >= Duration::from_secs(300));
}

#[test]
fn leaving_takes_the_binding_back() {
    let mut net = registrar(|_| {});
    register(&mut net, "secret");
    registered(&mut net);
    net.command(CALLER, Command::Unregister { account: ACCOUNT });
    net.expect(CALLER, "Unregistered", |e| matches!(e, Event::Unregistered { .. }).then_some(()));
    net.expect(CALLEE, "Binding", |e| matches!(e, Event::Binding { contact: Some(_), .. }).then_some(()));
    net.expect(CALLEE, "Binding", |e| matches!(e, Event::Binding { contact: None, .. }).then_some(()));
    net.quiet();
}

pub(crate) fn grant(net: &mut Net, request: &Request, seen: &str) {
    let mut via = request.headers.top_via().unwrap();
    via.note_source(seen.parse().unwrap());
    let contact = request.headers.get(name::CONTACT).unwrap().to_owned();
    net.answer(request, 200, "s", &[(name::VIA, &via.to_string()), (name::CONTACT, &contact)], "");
}

#[test]
fn the_address_the_server_sees_becomes_the_contact() {
    let mut net = Net::agent_and_wire();
    register(&mut net, "secret");
    let first = net.heard_request(CALLEE, Method::Register);
    assert_eq!(first.headers.contact().unwrap().uri.as_str(), "sip:agent@192.0.2.1:5060");
    assert!(first.headers.top_via().unwrap().params.contains("rport"));
    grant(&mut net, &first, "203.0.113.5:61000");
    let second = net.heard_request(CALLEE, Method::Register);
    let contacts: Vec<_> = second.headers.all(name::CONTACT).collect();
    assert_eq!(
        contacts,
        ["<sip:agent@203.0.113.5:61000>;expires=3600", "<sip:agent@192.0.2.1:5060>;expires=0"]
    );
    grant(&mut net, &second, "203.0.113.5:61000");
    registered(&mut net);
    registered(&mut net);
    let target = "sip:100@example.org".to_owned();
    let call = sidetone_sip::api::CallKey(40);
    net.command(CALLER, place(call, &target, None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.contact().unwrap().uri.as_str(), "sip:agent@203.0.113.5:61000");
    assert_eq!(invite.headers.from().unwrap().uri.as_str(), "sip:agent@example.org");
}

#[test]
fn a_failed_path_is_registered_on_again_at_once() {
    let mut net = registrar(|_| {});
    net.transport = Transport::Tcp;
    register(&mut net, "secret");
    registered(&mut net);
    let flow = net.flow(CALLER, CALLEE);
    net.world.act(CALLER, |now, node| match node {
        Node::Agent(agent) => agent.handle(now, Input::FlowFailed { flow }),
        Node::Wire(_) => unreachable!("an agent was placed there"),
    });
    let before = net.world.elapsed();
    registered(&mut net);
    assert!(net.world.elapsed() - before < Duration::from_secs(3));
}

#[test]
fn another_account_takes_the_place_of_the_first() {
    let users = vec![("agent".to_owned(), "secret".to_owned()), ("other".to_owned(), "hers".to_owned())];
    let mut net = registrar(|config| config.users = users);
    register(&mut net, "secret");
    registered(&mut net);
    let other = account(&net, "other", "hers");
    net.command(CALLER, register_as(other));
    registered(&mut net);
    let binding = |user: &'static str, here: bool| {
        move |e: &Event| match e {
            Event::Binding { aor_user, contact } => {
                (aor_user == user && contact.is_some() == here).then_some(())
            }
            _ => None,
        }
    };
    net.expect(CALLEE, "agent here", binding("agent", true));
    net.expect(CALLEE, "agent gone", binding("agent", false));
    net.expect(CALLEE, "other here", binding("other", true));
}

#[test]
fn leaving_without_having_registered_is_answered_too() {
    let mut net = registrar(|_| {});
    net.command(CALLER, Command::Unregister { account: ACCOUNT });
    net.expect(CALLER, "Unregistered", |e| matches!(e, Event::Unregistered { .. }).then_some(()));
}

const CHALLENGE: (&str, &str) =
    ("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5");

fn known(net: &mut Net) {
    register(net, "secret");
    let request = net.heard_request(CALLEE, Method::Register);
    grant(net, &request, &address(CALLER).to_string());
    registered(net);
}

#[test]
fn a_challenged_call_is_placed_again_with_credentials() {
    let mut net = Net::agent_and_wire();
    known(&mut net);
    let call = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 407, "s", &[CHALLENGE], "");
    net.heard_request(CALLEE, Method::Ack);
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.cseq().unwrap().number, 2);
    assert!(invite.headers.contains(name::PROXY_AUTHORIZATION));
    assert_eq!(invite.body, "offer");
    net.answer(&invite, 200, "s", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    let ack = net.heard_request(CALLEE, Method::Ack);
    assert_eq!(ack.headers.cseq().unwrap().number, 2);
    net.command(CALLER, Command::Hangup { call });
    let bye = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(bye.headers.cseq().unwrap().number, 3);
    assert!(bye.headers.contains(name::PROXY_AUTHORIZATION));
}

#[test]
fn a_challenged_bye_and_a_challenged_change_are_sent_again() {
    let mut net = Net::agent_and_wire();
    known(&mut net);
    let call = net.call();
    let invite = net.heard_request(CALLEE, Method::Invite);
    net.answer(&invite, 200, "s", &[], "answer");
    net.expect(CALLER, "Answered", |e| matches!(e, Event::Answered { .. }).then_some(()));
    net.command(CALLER, Command::Offer { call, sdp: "hold".into() });
    let change = net.heard_request(CALLEE, Method::Invite);
    net.answer(&change, 407, "s", &[CHALLENGE], "");
    let change = net.heard_request(CALLEE, Method::Invite);
    assert!(change.headers.contains(name::PROXY_AUTHORIZATION));
    net.answer(&change, 200, "s", &[], "held");
    net.expect(CALLER, "OfferAnswered", |e| matches!(e, Event::OfferAnswered { .. }).then_some(()));
    net.command(CALLER, Command::Hangup { call });
    let bye = net.heard_request(CALLEE, Method::Bye);
    let fresh =
        ("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"m\", qop=\"auth\", stale=true, algorithm=MD5");
    net.answer(&bye, 407, "s", &[fresh], "");
    let again = net.heard_request(CALLEE, Method::Bye);
    assert_eq!(again.headers.cseq().unwrap().number, bye.headers.cseq().unwrap().number + 1);
    net.answer(&again, 200, "s", &[], "");
    assert_eq!(net.ended(CALLER), EndCause::Local);
}

#[test]
fn two_realms_on_one_path_get_their_credentials_both() {
    let mut net = Net::agent_and_wire();
    register(&mut net, "secret");
    let request = net.heard_request(CALLEE, Method::Register);
    let unknown = "Digest realm=\"server\", nonce=\"1\", algorithm=FOO";
    net.answer(&request, 401, "s", &[("WWW-Authenticate", unknown), CHALLENGE], "");
    let request = net.heard_request(CALLEE, Method::Register);
    assert!(request.headers.contains(name::PROXY_AUTHORIZATION));
    net.answer(&request, 401, "s", &[("WWW-Authenticate", "Digest realm=\"server\", nonce=\"1\"")], "");
    let request = net.heard_request(CALLEE, Method::Register);
    assert!(
        request.headers.contains(name::PROXY_AUTHORIZATION) && request.headers.contains(name::AUTHORIZATION)
    );
    grant(&mut net, &request, &address(CALLER).to_string());
    registered(&mut net);
}

#[test]
fn a_call_whose_credentials_are_refused_fails() {
    let mut net = Net::agent_and_wire();
    known(&mut net);
    net.call();
    for _ in 0..2 {
        let invite = net.heard_request(CALLEE, Method::Invite);
        net.answer(&invite, 407, "s", &[CHALLENGE], "");
    }
    assert_eq!(net.ended(CALLER), EndCause::Failed(Failure::Credentials));
}

#[test]
fn strangers_never_see_credentials() {
    let mut net = Net::of(
        vec![agent(Config::default(), 1), Node::Wire(Default::default()), Node::Wire(Default::default())],
        1,
    );
    known(&mut net);
    let call = sidetone_sip::api::CallKey(40);
    let via = Some(net.flow(CALLER, 2));
    net.command(CALLER, place(call, "sip:x@192.0.2.3", via));
    let invite = net.heard_request(2, Method::Invite);
    let mut response = sidetone_sip::message::Response::to(&invite, 407).with_to_tag("x");
    response.headers.push(CHALLENGE.0, CHALLENGE.1);
    net.tell(2, CALLER, response.to_bytes());
    assert!(matches!(net.ended(CALLER), EndCause::Failed(Failure::Status { code: 407, .. })));
}
