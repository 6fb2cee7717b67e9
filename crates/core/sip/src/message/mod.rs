//! SIP messages: bytes in, typed requests and responses out, and back (RFC 3261 section 7).
//! [`parse`] takes one whole message, [`Framer`] cuts messages out of a stream. Decides nothing about calls.

mod address;
mod extensions;
mod fields;
mod framer;
mod grammar;
mod headers;
mod latin1;
mod method;
mod multipart;
mod params;
mod parse;
mod refusal;
mod status;
#[cfg(test)]
mod tests;
mod uri;
mod via;

pub use address::NameAddr;
pub use extensions::{RAck, Refresher, SessionExpires};
pub use fields::{CSeq, Contacts, Reason};
pub use framer::{Frame, Framer, FramerError};
pub(crate) use grammar::is_token;
pub use headers::{Headers, name};
pub use method::Method;
pub(crate) use multipart::{part, parts};
pub use params::Params;
pub use parse::{MAX_HEADER_LINES, MAX_MESSAGE, ParseError, parse};
pub use refusal::Refusal;
pub use status::reason_phrase;
pub use uri::{HostPort, Uri};
pub use via::{MAGIC_COOKIE, Via};

pub(crate) use grammar::{find_outside, number, split_outside, take_quoted, write_quoted};
pub(crate) use uri::unescape;

use bytes::Bytes;
use std::fmt::{self, Write as _};

/// Why a header field can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// It is not there.
    #[error("header field missing")]
    Missing,
    /// It is there and can't be read.
    #[error("header field broken")]
    Broken,
}

/// A request or a response.
#[derive(Debug, Clone)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

/// A request (RFC 3261 section 7.1).
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The Request-URI.
    pub uri: Uri,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

/// A response (RFC 3261 section 7.2).
#[derive(Clone)]
pub struct Response {
    /// The status code, 100 to 699.
    pub code: u16,
    /// The reason phrase.
    pub reason: String,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

impl Message {
    /// The header fields.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The message as it is sent.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }
}

impl Request {
    /// Without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self { method, uri, headers: Headers::new(), body: Bytes::new() }
    }

    /// Gives it a body.
    pub fn set_body(&mut self, content_type: &str, body: Bytes) {
        self.headers.set(name::CONTENT_TYPE, content_type);
        self.body = body;
    }

    /// The request as it is sent, Content-Length included.
    pub fn to_bytes(&self) -> Bytes {
        write(format_args!("{} {} SIP/2.0", self.method, self.uri), &self.headers, &self.body)
    }
}

impl Response {
    /// A response to that request: Via, From, To, Call-ID and CSeq are the request's (RFC 3261 section 8.2.6.2);
    /// in a 100 its Timestamp too. The To tag is the caller's to add, and so is Record-Route where a dialog begins
    /// (section 12.1.1).
    pub fn to(request: &Request, code: u16) -> Self {
        let mut headers = Headers::new();
        for name in [name::VIA, name::FROM, name::TO, name::CALL_ID, name::CSEQ] {
            headers.copy_all(name, &request.headers);
        }
        if code == 100 {
            headers.copy_all("Timestamp", &request.headers);
        }
        Self { code, reason: reason_phrase(code).to_owned(), headers, body: Bytes::new() }
    }

    /// The same with a To tag, unless it has one already.
    pub fn with_to_tag(mut self, tag: &str) -> Self {
        if let Ok(to) = self.headers.to()
            && to.tag().is_none()
        {
            self.headers.set(name::TO, to.with_tag(tag).to_string());
        }
        self
    }

    /// Gives it a body.
    pub fn set_body(&mut self, content_type: &str, body: Bytes) {
        self.headers.set(name::CONTENT_TYPE, content_type);
        self.body = body;
    }

    /// Code below 200.
    pub fn is_provisional(&self) -> bool {
        self.code < 200
    }

    /// Code 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// The response as it is sent, Content-Length included.
    pub fn to_bytes(&self) -> Bytes {
        let reason = grammar::one_line(self.reason.clone());
        write(format_args!("SIP/2.0 {:03} {reason}", self.code), &self.headers, &self.body)
    }
}

fn write(start: fmt::Arguments<'_>, headers: &Headers, body: &Bytes) -> Bytes {
    let mut text = String::with_capacity(512 + body.len());
    // Writing to a String does not fail.
    let _ = write!(text, "{start}\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(name::CONTENT_LENGTH)) {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(text, "{}: {}\r\n\r\n", name::CONTENT_LENGTH, body.len());
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes.into()
}

/// Says what it is and how large, no value: numbers, names and bodies are private.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({}, {:?}, body {})", self.method, self.headers, self.body.len())
    }
}

/// Says what it is and how large, no value: numbers, names and bodies are private.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {:?}, body {})", self.code, self.headers, self.body.len())
    }
}
