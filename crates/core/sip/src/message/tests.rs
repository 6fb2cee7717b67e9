//! Reading and writing whole messages: limits, versions, repeated fields, and that nothing written grows a line.

use super::*;
use proptest::prelude::*;

const OPTIONS: &str = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\n\
    To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n";

fn code(message: &str) -> Result<(), u16> {
    code_of(message.as_bytes())
}

/// `Err(0)`: ignored.
fn code_of(message: &[u8]) -> Result<(), u16> {
    match parse(message) {
        Ok(_) => Ok(()),
        Err(ParseError::Answer(refusal)) => Err(refusal.code()),
        Err(ParseError::Ignore(_)) => Err(0),
    }
}

fn with(fields: &str, body: &str) -> String {
    format!("{OPTIONS}{fields}\r\n{body}")
}

#[test]
fn the_body_is_as_long_as_it_says() {
    for (fields, body, wanted) in [
        ("Content-Length: 4\r\n", "bodytail", Ok("body")),
        ("L : 0\r\n", "body", Ok("")),
        ("", "body", Ok("body")),
        ("Content-Length: 5\r\n", "body", Err(400)),
        ("Content-Length: four\r\n", "body", Err(400)),
        ("Content-Length:\r\n", "body", Err(400)),
        ("Content-Length: 99999999999999999999\r\n", "body", Err(513)),
    ] {
        let message = with(fields, body);
        match (parse(message.as_bytes()), wanted) {
            (Ok(Message::Request(request)), Ok(body)) => assert_eq!(request.body, body, "{fields}"),
            (_, wanted) => assert_eq!(code(&message), wanted.map(drop), "{fields}"),
        }
    }
}

#[test]
fn limits_hold() {
    assert_eq!(code(&with("", &"x".repeat(MAX_MESSAGE))), Err(513));
    assert_eq!(code(&with(&"X: 1\r\n".repeat(MAX_HEADER_LINES), "")), Err(513));
    assert_eq!(code(&with(&format!("X: 1\r\n{}", " 1\r\n".repeat(MAX_HEADER_LINES)), "")), Err(513));
    assert_eq!(code(&with(&"X: 1\r\n".repeat(MAX_HEADER_LINES - 5), "")), Ok(()));
    assert_eq!(code(&with(&"x".repeat(MAX_MESSAGE), "")), Err(0));
}

#[test]
fn what_stands_once_stands_once() {
    for again in ["f: <sip:x@y>", "t: <sip:x@y>", "i: 2", "cseq: 1 OPTIONS", "c: a/b\r\nc: a/b"] {
        assert_eq!(code(&with(&format!("{again}\r\n"), "")), Err(400), "{again}");
    }
}

#[test]
fn another_version_is_505_and_another_protocol_is_nothing() {
    assert_eq!(code(&with("", "").replace("b SIP/2.0", "b SIP/7.0")), Err(505));
    assert_eq!(code(&with("", "").replace("b SIP/2.0", "b sip/2.0")), Ok(()));
    for garbage in [
        "",
        "\r\n\r\n",
        "\0",
        "GET / HTTP/1.1\r\n\r\n",
        "SIP/2.0\r\n\r\n",
        "hello",
        "OPTIONS SIP/2.0\r\n\r\n",
    ] {
        assert_eq!(code(garbage), Err(0), "{garbage:?}");
    }
}

#[test]
fn no_answer_without_a_way_back_nor_to_an_ack_or_response() {
    assert_eq!(code(&with("", "").replace("Via:", "Other:")), Err(0));
    assert_eq!(code(&with("", "").replace("OPTIONS sip", "ACK sip")), Err(0));
    let response = with("", "").replace("OPTIONS sip:a@b SIP/2.0", "SIP/2.0 200 OK");
    assert_eq!(code(&response), Ok(()));
    for broken in ["SIP/2.0 4294967301 OK", "SIP/2.0 99 OK", "SIP/2.0 -200 OK", "SIP/3.0 200 OK"] {
        assert_eq!(code(&response.replace("SIP/2.0 200 OK", broken)), Err(0), "{broken}");
    }
    assert_eq!(code(&response.replace("Call-ID: 1", "Call-ID:")), Err(0));
}

#[test]
fn latin1_names_are_read() {
    let mut bytes = with("", "").into_bytes();
    let at = bytes.windows(7).position(|w| w == b"<sip:c@").unwrap();
    bytes.splice(at..at, b"M\xfcller ".iter().copied());
    let Ok(Message::Request(request)) = parse(&bytes) else { panic!() };
    assert_eq!(request.headers.from().unwrap().display_name.as_deref(), Some("Müller"));
}

#[test]
fn a_lone_return_makes_no_line() {
    let Ok(Message::Request(request)) = parse(with("Note: a\rVia: evil\r\n", "").as_bytes()) else {
        panic!()
    };
    assert_eq!(request.headers.get("Note"), Some("a Via: evil"));
    assert_eq!(request.headers.vias().unwrap().len(), 1);
}

#[test]
fn a_response_takes_what_it_must_from_its_request() {
    let Ok(Message::Request(request)) = parse(with("Via: SIP/2.0/TCP g\r\nSubject: x\r\n", "").as_bytes())
    else {
        panic!()
    };
    let response = Response::to(&request, 486).with_to_tag("ours");
    assert_eq!(
        std::str::from_utf8(&response.to_bytes()).unwrap(),
        "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nVia: SIP/2.0/TCP g\r\nFrom: <sip:c@d>;tag=1\r\n\
         To: <sip:a@b>;tag=ours\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn nothing_private_is_printed() {
    let message = parse(with("Subject: secret\r\n", "secret").as_bytes()).unwrap();
    let printed = format!("{message:?} {:?} {:?}", message.headers().from(), message.headers().top_via());
    assert!(!printed.contains("secret") && !printed.contains("sip:c@d"), "{printed}");
}

proptest! {
    #[test]
    fn nothing_written_grows_a_line(field in any::<String>(), value in any::<String>(), text in any::<String>()) {
        let lines = |bytes: &[u8]| bytes.iter().filter(|&&b| b == b'\n' || b == b'\r').count();
        let mut request = Request::new(Method::Other(text.clone()), Uri::parse("sip:a@b").unwrap());
        request.headers.push(&field, value.clone());
        request.headers.set(name::CONTACT, NameAddr::named(&text, request.uri.clone()).to_string());
        request.headers.push("l", "17");
        prop_assert!(lines(&request.to_bytes()) <= 2 * 5);
        let mut response = Response::to(&request, 200);
        response.reason = value;
        // Its own three, and the field when its name is one that a response takes over, as "f" for From.
        prop_assert!([2 * 3, 2 * 4].contains(&lines(&response.to_bytes())));
    }

    #[test]
    fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        let mut framer = Framer::accepted();
        framer.push(&bytes);
        for _ in 0..bytes.len() + 1 {
            match framer.next_frame() {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return Ok(()),
            }
        }
        prop_assert!(false, "more frames than bytes");
    }

    #[test]
    fn any_value_is_borne(text in "[ -~\\t]{0,60}") {
        let _ = (Uri::parse(&text), Via::parse(&text), CSeq::parse(&text));
        if let Ok(address) = NameAddr::parse(&text) {
            prop_assert_eq!(NameAddr::parse(&address.to_string()), Ok(address));
        }
    }
}
