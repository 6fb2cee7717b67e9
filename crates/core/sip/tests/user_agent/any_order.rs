//! Requests of a call in any order, with any numbers and bodies, from a wire that minds no rule: nothing panics, the call
//! ends once, and whatever was asked has one final answer when it is over.

use crate::kit::{CALLEE, CALLER, Net, Node, agent, by_callee, by_caller, request};
use proptest::prelude::*;
use sidetone_sip::{
    Config,
    api::{CallKey, Command, Event},
    message::{self, Message, Method, name},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What the wire says, or our side wants.
#[derive(Debug, Clone)]
enum Step {
    Say { method: &'static str, number: u32, rack: u8, body: &'static str, more: &'static str },
    Answer { code: u16, tag: &'static str, reliable: bool, rseq: u32, body: &'static str },
    Want(u8),
    Wait(u16),
}

fn say() -> impl Strategy<Value = Step> {
    let method = prop::sample::select(vec![
        "UPDATE", "UPDATE", "PRACK", "PRACK", "INVITE", "INFO", "BYE", "ACK", "ACK", "OPTIONS", "CANCEL",
    ]);
    let body = prop::sample::select(vec!["", "", "offer", "another"]);
    let more = prop::sample::select(vec![
        "",
        "",
        "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n",
        "Supported: timer\r\nSession-Expires: 10\r\n",
        "Require: 100rel\r\nRSeq: x\r\n",
        "Allow: INVITE, PRACK, UPDATE\r\n",
    ]);
    (method, 1u32..12, 0u8..3, body, more).prop_map(|(method, number, rack, body, more)| Step::Say {
        method,
        number,
        rack,
        body,
        more,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let code = prop::sample::select(vec![100u16, 180, 183, 183, 200, 200, 302, 401, 422, 481, 486, 491, 500]);
    let tag = prop::sample::select(vec!["one", "two"]);
    let body = prop::sample::select(vec!["", "answer"]);
    let answer = (code, tag, any::<bool>(), 0u32..4, body)
        .prop_map(|(code, tag, reliable, rseq, body)| Step::Answer { code, tag, reliable, rseq, body });
    prop_oneof![
        5 => say(),
        4 => answer,
        5 => (0u8..7).prop_map(Step::Want),
        2 => (0u16..2_000).prop_map(Step::Wait),
        1 => (20_000u16..60_000).prop_map(Step::Wait),
    ]
}

fn wish(call: CallKey, number: u8) -> Command {
    match number {
        0 => Command::Ring { call },
        1 => Command::EarlyMedia { call, sdp: "early".into() },
        2 => Command::Answer { call, sdp: "answer".into() },
        3 => Command::Offer { call, sdp: "change".into() },
        4 => Command::RefuseOffer { call, code: 488 },
        _ => Command::AnswerOffer { call, sdp: "changed".into() },
    }
}

/// Everything the wire got, read.
fn heard(net: &Net) -> Vec<Message> {
    match net.world.endpoint(CALLEE) {
        Node::Wire(wire) => {
            wire.received.iter().filter_map(|(_, bytes)| message::parse(bytes).ok()).collect()
        }
        Node::Agent(_) => unreachable!(),
    }
}

/// With a branch of its own, so that it is no repetition; a CANCEL has that of its INVITE, the first.
fn branched(text: String, at: usize) -> String {
    let (before, rest) = text.split_once("branch=").unwrap();
    let (_, after) = rest.split_once(";rport").unwrap();
    let branch = if text.starts_with("CANCEL") { "z9hG4bKa".to_owned() } else { format!("z9hG4bKn{at}") };
    format!("{before}branch={branch};rport{after}")
}

fn rack(net: &Net, off: u8) -> String {
    let rseq = heard(net).iter().rev().find_map(|message| message.headers().rseq()).unwrap_or(1);
    format!("RAck: {} 1 INVITE\r\n", rseq + u32::from(off / 2))
}

/// The request that the wire answers: the last one of ours that it heard and that wants an answer.
fn answer(net: &mut Net, code: u16, tag: &str, more: &[(&str, &str)], body: &str) {
    let asked = heard(net).into_iter().rev().find_map(|message| match message {
        Message::Request(request) if request.method != Method::Ack => Some(request),
        Message::Request(_) | Message::Response(_) => None,
    });
    if let Some(request) = asked {
        net.answer(&request, code, tag, more, body);
    }
}

fn run(net: &mut Net, call: CallKey, steps: &[Step], by_hand: impl Fn(&Net, &Step) -> Option<String>) {
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Say { .. } => {
                if let Some(text) = by_hand(net, step) {
                    net.tell(CALLEE, CALLER, branched(text, at));
                    net.world.run_for(Duration::from_millis(30));
                }
            }
            Step::Answer { code, tag, reliable, rseq, body } => {
                let rseq = rseq.to_string();
                let more = [("Require", "100rel"), ("RSeq", rseq.as_str()), ("Allow", "UPDATE, PRACK")];
                answer(net, *code, tag, if *reliable { &more } else { &[] }, body);
                net.world.run_for(Duration::from_millis(30));
            }
            Step::Want(number) => net.command(CALLER, wish(call, *number)),
            Step::Wait(ms) => net.world.run_for(Duration::from_millis(u64::from(*ms))),
        }
    }
    net.command(CALLER, Command::Hangup { call });
    assert!(net.world.run_to_quiescence(Duration::from_secs(3_600)), "it never becomes quiet");
}

/// One final answer for every request, and one end for the call.
fn judge(net: &Net, steps: &[Step]) {
    assert_eq!(net.said(CALLER, |event| matches!(event, Event::Ended { .. })), 1, "{steps:?}");
    let mut answers: BTreeMap<(String, Method), BTreeSet<u16>> = BTreeMap::new();
    for message in heard(net) {
        let Message::Response(response) = message else { continue };
        if response.code >= 200 {
            let branch = response.headers.top_via().unwrap().branch().unwrap().to_owned();
            answers
                .entry((branch, response.headers.cseq().unwrap().method))
                .or_default()
                .insert(response.code);
        }
    }
    for (at, step) in steps.iter().enumerate() {
        let Step::Say { method, .. } = step else { continue };
        if !matches!(*method, "ACK" | "CANCEL") {
            let key = (format!("z9hG4bKn{at}"), Method::parse(method).unwrap());
            let codes = answers.get(&key).map_or(0, BTreeSet::len);
            assert_eq!(codes, 1, "{key:?} of {steps:?}\n{}", net.ladder());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_caller_may_say_anything(steps in prop::collection::vec(step(), 1..40), rel in any::<bool>(), late in any::<bool>()) {
        let config = Config { session_expires: Duration::from_secs(90), ..Config::default() };
        let mut net = Net::of(vec![agent(config, 1), Node::Wire(Default::default())], 1);
        let rel = if rel { "Supported: 100rel, timer\r\n" } else { "" };
        let more = if late { rel.to_owned() } else { format!("{rel}Content-Type: application/sdp\r\n") };
        net.tell(CALLEE, CALLER, request("INVITE", "a", &more, if late { "" } else { "offer" }));
        let call = net.incoming(CALLER);
        net.command(CALLER, Command::Ring { call });
        let to = net.heard_response(CALLEE, 180).headers.get(name::TO).unwrap().to_owned();
        run(&mut net, call, &steps, |net, step| match step {
            Step::Say { method: "CANCEL", more, .. } => Some(request("CANCEL", "a", more, "")),
            Step::Say { method, number, rack: off, body, more } => {
                let rack = if *method == "PRACK" { rack(net, *off) } else { String::new() };
                Some(by_caller(method, *number, &to, &format!("{rack}{more}"), body))
            }
            Step::Answer { .. } | Step::Want(_) | Step::Wait(_) => None,
        });
        judge(&net, &steps);
    }

    #[test]
    fn a_callee_may_say_anything(steps in prop::collection::vec(step(), 1..40)) {
        let config = Config { session_expires: Duration::from_secs(90), ..Config::default() };
        let mut net = Net::of(vec![agent(config, 1), Node::Wire(Default::default())], 1);
        let call = net.call();
        net.world.run_for(Duration::from_millis(30));
        let invite = match heard(&net).remove(0) {
            Message::Request(request) => request,
            Message::Response(_) => unreachable!(),
        };
        run(&mut net, call, &steps, |_, step| match step {
            Step::Say { method, number, rack, body, .. } if *method != "CANCEL" => {
                let tag = if *rack == 0 { "two" } else { "one" };
                Some(by_callee(&invite, tag, method, *number, body))
            }
            Step::Say { .. } | Step::Answer { .. } | Step::Want(_) | Step::Wait(_) => None,
        });
        judge(&net, &steps);
    }
}
