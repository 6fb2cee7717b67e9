//! The customer hears the agent and not themselves: echo cancellation in a room with 0.3 s of reverberation.

mod sound;

use sidetone_media::pcm::BLOCK_SAMPLES;
use sidetone_media::process::{NearEnd, NearSettings};
use sound::{Room, agent, block, correlation, customer, db, ms, power, white};
use std::time::Duration;

const ECHO_ONLY: NearSettings = NearSettings {
    echo_cancellation: true,
    noise_suppression: false,
    gain_control: false,
    noise_removal: false,
};

/// What the microphone heard, and what was sent.
struct Heard {
    echo: Vec<f32>,
    sent: Vec<f32>,
}

/// Plays `far` in `room` while `near` is said there; `room` may change from block to block.
fn call(far: &[f32], near: &[f32], mut room: impl FnMut(usize, &[f32]) -> Vec<f32>) -> Heard {
    let mut end = NearEnd::new();
    end.set(ECHO_ONLY);
    end.set_echo_delay(Duration::from_millis(50));
    let floor = white(9, far.len() / ms(1));
    let mut heard = Heard { echo: Vec::new(), sent: Vec::new() };
    for n in 0..far.len() / BLOCK_SAMPLES {
        let played = block(far, n);
        end.hear(&played);
        let echo = room(n, &played);
        let (near, floor) = (block(near, n), block(&floor, n));
        // A good microphone's own noise, 75 dB below full scale.
        let mut microphone = std::array::from_fn(|k| echo[k] + near[k] + floor[k] * 0.000_9);
        heard.echo.extend(echo);
        end.process(&mut microphone);
        heard.sent.extend(microphone);
    }
    heard
}

/// Echo return loss enhancement (ITU-T G.168) between two moments, in dB.
fn enhancement_db(heard: &Heard, from_ms: usize, to_ms: usize) -> f32 {
    let range = ms(from_ms)..ms(to_ms);
    db(power(&heard.echo[range.clone()])) - db(power(&heard.sent[range]))
}

#[test]
fn audio_7_after_two_seconds_the_echo_is_30_db_less_at_any_delay() {
    let far = customer(10_000);
    for (seed, delay_ms) in [(1, 20), (2, 60), (3, 120)] {
        let mut room = Room::new(seed, delay_ms, 6.0);
        let heard = call(&far, &[], |_, played| room.echo(played));
        let enhancement = enhancement_db(&heard, 2_000, 10_000);
        println!(
            "{delay_ms} ms: {enhancement:.1} dB, in the first two seconds {:.1} dB",
            enhancement_db(&heard, 0, 2_000)
        );
        assert!(enhancement >= 30.0, "{enhancement} dB at {delay_ms} ms");
    }
}

#[test]
fn a_loudspeaker_that_bends_the_sound_is_cancelled_too() {
    let far = customer(10_000);
    let mut room = Room::new(4, 60, 6.0).bending();
    let heard = call(&far, &[], |_, played| room.echo(played));
    let enhancement = enhancement_db(&heard, 2_000, 10_000);
    println!("{enhancement:.1} dB");
    assert!(enhancement >= 30.0, "{enhancement} dB");
}

#[test]
fn another_delay_in_the_call_is_found_within_two_seconds() {
    let far = customer(16_000);
    let mut room = Room::new(5, 40, 6.0);
    let heard = call(&far, &[], |n, played| {
        if n == 600 {
            room.set_delay(100);
        }
        room.echo(played)
    });
    let [before, after] = [enhancement_db(&heard, 2_000, 6_000), enhancement_db(&heard, 8_000, 16_000)];
    println!("before {before:.1} dB, after {after:.1} dB");
    assert!(before >= 30.0 && after >= 30.0, "{before} dB, then {after} dB");
}

#[test]
fn clocks_that_drift_apart_do_not_bring_the_echo_back() {
    for (ppm, least) in [(-50.0, 30.0), (50.0, 30.0), (100.0, 30.0), (200.0, 24.0)] {
        let far = customer(30_000);
        let mut room = Room::new(6, 80, 6.0);
        let whole: Vec<f32> =
            (0..far.len() / BLOCK_SAMPLES).flat_map(|n| room.echo(&block(&far, n))).collect();
        let drifting = resampled(&whole, 1.0 - ppm * 1e-6);
        let heard = call(&far, &[], |n, _| block(&drifting, n).to_vec());
        let enhancement = enhancement_db(&heard, 2_000, 30_000);
        println!("{ppm} ppm: {enhancement:.1} dB");
        assert!(enhancement >= least, "{enhancement} dB at {ppm} ppm");
    }
}

/// The sound at another clock's pace; the way of the echo grows shorter or longer by it.
fn resampled(sound: &[f32], pace: f64) -> Vec<f32> {
    let at = |n: isize| usize::try_from(n).ok().and_then(|n| sound.get(n)).copied().unwrap_or_default();
    (0..sound.len())
        .map(|n| {
            let place = n as f64 * pace;
            let (index, part) = (place as isize, place.fract() as f32);
            // Cubic (Catmull-Rom), which leaves speech as it is.
            let [a, b, c, d] = [-1, 0, 1, 2].map(|k| at(index + k));
            b + 0.5
                * part
                * (c - a + part * (2.0 * a - 5.0 * b + 4.0 * c - d + part * (3.0 * (b - c) + d - a)))
        })
        .collect()
}

