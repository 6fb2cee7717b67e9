//! What is recorded is read again, by ourselves here; other people's programs read it in the tests of the store.

use super::*;
use crate::level::rms_dbfs;
use crate::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use proptest::prelude::*;
use std::f32::consts::TAU;

fn tone(hertz: f32, at: u64) -> Block {
    let from = at as usize * BLOCK_SAMPLES;
    std::array::from_fn(|n| 0.3 * ((from + n) as f32 * hertz * TAU / 48_000.0).sin())
}

/// Records blocks for which both sides are given, and ends behind `end`.
fn record(blocks: impl Iterator<Item = (u64, Block, Block)>, end: u64) -> Vec<u8> {
    let mut tape = Tape::new(Channels::Stereo, 64_000, 7).unwrap();
    let mut file = Vec::new();
    tape.begin(&mut file);
    blocks.for_each(|(at, left, right)| tape.write(at, &left, &right, &mut file));
    tape.end(end, &mut file);
    file
}

fn level(samples: &[f32], blocks: std::ops::Range<usize>) -> f32 {
    rms_dbfs(&samples[blocks.start * BLOCK_SAMPLES..blocks.end * BLOCK_SAMPLES])
}

#[test]
fn the_agent_is_left_and_the_customer_right_and_neither_is_on_the_other_side() {
    let speaks = |at: u64| {
        (if at < 50 { tone(700.0, at) } else { SILENCE }, if at < 50 { SILENCE } else { tone(700.0, at) })
    };
    let file = record((0..100).map(|at| (at, speaks(at).0, speaks(at).1)), 0);
    let sound = read(&file, usize::MAX).unwrap();
    let (left, right) = (sound.channel(0), sound.channel(1));
    assert_eq!((sound.channels, left.len()), (2, 100 * BLOCK_SAMPLES));
    for (is, not, blocks) in [(&left, &right, 5..45), (&right, &left, 55..95)] {
        assert!((level(is, blocks.clone()) + 13.5).abs() < 1.0, "{}", level(is, blocks.clone()));
        assert!(level(not, blocks.clone()) < -55.0, "{}", level(not, blocks));
    }
}

#[test]
fn a_place_in_the_recording_is_a_time_in_the_call() {
    // A click each, at different times, and a long gap before the second.
    let mut click = SILENCE;
    click[100..140].fill(0.8);
    let blocks =
        [(20, click, SILENCE), (21, SILENCE, SILENCE), (1_500, SILENCE, click), (1_501, SILENCE, SILENCE)];
    let sound = read(&record(blocks.into_iter(), 2_000), usize::MAX).unwrap();
    let peak = |samples: Vec<f32>| {
        samples.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).map(|(at, _)| at).unwrap()
    };
    assert_eq!(sound.samples.len(), 2 * 2_000 * BLOCK_SAMPLES, "as long as the call");
    let (left, right) = (peak(sound.channel(0)), peak(sound.channel(1)));
    assert!(left.abs_diff(20 * BLOCK_SAMPLES + 120) < 48, "left at {left}");
    assert!(right.abs_diff(1_500 * BLOCK_SAMPLES + 120) < 48, "right at {right}");
}

#[test]
fn call_8_a_gap_is_silence_and_costs_next_to_nothing() {
    let file = record((0..100).chain(60_000..60_100).map(|at| (at, tone(700.0, at), tone(900.0, at))), 0);
    assert!(file.len() < 250_000, "{} bytes for ten minutes of pause", file.len());
    let sound = read(&file, usize::MAX).unwrap();
    let left = sound.channel(0);
    assert!(level(&left, 105..59_995) < -80.0, "{}", level(&left, 105..59_995));
    assert!(level(&left, 60_005..60_095) > -15.0);
}

#[test]
fn one_that_was_cut_off_is_read_as_far_as_it_goes_and_mended() {
    let whole = record((0..1_000).map(|at| (at, tone(700.0, at), SILENCE)), 0);
    assert_eq!(mend(&whole), Mending::Nothing);
    for cut in [whole.len() - 1, whole.len() - 500, whole.len() / 2, 6_000] {
        let torn = &whole[..cut];
        let before = read(torn, usize::MAX).unwrap();
        let Mending::LastPage { at, page } = mend(torn) else { panic!("{cut} of {} bytes", whole.len()) };
        let mended = [&torn[..at], &page].concat();
        assert_eq!(mend(&mended), Mending::Nothing);
        let after = read(&mended, usize::MAX).unwrap();
        assert_eq!(after, before, "nothing is lost");
    }
    assert_eq!(mend(&whole[..2_000]), Mending::Empty, "the head, and no whole page behind it");
    assert_eq!(mend(b""), Mending::Empty);
}

