//! The torture messages of RFC 4475, each with the reaction we owe it, and what becomes of them when they are mutated.
//! The section numbers are that RFC's. What it leaves to taste is settled here: where the meaning is plain we take it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sidetone_sip::message::{
    Contacts, FieldError, Frame, Framer, FramerError, Headers, Message, Method, ParseError, Refusal, Request,
    Response, parse,
};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../../tests/torture/", $name, ".dat")) as &[u8])),+]
    };
}

const FILES: [(&str, &[u8]); 49] = files![
    "badaspec",
    "badbranch",
    "baddate",
    "baddn",
    "badinv01",
    "badvers",
    "bcast",
    "bext01",
    "bigcode",
    "clerr",
    "cparam01",
    "cparam02",
    "dblreq",
    "esc01",
    "esc02",
    "escnull",
    "escruri",
    "insuf",
    "intmeth",
    "inv2543",
    "invut",
    "longreq",
    "ltgtruri",
    "lwsdisp",
    "lwsruri",
    "lwsstart",
    "mcl01",
    "mismatch01",
    "mismatch02",
    "mpart01",
    "multi01",
    "ncl",
    "noreason",
    "novelsc",
    "quotbal",
    "regaut01",
    "regbadct",
    "regescrt",
    "scalar02",
    "scalarlg",
    "sdp01",
    "semiuri",
    "transports",
    "trws",
    "unkscm",
    "unksm2",
    "unreason",
    "wsinv",
    "zeromf",
];

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(have, _)| *have == name).unwrap().1
}

fn request(name: &str) -> Request {
    match parse(file(name)) {
        Ok(Message::Request(request)) => request,
        other => panic!("{name}: {other:?}"),
    }
}

fn response(name: &str) -> Response {
    match parse(file(name)) {
        Ok(Message::Response(response)) => response,
        other => panic!("{name}: {other:?}"),
    }
}

fn refusal(name: &str) -> Refusal {
    match parse(file(name)) {
        Err(ParseError::Answer(refusal)) => *refusal,
        other => panic!("{name}: {other:?}"),
    }
}

fn contact(headers: &Headers) -> String {
    headers.contact().unwrap().to_string()
}

