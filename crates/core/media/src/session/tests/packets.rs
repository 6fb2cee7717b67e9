//! Single packets: from the wrong place, in the wrong order, broken, or before their time.

use super::*;

#[test]
fn before_an_agreement_nothing_is_sent_and_silence_is_played() {
    let mut session = Session::new(Config::default(), [1; 32]);
    let (now, mut block) = (start(), [0.5; BLOCK_SAMPLES]);
    session.capture(now, &block);
    session.play(now, &mut block);
    assert_eq!(block, SILENCE);
    assert_eq!((session.poll_output(), session.poll_timeout()), (None, None));
    let source = SocketAddr::from(([192, 0, 2, 9], 9));
    let input = Input::Rtp { source, bytes: &[0x80; 20] };
    assert_eq!(session.handle_input(now, input), Err(InputError::NotRunning));
}

/// One end that hears PCMU packets built by hand: one second for each stream of SSRC, sequence number and timestamp.
fn hear(streams: &[(u32, u16, u32)]) -> (Session, Instant, Vec<f32>) {
    let mut call = Call::new(&[Codec::Pcmu], GOOD);
    let (source, session) = (call.ends[0].address, &mut call.ends[1].session);
    let mut encoder = crate::codec::Encoder::new(Codec::Pcmu, sdp::OpusWishes::default()).unwrap();
    let (mut now, mut heard, mut said) = (call.now, vec![], 0);
    for (ssrc, sequence, timestamp) in streams {
        for n in 0..50u16 {
            let sound: Vec<f32> = (said..said + 960).map(tone).collect();
            said += 960;
            let mut payload = [0; 160];
            encoder.encode(&sound, &mut payload).unwrap();
            let bytes = rtp_rs::RtpPacketBuilder::new()
                .payload_type(0)
                .ssrc(*ssrc)
                .sequence(sequence.wrapping_add(n).into())
                .timestamp(timestamp.wrapping_add(u32::from(n) * 160))
                .payload(&payload)
                .build()
                .unwrap();
            let _ = session.handle_input(now, Input::Rtp { source, bytes: &bytes });
            for _ in 0..2 {
                let mut block = SILENCE;
                session.play(now, &mut block);
                heard.extend_from_slice(&block);
                now += Duration::from_millis(10);
            }
        }
    }
    let [_, end] = call.ends;
    (end.session, now, heard)
}

#[test]
fn numbers_that_wrap_are_not_heard() {
    let wrapping: Vec<(u32, u16, u32)> = (0..4)
        .map(|second| {
            (
                7,
                65_440u16.wrapping_add(second * 50),
                (u32::MAX - 9_000).wrapping_add(u32::from(second) * 8_000),
            )
        })
        .collect();
    let (session, now, heard) = hear(&wrapping);
    let quality = session.quality(now);
    assert_eq!((quality.loss_percent, quality.concealed_percent, quality.packets_received), (0.0, 0.0, 200));
    assert!(purity(&heard, 440.0, 3.5) > 97.0, "{}", purity(&heard, 440.0, 3.5));
}

#[test]
fn another_source_is_heard_within_a_tenth_of_a_second() {
    let (session, now, heard) = hear(&[(7, 100, 5_000), (8, 60_000, 4_000_000_000), (9, 3, 17)]);
    for second in [1, 2] {
        let change = second * 48_000;
        let silent = heard[change..].chunks_exact(480).take_while(|block| rms_dbfs(block) < -30.0).count();
        let quiet =
            heard[change..change + 48_000].chunks_exact(480).filter(|block| rms_dbfs(block) < -30.0).count();
        assert!(silent <= 10 && quiet <= 10, "{silent} and {quiet} silent blocks");
    }
    assert!(purity(&heard, 440.0, 0.5) > 97.0);
    assert!(session.quality(now).loss_percent < 3.0, "what came before the change was no loss");
}

#[test]
fn strangers_and_unknown_payloads_are_refused() {
    let mut call = Call::new(&[Codec::Pcmu], GOOD);
    call.run(1.0);
    let mut packet = call.ends[0].sent[10].1.to_vec();
    let [_, b] = &mut call.ends;
    let mut input = |host, bytes: &[u8]| {
        let source = SocketAddr::from(([192, 0, 2, host], 4000));
        b.session.handle_input(call.now, Input::Rtp { source, bytes })
    };
    assert_eq!(input(66, &packet), Err(InputError::Stranger));
    packet[1] = 77;
    assert_eq!(input(1, &packet), Err(InputError::UnknownPayload));
    assert_eq!(input(1, &packet[..5]), Err(InputError::Malformed));
    packet[1] = 0;
    packet[8] ^= 1;
    assert_eq!(input(1, &packet), Err(InputError::OutOfPlace));
}

#[test]
fn a_hundred_thousand_broken_datagrams_harm_nothing() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.ends[0].session.send_digit('1');
    call.run(10.0);
    let sent: Vec<Bytes> = call.ends[0].sent.iter().map(|(_, bytes)| bytes.clone()).collect();
    let source = call.ends[0].address;
    let mut rng = StdRng::from_seed([3; 32]);
    let mut block = SILENCE;
    for n in 0..100_000usize {
        let mut bytes = sent[rng.random_range(0..sent.len())].to_vec();
        for _ in 0..rng.random_range(0..5) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        bytes.truncate(rng.random_range(bytes.len() / 2..=bytes.len()));
        let now = call.now + Duration::from_millis(n as u64);
        let session = &mut call.ends[1].session;
        let _ = session.handle_input(now, Input::Rtp { source, bytes: &bytes });
        let _ = session.handle_input(now, Input::Rtcp { source, bytes: &bytes });
        if n % 10 == 0 {
            session.play(now, &mut block);
            assert!(block.iter().all(|sample| sample.is_finite()));
        }
        assert!(session.outputs.len() <= MOST_OUTPUTS);
    }
}