#[test]
fn a_greeting_in_mono_is_read_too() {
    let mut tape = Tape::new(Channels::Mono, 32_000, 1).unwrap();
    let mut file = Vec::new();
    tape.begin(&mut file);
    (0..51).for_each(|at| tape.write(at, &tone(500.0, at), &SILENCE, &mut file));
    tape.end(0, &mut file);
    let sound = read(&file, usize::MAX).unwrap();
    assert_eq!((sound.channels, sound.mono().len()), (1, 51 * BLOCK_SAMPLES));
    assert!(level(&sound.mono(), 5..50) > -15.0);
    assert_eq!(read(&file, 4_800).unwrap().samples.len(), 4_800, "the beginning, where it may not be longer");
}

#[test]
fn call_15_silence_is_trimmed_off_both_ends_and_not_amid() {
    let mut samples = vec![0.0; 3 * 48_000];
    samples[500] = 0.9;
    for at in (100..150).chain(180..200) {
        samples[at * BLOCK_SAMPLES..(at + 1) * BLOCK_SAMPLES].copy_from_slice(&tone(400.0, at as u64));
    }
    let margin = 7_200;
    assert_eq!(trim(&samples), 100 * BLOCK_SAMPLES - margin..200 * BLOCK_SAMPLES + margin);
    assert_eq!(trim(&[0.0; 48_000]), 0..0);
    assert_eq!(trim(&[]), 0..0);
    let room: Vec<f32> = (0..48_000).map(|n| 0.0005 * (n as f32).sin()).collect();
    assert_eq!(trim(&room), 0..0, "a quiet room says nothing");
}

/// RFC 7845 section 5.1: 1/256 dB, of somebody else's making.
#[test]
fn a_file_is_as_loud_as_its_head_says() {
    let file = record((0..100).map(|at| (at, tone(700.0, at), SILENCE)), 0);
    let played = |decibels: i16| {
        let mut file = file.clone();
        let (head, _) = page::pages(&file).next().unwrap();
        let gain = head.start + 28 + 16;
        file[gain..gain + 2].copy_from_slice(&(decibels * 256).to_le_bytes());
        page::seal(&mut file[head]);
        read(&file, usize::MAX).unwrap().channel(0)
    };
    let plain = level(&played(0), 5..95);
    for decibels in [-20, -6, 6] {
        let level = level(&played(decibels), 5..95);
        assert!((level - plain - f32::from(decibels)).abs() < 0.1, "{decibels} dB: {plain} to {level}");
    }
    assert!(played(127).iter().all(|sample| sample.abs() <= 1.0), "and no louder than loud");
}

/// RFC 7845 section 4: players and seekers take a smaller place on a later page for a broken file.
#[test]
fn every_page_is_later_than_the_one_before_and_the_last_is_what_was_recorded() {
    for (blocks, flushed) in (1..=120).flat_map(|blocks| [(blocks, None), (blocks, Some(blocks / 2))]) {
        let mut tape = Tape::new(Channels::Mono, 32_000, 1).unwrap();
        let mut file = Vec::new();
        tape.begin(&mut file);
        for at in 0..blocks {
            tape.write(at, &tone(500.0, at), &SILENCE, &mut file);
            if flushed == Some(at) {
                tape.flush(&mut file);
            }
        }
        tape.end(0, &mut file);
        let granules: Vec<u64> = page::pages(&file).map(|(_, page)| page.granule).collect();
        assert!(granules.is_sorted(), "{blocks} blocks: {granules:?}");
        assert_eq!(length(&file), Ok(blocks * BLOCK_SAMPLES as u64), "{blocks} blocks");
        assert_eq!(read(&file, usize::MAX).unwrap().samples.len(), blocks as usize * BLOCK_SAMPLES);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_file_brings_the_reader_down(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let _ = (read(&bytes, 48_000), mend(&bytes));
        let mut file = record((0..10).map(|at| (at, tone(300.0, at), SILENCE)), 0);
        let place = at.index(file.len());
        file[place] = byte;
        let _ = (read(&file, 48_000), mend(&file));
        bytes.splice(0..0, file);
        let _ = (read(&bytes, 48_000), mend(&bytes));
    }
}
