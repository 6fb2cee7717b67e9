//! One stream on one connection: a microphone into a ring, or a ring into a speaker, until the owner or the device
//! goes.
//!
//! A device that was chosen is never exchanged for another: its stream may not be moved (`PA_STREAM_DONT_MOVE`), and
//! so the daemon ends it when the device goes. A stream of the default device names none: the daemon moves it along
//! with its default, and says so.

use std::ffi::{CStr, CString};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreatePlaybackStreamReply, CreateRecordStreamReply, PlaybackStreamParams, Prop,
    Props, RecordStreamParams, SampleFormat, SampleSpec,
};
use rtrb::{Consumer, Producer, RingBuffer};
use sidetone_media::pcm::SAMPLE_RATE;

use super::connection::Message;
use super::speaker::{self, Speaker};
use super::{Connection, devices};
use crate::device::Kind;
use crate::event::Trouble;
use crate::stream::{RING_MS, Tally};

/// Bytes of a sample: mono `f32`, so a frame's too.
pub(crate) const SAMPLE_BYTES: usize = 4;
/// The microphone's daemon sends so much at a time.
const FRAGMENT_MS: u32 = 10;
/// What the daemon may keep for a microphone nobody reads.
const KEPT_MS: u32 = 100;
/// How often the owner's going is looked for when the daemon is silent.
const IDLE: Duration = Duration::from_millis(100);

/// A stream that runs once [`Self::run`] is called.
pub(crate) struct Stream {
    connection: Connection,
    end: End,
    tally: Arc<Tally>,
}

enum End {
    Microphone(Producer<f32>),
    Speaker(Speaker),
}

/// So much sound.
pub(crate) fn bytes(ms: u32) -> u32 {
    SAMPLE_RATE / 1000 * ms * SAMPLE_BYTES as u32
}

fn sample_spec() -> SampleSpec {
    SampleSpec { format: SampleFormat::Float32Le, channels: 1, sample_rate: SAMPLE_RATE }
}

/// Where the daemon may choose, it shall know that this is a call: Bluetooth headsets change to their voice profile for
/// it. A chosen device must not be changed under the call, and a profile that goes takes its device with it.
fn props(device: Option<&CStr>) -> Props {
    let mut props = Props::new();
    props.set(Prop::MediaName, c"Call");
    if device.is_none() {
        props.set(Prop::MediaRole, c"phone");
    }
    props
}

fn flags(device: Option<&CStr>) -> StreamFlags {
    StreamFlags { no_move: device.is_some(), adjust_latency: true, ..StreamFlags::default() }
}

/// The daemon's name for a device, of its id in this house.
fn name(device: Option<&str>) -> Result<Option<CString>, Trouble> {
    device.map(|device| CString::new(device).map_err(|_| Trouble::NoDevice)).transpose()
}

/// Opens the microphone `device`, or the default. Gives the device's name as people read it, too.
pub(crate) fn capture(
    mut connection: Connection,
    device: Option<&str>,
    tally: Arc<Tally>,
) -> Result<(Stream, Consumer<f32>, String), Trouble> {
    let source_name = name(device)?;
    let title = devices::title(&mut connection, Kind::Input, source_name.as_deref())?;
    let params = RecordStreamParams {
        sample_spec: sample_spec(),
        channel_map: ChannelMap::mono(),
        buffer_attr: BufferAttr {
            max_length: bytes(KEPT_MS),
            fragment_size: bytes(FRAGMENT_MS),
            ..BufferAttr::default()
        },
        flags: flags(source_name.as_deref()),
        props: props(source_name.as_deref()),
        source_name,
        ..RecordStreamParams::default()
    };
    let reply: CreateRecordStreamReply = connection.ask(&Command::CreateRecordStream(params))?;
    check(&reply.sample_spec)?;
    let (producer, consumer) = ring();
    Ok((Stream { connection, end: End::Microphone(producer), tally }, consumer, title))
}

