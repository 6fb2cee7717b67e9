//! Speech to the packets of a stream, and what a phone sent to sound: both with decoders and encoders as they come.

use crate::{bound, sender};
use clap::{Args, ValueEnum};
use sidetone_lab::ears::Recording;
use sidetone_lab::packets::{self, Packet};
use std::error::Error;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct EncodeArguments {
    /// What is said.
    #[arg(long)]
    speech: PathBuf,
    /// What redundancy is made for, in percent.
    #[arg(long)]
    expected_loss: u8,
    /// Where the packets go.
    #[arg(long)]
    packets: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DecodeArguments {
    /// What came.
    #[arg(long)]
    packets: PathBuf,
    #[arg(long, value_enum)]
    codec: Codec,
    /// Where the sound goes, as WAV.
    #[arg(long)]
    sound: PathBuf,
}

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Codec {
    /// 20 ms of Opus.
    Opus,
    /// 20 ms of G.711 mu-law.
    Pcmu,
}

/// Speech to packets of Opus.
pub(crate) fn encode(arguments: &EncodeArguments) -> Result<(), Box<dyn Error>> {
    let sent = sender::packets(&Recording::load(&arguments.speech)?, arguments.expected_loss)?;
    let stream: Vec<Packet> = (0..).zip(sent).map(|(place, payload)| Packet { place, payload }).collect();
    Ok(packets::save(&stream, &arguments.packets)?)
}

/// Packets to sound, as if each that ever came had been there in time.
pub(crate) fn decode(arguments: &DecodeArguments) -> Result<(), Box<dyn Error>> {
    let stream = packets::load(&arguments.packets)?;
    let stream = packets::in_order(&stream);
    let heard = match arguments.codec {
        Codec::Opus => bound::decode(&stream)?,
        Codec::Pcmu => mu_law(&stream),
    };
    Ok(heard.save(&arguments.sound)?)
}

/// ITU-T G.711 without concealment: silence where a packet is missing.
fn mu_law(stream: &[Option<&[u8]>]) -> Recording {
    const FRAME: usize = 160;
    let frame = |packet: &Option<&[u8]>| {
        packet.map_or_else(|| vec![0.0; FRAME], |it| it.iter().map(expand).collect())
    };
    Recording { samples: stream.iter().flat_map(frame).collect(), rate: 8_000 }
}

/// Table 2a of G.711: a sign, a segment of three bits and a step of four, all inverted.
fn expand(byte: &u8) -> f32 {
    let code = !byte;
    let (segment, step) = ((code >> 4) & 7, i32::from(code & 15));
    let size = (((step << 3) + 132) << segment) - 132;
    let value = size as f32 / 32_768.0;
    if code & 0x80 == 0 { value } else { -value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mu_law_is_expanded_as_the_table_says() {
        // Its ends: full scale, and the two zeros.
        for (byte, value) in [(0x80, 32_124), (0x00, -32_124), (0xFF, 0), (0x7F, 0), (0xF0, 120)] {
            assert_eq!(expand(&byte) * 32_768.0, value as f32, "{byte:#x}");
        }
    }
}
