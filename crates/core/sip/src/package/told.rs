//! One reader for every body that a notification can have: who shows states need not know media types.

use super::{
    Broken, ConferenceInfo, DialogInfo, FeatureEvent, MessageSummary, Package, Presence, ResourceList,
};
use crate::message::parts;
use bytes::Bytes;

/// The most events of one notification.
const MOST_EVENTS: usize = 16;

/// What a notification tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Somebody's dialogs: for [`Dialogs::merge`](super::Dialogs::merge).
    Dialogs(DialogInfo),
    /// Whether somebody is there.
    Presence(Presence),
    /// Whether voice messages wait.
    Messages(MessageSummary),
    /// Who is in a conference: for [`Conference::merge`](super::Conference::merge).
    Conference(ConferenceInfo),
    /// What the server has set for us; at first several at once.
    Features(Vec<FeatureEvent>),
    /// Many at once. Each state in it is read by [`Told::read`] again.
    List(ResourceList),
}

impl Told {
    /// Reads a body by its Content-Type.
    pub fn read(content_type: &str, body: &Bytes) -> Result<Self, Broken> {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let package = Package::ALL.into_iter().find(|package| package.content_type() == kind);
        match (package, kind.as_str()) {
            (Some(Package::Dialog), _) => DialogInfo::read(body).map(Told::Dialogs),
            (Some(Package::Presence), _) => Presence::read(body).map(Told::Presence),
            (Some(Package::MessageSummary), _) => MessageSummary::read(body).map(Told::Messages),
            (Some(Package::Conference), _) => ConferenceInfo::read(body).map(Told::Conference),
            (Some(Package::AsFeatureEvent), _) => {
                FeatureEvent::read(body).map(|event| Told::Features(vec![event]))
            }
            (None, "application/rlmi+xml" | "multipart/related") => {
                ResourceList::read(content_type, body).map(Told::List)
            }
            (None, "multipart/mixed") => {
                let parts = parts(content_type, body, MOST_EVENTS);
                let events: Result<Vec<_>, _> =
                    parts.iter().map(|part| FeatureEvent::read(&part.content)).collect();
                events.and_then(|events| {
                    if events.is_empty() { Err(Broken::Unexpected) } else { Ok(Told::Features(events)) }
                })
            }
            (None, _) => Err(Broken::Unexpected),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::AgentState, *};
    use proptest::prelude::*;

    const SAMPLES: [(&str, &str); 7] = [
        (
            "application/dialog-info+xml",
            "<dialog-info version='1' state='full' entity='sip:a@b'><dialog id='x' call-id='c' local-tag='l' \
             remote-tag='r' direction='initiator'><state>early</state><remote><identity display='B'>sip:b@b</identity>\
             <target uri='sip:b@c'/></remote></dialog></dialog-info>",
        ),
        (
            "application/pidf+xml;charset=\"UTF-8\"",
            "<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' entity='sip:a@b'><p:tuple id='1'><p:status><p:basic>open\
             </p:basic></p:status></p:tuple></p:presence>",
        ),
        ("application/simple-message-summary", "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"),
        (
            "application/conference-info+xml",
            "<conference-info entity='sip:c@b' state='full' version='1'><users><user entity='sip:a@b'>\
             <endpoint entity='sip:a@c'><status>connected</status></endpoint></user></users></conference-info>",
        ),
        ("application/x-as-feature-event+xml", "<AgentReadyEvent><device>a</device></AgentReadyEvent>"),
        (
            "application/rlmi+xml",
            "<list uri='sip:l@b' version='1' fullState='true'><resource uri='sip:a@b'/></list>",
        ),
        (
            "multipart/mixed;boundary=b",
            "--b\r\nContent-Type: application/x-as-feature-event+xml\r\n\r\n<AgentLoggedOnEvent/>\r\n--b\r\n\
             Content-Type: application/x-as-feature-event+xml\r\n\r\n<AgentReadyEvent/>\r\n--b--",
        ),
    ];

    #[test]
    fn every_type_finds_its_reader() {
        for (kind, body) in SAMPLES {
            let told = Told::read(kind, &Bytes::from_static(body.as_bytes()));
            assert!(told.is_ok(), "{kind}: {told:?}");
        }
        assert_eq!(Told::read("text/html", &Bytes::new()), Err(Broken::Unexpected));
    }

    #[test]
    fn several_events_come_in_parts() {
        let (kind, body) = SAMPLES[6];
        let states = [AgentState::LoggedOn, AgentState::Ready].map(FeatureEvent::Agent).to_vec();
        assert_eq!(Told::read(kind, &Bytes::from_static(body.as_bytes())), Ok(Told::Features(states)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        /// Bytes are lost, repeated and changed anywhere: nothing panics, and nothing takes long.
        #[test]
        fn mutations_are_read_or_refused(
            sample in 0usize..7,
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, any::<u8>()), 1..8),
        ) {
            let (kind, body) = SAMPLES[sample];
            let mut bytes = body.as_bytes().to_vec();
            for (index, how, byte) in cuts {
                if bytes.is_empty() {
                    break;
                }
                let at = index.index(bytes.len());
                match how {
                    0 => bytes.truncate(at),
                    1 => bytes[at] = byte,
                    2 => bytes.insert(at, b"<>&;'\"=/- "[usize::from(byte) % 10]),
                    _ => {
                        let again: Vec<u8> = bytes[at..].iter().copied().take(64).collect();
                        bytes.splice(at..at, again);
                    }
                }
            }
            for (kind, _) in SAMPLES.iter().chain([&(kind, body)]) {
                let _ = Told::read(kind, &Bytes::from(bytes.clone()));
            }
        }
    }
}
