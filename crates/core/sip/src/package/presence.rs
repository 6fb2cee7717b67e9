//! `application/pidf+xml` (RFC 3863) with the activities of RPID (RFC 4480): whether somebody is there, and what they
//! do. Written as simply as others read it.

use super::xml::{Broken, attribute, child, child_text, children, escape, read, text};
use roxmltree::Node;
use std::fmt;

/// The most tuples, and the most activities.
const MOST: usize = 32;

/// One document.
#[derive(Clone, PartialEq, Eq)]
pub struct Presence {
    /// Whose: for example `sip:agent@example.org`, or `pres:agent@example.org`.
    pub entity: String,
    /// Where they can be reached, one a device.
    pub tuples: Vec<Tuple>,
    /// What they do.
    pub activities: Vec<Activity>,
    /// Words about it.
    pub note: Option<String>,
}

/// One place to be reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Tuple {
    /// The same from one document to the next.
    pub id: String,
    /// Whether it takes anything; `None`: it does not say.
    pub basic: Option<Basic>,
    /// By which URI.
    pub contact: Option<String>,
}

/// Whether a place takes anything (RFC 3863 section 4.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basic {
    /// It does.
    Open,
    /// It does not.
    Closed,
}

/// What somebody does (RFC 4480 section 3.2), as far as a desk cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// `on-the-phone`.
    OnThePhone,
    /// `away`.
    Away,
    /// `busy`.
    Busy,
    /// `meeting`.
    Meeting,
    /// `meal`.
    Meal,
    /// `vacation`, `holiday`, `permanent-absence`.
    Absent,
    /// Any other, by its own name.
    Other(String),
}

impl Activity {
    fn of(name: &str) -> Self {
        match name {
            "on-the-phone" => Activity::OnThePhone,
            "away" => Activity::Away,
            "busy" => Activity::Busy,
            "meeting" => Activity::Meeting,
            "meal" | "breakfast" | "dinner" => Activity::Meal,
            "vacation" | "holiday" | "permanent-absence" => Activity::Absent,
            other => Activity::Other(other.chars().take(64).collect()),
        }
    }

    fn element(&self) -> String {
        let name = match self {
            Activity::OnThePhone => "on-the-phone",
            Activity::Away => "away",
            Activity::Busy => "busy",
            Activity::Meeting => "meeting",
            Activity::Meal => "meal",
            Activity::Absent => "vacation",
            Activity::Other(words) => return format!("<rpid:other>{}</rpid:other>", escape(words)),
        };
        format!("<rpid:{name}/>")
    }
}

impl Presence {
    /// Reads one.
    pub fn read(body: &[u8]) -> Result<Self, Broken> {
        read(body, "presence", |root| {
            let tuples = children(root, "tuple").take(MOST).map(tuple).collect();
            // RFC 4479 has them in a person; older documents in a tuple's status, or beside the tuples.
            let mut activities = Vec::new();
            for node in root.descendants().filter(|node| node.tag_name().name() == "activities").take(MOST) {
                let here =
                    node.children().filter(|child| child.is_element() && child.tag_name().name() != "note");
                activities.extend(here.map(activity).take(MOST - activities.len()));
            }
            activities.retain(|activity| *activity != Activity::Other("unknown".to_owned()));
            let tuple_note = || children(root, "tuple").find_map(|tuple| child_text(tuple, "note"));
            let person_note = || children(root, "person").find_map(|person| child_text(person, "note"));
            let note = child_text(root, "note").or_else(tuple_note).or_else(person_note);
            Some(Presence { entity: attribute(root, "entity")?, tuples, activities, note })
        })
    }

    /// Whether they can be reached anywhere.
    pub fn is_open(&self) -> bool {
        self.tuples.iter().any(|tuple| tuple.basic == Some(Basic::Open))
    }

    /// Our own: one place, what we do, and words about it.
    pub fn ours(entity: &str, basic: Basic, activities: Vec<Activity>, note: Option<String>) -> Self {
        let tuple = Tuple { id: "desk".to_owned(), basic: Some(basic), contact: Some(entity.to_owned()) };
        Presence { entity: entity.to_owned(), tuples: vec![tuple], activities, note }
    }

    /// As it is published.
    pub fn write(&self) -> String {
        let entity = escape(&self.entity);
        let mut document = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
             xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" \
             entity=\"{entity}\">"
        );
        for tuple in &self.tuples {
            document.push_str(&tuple.write());
        }
        if let Some(note) = &self.note {
            document.push_str(&format!("<note>{}</note>", escape(note)));
        }
        if !self.activities.is_empty() {
            let activities: String = self.activities.iter().map(Activity::element).collect();
            document.push_str(&format!(
                "<dm:person id=\"agent\"><rpid:activities>{activities}</rpid:activities></dm:person>"
            ));
        }
        document.push_str("</presence>\n");
        document
    }
}

