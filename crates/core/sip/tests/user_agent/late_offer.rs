//! Where descriptions stand when they are not simply in the INVITE: in one part of its body (RFC 5621), or nowhere, so
//! that the offer is ours (RFC 3261 section 13.2.1).

use crate::kit::{CALLEE, CALLER, Net, request};
use sidetone_sip::api::Event;

const MIXED: &str = "Content-Type: multipart/mixed;boundary=\"b\"\r\n";

#[test]
fn an_offer_among_other_parts_is_found() {
    let mut net = Net::agent_and_wire();
    let body = "--b\r\nContent-Type: application/isup\r\n\r\n\0\r\n--b\r\nContent-Type: application/sdp\r\n\r\noffer\r\n--b--\r\n";
    net.tell(CALLEE, CALLER, request("INVITE", "a", MIXED, body));
    let sdp = net.incoming_with(CALLER, |incoming| incoming.sdp.clone());
    assert_eq!(sdp.as_deref(), Some(&b"offer"[..]));
}

#[test]
fn parts_without_an_offer_get_415() {
    let mut net = Net::agent_and_wire();
    let body = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
    net.tell(CALLEE, CALLER, request("INVITE", "a", MIXED, body));
    net.heard_response(CALLEE, 415);
    assert_eq!(net.said(CALLER, |e| matches!(e, Event::IncomingCall(_))), 0);
}
