//! What a conference is to be, in numbers: each party speaks a frequency of its own.

use super::*;
use crate::pcm::{BLOCK_SAMPLES, SAMPLE_RATE};
use proptest::prelude::*;
use std::f64::consts::TAU;

/// Whole waves in 10 ms, so that one block tells them apart exactly.
fn hertz(seat: Seat) -> f64 {
    f64::from(400 + 200 * u32::from(seat.0))
}

fn voice(seat: Seat, at: usize, amplitude: f64) -> Block {
    std::array::from_fn(|n| {
        let seconds = (at * BLOCK_SAMPLES + n) as f64 / f64::from(SAMPLE_RATE);
        (amplitude * (TAU * hertz(seat) * seconds).sin()) as f32
    })
}

fn everybody(at: usize, amplitude: f64) -> Blocks {
    let mut blocks = Blocks::default();
    Seat::all().for_each(|seat| blocks[seat] = voice(seat, at, amplitude));
    blocks
}

/// How loud a seat's frequency is in what was heard.
fn loudness(heard: &[f32], seat: Seat) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in heard.iter().enumerate() {
        let phase = TAU * hertz(seat) * n as f64 / f64::from(SAMPLE_RATE);
        re += f64::from(*sample) * phase.cos();
        im += f64::from(*sample) * phase.sin();
    }
    2.0 * (re * re + im * im).sqrt() / heard.len() as f64
}

fn hears(heard: &Block) -> Vec<u8> {
    Seat::all().filter(|seat| loudness(heard, *seat) > 0.02).map(|seat| seat.0).collect()
}

fn part(with: With) -> Part {
    Part { with, ..Part::default() }
}

/// Seven others in a conference, and what is mixed for each after a change has had its block.
struct Table {
    mixer: Mixer,
    at: usize,
}

impl Table {
    fn of_eight() -> Table {
        let mut mixer = Mixer::default();
        while let Some(seat) = mixer.sit() {
            mixer.set(seat, part(With::Conference));
        }
        Table { mixer, at: 0 }
    }

    fn change(&mut self, seat: u8, change: impl FnOnce(&mut Part)) {
        let mut part = self.mixer.part(Seat(seat));
        change(&mut part);
        self.mixer.set(Seat(seat), part);
    }

    fn heard(&mut self) -> Vec<Block> {
        let mut heard = vec![crate::pcm::SILENCE; SEATS];
        for _ in 0..2 {
            let sources = everybody(self.at, 0.05);
            for seat in Seat::all() {
                self.mixer.hear(seat, &sources, &mut heard[seat.index()]);
            }
            self.at += 1;
        }
        heard
    }

    fn lists(&mut self) -> Vec<Vec<u8>> {
        self.heard().iter().map(hears).collect()
    }
}

fn all_but(missing: &[u8]) -> Vec<u8> {
    (0..SEATS as u8).filter(|seat| !missing.contains(seat)).collect()
}

#[test]
fn conf_1_eight_hear_all_others_and_not_themselves() {
    let mut table = Table::of_eight();
    for (seat, heard) in table.lists().into_iter().enumerate() {
        assert_eq!(heard, all_but(&[seat as u8]), "seat {seat}");
    }
    let heard = table.heard();
    assert!(loudness(&heard[3], Seat(3)) < 1e-6, "not even softly");
    assert!((loudness(&heard[3], Seat(5)) - 0.05).abs() < 1e-4, "as loud as they spoke");
    assert_eq!(table.mixer.sit(), None, "no ninth");
}

#[test]
fn conf_2_one_that_is_muted_is_heard_by_nobody_and_hears_on() {
    let mut table = Table::of_eight();
    table.change(4, |part| part.heard = false);
    for (seat, heard) in table.lists().into_iter().enumerate() {
        assert_eq!(heard, all_but(&[seat as u8, 4]), "seat {seat}");
    }
    table.change(4, |part| part.heard = true);
    assert_eq!(table.lists()[0], all_but(&[0]));
}

#[test]
fn conf_2_one_that_is_deafened_hears_nothing_and_is_heard_on() {
    let mut table = Table::of_eight();
    table.change(2, |part| part.hears = false);
    let lists = table.lists();
    assert_eq!(lists[2], all_but(&all_but(&[])));
    assert_eq!((&lists[0], &lists[7]), (&all_but(&[0]), &all_but(&[7])));
    assert_eq!(table.heard()[2], crate::pcm::SILENCE, "nothing at all");
}

