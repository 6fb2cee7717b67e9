//! Concealment for G.711 at 8 kHz: the last pitch period goes on, and fades away within 60 ms.
//!
//! After the manner of ITU-T G.711 appendix I, but without its 3.75 ms of delay: the seam at the start is closed by an
//! offset that decays, the seam at the end by a crossfade.

/// What is remembered: two of the longest pitch periods and a window to compare by.
const HISTORY: usize = 400;
const SHORTEST_LAG: usize = 40;
const LONGEST_LAG: usize = 160;
const COMPARED: usize = 160;
const SEAM: usize = 32;
/// The first 10 ms are as loud as what was before; 50 ms later it is quiet.
const LOUD: usize = 80;
const FADE: usize = 400;

/// What concealment is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Listening,
    Repeating { lag: usize, made: usize, offset: f32 },
}

/// Follows decoded sound, and goes on by itself where some is missing.
#[derive(Debug)]
pub(crate) struct Conceal {
    /// Newest last.
    history: Box<[f32; HISTORY]>,
    state: State,
}

impl Conceal {
    pub(crate) fn new() -> Conceal {
        Conceal { history: Box::new([0.0; HISTORY]), state: State::Listening }
    }

    /// Takes decoded sound, and softens its start where it follows something made up.
    pub(crate) fn heard(&mut self, sound: &mut [f32]) {
        if matches!(self.state, State::Repeating { .. }) {
            let seam = SEAM.min(sound.len());
            for (n, sample) in sound[..seam].iter_mut().enumerate() {
                let weight = (n + 1) as f32 / (seam + 1) as f32;
                *sample = *sample * weight + self.next() * (1.0 - weight);
            }
            self.state = State::Listening;
            // What the seam made was remembered already; what is heard counts.
            self.history.copy_within(..HISTORY - seam, seam);
        }
        self.remember(sound);
    }

    /// One made-up sample.
    pub(crate) fn next(&mut self) -> f32 {
        if self.state == State::Listening {
            let lag = self.pitch();
            let offset = self.history[HISTORY - 1] - self.history[HISTORY - 1 - lag];
            self.state = State::Repeating { lag, made: 0, offset };
        }
        let State::Repeating { lag, made, offset } = self.state else { return 0.0 };
        self.state = State::Repeating { lag, made: made.saturating_add(1), offset };
        let base = self.history[HISTORY - lag];
        let seam = if made < SEAM { offset * (1.0 - made as f32 / SEAM as f32) } else { 0.0 };
        // The history holds the unfaded wave, so that the fade is not applied again at every period.
        self.remember(&[base]);
        let gain = 1.0 - made.saturating_sub(LOUD).min(FADE) as f32 / FADE as f32;
        (base + seam) * gain
    }

    fn remember(&mut self, sound: &[f32]) {
        let sound = &sound[sound.len().saturating_sub(HISTORY)..];
        self.history.copy_within(sound.len().., 0);
        self.history[HISTORY - sound.len()..].copy_from_slice(sound);
    }

    /// The lag at which the newest sound is most like what was before it.
    fn pitch(&self) -> usize {
        let newest = &self.history[HISTORY - COMPARED..];
        let score = |lag: usize| {
            let before = &self.history[HISTORY - COMPARED - lag..HISTORY - lag];
            let product: f32 = newest.iter().zip(before).map(|(a, b)| a * b).sum();
            let energy: f32 = before.iter().map(|b| b * b).sum();
            product / (energy + 1e-6).sqrt()
        };
        let mut best = (LONGEST_LAG, f32::MIN);
        for lag in SHORTEST_LAG..=LONGEST_LAG {
            let score = score(lag);
            // A multiple of the period fits as well: the shortest wins unless another is clearly better.
            if score > best.1 * if best.1 > 0.0 { 1.01 } else { 1.0 } {
                best = (lag, score);
            }
        }
        best.0
    }
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
        let mut conceal = Conceal::new();
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
    fn silence_follows_within_sixty_milliseconds() {
        let mut conceal = Conceal::new();
        conceal.heard(&mut tone(0, 800));
        let made: Vec<f32> = (0..1600).map(|_| conceal.next()).collect();
        assert!(made[480..].iter().all(|sample| *sample == 0.0));
        assert!(made[80..160].iter().any(|sample| sample.abs() > 0.3));
    }
}
