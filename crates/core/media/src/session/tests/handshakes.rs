//! Calls whose keys are agreed on by DTLS: through holds and changes of who is there, over bad networks, by either role,
//! on one channel and on two; and with somebody who is not who was announced.

use super::*;
use crate::sdp::{Identity, KeyAgreement, Policy, Protection, Security};

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap();
    Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der())
}

fn negotiation(n: u8, identity: Identity) -> Negotiation {
    let keys = vec![KeyAgreement::Dtls];
    let security = Security { policy: Policy::Require, keys, identity: Some(identity) };
    let config = End::new(n, &[Codec::Pcmu]).negotiation.config().clone();
    Negotiation::new(sdp::Config { security, ..config }, [n; 32])
}

fn end(n: u8) -> End {
    let negotiation = negotiation(n, identity());
    End { negotiation, says: tone, handshakes: 1, ..End::new(n, &[Codec::Pcmu]) }
}

/// Negotiated with what `change` makes of the offer.
fn call_with(link: Link, change: impl Fn(&str) -> String) -> Call {
    let rng = StdRng::from_seed([9; 32]);
    let (ends, flying) = ([end(1), end(2)], vec![]);
    let mut call = Call { now: start(), tick: 0, ends, link, flying, fates: [(0, 0); 2], rng };
    let [a, b] = &mut call.ends;
    let offer = change(std::str::from_utf8(&a.negotiation.offer(Direction::SendRecv)).unwrap());
    let (answer, plan) = b.negotiation.answer(offer.as_bytes(), Direction::SendRecv).unwrap();
    b.session.apply(call.now, &plan);
    a.session.apply(call.now, &a.negotiation.accept_answer(&answer).unwrap());
    call
}

/// Runs until both have their keys for the `n`th time; after how long.
fn until_secured(call: &mut Call, n: usize) -> Duration {
    let from = call.now;
    while call.ends.iter().any(|end| end.secured() < n) {
        assert!(call.now - from < Duration::from_secs(14), "no keys after 14 s");
        call.step();
    }
    call.now - from
}

fn assert_both_hear(call: &mut Call) {
    call.run(2.0);
    call.ends.iter().for_each(|end| assert!(purity(&end.heard, 440.0, 0.5) > 90.0));
}

#[test]
fn both_shake_hands_and_hear_each_other_through_a_hold() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    assert!(call.ends.iter().all(|end| end.session.reached().is_none()));
    let agreed = call.now;
    call.run(3.0);
    for end in &call.ends {
        let reached = end.session.reached().unwrap();
        // Whatever is said before the keys are there is lost: a round trip at least.
        assert!(reached > agreed + Duration::from_millis(10), "{:?}", reached - agreed);
    }
    call.negotiate(Direction::SendOnly);
    call.run(0.5);
    call.negotiate(Direction::SendRecv);
    call.run(3.0);
    for end in &call.ends {
        assert!(purity(&end.heard, 440.0, 1.0) > 95.0);
        assert_eq!(end.secured(), 1, "the same certificates are the same association");
    }
}

#[test]
fn either_may_begin() {
    for setup in ["actpass", "active", "passive"] {
        let mut call = call_with(GOOD, |offer| offer.replace("setup:actpass", &format!("setup:{setup}")));
        assert!(until_secured(&mut call, 1) < Duration::from_millis(100), "{setup}");
        assert_both_hear(&mut call);
        let begun = call.ends.iter().map(|end| end.sent[0].1[13]).collect::<Vec<u8>>();
        let hello_of = if setup == "active" { 0 } else { 1 };
        assert_eq!(begun[hello_of], 1, "who is active sends the first ClientHello");
    }
}

#[test]
fn rtcp_on_a_channel_of_its_own_has_a_handshake_of_its_own() {
    let mut call = call_with(GOOD, |offer| offer.replace("a=rtcp-mux\r\n", ""));
    until_secured(&mut call, 1);
    call.run(12.0);
    for end in &call.ends {
        assert!(purity(&end.heard, 440.0, 1.0) > 95.0);
        let sent = |channel| end.sent.iter().filter(move |(at, _)| *at == channel);
        assert!(sent(Channel::Rtcp).any(|(_, packet)| packet[0] == 22), "a handshake");
        assert!(sent(Channel::Rtcp).any(|(_, packet)| is_rtcp(packet)), "reports");
        assert!(!sent(Channel::Rtp).any(|(_, packet)| is_rtcp(packet)));
        assert!(end.session.quality(call.now).round_trip_ms.is_some(), "which are understood");
    }
}

