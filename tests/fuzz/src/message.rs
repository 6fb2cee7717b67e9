//! A message is read, written, and read again as the same; a stream is cut alike however it arrives.

use sidetone_sip::message::{Contacts, Frame, Framer, FramerError, Headers, MAX_MESSAGE, ParseError, parse};

/// The message parser.
pub(crate) fn message(bytes: &[u8]) {
    match parse(bytes) {
        Ok(message) => {
            look_everywhere(message.headers());
            let written = message.to_bytes();
            // Names are written out, and a length may be added: what was as long as can be may be too long then.
            if written.len() <= MAX_MESSAGE {
                let again = parse(&written).map(|again| again.to_bytes());
                assert!(again.is_ok(), "what is written can't be read");
                assert_eq!(again.ok(), Some(written), "what is read is written otherwise");
            }
        }
        Err(ParseError::Answer(refusal)) => {
            assert!(matches!(refusal.code(), 400 | 505 | 513));
            let response = refusal.response(([192, 0, 2, 1], 5060).into(), "tag");
            assert!(response.to_bytes().starts_with(b"SIP/2.0 "));
        }
        Err(ParseError::Ignore(_)) => {}
    }
}

fn look_everywhere(headers: &Headers) {
    let _ = (headers.vias(), headers.record_route(), headers.route(), headers.reasons());
    let _ = (headers.max_forwards(), headers.expires(), headers.min_expires(), headers.retry_after());
    let _ = (headers.allow(), headers.content_type(), headers.user_agent(), headers.answered_elsewhere());
    let _ = (headers.supported().count(), headers.require().count(), headers.unsupported().count());
    let contacts = match headers.contacts() {
        Ok(Contacts::List(contacts)) => contacts,
        Ok(Contacts::Star) | Err(_) => Vec::new(),
    };
    for address in [headers.from(), headers.to(), headers.contact()].into_iter().flatten().chain(contacts) {
        let _ = (address.uri.user(), address.uri.host_port(), address.uri.params(), address.expires());
        let _ = (address.uri.without_headers(), address.clone().with_tag("tag").to_string());
        assert!(address.uri.is_equivalent(&address.uri), "a URI is not itself");
    }
}

/// The stream framer: whole, and byte by byte or in pieces of the length that the first byte says.
pub(crate) fn framer(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else { return };
    for new in [Framer::accepted as fn() -> Framer, Framer::opened] {
        let mut whole = new();
        whole.push(stream);
        let (mut frames, end) = drain(&mut whole);
        let mut pieced = new();
        let (mut pieces, mut last) = (Vec::new(), Ok(()));
        for piece in stream.chunks(usize::from(*size).max(1)) {
            pieced.push(piece);
            let (more, end) = drain(&mut pieced);
            pieces.extend(more);
            last = end;
        }
        // Four bytes together are a ping; in pieces they may be two answers to pings of ours.
        frames.retain(is_message);
        pieces.retain(is_message);
        assert!(frames == pieces, "{frames:?} in one, {pieces:?} in pieces");
        assert_eq!(end, last);
    }
}

fn drain(framer: &mut Framer) -> (Vec<Frame>, Result<(), FramerError>) {
    let mut frames = Vec::new();
    loop {
        match framer.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, Ok(())),
            Err(error) => return (frames, Err(error)),
        }
    }
}

fn is_message(frame: &Frame) -> bool {
    matches!(frame, Frame::Message(_))
}
