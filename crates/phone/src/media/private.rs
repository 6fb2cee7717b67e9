//! What is played beside the talk of one leg: tones and announcements for the agent alone (CALL-14, OFFER-7), and
//! greetings, which the party and the agent hear (CALL-15).
//!
//! While a greeting is played the agent's voice is 20 dB softer for the party: a cough or the room does not disturb the
//! agent's own recorded voice, and whoever must cut in is still heard.

use super::{Ears, Play};
use sidetone_media::mix::{Part, With};
use sidetone_media::pcm::{BLOCK_SAMPLES, Block, SILENCE};
use sidetone_media::tone::{Signal, Tone, TonePlan};
use std::sync::{Arc, OnceLock};

/// -20 dB.
const DUCKED: f32 = 0.1;

/// How a recording came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlayEnd {
    /// It was played to its end.
    Whole,
    /// It was stopped, or another took its place.
    Stopped,
}

#[derive(Default)]
pub(super) struct Private {
    tones: [Option<(Signal, Tone)>; 4],
    playing: Option<Playing>,
    /// What the agent's voice was multiplied by at the end of the block before, for the party; 1 less this.
    ducked_by: f32,
    ended: Option<PlayEnd>,
}

/// A recording, and how far it is: the agent hears it by one clock, the party by another.
struct Playing {
    clip: Arc<OnceLock<Vec<f32>>>,
    agent: Ear,
    /// `None`: it is not for the party.
    party_at: Option<usize>,
}

/// How far a recording is for the agent.
#[derive(Clone, Copy)]
enum Ear {
    /// It goes on from there.
    Hears(usize),
    /// It goes on from there as soon as the party hears it, too: what both are to hear, both hear whole.
    Waits(usize),
}

impl Ear {
    const fn at(self) -> usize {
        match self {
            Ear::Hears(at) | Ear::Waits(at) => at,
        }
    }
}

impl Private {
    /// Begins a tone, or ends it.
    pub(super) fn tone(&mut self, signal: Signal, on: bool) {
        let known = |tone: &&mut Option<(Signal, Tone)>| tone.as_ref().is_some_and(|(is, _)| *is == signal);
        if let Some(place) = self.tones.iter_mut().find(known) {
            *place = None;
        }
        if let Some(place) = self.tones.iter_mut().find(|tone| tone.is_none()).filter(|_| on) {
            *place = Some((signal, Tone::new(signal, TonePlan::default())));
        }
    }

    /// Plays a recording, in place of the one that may be playing.
    pub(super) fn play(&mut self, play: Play) {
        self.stop();
        let (agent, party_at) = match play.ears {
            Ears::Agent => (Ear::Hears(0), None),
            Ears::Both => (Ear::Waits(0), Some(0)),
        };
        self.playing = Some(Playing { clip: play.clip, agent, party_at });
    }

    /// Ends the recording that is playing.
    pub(super) fn stop(&mut self) {
        if self.playing.take().is_some() {
            self.ended = Some(PlayEnd::Stopped);
        }
    }

    /// Whether there is one that is not over.
    pub(super) const fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    /// How a recording ended, once.
    pub(super) fn ended(&mut self) -> Option<PlayEnd> {
        self.ended.take()
    }

    /// Adds the agent's 10 ms.
    pub(super) fn whisper(&mut self, mix: &mut Block) {
        let mut block = SILENCE;
        for place in &mut self.tones {
            if let Some((_, tone)) = place {
                if tone.fill(&mut block) {
                    add(mix, &block);
                } else {
                    *place = None;
                }
            }
        }
        let Some(playing) = &mut self.playing else { return };
        let Some(clip) = playing.clip.get() else { return };
        let over = |at: usize| at >= clip.len();
        if let Ear::Hears(at) = &mut playing.agent {
            read(clip, at, mix);
        }
        if over(playing.agent.at()) && playing.party_at.is_none_or(over) {
            self.ended = (!clip.is_empty()).then_some(PlayEnd::Whole);
            self.playing = None;
        }
    }

    /// The party's next 10 ms of a greeting. On hold it hears nothing, and the greeting waits, for the agent, too; it is not to be asked for
    /// before sound has a way to the party.
    pub(super) fn speak(&mut self, part: Part) -> Greeting {
        let mut sound = SILENCE;
        let speaks = match &mut self.playing {
            Some(Playing { clip, agent, party_at: Some(at) }) => match clip.get() {
                Some(clip) if *at < clip.len() && part.with != With::Nobody => {
                    read(clip, at, &mut sound);
                    *agent = Ear::Hears(agent.at());
                    true
                }
                Some(clip) if *at < clip.len() => {
                    *agent = Ear::Waits(agent.at());
                    false
                }
                Some(_) | None => false,
            },
            Some(_) | None => false,
        };
        let from = self.ducked_by;
        self.ducked_by = if speaks { 1.0 - DUCKED } else { 0.0 };
        Greeting { sound, ducked_by: (from, self.ducked_by) }
    }
}

/// 10 ms of a greeting, and how much softer the agent is under it at their beginning and end.
pub(super) struct Greeting {
    sound: Block,
    ducked_by: (f32, f32),
}

