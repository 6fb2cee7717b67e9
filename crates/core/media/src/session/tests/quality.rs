//! What both ends measure of the link between them, against what the link did; and why a call sounds bad.

use super::*;
use crate::level::FLOOR_DBFS;
use crate::quality::{Cause, Link as Route, Surroundings};

fn speaks() -> Surroundings {
    Surroundings { microphone_dbfs: Some(-20.0), ..Surroundings::default() }
}

fn talking(codecs: &[Codec], link: Link) -> Call {
    let mut call = Call::new(codecs, link);
    for end in &mut call.ends {
        end.says = chirp;
        end.session.set_surroundings(speaks());
    }
    call
}

#[test]
fn both_find_what_the_link_dropped() {
    for codec in [Codec::Opus, Codec::Pcmu] {
        let link = Link { delay_us: 40_000, jitter_us: 0, loss_percent: 8, ..GOOD };
        let mut call = talking(&[codec], link);
        call.run(60.0);
        for end in [0, 1] {
            let (sent, dropped) = call.fates[end];
            let summary = call.ends[end].session.summary().unwrap();
            let truth = 100.0 * dropped as f32 / sent as f32;
            // What was dropped at the very end is not missed yet, nor what is still on its way.
            assert!((summary.loss_percent - truth).abs() < 0.2, "{} is not {truth}", summary.loss_percent);
            assert_eq!(summary.discarded_percent, 0.0);
            // The other end says the same of the same packets, by its reports.
            let there = call.ends[1 - end].session.summary().unwrap();
            let said = there.detail.told.expect("a report about us").lost_percent;
            assert!((said - truth).abs() < 1.5, "{said} was said, {truth} is true");
            let mean = there.remote_loss_percent.unwrap();
            assert!((mean - truth).abs() < 2.5, "{mean} on average, {truth} is true");
        }
    }
}

#[test]
fn both_find_the_delay_of_the_link() {
    let mut call = talking(&[Codec::Opus], Link { delay_us: 90_000, ..GOOD });
    call.run(30.0);
    for end in [0, 1] {
        let quality = call.quality(end);
        let (round_trip, delay) = (quality.round_trip_ms.unwrap(), quality.delay_ms.unwrap());
        assert!((179.0..=186.0).contains(&round_trip), "{round_trip}");
        // What is heard is what was said so long ago; devices are not in it here.
        let (lag, _) = super::delay(chirp, &call.ends[end].heard);
        let lag_ms = lag as f32 / 48.0;
        assert!((delay - lag_ms).abs() < 25.0, "estimated {delay} ms, measured {lag_ms} ms");
    }
}

#[test]
fn bursts_are_told_from_losses_by_chance() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    for _ in 0..20 {
        call.link.loss_percent = 0;
        call.run(2.0);
        call.link.loss_percent = 100;
        call.run(0.1);
    }
    call.link.loss_percent = 0;
    call.run(1.0);
    let metrics = call.ends[0].session.summary().unwrap().detail.found.unwrap();
    assert!(metrics.bursts.missing_percent > 99.0, "{metrics:?}");
    let length = metrics.bursts.length.as_millis();
    assert!((80..=120).contains(&length), "{metrics:?}");
    assert!((1_800..=2_100).contains(&metrics.gaps.length.as_millis()), "{metrics:?}");
}

#[test]
fn a_good_call_is_good_and_nothing_is_wrong_with_it() {
    for codec in Codec::ALL {
        let mut call = talking(&[codec], GOOD);
        for _ in 0..60 {
            call.run(1.0);
            assert_eq!([call.quality(0).cause, call.quality(1).cause], [None, None]);
        }
        let opinion = call.quality(0).opinion.unwrap();
        assert!(opinion.listening.mos() > 4.2, "{codec:?}: {opinion:?}");
        assert!(opinion.conversation.unwrap().mos() > 4.2, "{codec:?}: {opinion:?}");
        let summary = call.ends[0].session.summary().unwrap();
        assert_eq!((summary.worst, summary.loss_percent), (None, 0.0));
    }
}

