//! One whole message, a datagram or what the [`Framer`](super::Framer) cut out, to a [`Message`] or to the reason why
//! not, and whether that is to be answered (RFC 3261 sections 7, 8.2, 18.3). Lenient where RFC 4475 shows that others
//! err and the meaning is plain; strict where two readers could understand two things.

use super::{
    Headers, Message, Method, Request, Response, Uri,
    grammar::{is_space, is_token, number, one_line, trim},
    headers::name,
    latin1,
    refusal::{Fault, Refusal},
};
use bytes::Bytes;

/// The largest message, in bytes.
pub const MAX_MESSAGE: usize = 65_536;

/// The most header lines, continuation lines included.
pub const MAX_HEADER_LINES: usize = 512;

/// The status code for another version (RFC 3261 section 21.5.6).
const VERSION_NOT_SUPPORTED: u16 = 505;

/// What may stand once only, in a message that can be trusted.
const SINGLE: [&str; 7] = [
    name::FROM,
    name::TO,
    name::CALL_ID,
    name::CSEQ,
    name::MAX_FORWARDS,
    name::CONTENT_LENGTH,
    name::CONTENT_TYPE,
];

/// Why bytes are no message, and what to do about it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ParseError {
    /// Say nothing: a keep-alive, garbage, a broken response (RFC 3261 section 18.1.2), a broken ACK, or a request
    /// that can't be answered.
    #[error("ignored: {0}")]
    Ignore(&'static str),
    /// A request that is refused.
    #[error("refused with {}", .0.code())]
    Answer(Box<Refusal>),
}

/// Reads one whole message. What follows its Content-Length is dropped (RFC 3261 section 18.3).
pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).ok_or(ParseError::Ignore("empty"))?;
    let bytes = &bytes[start..];
    let end = head_end(bytes, 0);
    let (head, body) = bytes.split_at(end.unwrap_or(bytes.len()));
    if head.len() > MAX_MESSAGE {
        return Err(ParseError::Ignore("endless head"));
    }
    let text = latin1::to_utf8(head);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let line = trim(lines.next().unwrap_or_default());
    let (headers, broken_line) = read_headers(lines);
    // RFC 4475 section 3.1.2.15 lacks the empty line: where no body is to come, nothing is lost by that.
    let whole = end.is_some() || (bytes.ends_with(b"\n") && content_length(&headers) == Ok(Some(0)));
    let mut fault = broken_line.or_else(|| (!whole).then_some(Fault::new(400, "No End of Headers")));
    let too_large = bytes.len() > MAX_MESSAGE;
    fault = fault.or_else(|| too_large.then_some(Fault::new(513, "Message Too Large")));
    match line.get(..4) {
        Some(sip) if sip.eq_ignore_ascii_case("SIP/") => read_response(line, headers, body, fault),
        Some(_) | None => read_request(line, headers, body, fault),
    }
}

fn read_response(
    line: &str,
    headers: Headers,
    body: &[u8],
    fault: Option<Fault>,
) -> Result<Message, ParseError> {
    let (version, rest) = line.split_once(is_space).ok_or(ParseError::Ignore("broken status line"))?;
    let (code, reason) = trim(rest).split_once(is_space).unwrap_or((trim(rest), ""));
    let code = number(code).filter(|code| (100..700).contains(code));
    let (true, Some(code)) = (version.eq_ignore_ascii_case("SIP/2.0"), code) else {
        return Err(ParseError::Ignore("broken status line"));
    };
    match fault.map_or_else(|| check(&headers, None, body), Err) {
        Ok(body) => {
            let reason = trim(&one_line(reason.to_owned())).to_owned();
            Ok(Message::Response(Response { code, reason, headers, body }))
        }
        Err(_) => Err(ParseError::Ignore("broken response")),
    }
}

fn read_request(
    line: &str,
    headers: Headers,
    body: &[u8],
    fault: Option<Fault>,
) -> Result<Message, ParseError> {
    let (start, version) = line.rsplit_once(is_space).ok_or(ParseError::Ignore("not SIP"))?;
    let (method, uri) = start.split_once(is_space).ok_or(ParseError::Ignore("not SIP"))?;
    let method = Method::parse(method).ok_or(ParseError::Ignore("not SIP"))?;
    if !version.get(..4).is_some_and(|sip| sip.eq_ignore_ascii_case("SIP/")) {
        return Err(ParseError::Ignore("not SIP"));
    }
    let result = match fault {
        _ if !version.eq_ignore_ascii_case("SIP/2.0") => {
            Err(Fault::new(VERSION_NOT_SUPPORTED, "Version Not Supported"))
        }
        Some(fault) => Err(fault),
        None => read_request_uri(uri).and_then(|uri| Ok((uri, check(&headers, Some(&method), body)?))),
    };
    match result {
        Ok((uri, body)) => Ok(Message::Request(Request { method, uri, headers, body })),
        Err(_) if method == Method::Ack => Err(ParseError::Ignore("broken ACK")),
        Err(fault) if !has_way_back(&headers, fault) => Err(ParseError::Ignore("no way back")),
        Err(fault) => Err(ParseError::Answer(Box::new(Refusal::new(fault, &headers)))),
    }
}

