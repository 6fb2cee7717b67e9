//! Bodies in parts (RFC 2046 section 5.1, RFC 5621): finds the one part that somebody wants, no deeper than one
//! container in another, or lists them. Takes no encoding but the plain ones.

use super::{grammar::trim, params::Params};
use bytes::Bytes;

/// More parts than any honest message has.
const MAX_PARTS: usize = 16;
/// Containers in containers.
const MAX_DEPTH: u8 = 2;
/// The longest boundary (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;
/// The longest header of a part that is looked at.
const MAX_PART_HEADER: usize = 4096;

/// The content of the first part of this media type (lower case). A body that is no container is its own only part.
pub(crate) fn part(content_type: &str, body: &Bytes, wanted: &str) -> Option<Bytes> {
    find(content_type, body, wanted, MAX_DEPTH)
}

/// One part of several.
pub(crate) struct Part {
    /// Its Content-Type, parameters included.
    pub(crate) kind: String,
    /// Its Content-ID, without the brackets.
    pub(crate) id: Option<String>,
    /// What stands in it.
    pub(crate) content: Bytes,
}

/// The parts of a container, at most so many; none where it is no container. Those that are encoded are left out.
pub(crate) fn parts(content_type: &str, body: &Bytes, most: usize) -> Vec<Part> {
    let Some(delimiter) = delimiter_of(content_type) else { return Vec::new() };
    contents(body, delimiter.as_bytes(), most).filter_map(|content| opened(&content)).collect()
}

fn find(content_type: &str, body: &Bytes, wanted: &str, depth: u8) -> Option<Bytes> {
    if split(content_type).0 == wanted {
        return Some(body.clone());
    }
    let delimiter = delimiter_of(content_type).filter(|_| depth > 0)?;
    contents(body, delimiter.as_bytes(), MAX_PARTS).find_map(|content| {
        let part = opened(&content)?;
        find(&part.kind, &part.content, wanted, depth - 1)
    })
}

/// A media type in lower case, and its parameters.
fn split(content_type: &str) -> (String, &str) {
    let (kind, params) = content_type.split_at(content_type.find(';').unwrap_or(content_type.len()));
    (kind.replace([' ', '\t'], "").to_ascii_lowercase(), params)
}

/// What a delimiter line of a container begins with.
fn delimiter_of(content_type: &str) -> Option<String> {
    let (kind, params) = split(content_type);
    let params = Params::parse(params).ok().filter(|_| kind.starts_with("multipart/"))?;
    let boundary = params.get("boundary").filter(|it| !it.is_empty() && it.len() <= MAX_BOUNDARY)?;
    Some(format!("--{boundary}"))
}

/// What stands between the delimiters, line ends before them left out.
fn contents<'a>(body: &'a Bytes, delimiter: &'a [u8], most: usize) -> impl Iterator<Item = Bytes> + 'a {
    let mut starts = delimiters(body, delimiter).take(most + 1).peekable();
    std::iter::from_fn(move || {
        let (_, begin) = starts.next()?;
        let (end, _) = *starts.peek()?;
        Some(body.slice(begin..end.max(begin)))
    })
}

/// Where delimiter lines are: the end of the content before, and the begin of the content behind.
fn delimiters<'a>(body: &'a Bytes, delimiter: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < body.len() {
            let rest = body.get(at..)?;
            let line_end = rest.iter().position(|byte| *byte == b'\n').map_or(body.len(), |end| at + end + 1);
            let begin = std::mem::replace(&mut at, line_end);
            if rest.strip_prefix(delimiter).is_some_and(ends_delimiter) {
                let before = body.get(..begin)?;
                let before = before.strip_suffix(b"\n").unwrap_or(before);
                let before = before.strip_suffix(b"\r").unwrap_or(before);
                return Some((before.len(), line_end));
            }
        }
        None
    })
}

/// Whether a boundary is over here, and not the beginning of a longer one.
fn ends_delimiter(rest: &[u8]) -> bool {
    rest.starts_with(b"--") || rest.first().is_none_or(u8::is_ascii_whitespace)
}

/// A part's headers (RFC 2046 section 5.1: plain text, where it says no type) and its content; `None` where it is
/// encoded, or its header has no end.
fn opened(part: &Bytes) -> Option<Part> {
    let mut kind = "text/plain".to_owned();
    let mut id = None;
    let mut at = 0;
    while at < MAX_PART_HEADER {
        let line_end = part.get(at..)?.iter().position(|byte| *byte == b'\n').map(|end| at + end + 1)?;
        let line = String::from_utf8_lossy(part.get(at..line_end)?);
        at = line_end;
        let line = line.trim_end();
        if line.is_empty() {
            return Some(Part { kind, id, content: part.slice(at..) });
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (trim(name), trim(value));
        let plain = ["7bit", "8bit", "binary"].iter().any(|plain| plain.eq_ignore_ascii_case(value));
        if name.eq_ignore_ascii_case("Content-Transfer-Encoding") && !plain {
            return None;
        }
        if name.eq_ignore_ascii_case("Content-Type") || name.eq_ignore_ascii_case("c") {
            kind = value.to_owned();
        }
        if name.eq_ignore_ascii_case("Content-ID") {
            id = Some(value.trim_start_matches('<').trim_end_matches('>').to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIXED: &str = "multipart/mixed;boundary=\"b 1\"";

    fn sdp(content_type: &str, body: &str) -> Option<String> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        part(content_type, &body, "application/sdp").map(|sdp| String::from_utf8(sdp.to_vec()).unwrap())
    }

    #[test]
    fn the_description_is_found_among_others() {
        let body = "preamble\r\n--b 1\r\nContent-Type: application/isup;version=x\r\n\r\n\0\u{1}\r\n\
                    --b 1 \r\ncontent-type: Application/SDP\r\nContent-Disposition: session\r\n\r\nv=0\r\no=-\r\n\r\n\
                    --b 1--\r\nend";
        assert_eq!(sdp(MIXED, body).as_deref(), Some("v=0\r\no=-\r\n"));
    }

    #[test]
    fn a_container_in_a_container_is_opened_and_no_deeper_one() {
        let inner = "--x\nContent-Type: application/sdp\n\nv=0\n--x--";
        let once = format!("--y\nContent-Type: multipart/alternative;boundary=x\n\n{inner}\n--y--");
        assert_eq!(sdp("multipart/mixed;boundary=y", &once).as_deref(), Some("v=0"));
        let twice = format!("--z\nContent-Type: multipart/mixed;boundary=y\n\n{once}\n--z--");
        assert_eq!(sdp("multipart/mixed;boundary=z", &twice), None);
    }

    #[test]
    fn what_has_none_or_is_broken_gives_none() {
        for (kind, body) in [
            ("multipart/mixed", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--"),
            ("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\nnever closed"),
            ("multipart/mixed;boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--"),
            ("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n--b--"),
            (
                "multipart/mixed;boundary=b",
                "--b\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0w\r\n--b--",
            ),
            ("multipart/mixed;boundary=b", "--bb\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--bb--"),
            ("text/plain", "v=0"),
        ] {
            assert_eq!(sdp(kind, body), None, "{body}");
        }
        let many = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(MAX_PARTS);
        let late = format!("{many}--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--");
        assert_eq!(sdp("multipart/mixed;boundary=b", &late), None);
    }

    proptest! {
        #[test]
        fn nothing_in_a_body_panics(body in prop::collection::vec(prop::sample::select(b"-b\r\n: /Content-Type:x".to_vec()), 0..200)) {
            part("multipart/mixed;boundary=b", &Bytes::from(body), "application/sdp");
        }
    }
}