impl Greeting {
    /// Lays it over what is spoken.
    pub(super) fn over(&self, spoken: &mut Block) {
        let (from, to) = self.ducked_by;
        if from == 0.0 && to == 0.0 {
            return;
        }
        let step = (to - from) / BLOCK_SAMPLES as f32;
        for (n, (sample, greeting)) in spoken.iter_mut().zip(&self.sound).enumerate() {
            let softer = *sample * (1.0 - (from + step * (n + 1) as f32));
            *sample = (softer + greeting).clamp(-1.0, 1.0);
        }
    }
}

fn read(clip: &[f32], at: &mut usize, mix: &mut Block) {
    let rest = clip.get(*at..).unwrap_or_default();
    mix.iter_mut().zip(rest).for_each(|(sum, sample)| *sum += sample);
    *at = (*at + BLOCK_SAMPLES).min(clip.len());
}

fn add(mix: &mut Block, block: &Block) {
    mix.iter_mut().zip(block).for_each(|(sum, sample)| *sum += sample);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talking() -> Part {
        Part { with: With::Agent, ..Part::default() }
    }

    fn clip(blocks: usize) -> Arc<OnceLock<Vec<f32>>> {
        Arc::new(vec![0.5; blocks * BLOCK_SAMPLES].into())
    }

    #[test]
    fn offer_7_a_whisper_is_heard_by_the_agent_alone_and_says_when_it_is_over() {
        let mut private = Private::default();
        private.play(Play { clip: clip(3), ears: Ears::Agent });
        let mut blocks = 0;
        while private.ended().is_none() {
            let (mut agent, mut party) = (SILENCE, [0.25; BLOCK_SAMPLES]);
            private.whisper(&mut agent);
            private.speak(talking()).over(&mut party);
            assert_eq!((agent[0], party[0]), (0.5, 0.25));
            blocks += 1;
        }
        assert_eq!(blocks, 3);
    }

    #[test]
    fn call_14_tones_are_the_agents_alone_and_end() {
        let mut private = Private::default();
        private.tone(Signal::CallWaiting, true);
        private.tone(Signal::Beep, true);
        let (mut agent, mut party) = (SILENCE, SILENCE);
        (0..10).for_each(|_| private.whisper(&mut agent));
        private.speak(talking()).over(&mut party);
        assert!(agent.iter().any(|sample| sample.abs() > 0.1));
        assert_eq!(party, SILENCE);
        private.tone(Signal::CallWaiting, false);
        (0..20).for_each(|_| private.whisper(&mut [0.0; BLOCK_SAMPLES]));
        assert!(private.tones.iter().all(Option::is_none));
    }

    #[test]
    fn call_15_a_greeting_is_heard_by_both_over_a_softer_agent_and_can_be_stopped() {
        let mut private = Private::default();
        private.play(Play { clip: clip(100), ears: Ears::Both });
        let (mut agent, mut party) = (SILENCE, SILENCE);
        for _ in 0..2 {
            (agent, party) = (SILENCE, [0.2; BLOCK_SAMPLES]);
            private.speak(talking()).over(&mut party);
            private.whisper(&mut agent);
        }
        assert!(
            (agent[0] - 0.5).abs() < 1e-6 && (party[400] - 0.52).abs() < 1e-6,
            "{} {}",
            agent[0],
            party[400]
        );
        private.stop();
        assert_eq!(private.ended(), Some(PlayEnd::Stopped));
        (0..2).for_each(|_| {
            party = [0.2; BLOCK_SAMPLES];
            private.speak(talking()).over(&mut party);
        });
        assert_eq!(party[400], 0.2, "the agent is back");
    }

    #[test]
    fn what_is_stopped_before_it_is_read_is_never_heard() {
        let mut private = Private::default();
        let (clip, mut agent) = (Arc::new(OnceLock::new()), SILENCE);
        private.play(Play { clip: Arc::clone(&clip), ears: Ears::Both });
        private.whisper(&mut agent);
        private.stop();
        clip.set(vec![0.5; BLOCK_SAMPLES]).unwrap();
        private.whisper(&mut agent);
        assert_eq!((agent, private.ended()), (SILENCE, Some(PlayEnd::Stopped)));
    }

    #[test]
    fn call_15_amid_a_greeting_a_hold_stops_it_for_both_and_both_hear_the_rest() {
        let mut private = Private::default();
        private.play(Play { clip: clip(6), ears: Ears::Both });
        let mut hears = |part: Part| {
            let (mut agent, mut party) = (SILENCE, SILENCE);
            private.speak(part).over(&mut party);
            private.whisper(&mut agent);
            ((agent[479], party[479]), private.ended())
        };
        for _ in 0..2 {
            assert_eq!(hears(talking()), ((0.5, 0.5), None));
        }
        (0..10).for_each(|_| assert_eq!(hears(Part::default()), ((0.0, 0.0), None)));
        for _ in 0..3 {
            assert_eq!(hears(talking()), ((0.5, 0.5), None));
        }
        assert_eq!(hears(talking()), ((0.5, 0.5), Some(PlayEnd::Whole)));
    }

    #[test]
    fn on_hold_nothing_of_a_greeting_is_lost() {
        let mut private = Private::default();
        private.play(Play { clip: clip(2), ears: Ears::Both });
        let mut party = SILENCE;
        (0..10).for_each(|_| {
            private.whisper(&mut [0.0; BLOCK_SAMPLES]);
            private.speak(Part::default()).over(&mut party);
        });
        assert_eq!((party, private.ended()), (SILENCE, None));
        private.speak(talking()).over(&mut party);
        assert_eq!(party[479], 0.5);
    }
}