#[test]
fn figures_are_of_the_last_seconds_and_the_summary_of_the_whole_call() {
    let mut call = talking(&[Codec::Pcmu], Link { loss_percent: 20, ..GOOD });
    call.ends[0].session.set_surroundings(Surroundings { link: Route::Wireless, ..speaks() });
    call.run(20.0);
    let bad = call.quality(0);
    assert!((10.0..30.0).contains(&bad.loss_percent), "{bad:?}");
    assert!(matches!(bad.cause, Some(Cause::NetworkDrops { link: Route::Wireless, .. })), "{bad:?}");
    assert!(bad.opinion.unwrap().listening.mos() < 3.3, "{bad:?}");
    call.link.loss_percent = 0;
    call.run(20.0);
    let good = call.quality(0);
    assert_eq!((good.loss_percent, good.cause), (0.0, None));
    assert!(good.opinion.unwrap().listening.mos() > 4.3, "{good:?}");
    let summary = call.ends[0].session.summary().unwrap();
    assert!((5.0..15.0).contains(&summary.loss_percent), "{summary:?}");
    assert!(
        matches!(summary.worst, Some((Cause::NetworkDrops { .. }, seconds)) if seconds > 10),
        "{summary:?}"
    );
}

#[test]
fn a_party_who_says_nothing_and_one_who_is_gone_are_told_apart() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    call.run(10.0);
    call.ends[1].says = |_| 0.0;
    let silent = Surroundings { microphone_dbfs: Some(FLOOR_DBFS), ..speaks() };
    call.ends[1].session.set_surroundings(silent);
    call.run(15.0);
    assert_eq!(call.quality(0).cause, Some(Cause::FarSilent));
    assert_eq!(call.quality(1).cause, Some(Cause::MicrophoneSilent));
    call.ends[1].session.set_surroundings(Surroundings::default());
    call.run(8.0);
    assert_eq!(call.quality(1).cause, None, "whoever is muted knows it");
    call.link.loss_percent = 100;
    call.run(6.0);
    assert_eq!(call.quality(0).cause, Some(Cause::NothingArrives));
}

#[test]
fn what_stalled_in_calls_before_is_not_this_calls() {
    let mut call = Call::new(&[Codec::Pcmu], GOOD);
    let stalled = |call: &mut Call, stalls| {
        call.ends[0].session.set_surroundings(Surroundings { stalls, ..speaks() });
    };
    call.ends[1].says = chirp;
    stalled(&mut call, 40);
    call.run(5.0);
    assert_eq!(call.quality(0).cause, None);
    stalled(&mut call, 50);
    call.run(5.0);
    assert!(matches!(call.quality(0).cause, Some(Cause::Busy { .. })), "{:?}", call.quality(0));
}

#[test]
fn sound_that_never_gets_there_is_noticed() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    // The second end's RTP port is closed to us; reports pass both ways.
    for _ in 0..4_000 {
        call.flying.retain(|flying| flying.to == 0 || is_rtcp(&flying.bytes));
        call.step();
    }
    assert_eq!(call.quality(0).cause, Some(Cause::NotReached));
    assert_eq!(call.quality(1).cause, Some(Cause::NothingArrives));
}

#[test]
fn extended_reports_go_only_to_whom_asked_for_them() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    let [a, b] = &mut call.ends;
    let offer = String::from_utf8(a.negotiation.offer(Direction::SendRecv).to_vec()).unwrap();
    assert!(offer.contains("a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n"), "{offer}");
    let offer = offer.replace("a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n", "");
    let (answer, plan) = b.negotiation.answer(offer.as_bytes(), Direction::SendRecv).unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains("rtcp-xr"));
    b.session.apply(call.now, &plan);
    a.session.apply(call.now, &a.negotiation.accept_answer(&answer).unwrap());
    call.run(20.0);
    for end in &call.ends {
        let reports = end.sent.iter().filter(|(_, bytes)| is_rtcp(bytes));
        assert!(reports.clone().count() > 2);
        for (_, bytes) in reports {
            assert!(
                rtcp_types::Compound::parse(bytes)
                    .unwrap()
                    .all(|p| !matches!(p, Ok(rtcp_types::Packet::Xr(_))))
            );
        }
    }
}