/// Opens the speaker `device`, or the default. Gives the device's name as people read it, too.
pub(crate) fn playback(
    mut connection: Connection,
    device: Option<&str>,
    tally: Arc<Tally>,
) -> Result<(Stream, Producer<f32>, String), Trouble> {
    let sink_name = name(device)?;
    let title = devices::title(&mut connection, Kind::Output, sink_name.as_deref())?;
    let params = PlaybackStreamParams {
        sample_spec: sample_spec(),
        channel_map: ChannelMap::mono(),
        buffer_attr: speaker::first_buffer(),
        flags: flags(sink_name.as_deref()),
        props: props(sink_name.as_deref()),
        sink_name,
        ..PlaybackStreamParams::default()
    };
    let reply: CreatePlaybackStreamReply = connection.ask(&Command::CreatePlaybackStream(params))?;
    check(&reply.sample_spec)?;
    let (producer, consumer) = ring();
    let end = End::Speaker(Speaker::new(consumer, reply.channel, reply.requested_bytes));
    Ok((Stream { connection, end, tally }, producer, title))
}

fn ring() -> (Producer<f32>, Consumer<f32>) {
    RingBuffer::new((SAMPLE_RATE / 1000 * RING_MS) as usize)
}

/// The daemon converts whatever the device speaks; one that gives another format than asked for is no PulseAudio.
fn check(spec: &SampleSpec) -> Result<(), Trouble> {
    if *spec == sample_spec() { Ok(()) } else { Err(Trouble::Unsupported) }
}

impl Stream {
    /// Carries sound until the owner goes, which closes the channel, or the stream ends, which is the error. Calls
    /// `moved` when the daemon moved the stream to another device.
    pub(crate) fn run(mut self, closed: &Receiver<()>, moved: impl Fn()) -> Result<(), Trouble> {
        while closed.try_recv() != Err(TryRecvError::Disconnected) {
            let patience = match &self.end {
                End::Microphone(_) => IDLE,
                End::Speaker(speaker) => speaker.retry().unwrap_or(IDLE),
            };
            match (self.connection.receive(patience)?, &mut self.end) {
                (Some(Message::Sound(bytes)), End::Microphone(ring)) => {
                    let lost = take_in(bytes, ring);
                    self.tally.dropped.fetch_add(lost as u64, Ordering::Relaxed);
                }
                (Some(Message::Said { command, .. }), _) => self.hear(&command, &moved)?,
                (Some(Message::Sound(_)), End::Speaker(_)) | (Some(Message::Unknown) | None, _) => {}
            }
            self.pay()?;
        }
        Ok(())
    }

    /// Gives the speaker what is due and there.
    fn pay(&mut self) -> Result<(), Trouble> {
        match &mut self.end {
            End::Microphone(_) => Ok(()),
            End::Speaker(speaker) => speaker.pay(&mut self.connection, &self.tally),
        }
    }

    /// Obeys what the daemon says of the one stream of this connection.
    fn hear(&mut self, command: &Command, moved: &impl Fn()) -> Result<(), Trouble> {
        match (command, &mut self.end) {
            (Command::Request(request), End::Speaker(speaker)) => speaker.owe(request.length),
            (Command::Underflow(_), End::Speaker(speaker)) => {
                speaker.runs_dry(&mut self.connection, &self.tally)?;
            }
            (Command::Overflow(_), _) => {
                self.tally.xruns.fetch_add(1, Ordering::Relaxed);
            }
            (Command::PlaybackStreamMoved(_) | Command::RecordStreamMoved(_), _) => moved(),
            (Command::PlaybackStreamKilled(_) | Command::RecordStreamKilled(_), _) => {
                return Err(Trouble::Lost);
            }
            // The rest of a hundred commands is not about a stream like ours, or an answer nobody waits for.
            _ => {}
        }
        Ok(())
    }
}

/// Puts the samples into the ring; gives how many found no room.
fn take_in(bytes: &[u8], ring: &mut Producer<f32>) -> usize {
    let samples = bytes.as_chunks::<SAMPLE_BYTES>().0;
    let room = ring.slots().min(samples.len());
    if let Ok(chunk) = ring.write_chunk_uninit(room) {
        chunk.fill_from_iter(samples.iter().map(|sample| f32::from_le_bytes(*sample)));
    }
    samples.len() - room
}