/// RFC 6347 section 4.2.4: whatever gets lost, comes twice or out of order, it is sent again until it is answered.
#[test]
fn a_bad_network_delays_a_handshake_and_does_not_end_it() {
    let (mut slowest, mut sum) = (Duration::ZERO, Duration::ZERO);
    for seed in 0..40 {
        let link = Link { delay_us: 40_000, jitter_us: 60_000, loss_percent: 20, twice_percent: 20 };
        let mut call = call_with(link, str::to_owned);
        call.rng = StdRng::from_seed([seed; 32]);
        call.ends.iter_mut().for_each(|end| end.bears = &[InputError::Replayed, InputError::OutOfPlace]);
        let took = until_secured(&mut call, 1);
        (slowest, sum) = (slowest.max(took), sum + took);
        call.link = GOOD;
        assert_both_hear(&mut call);
    }
    assert!(sum / 40 < Duration::from_secs(2), "{:?} on average, {slowest:?} at the most", sum / 40);
}

#[test]
fn any_one_datagram_may_get_lost() {
    for lost in 0..8 {
        let mut call = call_with(GOOD, str::to_owned);
        let mut seen = 0;
        let from = call.now;
        while call.ends.iter().any(|end| end.secured() == 0) {
            assert!(call.now - from < Duration::from_secs(5), "datagram {lost}");
            let before: usize = call.ends.iter().map(|end| end.sent.len()).sum();
            call.step();
            let after: usize = call.ends.iter().map(|end| end.sent.len()).sum();
            // What was sent in this step is the last in flight.
            if (seen..seen + after - before).contains(&lost) && !call.flying.is_empty() {
                call.flying.remove(0);
            }
            seen += after - before;
        }
        assert_both_hear(&mut call);
    }
}

/// Half a second, and twice as long each time: nobody floods a network that is down.
#[test]
fn what_is_not_answered_is_sent_again_less_and_less_often_until_it_is_given_up() {
    let mut call = call_with(Link { loss_percent: 100, ..GOOD }, str::to_owned);
    call.run(30.0);
    for end in &call.ends {
        assert!(end.events.contains(&Event::NotSecured(KeyTrouble::NoAgreement)));
        assert_eq!(end.events.len(), 1, "said once");
    }
    let hellos = call.ends[1].sent.iter().filter(|(_, packet)| packet[0] == 22).count();
    assert!((7..=9).contains(&hellos), "{hellos} of them");
}

/// Who answers is active (RFC 5763 section 5), and their hello overtakes the answer.
#[test]
fn a_hello_that_comes_before_the_answer_is_kept() {
    let mut call = call_with(GOOD, str::to_owned);
    let mut ends = [end(1), end(2)];
    let [a, b] = &mut ends;
    let offer = a.negotiation.offer(Direction::SendRecv);
    let (answer, plan) = b.negotiation.answer(&offer, Direction::SendRecv).unwrap();
    b.session.apply(call.now, &plan);
    call.ends = ends;
    call.run(0.2);
    let a = &mut call.ends[0];
    a.session.apply(call.now, &a.negotiation.accept_answer(&answer).unwrap());
    assert!(until_secured(&mut call, 1) < Duration::from_millis(150), "and not at its next try");
    assert_both_hear(&mut call);
}

#[test]
fn of_what_comes_before_the_answer_little_is_kept() {
    let mut session = Session::new(Config::default(), [1; 32]);
    let source = SocketAddr::from(([192, 0, 2, 9], 4000));
    let mut take = |bytes: &[u8]| session.handle_input(start(), Input::Rtp { source, bytes });
    assert_eq!(take(&[0x80; 172]), Err(InputError::NotRunning));
    assert_eq!(take(&[22; 1_501]), Err(InputError::NotRunning));
    let kept = (0..1_000).filter(|_| take(&[22; 200]).is_ok()).count();
    assert_eq!(kept, 4);
}

/// A server put somebody else there: another certificate is another association (RFC 8842 section 4).
#[test]
fn somebody_else_shakes_hands_anew() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    until_secured(&mut call, 1);
    call.run(1.0);
    call.ends.iter_mut().for_each(|end| end.handshakes = 2);
    // The first packet of another source (RFC 3550 appendix A.1).
    call.ends[0].bears = &[InputError::OutOfPlace];
    call.ends[1].negotiation = negotiation(2, identity());
    call.ends[1].session = Session::new(Config::default(), [77; 32]);
    call.flying.clear();
    call.negotiate(Direction::SendRecv);
    assert!(until_secured(&mut call, 2) < Duration::from_millis(100));
    assert_both_hear(&mut call);
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
    assert_nothing_passed(&call);
}

