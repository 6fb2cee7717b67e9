//! Messages that somebody made to hurt, or that something broke on the way: each with its reaction, and none of them
//! takes long. The torture messages of the RFCs stand in `torture.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]
#![allow(clippy::disallowed_methods, reason = "how long a message takes is part of the test")]

use sidetone_sip::message::{
    Contacts, Frame, Framer, FramerError, MAX_HEADER_LINES, MAX_MESSAGE, Message, ParseError, Request, parse,
};
use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

/// A good INVITE with more header lines, each with its line end.
fn invite(more: impl AsRef<[u8]>, body: &str) -> Vec<u8> {
    let start = "INVITE sip:agent@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:ann@example.org>;tag=a\r\nTo: <sip:agent@example.org>\r\n\
                 Call-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:ann@192.0.2.2>\r\nContent-Type: text/plain\r\n";
    let end = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    [start.as_bytes(), more.as_ref(), end.as_bytes()].concat()
}

/// The INVITE with something else in the place of one thing.
fn with(old: &str, new: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = invite("", "");
    let at = bytes.windows(old.len()).position(|text| text == old.as_bytes()).unwrap();
    bytes.splice(at..at + old.len(), new.as_ref().iter().copied());
    bytes
}

/// A debug build on a busy machine has read every one of these long before.
fn quickly<T>(bytes: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    let began = Instant::now();
    let result = read(bytes);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    result
}

