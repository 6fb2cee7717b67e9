//! Packets to speaker: tells sound from digits, keeps the books, and lets the jitter buffer and the decoder play.

use super::{Config, Event, InputError};
use crate::{
    codec::{Codec, Decoder},
    dtmf,
    jitter::{Buffer, Carries},
    noise::{self, Noise},
    pcm::Block,
    quality::Ledger,
    rtp::{Arrival, Reception},
    sdp::{Direction, Payload, Plan},
};
use rtp_rs::RtpReader;
use std::time::{Duration, Instant};

/// Without sound for so long the other side is not heard any more; or, where it said that it is silent, without another word.
const HEARD_LATELY: Duration = Duration::from_secs(1);
const SILENT_LATELY: Duration = Duration::from_secs(30);

/// From sound to silence in 5 ms.
const FADE: f32 = 240.0;

/// Their stream.
#[derive(Debug)]
pub(super) struct Receiving {
    reception: Reception,
    ledger: Ledger,
    buffer: Buffer,
    decoder: Option<(Codec, Decoder)>,
    digits: dtmf::Receiver,
    direction: Direction,
    /// When it was heard last, and of what.
    heard: Option<(Instant, Heard)>,
    /// The last sample that was played: silence after it begins there, so that it does not click.
    last: f32,
}

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Sound,
    /// That it is silent.
    Silence,
}

/// What an agreed payload type is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Sound(Codec),
    Noise,
    Digit,
}

impl Receiving {
    pub(super) fn new(config: &Config) -> Receiving {
        Receiving {
            reception: Reception::new(),
            ledger: Ledger::default(),
            buffer: Buffer::new(config.max_delay),
            decoder: None,
            digits: dtmf::Receiver::default(),
            direction: Direction::Inactive,
            heard: None,
            last: 0.0,
        }
    }

    pub(super) const fn reception(&self) -> &Reception {
        &self.reception
    }

    pub(super) const fn reception_mut(&mut self) -> &mut Reception {
        &mut self.reception
    }

