//! The answer to a request that can't be understood whole (RFC 3261 sections 8.2 and 16.3): stateless, from what of
//! it can be read. Never made for an ACK or a response.

use super::{Headers, Response, headers::name};
use bytes::Bytes;
use std::net::SocketAddr;

/// A status and its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    code: u16,
    reason: &'static str,
}

impl Fault {
    pub(super) fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }

    pub(super) fn code(self) -> u16 {
        self.code
    }
}

/// What is wrong with a request, and what is needed to say so.
#[derive(Debug, Clone)]
pub struct Refusal {
    fault: Fault,
    headers: Headers,
}

impl Refusal {
    /// Keeps every Via, and the first of what must stand once.
    pub(super) fn new(fault: Fault, request: &Headers) -> Self {
        let mut headers = Headers::new();
        headers.copy_all(name::VIA, request);
        for name in [name::FROM, name::TO, name::CALL_ID, name::CSEQ] {
            if let Some(value) = request.get(name) {
                headers.push(name, value);
            }
        }
        Self { fault, headers }
    }

    /// The status code: 400, 505 or 513.
    pub fn code(&self) -> u16 {
        self.fault.code
    }

    /// What is wrong, as the reason phrase says it.
    pub fn reason(&self) -> &'static str {
        self.fault.reason
    }

    /// The response to send back on the path the request came by; `source` is where it came from.
    pub fn response(&self, source: SocketAddr, to_tag: &str) -> Response {
        let mut headers = self.headers.clone();
        if let Ok(mut via) = headers.top_via() {
            via.note_source(source);
            headers.set_top_via(&via);
        }
        let response =
            Response { code: self.code(), reason: self.reason().to_owned(), headers, body: Bytes::new() };
        response.with_to_tag(to_tag)
    }
}
