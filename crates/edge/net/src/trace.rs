//! One line at `trace` level for every message that passes: direction, transport, method or status, and a hash of the
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
        let (what, call) = summary(message);
        tracing::trace!(?direction, ?transport, what, call = format_args!("{call:016x}"), "SIP");
    }
}

/// The method or the status code, and the Call-ID's hash (0 without one).
fn summary(message: &[u8]) -> (&str, u64) {
    let mut lines = message.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut words = lines.next().unwrap_or_default().split(|byte| *byte == b' ');
    let first = words.next().unwrap_or_default();
    let what = if first.starts_with(b"SIP/") { words.next().unwrap_or_default() } else { first };
    // A method is at most a word of capitals and a status three digits; anything else stays unsaid.
    let tame = what.len() <= 12 && what.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let what = if tame { str::from_utf8(what).unwrap_or("?") } else { "?" };
    let call = lines.take_while(|line| !line.is_empty()).find_map(call_id);
    (what, call.map_or(0, |id| HASHER.hash_one(id)))
}

fn call_id(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii();
    let ours = name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i");
    ours.then(|| value.get(1..).unwrap_or_default().trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_method_and_nothing_private() {
        let invite = b"INVITE sip:+15551234@example.org SIP/2.0\r\nTo: Ann\r\ni: abc\r\n\r\nCall-ID: body";
        let reply = b"SIP/2.0 180 Ringing\r\nCall-ID:   abc  \r\n\r\n";
        let (method, call) = summary(invite);
        let (status, same_call) = summary(reply);
        assert_eq!((method, status), ("INVITE", "180"));
        assert_eq!(call, same_call);
        assert_ne!(call, 0);
        assert_eq!(summary(b"+15551234"), ("?", 0));
        assert_eq!(summary(b"sip:ann@example.org\nx"), ("?", 0));
        assert_eq!(summary(b""), ("", 0));
    }
}
