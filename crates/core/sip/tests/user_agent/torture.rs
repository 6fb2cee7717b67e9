//! What a user agent does with the torture messages of RFC 4475 that are whole and yet not for it (section 3.3): each
//! gets the answer that the RFC says, or none.

use crate::kit::{CALLEE, CALLER, Net, Node, agent};
use sidetone_sip::{
    Config, RegistrarConfig,
    message::{Message, Response, parse},
};
use std::time::Duration;

macro_rules! bytes_of {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../tests/torture/", $name, ".dat"))
    };
}

/// What comes back, if anything. The wire stands at the port that a Via without one names.
fn answer(bytes: &[u8], config: Config) -> Option<Response> {
    let mut net = Net::of(vec![agent(config, 1), Node::Wire(Default::default())], 1);
    let flow = net.flow(CALLER, CALLEE);
    net.world.inject(CALLER, flow, bytes);
    net.world.run_for(Duration::from_secs(1));
    let Node::Wire(wire) = net.world.endpoint(CALLEE) else { unreachable!() };
    let mut responses = wire.received.iter().filter_map(|(_, bytes)| match parse(bytes) {
        Ok(Message::Response(response)) if response.code > 100 => Some(response),
        _ => None,
    });
    responses.next_back()
}

fn code(bytes: &[u8]) -> Option<u16> {
    answer(bytes, Config::default()).map(|response| response.code)
}

fn registrar() -> Config {
    let users = ["user", "j.user", "watson"].map(|user| (user.to_owned(), "secret".to_owned()));
    let registrar = RegistrarConfig::new("example.com", users.into());
    Config { registrar: Some(registrar), ..Config::default() }
}

/// 3.3.2 and 3.3.3.
#[test]
fn an_unknown_scheme_gets_416_whatever_the_method() {
    assert_eq!(code(bytes_of!("unkscm")), Some(416));
    assert_eq!(code(bytes_of!("novelsc")), Some(416));
}

/// 3.3.4: an address of record is a SIP URI.
#[test]
fn a_registrar_refuses_other_addresses_with_400() {
    assert_eq!(answer(bytes_of!("unksm2"), registrar()).map(|response| response.code), Some(400));
}

/// 3.3.5.
#[test]
fn unknown_extensions_get_420_with_their_names() {
    let refused = answer(bytes_of!("bext01"), Config::default()).unwrap();
    assert_eq!(refused.code, 420);
    let names: Vec<_> = refused.headers.unsupported().collect();
    assert_eq!(names, ["nothingSupportsThis", "nothingSupportsThisEither"]);
}

/// 3.3.6.
#[test]
fn an_unknown_body_gets_415() {
    assert_eq!(code(bytes_of!("invut")), Some(415));
}

/// 3.3.7: credentials nobody understands are none.
#[test]
fn unknown_credentials_are_met_with_a_challenge() {
    assert_eq!(answer(bytes_of!("regaut01"), registrar()).map(|response| response.code), Some(401));
}

/// 3.3.10: no such request was sent, and a Via is left over.
#[test]
fn a_response_with_two_vias_is_dropped() {
    assert_eq!(code(bytes_of!("bcast")), None);
}

/// 3.3.11: it goes no further, so it need not.
#[test]
fn zero_max_forwards_are_enough_for_us() {
    assert_eq!(code(bytes_of!("zeromf")), Some(200));
}

/// 3.1.1.5: `RE%47IST%45R` is a method nobody knows.
#[test]
fn an_escaped_register_is_an_unknown_method() {
    assert_eq!(answer(bytes_of!("esc02"), registrar()).map(|response| response.code), Some(501));
}

/// 3.4.1: a call without a Contact can't be ended, so it is not begun.
#[test]
fn an_old_call_without_contact_gets_400() {
    assert_eq!(code(bytes_of!("inv2543")), Some(400));
}
