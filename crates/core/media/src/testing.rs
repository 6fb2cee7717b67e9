//! For tests of this crate: a first moment, and a voice.

use std::time::Instant;

/// Where virtual time begins. The one place where the clock is read, since an `Instant` comes from nowhere else.
#[allow(clippy::disallowed_methods)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Sound that a codec takes for speech: pulses of a gliding pitch through two formants, four syllables a second.
pub(crate) fn voice(seconds: usize) -> Vec<f32> {
    use std::f32::consts::TAU;
    let (mut phase, mut formants) = (0.0f32, [[0.0f32; 2]; 2]);
    (0..seconds * 48_000)
        .map(|n| {
            let time = n as f32 / 48_000.0;
            phase += (130.0 + 30.0 * (TAU * 0.7 * time).sin()) / 48_000.0;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase = phase.fract();
            let syllable = (TAU * 2.0 * time).sin().max(0.0);
            let made: f32 = [(600.0, 0.994), (1_400.0, 0.99)]
                .iter()
                .zip(&mut formants)
                .map(|((hz, radius), [one, two])| {
                    let next =
                        pulse + 2.0 * radius * (TAU * hz / 48_000.0).cos() * *one - radius * radius * *two;
                    (*two, *one) = (*one, next);
                    next
                })
                .sum();
            (made * 0.02 * syllable).clamp(-1.0, 1.0)
        })
        .collect()
}
