//! One line at `trace` level for every message that passes: direction, transport, method or status, CSeq, and a hash of the
//! Call-ID that is the same within one run. Never a number, a name, an address or a body.

use sidetone_sip::api::Transport;
use std::{
    hash::{BuildHasher, RandomState},
    sync::LazyLock,
};

/// Which way a message went.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Direction {
    In,
    Out,
}

/// Keyed anew every run, so that nobody can try Call-IDs against a log.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Says that `message` went by.
pub(crate) fn message(direction: Direction, transport: Transport, message: &[u8]) {
    if tracing::enabled!(tracing::Level::TRACE) {
        let Summary { what, cseq, call } = summary(message);
        tracing::trace!(?direction, ?transport, what, cseq, call = format_args!("{call:016x}"), "SIP");
    }
}

/// What may be said of a message.
struct Summary<'a> {
    /// The method or the status code.
    what: &'a str,
    /// CSeq.
    cseq: &'a str,
    /// The Call-ID's hash; 0 without one.
    call: u64,
}

fn summary(message: &[u8]) -> Summary<'_> {
    let mut lines = message.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut words = lines.next().unwrap_or_default().split(|byte| *byte == b' ');
    let first = words.next().unwrap_or_default();
    let what = if first.starts_with(b"SIP/") { words.next().unwrap_or_default() } else { first };
    let headers = lines.take_while(|line| !line.is_empty());
    let (mut cseq, mut call) = ("", 0);
    for line in headers {
        if let Some(value) = value(line, &[b"cseq"]) {
            cseq = tame(value);
        } else if let Some(id) = value(line, &[b"call-id", b"i"]) {
            call = HASHER.hash_one(id);
        }
    }
    Summary { what: tame(what), cseq, call }
}

/// A method is at most a word of capitals, a status three digits, a CSeq a number and a method; anything else stays
/// unsaid.
fn tame(text: &[u8]) -> &str {
    let is_tame = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
    let short = text.len() <= 24 && text.split(|byte| *byte == b' ').count() <= 2;
    if short && text.iter().all(is_tame) { str::from_utf8(text).unwrap_or("?") } else { "?" }
}

fn value<'a>(line: &'a [u8], names: &[&[u8]]) -> Option<&'a [u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii();
    let ours = names.iter().any(|ours| name.eq_ignore_ascii_case(ours));
    ours.then(|| value.get(1..).unwrap_or_default().trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_method_and_nothing_private() {
        let invite = b"INVITE sip:+15551234@example.org SIP/2.0\r\nTo: Ann\r\ni: abc\r\n\r\nCall-ID: body";
        let reply = b"SIP/2.0 180 Ringing\r\nCall-ID:   abc  \r\nCSeq: 7 INVITE\r\n\r\n";
        let (request, response) = (summary(invite), summary(reply));
        assert_eq!((request.what, request.cseq), ("INVITE", ""));
        assert_eq!((response.what, response.cseq), ("180", "7 INVITE"));
        assert_eq!(request.call, response.call);
        assert_ne!(request.call, 0);
        for odd in [&b"+15551234"[..], b"sip:ann@example.org\nx", b"INVITE\nCSeq: +15551234\n"] {
            let Summary { what, cseq, call } = summary(odd);
            assert!(
                ["?", "INVITE"].contains(&what) && ["?", ""].contains(&cseq) && call == 0,
                "{what} {cseq}"
            );
        }
    }
}
