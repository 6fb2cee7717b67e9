//! One stream by cpal: its format, and callbacks that only carry samples between the device and
//! a ring. No lock, no allocation, no log in there. Rings carry mono at the device's rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, StreamConfig};
use rtrb::{Consumer, Producer, RingBuffer};
use sidetone_media::pcm::{BLOCK_SAMPLES, SAMPLE_RATE};

use crate::device::Kind;
use crate::event::Trouble;

/// How long a device may take to open.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// Room in a ring. The readers and writers keep far below it.
pub(crate) const RING_MS: u32 = 200;

/// Counts made by the callbacks, in samples of the device's rate.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) dropped: AtomicU64,
    pub(crate) underrun: AtomicU64,
    pub(crate) xruns: AtomicU64,
}

/// What a stream is opened with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) config: StreamConfig,
    format: SampleFormat,
}

/// Everything a callback takes with it.
pub(crate) struct Callbacks<E> {
    pub(crate) tally: Arc<Tally>,
    pub(crate) on_error: E,
}

/// Chooses 48 kHz floats where the device or its daemon can, else what the device prefers.
pub(crate) fn plan(device: &cpal::Device, kind: Kind) -> Result<Plan, Trouble> {
    let preferred = match kind {
        Kind::Input => device.default_input_config(),
        Kind::Output => device.default_output_config(),
    };
    let preferred = preferred.map_err(|error| Trouble::from(error.kind()))?;
    let channels = preferred.channels();
    let native = Plan {
        config: StreamConfig {
            channels,
            sample_rate: preferred.sample_rate(),
            buffer_size: BufferSize::Fixed(preferred.sample_rate() / 100),
        },
        format: preferred.sample_format(),
    };
    if daemon_converts(device) || offers_house_format(device, kind, channels) {
        let config = StreamConfig {
            sample_rate: SAMPLE_RATE,
            buffer_size: BufferSize::Fixed(BLOCK_SAMPLES as u32),
            ..native.config
        };
        return Ok(Plan { config, format: SampleFormat::F32 });
    }
    Ok(native)
}

/// PipeWire takes any format and converts with the clock of the device in view: better than us.
fn daemon_converts(device: &cpal::Device) -> bool {
    #[cfg(target_os = "linux")]
    return device.id().is_ok_and(|id| id.host() == cpal::HostId::PipeWire);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = device;
        false
    }
}

fn offers_house_format(device: &cpal::Device, kind: Kind, channels: u16) -> bool {
    let fits = |range: &cpal::SupportedStreamConfigRange| {
        range.channels() == channels
            && range.sample_format() == SampleFormat::F32
            && (range.min_sample_rate()..=range.max_sample_rate()).contains(&SAMPLE_RATE)
    };
    match kind {
        Kind::Input => {
            device.supported_input_configs().is_ok_and(|mut ranges| ranges.any(|range| fits(&range)))
        }
        Kind::Output => {
            device.supported_output_configs().is_ok_and(|mut ranges| ranges.any(|range| fits(&range)))
        }
    }
}

/// Starts a microphone into a ring.
pub(crate) fn capture<E>(
    device: &cpal::Device,
    plan: Plan,
    callbacks: Callbacks<E>,
) -> Result<(cpal::Stream, Consumer<f32>), Trouble>
where
    E: FnMut(cpal::Error) + Send + 'static,
{
    let (producer, consumer) = RingBuffer::new(ring_size(&plan));
    let stream = match plan.format {
        SampleFormat::F32 => capture_as::<f32, E>(device, plan, callbacks, producer),
        SampleFormat::I16 => capture_as::<i16, E>(device, plan, callbacks, producer),
        SampleFormat::U16 => capture_as::<u16, E>(device, plan, callbacks, producer),
        SampleFormat::I32 => capture_as::<i32, E>(device, plan, callbacks, producer),
        SampleFormat::I24 => capture_as::<cpal::I24, E>(device, plan, callbacks, producer),
        SampleFormat::U8 => capture_as::<u8, E>(device, plan, callbacks, producer),
        _ => return Err(Trouble::Unsupported),
    }?;
    Ok((stream, consumer))
}

/// Starts a speaker from a ring.
pub(crate) fn playback<E>(
    device: &cpal::Device,
    plan: Plan,
    callbacks: Callbacks<E>,
) -> Result<(cpal::Stream, Producer<f32>), Trouble>
where
    E: FnMut(cpal::Error) + Send + 'static,
{
    let (producer, consumer) = RingBuffer::new(ring_size(&plan));
    let stream = match plan.format {
        SampleFormat::F32 => playback_as::<f32, E>(device, plan, callbacks, consumer),
        SampleFormat::I16 => playback_as::<i16, E>(device, plan, callbacks, consumer),
        SampleFormat::U16 => playback_as::<u16, E>(device, plan, callbacks, consumer),
        SampleFormat::I32 => playback_as::<i32, E>(device, plan, callbacks, consumer),
        SampleFormat::I24 => playback_as::<cpal::I24, E>(device, plan, callbacks, consumer),
        SampleFormat::U8 => playback_as::<u8, E>(device, plan, callbacks, consumer),
        _ => return Err(Trouble::Unsupported),
    }?;
    Ok((stream, producer))
}

