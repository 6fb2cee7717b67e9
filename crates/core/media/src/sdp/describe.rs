//! Writes our side of a session description. Says no name, no host name, no program: nothing but addresses and codecs.

use super::{
    Bandwidth, Config, Direction, OpusSettings,
    read::{Format, Kind, Line},
};
use crate::{codec::Codec, noise};
use bytes::Bytes;
use sdp_types::{Attribute, Connection, Media, MediaType, Origin, Rtcp, RtpMap, Session, TransportProto};

/// Our audio stream as it stands in one offer or answer.
pub(super) struct Ours<'a> {
    pub(super) config: &'a Config,
    pub(super) formats: &'a [Format],
    pub(super) proto: &'a str,
    pub(super) direction: Direction,
    pub(super) rtcp_mux: bool,
    /// What is said about its protection: names and values.
    pub(super) security: Vec<(&'static str, String)>,
    pub(super) extended_reports: bool,
}

/// Our `m=` line and what belongs to it.
pub(super) fn audio(ours: &Ours<'_>) -> Media {
    let numbers: Vec<String> = ours.formats.iter().map(|f| f.payload_type.to_string()).collect();
    let proto = TransportProto::from(ours.proto);
    let mut media = Media::new(MediaType::Audio, ours.config.rtp.port(), proto, numbers.join(" "));
    for format in ours.formats {
        media.add_attribute(rtpmap(*format));
        if let Some(parameters) = parameters(format.kind, ours.config.opus) {
            media.add_attribute_with_value("fmtp", format!("{} {parameters}", format.payload_type));
        }
    }
    media.add_attribute_with_value("ptime", ours.config.ptime.as_millis());
    if ours.rtcp_mux {
        media.add_attribute_from_str("rtcp-mux");
    }
    if ours.extended_reports {
        media.add_attribute_with_value("rtcp-xr", "rcvr-rtt=all voip-metrics");
    }
    if Some(ours.config.rtcp_port) != ours.config.rtp.port().checked_add(1) {
        media.add_attribute(Attribute::with_value("rtcp", Rtcp::with_port(ours.config.rtcp_port)));
    }
    for (name, value) in &ours.security {
        media.add_attribute_with_value(name, value);
    }
    media.add_attribute_from_str(ours.direction.name());
    media
}

/// A stream we don't want, or no longer: port 0 (RFC 3264 section 6).
pub(super) fn refused(line: &Line) -> Media {
    Media {
        media: line.media.clone(),
        port: 0,
        num_ports: None,
        proto: line.proto.clone(),
        fmt: line.fmt.clone(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

/// The whole description.
pub(super) fn session(id: u64, version: u64, config: &Config, medias: Vec<Media>) -> Bytes {
    let ip = config.rtp.ip();
    let mut session = Session::new(Origin::with_ip_addr(id, version, ip), "-");
    session.connection = Some(Connection::from_ip_addr(ip));
    session.medias = medias;
    let mut bytes = Vec::with_capacity(512);
    // Writing into a vector has no error of its own; a half-written description would be refused by the other side.
    let _ = session.write(&mut bytes);
    bytes.into()
}

fn rtpmap(format: Format) -> Attribute {
    let map = match format.kind {
        Kind::Audio(Codec::Opus) => RtpMap::with_encoding_params(format.payload_type, "opus", 48_000, "2"),
        Kind::Audio(codec) => RtpMap::new(format.payload_type, codec.name(), codec.clock_rate().hz()),
        Kind::TelephoneEvent(clock) => RtpMap::new(format.payload_type, "telephone-event", clock),
        Kind::ComfortNoise => RtpMap::new(format.payload_type, noise::NAME, noise::CLOCK_HZ),
    };
    Attribute::with_value("rtpmap", map)
}

fn parameters(kind: Kind, opus: OpusSettings) -> Option<String> {
    match kind {
        Kind::Audio(Codec::Opus) => Some(opus_parameters(opus)),
        Kind::Audio(Codec::G722 | Codec::Pcmu | Codec::Pcma) | Kind::ComfortNoise => None,
        Kind::TelephoneEvent(_) => Some("0-15".to_owned()),
    }
}

/// RFC 7587 section 6.1; what is the default there is not said.
fn opus_parameters(opus: OpusSettings) -> String {
    let mut said = "useinbandfec=1;stereo=0;sprop-stereo=0".to_owned();
    if opus.dtx {
        said.push_str(";usedtx=1");
    }
    if opus.bandwidth < Bandwidth::Full {
        let hz = opus.bandwidth.playback_hz();
        said.push_str(&format!(";maxplaybackrate={hz};sprop-maxcapturerate={hz}"));
    }
    said
}