fn request(bytes: &[u8]) -> Request {
    match quickly(bytes, parse) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn refused(bytes: &[u8]) -> (u16, &'static str) {
    match quickly(bytes, parse) {
        Err(ParseError::Answer(refusal)) => (refusal.code(), refusal.reason()),
        other => panic!("{other:?}"),
    }
}

fn ignored(bytes: &[u8]) -> bool {
    matches!(quickly(bytes, parse), Err(ParseError::Ignore(_)))
}

#[test]
fn latin1_names_are_read_as_they_were_meant() {
    for (from, wanted) in [
        (b"\"M\xfcller, J\xf6rg\" <sip:ann@example.org>;tag=a".as_slice(), "Müller, Jörg"),
        (b"Ren\xe9 <sip:ann@example.org>;tag=a", "René"),
        ("\"Müller\" <sip:ann@example.org>;tag=a".as_bytes(), "Müller"),
        (b"\"M\xc3\xbcller \xfc\" <sip:ann@example.org>;tag=a", "Müller ü"),
        (b"\"\xff\xfe\" <sip:ann@example.org>;tag=a", "ÿþ"),
    ] {
        let bytes = with("<sip:ann@example.org>;tag=a", from);
        assert_eq!(request(&bytes).headers.from().unwrap().display_name.as_deref(), Some(wanted));
    }
}

#[test]
fn folded_headers_are_one_line() {
    let folded =
        request(&invite("Subject: one\r\n two\r\n\t\tthree  \r\n \r\n four\r\nX-Y:\r\n value\r\n", ""));
    // The blank line in the middle has a space in it: it goes on.
    assert_eq!(folded.headers.get("Subject"), Some("one two three  four"));
    assert_eq!(folded.headers.get("X-Y"), Some("value"));
    let via = request(&with("192.0.2.2;branch=z9hG4bKa", "192.0.2.2\r\n ;\r\n\tbranch\r\n =\r\n z9hG4bKa"));
    assert_eq!(via.headers.top_via().unwrap().branch(), Some("z9hG4bKa"));
    assert_eq!(
        refused(&with("\r\nVia:", "\r\n folded: at the start\r\nVia:")),
        (400, "Bad Header Field"),
        "there is nothing yet to go on with"
    );
}

#[test]
fn a_message_of_64_kib_is_read_and_a_larger_one_is_not() {
    let room = MAX_MESSAGE - invite("", "").len() - 4;
    let largest = invite("", &"b".repeat(room));
    assert_eq!(largest.len(), MAX_MESSAGE);
    assert_eq!(request(&largest).body.len(), room);
    assert_eq!(refused(&invite("", &"b".repeat(room + 1))), (513, "Message Too Large"));
    let head = invite(format!("X: {}\r\n", "h".repeat(MAX_MESSAGE)), "");
    assert!(ignored(&head), "a head without end is no message");
}

#[test]
fn wherever_it_is_cut_it_is_no_message() {
    let whole = invite("Subject: \"a\" <b>\r\n", "body");
    assert_eq!(request(&whole).body, "body");
    for end in 0..whole.len() {
        let cut = &whole[..end];
        assert!(parse(cut).is_err(), "{}", String::from_utf8_lossy(cut));
        let mut framer = Framer::accepted();
        framer.push(cut);
        assert_eq!(framer.next_frame(), Ok(None), "a stream waits for the rest");
    }
}

#[test]
fn ten_thousand_header_lines_are_not_read() {
    assert_eq!(refused(&invite("A: b\r\n".repeat(10_000), "")), (513, "Too Many Header Fields"));
    assert_eq!(
        refused(&invite(format!("A: b\r\n{}", " c\r\n".repeat(10_000)), "")).0,
        513,
        "folded ones too"
    );
    let most = MAX_HEADER_LINES - 9;
    assert_eq!(request(&invite("A: b\r\n".repeat(most), "")).headers.len(), MAX_HEADER_LINES);
    assert_eq!(refused(&invite("A: b\r\n".repeat(most + 1), "")).0, 513);
}

/// What two readers could understand in two ways is refused; what nobody needs is not.
#[test]
fn what_may_stand_once_stands_once() {
    for line in [
        "From: <sip:bob@example.org>;tag=b",
        "f: <sip:ann@example.org>;tag=a",
        "To: <sip:other@example.org>",
        "t: <sip:agent@example.org>",
        "Call-ID: d",
        "i: c",
        "CSeq: 2 INVITE",
        "CSEQ: 1 INVITE",
        "Max-Forwards: 69",
        "Content-Length: 0",
        "l: 4",
        "Content-Type: application/sdp",
        "c: text/plain",
    ] {
        assert_eq!(refused(&invite(format!("{line}\r\n"), "")), (400, "Repeated Header Field"), "{line}");
        let mut response = invite(format!("{line}\r\n"), "");
        let end = response.windows(2).position(|text| text == b"\r\n").unwrap();
        response.splice(..end, b"SIP/2.0 200 OK".iter().copied());
        assert!(ignored(&response), "{line}");
    }
    for line in ["Expires: 1", "Subject: x", "User-Agent: y", "Min-Expires: 7"] {
        let twice = request(&invite(format!("{line}\r\n{line}2\r\n"), ""));
        let (name, value) = line.split_once(": ").unwrap();
        assert_eq!(twice.headers.get(name), Some(value), "the first one counts");
    }
}

#[test]
fn a_wrong_content_length_in_a_datagram() {
    let short = String::from_utf8(invite("", "body")).unwrap().replace("Length: 4", "Length: 2");
    assert_eq!(request(short.as_bytes()).body, "bo", "the rest is dropped (RFC 3261 section 18.3)");
    for (length, reaction) in [
        ("5", (400, "Body Shorter Than Content-Length")),
        ("-1", (400, "Bad Content-Length")),
        ("", (400, "Bad Content-Length")),
        ("4x", (400, "Bad Content-Length")),
        ("4, 4", (400, "Bad Content-Length")),
        ("99999999999999999999999", (513, "Message Too Large")),
    ] {
        let text = String::from_utf8(invite("", "body")).unwrap();
        let bytes = text.replace("Length: 4", &format!("Length: {length}"));
        assert_eq!(refused(bytes.as_bytes()), reaction, "{length}");
    }
}

#[test]
fn a_wrong_content_length_in_a_stream() {
    let next = invite("Subject: next\r\n", "");
    let text = String::from_utf8(invite("", "body")).unwrap();
    let stream = |length: &str| {
        let mut framer = Framer::accepted();
        framer.push(text.replace("Length: 4", &format!("Length: {length}")).as_bytes());
        framer.push(&next);
        framer
    };
    // Too short: what is left of the body begins the next message, which it spoils.
    let mut framer = stream("2");
    assert!(matches!(framer.next_frame(), Ok(Some(Frame::Message(first))) if first.ends_with(b"bo")));
    let Ok(Some(Frame::Message(spoiled))) = framer.next_frame() else { panic!("a frame") };
    assert!(spoiled.starts_with(b"dyINVITE"));
    assert_eq!(refused(&spoiled), (400, "CSeq Method Does Not Match"));
    // Too long: it takes the start of the next one with it, and what is left of that one is no message.
    let mut framer = stream("6");
    assert!(matches!(framer.next_frame(), Ok(Some(Frame::Message(first))) if first.ends_with(b"bodyIN")));
    let Ok(Some(Frame::Message(spoiled))) = framer.next_frame() else { panic!("a frame") };
    assert!(spoiled.starts_with(b"VITE"));
    assert_eq!(refused(&spoiled), (400, "CSeq Method Does Not Match"));
    // Without end, or unreadable: the head can be answered, and the stream is over.
    for (length, error) in [("70000", FramerError::TooLarge), ("x", FramerError::Unframed)] {
        let mut framer = stream(length);
        let Ok(Some(Frame::Message(head))) = framer.next_frame() else { panic!("a frame") };
        assert!(matches!(parse(&head), Err(ParseError::Answer(_))));
        assert_eq!(framer.next_frame(), Err(error));
    }
}

#[test]
fn nul_bytes_are_bytes() {
    let value = request(&invite("Subject: a\0b\r\n", ""));
    assert_eq!(value.headers.get("Subject"), Some("a\0b"));
    let quoted = request(&with("<sip:ann@example.org>", "\"a\0b\" <sip:ann@example.org>"));
    let from = quoted.headers.from().unwrap();
    assert_eq!(from.display_name.as_deref(), Some("a\0b"));
    assert!(!from.to_string().contains('\0'), "and none goes out in a name");
    assert_eq!(refused(&with("sip:agent@192.0.2.1", "sip:ag\0ent@192.0.2.1")), (400, "Bad Request-URI"));
    assert_eq!(refused(&with("Max-Forwards", "Max\0Forwards")), (400, "Bad Header Field"));
    assert_eq!(
        refused(&with("<sip:ann@example.org>;tag=a", "<sip:a\0nn@example.org>;tag=a")),
        (400, "Bad From")
    );
    assert!(ignored(&with("INVITE sip", "INV\0ITE sip")));
    assert!(ignored(&[0; 1_000]));
}

#[test]
fn numbers_have_bounds() {
    for (old, new, reaction) in [
        ("CSeq: 1", "CSeq: 2147483648", (400, "Bad CSeq")),
        ("CSeq: 1", "CSeq: 99999999999999999999999999", (400, "Bad CSeq")),
        ("CSeq: 1", "CSeq: +1", (400, "Bad CSeq")),
        ("agent@192.0.2.1", "agent@192.0.2.1:99999", (400, "Bad Request-URI")),
        ("ann@example.org>", "ann@example.org:-1>", (400, "Bad From")),
    ] {
        assert_eq!(refused(&with(old, new)), reaction, "{new}");
    }
    assert!(
        ignored(&with("192.0.2.2;branch", "192.0.2.2:65536;branch")),
        "nobody knows where an answer would go"
    );
    let most = request(&with("CSeq: 1", "CSeq: 2147483647"));
    assert_eq!(most.headers.cseq().unwrap().number, 2_147_483_647);
    let digits = "9".repeat(10_000);
    let many = request(&invite(format!("Expires: {digits}\r\nRetry-After: {digits}\r\n"), ""));
    assert_eq!(many.headers.expires(), Some(u32::MAX));
    assert_eq!(many.headers.retry_after(), Some(Duration::from_secs(u32::MAX.into())));
    assert_eq!(request(&with("Forwards: 70", "Forwards: 999")).headers.max_forwards(), None);
}

#[test]
fn deep_nesting_is_flat() {
    let depth = 20_000;
    for value in ["(".repeat(depth), "\"".repeat(depth), "\\".repeat(depth), "<".repeat(depth)] {
        let value = &value;
        let deep = request(&invite(format!("User-Agent: {value}\r\nReason: {value}\r\n"), ""));
        assert_eq!(deep.headers.user_agent(), Some(value.as_str()));
        quickly(&[], |_| (deep.headers.reasons(), deep.headers.list("Reason").count()));
        let contact = invite(format!("Contact: {value}\r\n"), "");
        harmless(quickly(&contact, |bytes| request(bytes).headers.contacts()));
    }
    let name = "\\\"".repeat(depth);
    let quoted = request(&with("<sip:ann@", format!("\"{name}\" <sip:ann@")));
    assert_eq!(quoted.headers.from().unwrap().display_name, Some("\"".repeat(depth)));
    assert_eq!(refused(&with("<sip:ann@", format!("\"{name} <sip:ann@"))), (400, "Bad From"));
    assert_eq!(refused(&with("<sip:ann@example.org>", "<sip:a@b>".repeat(1_000))).0, 400);
}

/// Read or refused, it is all the same as long as it ends.
fn harmless(result: impl Debug) {
    let _ = format!("{result:?}");
}

#[test]
fn five_hundred_vias_and_contacts_are_a_list() {
    let vias = request(&invite("Via: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKb\r\n".repeat(500), ""));
    assert_eq!(quickly(&[], |_| vias.headers.vias().unwrap().len()), 501);
    let line = "<sip:a@192.0.2.3>;q=0.5, ".repeat(500);
    let contacts = request(&invite(format!("Contact: {line}\r\n"), ""));
    let Ok(Contacts::List(contacts)) = quickly(&[], |_| contacts.headers.contacts()) else {
        panic!("a list")
    };
    assert_eq!(contacts.len(), 501);
    let params = request(&invite(format!("Contact: <sip:a@b>{}\r\n", ";p=1".repeat(10_000)), ""));
    assert!(
        quickly(&[], |_| params.headers.contacts()).is_err(),
        "more parameters than any honest value has"
    );
}
