//! Requests made of another: the ACK for a failed INVITE (RFC 3261 section 17.1.1.3) and the CANCEL (section 9.1).
//! Both carry the INVITE's own Via, so that they meet its transaction at every hop.

use crate::message::{CSeq, Method, Request, Response, name};

/// The ACK for a response of 300 or more to this INVITE.
pub(crate) fn ack_for_failure(invite: &Request, response: &Response) -> Request {
    let mut ack = derive(invite, Method::Ack);
    if let Some(to) = response.headers.get(name::TO) {
        ack.headers.set(name::TO, to);
    }
    ack
}

/// The CANCEL of this INVITE.
pub(crate) fn cancel_for(invite: &Request) -> Request {
    derive(invite, Method::Cancel)
}

fn derive(invite: &Request, method: Method) -> Request {
    let mut request = Request::new(method.clone(), invite.uri.clone());
    if let Some(via) = invite.headers.list(name::VIA).next() {
        request.headers.push(name::VIA, via);
    }
    for copied in [name::ROUTE, name::FROM, name::TO, name::CALL_ID] {
        request.headers.copy_all(copied, &invite.headers);
    }
    if let Ok(cseq) = invite.headers.cseq() {
        request.headers.push(name::CSEQ, CSeq { number: cseq.number, method }.to_string());
    }
    request.headers.push(name::MAX_FORWARDS, "70");
    request
}
