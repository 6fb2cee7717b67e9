//! Several accounts at once, and what a registrar grants each of them: instance, GRUU, Service-Route.

use crate::{
    failover::{answer_from, grant_from, of_two, registered_at},
    kit::{ACCOUNT, CALLEE, CALLER, Net, Node, agent, place, register_as, request},
    register::account,
};
use sidetone_sim::Wire;
use sidetone_sip::{
    Config, RegistrarConfig,
    api::{Account, AccountKey, CallKey, Command, EndCause, Event, Failure, Outgoing},
    message::{Method, Request, name},
};
use std::time::Duration;

const DIRECT: AccountKey = AccountKey(1);

fn both_at_one_server() -> Net {
    let users = vec![("agent".to_owned(), "secret".to_owned()), ("direct".to_owned(), "hers".to_owned())];
    let config = Config { registrar: Some(RegistrarConfig::new("practice", users)), ..Config::default() };
    let mut net = Net::of(vec![agent(Config::default(), 1), agent(config, 2)], 1);
    for (key, user, password) in [(ACCOUNT, "agent", "secret"), (DIRECT, "direct", "hers")] {
        let identity = Box::new(account(&net, user, password));
        net.command(CALLER, Command::Register { account: key, identity });
    }
    for key in [ACCOUNT, DIRECT] {
        net.expect(CALLER, "Registered", |event| {
            matches!(event, Event::Registered { account, .. } if *account == key).then_some(())
        });
    }
    net
}

fn call_by(net: &mut Net, account: AccountKey, key: u32) {
    let outgoing = Outgoing::by(account, "sip:100@example.org", "offer".into());
    net.command(CALLER, Command::Call { call: CallKey(key), outgoing: Box::new(outgoing) });
}

#[test]
fn each_gives_its_own_password_to_the_server_they_share() {
    let mut net = both_at_one_server();
    assert_eq!(net.said(CALLER, |event| matches!(event, Event::RegistrationFailed { .. })), 0);
    assert_eq!(net.ladder().count("403"), 0);
    call_by(&mut net, DIRECT, 9);
    let from = net.incoming_with(CALLEE, |call| call.from.uri.clone());
    assert_eq!(from, "sip:direct@example.org");
}

#[test]
fn a_call_says_which_of_them_it_is_for() {
    let mut net = Net::agent_and_wire();
    for (key, user) in [(ACCOUNT, "agent"), (DIRECT, "direct")] {
        let identity = Box::new(account(&net, user, "secret"));
        net.command(CALLER, Command::Register { account: key, identity });
        let register = net.heard_request(CALLEE, Method::Register);
        grant_from(&mut net, CALLEE, &register, &[]);
        registered_at(&mut net);
    }
    net.tell(CALLEE, CALLER, request("INVITE", "a", "", "offer"));
    assert_eq!(net.incoming_with(CALLER, |call| call.account), Some(ACCOUNT));
    let other = request("INVITE", "b", "", "offer").replace("sip:agent@192", "sip:direct@192");
    net.tell(CALLEE, CALLER, other.replace("by-hand", "other"));
    assert_eq!(net.incoming_with(CALLER, |call| call.account), Some(DIRECT));
}

#[test]
fn one_leaves_and_the_other_stays() {
    let mut net = both_at_one_server();
    net.command(CALLER, Command::Unregister { account: ACCOUNT });
    net.expect(CALLER, "Unregistered", |event| {
        matches!(event, Event::Unregistered { account: ACCOUNT }).then_some(())
    });
    let renewed = net.expect(CALLER, "Registered", |event| match event {
        Event::Registered { account, .. } => Some(*account),
        _ => None,
    });
    assert_eq!(renewed, DIRECT);
}

