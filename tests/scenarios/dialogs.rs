//! The names of a call's dialog, for stories in which somebody uses them (RFC 3891, NOTIFY of `talk` and `hold`).

use crate::story::Story;
use sidetone_sip::message::{self, Message, Method};

/// Call-ID, the desk's tag and the other side's tag, where the message is the ACK for a call that the desk answered, or says
/// that one of the desk's rings.
pub(crate) fn acknowledged(message: &[u8]) -> Option<[String; 3]> {
    let message = message::parse(message).ok()?;
    let headers = message.headers();
    let (to, from) = (headers.to().ok()?, headers.from().ok()?);
    let [ours, theirs] = match &message {
        Message::Request(ack) if ack.method == Method::Ack => [to.tag()?, from.tag()?],
        Message::Response(ringing) if ringing.code == 180 => [from.tag()?, to.tag()?],
        Message::Request(_) | Message::Response(_) => return None,
    };
    Some([headers.call_id().ok()?, ours, theirs].map(str::to_owned))
}

/// The desk's newest call, as Replaces and Join name it.
pub(crate) fn newest(story: &Story) -> String {
    let [call_id, ours, theirs] = story.desk().dialogs.last().unwrap();
    format!("{call_id};to-tag={ours};from-tag={theirs}")
}

/// A NOTIFY of this event in the desk's newest call.
pub(crate) fn notify(story: &Story, number: u32, event: &str) -> String {
    let [call_id, ours, theirs] = story.desk().dialogs.last().unwrap();
    format!(
        "NOTIFY sip:agent@10.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{number}{event};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:customer@10.0.0.2>;tag={theirs}\r\nTo: <sip:agent@10.0.0.1>;tag={ours}\r\n\
         Call-ID: {call_id}\r\nCSeq: {number} NOTIFY\r\nContact: <sip:10.0.0.2:5060>\r\nEvent: {event}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}
