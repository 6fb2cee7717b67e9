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

/// The same in a room that is heard.
fn talk_in_a_room(n: u64) -> f32 {
    let mut random = (n as u32 ^ 0x9E37_79B9).wrapping_mul(0x85EB_CA6B);
    random = (random ^ random >> 13).wrapping_mul(0xC2B2_AE35);
    talk(n) + ((random ^ random >> 16) as f32 / u32::MAX as f32 - 0.5) * 0.006
}

/// Both with comfort noise, or only the first.
fn with_comfort_noise(codec: Codec, wanted: [bool; 2]) -> Call {
    let mut call = Call::new(&[codec, Codec::Opus], GOOD);
    for (end, comfort_noise) in call.ends.iter_mut().zip(wanted) {
        let config = sdp::Config { comfort_noise, ..end.negotiation.config().clone() };
        end.negotiation = Negotiation::new(config, [7; 32]);
        end.says = talk_in_a_room;
    }
    call.negotiate(Direction::SendRecv);
    call
}

fn rtp(end: &End) -> Vec<&Bytes> {
    end.sent.iter().map(|(_, bytes)| bytes).filter(|bytes| !is_rtcp(bytes)).collect()
}

#[test]
fn comfort_noise_stands_for_silence_both_ways() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
        let mut call = with_comfort_noise(codec, [true, true]);
        call.run(15.0);
        for end in [0, 1] {
            let sent = rtp(&call.ends[end]);
            assert!((400..560).contains(&sent.len()), "{codec:?}: {} packets of 750", sent.len());
            let noises = sent.iter().filter(|bytes| bytes[1] & 0x7F == 13).count();
            assert!((12..40).contains(&noises), "{codec:?}: {noises} of noise");
            for pair in sent.windows(2) {
                let number = |bytes: &Bytes| u16::from_be_bytes([bytes[2], bytes[3]]);
                assert_eq!(number(pair[1]).wrapping_sub(number(pair[0])), 1);
                let (before, after) = (pair[0][1] & 0x7F == 13, pair[1][1] & 0x7F == 13);
                assert_eq!(pair[1][1] & 0x80 != 0, before && !after, "the talkspurt has the marker");
            }
            let heard = &call.ends[end].heard;
            let loud = |from: f32, to: f32| rms_dbfs(&heard[(from * 48e3) as usize..(to * 48e3) as usize]);
            // What the codec carries of the room: down to a sixth of it, in narrowband.
            let room = if codec == Codec::G722 { -60.0 } else { -63.0 };
            for from in [4.0, 10.0] {
                let heard = loud(from, from + 1.8);
                assert!((heard - room).abs() < 3.0, "{codec:?}: {heard} dBFS in silence");
            }
            assert!(loud(7.0, 8.5) > -40.0);
            let quiet = heard[48_000..].chunks(960).filter(|piece| rms_dbfs(piece) < -75.0).count();
            assert_eq!(quiet, 0, "{codec:?}: no hole between speech and noise");
            let quality = call.quality(end);
            assert_eq!(quality.loss_percent, 0.0);
            assert!(quality.concealed_percent < 0.5, "{codec:?}: made up {}", quality.concealed_percent);
            assert_eq!(quality.cause, None);
        }
    }
}

#[test]
fn silence_that_is_told_is_no_outage_and_what_was_not_asked_for_is_heard_too() {
    let mut call = with_comfort_noise(Codec::Pcmu, [true, true]);
    // The second end does not offer it, but hears it.
    let plan = {
        let [a, b] = &mut call.ends;
        let config = sdp::Config { comfort_noise: false, ..b.negotiation.config().clone() };
        b.negotiation = Negotiation::new(config, [3; 32]);
        let offer = a.negotiation.offer(Direction::SendRecv);
        b.negotiation.answer(&offer, Direction::SendRecv).unwrap().1
    };
    assert_eq!(plan.send.noise, None);
    call.ends[1].session.apply(call.now, &plan);
    call.run(3.6);
    // From here on the other side only tells its silence, and that once: nothing else comes for six seconds.
    for _ in 0..600 {
        call.step();
        call.flying.retain(|flying| flying.to == 0 || is_rtcp(&flying.bytes));
    }
    assert!(call.quality(1).receiving);
    assert_eq!(call.quality(1).cause, None);
    let heard = &call.ends[1].heard;
    assert!((-66.0..-60.0).contains(&rms_dbfs(&heard[heard.len() - 48_000..])));
}

#[test]
fn nobody_sends_noise_who_was_not_asked_for_it() {
    for wanted in [[true, false], [false, true]] {
        let mut call = with_comfort_noise(Codec::Pcmu, wanted);
        call.run(6.0);
        for end in &call.ends {
            assert_eq!(rtp(end).len(), 300);
            assert!(rtp(end).iter().all(|bytes| bytes[1] & 0x7F == 0));
        }
    }
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