fn ring_size(plan: &Plan) -> usize {
    (plan.config.sample_rate / 1000 * RING_MS) as usize
}

fn capture_as<T, E>(
    device: &cpal::Device,
    plan: Plan,
    callbacks: Callbacks<E>,
    mut ring: Producer<f32>,
) -> Result<cpal::Stream, Trouble>
where
    T: SizedSample,
    f32: FromSample<T>,
    E: FnMut(cpal::Error) + Send + 'static,
{
    let Callbacks { tally, on_error } = callbacks;
    let channels = usize::from(plan.config.channels).max(1);
    let stream = device
        .build_input_stream(
            plan.config,
            move |data: &[T], _: &cpal::InputCallbackInfo| {
                let lost = take_in(data, channels, &mut ring);
                if lost > 0 {
                    tally.dropped.fetch_add(lost as u64, Ordering::Relaxed);
                }
            },
            on_error,
            Some(OPEN_TIMEOUT),
        )
        .map_err(|error| Trouble::from(error.kind()))?;
    stream.play().map_err(|error| Trouble::from(error.kind()))?;
    Ok(stream)
}

fn playback_as<T, E>(
    device: &cpal::Device,
    plan: Plan,
    callbacks: Callbacks<E>,
    mut ring: Consumer<f32>,
) -> Result<cpal::Stream, Trouble>
where
    T: SizedSample + FromSample<f32>,
    E: FnMut(cpal::Error) + Send + 'static,
{
    let Callbacks { tally, on_error } = callbacks;
    let channels = usize::from(plan.config.channels).max(1);
    let mut began = false;
    let stream = device
        .build_output_stream(
            plan.config,
            move |data: &mut [T], _: &cpal::OutputCallbackInfo| {
                let missing = give_out(data, channels, &mut ring);
                began |= missing * channels < data.len();
                if began && missing > 0 {
                    tally.underrun.fetch_add(missing as u64, Ordering::Relaxed);
                }
            },
            on_error,
            Some(OPEN_TIMEOUT),
        )
        .map_err(|error| Trouble::from(error.kind()))?;
    stream.play().map_err(|error| Trouble::from(error.kind()))?;
    Ok(stream)
}

/// Mixes the frames down into the ring; gives how many found no room.
fn take_in<T>(data: &[T], channels: usize, ring: &mut Producer<f32>) -> usize
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let frames = data.len() / channels;
    let room = ring.slots().min(frames);
    let scale = 1.0 / channels as f32;
    if let Ok(chunk) = ring.write_chunk_uninit(room) {
        chunk.fill_from_iter(
            data.chunks_exact(channels)
                .map(|frame| frame.iter().map(|sample| f32::from_sample_(*sample)).sum::<f32>() * scale),
        );
    }
    frames - room
}

/// Spreads the ring's samples over the first two channels; gives how many frames stayed silent.
fn give_out<T>(data: &mut [T], channels: usize, ring: &mut Consumer<f32>) -> usize
where
    T: SizedSample + FromSample<f32>,
{
    let frames = data.len() / channels;
    let ready = ring.slots().min(frames);
    data.fill(T::EQUILIBRIUM);
    if let Ok(chunk) = ring.read_chunk(ready) {
        for (frame, sample) in data.chunks_exact_mut(channels).zip(chunk) {
            let sample = T::from_sample_(sample);
            frame.iter_mut().take(2).for_each(|channel| *channel = sample);
        }
    }
    frames - ready
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stereo_is_mixed_down_and_overflow_is_counted() {
        let (mut producer, mut consumer) = RingBuffer::new(3);
        let lost = take_in(&[0.5_f32, 0.1, 0.2, 0.2, -1.0, 1.0, 0.9, 0.9], 2, &mut producer);
        assert_eq!(lost, 1);
        let got: Vec<f32> = std::iter::from_fn(|| consumer.pop().ok()).collect();
        assert!(got.iter().zip([0.3, 0.2, 0.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?}");
    }

    #[test]
    fn mono_is_spread_over_both_ears_and_missing_frames_are_silent() {
        let (mut producer, mut consumer) = RingBuffer::new(8);
        producer.push(0.5).expect("room");
        let mut data = [9_i16; 4];
        assert_eq!(give_out(&mut data, 2, &mut consumer), 1);
        assert_eq!(data, [16384, 16384, 0, 0]);
    }
}