/// Everybody sees certificates: whose they are is shown by the key alone, whoever begins.
#[test]
fn a_certificate_without_its_key_is_worth_nothing() {
    for thief in 0..2 {
        let mut ends = [end(1), end(2)];
        let (stolen, own) = (identity(), identity());
        let papers = Identity::new(stolen.certificate().to_vec(), own.private_key().to_vec());
        ends[thief].negotiation = negotiation(thief as u8 + 1, papers);
        let mut call = Call::between(ends, GOOD);
        call.run(25.0);
        let honest = &call.ends[1 - thief];
        assert!(honest.events.contains(&Event::NotSecured(KeyTrouble::NoAgreement)), "{thief}");
        assert_nothing_passed(&call);
    }
}

fn assert_nothing_passed(call: &Call) {
    for end in &call.ends {
        assert_eq!(end.secured(), 0);
        assert!(end.heard.iter().all(|sample| *sample == 0.0));
        assert_eq!(end.session.quality(call.now).packets_received, 0);
    }
}

/// Whoever begins again, with another hello, has forgotten the first one.
#[test]
fn who_begins_anew_is_answered_anew() {
    let mut call = call_with(GOOD, str::to_owned);
    call.run(0.02);
    let [a, b] = &mut call.ends;
    let offer = a.negotiation.offer(Direction::SendRecv);
    let (_, plan) = b.negotiation.answer(&offer, Direction::SendRecv).unwrap();
    b.session = Session::new(Config::default(), [44; 32]);
    b.session.apply(call.now, &plan);
    call.flying.clear();
    assert!(until_secured(&mut call, 1) < Duration::from_millis(200));
    assert_both_hear(&mut call);
}

/// Of the two that a call rang at, one began a handshake and the other took the call (RFC 3261 section 13.2.2.4): it goes
/// on shaking.
#[test]
fn somebody_else_who_shakes_hands_first_spoils_nothing() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    let mut other = end(3);
    let mut first = Negotiation::new(call.ends[0].negotiation.config().clone(), [1; 32]);
    let offer = first.offer(Direction::SendRecv);
    let (_, plan) = other.negotiation.answer(&offer, Direction::SendRecv).unwrap();
    other.session.apply(call.now, &plan);
    shake(&mut call, &mut other, 12);
    assert!(call.ends[0].events.is_empty(), "it is not for us to say what they are");
    assert!(until_secured(&mut call, 1) < Duration::from_millis(200));
    assert_both_hear(&mut call);
}

/// Lets somebody else and the first end exchange what they have to say to each other.
fn shake(call: &mut Call, other: &mut End, rounds: usize) {
    let mut held = vec![];
    for _ in 0..rounds {
        while let Some(output) = other.session.poll_output() {
            let Output::Transmit(transmit) = output else { continue };
            let input = Input::Rtp { source: other.address, bytes: &transmit.payload };
            let _ = call.ends[0].session.handle_input(call.now, input);
        }
        while let Some(output) = call.ends[0].session.poll_output() {
            match output {
                Output::Transmit(transmit) if transmit.to == other.address => {
                    let input = Input::Rtp { source: call.ends[0].address, bytes: &transmit.payload };
                    let _ = other.session.handle_input(call.now, input);
                }
                Output::Transmit(_) => {}
                Output::Event(event) => held.push(event),
            }
        }
    }
    call.ends[0].events.extend(held);
}

#[test]
fn nobody_but_somebody_else_is_told_as_such_after_a_while() {
    let mut call = Call::between([end(1), end(2)], Link { loss_percent: 100, ..GOOD });
    let mut other = end(3);
    let mut first = Negotiation::new(call.ends[0].negotiation.config().clone(), [1; 32]);
    let offer = first.offer(Direction::SendRecv);
    let (_, plan) = other.negotiation.answer(&offer, Direction::SendRecv).unwrap();
    other.session.apply(call.now, &plan);
    shake(&mut call, &mut other, 12);
    call.run(2.5);
    assert!(call.ends[0].events.is_empty());
    call.run(1.0);
    assert_eq!(call.ends[0].events, [Event::NotSecured(KeyTrouble::WrongFingerprint)]);
}

#[test]
fn who_is_behind_a_nat_and_has_the_right_certificate_is_the_announced_one() {
    let mut call = Call::between([end(1), end(2)], GOOD);
    call.ends[1].seen_at = Some(SocketAddr::from(([203, 0, 113, 5], 61_000)));
    assert!(until_secured(&mut call, 1) < Duration::from_millis(200));
    assert_both_hear(&mut call);
}