impl Tuple {
    fn write(&self) -> String {
        let basic = match self.basic {
            Some(Basic::Open) => "<basic>open</basic>",
            Some(Basic::Closed) => "<basic>closed</basic>",
            None => "",
        };
        let contact = self.contact.as_deref().map(escape);
        let contact = contact.map(|uri| format!("<contact>{uri}</contact>")).unwrap_or_default();
        format!("<tuple id=\"{}\"><status>{basic}</status>{contact}</tuple>", escape(&self.id))
    }
}

fn tuple(node: Node<'_, '_>) -> Tuple {
    let basic = child(node, "status").and_then(|status| child_text(status, "basic"));
    Tuple {
        id: attribute(node, "id").unwrap_or_default(),
        basic: match basic.as_deref() {
            Some("open") => Some(Basic::Open),
            Some("closed") => Some(Basic::Closed),
            Some(_) | None => None,
        },
        contact: child_text(node, "contact"),
    }
}

fn activity(node: Node<'_, '_>) -> Activity {
    match node.tag_name().name() {
        "other" => Activity::Other(text(node).unwrap_or_default().chars().take(64).collect()),
        name => Activity::of(name),
    }
}

/// Who it is, and their words, are private.
impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presence(open {}, {} tuples)", self.is_open(), self.tuples.len())
    }
}

/// A contact is private.
impl fmt::Debug for Tuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tuple({:?})", self.basic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asterisk, res_pjsip_pidf_body_generator with its Eyebeam and RPID supplements.
    const ASTERISK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<presence entity="sip:1001@192.0.2.9:5060" xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid">
 <note>On the phone</note>
 <tuple id="1001"><status><basic>open</basic></status><contact priority="1">sip:1001@192.0.2.9</contact></tuple>
 <dm:person><rpid:activities><rpid:on-the-phone /></rpid:activities></dm:person>
</presence>"#;

    /// FreeSWITCH, mod_sofia.
    const FREESWITCH: &str = r#"<?xml version='1.0' encoding='UTF-8'?>
<presence xmlns='urn:ietf:params:xml:ns:pidf'
xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model'
xmlns:rpid='urn:ietf:params:xml:ns:pidf:rpid'
xmlns:c='urn:ietf:params:xml:ns:pidf:cipid' entity='pres:1002@example.org'>
 <tuple id='t6a5ed77e'><status><basic>closed</basic></status></tuple>
 <dm:person id='p06360c4a'><rpid:activities><rpid:away/></rpid:activities><dm:note>Away</dm:note></dm:person>
</presence>"#;

    #[test]
    fn asterisk_and_freeswitch_say_what_somebody_does() {
        let presence = Presence::read(ASTERISK.as_bytes()).unwrap();
        assert!(presence.is_open());
        assert_eq!(presence.activities, [Activity::OnThePhone]);
        assert_eq!(presence.note.as_deref(), Some("On the phone"));
        assert_eq!(presence.tuples[0].contact.as_deref(), Some("sip:1001@192.0.2.9"));
        let presence = Presence::read(FREESWITCH.as_bytes()).unwrap();
        assert_eq!((presence.entity.as_str(), presence.is_open()), ("pres:1002@example.org", false));
        assert_eq!(
            (presence.activities.as_slice(), presence.note.as_deref()),
            (&[Activity::Away][..], Some("Away"))
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let activities = vec![Activity::Busy, Activity::Other("wrap-up & co".to_owned())];
        let note = Some("<after> \"call\"".to_owned());
        let presence = Presence::ours("sip:agent@example.org", Basic::Open, activities, note);
        assert_eq!(Presence::read(presence.write().as_bytes()).as_ref(), Ok(&presence));
        let empty = Presence::ours("sip:a@b", Basic::Closed, Vec::new(), None);
        assert_eq!(Presence::read(empty.write().as_bytes()), Ok(empty));
    }

    #[test]
    fn broken_ones_are_refused() {
        assert_eq!(Presence::read(b"<presence/>"), Err(Broken::Unexpected));
        assert_eq!(Presence::read(b"open"), Err(Broken::Malformed));
        let empty = Presence::read(b"<presence entity='sip:a@b'/>").unwrap();
        assert!(!empty.is_open() && empty.tuples.is_empty());
    }
}