#[test]
fn what_the_party_before_said_is_not_told_of_the_one_who_talks_now() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    call.run(20.0);
    let before = call.ends[0].session.summary().unwrap().detail;
    assert!(before.told.is_some());
    // Behind a server the call goes on with somebody else, who sends no reports.
    let [a, b] = &mut call.ends;
    let offer = a.negotiation.offer(Direction::SendRecv);
    let (answer, plan) = b.negotiation.answer(&offer, Direction::SendRecv).unwrap();
    // The first packets of a new source are on probation (RFC 3550 appendix A.1).
    a.bears = &[InputError::OutOfPlace];
    b.session = Session::new(Config::default(), [77; 32]);
    b.session.apply(call.now, &plan);
    a.session.apply(call.now, &a.negotiation.accept_answer(&answer).unwrap());
    for _ in 0..2_000 {
        call.flying.retain(|flying| flying.to == 1 || !is_rtcp(&flying.bytes));
        call.step();
    }
    let after = call.ends[0].session.summary().unwrap().detail;
    assert_ne!(after.stream.unwrap().their_ssrc, before.stream.unwrap().their_ssrc);
    assert_eq!(after.told, None);
}

#[test]
fn the_last_words_are_a_report_who_we_are_how_it_was_and_goodbye() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    call.run(10.0);
    call.ends[0].session.close(call.now);
    call.depart(0, call.now);
    let (_, last) = call.ends[0].sent.last().unwrap();
    let kinds: Vec<u8> = {
        let mut kinds = vec![];
        let mut rest = &last[..];
        while rest.len() >= 4 {
            kinds.push(rest[1]);
            rest = &rest[4 * (usize::from(u16::from_be_bytes([rest[2], rest[3]])) + 1)..];
        }
        kinds
    };
    assert_eq!(kinds, [200, 202, 207, 203], "SR, SDES, XR, BYE");
    assert!(call.ends[0].session.summary().is_some(), "what it was like is known afterwards");
}

#[test]
fn a_burst_that_is_too_long_to_be_played_is_discarded_and_not_lost() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    call.run(5.0);
    let resumes = call.now + Duration::from_secs(1);
    for _ in 0..100 {
        call.step();
        call.flying.iter_mut().filter(|flying| flying.to == 1).for_each(|flying| flying.arrival = resumes);
    }
    call.run(14.0);
    let summary = call.ends[1].session.summary().unwrap();
    // 50 packets came at once, and 400 ms of them may wait: 30 of 1000 were not played.
    assert_eq!(summary.loss_percent, 0.0);
    assert!((2.5..4.0).contains(&summary.discarded_percent), "{}", summary.discarded_percent);
    let said = call.ends[0].session.summary().unwrap().detail.told.expect("a report about us");
    assert!((2.0..6.0).contains(&said.discarded_percent) && said.lost_percent == 0.0, "{said:?}");
}

#[test]
fn what_nobody_agreed_on_is_not_heard_and_not_lost() {
    let mut call = talking(&[Codec::Pcmu], GOOD);
    for n in 0..500 {
        call.step();
        if n % 10 == 0 {
            for flying in call.flying.iter_mut().filter(|flying| flying.to == 1 && !is_rtcp(&flying.bytes)) {
                let mut bytes = flying.bytes.to_vec();
                bytes[1] = 77;
                flying.bytes = bytes.into();
            }
        }
    }
    let summary = call.ends[1].session.summary().unwrap();
    assert_eq!((summary.loss_percent, summary.discarded_percent), (0.0, 0.0));
    // One is still on its way.
    assert!(call.quality(1).packets_received + 1 >= call.fates[1].0);
}