#[test]
fn conf_2_one_that_is_removed_is_gone_and_its_seat_is_another_ones() {
    let mut table = Table::of_eight();
    table.mixer.leave(Seat(6));
    let lists = table.lists();
    assert_eq!((&lists[1], &lists[6]), (&all_but(&[1, 6]), &Vec::new()));
    assert_eq!(table.mixer.sit(), Some(Seat(6)));
    assert_eq!(table.lists()[1], all_but(&[1, 6]), "whoever sits down is on hold at first");
}

#[test]
fn conf_2_all_on_hold_hear_nothing_and_nobody_hears_them() {
    let mut table = Table::of_eight();
    (1..8).for_each(|seat| table.change(seat, |part| part.with = With::Nobody));
    assert!(table.lists().iter().all(Vec::is_empty));
}

#[test]
fn who_talks_with_the_agent_alone_does_not_hear_the_conference() {
    let mut table = Table::of_eight();
    table.change(1, |part| part.with = With::Agent);
    let lists = table.lists();
    assert_eq!((&lists[0], &lists[1], &lists[2]), (&all_but(&[0]), &vec![0], &all_but(&[1, 2])));
}

#[test]
fn the_agents_mute_is_the_agents_alone() {
    let mut table = Table::of_eight();
    (1..8).for_each(|seat| table.change(seat, |part| part.hears_agent = false));
    assert_eq!(table.lists()[1], all_but(&[0, 1]));
}

#[test]
fn what_is_written_down_is_the_conference_of_the_party_and_nobody_else() {
    let mut table = Table::of_eight();
    table.change(1, |part| part.with = With::Agent);
    let (mut agent, mut others) = (crate::pcm::SILENCE, crate::pcm::SILENCE);
    for (party, heard) in [(1, vec![1]), (2, all_but(&[0, 1]))] {
        for _ in 0..2 {
            let sources = everybody(table.at, 0.05);
            table.mixer.write_down(Seat(party), &sources, &mut agent, &mut others);
            table.at += 1;
        }
        assert_eq!((hears(&agent), hears(&others)), (vec![0], heard));
    }
}

#[test]
fn a_call_of_two_is_passed_on_bit_by_bit() {
    let mut mixer = Mixer::default();
    let seat = mixer.sit().unwrap();
    mixer.set(seat, part(With::Agent));
    let mut heard = crate::pcm::SILENCE;
    for at in 0..3 {
        let sources = everybody(at, 0.99);
        mixer.hear(seat, &sources, &mut heard);
        assert!(at == 0 || heard == sources[Seat::AGENT]);
    }
}

#[test]
fn no_change_clicks() {
    let mut table = Table::of_eight();
    let mut last = 0.0f32;
    for at in 0..60 {
        table.change(3, |part| part.heard = at % 3 == 0);
        table.change(1, |part| part.hears = at % 5 != 0);
        let mut heard = crate::pcm::SILENCE;
        table.mixer.hear(Seat(1), &everybody(at, 0.05), &mut heard);
        for sample in heard {
            // Seven sines of 0.05 at up to 1800 Hz step by 0.06 at most.
            assert!((sample - last).abs() < 0.07, "step of {} in block {at}", (sample - last).abs());
            last = sample;
        }
    }
}

/// Pushes by one clock, which is so many parts in a million quicker, and pulls by the other; gives what came out of
/// seat 1 after the first second, and the most that waited.
fn bridged(ppm: f64, burst: usize, seconds: usize) -> (Vec<f32>, usize) {
    let mut bridge = Bridge::default();
    let (mut pushed, mut most, mut out) = (0, 0, Vec::new());
    let (mut blocks, mut spoken) = (Blocks::default(), Blocks::default());
    for pull in 0..seconds * 100 {
        let due = (pull as f64 * (1.0 + ppm / 1e6)) as usize + 1;
        while pushed + burst <= due {
            for at in pushed..pushed + burst {
                spoken[Seat(1)] = voice(Seat(1), at, 0.3);
                bridge.push(&spoken);
            }
            pushed += burst;
        }
        bridge.pull(&mut blocks);
        if pull >= 300 {
            most = most.max(bridge.delay());
            out.extend_from_slice(&blocks[Seat(1)]);
        }
    }
    (out, most)
}

