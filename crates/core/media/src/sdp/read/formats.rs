//! What the payload types of one stream stand for: `a=rtpmap`, `a=fmtp`, and the static ones of RFC 3551 table 4.

use crate::{
    codec::Codec,
    noise,
    sdp::{Bandwidth, OpusWishes},
};
use sdp_types::{Fmtp, Media, RtpMap};

/// What a payload type stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sdp) enum Kind {
    /// Speech.
    Audio(Codec),
    /// Digits, with the clock of their durations.
    TelephoneEvent(u32),
    /// Silence beside G.722 and G.711: with their clock.
    ComfortNoise,
}

/// One payload type that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sdp) struct Format {
    pub(in crate::sdp) payload_type: u8,
    pub(in crate::sdp) kind: Kind,
}

/// The payload types of a stream that we know, in its order.
pub(super) fn of(media: &Media) -> Vec<Format> {
    let maps: Vec<RtpMap> = media.attributes_typed::<RtpMap>().filter_map(Result::ok).collect();
    let mut formats: Vec<Format> = Vec::new();
    for payload_type in media.fmt.split_ascii_whitespace().filter_map(|f| f.parse::<u8>().ok()) {
        let kind = match maps.iter().find(|map| map.payload_type == payload_type) {
            Some(map) => kind(map),
            None if payload_type == noise::PAYLOAD_TYPE => Some(Kind::ComfortNoise),
            None => static_codec(payload_type).map(Kind::Audio),
        };
        if let Some(kind) = kind
            && payload_type < 128
            && !formats.iter().any(|f| f.payload_type == payload_type)
        {
            formats.push(Format { payload_type, kind });
        }
    }
    formats
}

fn kind(map: &RtpMap) -> Option<Kind> {
    let channels = map.encoding_params.as_deref().unwrap_or("1");
    let is = |name: &str| map.encoding_name.eq_ignore_ascii_case(name);
    if is("telephone-event") {
        return (map.clock_rate >= 8000).then_some(Kind::TelephoneEvent(map.clock_rate));
    }
    if is(noise::NAME) {
        return (map.clock_rate == noise::CLOCK_HZ && channels == "1").then_some(Kind::ComfortNoise);
    }
    Codec::ALL
        .into_iter()
        .find(|codec| {
            let wanted = if *codec == Codec::Opus { "2" } else { "1" };
            is(codec.name()) && map.clock_rate == codec.clock_rate().hz() && channels == wanted
        })
        .map(Kind::Audio)
}

fn static_codec(payload_type: u8) -> Option<Codec> {
    [Codec::G722, Codec::Pcmu, Codec::Pcma].into_iter().find(|codec| codec.payload_type() == payload_type)
}

/// What their Opus decoder asks for.
pub(super) fn opus_wishes(media: &Media) -> OpusWishes {
    let opus = of(media).into_iter().find(|f| f.kind == Kind::Audio(Codec::Opus));
    let Some(opus) = opus else { return OpusWishes::default() };
    let mut wishes = OpusWishes::default();
    for fmtp in media.attributes_typed::<Fmtp>().filter_map(Result::ok) {
        if fmtp.fmt != opus.payload_type {
            continue;
        }
        for param in fmtp.format_specific_params {
            let value = param.val.as_deref().unwrap_or_default().trim();
            match param.param.trim().to_ascii_lowercase().as_str() {
                "useinbandfec" => wishes.fec = value == "1",
                "cbr" => wishes.cbr = value == "1",
                "usedtx" => wishes.dtx = value == "1",
                "maxplaybackrate" => {
                    wishes.bandwidth = value.parse().map(Bandwidth::of_playback).unwrap_or_default();
                }
                "maxaveragebitrate" => wishes.max_bitrate = value.parse().ok(),
                _ => {}
            }
        }
    }
    wishes
}
