//! The torture messages of RFC 5118, SIP with IPv6, each with the reaction we owe it. The section numbers are that RFC's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use sidetone_sip::message::{Message, ParseError, Request, parse};
use std::net::{IpAddr, SocketAddr};

macro_rules! bytes_of {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/torture/ipv6/", $name, ".dat"))
    };
}

fn request(bytes: &[u8]) -> Request {
    match parse(bytes) {
        Ok(Message::Request(request)) => {
            let again = parse(&request.to_bytes()).unwrap().to_bytes();
            assert_eq!(again, request.to_bytes(), "what is written can be read again");
            request
        }
        other => panic!("{other:?}"),
    }
}

/// The RFC's Content-Length with the length there is: three of its messages say another than they have.
fn mended(bytes: &[u8], says: &str) -> Request {
    let text = std::str::from_utf8(bytes).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let says = format!("Content-Length: {says}\r\n");
    assert!(text.contains(&says));
    request(text.replace(&says, &format!("Content-Length: {}\r\n", body.len())).as_bytes())
}

fn refused_with_400(bytes: &[u8]) -> &'static str {
    match parse(bytes) {
        Err(ParseError::Answer(refusal)) if refusal.code() == 400 => refusal.reason(),
        other => panic!("{other:?}"),
    }
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// 4.1: references in the Request-URI, Via and Contact.
#[test]
fn a_reference_is_read_wherever_a_host_can_stand() {
    let register = request(bytes_of!("ipv6-good"));
    assert_eq!(register.uri.host_port().unwrap().ip(), ip("2001:db8::10"));
    assert_eq!(register.headers.top_via().unwrap().sent_by.ip(), ip("2001:db8::9:1"));
    assert_eq!(register.headers.contact().unwrap().uri.host_port().unwrap().ip(), ip("2001:db8::1"));
}

/// 4.2: an address without brackets. 4.10: three colons, which RFC 3261's grammar allowed by mistake.
#[test]
fn what_is_no_address_is_refused() {
    assert_eq!(refused_with_400(bytes_of!("ipv6-bad")), "Bad Request-URI");
    assert_eq!(refused_with_400(bytes_of!("ipv6-bug-abnf-3-colons")), "Bad Request-URI");
    let right = request(bytes_of!("ipv6-correct-abnf-2-colons"));
    assert_eq!(right.uri.host_port().unwrap().ip(), ip("2001:db8::192.0.2.1"));
}

/// 4.3 and 4.4: a port is what stands behind the bracket.
#[test]
fn a_port_stands_behind_the_bracket() {
    let within = request(bytes_of!("port-ambiguous")).uri.host_port().unwrap();
    assert_eq!((within.ip(), within.port), (ip("2001:db8::10:5070"), None));
    let behind = request(bytes_of!("port-unambiguous")).uri.host_port().unwrap();
    assert_eq!((behind.ip(), behind.port), (ip("2001:db8::10"), Some(5070)));
}

/// 4.5: `received` has no brackets, and those who put some are understood.
#[test]
fn received_is_read_with_brackets_and_without() {
    for bytes in
        [bytes_of!("via-received-param-with-delim").as_slice(), bytes_of!("via-received-param-no-delim")]
    {
        let mut via = request(bytes).headers.top_via().unwrap();
        via.params.set("rport", "5060");
        assert_eq!(via.reflexive(), Some(SocketAddr::new(ip("2001:db8::9:255").unwrap(), 5060)));
    }
}

/// 4.7: both families in one Via stack.
#[test]
fn families_may_be_mixed() {
    let vias = request(bytes_of!("mult-ip-in-header")).headers.vias().unwrap();
    let stack: Vec<_> = vias.iter().map(|via| via.sent_by.to_string()).collect();
    assert_eq!(stack, ["[2001:db8::9:1]:6050", "192.0.2.1", "[2001:db8::9:255]"]);
    assert_eq!(vias[2].params.get("received"), Some("192.0.2.200"));
}

/// 4.6, 4.8 and 4.9. As printed the first is too short for what it says, and the others are cut; `core/media` reads
/// the whole bodies.
#[test]
fn bodies_are_as_long_as_they_say() {
    let short = bytes_of!("ipv6-in-sdp");
    assert_eq!(refused_with_400(short), "Body Shorter Than Content-Length");
    assert_eq!(mended(short, "268").body.len(), 251);
    let cut = bytes_of!("mult-ip-in-sdp");
    assert_eq!((request(cut).body.len(), mended(cut, "181").body.len()), (181, 189));
    let mapped = bytes_of!("ipv4-mapped-ipv6");
    assert_eq!((request(mapped).body.len(), mended(mapped, "236").body.len()), (236, 245));
}

/// 4.9: IPv4 addresses in IPv6's clothes.
#[test]
fn mapped_addresses_are_addresses() {
    let invite = request(bytes_of!("ipv4-mapped-ipv6"));
    let top = invite.headers.top_via().unwrap().sent_by;
    assert_eq!((top.ip(), top.port), (ip("::ffff:192.0.2.10"), Some(19823)));
    assert_eq!(invite.headers.contact().unwrap().uri.host_port().unwrap().ip(), ip("::ffff:192.0.2.2"));
}