#[test]
fn clocks_that_differ_neither_pile_up_nor_click() {
    for (ppm, burst) in [(0.0, 1), (200.0, 1), (-200.0, 1), (0.0, 2), (200.0, 4), (-200.0, 3)] {
        let (out, most) = bridged(ppm, burst, 55);
        assert!(most < (burst + 3) * BLOCK_SAMPLES, "{ppm} ppm, bursts of {burst}: {most} samples wait");
        let step = |pair: &[f32]| (pair[1] - pair[0]).abs();
        let steepest = out.windows(2).map(step).fold(0.0, f32::max);
        // 0.3 at 600 Hz steps by 0.0236 at most.
        assert!(steepest < 0.025, "{ppm} ppm, bursts of {burst}: a step of {steepest}");
        let quietest = out.as_chunks::<BLOCK_SAMPLES>().0.iter().map(|block| crate::level::rms_dbfs(block));
        assert!(quietest.fold(0.0, f32::min) > -14.0, "{ppm} ppm, bursts of {burst}: a hole");
    }
}

#[test]
fn minutes_of_drift_do_not_grow() {
    let mut bridge = Bridge::default();
    let (silent, mut blocks, mut pushed) = (Blocks::default(), Blocks::default(), 0);
    for pull in 0..20_000u32 {
        while f64::from(pushed) < f64::from(pull) * 1.001 {
            bridge.push(&silent);
            pushed += 1;
        }
        bridge.pull(&mut blocks);
        assert!(pull < 500 || bridge.delay() < 4 * BLOCK_SAMPLES, "{} samples after {pull}", bridge.delay());
    }
}

#[test]
fn after_a_stall_of_the_puller_the_delay_is_back_within_a_second() {
    let mut bridge = Bridge::default();
    let mut blocks = Blocks::default();
    let mut at = 0;
    let mut run = |bridge: &mut Bridge, pushes: usize, pulls: usize| {
        (0..pushes).for_each(|_| {
            bridge.push(&everybody(at, 0.3));
            at += 1;
        });
        (0..pulls).for_each(|_| bridge.pull(&mut blocks));
    };
    (0..100).for_each(|_| run(&mut bridge, 1, 1));
    run(&mut bridge, 10, 0);
    assert!(bridge.delay() > 8 * BLOCK_SAMPLES);
    (0..100).for_each(|_| run(&mut bridge, 1, 1));
    assert!(bridge.delay() < 4 * BLOCK_SAMPLES, "{} samples wait", bridge.delay());
}

#[test]
fn what_was_put_in_before_a_restart_never_comes_out() {
    let mut bridge = Bridge::default();
    let mut blocks = Blocks::default();
    (0..8).for_each(|at| bridge.push(&everybody(at, 0.3)));
    bridge.restart();
    for _ in 0..20 {
        bridge.push(&Blocks::default());
        bridge.pull(&mut blocks);
        assert_eq!(blocks[Seat(1)], crate::pcm::SILENCE);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Sit,
    Leave(u8),
    Set(u8, Part),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let with = prop_oneof![Just(With::Nobody), Just(With::Agent), Just(With::Conference)];
    let part = (with, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(with, heard, hears, hears_agent)| Part { with, heard, hears, hears_agent });
    let step = prop_oneof![
        2 => Just(Step::Sit),
        1 => (0u8..8).prop_map(Step::Leave),
        4 => (0u8..8, part).prop_map(|(seat, part)| Step::Set(seat, part)),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_changed_nobody_hears_themselves_or_whom_they_must_not(steps in steps()) {
        let mut mixer = Mixer::default();
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Step::Sit => drop(mixer.sit()),
                Step::Leave(seat) => mixer.leave(Seat(seat)),
                Step::Set(seat, part) => mixer.set(Seat(seat), part),
            }
            let sources = everybody(at, 0.9);
            for seat in Seat::all() {
                let mut heard = crate::pcm::SILENCE;
                mixer.hear(seat, &sources, &mut heard);
                prop_assert!(heard.iter().all(|sample| sample.abs() <= 1.0));
                mixer.hear(seat, &everybody(at + 1, 0.05), &mut heard);
                prop_assert!(loudness(&heard, seat) < 1e-3, "{seat:?} hears itself");
                let part = mixer.part(seat);
                let deaf = seat != Seat::AGENT && (part.with == With::Nobody || !part.hears);
                prop_assert!(!deaf || heard == crate::pcm::SILENCE, "{seat:?} hears something");
            }
        }
    }
}
