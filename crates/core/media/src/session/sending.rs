//! Microphone to packets: gathers blocks to a packet, encodes, and lets digits go instead of sound.

use super::Config;
use crate::{
    codec::{Codec, Effort, Encoder, MOST_BYTES},
    dtmf::{Keypad, Step},
    noise::{Quiet, Say},
    pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE},
    rtp::{Header, Sender},
    sdp::{OpusWishes, Plan},
};
use bytes::Bytes;
use rand::RngExt;

/// 60 ms.
const MOST_SAMPLES: usize = 2_880;

/// Whether the next packet begins a talkspurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Talk {
    Paused,
    Running,
}

/// Our stream, and what makes its packets.
#[derive(Debug)]
pub(super) struct Sending {
    sender: Sender,
    encoder: Option<Encoder>,
    made_for: Option<(Codec, OpusWishes)>,
    effort: Effort,
    keypad: Keypad,
    /// Where silence is told and not sent.
    quiet: Option<Box<Quiet>>,
    frame: Box<[f32; MOST_SAMPLES]>,
    filled: usize,
    /// The timestamp of the frame's first sample.
    timestamp: u32,
    talk: Talk,
    packet: Box<[u8; MOST_BYTES]>,
}

impl Sending {
    pub(super) fn new(config: &Config, rng: &mut impl rand::Rng) -> Sending {
        Sending {
            sender: Sender::new(rng),
            encoder: None,
            made_for: None,
            effort: Effort::default(),
            keypad: Keypad::new(u32::try_from(config.digit_duration.as_millis()).unwrap_or(u32::MAX)),
            quiet: None,
            frame: Box::new([0.0; MOST_SAMPLES]),
            filled: 0,
            timestamp: rng.random(),
            talk: Talk::Paused,
            packet: Box::new([0; MOST_BYTES]),
        }
    }

    pub(super) const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The timestamp of this moment.
    pub(super) fn timestamp_now(&self) -> u32 {
        let per_tick = self.made_for.map_or(1, |(codec, _)| codec.clock_rate().samples_per_tick());
        self.timestamp.wrapping_add(self.filled as u32 / per_tick)
    }

    /// Goes on by a new plan: the encoder is kept where it fits.
    pub(super) fn apply(&mut self, plan: &Plan) {
        if plan.telephone_event.is_none() {
            self.keypad.clear();
        }
        self.quiet = match plan.send.noise {
            Some(_) => self.quiet.take().or_else(|| Some(Box::new(Quiet::new()))),
            None => None,
        };
        let wanted = (plan.codec, plan.opus);
        if self.made_for != Some(wanted) {
            self.timestamp = self.timestamp_now();
            self.keypad.interrupt();
            self.filled = 0;
            self.encoder = Encoder::new(plan.codec, plan.opus);
            self.work(self.effort);
            self.made_for = Some(wanted);
            self.talk = Talk::Paused;
        }
    }

    pub(super) fn press(&mut self, digit: char) -> bool {
        self.keypad.press(digit)
    }

    /// Puts so much work into sound from now on.
    pub(super) fn work(&mut self, effort: Effort) {
        self.effort = effort;
        if let Some(encoder) = &mut self.encoder {
            encoder.set_effort(effort);
        }
    }

    pub(super) fn expect_loss(&mut self, percent: u8) {
        if let Some(encoder) = &mut self.encoder {
            encoder.expect_loss(percent);
        }
    }

    /// Takes 10 ms; hands the packets that are complete to `send`.
    pub(super) fn capture(&mut self, block: &Block, plan: &Plan, send: impl FnMut(Bytes)) {
        if !plan.direction.sends() {
            self.keypad.interrupt();
            self.timestamp = self
                .timestamp_now()
                .wrapping_add(BLOCK_SAMPLES as u32 / plan.codec.clock_rate().samples_per_tick());
            self.filled = 0;
            self.talk = Talk::Paused;
            return;
        }
        self.gather(block);
        let wanted = packet_samples(plan);
        if self.filled >= wanted {
            self.send(wanted, plan, send);
            self.frame.copy_within(wanted..self.filled, 0);
            self.filled -= wanted;
            self.timestamp =
                self.timestamp.wrapping_add(wanted as u32 / plan.codec.clock_rate().samples_per_tick());
        }
    }

