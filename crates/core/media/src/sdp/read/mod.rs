//! Reads a session description into what we understand of it: one [`Stream`] for each `m=` line.
//!
//! Decides nothing about what to use. RFC 8866; static payload types by RFC 3551 table 4; hold by `c=0.0.0.0` as
//! RFC 2543 had it (RFC 3264 section 8.4).

mod formats;

pub(super) use formats::{Format, Kind};

use super::{Direction, ExtendedReports, OpusWishes, SdpError, ice, security::Theirs};
use crate::codec::Codec;
use sdp_types::{Attribute, Media, Rtcp, Session};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// The most `m=` lines that are looked at; a description with more is refused.
const MOST_STREAMS: usize = 32;

/// The longest description that is looked at.
const MOST_BYTES: usize = 64 * 1024;

/// One `m=` line as it must be repeated (RFC 3264 section 6: same number, same order).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) media: String,
    pub(super) proto: String,
    pub(super) fmt: String,
}

/// One `m=` line as we understand it.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) line: Line,
    pub(super) port: u16,
    pub(super) address: Option<IpAddr>,
    pub(super) rtcp: Option<SocketAddr>,
    pub(super) rtcp_mux: bool,
    pub(super) extended_reports: Option<ExtendedReports>,
    pub(super) formats: Vec<Format>,
    pub(super) opus: OpusWishes,
    pub(super) direction: Direction,
    pub(super) ptime: Option<Duration>,
    pub(super) max_ptime: Option<Duration>,
    pub(super) security: Theirs,
    pub(super) ice: Option<ice::Theirs>,
}

impl Stream {
    /// Whether it is sound over RTP, protected or not.
    pub(super) fn is_audio(&self) -> bool {
        self.line.media.eq_ignore_ascii_case("audio") && self.security.profile.is_some()
    }

    /// The codecs we know, in their order.
    pub(super) fn codecs(&self) -> impl Iterator<Item = (u8, Codec)> + '_ {
        self.formats.iter().filter_map(|format| match format.kind {
            Kind::Audio(codec) => Some((format.payload_type, codec)),
            Kind::TelephoneEvent(_) | Kind::ComfortNoise => None,
        })
    }
}

/// Reads all of it.
pub(super) fn read(sdp: &[u8]) -> Result<Vec<Stream>, SdpError> {
    if sdp.len() > MOST_BYTES {
        return Err(SdpError::Syntax("too long".into()));
    }
    let session = Session::parse(sdp).map_err(|error| SdpError::Syntax(error.to_string()))?;
    if session.medias.len() > MOST_STREAMS {
        return Err(SdpError::Syntax("too many streams".into()));
    }
    Ok(session.medias.iter().map(|media| stream(&session, media)).collect())
}

fn stream(session: &Session, media: &Media) -> Stream {
    let connection = media.connections.first().or(session.connection.as_ref());
    let address = connection.and_then(|c| c.try_address().ok()).map(|a| a.ip);
    let stated = direction(&media.attributes).or_else(|| direction(&session.attributes));
    let stated = stated.unwrap_or(Direction::SendRecv);
    let held = address.is_some_and(|ip| ip.is_unspecified());
    Stream {
        line: Line { media: media.media.clone(), proto: media.proto.clone(), fmt: media.fmt.clone() },
        port: media.port,
        address,
        rtcp: rtcp(media, address),
        rtcp_mux: media.has_attribute("rtcp-mux"),
        extended_reports: extended_reports(&media.attributes)
            .or_else(|| extended_reports(&session.attributes)),
        formats: formats::of(media),
        opus: formats::opus_wishes(media),
        direction: if held { stated.and(Direction::SendOnly) } else { stated },
        ptime: milliseconds(media, "ptime"),
        max_ptime: milliseconds(media, "maxptime"),
        security: Theirs::read(session, media),
        ice: ice::read(session, media),
    }
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| {
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
            .into_iter()
            .find(|direction| attribute.attribute.eq_ignore_ascii_case(direction.name()))
    })
}

/// RFC 3611 section 5.1: words with a value each or none; those that we don't know are passed by.
fn extended_reports(attributes: &[Attribute]) -> Option<ExtendedReports> {
    let attribute =
        attributes.iter().find(|attribute| attribute.attribute.eq_ignore_ascii_case("rtcp-xr"))?;
    let mut wanted = ExtendedReports::default();
    for format in attribute.value.as_deref().unwrap_or_default().split_ascii_whitespace() {
        match format.split_once('=').map_or(format, |(name, _)| name) {
            "voip-metrics" => wanted.voip_metrics = true,
            "rcvr-rtt" => wanted.receiver_rtt = true,
            _ => {}
        }
    }
    Some(wanted)
}

fn rtcp(media: &Media, address: Option<IpAddr>) -> Option<SocketAddr> {
    let stated = media.get_first_attribute_typed::<Rtcp>().and_then(Result::ok);
    let Some(rtcp) = stated.filter(|rtcp| rtcp.port != 0) else {
        return Some(SocketAddr::new(address?, media.port.checked_add(1)?));
    };
    let own = rtcp.try_address().and_then(Result::ok).map(|a| a.ip);
    Some(SocketAddr::new(own.or(address)?, rtcp.port))
}

fn milliseconds(media: &Media, name: &str) -> Option<Duration> {
    let value = media.get_first_attribute_value(name)??;
    value.trim().parse::<u16>().ok().filter(|ms| *ms > 0).map(|ms| Duration::from_millis(ms.into()))
}
