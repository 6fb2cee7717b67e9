//! Sound to an Ogg Opus file (RFC 7845), page by page, so that what is written is whole at any time.
//!
//! The place of every block is told with it. What is missing between two is written as silence of the same length, so
//! that a place in the recording is a time in the call, whatever was left out: a pause, a hold, a lost block.

use super::page::{BEGINS, ENDS, Writer};
use crate::pcm::{BLOCK_SAMPLES, Block, SAMPLE_RATE};
use opusic_c::{Application, Bitrate, SampleRate};

/// Two blocks a packet.
const PACKET_BLOCKS: u64 = 2;
/// Half a second a page.
const PAGE_PACKETS: usize = 25;
/// The encoder has forgotten what was before after a second of silence; the rest of a gap repeats its last packet.
const SETTLED: u64 = 50;
/// Larger than any packet at our rates.
const MOST_BYTES: usize = 1_275;
const VENDOR: &str = "Sidetone";

/// What stands side by side in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// One voice.
    Mono,
    /// The agent left, everybody else right.
    Stereo,
}

impl Channels {
    const fn count(self) -> usize {
        match self {
            Channels::Mono => 1,
            Channels::Stereo => 2,
        }
    }
}

/// A recording being made.
pub struct Tape {
    channels: Channels,
    encoder: opusic_c::Encoder,
    pages: Writer,
    /// Of two blocks, interleaved.
    frame: Vec<f32>,
    /// Blocks written, a whole number of packets and what is in the frame.
    at: u64,
    /// Packets encoded.
    packets: u64,
    /// What the encoder delays by, in samples.
    pre_skip: u16,
}

impl Tape {
    /// A recording at so many bit/s; the serial number is any. `None` only where there is no memory for an encoder.
    pub fn new(channels: Channels, bitrate: u32, serial: u32) -> Option<Tape> {
        let kind = match channels {
            Channels::Mono => opusic_c::Channels::Mono,
            Channels::Stereo => opusic_c::Channels::Stereo,
        };
        let mut encoder = opusic_c::Encoder::new(kind, SampleRate::Hz48000, Application::Audio).ok()?;
        encoder.set_bitrate(Bitrate::Value(bitrate)).ok()?;
        encoder.set_complexity(5).ok()?;
        // What is below this is silence to it, and costs next to nothing.
        encoder.set_lsb_depth(16).ok()?;
        // Whoever speaks left is not to be heard right, however alike the two are.
        encoder.set_force_channels(Some(kind)).ok()?;
        let pre_skip = u16::try_from(encoder.get_look_ahead().ok()?).ok()?;
        let frame = Vec::with_capacity(PACKET_BLOCKS as usize * BLOCK_SAMPLES * channels.count());
        Some(Tape { channels, encoder, pages: Writer::new(serial), frame, at: 0, packets: 0, pre_skip })
    }

    /// The file's head (RFC 7845 section 5), before anything else.
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(self.channels.count() as u8);
        head.extend_from_slice(&self.pre_skip.to_le_bytes());
        head.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
        head.extend_from_slice(&[0; 3]);
        self.pages.add(&head, 0, out);
        self.pages.flush(BEGINS, out);
        let mut tags = b"OpusTags".to_vec();
        let comment: &[&str] = match self.channels {
            Channels::Mono => &[],
            Channels::Stereo => &["DESCRIPTION=left: agent, right: customer"],
        };
        push_text(&mut tags, VENDOR);
        tags.extend_from_slice(&(comment.len() as u32).to_le_bytes());
        comment.iter().for_each(|text| push_text(&mut tags, text));
        self.pages.add(&tags, 0, out);
        self.pages.flush(0, out);
    }

    /// The 10 ms at block number `at`; one that is written already is dropped. Stereo takes both sides, mono the left.
    pub fn write(&mut self, at: u64, left: &Block, right: &Block, out: &mut Vec<u8>) {
        if at >= self.at {
            self.pass(at, out);
            self.put(left, right, out);
        }
    }

    /// Nothing is said up to block number `at`.
    fn pass(&mut self, at: u64, out: &mut Vec<u8>) {
        let silence = [0.0; BLOCK_SAMPLES];
        let from = self.at;
        while self.at < at {
            let settled = self.at - from > SETTLED * PACKET_BLOCKS && self.frame.is_empty();
            if settled && at - self.at >= PACKET_BLOCKS {
                self.repeat_silence(at, out);
            } else {
                self.put(&silence, &silence, out);
            }
        }
    }

    fn repeat_silence(&mut self, at: u64, out: &mut Vec<u8>) {
        let mut packet = [0; MOST_BYTES];
        let silence = [0.0; 2 * PACKET_BLOCKS as usize * BLOCK_SAMPLES];
        let samples = PACKET_BLOCKS as usize * BLOCK_SAMPLES * self.channels.count();
        let Ok(length) = self.encoder.encode_float_to_slice(&silence[..samples], &mut packet) else {
            self.at = at;
            return;
        };
        while at - self.at >= PACKET_BLOCKS {
            self.at += PACKET_BLOCKS;
            self.add(&packet[..length], out);
        }
    }

    fn put(&mut self, left: &Block, right: &Block, out: &mut Vec<u8>) {
        match self.channels {
            Channels::Mono => self.frame.extend_from_slice(left),
            Channels::Stereo => self.frame.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r])),
        }
        self.at += 1;
        if self.frame.len() < PACKET_BLOCKS as usize * BLOCK_SAMPLES * self.channels.count() {
            return;
        }
        let mut packet = [0; MOST_BYTES];
        let length = self.encoder.encode_float_to_slice(&self.frame, &mut packet).unwrap_or_default();
        self.frame.clear();
        self.add(packet.get(..length).unwrap_or_default(), out);
    }

    fn add(&mut self, packet: &[u8], out: &mut Vec<u8>) {
        self.packets += 1;
        let granule = self.packets * PACKET_BLOCKS * BLOCK_SAMPLES as u64;
        // Not before the next packet: the page may turn out to be the last, whose sound ends amid its last packet.
        if self.pages.packets() >= PAGE_PACKETS {
            self.pages.flush(0, out);
        }
        self.pages.add(packet, granule, out);
    }

    /// Writes out what is gathered, so that it is on the disk before its page is full.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if !self.pages.is_empty() {
            self.pages.flush(0, out);
        }
    }

    /// Ends the recording at block number `at`, or behind the last block, where that is later.
    pub fn end(mut self, at: u64, out: &mut Vec<u8>) {
        self.pass(at, out);
        let end = self.at * BLOCK_SAMPLES as u64 + u64::from(self.pre_skip);
        // The encoder still holds the last of it.
        while self.packets * PACKET_BLOCKS * (BLOCK_SAMPLES as u64) < end || self.pages.is_empty() {
            self.put(&[0.0; BLOCK_SAMPLES], &[0.0; BLOCK_SAMPLES], out);
        }
        self.pages.end_at(end);
        self.pages.flush(ENDS, out);
    }
}

fn push_text(to: &mut Vec<u8>, text: &str) {
    to.extend_from_slice(&(text.len() as u32).to_le_bytes());
    to.extend_from_slice(text.as_bytes());
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("at", &self.at).finish_non_exhaustive()
    }
}