#[test]
fn when_both_speak_the_agent_is_heard() {
    let far = customer(12_000);
    let mut near = agent(12_000);
    // The first five seconds the customer speaks alone.
    near[..ms(5_000)].fill(0.0);
    let alone = call(&vec![0.0; far.len()], &near, |_, played| vec![0.0; played.len()]);
    for loss_db in [30.0, 12.0, 6.0] {
        let mut room = Room::new(7, 60, loss_db);
        let both = call(&far, &near, |_, played| room.echo(played));
        let both_speak = ms(5_000)..ms(12_000);
        let (alone, both) = (&alone.sent[both_speak.clone()], &both.sent[both_speak]);
        let alike = correlation(alone, both);
        let kept_db = db(power(both)) - db(power(alone));
        println!("echo {loss_db} dB down: correlation {alike:.3}, level {kept_db:.1} dB");
        assert!(alike > 0.8, "{alike} with the echo {loss_db} dB down");
        assert!(kept_db.abs() < 3.0, "{kept_db} dB with the echo {loss_db} dB down");
    }
}

#[test]
fn without_an_echo_the_agent_sounds_as_before() {
    let near = agent(8_000);
    let heard = call(&vec![0.0; near.len()], &near, |_, played| vec![0.0; played.len()]);
    let late = ms(9);
    let levels = |sound: &[f32]| -> Vec<f32> {
        sound.as_chunks::<BLOCK_SAMPLES>().0.iter().map(|block| db(power(block)).max(-60.0)).collect()
    };
    let (said, sent) = (levels(&near[ms(1_000)..ms(7_500)]), levels(&heard.sent[ms(1_000) + late..]));
    let off = said.iter().zip(&sent).map(|(said, sent)| (said - sent).abs()).sum::<f32>() / said.len() as f32;
    println!("on average {off:.2} dB off a block");
    assert!(off < 1.5, "{off} dB");
}

#[test]
fn with_a_headset_the_agent_is_heard_from_the_third_second_on_when_both_speak() {
    let (far, near) = (customer(12_000), agent(12_000));
    let alone = call(&vec![0.0; far.len()], &near, |_, played| vec![0.0; played.len()]);
    for loss_db in [200.0, 45.0] {
        let mut room = Room::new(7, 20, loss_db);
        let both = call(&far, &near, |_, played| room.echo(played));
        for (from_ms, to_ms) in [(2_000, 5_000), (5_000, 12_000)] {
            let range = ms(from_ms)..ms(to_ms);
            let (alone, both) = (&alone.sent[range.clone()], &both.sent[range]);
            let alike = correlation(alone, both);
            let kept_db = db(power(both)) - db(power(alone));
            println!(
                "echo {loss_db} dB down, from {from_ms} ms: correlation {alike:.3}, level {kept_db:.1} dB"
            );
            assert!(alike > 0.85, "{alike} from {from_ms} ms, with the echo {loss_db} dB down");
            assert!(kept_db.abs() < 2.0, "{kept_db} dB from {from_ms} ms, with the echo {loss_db} dB down");
        }
    }
}

/// Loudspeaker and microphone by clocks of their own for so long that one of them gives a block more than the other.
#[test]
fn a_block_more_from_one_clock_than_from_the_other_does_not_bring_the_echo_back() {
    for ppm in [-100.0, 100.0] {
        let far = customer(120_000);
        let mut room = Room::new(8, 60, 6.0);
        let whole: Vec<f32> =
            (0..far.len() / BLOCK_SAMPLES).flat_map(|n| room.echo(&block(&far, n))).collect();
        // How many samples are played while the microphone gives one.
        let pace = 1.0 - ppm * 1e-6;
        let echo = resampled(&whole, pace);
        let mut end = NearEnd::new();
        end.set(ECHO_ONLY);
        end.set_echo_delay(Duration::from_millis(50));
        let (mut played, mut heard) = (0, Heard { echo: Vec::new(), sent: Vec::new() });
        for n in 0..115_000 / 10 {
            while played as f64 <= n as f64 * pace + 0.5 {
                end.hear(&block(&far, played));
                played += 1;
            }
            let mut microphone = block(&echo, n);
            heard.echo.extend(microphone);
            end.process(&mut microphone);
            heard.sent.extend(microphone);
        }
        assert_ne!(played, 11_500, "the clocks came apart by a block");
        let worst = (2_000..110_000)
            .step_by(5_000)
            .map(|from| enhancement_db(&heard, from, from + 5_000))
            .fold(f32::MAX, f32::min);
        let whole = enhancement_db(&heard, 2_000, 115_000);
        println!("{ppm} ppm: {whole:.1} dB, in the worst five seconds {worst:.1} dB");
        assert!(whole >= 24.0 && worst >= 16.0, "{whole} dB, at worst {worst} dB at {ppm} ppm");
    }
}