#[test]
fn one_is_refused_and_the_other_does_not_mind() {
    let users = vec![("agent".to_owned(), "secret".to_owned()), ("direct".to_owned(), "hers".to_owned())];
    let config = Config { registrar: Some(RegistrarConfig::new("practice", users)), ..Config::default() };
    let mut net = Net::of(vec![agent(Config::default(), 1), agent(config, 2)], 1);
    for (key, user, password) in [(ACCOUNT, "agent", "secret"), (DIRECT, "direct", "wrong")] {
        let identity = Box::new(account(&net, user, password));
        net.command(CALLER, Command::Register { account: key, identity });
    }
    let refused = net.expect(CALLER, "RegistrationFailed", |event| match event {
        Event::RegistrationFailed { account, why, .. } => Some((*account, why.clone())),
        _ => None,
    });
    assert_eq!(refused, (DIRECT, Failure::Credentials));
    registered_at(&mut net);
}

fn with_instance(net: &mut Net) -> Request {
    let instance = "urn:uuid:00000000-0000-1000-8000-000a95a0e128".to_owned();
    let identity = Account { instance, ..account(net, "agent", "secret") };
    net.command(CALLER, register_as(identity));
    net.heard_request(CALLEE, Method::Register)
}

const INSTANCE: &str = "<urn:uuid:00000000-0000-1000-8000-000a95a0e128>";

#[test]
fn an_instance_is_told_with_its_number() {
    let mut net = Net::agent_and_wire();
    let register = with_instance(&mut net);
    let contact = register.headers.contact().unwrap();
    assert_eq!(contact.params.get("+sip.instance"), Some(INSTANCE));
    assert_eq!(contact.params.get("reg-id"), Some("1"));
    let supported: Vec<_> = register.headers.supported().collect();
    assert_eq!(supported, ["path", "outbound", "gruu"]);
}

#[test]
fn the_second_server_has_another_number() {
    let mut net = Net::of(
        vec![agent(Config::default(), 1), Node::Wire(Wire::default()), Node::Wire(Wire::default())],
        1,
    );
    let identity = Account { instance: "urn:uuid:1".to_owned(), ..of_two(&net) };
    net.command(CALLER, register_as(identity));
    let register = net.heard_request(1, Method::Register);
    answer_from(&mut net, 1, &register, 503, &[]);
    let register = net.heard_request(2, Method::Register);
    assert_eq!(register.headers.contact().unwrap().params.get("reg-id"), Some("2"));
}

#[test]
fn without_outbound_at_the_first_hop_it_is_told_no_more() {
    let mut net = Net::agent_and_wire();
    let register = with_instance(&mut net);
    answer_from(&mut net, CALLEE, &register, 439, &[]);
    let register = net.heard_request(CALLEE, Method::Register);
    let contact = register.headers.contact().unwrap();
    assert!(!contact.params.contains("reg-id") && !contact.params.contains("+sip.instance"));
    assert_eq!(register.headers.supported().collect::<Vec<_>>(), ["path"]);
    grant_from(&mut net, CALLEE, &register, &[]);
    registered_at(&mut net);
}

fn granted_gruus(net: &mut Net) {
    let register = with_instance(net);
    let contact = format!(
        "<sip:agent@192.0.2.1:5060>;+sip.instance=\"{INSTANCE}\";reg-id=1;expires=600;\
         pub-gruu=\"sip:agent@example.org;gr=urn:uuid:1\";temp-gruu=\"sip:tgruu.7hs@example.org;gr\""
    );
    let others = "<sip:agent@192.0.2.77:5060>;expires=60";
    let more = [(name::CONTACT, others), (name::CONTACT, contact.as_str()), (name::REQUIRE, "outbound")];
    answer_from(net, CALLEE, &register, 200, &more);
    let expires = net.expect(CALLER, "Registered", |event| match event {
        Event::Registered { expires, .. } => Some(*expires),
        _ => None,
    });
    assert_eq!(expires, Duration::from_secs(600));
}

