//! The session descriptions of RFC 5118, SIP with IPv6 (sections 4.6, 4.8 and 4.9), out of `tests/torture/ipv6`.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use sidetone_media::{Direction, Negotiation, SdpError, sdp};
use std::net::SocketAddr;

macro_rules! description {
    ($name:literal) => {
        body(include_bytes!(concat!("../../../../tests/torture/ipv6/", $name, ".dat")))
    };
}

/// What stands behind the head, whatever its Content-Length says.
fn body(message: &[u8]) -> String {
    let text = std::str::from_utf8(message).unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn answered(offer: &str) -> Result<SocketAddr, SdpError> {
    let config = sdp::Config::new("[2001:db8::99]:4000".parse().unwrap());
    let (answer, plan) = Negotiation::new(config, [1; 32]).answer(offer.as_bytes(), Direction::SendRecv)?;
    assert!(std::str::from_utf8(&answer).unwrap().contains("c=IN IP6 2001:db8::99\r\n"));
    Ok(plan.remote_rtp)
}

/// They offer G.726, which we don't speak; with PCMU in its place there is an agreement.
#[test]
fn addresses_of_ipv6_are_where_sound_goes() {
    for (offer, wanted) in [
        (description!("ipv6-in-sdp"), "[2001:db8::20]:6000"),
        (description!("ipv4-mapped-ipv6"), "[::ffff:192.0.2.2]:6000"),
    ] {
        assert_eq!(answered(&offer), Err(SdpError::NoCommonCodec));
        assert_eq!(answered(&offer.replace("RTP/AVP 2\r\n", "RTP/AVP 0\r\n")), Ok(wanted.parse().unwrap()));
    }
}

#[test]
fn every_stream_has_its_own_address() {
    assert_eq!(answered(&description!("mult-ip-in-sdp")), Ok("192.0.2.1:22334".parse().unwrap()));
}
