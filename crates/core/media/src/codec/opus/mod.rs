//! Opus (RFC 6716) as we use it: mono at 48 kHz, for speech, variable bit rate, in-band forward error correction, and
//! deep redundancy (DRED) both ways. Which of them when: decision 0007.

mod decoder;
mod encoder;
mod packet;
mod rate;

pub(crate) use decoder::Decoder;
pub(crate) use encoder::Encoder;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::{MOST_BYTES, MOST_SAMPLES},
        level::rms_dbfs,
        sdp::OpusWishes,
        testing::voice,
    };

    const FRAME: usize = 960;

    /// A voice as packets, by an encoder that has heard of so much loss.
    fn packets(loss_percent: u8) -> Vec<Vec<u8>> {
        let mut encoder =
            Encoder::new(OpusWishes { fec: true, max_bitrate: Some(64_000), ..Default::default() }).unwrap();
        encoder.expect_loss(loss_percent);
        let mut room = [0; MOST_BYTES];
        let frames = voice(8);
        let encode = |frame| encoder.encode(frame, &mut room).map(|bytes| room[..bytes].to_vec()).unwrap();
        frames.chunks_exact(FRAME).map(encode).collect()
    }

    /// Loses as many packets as `gap` says of every ten; how far the loudness of what fills them in is from what was
    /// lost, in dB, by steps of 5 ms.
    fn error(packets: &[Vec<u8>], gap: usize, fill: impl Fn(&mut Decoder, &[u8], &mut [f32])) -> f32 {
        let (mut whole, mut lossy) = (Decoder::new().unwrap(), Decoder::new().unwrap());
        let (mut truth, mut heard) = ([0.0; MOST_SAMPLES], [0.0; MOST_SAMPLES]);
        let (mut sum, mut steps) = (0.0, 0);
        for ten in packets.chunks_exact(10) {
            for (n, packet) in ten[..gap].iter().enumerate() {
                whole.decode(packet, &mut truth[n * FRAME..]).unwrap();
            }
            fill(&mut lossy, &ten[gap], &mut heard[..gap * FRAME]);
            for (truth, heard) in truth[..gap * FRAME].chunks(240).zip(heard.chunks(240)) {
                sum += (rms_dbfs(truth).max(-60.0) - rms_dbfs(heard).max(-60.0)).abs();
                steps += 1;
            }
            for packet in &ten[gap..] {
                whole.decode(packet, &mut truth).unwrap();
                lossy.decode(packet, &mut heard).unwrap();
            }
        }
        sum / steps as f32
    }

    fn conceal(decoder: &mut Decoder, _: &[u8], sound: &mut [f32]) {
        decoder.conceal(sound);
    }

    fn recover(decoder: &mut Decoder, later: &[u8], sound: &mut [f32]) {
        if !decoder.recover(later, sound.len(), sound) {
            decoder.conceal(sound);
        }
    }

    #[test]
    fn the_packet_after_a_lost_one_and_after_a_burst_tells_of_it() {
        let packets = packets(20);
        for (gap, better_by) in [(1, 2.0), (2, 2.0), (4, 2.0)] {
            let (recovered, made_up) = (error(&packets, gap, recover), error(&packets, gap, conceal));
            println!("{gap} lost: {recovered} dB recovered, {made_up} dB made up");
            assert!(recovered + better_by < made_up, "{gap} lost: {recovered} dB, made up {made_up} dB");
        }
    }

    #[test]
    fn where_nothing_is_lost_no_bits_are_spent_on_it() {
        let (calm, lossy) = (packets(0), packets(20));
        let deep = |packets: &[Vec<u8>]| packets.iter().filter(|p| packet::has_deep_redundancy(p)).count();
        assert_eq!(deep(&calm), 0);
        assert!(deep(&lossy) > 100, "{}", deep(&lossy));
    }

    #[test]
    fn a_packet_that_tells_nothing_recovers_nothing() {
        let mut encoder =
            Encoder::new(OpusWishes { max_bitrate: Some(64_000), ..Default::default() }).unwrap();
        encoder.expect_loss(0);
        let (mut room, mut sound) = ([0; MOST_BYTES], [0.0; MOST_SAMPLES]);
        let bytes = encoder.encode(&voice(1)[..FRAME], &mut room).unwrap();
        let mut decoder = Decoder::new().unwrap();
        for before in [0, 1, FRAME, 4 * FRAME] {
            assert!(!decoder.recover(&room[..bytes], before, &mut sound[..before]));
            assert!(!decoder.recover(&[], before, &mut sound[..before]));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            packet in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
            flips in proptest::collection::vec((0..400usize, proptest::num::u8::ANY), 0..8),
            gap in 0..=MOST_SAMPLES,
        ) {
            let mut damaged = packets_once()[60].clone();
            for (place, byte) in flips {
                if let Some(here) = damaged.get_mut(place) { *here = byte; }
            }
            let (mut decoder, mut sound) = (Decoder::new().unwrap(), [0.0; MOST_SAMPLES]);
            for bytes in [&packet, &damaged] {
                decoder.recover(bytes, gap, &mut sound[..gap]);
                decoder.decode(bytes, &mut sound);
                decoder.conceal(&mut sound[..gap]);
                proptest::prop_assert!(sound.iter().all(|sample| sample.is_finite()));
            }
        }
    }

    fn packets_once() -> &'static [Vec<u8>] {
        static PACKETS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        PACKETS.get_or_init(|| packets(20))
    }
}
