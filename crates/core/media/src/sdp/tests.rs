//! Offers and answers between us, and with descriptions as other people's phones write them.

use super::*;
use crate::codec::Codec;
use proptest::prelude::*;

fn ours(port: u16) -> Negotiation {
    Negotiation::new(Config::new(([192, 0, 2, 1], port).into()), [1; 32])
}

fn text(sdp: &[u8]) -> &str {
    std::str::from_utf8(sdp).unwrap()
}

/// The `o=` line's version.
fn version(sdp: &[u8]) -> u64 {
    text(sdp).lines().nth(1).unwrap().split(' ').nth(2).unwrap().parse().unwrap()
}

/// A description with these lines after its head.
fn theirs(lines: &[&str]) -> Vec<u8> {
    let head = ["v=0", "o=- 1 1 IN IP4 198.51.100.9", "s=-", "c=IN IP4 198.51.100.9", "t=0 0"];
    let mut sdp = String::new();
    head.iter().chain(lines).for_each(|line| sdp += &format!("{line}\r\n"));
    sdp.into_bytes()
}

fn answer(lines: &[&str], direction: Direction) -> Result<(String, Plan), SdpError> {
    ours(4000).answer(&theirs(lines), direction).map(|(sdp, plan)| (text(&sdp).to_owned(), plan))
}

const PCMU: &[&str] = &["m=audio 5000 RTP/AVP 0"];

#[test]
fn two_of_us_agree_on_opus_with_digits_at_its_clock() {
    let (mut a, mut b) = (ours(4000), ours(6000));
    let offer = a.offer(Direction::SendRecv);
    let (answer, b_plan) = b.answer(&offer, Direction::SendRecv).unwrap();
    let a_plan = a.accept_answer(&answer).unwrap();
    for (plan, port) in [(&a_plan, 6000), (&b_plan, 4000)] {
        assert_eq!(plan.codec, Codec::Opus);
        assert_eq!(plan.remote_rtp, SocketAddr::from(([192, 0, 2, 1], port)));
        assert_eq!(plan.remote_rtcp, plan.remote_rtp);
        assert!(plan.rtcp_mux && plan.opus.fec);
        assert_eq!(plan.telephone_event.unwrap().clock_rate, 48_000);
        assert_eq!(plan.direction, Direction::SendRecv);
        assert_eq!(plan.ptime, Duration::from_millis(20));
    }
    assert_eq!(a_plan.send.speech, b_plan.receive[0].0);
    assert_eq!(a_plan.receive.len(), 4, "any codec that we offered may come");
}

#[test]
fn our_offer_says_what_the_rfcs_ask_for() {
    let mut a = ours(4000);
    let offer = a.offer(Direction::SendRecv);
    let expected = [
        "c=IN IP4 192.0.2.1",
        "m=audio 4000 RTP/AVP 96 9 0 8 101 102",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1;stereo=0;sprop-stereo=0",
        "a=rtpmap:9 G722/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=rtpmap:102 telephone-event/48000",
        "a=ptime:20",
        "a=rtcp-mux",
        "a=sendrecv",
    ];
    let lines: Vec<&str> = text(&offer).split("\r\n").collect();
    expected.iter().for_each(|line| assert!(lines.contains(line), "{line} in {lines:#?}"));
    assert!(!text(&offer).contains("a=rtcp:"), "the next port needs no word");
    let address = ([192, 0, 2, 1], 4000).into();
    let mut odd = Negotiation::new(Config { rtcp_port: 4711, ..Config::new(address) }, [1; 32]);
    assert!(text(&odd.offer(Direction::SendRecv)).contains("a=rtcp:4711\r\n"));
}

#[test]
fn the_order_of_codecs_is_ours_to_configure() {
    let address = ([192, 0, 2, 1], 4000).into();
    let config = Config { codecs: vec![Codec::Pcma, Codec::Opus], ..Config::new(address) };
    let mut a = Negotiation::new(config.clone(), [1; 32]);
    assert!(text(&a.offer(Direction::SendRecv)).contains("m=audio 4000 RTP/AVP 8 96 101 102"));
    let offer = theirs(&["m=audio 5000 RTP/AVP 111 8", "a=rtpmap:111 opus/48000/2"]);
    let (_, plan) = Negotiation::new(config, [1; 32]).answer(&offer, Direction::SendRecv).unwrap();
    assert_eq!(plan.codec, Codec::Pcma);
}

