//! What an INVITE says about its call: who vouches for the caller, the way it came, whether it answers itself, how it
//! rings, what data it brings. Some of it counts from the own server only.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net, address, agent, register_as, request},
    register::account,
};
use sidetone_sim::Wire;
use sidetone_sip::{
    Config,
    api::{About, Address, IncomingCall, RingChoice},
};
use std::time::Duration;

/// An agent that is registered with the wire, so that what the wire says counts.
fn with_server() -> Net {
    let mut net = Net::agent_and_wire();
    net.command(CALLER, register_as(account(&net, "agent", "secret")));
    let register = net.heard_request(CALLEE, sidetone_sip::message::Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    net
}

/// The call as it is told, with these lines in its INVITE.
fn told<T>(net: &mut Net, lines: &str, look: impl Fn(&IncomingCall) -> T) -> T {
    net.tell(CALLEE, CALLER, request("INVITE", "a", lines, "offer"));
    net.incoming_with(CALLER, look)
}

fn about(lines: &str) -> About {
    told(&mut with_server(), lines, |call| {
        assert_eq!(call.account, Some(ACCOUNT));
        (*call.about).clone()
    })
}

/// From somebody who is no server of ours.
fn about_by_a_stranger(lines: &str) -> About {
    told(&mut Net::agent_and_wire(), lines, |call| (*call.about).clone())
}

fn who(name: &str, uri: &str) -> Option<Address> {
    Some(Address { display_name: (!name.is_empty()).then(|| name.to_owned()), uri: uri.to_owned() })
}

fn way(about: &About) -> Vec<(&str, &str)> {
    about.diversions.iter().map(|step| (step.address.uri.as_str(), step.reason.as_str())).collect()
}

#[test]
fn a_plain_call_says_nothing_more() {
    assert!(about("") == About::default());
}

#[test]
fn the_own_server_vouches_for_the_caller() {
    let one = "P-Asserted-Identity: \"Ann Customer\" <sip:+15550100@example.org>\r\n";
    assert!(about(one).asserted == who("Ann Customer", "sip:+15550100@example.org"));
    let both = "P-Asserted-Identity: \"Ann\" <sip:ann@example.org>\r\nP-Asserted-Identity: tel:+15550100\r\n";
    assert!(about(both).asserted == who("Ann", "tel:+15550100"));
    let one_line = "P-Asserted-Identity: \"A, B\" <sip:ann@example.org>, <tel:+15550100>\r\n";
    assert!(about(one_line).asserted == who("A, B", "tel:+15550100"));
    let old = "Remote-Party-ID: \"Ann\" <sip:+15550100@pbx>;party=calling;screen=yes;privacy=off\r\n";
    assert!(about(old).asserted == who("Ann", "sip:+15550100@pbx"));
    assert!(!about(old).anonymous);
}

#[test]
fn a_stranger_can_vouch_for_nobody() {
    let lines = "P-Asserted-Identity: <tel:+15550100>\r\nAnswer-Mode: Auto\r\nReferred-By: <sip:bob@example.org>\r\n\
                 Call-Info: <sip:x>;answer-after=0\r\nAlert-Info: <http://x>;info=alert-autoanswer\r\n";
    let about = about_by_a_stranger(lines);
    assert!(about.asserted.is_none() && about.answer_after.is_none());
    assert!(about.referred_by == who("", "sip:bob@example.org"));
}

#[test]
fn who_wants_to_stay_unknown_is_anonymous() {
    for wish in [
        "Privacy: id\r\n",
        "Privacy: header; user ;critical\r\n",
        "Remote-Party-ID: <sip:a@b>;privacy=full\r\n",
    ] {
        assert!(about(wish).anonymous, "{wish}");
    }
    for wish in ["Privacy: none\r\n", "Privacy: critical\r\n", "Privacy: identity\r\n"] {
        assert!(!about(wish).anonymous, "{wish}");
    }
    let mut net = with_server();
    let invite = request("INVITE", "a", "", "offer")
        .replace("\"Ann\" <sip:ann@example.org>", "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
    net.tell(CALLEE, CALLER, invite);
    assert!(net.incoming_with(CALLER, |call| call.about.anonymous));
}

#[test]
fn the_history_is_told_from_its_beginning() {
    let about = about(
        "History-Info: <sip:agent@192.0.2.1>;index=1.10.1;rc=1.10\r\n\
         History-Info: \"Sales\" <sip:sales@example.org?Reason=SIP%3Bcause%3D486>;index=1, \
         <sip:desk@example.org?Reason=SIP%3Bcause%3D408%3Btext%3D%22late%22>;index=1.9;mp=1\r\n\
         History-Info: <sip:agent@example.org>;index=1.10;mp=1.9\r\n",
    );
    assert_eq!(way(&about), [("sip:sales@example.org", "user-busy"), ("sip:desk@example.org", "no-answer")]);
    assert_eq!(about.diversions[0].address.display_name.as_deref(), Some("Sales"));
}

#[test]
fn a_history_without_reasons_tells_the_cause_in_the_next_target() {
    let about = about(
        "History-Info: <sip:sales@example.org>;index=1\r\n\
         History-Info: <sip:agent@example.org;cause=302>;index=1.1;mp=1\r\n",
    );
    assert_eq!(way(&about), [("sip:sales@example.org", "unconditional")]);
}

#[test]
fn whom_the_history_shall_not_name_is_left_out() {
    let about = about(
        "History-Info: <sip:boss@example.org?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1\r\n\
         History-Info: <sip:agent@example.org>;index=1.1;mp=1\r\n\
         Diversion: <sip:boss@example.org>;reason=unconditional;privacy=full\r\n",
    );
    assert_eq!(way(&about), []);
}

#[test]
fn the_last_diversion_comes_first_on_the_wire() {
    let about = about(
        "Diversion: <sip:second@example.org>;reason=no-answer;counter=1, \"First\" <tel:+15550800>;reason=\"user-busy\"\r\n",
    );
    assert_eq!(way(&about), [("tel:+15550800", "user-busy"), ("sip:second@example.org", "no-answer")]);
}

#[test]
fn history_and_diversion_of_the_same_step_are_one() {
    let about = about(
        "History-Info: <sip:sales@example.org>;index=1\r\nHistory-Info: <sip:agent@example.org>;index=1.1;mp=1\r\n\
         Diversion: <sip:sales@pbx.example.org:5060>;reason=no-answer\r\nDiversion: <sip:old@example.org>;reason=unknown\r\n",
    );
    assert_eq!(way(&about), [("sip:sales@example.org", "no-answer"), ("sip:old@example.org", "unknown")]);
}

#[test]
fn a_call_that_answers_itself() {
    for (line, after) in [
        ("Answer-Mode: Auto", Some(0)),
        ("Priv-Answer-Mode: auto;require", Some(0)),
        ("Answer-Mode: Manual", None),
        ("Call-Info: <sip:pbx>;answer-after=5", Some(5)),
        ("Call-Info: <>; answer-after = 0", Some(0)),
        ("Call-Info: <http://x/card>;purpose=card, <sip:x>;answer-after=60", Some(60)),
        ("Call-Info: <sip:x>;answer-after=61", None),
        ("Call-Info: <sip:x>;answer-after=-1", None),
        ("Call-Info: <sip:x>;answer-after=99999999999999999999", None),
        ("Alert-Info: <http://www.notused.com>;info=alert-autoanswer;delay=2", Some(2)),
        ("Alert-Info: info=alert-autoanswer", Some(0)),
        ("Alert-Info: Ring Answer", Some(0)),
        ("Alert-Info: <http://x>;info=Auto Answer", Some(0)),
        ("Alert-Info: <sip:x>;answer-after=3", Some(3)),
        ("Alert-Info: <urn:alert:source:internal>", None),
        ("Answer-Mode: Manual\r\nCall-Info: <sip:x>;answer-after=0", None),
        ("Answer-Mode: Auto\r\nCall-Info: <sip:x>;answer-after=4", Some(4)),
    ] {
        assert_eq!(about(&format!("{line}\r\n")).answer_after, after.map(Duration::from_secs), "{line}");
    }
}

#[test]
fn how_it_wants_to_ring() {
    let named = |name: &str| Some(RingChoice::Named(name.to_owned()));
    for (line, ring) in [
        ("<urn:alert:source:internal>", Some(RingChoice::Internal)),
        ("<urn:alert:source:external:x@y>", Some(RingChoice::External)),
        ("<URN:ALERT:priority:high>", named("priority:high")),
        ("<http://127.0.0.1>;info=alert-internal", Some(RingChoice::Internal)),
        ("info=alert-external;x-line-id=0", Some(RingChoice::External)),
        ("<http://nohost>;info=Queue One", named("Queue One")),
        ("<http://127.0.0.1/Bellcore-dr3>", named("Bellcore-dr3")),
        ("Bellcore-dr2", named("Bellcore-dr2")),
        ("<http://example.org/moo.wav>, <urn:alert:source:internal>", Some(RingChoice::Internal)),
        ("<http://example.org/moo.wav>", None),
        ("<http://x>;info=alert-autoanswer", None),
        ("", None),
    ] {
        assert_eq!(about_by_a_stranger(&format!("Alert-Info: {line}\r\n")).ring, ring, "{line}");
    }
    let long = format!("Alert-Info: <http://x>;info={}\r\n", "x".repeat(65));
    assert_eq!(about_by_a_stranger(&long).ring, None);
}

#[test]
fn data_travels_with_a_call() {
    let about = about(
        "User-to-User: 4869;encoding=hex;purpose=isdn-uui;content=isdn-uui, \"id=7;k=v\";purpose=crm\r\n\
         User-to-User: 4869\r\nUser-to-User: 00ff;purpose=isdn-uui\r\n\
         User-to-User: xyz;encoding=hex\r\nUser-to-User: 123;encoding=hex\r\nUser-to-User: ;encoding=hex\r\n",
    );
    let read: Vec<(&[u8], &str, &str)> = about
        .user_to_user
        .iter()
        .map(|one| (one.data.as_slice(), one.purpose.as_str(), one.content.as_str()))
        .collect();
    assert_eq!(
        read,
        [
            (b"Hi".as_slice(), "isdn-uui", "isdn-uui"),
            (b"id=7;k=v", "crm", ""),
            (b"4869", "", ""),
            (&[0, 0xff], "isdn-uui", ""),
        ]
    );
}

#[test]
fn broken_and_endless_ones_refuse_no_call() {
    let endless = "Diversion: ".to_owned() + &"<sip:a@b>;reason=x, ".repeat(400) + "\r\n";
    let uui = "User-to-User: aa;encoding=hex\r\n".repeat(60);
    let history: String = (1..300)
        .map(|n| format!("History-Info: <sip:{n}@b?Reason=SIP%3Bcause%3D486>;index=1.{n}\r\n"))
        .collect();
    let about = about(&(endless + &uui + &history));
    assert!(about.diversions.len() <= 32 && about.user_to_user.len() <= 8);
    for line in [
        "P-Asserted-Identity: \"open <sip:a@b>",
        "P-Asserted-Identity: ,,,",
        "Privacy: ;;",
        "History-Info: <sip:a@b>;index=1.x, <sip:a@b?Reason=%>;index=1..2, <>;index=",
        "Diversion: <sip:a@b",
        "Answer-Mode: Perhaps",
        "Call-Info: ;answer-after",
        "Alert-Info: <\"",
        "User-to-User: \"open;encoding=hex",
        "Referred-By: <<>>",
    ] {
        assert!(self::about(&format!("{line}\r\n")) == About::default(), "{line}");
    }
}

#[test]
fn another_phone_of_the_servers_house_is_still_a_stranger() {
    let nodes = vec![
        agent(Config::default(), 1),
        crate::kit::Node::Wire(Wire::default()),
        crate::kit::Node::Wire(Wire::default()),
    ];
    let mut net = Net::of(nodes, 1);
    net.command(CALLER, register_as(account(&net, "agent", "secret")));
    let register = net.heard_request(CALLEE, sidetone_sip::message::Method::Register);
    net.answer(&register, 200, "r", &[("Expires", "3600")], "");
    let invite = request("INVITE", "a", "P-Asserted-Identity: <tel:+15550100>\r\n", "offer")
        .replace(&address(CALLEE).to_string(), &address(2).to_string());
    net.tell(2, CALLER, invite);
    assert!(net.incoming_with(CALLER, |call| call.about.asserted.is_none()));
}
