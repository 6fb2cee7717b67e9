//! What the daemon asked for and did not get yet, paid from the ring as soon as something is there.
//!
//! Nothing is ever made up: where the ring is short, the daemon's own buffer bridges the moment, and only when that
//! runs dry is silence heard. So the ring may be nearly empty at all times, which keeps the way of the voice short.
//!
//! The daemon's buffer is as short as a machine at rest allows. A busy machine runs it dry although the ring is full:
//! then it is made longer, and shorter again after a calm minute.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pulseaudio::protocol::stream::BufferAttr;
use pulseaudio::protocol::{
    Command, DESCRIPTOR_SIZE, Descriptor, DescriptorFlags, SetPlaybackStreamBufferAttrParams,
    encode_descriptor,
};
use rtrb::Consumer;
use sidetone_media::pcm::SAMPLE_RATE;

use super::Connection;
use super::stream::{SAMPLE_BYTES, bytes};
use crate::event::Trouble;
use crate::stream::Tally;

/// The daemon's part of the way to the speaker to begin with: its own buffer and the sound card's together.
const LEAST_MS: u32 = 30;
/// What it grows by.
const STEP_MS: u32 = 10;
/// Where it ends.
const MOST_MS: u32 = 80;
/// How long it must not have run dry before it is tried shorter.
const CALM: Duration = Duration::from_secs(60);
/// The daemon asks for so much at a time. Of what is left beyond two requests it gives half to the sound card, and a
/// sound card left with nothing is served two thousand times a second.
const REQUEST_MS: u32 = 5;
/// The most that is owed: a daemon that asks for more has lost count.
const MOST_OWED: usize = SAMPLE_RATE as usize;
/// How often a short ring is looked at: the step of whoever fills it.
const RETRY: Duration = Duration::from_millis(5);

/// The speaker's end of a stream.
pub(crate) struct Speaker {
    ring: Consumer<f32>,
    channel: u32,
    owed: usize,
    /// Whether the ring had too little for the last request: then silence is the writer's fault.
    short: bool,
    began: bool,
    way_ms: u32,
    calm_since: Instant,
    dry_since: Option<Instant>,
    message: Vec<u8>,
}

/// What a stream begins with.
pub(crate) fn first_buffer() -> BufferAttr {
    buffer(LEAST_MS)
}

fn buffer(way_ms: u32) -> BufferAttr {
    BufferAttr {
        target_length: bytes(way_ms),
        pre_buffering: bytes(2 * REQUEST_MS),
        minimum_request_length: bytes(REQUEST_MS),
        ..BufferAttr::default()
    }
}

impl Speaker {
    pub(crate) fn new(ring: Consumer<f32>, channel: u32, requested_bytes: u32) -> Self {
        let mut speaker = Self {
            ring,
            channel,
            owed: 0,
            short: true,
            began: false,
            way_ms: LEAST_MS,
            calm_since: Instant::now(),
            dry_since: None,
            message: Vec::new(),
        };
        speaker.owe(requested_bytes);
        speaker
    }

    /// The daemon asks for `bytes` more.
    pub(crate) fn owe(&mut self, bytes: u32) {
        let samples = usize::try_from(bytes).unwrap_or(usize::MAX) / SAMPLE_BYTES;
        self.owed = self.owed.saturating_add(samples).min(MOST_OWED);
        self.short = self.ring.slots() < self.owed;
    }

    /// The daemon had nothing left to play.
    pub(crate) fn runs_dry(&mut self, connection: &mut Connection, tally: &Tally) -> Result<(), Trouble> {
        if !self.began {
            return Ok(());
        }
        if self.short {
            self.dry_since.get_or_insert_with(Instant::now);
            return Ok(());
        }
        tally.xruns.fetch_add(1, Ordering::Relaxed);
        self.set_way((self.way_ms + STEP_MS).min(MOST_MS), connection)
    }

    /// Makes the daemon's buffer longer or shorter, and counts the calm from now.
    fn set_way(&mut self, way_ms: u32, connection: &mut Connection) -> Result<(), Trouble> {
        self.calm_since = Instant::now();
        if way_ms == self.way_ms {
            return Ok(());
        }
        self.way_ms = way_ms;
        connection.tell(&Command::SetPlaybackStreamBufferAttr(SetPlaybackStreamBufferAttrParams {
            index: self.channel,
            buffer_attr: buffer(way_ms),
            adjust_latency: true,
            early_requests: false,
        }))
    }

    /// How long to wait for the daemon before [`Self::pay`] is due again, if at all.
    pub(crate) fn retry(&self) -> Option<Duration> {
        (self.owed > 0).then_some(RETRY)
    }

    /// Sends what is owed and there.
    pub(crate) fn pay(&mut self, connection: &mut Connection, tally: &Tally) -> Result<(), Trouble> {
        if self.way_ms > LEAST_MS && self.calm_since.elapsed() > CALM {
            self.set_way(self.way_ms - STEP_MS, connection)?;
        }
        let ready = self.ring.slots().min(self.owed);
        if ready == 0 {
            return Ok(());
        }
        self.write(ready);
        connection.send(&self.message)?;
        self.owed -= ready;
        self.began = true;
        if let Some(since) = self.dry_since.take() {
            let missing = since.elapsed().as_secs_f64() * f64::from(SAMPLE_RATE);
            tally.underrun.fetch_add(missing as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Puts `samples` of the ring into the message.
    fn write(&mut self, samples: usize) {
        let mut head = [0; DESCRIPTOR_SIZE];
        let length = u32::try_from(samples * SAMPLE_BYTES).unwrap_or(u32::MAX);
        let flags = DescriptorFlags::empty();
        encode_descriptor(&mut head, &Descriptor { length, channel: self.channel, offset: 0, flags });
        self.message.clear();
        self.message.extend_from_slice(&head);
        if let Ok(chunk) = self.ring.read_chunk(samples) {
            chunk.into_iter().for_each(|sample| self.message.extend_from_slice(&sample.to_le_bytes()));
        }
    }
}