#[test]
fn the_offerers_numbers_are_kept_now_and_in_our_later_offers() {
    let mut b = ours(4000);
    let lines = [
        "m=audio 5000 RTP/AVP 96 107",
        "a=rtpmap:96 telephone-event/48000",
        "a=rtpmap:107 OPUS/48000/2",
        "a=fmtp:107 useinbandfec=0; maxaveragebitrate=16000;cbr=1",
    ];
    let (answer, plan) = b.answer(&theirs(&lines), Direction::SendRecv).unwrap();
    assert!(text(&answer).contains("m=audio 4000 RTP/AVP 107 96\r\n"));
    assert_eq!(
        (plan.send.speech, plan.receive.as_slice()),
        (107, &[(107, Payload::Speech(Codec::Opus))][..])
    );
    assert_eq!(plan.telephone_event.unwrap().send_payload_type, 96);
    let wishes = OpusWishes { cbr: true, max_bitrate: Some(16_000), ..OpusWishes::default() };
    assert_eq!(plan.opus, wishes);
    assert!(text(&b.offer(Direction::SendOnly)).contains("m=audio 4000 RTP/AVP 107 9 0 8 101 96\r\n"));
}

#[test]
fn an_answer_with_other_numbers_is_sent_by_its_own() {
    let mut a = ours(4000);
    a.offer(Direction::SendRecv);
    let lines =
        ["m=audio 5000 RTP/AVP 120 100", "a=rtpmap:120 opus/48000/2", "a=rtpmap:100 telephone-event/8000"];
    let plan = a.accept_answer(&theirs(&lines)).unwrap();
    assert_eq!(plan.send.speech, 120);
    assert_eq!(plan.receive[0], (96, Payload::Speech(Codec::Opus)));
    let event = TelephoneEvent { send_payload_type: 100, receive_payload_type: 101, clock_rate: 8_000 };
    assert_eq!(plan.telephone_event, Some(event), "the classic clock, where there is no other");
}

