//! What is not sent while nobody talks, and what is heard of it.

use super::*;
use crate::{sdp::OpusSettings, testing::voice};
use std::sync::OnceLock;

/// Three seconds of talk, three of nothing, and so on.
fn talk(n: u64) -> f32 {
    static VOICE: OnceLock<Vec<f32>> = OnceLock::new();
    let second = 48_000;
    if n / (3 * second) % 2 == 1 { 0.0 } else { VOICE.get_or_init(|| voice(3))[(n % (3 * second)) as usize] }
}

#[test]
fn with_dtx_silence_is_left_out_and_timestamps_go_on() {
    let mut call = Call::new(&[Codec::Opus], GOOD);
    for end in &mut call.ends {
        let opus = OpusSettings { dtx: true, ..OpusSettings::default() };
        let config = sdp::Config { opus, ..end.negotiation.config().clone() };
        end.negotiation = Negotiation::new(config, [7; 32]);
        end.says = talk;
    }
    call.negotiate(Direction::SendRecv);
    call.run(9.0);
    let rtp: Vec<&Bytes> =
        call.ends[0].sent.iter().map(|(_, bytes)| bytes).filter(|bytes| !is_rtcp(bytes)).collect();
    assert!((250..420).contains(&rtp.len()), "{} packets of 450", rtp.len());
    let number = |bytes: &Bytes, at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut markers = 0;
    for pair in rtp.windows(2) {
        let ticks = number(pair[1], 4).wrapping_sub(number(pair[0], 4));
        let next = number(pair[1], 0).wrapping_sub(number(pair[0], 0)) & 0xFFFF;
        assert_eq!((ticks % 960, next), (0, 1), "timestamps count time, sequence numbers packets");
        let marked = pair[1][1] & 0x80 != 0;
        assert_eq!(marked, ticks > 960, "the first after a pause is marked, nothing else is");
        markers += u32::from(marked);
    }
    assert!(markers > 0);
    let heard = &call.ends[1].heard;
    let loud = |from: usize, to: usize| rms_dbfs(&heard[from * 48_000..to * 48_000]);
    assert!(loud(0, 3) > -40.0 && loud(7, 9) > -40.0, "{} {}", loud(0, 3), loud(7, 9));
    assert!(loud(4, 6) < -55.0, "{}", loud(4, 6));
}
