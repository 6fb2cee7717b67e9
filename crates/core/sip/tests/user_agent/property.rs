//! Any commands in any order over any network: nothing panics, every call ends exactly once, and nothing is said of it
//! after that.

use crate::kit::{CALLEE, CALLER, Net, Node, address, agent, place};
use proptest::prelude::*;
use sidetone_sim::Link;
use sidetone_sip::{
    Config,
    api::{CallKey, Command, Event, ReferKey, TransferTarget, Transport},
};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Clone)]
enum Act {
    Call,
    Ring,
    EarlyMedia,
    Answer,
    Reject,
    Hangup,
    Offer,
    AnswerOffer,
    RefuseOffer,
    Transfer,
    TransferTo(u32),
    FollowRefer(u32),
    RefuseRefer,
    SendDigit,
    Wait(u16),
    Bad(u8),
}

fn act() -> impl Strategy<Value = (usize, u32, Act)> {
    let acts = prop_oneof![
        3 => Just(Act::Call),
        2 => Just(Act::Ring),
        2 => Just(Act::EarlyMedia),
        4 => Just(Act::Answer),
        1 => Just(Act::Reject),
        2 => Just(Act::Hangup),
        3 => Just(Act::Offer),
        3 => Just(Act::AnswerOffer),
        1 => Just(Act::RefuseOffer),
        1 => Just(Act::Transfer),
        2 => (0u32..6).prop_map(Act::TransferTo),
        2 => (0u32..6).prop_map(Act::FollowRefer),
        1 => Just(Act::RefuseRefer),
        1 => Just(Act::SendDigit),
        6 => (0u16..3_000).prop_map(Act::Wait),
        1 => (30_000u16..60_000).prop_map(Act::Wait),
        1 => (0u8..60).prop_map(Act::Bad),
    ];
    (0usize..2, 0u32..6, acts)
}

fn command(net: &Net, index: usize, number: u32, act: &Act) -> Option<Command> {
    let (call, other) = (CallKey(number), 1 - index);
    Some(match act {
        Act::Call => {
            let target = format!("sip:100@{}", address(other));
            place(call, &target, Some(net.flow(index, other)))
        }
        Act::Ring => Command::Ring { call },
        Act::EarlyMedia => Command::EarlyMedia { call, sdp: "early".into() },
        Act::Answer => Command::Answer { call, sdp: "answer".into() },
        Act::Reject => Command::Reject { call, code: 486 },
        Act::Hangup => Command::Hangup { call },
        Act::Offer => Command::Offer { call, sdp: "change".into() },
        Act::AnswerOffer => Command::AnswerOffer { call, sdp: "changed".into() },
        Act::RefuseOffer => Command::RefuseOffer { call, code: 488 },
        Act::Transfer => {
            let target = TransferTarget::Uri(format!("sip:100@{}", address(other)));
            Command::Transfer { call, target }
        }
        Act::TransferTo(other) => Command::Transfer { call, target: TransferTarget::Call(CallKey(*other)) },
        Act::FollowRefer(refer) => Command::FollowRefer { refer: ReferKey(*refer), call },
        Act::RefuseRefer => Command::RefuseRefer { refer: ReferKey(number), code: 603 },
        Act::SendDigit => Command::SendDigit { call, digit: '5' },
        Act::Wait(_) | Act::Bad(_) => return None,
    })
}

/// Loses this share, repeats some, lets later ones overtake, and spoils a few.
fn bad(percent: u8) -> Link {
    let jitter = Duration::from_millis(u64::from(percent) * 10);
    Link {
        loss: f64::from(percent) / 100.0,
        duplication: 0.1,
        jitter,
        corruption: f64::from(percent % 7) / 50.0,
        ..Link::default()
    }
}

fn key_of(event: &Event) -> Option<CallKey> {
    match event {
        Event::IncomingCall(incoming) => Some(incoming.call),
        Event::Progress { call, .. }
        | Event::Answered { call, .. }
        | Event::Confirmed { call, .. }
        | Event::OfferReceived { call, .. }
        | Event::OfferAnswered { call, .. }
        | Event::OfferRefused { call, .. }
        | Event::PathChanged { call, .. }
        | Event::PeerChanged { call, .. }
        | Event::Digit { call, .. }
        | Event::Asked { call, .. }
        | Event::TransferProgress { call, .. }
        | Event::TransferEnded { call, .. }
        | Event::Ended { call, .. } => Some(*call),
        Event::ReferReceived(refer) => refer.call,
        Event::Registered { .. }
        | Event::RegistrationFailed { .. }
        | Event::Unregistered { .. }
        | Event::Binding { .. }
        | Event::Located { .. }
        | Event::Subscription { .. }
        | Event::Notified { .. }
        | Event::Published { .. }
        | Event::MessageSent { .. }
        | Event::Reported { .. }
        | Event::MessagesWaiting { .. }
        | Event::MessageReceived(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_call_ends_exactly_once(acts in prop::collection::vec(act(), 1..60), seed in any::<u64>(), tcp in any::<bool>()) {
        let brief = Config { session_expires: Duration::from_secs(90), ..Config::default() };
        let mut net = Net::of(vec![agent(brief, 1), agent(Config::default(), 2)], seed);
        if tcp {
            net.transport = Transport::Tcp;
        }
        let mut used = [Vec::new(), Vec::new()];
        for (index, number, act) in &acts {
            match act {
                Act::Wait(ms) => net.world.run_for(Duration::from_millis(u64::from(*ms))),
                Act::Bad(percent) => net.world.set_links(bad(*percent)),
                Act::Call => {
                    // Keys are never used twice: a fresh one each time.
                    let key = net.world.act(*index, |_, node| match node {
                        Node::Agent(agent) => agent.ua.new_call_key(),
                        Node::Wire(_) => unreachable!(),
                    });
                    used[*index].push(key);
                    let call = command(&net, *index, key.0, act).unwrap();
                    net.command(*index, call);
                }
                _ => {
                    let command = command(&net, *index, *number, act).unwrap();
                    net.command(*index, command);
                }
            }
        }
        for index in [CALLER, CALLEE] {
            for number in 0..200 {
                net.command(index, Command::Hangup { call: CallKey(number) });
            }
        }
        prop_assert!(net.world.run_to_quiescence(Duration::from_secs(3_600)), "{}", net.ladder());
        for index in [CALLER, CALLEE] {
            let Node::Agent(agent) = net.world.endpoint(index) else { unreachable!() };
            prop_assert!(!agent.ua.is_waiting() && agent.ua.poll_timeout().is_none(), "{}", net.ladder());
            let mut ends: BTreeMap<CallKey, u32> = used[index].iter().map(|key| (*key, 0)).collect();
            for event in &agent.events {
                let Some(key) = key_of(event) else { continue };
                let count = ends.entry(key).or_default();
                prop_assert_eq!(*count, 0, "{:?} after its end\n{}", event, net.ladder());
                *count += u32::from(matches!(event, Event::Ended { .. }));
            }
            prop_assert!(ends.values().all(|count| *count == 1), "{:?}\n{}", ends, net.ladder());
        }
    }
}