#[test]
fn of_several_answers_to_one_offer_the_newest_holds() {
    let mut a = ours(4000);
    a.offer(Direction::SendRecv);
    // A fork: an announcement of one phone, then of another, and the first is the one that is taken.
    let announced = a.accept_answer(&theirs(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    let other = a.accept_answer(&theirs(&["m=audio 6000 RTP/AVP 8"])).unwrap();
    let taken = a.accept_answer(&theirs(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    assert_eq!((announced.codec, announced.remote_rtp.port()), (Codec::Pcmu, 5000));
    assert_eq!((other.codec, other.remote_rtp.port()), (Codec::Pcma, 6000));
    assert_eq!(taken, announced);
}

#[test]
fn directions_are_answered_as_rfc_3264_section_6_1_says() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    for (offered, wanted, answered) in [
        (SendRecv, SendRecv, SendRecv),
        (SendRecv, SendOnly, SendOnly),
        (SendOnly, SendRecv, RecvOnly),
        (SendOnly, SendOnly, Inactive),
        (RecvOnly, SendRecv, SendOnly),
        (RecvOnly, SendOnly, SendOnly),
        (Inactive, SendRecv, Inactive),
    ] {
        let attribute = format!("a={}", offered.name());
        let (sdp, plan) = answer(&[PCMU[0], &attribute], wanted).unwrap();
        assert_eq!(plan.direction, answered, "{offered:?} {wanted:?}");
        assert!(sdp.contains(&format!("a={}\r\n", answered.name())));
        assert_eq!(plan.held_by_them(), !offered.receives());
    }
}

#[test]
fn hold_and_resume_change_the_version_and_nothing_else_of_the_origin() {
    let (mut a, mut b) = (ours(4000), ours(6000));
    let first = a.offer(Direction::SendRecv);
    let (said, _) = b.answer(&first, Direction::SendRecv).unwrap();
    a.accept_answer(&said).unwrap();
    let hold = a.offer(Direction::SendOnly);
    assert_eq!(version(&hold), version(&first) + 1);
    let (held, plan) = b.answer(&hold, Direction::SendRecv).unwrap();
    assert_eq!(plan.direction, Direction::RecvOnly);
    assert!(plan.held_by_them());
    assert_eq!(version(&held), version(&said) + 1);
    assert_eq!(a.accept_answer(&held).unwrap().direction, Direction::SendOnly);
    let resume = a.offer(Direction::SendRecv);
    assert_eq!(version(&resume), version(&first) + 2);
    assert_eq!(
        version(&a.offer(Direction::SendRecv)),
        version(&resume),
        "the same again is the same version"
    );
    let origin = |sdp: &[u8]| text(sdp).lines().nth(1).unwrap().split(' ').nth(1).unwrap().to_owned();
    assert_eq!(origin(&first), origin(&resume));
}

#[test]
fn a_move_to_another_network_is_another_version() {
    let mut a = ours(4000);
    let first = a.offer(Direction::SendRecv);
    a.set_local(([198, 51, 100, 1], 4000).into(), 4001, None);
    let moved = a.offer(Direction::SendRecv);
    assert_eq!(version(&moved), version(&first) + 1);
    assert!(text(&moved).contains("c=IN IP4 198.51.100.1\r\n"));
}

#[test]
fn the_old_way_to_hold_is_understood() {
    let (sdp, plan) = answer(&["m=audio 5000 RTP/AVP 0", "c=IN IP4 0.0.0.0"], Direction::SendRecv).unwrap();
    assert!(plan.held_by_them() && plan.remote_rtp.ip().is_unspecified());
    assert_eq!(plan.direction, Direction::RecvOnly);
    assert!(sdp.contains("a=recvonly"));
}

#[test]
fn a_session_wide_direction_counts_unless_the_stream_says_otherwise() {
    let lines = ["a=sendonly", "m=audio 5000 RTP/AVP 0"];
    assert_eq!(answer(&lines, Direction::SendRecv).unwrap().1.direction, Direction::RecvOnly);
    let lines = ["a=sendonly", "m=audio 5000 RTP/AVP 0", "a=sendrecv"];
    assert_eq!(answer(&lines, Direction::SendRecv).unwrap().1.direction, Direction::SendRecv);
}

#[test]
fn of_several_streams_the_first_usable_is_taken_and_every_one_is_answered() {
    let mut b = ours(4000);
    let lines = [
        "m=video 7000 RTP/AVP 97",
        "a=rtpmap:97 H264/90000",
        "m=audio 5000 RTP/SAVP 0",
        "m=audio 5002 RTP/AVP 18",
        "m=audio 5004 RTP/AVPF 8 0",
        "m=audio 5006 RTP/AVP 0",
    ];
    let (answer, plan) = b.answer(&theirs(&lines), Direction::SendRecv).unwrap();
    assert_eq!(plan.remote_rtp.port(), 5004);
    let lines = |sdp: &[u8]| -> Vec<String> {
        text(sdp).lines().filter(|line| line.starts_with("m=")).map(str::to_owned).collect()
    };
    let refused = ["m=video 0 RTP/AVP 97", "m=audio 0 RTP/SAVP 0", "m=audio 0 RTP/AVP 18"];
    assert_eq!(lines(&answer)[..3], refused);
    assert_eq!(lines(&answer)[3..], ["m=audio 4000 RTP/AVPF 0", "m=audio 0 RTP/AVP 0"]);
    let later = lines(&b.offer(Direction::SendOnly));
    assert_eq!((later.len(), &later[..3]), (5, &refused.map(str::to_owned)[..]), "streams keep their places");
}

#[test]
fn rtcp_goes_where_they_say() {
    let rtcp = |lines: &[&str]| answer(lines, Direction::SendRecv).unwrap().1.remote_rtcp;
    assert_eq!(rtcp(PCMU), SocketAddr::from(([198, 51, 100, 9], 5001)));
    assert_eq!(rtcp(&[PCMU[0], "a=rtcp:5555"]), SocketAddr::from(([198, 51, 100, 9], 5555)));
    assert_eq!(
        rtcp(&[PCMU[0], "a=rtcp:5555 IN IP4 203.0.113.4"]),
        SocketAddr::from(([203, 0, 113, 4], 5555))
    );
    let (sdp, plan) = answer(&[PCMU[0], "a=rtcp-mux", "a=rtcp:5555"], Direction::SendRecv).unwrap();
    assert_eq!((plan.remote_rtcp, plan.rtcp_mux), (plan.remote_rtp, true));
    assert!(sdp.contains("a=rtcp-mux"));
    assert!(!answer(PCMU, Direction::SendRecv).unwrap().0.contains("rtcp-mux"), "not offered, not answered");
}

#[test]
fn their_packet_length_is_honoured() {
    let ptime = |lines: &[&str]| {
        let lines: Vec<&str> = PCMU.iter().chain(lines).copied().collect();
        answer(&lines, Direction::SendRecv).unwrap().1.ptime.as_millis()
    };
    assert_eq!(ptime(&[]), 20);
    assert_eq!(ptime(&["a=ptime:30"]), 30);
    assert_eq!(ptime(&["a=ptime:40", "a=maxptime:20"]), 20);
    assert_eq!(ptime(&["a=maxptime:10"]), 10);
    assert_eq!(ptime(&["a=ptime:200"]), 60);
    assert_eq!(ptime(&["a=ptime:25"]), 20);
    assert_eq!(ptime(&["a=ptime:loud"]), 20);
}

#[test]
fn what_cannot_be_agreed_says_why_and_changes_nothing() {
    let error = |lines: &[&str]| answer(lines, Direction::SendRecv).unwrap_err();
    assert_eq!(error(&["m=audio 5000 RTP/AVP 18 3"]), SdpError::NoCommonCodec);
    assert_eq!(error(&["m=video 5000 RTP/AVP 97"]), SdpError::NoAudio);
    assert_eq!(error(&["m=audio 5000 RTP/SAVP 0"]), SdpError::Protection);
    assert_eq!(error(&["m=audio 0 RTP/AVP 0"]), SdpError::NoAudio);
    assert_eq!(error(&[]), SdpError::NoAudio);
    assert_eq!(error(&["m=audio 5000 RTP/AVP 0", "c=IN IP4 phone.example.org"]), SdpError::NoAddress);
    assert!(matches!(ours(1).answer(b"hello", Direction::SendRecv), Err(SdpError::Syntax(_))));
    let mut a = ours(4000);
    assert_eq!(a.accept_answer(&theirs(PCMU)), Err(SdpError::NoOffer));
    a.offer(Direction::SendRecv);
    assert_eq!(a.accept_answer(&theirs(&["m=audio 0 RTP/AVP 0"])), Err(SdpError::Refused));
    assert_eq!(a.accept_answer(&theirs(&["m=audio 5000 RTP/AVP 18"])), Err(SdpError::NoCommonCodec));
    let plan = a.accept_answer(&theirs(PCMU)).unwrap();
    assert_eq!(a.accept_answer(&theirs(PCMU)).unwrap(), plan, "183, then 200");
    a.withdraw_offer();
    assert_eq!(a.accept_answer(&theirs(PCMU)), Err(SdpError::NoOffer));
}

#[test]
fn ipv6_is_spoken() {
    let mut a = Negotiation::new(Config::new("[2001:db8::1]:4000".parse().unwrap()), [1; 32]);
    let mut b = Negotiation::new(Config::new("[2001:db8::2]:4000".parse().unwrap()), [2; 32]);
    let offer = a.offer(Direction::SendRecv);
    assert!(text(&offer).contains("c=IN IP6 2001:db8::1\r\n"));
    let (_, plan) = b.answer(&offer, Direction::SendRecv).unwrap();
    assert_eq!(plan.remote_rtp, "[2001:db8::1]:4000".parse::<SocketAddr>().unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutilated_description_never_panics(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8),
    ) {
        let mut whole = theirs(&[
            "m=audio 5000 RTP/AVP 111 0 101", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1",
            "a=rtpmap:101 telephone-event/48000", "a=fmtp:101 0-15", "a=ptime:20", "a=maxptime:60",
            "a=rtcp:5001 IN IP4 198.51.100.9", "a=rtcp-mux", "a=sendonly", "m=video 6000 RTP/AVP 97",
        ]);
        for (at, byte, edit) in edits {
            let at = at.index(whole.len());
            match edit {
                0 => whole[at] = byte,
                1 => whole.insert(at, byte),
                2 if whole.len() > 1 => drop(whole.remove(at)),
                _ => { let tail = whole[at..].to_vec(); whole.extend(tail.into_iter().take(200)); }
            }
        }
        if let Ok((sdp, plan)) = ours(4000).answer(&whole, Direction::SendRecv) {
            // What we say to nonsense is sense, and they agree with us on it.
            prop_assert!(sdp_types::Session::parse(&sdp).is_ok());
            prop_assert!(plan.send.speech < 128 && plan.remote_rtp.port() != 0);
        }
        let mut a = ours(4000);
        a.offer(Direction::SendRecv);
        let _ = a.accept_answer(&whole);
        a.offer(Direction::SendOnly);
    }
}

#[test]
fn opus_is_asked_for_and_sent_as_both_like_it() {
    let address = ([192, 0, 2, 1], 4000).into();
    let opus = OpusSettings { bitrate: 40_000, bandwidth: Bandwidth::Wide, dtx: true };
    let mut ours = Negotiation::new(Config { opus, ..Config::new(address) }, [1; 32]);
    let offer = ours.offer(Direction::SendRecv);
    let said = "a=fmtp:96 useinbandfec=1;stereo=0;sprop-stereo=0;usedtx=1;maxplaybackrate=16000;sprop-maxcapturerate=16000";
    assert!(text(&offer).contains(said), "{}", text(&offer));
    let mut theirs = Negotiation::new(Config::new(address), [2; 32]);
    let (answer, plan) = theirs.answer(&offer, Direction::SendRecv).unwrap();
    let wishes = OpusWishes {
        fec: true,
        cbr: false,
        dtx: true,
        max_bitrate: Some(48_000),
        bandwidth: Bandwidth::Wide,
    };
    assert_eq!(plan.opus, wishes, "their wishes within our settings");
    let plan = ours.accept_answer(&answer).unwrap();
    assert_eq!(
        (plan.opus.max_bitrate, plan.opus.bandwidth, plan.opus.dtx),
        (Some(40_000), Bandwidth::Wide, true)
    );
}

#[test]
fn comfort_noise_is_agreed_beside_g711_and_g722_and_never_alone() {
    let with = |codecs: &[Codec], comfort_noise| {
        let address = SocketAddr::from(([192, 0, 2, 1], 4000));
        let config = Config { codecs: codecs.to_vec(), comfort_noise, ..Config::new(address) };
        Negotiation::new(config, [1; 32])
    };
    let offer = |codecs: &[Codec], wanted| {
        String::from_utf8(with(codecs, wanted).offer(Direction::SendRecv).to_vec()).unwrap()
    };
    assert!(offer(&[Codec::Pcmu], true).contains("RTP/AVP 0 13 101\r\n"), "{}", offer(&[Codec::Pcmu], true));
    assert!(offer(&[Codec::G722], true).contains("a=rtpmap:13 CN/8000\r\n"));
    assert!(!offer(&[Codec::Pcmu], false).contains("13"));
    assert!(!offer(&[Codec::Opus], true).contains("CN/"));
    let noise = |codecs: &[Codec], wanted, formats: &str| {
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP {formats}\r\n"
        );
        let (answer, plan) = with(codecs, wanted).answer(offer.as_bytes(), Direction::SendRecv).ok()?;
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        let number = plan.send.noise;
        assert_eq!(number.is_some(), answer.contains("CN/8000"));
        assert_eq!(number.is_some(), plan.receive.iter().any(|(_, payload)| *payload == Payload::Noise));
        Some(number)
    };
    let opus = "a=rtpmap:96 opus/48000/2\r\n";
    assert_eq!(noise(&[Codec::Pcma], true, "8 13"), Some(Some(13)));
    assert_eq!(noise(&[Codec::Pcma], false, "8 13"), Some(None));
    assert_eq!(noise(&[Codec::G722], true, "9 98\r\na=rtpmap:98 cn/8000"), Some(Some(98)));
    // Another clock is another codec's, and Opus has silence of its own.
    assert_eq!(noise(&[Codec::G722], true, "9 98\r\na=rtpmap:98 CN/16000"), Some(None));
    assert_eq!(noise(&Codec::ALL, true, &format!("96 0 13\r\n{opus}")), Some(None));
    assert_eq!(noise(&Codec::ALL, true, "13"), None);
}
