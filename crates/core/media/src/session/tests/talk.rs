//! Whole calls: what one end says is measured where the other hears.

use super::*;

#[test]
fn both_hear_each_other_soon_and_well_in_every_codec() {
    for codec in Codec::ALL {
        let mut call = Call::new(&[codec], GOOD);
        call.ends.iter_mut().for_each(|end| end.says = chirp);
        call.run(8.0);
        for end in [0, 1] {
            let (lag, alike) = delay(chirp, &call.ends[end].heard);
            let lag_ms = lag / 48;
            assert!(alike > 0.95, "{codec:?}: alike {alike}");
            // 20 ms to fill a packet, 5 ms on the way, the rest here.
            assert!((25..=75).contains(&lag_ms), "{codec:?}: {lag_ms} ms");
            let quality = call.quality(end);
            assert_eq!((quality.codec, quality.loss_percent, quality.receiving), (codec.name(), 0.0, true));
            assert!(quality.concealed_percent < 0.1 && quality.jitter_ms < 5.0, "{quality:?}");
            assert_eq!(call.ends[end].events, [Event::MediaStarted]);
        }
    }
}

#[test]
fn a_tone_survives_a_bad_network() {
    let bad = Link { delay_us: 30_000, jitter_us: 40_000, loss_percent: 10, ..GOOD };
    for codec in [Codec::Opus, Codec::Pcma] {
        let mut call = Call::new(&[codec], bad);
        call.ends[0].says = tone;
        call.run(30.0);
        let heard = &call.ends[1].heard;
        let purity = purity(heard, 440.0, 10.0);
        let level = rms_dbfs(&heard[heard.len() - 480_000..]);
        assert!(purity > 90.0, "{codec:?}: {purity} %");
        assert!((level + 13.5).abs() < 2.0, "{codec:?}: {level} dBFS");
        let quality = call.quality(1);
        assert!((7.0..=13.0).contains(&quality.loss_percent), "{quality:?}");
        assert!((5.0..30.0).contains(&quality.jitter_ms), "{quality:?}");
        assert!(quality.buffer_ms < 110.0, "{quality:?}");
    }
}

#[test]
fn reports_tell_loss_and_round_trip_to_both() {
    let link = Link { delay_us: 60_000, jitter_us: 0, loss_percent: 20, ..GOOD };
    let mut call = Call::new(&[Codec::Opus], link);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.run(60.0);
    for end in [0, 1] {
        let quality = call.quality(end);
        let round_trip = quality.round_trip_ms.unwrap();
        assert!((119.0..=125.0).contains(&round_trip), "round trip {round_trip}");
        let remote = quality.remote_loss_percent.unwrap();
        assert!((8.0..=32.0).contains(&remote), "{quality:?}");
        assert!((8..=25).contains(&call.ends[end].rtcp_sent()), "{} reports", call.ends[end].rtcp_sent());
        assert!(call.ends[end].sent.iter().all(|(channel, _)| *channel == Channel::Rtp), "multiplexed");
    }
}

#[test]
fn hold_stops_the_sound_both_ways_but_not_the_reports_and_resume_brings_it_back() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.run(2.0);
    let first = call.ends[0].sent[0].1.clone();
    call.negotiate(Direction::Inactive);
    call.run(0.1);
    let sent = [call.ends[0].rtp_sent(), call.ends[1].rtp_sent()];
    let reports = call.ends[0].rtcp_sent();
    call.run(20.0);
    assert_eq!(sent, [call.ends[0].rtp_sent(), call.ends[1].rtp_sent()]);
    assert!(call.ends[0].rtcp_sent() > reports + 2);
    assert_eq!(rms_dbfs(&call.ends[0].heard[500_000..]), FLOOR_DBFS);
    assert!(!call.quality(0).receiving);
    call.negotiate(Direction::SendRecv);
    call.run(2.0);
    for end in &call.ends {
        assert!(purity(&end.heard, 440.0, 1.0) > 90.0);
    }
    let rtp: Vec<&Bytes> = call.ends[0].sent.iter().map(|(_, b)| b).filter(|b| !is_rtcp(b)).collect();
    let sequence = |packet: &Bytes| u16::from_be_bytes([packet[2], packet[3]]);
    assert!(rtp.iter().all(|packet| packet[8..12] == first[8..12]), "one SSRC");
    assert!(
        rtp.windows(2).all(|two| sequence(two[1]) == sequence(two[0]).wrapping_add(1)),
        "one row of numbers"
    );
    let markers = rtp.iter().filter(|packet| packet[1] & 0x80 != 0).count();
    assert_eq!(markers, 2, "the start and the resume");
    assert_eq!(call.quality(0).loss_percent, 0.0);
}