    /// What became of their packets.
    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) const fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Whether sound came lately, or word of silence.
    pub(super) fn is_heard(&self, now: Instant) -> bool {
        let lately = |(heard, what): (Instant, Heard)| {
            let most = if what == Heard::Sound { HEARD_LATELY } else { SILENT_LATELY };
            now.saturating_duration_since(heard) < most
        };
        self.heard.is_some_and(lately)
    }

    /// Whether packets need not come: the other side said that it is silent.
    pub(super) fn is_silence(&self, now: Instant) -> bool {
        self.is_heard(now) && self.heard.is_some_and(|(_, what)| what == Heard::Silence)
    }

    /// Goes on by a new plan. After a hold the buffer starts anew.
    pub(super) fn apply(&mut self, plan: &Plan) {
        if self.direction.receives() != plan.direction.receives() {
            self.start_again();
        }
        self.direction = plan.direction;
    }

    fn start_again(&mut self) {
        self.buffer.restart();
        self.decoder.iter_mut().for_each(|(_, decoder)| decoder.end_noise());
        self.ledger.left_out(self.buffer.take_left_out());
    }

    /// Enters a packet into the books.
    fn book(&mut self, sequence: u64, in_time: bool) {
        self.ledger.left_out(self.buffer.take_left_out());
        self.ledger.arrived(sequence, in_time, self.buffer.whose_turn());
    }

    /// Takes an RTP packet; what happened by it.
    pub(super) fn packet(
        &mut self,
        now: Instant,
        bytes: &[u8],
        plan: &Plan,
    ) -> Result<Option<Event>, InputError> {
        let packet = RtpReader::new(bytes).map_err(|_| InputError::Malformed)?;
        let purpose = purpose(packet.payload_type(), plan);
        let sequence = u16::from(packet.sequence_number());
        // What nobody agreed on begins no stream, but has its place in one, and was not lost.
        if purpose.is_none() && self.reception.ssrc() != Some(packet.ssrc()) {
            return Err(InputError::UnknownPayload);
        }
        let arrival = self
            .reception
            .packet(packet.ssrc(), sequence, packet.timestamp())
            .ok_or(InputError::OutOfPlace)?;
        if arrival.restarted {
            self.start_again();
            self.ledger.restart();
            self.digits.restart();
        }
        match purpose {
            None => {
                self.buffer.insert(now, arrival.sequence, 0, Carries::Nothing);
                self.book(arrival.sequence, true);
                Err(InputError::UnknownPayload)
            }
            Some(Purpose::Digit) => {
                self.buffer.insert(now, arrival.sequence, 0, Carries::Nothing);
                self.book(arrival.sequence, true);
                let digit = self.digits.packet(arrival.timestamp, packet.payload());
                Ok(digit.map_err(|()| InputError::Malformed)?.map(Event::Digit))
            }
            Some(Purpose::Noise) => {
                let noise = Noise::read(packet.payload());
                let carries = noise.map_or(Carries::Nothing, Carries::Noise);
                self.decoder_of(plan.codec);
                if self.direction.receives() {
                    self.buffer.insert(now, arrival.sequence, 0, carries);
                }
                self.book(arrival.sequence, true);
                let first = self.heard.replace((now, Heard::Silence)).is_none();
                noise.map(|_| first.then_some(Event::MediaStarted)).ok_or(InputError::Malformed)
            }
            Some(Purpose::Sound(codec)) => Ok(self.sound(now, codec, arrival, packet.payload())),
        }
    }

    /// There is a decoder: this one, where there was none.
    fn decoder_of(&mut self, codec: Codec) {
        if self.decoder.is_none() {
            self.decoder = Decoder::new(codec).map(|decoder| (codec, decoder));
        }
    }

    fn sound(&mut self, now: Instant, codec: Codec, arrival: Arrival, payload: &[u8]) -> Option<Event> {
        self.reception.timed(now, arrival.timestamp, codec.clock_rate().hz());
        let first = self.heard.replace((now, Heard::Sound)).is_none();
        if self.decoder.as_ref().is_none_or(|(known, _)| *known != codec) {
            self.start_again();
            self.decoder = None;
            self.decoder_of(codec);
        }
        if self.direction.receives() {
            let timestamp = arrival.timestamp * i64::from(codec.clock_rate().samples_per_tick());
            let late = self.buffer.counts().late;
            self.buffer.insert(now, arrival.sequence, timestamp, Carries::Sound(payload));
            self.book(arrival.sequence, self.buffer.counts().late == late);
        } else {
            self.book(arrival.sequence, true);
        }
        first.then_some(Event::MediaStarted)
    }

    /// The next 10 ms.
    pub(super) fn play(&mut self, now: Instant, block: &mut Block) {
        let sounds = match &mut self.decoder {
            Some((_, decoder)) if self.direction.receives() => self.buffer.pull(now, decoder, block),
            Some(_) | None => false,
        };
        self.ledger.left_out(self.buffer.take_left_out());
        if !sounds {
            let from = std::mem::take(&mut self.last);
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = from * (1.0 - n as f32 / FADE).max(0.0);
            }
        } else if let Some(last) = block.last() {
            self.last = *last;
        }
    }
}

fn purpose(payload_type: u8, plan: &Plan) -> Option<Purpose> {
    let sound = plan.receive.iter().find(|(number, _)| *number == payload_type);
    let digit = plan.telephone_event.filter(|event| event.receive_payload_type == payload_type);
    match sound {
        Some((_, Payload::Speech(codec))) => Some(Purpose::Sound(*codec)),
        Some((_, Payload::Noise)) => Some(Purpose::Noise),
        None if digit.is_some() => Some(Purpose::Digit),
        // Gateways send it unasked.
        None => (payload_type == noise::PAYLOAD_TYPE).then_some(Purpose::Noise),
    }
}
