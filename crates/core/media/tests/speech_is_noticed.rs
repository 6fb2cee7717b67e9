//! Whether the agent speaks, for the hint that they are muted (CALL-3).

mod sound;

use sidetone_media::process::{NearEnd, NearSettings};
use sound::{Room, agent, block, customer, pink, white};

/// In which blocks somebody speaks.
fn noticed(sound: &[f32], blocks: usize) -> Vec<bool> {
    let mut end = NearEnd::new();
    (0..blocks)
        .map(|n| {
            let mut block = block(sound, n);
            end.process(&mut block);
            end.is_speech()
        })
        .collect()
}

#[test]
fn call_3_speech_is_noticed_within_a_second_and_lasts_through_pauses() {
    let noticed = noticed(&agent(8_000), 800);
    let first = noticed.iter().position(|speech| *speech).unwrap();
    println!("after {first}0 ms");
    assert!(first < 100, "after {first}0 ms");
    assert!(noticed[first..].iter().all(|speech| *speech), "it ended in a pause");
}

#[test]
fn call_3_it_ends_some_seconds_after_the_last_word() {
    let noticed = noticed(&agent(3_000), 800);
    assert!(noticed[290] && noticed[400], "the hint must not flicker");
    assert!(!noticed[700], "it lasts for ever");
}

#[test]
fn call_3_noise_a_cough_and_typing_are_not_speech() {
    let quieter = |sound: Vec<f32>| -> Vec<f32> { sound.into_iter().map(|sample| sample * 0.2).collect() };
    let mut clicks = vec![0.0; 48_000 * 8];
    (0..60).for_each(|n| (0..200).for_each(|k| clicks[n * 6_000 + k] = if k % 7 < 3 { 0.3 } else { -0.3 }));
    let mut cough = white(4, 8_000);
    cough.iter_mut().enumerate().for_each(|(n, sample)| *sample *= if n < 9_600 { 0.5 } else { 0.0 });
    for (name, sound) in [
        ("white", quieter(white(1, 8_000))),
        ("pink", quieter(pink(2, 8_000))),
        ("typing", clicks),
        ("cough", cough),
    ] {
        assert!(!noticed(&sound, 800).contains(&true), "{name} was taken for speech");
    }
}

#[test]
fn call_3_the_customers_voice_from_the_loudspeaker_is_not_the_agents() {
    let far = customer(12_000);
    let mut room = Room::new(3, 40, 10.0);
    let mut end = NearEnd::new();
    end.set(NearSettings { echo_cancellation: true, ..NearSettings::default() });
    let mut speaking = 0;
    for n in 0..1_200 {
        let played = block(&far, n);
        end.hear(&played);
        let echo = room.echo(&played);
        let mut microphone = std::array::from_fn(|k| echo[k]);
        end.process(&mut microphone);
        // Until the echo is found it may be taken for the agent.
        speaking += usize::from(n > 400 && end.is_speech());
    }
    assert_eq!(speaking, 0, "blocks");
}
