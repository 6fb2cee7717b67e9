//! Another parser's opinion: what `ezk-sip-types` reads in a message, we read too, and it reads what we write. A stack
//! that only talks to itself hides mirrored errors. Where it errs, the error is named here, and a repair of it shows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use bytes::Bytes;
use ezk_sip_types::{
    Headers as Theirs, Method as TheirMethod, Name,
    header::typed::{CSeq, CallID, Contact, FromTo, Via as TheirVia},
    msg::{Line, MessageLine, PullParser},
    parse::Parse,
    print::AppendCtx,
};
use sidetone_sip::message::{Headers, Message, Method, NameAddr, Request, Uri, Via, name, parse};
use std::path::Path;

/// What both can say of a message, in one form.
#[derive(Debug, PartialEq, Default)]
struct Opinion {
    from: Option<(Option<String>, Option<String>)>,
    to: Option<(Option<String>, Option<String>)>,
    cseq: Option<(u32, String)>,
    call_id: Option<String>,
    branches: Vec<Option<String>>,
    contacts: usize,
}

fn theirs(bytes: &[u8]) -> Option<Opinion> {
    let bytes = Bytes::copy_from_slice(bytes);
    let text = |line| std::str::from_utf8(line).ok();
    let mut lines = PullParser::new(&bytes, 0);
    let (rest, _) = MessageLine::parse(&bytes)(text(lines.next()?.ok()?)?).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut headers = Theirs::new();
    for line in lines {
        let (_, line) = Line::parse(&bytes, text(line.ok()?)?).ok()?;
        headers.insert(line.name, line.value);
    }
    let address = |name| {
        let address: FromTo = headers.get(name).ok()?;
        Some((address.uri.name.map(|n| n.to_string()), address.tag.map(|t| t.to_string())))
    };
    let vias: Vec<TheirVia> = headers.get(Name::VIA).ok()?;
    Some(Opinion {
        from: address(Name::FROM),
        to: address(Name::TO),
        cseq: headers.get_named().ok().map(|CSeq { cseq, method }| (cseq, method.to_string())),
        call_id: headers.get_named().ok().map(|CallID(id)| id.to_string()),
        branches: vias.iter().map(|via| via.params.get_val("branch").map(ToString::to_string)).collect(),
        contacts: headers.get::<Vec<Contact>>(Name::CONTACT).map_or(0, |contacts| contacts.len()),
    })
}

fn ours(headers: &Headers) -> Opinion {
    let address = |address: NameAddr| {
        let tag = address.tag().map(str::to_owned);
        (address.display_name, tag)
    };
    Opinion {
        from: headers.from().ok().map(address),
        to: headers.to().ok().map(address),
        cseq: headers.cseq().ok().map(|cseq| (cseq.number, cseq.method.to_string())),
        call_id: headers.call_id().ok().map(str::to_owned),
        branches: headers.vias().unwrap().iter().map(|via| via.branch().map(str::to_owned)).collect(),
        contacts: headers.list(name::CONTACT).count(),
    }
}

#[allow(clippy::disallowed_methods, reason = "a test is no core")]
fn torture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/torture");
    std::fs::read(folder.join(name).with_extension("dat")).unwrap()
}

#[test]
fn both_read_the_torture_messages_alike() {
    for name in [
        "badbranch",
        "baddate",
        "bext01",
        "dblreq",
        "esc01",
        "escnull",
        "invut",
        "longreq",
        "lwsdisp",
        "mpart01",
        "noreason",
        "regbadct",
        "sdp01",
        "semiuri",
        "transports",
        "unreason",
    ] {
        let bytes = torture(name);
        let message = parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(theirs(&bytes).as_ref(), Some(&ours(message.headers())), "{name}");
    }
}

/// Read by us, not or otherwise by them. `intmeth`: escapes in a name stay; `wsinv`: escaped quotes lose the From;
/// `badaspec`: spaces in brackets lose the To; `baddn`: no end without an empty line; `novelsc`: SIP URIs only;
/// `trws`: spaces at the end of the line.
#[test]
fn what_they_lose() {
    for name in ["intmeth", "wsinv", "badaspec", "baddn", "novelsc", "trws"] {
        let bytes = torture(name);
        assert_ne!(theirs(&bytes), Some(ours(parse(&bytes).unwrap().headers())), "{name}");
    }
}

/// Why their types are not ours (decision 1).
#[test]
fn what_their_types_make_of_everyday_values() {
    let read = |value: &str| {
        let mut headers = Theirs::new();
        headers.insert(Name::FROM, value);
        headers.get::<FromTo>(Name::FROM)
    };
    assert!(read("<tel:+15551234>;tag=1").is_err());
    assert!(read("\"J \\\"R\\\"\" <sip:a@b>;tag=1").is_err());
    assert!(read("<sip:a@my_host>;tag=1").is_err());
    assert_eq!(read("<sip:a@b>;Tag=1").unwrap().tag, None);
    assert_eq!(TheirMethod::from("INVITED"), TheirMethod::INVITE);
    let mut headers = Theirs::new();
    headers.insert(Name::CONTACT, "<sip:a@b>;+sip.instance=\"<urn:uuid:1>\", <tel:+1>, <sip:c@d>");
    let contacts: Vec<Contact> = headers.get(Name::CONTACT).unwrap();
    assert_eq!(contacts.len(), 1);
    assert_eq!(contacts[0].default_print_ctx().to_string(), "<sip:a@b>;+sip.instance=%3Curn:uuid:1%3E");
}

#[test]
fn they_read_what_we_write() {
    let mut request = Request::new(Method::Invite, Uri::parse("sip:100@example.org").unwrap());
    let address = NameAddr::named("Ann Ö.", Uri::parse("sip:ann@example.org").unwrap());
    let via = Via::new("UDP", "[2001:db8::1]:5060".parse::<std::net::SocketAddr>().unwrap(), "z9hG4bKabc");
    request.headers.push(name::VIA, via.to_string());
    request.headers.push(name::FROM, address.clone().with_tag("ours").to_string());
    request.headers.push(name::TO, NameAddr::new(request.uri.clone()).to_string());
    request.headers.push(name::CALL_ID, "1@x");
    request.headers.push(name::CSEQ, "7 INVITE");
    request.headers.push(name::CONTACT, address.to_string());
    request.set_body("application/sdp", Bytes::from_static(b"v=0\r\n"));
    let bytes = Message::Request(request.clone()).to_bytes();
    let opinion = theirs(&bytes).unwrap();
    assert_eq!(opinion, ours(&request.headers));
    assert_eq!(opinion.from, Some((Some("Ann Ö.".to_owned()), Some("ours".to_owned()))));
    assert_eq!(opinion.branches, [Some("z9hG4bKabc".to_owned())]);
}
