//! Calls whose keys are agreed on by DTLS: through a hold, with somebody who is not who was announced, and with noise.

use super::*;
use crate::sdp::{Identity, KeyAgreement, Policy, Protection, Security};

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap();
    Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der())
}

fn end(n: u8) -> End {
    let mut end = End::new(n, &[Codec::Pcmu]);
    let keys = vec![KeyAgreement::Dtls];
    let security = Security { policy: Policy::Require, keys, identity: Some(identity()) };
    let config = sdp::Config { security, ..end.negotiation.config().clone() };
    end.negotiation = Negotiation::new(config, [n; 32]);
    end.says = tone;
    end
}

#[test]
fn both_shake_hands_and_hear_each_other_through_a_hold() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    call.run(3.0);
    call.negotiate(Direction::SendOnly);
    call.run(0.5);
    call.negotiate(Direction::SendRecv);
    call.run(3.0);
    for end in &call.ends {
        assert!(purity(&end.heard, 440.0, 1.0) > 95.0);
        assert_eq!(end.events.iter().filter(|event| **event == Event::Secured).count(), 1, "once");
    }
}

#[test]
fn who_is_not_who_was_announced_is_refused_and_nothing_passes() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    // Somebody between has put another fingerprint into the description.
    let mut ends = [end(1), end(2)];
    let [a, b] = &mut ends;
    let offer = a.negotiation.offer(Direction::SendRecv);
    let (answer, mut plan) = b.negotiation.answer(&offer, Direction::SendRecv).unwrap();
    if let Protection::Handshake(handshake) = &mut plan.protection {
        handshake.fingerprint = identity().fingerprint().clone();
    }
    b.session.apply(call.now, &plan);
    a.session.apply(call.now, &a.negotiation.accept_answer(&answer).unwrap());
    call.ends = ends;
    call.run(25.0);
    assert!(call.ends[1].events.contains(&Event::NotSecured(KeyTrouble::WrongFingerprint)));
    assert!(call.ends[0].events.contains(&Event::NotSecured(KeyTrouble::NoAgreement)));
    for end in &call.ends {
        assert!(end.heard.iter().all(|sample| *sample == 0.0));
        assert_eq!(end.session.quality(call.now).packets_received, 0);
    }
}

#[test]
fn noise_in_a_handshake_harms_nobody() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    let source = call.ends[0].address;
    let mut rng = StdRng::from_seed([4; 32]);
    for round in 0..300 {
        let mut bytes: Vec<u8> = (0..rng.random_range(1..200)).map(|_| rng.random()).collect();
        bytes[0] = rng.random_range(20..=63);
        if round % 2 == 0 && bytes.len() > 13 {
            // A handshake record of the first epoch.
            let length = (bytes.len() - 13) as u8;
            bytes[..13].copy_from_slice(&[22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, round as u8, 0, length]);
        }
        let _ = call.ends[1].session.handle_input(call.now, Input::Rtp { source, bytes: &bytes });
        call.ends[1].session.handle_timeout(call.now);
    }
    call.run(0.1);
}