/// Rings for a minute with a description of theirs (183), and nobody there shakes hands before the call is taken.
#[test]
fn patience_begins_when_it_is_agreed_on_once_more() {
    for setup in ["active", "passive"] {
        let mut call = call_with(GOOD, |offer| offer.replace("setup:actpass", &format!("setup:{setup}")));
        let mut plan = call.ends[0].session.state.plan().unwrap().clone();
        call.ends[0].session = Session::new(Config::default(), [5; 32]);
        call.ends[1].session = Session::new(Config::default(), [6; 32]);
        call.ends[0].session.apply(call.now, &plan);
        call.run(60.0);
        call.ends[0].events.clear();
        call.ends[0].session.apply(call.now, &plan);
        if let Protection::Handshake(handshake) = &mut plan.protection {
            let mirrored = match handshake.role {
                sdp::Role::Active => sdp::Role::Passive,
                sdp::Role::Passive => sdp::Role::Active,
            };
            let ours = call.ends[1].negotiation.config().security.identity.clone().unwrap();
            let theirs = call.ends[0].negotiation.config().security.identity.clone().unwrap();
            (handshake.role, handshake.identity) = (mirrored, ours);
            handshake.fingerprint = theirs.fingerprint().clone();
        }
        (plan.remote_rtp, plan.remote_rtcp) = (call.ends[0].address, call.ends[0].address);
        call.ends[1].session.apply(call.now, &plan);
        assert!(until_secured(&mut call, 1) < Duration::from_millis(200), "{setup}");
        assert_both_hear(&mut call);
    }
}

#[test]
fn a_session_that_is_closed_shakes_no_hands() {
    let mut call = Call::between([end(1), end(2)], Link { loss_percent: 100, ..GOOD });
    call.run(0.2);
    call.ends.iter_mut().for_each(|end| end.session.close(call.now));
    assert!(call.ends.iter().all(|end| end.session.poll_timeout().is_none()));
}

/// What really goes over the wire in a handshake, damaged in every way, at every stage of another one.
#[test]
fn whatever_strangers_send_nothing_panics_and_the_handshake_goes_on() {
    let mut genuine = call_with(GOOD, str::to_owned);
    until_secured(&mut genuine, 1);
    let sent = |end: &End| end.sent.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<Bytes>>();
    let seen: Vec<Bytes> = genuine.ends.iter().flat_map(sent).collect();
    let mut rng = StdRng::from_seed([4; 32]);
    for round in 0..40 {
        let mut call = call_with(GOOD, str::to_owned);
        let close_notify = vec![21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0];
        while call.ends.iter().any(|end| end.secured() == 0) {
            assert!(call.tick < 100, "round {round}");
            for (n, to) in (0..100).map(|n| (n, n % 2)) {
                let source = SocketAddr::from(([203, 0, 113, 1 + n as u8], 4_000));
                let genuine = &seen[rng.random_range(0..seen.len())];
                let bytes = if n < 2 { close_notify.clone() } else { damaged(genuine, &mut rng) };
                let _ = call.ends[to].session.handle_input(call.now, Input::Rtp { source, bytes: &bytes });
                call.depart_to_its_peer(to);
            }
            call.step();
        }
    }
}

/// The same from where the other side is: what it spoils is spoilt, but nothing panics.
#[test]
fn whatever_seems_to_come_from_the_other_side_nothing_panics() {
    let mut genuine = call_with(GOOD, str::to_owned);
    until_secured(&mut genuine, 1);
    let sent = |end: &End| end.sent.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<Bytes>>();
    let seen: Vec<Bytes> = genuine.ends.iter().flat_map(sent).collect();
    let mut rng = StdRng::from_seed([5; 32]);
    let mut secured = 0;
    for _ in 0..80 {
        let mut call = call_with(GOOD, str::to_owned);
        call.ends.iter_mut().for_each(|end| end.handshakes = usize::MAX);
        let (spoilt, to) = (rng.random_range(0..8), rng.random_range(0..2));
        for step in 0..200 {
            if step == spoilt {
                let source = call.ends[1 - to].address;
                let bytes = damaged(&seen[rng.random_range(0..seen.len())], &mut rng);
                let _ = call.ends[to].session.handle_input(call.now, Input::Rtp { source, bytes: &bytes });
            }
            call.step();
        }
        secured += usize::from(call.ends.iter().all(|end| end.secured() > 0));
    }
    assert!(secured > 20, "{secured} of 80 bore it");
}

/// With some bytes changed, cut, doubled, or made of another.
fn damaged(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(0..6) {
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..5) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = *[0, 1, 22, 0x7F, 0xFE, 0xFF].get(rng.random_range(0..6)).unwrap(),
            2 => bytes.truncate(at.max(1)),
            3 => bytes.extend_from_within(at..),
            _ => {
                let to = rng.random_range(0..bytes.len());
                bytes.swap(at, to);
            }
        }
    }
    bytes.truncate(1_500);
    bytes
}