    /// What drivers may give is made sound.
    fn gather(&mut self, block: &Block) {
        let start = self.filled.min(MOST_SAMPLES - BLOCK_SAMPLES);
        let room = &mut self.frame[start..start + BLOCK_SAMPLES];
        for (sample, input) in room.iter_mut().zip(block) {
            *sample = if input.is_finite() { input.clamp(-1.0, 1.0) } else { 0.0 };
        }
        self.filled = start + BLOCK_SAMPLES;
        if let (Some(quiet), Some(block)) = (&mut self.quiet, room.first_chunk()) {
            quiet.feed(block);
        }
    }

    fn send(&mut self, samples: usize, plan: &Plan, mut send: impl FnMut(Bytes)) {
        let packet_ms = samples as u32 * 1_000 / SAMPLE_RATE;
        let step = match plan.telephone_event {
            Some(event) => (self.keypad.step(packet_ms, event.clock_rate), event.send_payload_type),
            None => (Step::Sound, 0),
        };
        match step {
            (Step::Sound, _) => {
                let Some(encoder) = &mut self.encoder else { return };
                let Some(bytes) = encoder.encode(&self.frame[..samples], &mut self.packet[..]) else {
                    return;
                };
                let said = match (&mut self.quiet, plan.send.noise) {
                    (Some(quiet), Some(number)) => (quiet.packet(encoder.encoded(), packet_ms), number),
                    (Some(_) | None, _) => (Say::Sound, 0),
                };
                match said {
                    (Say::Sound, _) => {}
                    (Say::Noise(payload), payload_type) => {
                        self.talk = Talk::Paused;
                        // RFC 3389 section 4: the marker is the talkspurt's that follows.
                        let header = Header { payload_type, timestamp: self.timestamp, marker: false };
                        self.sender.packet(header, &payload).into_iter().for_each(send);
                        return;
                    }
                    (Say::Nothing, _) => {
                        self.talk = Talk::Paused;
                        return;
                    }
                }
                // RFC 7587 section 3.1.3: what need not be sent is a packet of no more than its head.
                if plan.codec == Codec::Opus && bytes <= 2 {
                    self.talk = Talk::Paused;
                    return;
                }
                let marker = self.talk == Talk::Paused;
                self.talk = Talk::Running;
                let header = Header { payload_type: plan.send.speech, timestamp: self.timestamp, marker };
                self.sender.packet(header, &self.packet[..bytes]).into_iter().for_each(send);
            }
            (Step::Event { payload, begun_ms, first, copies }, payload_type) => {
                self.talk = Talk::Paused;
                let begun = begun_ms * (plan.codec.clock_rate().hz() / 1_000);
                let timestamp = self.timestamp.wrapping_sub(begun);
                for _ in 0..copies {
                    let header = Header { payload_type, timestamp, marker: first };
                    self.sender.packet(header, &payload).into_iter().for_each(&mut send);
                }
            }
        }
    }
}

/// Samples in a packet: what was agreed, where the codec can (RFC 6716 section 2.1.4: no 30 or 50 ms).
fn packet_samples(plan: &Plan) -> usize {
    let tens = (plan.ptime.as_millis() / 10).clamp(1, 6) as usize;
    let tens = match (plan.codec, tens) {
        (Codec::Opus, 3) => 2,
        (Codec::Opus, 5) => 4,
        (Codec::Opus | Codec::G722 | Codec::Pcmu | Codec::Pcma, tens) => tens,
    };
    tens * BLOCK_SAMPLES
}
