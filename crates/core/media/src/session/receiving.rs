//! Packets to speaker: tells sound from digits, keeps the books, and lets the jitter buffer and the decoder play.

use super::{Config, Event, InputError};
use crate::{
    codec::{Codec, Decoder},
    dtmf,
    jitter::{Buffer, Carries},
    pcm::Block,
    quality::Ledger,
    rtp::{Arrival, Reception},
    sdp::{Direction, Plan},
};
use rtp_rs::RtpReader;
use std::time::{Duration, Instant};

/// Without sound for so long the other side is not heard any more.
const HEARD_LATELY: Duration = Duration::from_secs(1);

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
    /// When sound came last.
    heard: Option<Instant>,
    /// The last sample that was played: silence after it begins there, so that it does not click.
    last: f32,
}

/// What an agreed payload type is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Sound(Codec),
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

    /// Whether sound came lately.
    pub(super) fn is_heard(&self, now: Instant) -> bool {
        self.heard.is_some_and(|heard| now.saturating_duration_since(heard) < HEARD_LATELY)
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
            Some(Purpose::Sound(codec)) => Ok(self.sound(now, codec, arrival, packet.payload())),
        }
    }

    fn sound(&mut self, now: Instant, codec: Codec, arrival: Arrival, payload: &[u8]) -> Option<Event> {
        self.reception.timed(now, arrival.timestamp, codec.clock_rate().hz());
        let first = self.heard.replace(now).is_none();
        if self.decoder.as_ref().is_none_or(|(known, _)| *known != codec) {
            self.start_again();
            self.decoder = Decoder::new(codec).map(|decoder| (codec, decoder));
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
    sound.map(|(_, codec)| Purpose::Sound(*codec)).or(digit.map(|_| Purpose::Digit))
}
