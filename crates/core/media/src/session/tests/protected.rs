//! Calls whose packets are protected: both hear each other, and nobody else hears or is heard.

use super::*;
use crate::sdp::{KeyAgreement, Policy, Security};

/// An end that protects by this policy, with keys in the description.
fn end(n: u8, policy: Policy) -> End {
    let mut end = End::new(n, &[Codec::Pcmu]);
    let security = Security { policy, keys: vec![KeyAgreement::Sdes], identity: None };
    let config = sdp::Config { security, ..end.negotiation.config().clone() };
    end.negotiation = Negotiation::new(config, [n; 32]);
    end
}

fn call() -> Call {
    let mut call = Call::between([end(1, Policy::Require), end(2, Policy::Offer)], GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call
}

/// What one end makes of these bytes from there.
fn take(call: &mut Call, source: SocketAddr, bytes: &[u8]) -> Result<(), InputError> {
    let now = call.now;
    call.ends[1].session.handle_input(now, Input::Rtp { source, bytes })
}

#[test]
fn both_hear_each_other_through_holds_and_nothing_is_readable() {
    let mut call = call();
    call.run(3.0);
    call.negotiate(Direction::SendOnly);
    call.run(1.0);
    call.negotiate(Direction::SendRecv);
    call.run(3.0);
    for end in &call.ends {
        assert!(purity(&end.heard, 440.0, 1.0) > 95.0);
        let quality = end.session.quality(call.now);
        assert!(quality.loss_percent == 0.0 && quality.concealed_percent < 5.0, "{quality:?}");
        assert!(quality.round_trip_ms.is_some() || end.rtcp_sent() < 2, "reports go, too");
        for (_, packet) in end.sent.iter().filter(|(_, packet)| !is_rtcp(packet)) {
            assert!(packet.len() >= 12 + 160 + 16);
        }
    }
}

#[test]
fn nothing_plain_forged_or_repeated_is_played_or_latched() {
    let mut call = call();
    call.run(1.0);
    let (caller, stranger) = (call.ends[0].address, SocketAddr::from(([203, 0, 113, 6], 4000)));
    let sent = call.ends[0].sent.iter().filter(|(_, packet)| !is_rtcp(packet));
    let protected = sent.rev().nth(2).unwrap().1.clone();
    assert_eq!(take(&mut call, caller, &protected), Err(InputError::Replayed));
    assert_eq!(take(&mut call, stranger, &protected), Err(InputError::Stranger));
    let mut forged = protected.to_vec();
    forged[3] ^= 0x40;
    assert_eq!(take(&mut call, caller, &forged), Err(InputError::NotAuthentic));
    let mut open = vec![0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4];
    open.resize(172, 0x55);
    assert_eq!(take(&mut call, caller, &open), Err(InputError::NotAuthentic));
    assert_eq!(take(&mut call, caller, &[0x80, 201, 0, 1, 1, 2, 3, 4]), Err(InputError::Malformed));
    call.run(1.0);
    assert!(purity(&call.ends[1].heard, 440.0, 0.5) > 95.0);
}

#[test]
fn nothing_that_is_said_is_printed() {
    let mut call = call();
    call.ends[0].session.send_digit('7');
    call.run(1.0);
    let now = call.now;
    call.ends.iter_mut().for_each(|end| (0..2).for_each(|_| end.session.capture(now, &SILENCE)));
    for end in &mut call.ends {
        assert_eq!(format!("{:?}", end.session), "Session(Running)");
        let output = end.session.poll_output().unwrap();
        let Output::Transmit(Transmit { to, payload, .. }) = &output else { panic!() };
        let wanted = format!("Transmit(Transmit({to}, Rtp, {} bytes))", payload.len());
        assert_eq!(format!("{output:?}"), wanted);
    }
    let input = Input::Rtp { source: call.ends[0].address, bytes: b"said" };
    assert_eq!(format!("{input:?}"), "Rtp(4 bytes)");
}

/// Both agree by these policies.
fn agree(call: &mut Call, policies: [Policy; 2]) {
    for ((end, policy), seed) in call.ends.iter_mut().zip(policies).zip([71, 72]) {
        let security = Security { policy, keys: vec![KeyAgreement::Sdes], identity: None };
        let config = sdp::Config { security, ..end.negotiation.config().clone() };
        // As a middle-box does that takes the protection away and brings it back with the keys of before.
        end.negotiation = Negotiation::new(config, [seed; 32]);
    }
    call.negotiate(Direction::SendRecv);
    // What was on its way is of before.
    call.flying.clear();
}

#[test]
fn what_was_heard_before_protection_was_taken_away_is_not_heard_again() {
    let mut call = call();
    agree(&mut call, [Policy::Require, Policy::Offer]);
    call.run(1.0);
    let caller = call.ends[0].address;
    let heard: Vec<Bytes> = (call.ends[0].sent.iter())
        .filter(|(_, packet)| !is_rtcp(packet))
        .map(|(_, packet)| packet.clone())
        .collect();
    agree(&mut call, [Policy::Never, Policy::Never]);
    call.run(0.2);
    agree(&mut call, [Policy::Require, Policy::Offer]);
    let last = heard.len() - 5;
    for packet in &heard[..last] {
        assert!(take(&mut call, caller, packet).is_err());
    }
    call.run(1.0);
    assert!(purity(&call.ends[1].heard, 440.0, 0.5) > 95.0);
}

#[test]
fn only_who_is_authentic_is_latched() {
    let mut call = Call::between([end(1, Policy::Require), end(2, Policy::Offer)], GOOD);
    let stranger = SocketAddr::from(([203, 0, 113, 6], 4000));
    let mut open = vec![0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4];
    open.resize(172, 0x55);
    // Before anybody was heard everybody is listened to, and believed only with the key.
    assert_eq!(take(&mut call, stranger, &open), Err(InputError::NotAuthentic));
    call.run(1.0);
    let now = call.now;
    call.ends[1].session.capture(now, &SILENCE);
    call.ends[1].session.capture(now, &SILENCE);
    while let Some(output) = call.ends[1].session.poll_output() {
        let Output::Transmit(transmit) = output else { continue };
        assert_eq!(transmit.to, call.ends[0].address);
    }
}
