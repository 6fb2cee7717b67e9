//! Concealment for codecs of a waveform, at 8 or 16 kHz: the last pitch period goes on, and fades away within 100 ms.
//!
//! After ITU-T G.711 appendix I, but without its 3.75 ms of delay: where the appendix blends what was heard into what is made
//! up, here the step between them is spread over a quarter of a period. As there, the ring that is repeated has its
//! ends blended, and the seam at the end grows with the loss. Looking for the pitch in 10 ms instead of 20, one period
//! instead of up to three, and a fade of 80 ms instead of 50 were each scored better.

use crate::noise::{Generator, Noise};

/// The rate of the sound, as a multiple of 8 kHz: all lengths below are for 8 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    Narrow = 1,
    Wide = 2,
}

/// The newest sound that is compared, the longest period before it, and a quarter more.
const HISTORY: usize = 280;
const SHORTEST_LAG: usize = 40;
const LONGEST_LAG: usize = 160;
const COMPARED: usize = 80;
/// The first 20 ms are as loud as what was before; 80 ms later it is quiet.
const LOUD: usize = 160;
const FADE: usize = 640;
/// What the seam at the end grows by in each 10 ms that are made up, and the most it grows to.
const STEP: usize = 80;
const SEAM: usize = 32;
const LONGEST_SEAM: usize = 80;
/// From sound to comfort noise, and back: 10 and 5 ms.
const TO_NOISE: usize = 80;
const FROM_NOISE: usize = 40;

/// What concealment is doing.
#[derive(Debug)]
enum State {
    Listening,
    /// `made` samples of periods of `lag` are made; the first was `offset` too low.
    Repeating {
        lag: usize,
        made: usize,
        offset: f32,
    },
    /// The other side is silent, and said what its silence sounds like; `made` samples of the change to it are made.
    Noise {
        generator: Generator,
        made: usize,
    },
}

/// Follows decoded sound, and goes on by itself where some is missing.
#[derive(Debug)]
pub(crate) struct Conceal {
    rate: usize,
    /// Newest last; stands still while sound is made up.
    history: Box<[f32]>,
    /// What was made up since, as a ring.
    made_up: Box<[f32]>,
    state: State,
}

impl Conceal {
    pub(crate) fn new(rate: Rate) -> Conceal {
        let rate = rate as usize;
        let silence = || vec![0.0; HISTORY * rate].into_boxed_slice();
        Conceal { rate, history: silence(), made_up: silence(), state: State::Listening }
    }

    /// Takes decoded sound, and softens its start where it follows something made up.
    pub(crate) fn heard(&mut self, sound: &mut [f32]) {
        if let State::Noise { generator, .. } = &mut self.state {
            let seam = (FROM_NOISE * self.rate).min(sound.len());
            for (n, sample) in sound[..seam].iter_mut().enumerate() {
                let weight = (n + 1) as f32 / (seam + 1) as f32;
                *sample = *sample * weight + generator.next() * (1.0 - weight);
            }
            self.state = State::Listening;
            self.history.fill(0.0);
        } else if let State::Repeating { lag, made, .. } = self.state {
            let grown = lag / 4 + SEAM * self.rate * (made / (STEP * self.rate));
            let seam = grown.min(LONGEST_SEAM * self.rate).min(sound.len());
            for (n, sample) in sound[..seam].iter_mut().enumerate() {
                let weight = (n + 1) as f32 / (seam + 1) as f32;
                *sample = *sample * weight + self.make() * (1.0 - weight);
            }
            self.state = State::Listening;
            let (newer, older) = self.made_up.split_at(made % self.made_up.len());
            if made >= self.made_up.len() {
                remember(&mut self.history, older);
            }
            remember(&mut self.history, newer);
        }
        remember(&mut self.history, sound);
    }

    /// The other side is silent from here on, and this is what its silence sounds like.
    pub(crate) fn begin_noise(&mut self, noise: Noise) {
        if let State::Noise { generator, .. } = &mut self.state {
            generator.follow(noise);
        } else {
            // What was heard last goes on below the beginning of the noise.
            let seam = TO_NOISE * self.rate;
            for n in 0..seam {
                let sample = self.make();
                self.made_up[n] = sample;
            }
            self.state = State::Noise { generator: Generator::new(noise), made: 0 };
        }
    }

    /// Whoever was silent is another, or gone.
    pub(crate) fn end_noise(&mut self) {
        if self.is_noise() {
            self.state = State::Listening;
            self.history.fill(0.0);
        }
    }