#[test]
fn a_gruu_is_our_contact_in_calls() {
    let mut net = Net::agent_and_wire();
    granted_gruus(&mut net);
    net.command(CALLER, place(CallKey(9), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.contact().unwrap().uri.as_str(), "sip:agent@example.org;gr=urn:uuid:1");
    net.tell(
        CALLEE,
        CALLER,
        request("INVITE", "a", "", "offer")
            .replace("sip:agent@192.0.2.1 ", "sip:agent@example.org;gr=urn:uuid:1 "),
    );
    let call = net.incoming_with(CALLER, |call| (call.call, call.account));
    assert_eq!(call.1, Some(ACCOUNT));
    net.command(CALLER, Command::Answer { call: call.0, sdp: "answer".into() });
    let answer = net.heard_response(CALLEE, 200);
    assert_eq!(answer.headers.contact().unwrap().uri.as_str(), "sip:agent@example.org;gr=urn:uuid:1");
}

#[test]
fn without_a_gruu_our_contact_asks_for_our_own_connection() {
    let mut net = Net::agent_and_wire();
    let register = with_instance(&mut net);
    grant_from(&mut net, CALLEE, &register, &[(name::REQUIRE, "outbound")]);
    registered_at(&mut net);
    net.command(CALLER, place(CallKey(9), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.contact().unwrap().uri.as_str(), "sip:agent@192.0.2.1:5060;ob");
}

#[test]
fn a_gruu_that_leads_elsewhere_is_none() {
    let mut net = Net::agent_and_wire();
    let instance = INSTANCE.trim_matches(['<', '>']).to_owned();
    let aor = "sip:agent@example.org:5070".to_owned();
    let identity = Account { instance, aor, ..account(&net, "agent", "secret") };
    net.command(CALLER, register_as(identity));
    let register = net.heard_request(CALLEE, Method::Register);
    let contact = format!(
        "<sip:agent@192.0.2.1:5060>;+sip.instance=\"{INSTANCE}\";reg-id=1;expires=600;\
         pub-gruu=\"sip:agent@example.org;gr=urn:uuid:1\""
    );
    answer_from(&mut net, CALLEE, &register, 200, &[(name::CONTACT, contact.as_str())]);
    registered_at(&mut net);
    net.command(CALLER, place(CallKey(9), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.contact().unwrap().uri.as_str(), "sip:agent@192.0.2.1:5060");
}

#[test]
fn who_calls_anonymously_has_a_gruu_that_tells_nothing() {
    let mut net = Net::agent_and_wire();
    granted_gruus(&mut net);
    let outgoing =
        Outgoing { anonymous: true, ..Outgoing::by(ACCOUNT, "sip:100@example.org", "offer".into()) };
    net.command(CALLER, Command::Call { call: CallKey(9), outgoing: Box::new(outgoing) });
    let invite = net.heard_request(CALLEE, Method::Invite);
    assert_eq!(invite.headers.contact().unwrap().uri.as_str(), "sip:tgruu.7hs@example.org;gr");
}

#[test]
fn requests_go_by_the_service_route() {
    let mut net = Net::agent_and_wire();
    let identity = account(&net, "agent", "secret");
    net.command(CALLER, register_as(identity));
    let register = net.heard_request(CALLEE, Method::Register);
    assert!(register.headers.has_token(name::SUPPORTED, "path"));
    let routes = [("Service-Route", "<sip:p2.example.org;lr>, <sip:home.example.org;lr>")];
    grant_from(&mut net, CALLEE, &register, &routes);
    registered_at(&mut net);
    net.command(CALLER, place(CallKey(9), "sip:100@example.org", None));
    let invite = net.heard_request(CALLEE, Method::Invite);
    let routes: Vec<_> = invite.headers.list(name::ROUTE).collect();
    assert_eq!(routes, ["<sip:p2.example.org;lr>", "<sip:home.example.org;lr>"]);
    assert_eq!(invite.uri.as_str(), "sip:100@example.org");
    // It is for other requests than REGISTER (RFC 3608 section 6.1).
    let register = net.heard_request(CALLEE, Method::Register);
    assert!(!register.headers.contains(name::ROUTE));
}

#[test]
fn without_a_server_a_registration_says_so_at_once() {
    let mut net = Net::agent_and_wire();
    let identity = Account { servers: Vec::new(), ..account(&net, "agent", "secret") };
    net.command(CALLER, register_as(identity));
    let (why, retry_in) = crate::register::failed(&mut net);
    assert_eq!((why, retry_in), (Failure::Transport, None));
    net.command(CALLER, place(CallKey(9), "sip:100@example.org", None));
    assert_eq!(net.ended(CALLER), EndCause::Failed(Failure::Transport));
}
