//! Messages (RFC 3428): sent and answered, too large, refused; taken from the own server, in plain text.

use crate::{
    kit::{ACCOUNT, CALLEE, CALLER, Net, request},
    watching::{CHALLENGE, registered, registered_as},
};
use sidetone_sip::{
    Callers, Config,
    api::{Command, Event, Failure, IncomingMessage, MessageKey, Transport},
    message::{Method, name},
};

const KEY: MessageKey = MessageKey(5);
const PLAIN: &str = "text/plain;charset=UTF-8";

fn send(net: &mut Net, words: &str) {
    let message = Command::SendMessage {
        message: KEY,
        account: ACCOUNT,
        target: "sip:colleague@example.org".to_owned(),
        content_type: PLAIN.to_owned(),
        body: words.to_owned().into(),
    };
    net.command(CALLER, message);
}

fn sent(net: &mut Net) -> Result<(), Failure> {
    net.expect(CALLER, "MessageSent", |e| match e {
        Event::MessageSent { message, outcome } => (*message == KEY).then(|| outcome.clone()),
        _ => None,
    })
}

fn received(net: &mut Net) -> IncomingMessage {
    net.expect(CALLER, "MessageReceived", |e| match e {
        Event::MessageReceived(message) => Some((**message).clone()),
        _ => None,
    })
}

#[test]
fn a_message_goes_out_and_its_answer_is_told() {
    for code in [200, 202] {
        let mut net = registered();
        send(&mut net, "Grüße");
        let message = net.heard_request(CALLEE, Method::Message);
        assert_eq!(message.uri.as_str(), "sip:colleague@example.org");
        assert_eq!(message.headers.get(name::CONTENT_TYPE), Some(PLAIN));
        assert_eq!(&message.body[..], "Grüße".as_bytes());
        assert!(!message.headers.contains(name::CONTACT), "RFC 3428 section 4");
        net.answer(&message, code, "s", &[], "");
        assert_eq!(sent(&mut net), Ok(()));
    }
}

#[test]
fn a_refusal_is_told_and_not_tried_again() {
    let mut net = registered();
    send(&mut net, "hello");
    let message = net.heard_request(CALLEE, Method::Message);
    net.answer(&message, 404, "s", &[], "");
    assert!(matches!(sent(&mut net), Err(Failure::Status { code: 404, .. })));
    assert_eq!(net.ladder().count("MESSAGE"), 1);
}

#[test]
fn a_challenge_is_answered() {
    let mut net = registered();
    send(&mut net, "hello");
    let message = net.heard_request(CALLEE, Method::Message);
    net.answer(&message, 401, "s", &[CHALLENGE], "");
    let again = net.heard_request(CALLEE, Method::Message);
    assert!(again.headers.contains(name::AUTHORIZATION));
    net.answer(&again, 200, "s", &[], "");
    assert_eq!(sent(&mut net), Ok(()));
}

#[test]
fn no_answer_is_told() {
    let mut net = registered();
    send(&mut net, "hello");
    net.heard_request(CALLEE, Method::Message);
    assert_eq!(sent(&mut net), Err(Failure::Timeout));
}

#[test]
fn what_no_datagram_carries_safely_goes_by_a_stream_or_not_at_all() {
    let words = "x".repeat(1300);
    let mut net = registered();
    send(&mut net, &words);
    assert!(matches!(sent(&mut net), Err(Failure::Status { code: 513, .. })));
    assert_eq!(net.ladder().count("MESSAGE"), 0);
    let mut net = crate::watching::registered_by(Transport::Tcp);
    send(&mut net, &words);
    let message = net.heard_request(CALLEE, Method::Message);
    assert_eq!(message.body.len(), 1300);
    send(&mut net, &"x".repeat(100_000));
    net.answer(&message, 200, "s", &[], "");
    assert_eq!(sent(&mut net), Ok(()), "and the second one under the same key is left alone");
}

#[test]
fn their_message_is_told_with_who_it_is_from() {
    let mut net = registered();
    net.tell(CALLEE, CALLER, request("MESSAGE", "a", &format!("Content-Type: {PLAIN}\r\n"), "hello"));
    net.heard_response(CALLEE, 200);
    let message = received(&mut net);
    assert_eq!((message.account, message.from.uri.as_str()), (Some(ACCOUNT), "sip:ann@example.org"));
    assert_eq!((message.content_type.as_str(), &message.body[..]), (PLAIN, &b"hello"[..]));
}

#[test]
fn a_repeated_message_is_told_once() {
    let mut net = registered();
    let text = request("MESSAGE", "a", "Content-Type: text/plain\r\n", "hello");
    net.tell(CALLEE, CALLER, text.clone());
    net.tell(CALLEE, CALLER, text);
    net.heard_response(CALLEE, 200);
    net.heard_response(CALLEE, 200);
    received(&mut net);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::MessageReceived(_))), 0);
}

#[test]
fn only_plain_text_is_taken() {
    for more in ["Content-Type: text/html\r\n", "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n"] {
        let mut net = registered();
        net.tell(CALLEE, CALLER, request("MESSAGE", "a", more, "<p>"));
        let answer = net.heard_response(CALLEE, 415);
        assert_eq!(answer.headers.get(name::ACCEPT), Some("text/plain"));
        assert_eq!(net.said(CALLER, |e| matches!(e, Event::MessageReceived(_))), 0);
    }
}

#[test]
fn endless_words_are_refused() {
    let mut net = registered();
    let words = "x".repeat(20_000);
    net.tell(CALLEE, CALLER, request("MESSAGE", "a", "Content-Type: text/plain\r\n", &words));
    net.heard_response(CALLEE, 413);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::MessageReceived(_))), 0);
}

#[test]
fn strangers_do_not_write_where_they_may_not_call() {
    let mut net = registered_as(Config { callers: Callers::Server, ..Config::default() });
    let text = |from: usize| {
        request("MESSAGE", "a", "Content-Type: text/plain\r\n", "buy now")
            .replace("192.0.2.2:5060", &crate::kit::address(from).to_string())
    };
    net.tell(2, CALLER, text(2));
    net.heard_response(2, 403);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::MessageReceived(_))), 0);
    net.tell(CALLEE, CALLER, text(CALLEE));
    net.heard_response(CALLEE, 200);
    received(&mut net);
}