#[test]
fn our_hold_sends_and_the_held_side_hears() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.negotiate(Direction::SendOnly);
    call.run(3.0);
    assert!(purity(&call.ends[1].heard, 440.0, 1.0) > 90.0);
    assert_eq!(call.ends[1].rtp_sent(), 0);
    assert_eq!(rms_dbfs(&call.ends[0].heard), FLOOR_DBFS);
}

#[test]
fn the_codec_can_change_in_a_call() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.run(2.0);
    assert_eq!(call.quality(0).codec, "opus");
    let [a, b] = &mut call.ends;
    for (end, plan) in [(0u8, &mut *a), (1, &mut *b)] {
        let config = sdp::Config { codecs: vec![Codec::Pcmu], ..plan.negotiation.config().clone() };
        plan.negotiation = Negotiation::new(config, [end; 32]);
    }
    call.negotiate(Direction::SendRecv);
    call.run(2.0);
    for end in [0, 1] {
        assert_eq!(call.quality(end).codec, "PCMU");
        assert!(purity(&call.ends[end].heard, 440.0, 1.0) > 90.0);
    }
}

#[test]
fn digits_arrive_once_each_and_in_order_even_over_a_bad_network() {
    for (codecs, link) in [
        (&[Codec::Opus][..], GOOD),
        (&[Codec::Pcmu][..], Link { delay_us: 20_000, jitter_us: 15_000, loss_percent: 20, ..GOOD }),
    ] {
        let mut call = Call::new(codecs, link);
        call.ends[0].says = tone;
        call.run(1.0);
        assert!("159*#0D55".chars().all(|digit| call.ends[0].session.send_digit(digit)));
        assert!(!call.ends[0].session.send_digit('x'));
        call.run(4.0);
        assert_eq!(call.ends[1].digits(), "159*#0D55");
        assert!(purity(&call.ends[1].heard, 440.0, 1.0) > 80.0, "sound goes on afterwards");
        assert!(!format!("{:?}", call.ends[1].events).contains('9'), "no digit reaches a log");
    }
}

#[test]
fn a_hold_amid_a_digit_does_not_send_it_twice() {
    for codec in Codec::ALL {
        let mut call = Call::new(&[codec], GOOD);
        call.run(1.0);
        assert!("57".chars().all(|digit| call.ends[0].session.send_digit(digit)));
        call.run(0.05);
        call.negotiate(Direction::Inactive);
        call.run(1.0);
        call.negotiate(Direction::SendRecv);
        call.run(1.0);
        assert_eq!(call.ends[1].digits(), "57", "{codec:?}");
    }
}

#[test]
fn goodbye_is_heard_and_ends_everything() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.run(1.0);
    call.ends[0].session.close(call.now);
    call.depart(0, call.now);
    let sent = call.ends[0].sent.len();
    call.run(1.0);
    assert!(call.ends[1].events.contains(&Event::Bye));
    assert_eq!(call.ends[0].sent.len(), sent);
    assert_eq!(call.ends[0].session.poll_timeout(), None);
}

#[test]
fn a_session_may_move_to_the_media_thread() {
    fn movable<T: Send>(_: &T) {}
    movable(&Session::new(Config::default(), [1; 32]));
}

#[test]
fn silence_comes_without_a_click() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends[0].says = tone;
    call.run(2.0);
    call.negotiate(Direction::Inactive);
    call.run(0.1);
    let heard = &call.ends[1].heard[48_000..];
    let step = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(step < 0.03, "step {step}");
    assert_eq!(heard.last(), Some(&0.0));
}

#[test]
fn reports_go_by_their_own_port_where_the_other_side_does_not_multiplex() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    let [a, b] = &mut call.ends;
    let offer = String::from_utf8(a.negotiation.offer(Direction::SendRecv).to_vec()).unwrap();
    let offer = offer.replace("a=rtcp-mux\r\n", "");
    let (answer, plan) = b.negotiation.answer(offer.as_bytes(), Direction::SendRecv).unwrap();
    assert_eq!(plan.remote_rtcp.port(), plan.remote_rtp.port() + 1);
    b.session.apply(call.now, &plan);
    a.session.apply(call.now, &a.negotiation.accept_answer(&answer).unwrap());
    call.run(20.0);
    for end in [0, 1] {
        let sent = &call.ends[end].sent;
        assert!(sent.iter().all(|(channel, bytes)| (*channel == Channel::Rtcp) == is_rtcp(bytes)));
        assert!(call.quality(end).round_trip_ms.is_some());
    }
}
