//! Messages written by hand, where a story needs what the server's user agent never sends.

use sidetone_sip::api::SavedCall;

/// A request by the server, outside of any dialog or, with the names in `more`, in one.
pub(crate) fn request(method: &str, cseq: &str, names: [&str; 3], more: &str, body: &str) -> String {
    let [from, to, call_id] = names;
    format!(
        "{method} sip:agent@10.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{call_id}{cseq};rport\r\n\
         Max-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:10.0.0.2:5060>\r\n{more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The ACK for the call that the server's user agent thinks is up, with an answer in it.
pub(crate) fn ack(call: &SavedCall, answer: &str) -> String {
    let names = [call.local.as_str(), call.remote.as_str(), call.call_id.as_str()];
    request("ACK", &call.local_cseq.to_string(), names, "Content-Type: application/sdp\r\n", answer)
}

/// An UPDATE in that call, in which the other side is somebody else (RFC 4916).
pub(crate) fn update_from(call: &SavedCall, who: &str) -> String {
    let tag = call.local.rsplit_once(";tag=").map(|(_, tag)| tag).unwrap();
    let from = format!("{who};tag={tag}");
    let names = [from.as_str(), call.remote.as_str(), call.call_id.as_str()];
    request("UPDATE", &(call.local_cseq + 1).to_string(), names, "", "")
}