/// Whether the sender can be told. Another version's Via need not be one that we can read (RFC 4475 section 3.1.2.16).
fn has_way_back(headers: &Headers, fault: Fault) -> bool {
    headers.top_via().is_ok() || (fault.code() == VERSION_NOT_SUPPORTED && headers.contains(name::VIA))
}

/// Headers in a Request-URI are not allowed (RFC 3261 section 19.1.1, table 1).
fn read_request_uri(text: &str) -> Result<Uri, Fault> {
    let bad = Fault::new(400, "Bad Request-URI");
    let uri = Uri::parse(trim(text)).map_err(|_| bad)?;
    if uri.headers().is_empty() { Ok(uri) } else { Err(bad) }
}

/// Header lines, unfolded, names written out; and what is wrong with the first bad one.
fn read_headers<'a>(lines: impl Iterator<Item = &'a str>) -> (Headers, Option<Fault>) {
    let (mut headers, mut fault) = (Headers::new(), None);
    let mut open: Option<(&str, String)> = None;
    for (count, line) in lines.take_while(|line| !line.is_empty()).enumerate() {
        if count >= MAX_HEADER_LINES {
            fault = fault.or(Some(Fault::new(513, "Too Many Header Fields")));
            break;
        }
        if let (true, Some((_, value))) = (line.starts_with(is_space), &mut open) {
            value.push(' ');
            value.push_str(trim(line));
            continue;
        }
        match line.split_once(':') {
            Some((name, value)) if is_token(name.trim_end_matches(is_space)) => {
                close(&mut headers, open.replace((name.trim_end_matches(is_space), trim(value).to_owned())));
            }
            Some(_) | None => fault = fault.or(Some(Fault::new(400, "Bad Header Field"))),
        }
    }
    close(&mut headers, open);
    (headers, fault)
}

fn close(headers: &mut Headers, field: Option<(&str, String)>) {
    if let Some((name, value)) = field {
        headers.push(name, trim(&value));
    }
}

/// What every message needs (RFC 3261 section 8.1.1), and the body as long as it says. `method` is a request's.
fn check(headers: &Headers, method: Option<&Method>, body: &[u8]) -> Result<Bytes, Fault> {
    if SINGLE.iter().any(|name| headers.all(name).nth(1).is_some()) {
        return Err(Fault::new(400, "Repeated Header Field"));
    }
    // Those below the top belong to others, but who finds something else between them reads another stack than we do.
    let all_vias = headers.list(name::VIA).all(|via| via.matches('/').count() >= 2);
    headers.top_via().ok().filter(|_| all_vias).ok_or(Fault::new(400, "Bad Via"))?;
    headers.from().map_err(|_| Fault::new(400, "Bad From"))?;
    headers.to().map_err(|_| Fault::new(400, "Bad To"))?;
    if headers.call_id().map_or(true, str::is_empty) {
        return Err(Fault::new(400, "Missing Call-ID"));
    }
    let cseq = headers.cseq().map_err(|_| Fault::new(400, "Bad CSeq"))?;
    if method.is_some_and(|method| *method != cseq.method) {
        return Err(Fault::new(400, "CSeq Method Does Not Match"));
    }
    match content_length(headers).map_err(|()| Fault::new(400, "Bad Content-Length"))? {
        Some(length) if length > MAX_MESSAGE => Err(Fault::new(513, "Message Too Large")),
        Some(length) if length > body.len() => Err(Fault::new(400, "Body Shorter Than Content-Length")),
        Some(length) => Ok(Bytes::copy_from_slice(&body[..length])),
        None => Ok(Bytes::copy_from_slice(body)),
    }
}

/// Content-Length; an error where it is no number or there are two that differ.
fn content_length(headers: &Headers) -> Result<Option<usize>, ()> {
    let mut lengths = headers.all(name::CONTENT_LENGTH).map(read_length);
    let first = lengths.next().transpose()?;
    if lengths.all(|other| other.ok() == first) { Ok(first) } else { Err(()) }
}

/// Any number of digits is a number; one too large for us is still too large, not broken.
fn read_length(text: &str) -> Result<usize, ()> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { Ok(text.parse().unwrap_or(usize::MAX)) } else { Err(()) }
}

/// How long the body behind this head is, for the framer; `None` where it can't be told.
pub(super) fn body_length(head: &[u8]) -> Option<usize> {
    let text = latin1::to_utf8(head);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let start = lines.next()?;
    if !start.split(is_space).any(|word| word.get(..4).is_some_and(|sip| sip.eq_ignore_ascii_case("SIP/"))) {
        return None;
    }
    content_length(&read_headers(lines).0).ok().map(|length| length.unwrap_or(0))
}

/// Where the body begins: behind the first empty line. Bytes before `from` hold no end of a line.
pub(super) fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&b| b == b'\n')? + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
}
