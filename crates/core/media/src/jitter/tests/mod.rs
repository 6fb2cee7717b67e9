//! Stories of arrival, in virtual time: how long sound waits, and how much of it is made up.

mod hostile;
mod hour;
mod traces;

use super::*;
use crate::{
    codec::{Codec, Decoder, Encoder, MOST_BYTES},
    level::rms_dbfs,
    pcm::{BLOCK_SAMPLES, SILENCE},
    sdp::OpusWishes,
    testing::start,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// One packet on its way.
#[derive(Debug, Clone)]
struct Sent {
    arrival_us: u64,
    sequence: u64,
    timestamp: Samples,
    payload: Vec<u8>,
}

/// `seconds` of a voiced sound at 20 ms a packet, the first at 1 s, as a perfect network brings them.
fn stream(codec: Codec, seconds: u64) -> Vec<Sent> {
    stream_of(codec, seconds, 960)
}

/// The same, in packets of so many samples.
fn stream_of(codec: Codec, seconds: u64, samples: u64) -> Vec<Sent> {
    let wishes = OpusWishes { fec: true, max_bitrate: Some(28_000), ..Default::default() };
    let mut encoder = Encoder::new(codec, wishes).unwrap();
    encoder.expect_loss(20);
    (0..seconds * 48_000 / samples)
        .map(|n| {
            let sound: Vec<f32> = (n * samples..(n + 1) * samples).map(voice).collect();
            // We send 60 ms at most; of a codec without frames more is more of the same.
            let frame = if codec == Codec::Opus { sound.len() } else { BLOCK_SAMPLES };
            let encode = |frame: &[f32]| {
                let mut payload = vec![0; MOST_BYTES];
                let bytes = encoder.encode(frame, &mut payload).unwrap();
                payload.truncate(bytes);
                payload
            };
            let payload = sound.chunks(frame).flat_map(encode).collect();
            Sent {
                arrival_us: 1_000_000 + (n * samples) * 1_000 / 48,
                sequence: 70_000 + n,
                timestamp: (n * samples) as i64,
                payload,
            }
        })
        .collect()
}

/// 140 Hz with overtones, swelling and fading as speech does.
fn voice(n: u64) -> f32 {
    let t = n as f32 / 48_000.0;
    let swell = 0.6 + 0.4 * (t * 3.0 * std::f32::consts::TAU).sin();
    let wave: f32 = (1..6).map(|k| (t * 140.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
    0.15 * swell * wave
}

/// What came out.
struct Heard {
    counts: Counts,
    /// In ms, for every pull after the fifth second.
    delays: Vec<f32>,
    targets: Vec<f32>,
    /// Blocks quieter than -50 dBFS after the first second of sound.
    quiet: usize,
    last_delay: f32,
}

impl Heard {
    fn concealed_percent(&self) -> f32 {
        100.0 * self.counts.concealed as f32 / self.counts.played as f32
    }

    fn mean_delay(&self) -> f32 {
        self.delays.iter().sum::<f32>() / self.delays.len() as f32
    }

    fn mean_target(&self) -> f32 {
        self.targets.iter().sum::<f32>() / self.targets.len() as f32
    }
}

/// Plays a trace until its last packet. The speaker's clock pulls every `pull_us`.
fn play(codec: Codec, trace: Vec<Sent>, pull_us: f64) -> Heard {
    play_in_bursts(codec, trace, pull_us, 1)
}

/// The same, where the speaker asks for all it wants only so often.
fn play_in_bursts(codec: Codec, mut trace: Vec<Sent>, pull_us: f64, burst_us: u64) -> Heard {
    trace.sort_by_key(|sent| sent.arrival_us);
    let start = start();
    let end = trace.last().unwrap().arrival_us;
    let mut buffer = Buffer::new(Duration::from_millis(400));
    let mut decoder = Decoder::new(codec).unwrap();
    let mut heard =
        Heard { counts: Counts::default(), delays: vec![], targets: vec![], quiet: 0, last_delay: 0.0 };
    let (mut next, mut block) = (0, SILENCE);
    for n in 0.. {
        let now_us = (3_700 + (n as f64 * pull_us) as u64).next_multiple_of(burst_us);
        if now_us > end {
            break;
        }
        let at = |us| start + Duration::from_micros(us);
        while next < trace.len() && trace[next].arrival_us <= now_us {
            let sent = &trace[next];
            let carries =
                if sent.payload.is_empty() { Carries::Nothing } else { Carries::Sound(&sent.payload) };
            buffer.insert(at(sent.arrival_us), sent.sequence, sent.timestamp, carries);
            next += 1;
        }
        let begun = buffer.pull(at(now_us), &mut decoder, &mut block);
        assert!(block.iter().all(|sample| sample.is_finite() && sample.abs() < 2.0));
        if now_us > 2_000_000 && (!begun || rms_dbfs(&block) < -50.0) {
            heard.quiet += 1;
        }
        if now_us > 6_000_000 {
            heard.delays.push(buffer.delay_ms());
            heard.targets.push(buffer.target_ms());
        }
    }
    heard.counts = buffer.counts();
    heard.last_delay = buffer.delay_ms();
    heard
}

const CLOCK_US: f64 = 10_000.0;

#[test]
fn a_clean_stream_waits_little_and_nothing_is_made_up() {
    for codec in Codec::ALL {
        let heard = play(codec, stream(codec, 20), CLOCK_US);
        assert_eq!(heard.counts.concealed, 0);
        assert_eq!(heard.counts.late, 0);
        assert!((20.0..=30.0).contains(&heard.mean_delay()), "delay {}", heard.mean_delay());
        assert!(heard.mean_target() <= 25.0, "target {}", heard.mean_target());
        assert_eq!(heard.quiet, 0);
    }
}

#[test]
fn packets_of_any_length_are_heard_whole() {
    // RFC 6716 section 3.1: 2.5 to 120 ms; of the others, 10 to 120 ms.
    for (codec, lengths) in [
        (Codec::Opus, &[120, 240, 480, 960, 1_920, 2_880, 3_840, 4_800, 5_760][..]),
        (Codec::G722, &[480, 5_760]),
    ] {
        for samples in lengths {
            let heard = play(codec, stream_of(codec, 12, *samples), CLOCK_US);
            assert_eq!((heard.counts.concealed, heard.counts.late), (0, 0), "{codec:?} {samples}");
            // At 120 ms the encoder runs out of bits for 10 ms here and there.
            assert!(heard.quiet <= 3, "{codec:?} {samples}: {} quiet blocks", heard.quiet);
            assert!(heard.mean_delay() < 35.0, "{codec:?} {samples}: delay {}", heard.mean_delay());
        }
    }
}

#[test]
fn a_speaker_that_takes_its_sound_in_bursts_gets_it_whole() {
    for burst_us in [20_000, 21_333, 42_667] {
        let mut trace = stream(Codec::Pcmu, 60);
        // The sender's device ticks in bursts as well.
        trace.iter_mut().for_each(|sent| sent.arrival_us = sent.arrival_us.next_multiple_of(21_333));
        let heard = play_in_bursts(Codec::Pcmu, trace, CLOCK_US, burst_us);
        assert!(heard.concealed_percent() < 0.1, "{burst_us}: made up {}", heard.concealed_percent());
        assert!(heard.mean_delay() < 80.0, "{burst_us}: delay {}", heard.mean_delay());
        assert!(heard.counts.stretched < 60, "{burst_us}: stretched {} times", heard.counts.stretched);
    }
}

#[test]
fn jitter_up_to_sixty_milliseconds_is_absorbed() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut trace = stream(Codec::Pcmu, 60);
    trace.iter_mut().for_each(|sent| sent.arrival_us += rng.random_range(0..60_000));
    let heard = play(Codec::Pcmu, trace, CLOCK_US);
    assert!(heard.concealed_percent() < 1.0, "concealed {}", heard.concealed_percent());
    assert!((50.0..=95.0).contains(&heard.mean_delay()), "delay {}", heard.mean_delay());
    assert_eq!(heard.quiet, 0);
}

#[test]
fn delay_shrinks_again_when_the_network_calms_down() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut trace = stream(Codec::Pcma, 50);
    trace[..1000].iter_mut().for_each(|sent| sent.arrival_us += rng.random_range(0..80_000));
    let heard = play(Codec::Pcma, trace, CLOCK_US);
    let most = heard.delays[..1000].iter().copied().fold(0.0, f32::max);
    assert!(most > 70.0, "grew to {most}");
    assert!(heard.last_delay < 45.0, "shrank to {}", heard.last_delay);
    assert_eq!(heard.quiet, 0);
}

#[test]
fn lost_packets_are_recovered_by_opus_and_made_up_by_g711() {
    for percent in [5, 20] {
        for codec in [Codec::Opus, Codec::Pcmu] {
            let mut rng = StdRng::seed_from_u64(3);
            let mut trace = stream(codec, 60);
            trace.retain(|_| rng.random_range(0..100) >= percent);
            let heard = play(codec, trace, CLOCK_US);
            let lost = percent as f32;
            let recovered = 100.0 * heard.counts.recovered as f32 / heard.counts.played as f32;
            if codec == Codec::Opus {
                // Opus leaves its redundancy out where it hears no speech.
                assert!(recovered > lost * 0.4, "{percent} %: recovered {recovered}");
                assert!(
                    heard.concealed_percent() < lost * 0.6,
                    "{percent} %: made up {}",
                    heard.concealed_percent()
                );
            } else {
                assert!(
                    (lost * 0.7..lost * 1.3).contains(&heard.concealed_percent()),
                    "{percent} %: made up {}",
                    heard.concealed_percent()
                );
            }
            assert!(heard.mean_delay() < 55.0, "{codec:?} {percent} %: delay {}", heard.mean_delay());
        }
    }
}

#[test]
fn disorder_within_the_delay_is_not_heard() {
    let mut trace = stream(Codec::Pcmu, 30);
    for n in (5..trace.len() - 1).step_by(7) {
        trace[n].arrival_us += 25_000;
    }
    let heard = play(Codec::Pcmu, trace, CLOCK_US);
    assert!(heard.concealed_percent() < 0.5, "made up {}", heard.concealed_percent());
    assert!(heard.mean_delay() < 65.0, "delay {}", heard.mean_delay());
}

#[test]
fn a_stall_and_its_burst_are_caught_up_with() {
    let mut trace = stream(Codec::Pcmu, 40);
    for sent in &mut trace[500..525] {
        sent.arrival_us = 1_000_000 + 525 * 20_000;
    }
    let heard = play(Codec::Pcmu, trace, CLOCK_US);
    assert!(heard.last_delay < 60.0, "delay at the end {}", heard.last_delay);
    assert!(heard.counts.concealed < 48_000, "half a second was missing: {}", heard.counts.concealed);
}

#[test]
fn a_drifting_clock_builds_up_no_delay_and_runs_nothing_dry() {
    for ppm in [-200.0, 200.0] {
        let heard = play(Codec::Pcmu, stream(Codec::Pcmu, 300), CLOCK_US * (1.0 + ppm / 1e6));
        // 60 ms in five minutes.
        assert!((10.0..=45.0).contains(&heard.mean_delay()), "{ppm}: delay {}", heard.mean_delay());
        assert!(heard.last_delay < 45.0, "{ppm}: delay at the end {}", heard.last_delay);
        assert!(heard.concealed_percent() < 0.1, "{ppm}: made up {}", heard.concealed_percent());
        assert!(heard.counts.stretched > 0);
    }
}

#[test]
fn a_silent_sender_is_not_a_lossy_one() {
    let mut trace = stream(Codec::Opus, 30);
    // The sender says nothing for 400 ms of every 2 s, and numbers its packets without a gap.
    trace.retain(|sent| sent.timestamp % 96_000 >= 19_200);
    trace.iter_mut().enumerate().for_each(|(n, sent)| sent.sequence = 9 + n as u64);
    let heard = play(Codec::Opus, trace, CLOCK_US);
    assert!(heard.concealed_percent() < 2.0, "made up {}", heard.concealed_percent());
    assert!(heard.mean_delay() < 45.0, "delay {}", heard.mean_delay());
}

#[test]
fn digits_leave_no_hole() {
    let mut trace = stream(Codec::Pcmu, 20);
    for n in (100..900).step_by(50) {
        trace[n..n + 8].iter_mut().for_each(|sent| sent.payload.clear());
    }
    let heard = play(Codec::Pcmu, trace, CLOCK_US);
    assert!(heard.concealed_percent() < 1.0, "made up {}", heard.concealed_percent());
    assert!(heard.mean_delay() < 45.0, "delay {}", heard.mean_delay());
}

#[test]
fn late_and_doubled_packets_are_dropped() {
    let mut trace = stream(Codec::Pcmu, 20);
    let twice: Vec<Sent> = trace.iter().step_by(5).cloned().collect();
    trace.extend(twice);
    trace[50].arrival_us += 500_000;
    let heard = play(Codec::Pcmu, trace, CLOCK_US);
    assert!(heard.counts.late + heard.counts.duplicate >= 200);
    assert!(heard.counts.late >= 1);
    assert!(heard.mean_delay() < 45.0, "delay {}", heard.mean_delay());
    assert!(heard.concealed_percent() < 0.5, "made up {}", heard.concealed_percent());
}

#[test]
fn a_jump_of_the_timestamp_starts_again() {
    for jump in [-4_800_000_000, 480_000, 4_800_000_000i64] {
        let mut trace = stream(Codec::Pcmu, 20);
        trace[500..].iter_mut().for_each(|sent| sent.timestamp += jump);
        let heard = play(Codec::Pcmu, trace, CLOCK_US);
        assert!(heard.last_delay < 45.0, "{jump}: delay {}", heard.last_delay);
        assert!(heard.concealed_percent() < 1.0, "{jump}: made up {}", heard.concealed_percent());
        assert!(heard.quiet < 10, "{jump}: {} quiet blocks", heard.quiet);
    }
}

#[test]
fn a_long_hold_starts_again_whether_the_clock_went_on_or_not() {
    for clock_went_on in [false, true] {
        let mut trace = stream(Codec::Pcmu, 20);
        for sent in &mut trace[500..] {
            sent.arrival_us += 30_000_000;
            sent.timestamp += if clock_went_on { 30 * 48_000 } else { 0 };
        }
        let heard = play(Codec::Pcmu, trace, CLOCK_US);
        assert!(heard.last_delay < 45.0, "delay {}", heard.last_delay);
    }
}

#[test]
fn nonsense_neither_panics_nor_fills_memory() {
    let mut rng = StdRng::seed_from_u64(4);
    let mut buffer = Buffer::new(Duration::from_millis(400));
    let mut decoder = Decoder::new(Codec::Opus).unwrap();
    let (start, mut block) = (start(), [0.0; BLOCK_SAMPLES]);
    let mut payload = [0u8; 200];
    for n in 0..100_000u64 {
        let now = start + Duration::from_millis(n * 3);
        rng.fill(&mut payload);
        let sequence = 1_000_000 + n / 2 + rng.random_range(0..400);
        let timestamp = n as i64 * 144 + rng.random_range(-20_000..20_000);
        let length = rng.random_range(0..200);
        buffer.insert(now, sequence, timestamp, Carries::Sound(&payload[..length]));
        if n % 3 == 0 {
            buffer.pull(now, &mut decoder, &mut block);
        }
    }
}
