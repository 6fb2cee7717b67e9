//! A customer's ear: whether somebody has spoken, and for how long they have paused since. By loudness alone: enough
//! for turns in a dialog, no more.

use std::time::{Duration, Instant};

/// Louder than this is a voice. A quiet headset's noise is below -60 dBFS, speech above -35.
const VOICE_DBFS: f32 = -45.0;
/// A click or a cough is no turn.
const SHORTEST_TURN: Duration = Duration::from_millis(250);
/// A beginning this long ago without going on was nothing.
const FORGET_AFTER: Duration = Duration::from_millis(500);

/// Follows the loudness of what is heard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ear {
    voice: Option<Voice>,
}

#[derive(Debug, Clone, Copy)]
struct Voice {
    from: Instant,
    to: Instant,
}

impl Voice {
    fn is_turn(self) -> bool {
        self.to.saturating_duration_since(self.from) >= SHORTEST_TURN
    }
}

impl Ear {
    /// Takes in how loud it is now.
    pub(crate) fn hear(&mut self, now: Instant, dbfs: f32) {
        let stale = |voice: &Voice| now.saturating_duration_since(voice.to) > FORGET_AFTER;
        if self.voice.as_ref().is_some_and(|voice| !voice.is_turn() && stale(voice)) {
            self.voice = None;
        }
        if dbfs > VOICE_DBFS {
            self.voice.get_or_insert(Voice { from: now, to: now }).to = now;
        }
    }

    /// How long the speaker has paused; `None` before anybody has said anything.
    pub(crate) fn pause(&self, now: Instant) -> Option<Duration> {
        let turn = self.voice.filter(|voice| voice.is_turn())?;
        Some(now.saturating_duration_since(turn.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears these levels, 50 ms each; gives the pause after the last.
    fn pause_after(levels: &[(f32, usize)]) -> Option<Duration> {
        let start = Instant::now();
        let (mut ear, mut ticks) = (Ear::default(), 0);
        for (dbfs, times) in levels {
            for _ in 0..*times {
                ear.hear(start + Duration::from_millis(50) * ticks, *dbfs);
                ticks += 1;
            }
        }
        ear.pause(start + Duration::from_millis(50) * ticks.saturating_sub(1))
    }

    #[test]
    fn silence_and_noise_are_no_turn() {
        assert_eq!(pause_after(&[(-90.0, 100), (-60.0, 100)]), None);
    }

    #[test]
    fn clicks_are_no_turn_however_many() {
        assert_eq!(pause_after(&[(-10.0, 1), (-90.0, 15), (-10.0, 1), (-90.0, 15), (-10.0, 1)]), None);
    }

    #[test]
    fn a_pause_is_counted_from_the_last_word() {
        let heard = [(-90.0, 10), (-20.0, 20), (-90.0, 4), (-20.0, 20), (-90.0, 14)];
        assert_eq!(pause_after(&heard), Some(Duration::from_millis(700)));
    }
}
