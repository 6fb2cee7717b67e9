//! Codecs that change while sound runs: by a new agreement, and by nothing but another payload type.

use super::*;
use proptest::prelude::*;

/// Between neighbouring samples of the 440 Hz tone there is no more than this; twice as much is a click.
const STEEPEST: f32 = 0.3 * TAU * 440.0 / SAMPLE_RATE as f32;

#[test]
fn another_codec_by_agreement_does_not_click_either_way() {
    let orders = [
        [Codec::Opus, Codec::Pcmu],
        [Codec::Pcmu, Codec::Opus],
        [Codec::G722, Codec::Pcma],
        [Codec::Pcma, Codec::G722],
        [Codec::Opus, Codec::G722],
    ];
    for [first, then] in orders {
        let mut call = Call::new(&[first], GOOD);
        call.ends.iter_mut().for_each(|end| end.says = tone);
        call.run(2.0);
        for end in &mut call.ends {
            let config = sdp::Config { codecs: vec![then], ..end.negotiation.config().clone() };
            end.negotiation = Negotiation::new(config, [9; 32]);
        }
        call.negotiate(Direction::SendRecv);
        call.run(2.0);
        for end in &call.ends {
            let late = &end.heard[SAMPLE_RATE as usize..];
            let steps = late.windows(2).map(|pair| (pair[1] - pair[0]).abs());
            let steepest = steps.fold(0.0, f32::max);
            assert!(steepest < 2.0 * STEEPEST, "{first:?} to {then:?}: {steepest} over {STEEPEST}");
        }
    }
}

/// One packet by hand: which of the agreed payload types or another one, how far the clock goes on, and its bytes.
fn packet() -> impl Strategy<Value = (u8, u32, Vec<u8>)> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..400),
        (0..1_500usize, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
    ];
    (prop_oneof![Just(0u8), Just(8), Just(9), Just(96), Just(101), 0..128u8], 0..6_000u32, payload)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_mixture_of_payload_types_and_bytes_is_survived(packets in prop::collection::vec(packet(), 1..60)) {
        let mut call = Call::new(&Codec::ALL, GOOD);
        let (source, session) = (call.ends[0].address, &mut call.ends[1].session);
        let (mut now, mut timestamp) = (call.now, 0u32);
        for (n, (payload_type, ticks, payload)) in packets.iter().enumerate() {
            timestamp = timestamp.wrapping_add(*ticks);
            let bytes = rtp_rs::RtpPacketBuilder::new()
                .payload_type(*payload_type)
                .ssrc(7)
                .sequence((n as u16).into())
                .timestamp(timestamp)
                .payload(payload)
                .build()
                .unwrap();
            let _ = session.handle_input(now, Input::Rtp { source, bytes: &bytes });
            for _ in 0..3 {
                let mut block = SILENCE;
                session.play(now, &mut block);
                prop_assert!(block.iter().all(|sample| sample.is_finite()));
                now += Duration::from_millis(10);
            }
        }
    }
}