    pub(crate) const fn is_noise(&self) -> bool {
        matches!(self.state, State::Noise { .. })
    }

    /// One made-up sample.
    pub(crate) fn next(&mut self) -> f32 {
        if let State::Noise { generator, made } = &mut self.state {
            let (sample, seam) = (generator.next(), TO_NOISE * self.rate);
            let weight = (*made + 1).min(seam) as f32 / seam as f32;
            let before = self.made_up.get(*made).copied().unwrap_or_default();
            *made = (*made + 1).min(seam);
            return sample * weight + before * (1.0 - weight);
        }
        let sample = self.make();
        if let State::Repeating { made, .. } = self.state {
            let place = (made - 1) % self.made_up.len();
            self.made_up[place] = sample;
        }
        sample
    }

    fn make(&mut self) -> f32 {
        if matches!(self.state, State::Listening) {
            let (lag, len) = (self.pitch(), self.history.len());
            let offset = self.history[len - 1] - self.history[len - 1 - lag];
            self.state = State::Repeating { lag, made: 0, offset };
        }
        let State::Repeating { lag, made, offset } = self.state else { return 0.0 };
        self.state = State::Repeating { lag, made: made.saturating_add(1), offset };
        let mut wave = self.wave(lag, made % lag);
        if let Some(left) = (lag / 4).checked_sub(made) {
            wave += offset * left as f32 / (lag / 4) as f32;
        }
        let (loud, fade) = (LOUD * self.rate, FADE * self.rate);
        wave * (1.0 - made.saturating_sub(loud).min(fade) as f32 / fade as f32)
    }

    /// The last period as a ring, its ends blended over a quarter of it.
    fn wave(&self, lag: usize, place: usize) -> f32 {
        let (index, seam) = (self.history.len() - lag + place, lag / 4);
        let Some(blended) = (place + seam).checked_sub(lag) else { return self.history[index] };
        let weight = (blended + 1) as f32 / (seam + 1) as f32;
        self.history[index] * (1.0 - weight) + self.history[index - lag] * weight
    }

    /// The lag at which the newest sound is most like what was before it.
    fn pitch(&self) -> usize {
        let (len, compared) = (self.history.len(), COMPARED * self.rate);
        let newest = &self.history[len - compared..];
        let mut best = (LONGEST_LAG * self.rate, f32::MIN);
        for lag in SHORTEST_LAG * self.rate..=LONGEST_LAG * self.rate {
            let before = &self.history[len - compared - lag..len - lag];
            let product: f32 = newest.iter().zip(before).map(|(a, b)| a * b).sum();
            let energy: f32 = before.iter().map(|b| b * b).sum();
            let score = product / (energy + 1e-6).sqrt();
            // A multiple of the period fits as well: the shortest wins unless another is clearly better.
            if score > best.1 * if best.1 > 0.0 { 1.01 } else { 1.0 } {
                best = (lag, score);
            }
        }
        best.0
    }
}

fn remember(history: &mut [f32], sound: &[f32]) {
    let sound = &sound[sound.len().saturating_sub(history.len())..];
    let kept = history.len() - sound.len();
    history.copy_within(sound.len().., 0);
    history[kept..].copy_from_slice(sound);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn tone(from: usize, samples: usize) -> Vec<f32> {
        (from..from + samples).map(|n| 0.5 * (n as f32 * TAU * 200.0 / 8000.0).sin()).collect()
    }

    #[test]
    fn a_tone_goes_on_through_a_lost_packet() {
        let mut conceal = Conceal::new(Rate::Narrow);
        conceal.heard(&mut tone(0, 800));
        let made: Vec<f32> = (0..160).map(|_| conceal.next()).collect();
        let error: f32 = made[..80].iter().zip(tone(800, 80)).map(|(a, b)| (a - b).powi(2)).sum();
        assert!(error < 0.1, "error {error}");
        let mut after = tone(960, 160);
        conceal.heard(&mut after);
        let largest =
            after.windows(2).map(|w| (w[1] - w[0]).abs()).fold((after[0] - made[159]).abs(), f32::max);
        assert!(largest < 0.12, "step {largest}");
    }

    #[test]
    fn silence_follows_within_a_tenth_of_a_second() {
        let mut conceal = Conceal::new(Rate::Narrow);
        conceal.heard(&mut tone(0, 800));
        let made: Vec<f32> = (0..1600).map(|_| conceal.next()).collect();
        assert!(made[800..].iter().all(|sample| *sample == 0.0));
        assert!(made[80..240].iter().any(|sample| sample.abs() > 0.3));
    }
}
