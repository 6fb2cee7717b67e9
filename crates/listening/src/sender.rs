//! The far end as everybody meets it: plain libopus at 64 kbit/s with in-band FEC, 20 ms in a packet.

use opus::{Application, Bitrate, Channels};
use sidetone_lab::ears::Recording;
use std::time::Duration;

/// What Opus works at.
pub(crate) const RATE: u32 = 48_000;
/// Samples in a packet.
pub(crate) const FRAME: usize = 960;
/// Sound in a packet.
pub(crate) const PTIME: Duration = Duration::from_millis(20);

const BITRATE: i32 = 64_000;
/// Room for the largest packet (RFC 6716 section 3.2.1).
const MOST_BYTES: usize = 1_275;

/// What `speech` becomes on the wire: packet n carries its n-th 20 ms. Redundancy is made for `expected_loss` percent.
///
/// # Errors
/// libopus refuses.
pub(crate) fn packets(speech: &Recording, expected_loss: u8) -> opus::Result<Vec<Vec<u8>>> {
    let mut encoder = opus::Encoder::new(RATE, Channels::Mono, Application::Voip)?;
    encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
    encoder.set_inband_fec(true)?;
    encoder.set_packet_loss_perc(expected_loss.into())?;
    let mut samples = speech.at_rate(RATE).samples;
    samples.resize(samples.len().next_multiple_of(FRAME), 0.0);
    samples.chunks_exact(FRAME).map(|frame| encoder.encode_vec_float(frame, MOST_BYTES)).collect()
}

/// When packet n leaves: as soon as its sound is there.
pub(crate) fn leaves(n: usize) -> Duration {
    PTIME * (u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1))
}