/// 3.1.1.1: a short tortuous INVITE.
#[test]
fn wsinv_is_read_through_its_whitespace() {
    let invite = request("wsinv");
    assert_eq!(invite.method, Method::Invite);
    assert_eq!(invite.uri.as_str(), "sip:vivekg@chair-dnrc.example.com;unknownparam");
    assert_eq!(invite.headers.to().unwrap().tag(), Some("1918181833n"));
    let from = invite.headers.from().unwrap();
    assert_eq!(from.display_name.as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(from.tag(), Some("98asjd8"));
    assert_eq!(invite.headers.max_forwards(), Some(68));
    assert_eq!(invite.headers.cseq().unwrap().number, 9);
    let vias = invite.headers.vias().unwrap();
    let stack: Vec<_> = vias.iter().map(ToString::to_string).collect();
    assert_eq!(
        stack,
        [
            "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
            "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8",
            "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239",
        ]
    );
    assert_eq!(vias[0].transaction_branch(), None);
    assert_eq!(invite.headers.get("Subject"), Some(""));
    assert_eq!(invite.headers.get("NewFangledHeader"), Some("newfangled value continued newfangled value"));
    assert_eq!(invite.headers.get("UnknownHeaderWithUnusualValue"), Some(";;,,;;,;"));
    assert!(invite.headers.route().unwrap()[0].uri.is_loose_router());
    assert_eq!(
        contact(&invite.headers),
        r#""Quoted string \"\"" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33"#
    );
    assert_eq!(invite.body.len(), 150);
}

/// 3.1.1.2: wide range of valid characters.
#[test]
fn intmeth_keeps_every_unusual_character() {
    let unusual = request("intmeth");
    assert_eq!(unusual.method.as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(unusual.headers.cseq().unwrap().method, unusual.method);
    assert_eq!(unusual.headers.top_via().unwrap().branch(), Some("z9hG4bK-.!%66*_+`'~"));
    assert_eq!(unusual.headers.to().unwrap().display_name.as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    let from = unusual.headers.from().unwrap();
    assert_eq!(from.display_name.as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(from.params.get("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(unusual.headers.call_id(), Ok("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"));
    assert_eq!(unusual.headers.get("extensionHeader-!.%*+_`'~"), Some("\u{feff}大停電"));
    assert_eq!(
        unusual.uri.user().as_deref(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"),
        "what follows the colon is the password"
    );
}

/// 3.1.1.3 and 3.1.1.4: escapes, and an escaped null.
#[test]
fn escapes_are_undone_for_reading_and_kept_for_sending() {
    let invite = request("esc01");
    assert_eq!(invite.uri.user().as_deref(), Some("sips:user@example.com"));
    assert_eq!(invite.uri.host_port().unwrap().host, "example.net");
    assert_eq!(invite.headers.to().unwrap().uri.user().as_deref(), Some("user"));
    assert_eq!(invite.headers.from().unwrap().uri.user().as_deref(), Some("I have spaces"));
    assert_eq!(contact(&invite.headers), "<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>");
    let contact = invite.headers.contact().unwrap().uri;
    assert_eq!(contact.user().as_deref(), Some("caller"));
    assert!(contact.is_loose_router());
    assert_eq!(contact.params().get("name"), Some("value%41"));
    let register = request("escnull");
    assert_eq!(register.headers.to().unwrap().uri.user().as_deref(), Some("null-\0-null"));
    let Ok(Contacts::List(contacts)) = register.headers.contacts() else { panic!() };
    assert!(!contacts[0].uri.is_equivalent(&contacts[1].uri));
}

/// 3.1.1.5: `%` is a character of a method, a header name and a display name, and no escape there.
#[test]
fn esc02_is_no_register_and_has_two_contacts() {
    let unknown = request("esc02");
    assert_eq!(unknown.method, Method::parse("RE%47IST%45R").unwrap());
    assert_ne!(unknown.method, Method::Register);
    assert_eq!(unknown.headers.to().unwrap().display_name.as_deref(), Some("%Z%45"));
    let Ok(Contacts::List(contacts)) = unknown.headers.contacts() else { panic!() };
    assert_eq!(contacts.len(), 2);
}

/// 3.1.1.6: no space between display name and bracket.
#[test]
fn lwsdisp_needs_no_space() {
    assert_eq!(request("lwsdisp").headers.from().unwrap().display_name.as_deref(), Some("caller"));
}

/// 3.1.1.7: long values.
#[test]
fn longreq_is_read_to_its_end() {
    let invite = request("longreq");
    assert_eq!(invite.headers.vias().unwrap().len(), 34);
    assert!(invite.headers.call_id().unwrap().len() > 100);
    assert!(invite.headers.from().unwrap().tag().unwrap().len() > 100);
    assert_eq!(invite.body.len(), 150);
}

/// 3.1.1.8: what follows the first message in a datagram is noise, in a stream it is the next message. The second
/// body is five bytes longer than it says: in a stream those are noise, and the end of it.
#[test]
fn dblreq_is_one_datagram_and_two_frames() {
    assert_eq!(request("dblreq").method, Method::Register);
    let mut framer = Framer::accepted();
    framer.push(file("dblreq"));
    let mut frames = || match framer.next_frame() {
        Ok(Some(Frame::Message(message))) => Ok(parse(&message)),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    for method in [Method::Register, Method::Invite] {
        assert!(matches!(frames(), Ok(Ok(Message::Request(request))) if request.method == method));
    }
    assert!(matches!(frames(), Ok(Err(ParseError::Ignore(_)))));
    assert!(matches!(frames(), Err(FramerError::Unframed)));
}

/// 3.1.1.9: semicolon and parameter in the user part.
#[test]
fn semiuri_has_no_uri_parameter() {
    let options = request("semiuri");
    assert_eq!(options.uri.user().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(options.uri.params().iter().count(), 0);
    assert_eq!(options.headers.list("Accept").count(), 6);
}

/// 3.1.1.10: transports nobody knows.
#[test]
fn transports_are_tokens() {
    let vias = request("transports").headers.vias().unwrap();
    let transports: Vec<_> = vias.iter().map(|via| via.transport.as_str()).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

/// 3.1.1.11: a multipart body is bytes to us.
#[test]
fn mpart01_has_its_body_whole() {
    let message = request("mpart01");
    assert_eq!(message.headers.content_type().as_deref(), Some("multipart/mixed"));
    assert_eq!(message.headers.get("Content-Length"), Some(message.body.len().to_string().as_str()));
    assert!(message.body.ends_with(b"--\r\n"));
}

/// 3.1.1.12 and 3.1.1.13: any reason phrase, or none.
#[test]
fn a_reason_phrase_is_words_for_people() {
    let unusual = response("unreason");
    assert_eq!(
        (unusual.code, unusual.reason.as_str()),
        (200, "= 2**3 * 5**2 но сто девяносто девять - простое")
    );
    assert_eq!(unusual.body.len(), 154);
    let none = response("noreason");
    assert_eq!((none.code, none.reason.as_str()), (100, ""));
}

/// 3.1.2.1 to 3.1.2.4, 3.1.2.6 to 3.1.2.8, 3.1.2.11, 3.1.2.17, 3.1.2.18, 3.3.1, 3.3.8 and 3.3.9: 400, and the answer reaches the sender.
#[test]
fn broken_requests_are_answered_with_400() {
    for (name, reason) in [
        ("badinv01", "Bad Via"),
        ("clerr", "Body Shorter Than Content-Length"),
        ("ncl", "Bad Content-Length"),
        ("scalar02", "Bad CSeq"),
        ("quotbal", "Bad To"),
        ("ltgtruri", "Bad Request-URI"),
        ("lwsruri", "Bad Request-URI"),
        ("escruri", "Bad Request-URI"),
        ("mismatch01", "CSeq Method Does Not Match"),
        ("mismatch02", "CSeq Method Does Not Match"),
        ("insuf", "Bad From"),
        ("multi01", "Repeated Header Field"),
        ("mcl01", "Repeated Header Field"),
    ] {
        let refusal = refusal(name);
        assert_eq!((refusal.code(), refusal.reason()), (400, reason), "{name}");
        let answer = refusal.response("203.0.113.9:5080".parse().unwrap(), "ours").to_bytes();
        let text = String::from_utf8(answer.to_vec()).unwrap();
        assert!(text.starts_with(&format!("SIP/2.0 400 {reason}\r\nVia: ")), "{text}");
        assert!(text.contains(";received=203.0.113.9"), "{text}");
        assert!(text.ends_with("Content-Length: 0\r\n\r\n"), "{text}");
        // What was whole in the request is whole in the answer.
        let whole = !matches!(name, "badinv01" | "scalar02" | "quotbal" | "insuf");
        assert_eq!(parse(&answer).is_ok(), whole, "{name}");
    }
}

/// 3.1.2.5 and 3.1.2.19: a response is never answered, so a broken one is dropped.
#[test]
fn broken_responses_are_ignored() {
    for name in ["scalarlg", "bigcode"] {
        assert!(matches!(parse(file(name)), Err(ParseError::Ignore(_))), "{name}");
    }
}

/// 3.1.2.16: another version, in the Via as well, which goes back as it came.
#[test]
fn badvers_is_answered_with_505() {
    let refusal = refusal("badvers");
    assert_eq!((refusal.code(), refusal.reason()), (505, "Version Not Supported"));
    let answer = refusal.response("203.0.113.9:5080".parse().unwrap(), "ours").to_bytes();
    let text = String::from_utf8(answer.to_vec()).unwrap();
    assert!(text.contains("\r\nVia: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw\r\n"), "{text}");
}

/// 3.1.2.9, 3.1.2.10, 3.1.2.12, 3.1.2.14 and 3.1.2.15: the meaning is plain, so no call is lost.
#[test]
fn small_errors_are_forgiven() {
    let spaced = request("lwsstart");
    assert_eq!((spaced.method, spaced.uri.as_str()), (Method::Invite, "sip:user@example.com"));
    assert_eq!(request("trws").uri.as_str(), "sip:remote-target@example.com");
    assert_eq!(request("baddate").headers.get("Date"), Some("Fri, 01 Jan 2010 16:00:00 EST"));
    assert_eq!(request("badaspec").headers.to().unwrap().uri.as_str(), "sip:t.watson@example.org");
    let from = request("baddn").headers.from().unwrap();
    assert_eq!(from.display_name.as_deref(), Some("Bell, Alexander"));
}

/// 3.1.2.13: the registrar, who needs the Contact, refuses it; nobody else cares.
#[test]
fn regbadct_fails_at_its_contact() {
    assert_eq!(request("regbadct").headers.contacts(), Err(FieldError::Broken));
}

/// 3.2.1: a cookie with nothing behind it is no transaction's name.
#[test]
fn badbranch_identifies_nothing() {
    let via = request("badbranch").headers.top_via().unwrap();
    assert_eq!((via.branch(), via.transaction_branch()), (Some("z9hG4bK"), None));
}

/// 3.3.3 (416), 3.3.5 (420), 3.3.6 (415) and 3.3.15 (406): good messages, refused by the user agent, not here.
#[test]
fn what_only_a_user_agent_can_refuse_is_read() {
    let novel = request("novelsc");
    assert_eq!((novel.uri.scheme().as_str(), novel.uri.is_sip()), ("soap.beep", false));
    let bext01 = request("bext01");
    assert_eq!(
        bext01.headers.require().collect::<Vec<_>>(),
        ["nothingSupportsThis", "nothingSupportsThisEither"]
    );
    assert_eq!(bext01.headers.list("Proxy-Require").count(), 2);
    assert_eq!(request("invut").headers.content_type().as_deref(), Some("application/unknownformat"));
    assert_eq!(request("sdp01").headers.get("Accept"), Some("text/nobodyKnowsThis"));
}

/// 3.3.2 and 3.3.4: schemes nobody knows are read. The user agent refuses the first, a registrar the second.
#[test]
fn any_scheme_is_read() {
    let options = request("unkscm");
    assert_eq!(options.uri.scheme(), "nobodyknowsthisscheme");
    let register = request("unksm2");
    assert_eq!(register.headers.to().unwrap().uri.as_str(), "isbn:2983792873");
    assert_eq!(register.headers.from().unwrap().uri.as_str(), "http://www.example.com");
    assert_eq!(contact(&register.headers), "<name:John_Smith>");
}

/// 3.3.7, 3.3.10 and 3.3.11: good messages. The registrar challenges the first, the user agent drops the second, which
/// has a Via too many, and answers the third, since it goes no further.
#[test]
fn what_only_looks_odd_is_read() {
    let register = request("regaut01");
    assert_eq!(register.headers.get("Authorization"), Some("NoOneKnowsThisScheme opaque-data=here"));
    let ok = response("bcast");
    assert_eq!((ok.code, ok.headers.vias().unwrap().len(), ok.body.len()), (200, 2, 154));
    assert_eq!(request("zeromf").headers.max_forwards(), Some(0));
}

/// 3.3.12 to 3.3.14: a parameter belongs to the header without brackets and to the URI within them; a URI's headers are
/// kept.
#[test]
fn contacts_keep_what_is_theirs() {
    let header = request("cparam01").headers.contact().unwrap();
    assert!(header.params.contains("unknownparam") && header.uri.params().iter().count() == 0);
    let uri = request("cparam02").headers.contact().unwrap();
    assert!(uri.uri.params().contains("unknownparam") && uri.params.iter().count() == 0);
    assert_eq!(
        request("regescrt").headers.contact().unwrap().uri.headers(),
        "Route=%3Csip:sip.example.com%3E"
    );
}

/// 3.4.1: an INVITE of RFC 2543, without branch, From tag, Max-Forwards and Content-Length. Its body is the rest of
/// the datagram. It has no Contact either: where it would be called back is not told, and the user agent refuses it.
#[test]
fn inv2543_is_read_as_it_was_meant() {
    let invite = request("inv2543");
    assert_eq!(invite.headers.top_via().unwrap().branch(), None);
    assert_eq!(invite.headers.from().unwrap().tag(), None);
    assert_eq!(invite.headers.contact(), Err(FieldError::Missing));
    assert_eq!(invite.headers.record_route().unwrap()[0].uri.params().get("maddr"), Some("ss1.example.com"));
    assert_eq!(invite.body.len(), 105);
}

/// What is read and written again says the same.
#[test]
fn reading_and_writing_are_inverse() {
    for (name, bytes) in FILES {
        let Ok(message) = parse(bytes) else { continue };
        let again = parse(&message.to_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.to_bytes(), message.to_bytes(), "{name}");
    }
}

/// A debug build does about 8,000 a second. Deterministic: a failure names its seed.
#[test]
fn mutated_messages_bring_nothing_down() {
    let mut rng = StdRng::from_seed([42; 32]);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..100_000 {
        let bytes = mutate(FILES[rng.random_range(0..FILES.len())].1, &mut rng);
        match parse(&bytes) {
            Ok(message) => {
                read += 1;
                look_everywhere(message.headers());
                let written = message.to_bytes();
                assert!(parse(&written).is_ok(), "{bytes:?} became {written:?}");
            }
            Err(ParseError::Answer(refusal)) => {
                refused += 1;
                refusal.response("192.0.2.1:5060".parse().unwrap(), "tag").to_bytes();
            }
            Err(ParseError::Ignore(_)) => {}
        }
    }
    assert!(
        read > 10_000 && refused > 10_000,
        "mutations too strong or too weak: {read} read, {refused} refused"
    );
}

/// Up to four cuts, doublings, swaps and bytes that mean something.
fn mutate(message: &[u8], rng: &mut StdRng) -> Bytes {
    const TELLING: &[u8] = b"\r\n \t:;,<>\"\\@?=/%[]()*+-.0129Zz\0\x7f\x80\xc3\xff";
    let mut bytes = message.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        let end = (at + rng.random_range(1..=40)).min(bytes.len());
        match rng.random_range(0..5) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] = TELLING[rng.random_range(0..TELLING.len())],
            2 => bytes.insert(at, TELLING[rng.random_range(0..TELLING.len())]),
            3 => drop(bytes.drain(at..end)),
            _ => {
                let piece = bytes[at..end].to_vec();
                let to = rng.random_range(0..bytes.len());
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes.into()
}

fn look_everywhere(headers: &Headers) {
    let _ = (headers.vias(), headers.contacts(), headers.record_route(), headers.route(), headers.reasons());
    let _ = (headers.max_forwards(), headers.expires(), headers.min_expires(), headers.retry_after());
    let _ = (headers.allow(), headers.content_type(), headers.user_agent(), headers.answered_elsewhere());
    for address in [headers.from(), headers.to(), headers.contact()].into_iter().flatten() {
        let _ = (address.uri.user(), address.uri.host_port(), address.uri.params(), address.to_string());
        assert!(address.uri.is_equivalent(&address.uri));
    }
}
