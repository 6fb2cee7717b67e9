//! `application/conference-info+xml` (RFC 4575): who is in a conference, and what becomes of them from one notification
//! to the next.

use super::{
    dialog_info::{Merged, Scope},
    xml::{Broken, attribute, child, child_text, children, is_true, read},
};
use roxmltree::Node;
use std::{collections::BTreeMap, fmt};

/// The most participants.
const MOST_USERS: usize = 1024;
/// The most endpoints of one of them.
const MOST_ENDPOINTS: usize = 16;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConferenceInfo {
    version: u32,
    change: Change,
    subject: Option<String>,
    user_count: Option<u32>,
    is_locked: Option<bool>,
    users_change: Change,
    users: Vec<UserChange>,
}

/// How an element is meant (section 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Full,
    Partial,
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct UserChange {
    entity: String,
    change: Change,
    name: Option<String>,
    endpoints: Vec<(String, Change, Endpoint)>,
}

/// Somebody in a conference.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Participant {
    /// What they are called.
    pub name: Option<String>,
    /// By which devices they take part, by their URIs.
    pub endpoints: BTreeMap<String, Endpoint>,
}

/// One device of a participant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it stands; `None`: it does not say.
    pub status: Option<EndpointStatus>,
    /// Whether anything it says is heard: no medium of it is `recvonly` or `inactive`; `None`: it does not say.
    pub is_heard: Option<bool>,
}

/// Where a device stands (section 5.6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointStatus {
    /// In the conference.
    Connected,
    /// On hold.
    OnHold,
    /// It rings there, or is being called.
    Coming,
    /// Muted by whoever leads the conference.
    MutedViaFocus,
    /// Leaving, or left.
    Gone,
}

impl ConferenceInfo {
    /// Reads one.
    pub fn read(body: &[u8]) -> Result<Self, Broken> {
        read(body, "conference-info", |root| {
            let state = child(root, "conference-state");
            let users = child(root, "users");
            let in_state = |name: &'static str| state.and_then(|state| child_text(state, name));
            Some(ConferenceInfo {
                version: root.attribute("version").map_or(Some(0), |version| version.trim().parse().ok())?,
                change: change(root)?,
                subject: child(root, "conference-description").and_then(|node| child_text(node, "subject")),
                user_count: in_state("user-count").and_then(|count| count.parse().ok()),
                is_locked: in_state("locked").map(|locked| is_true(&locked)),
                users_change: users.map_or(Some(Change::Partial), change)?,
                users: users
                    .into_iter()
                    .flat_map(|users| children(users, "user"))
                    .filter_map(user)
                    .take(MOST_USERS)
                    .collect(),
            })
        })
    }

    /// Whether it says everything.
    pub fn scope(&self) -> Scope {
        match self.change {
            Change::Full => Scope::Full,
            Change::Partial | Change::Deleted => Scope::Partial,
        }
    }
}

/// `full`, where it does not say (section 4.4).
fn change(node: Node<'_, '_>) -> Option<Change> {
    match node.attribute("state") {
        None | Some("full") => Some(Change::Full),
        Some("partial") => Some(Change::Partial),
        Some("deleted") => Some(Change::Deleted),
        Some(_) => None,
    }
}

fn user(node: Node<'_, '_>) -> Option<UserChange> {
    let endpoint = |node: Node<'_, '_>| Some((attribute(node, "entity")?, change(node)?, endpoint(node)));
    Some(UserChange {
        entity: attribute(node, "entity")?,
        change: change(node)?,
        name: child_text(node, "display-text"),
        endpoints: children(node, "endpoint").filter_map(endpoint).take(MOST_ENDPOINTS).collect(),
    })
}

fn endpoint(node: Node<'_, '_>) -> Endpoint {
    let status = match child_text(node, "status").as_deref() {
        Some("connected") => Some(EndpointStatus::Connected),
        Some("on-hold") => Some(EndpointStatus::OnHold),
        Some("pending" | "dialing-out" | "dialing-in" | "alerting") => Some(EndpointStatus::Coming),
        Some("muted-via-focus") => Some(EndpointStatus::MutedViaFocus),
        Some("disconnecting" | "disconnected") => Some(EndpointStatus::Gone),
        Some(_) | None => None,
    };
    let media: Vec<_> = children(node, "media").filter_map(|media| child_text(media, "status")).collect();
    let silent = |status: &String| matches!(status.as_str(), "recvonly" | "inactive");
    Endpoint { status, is_heard: (!media.is_empty()).then(|| !media.iter().any(silent)) }
}

/// What is known of a conference by now. A new subscription begins with a new one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Conference {
    version: Option<u32>,
    /// What it is about.
    pub subject: Option<String>,
    /// How many take part, as the conference counts them.
    pub user_count: Option<u32>,
    /// Whether nobody else may come in.
    pub is_locked: bool,
    users: BTreeMap<String, Participant>,
}

impl Conference {
    /// Takes a document in (section 4.6).
    pub fn merge(&mut self, info: ConferenceInfo) -> Merged {
        let merged = match (info.change, self.version) {
            (Change::Full | Change::Deleted, _) | (Change::Partial, None) => Merged::Fits,
            (Change::Partial, Some(version)) if info.version <= version => return Merged::Stale,
            (Change::Partial, Some(version)) if info.version == version + 1 => Merged::Fits,
            (Change::Partial, Some(_)) => Merged::Gap,
        };
        match info.change {
            Change::Full | Change::Deleted => *self = Conference::default(),
            Change::Partial => {}
        }
        self.version = Some(info.version);
        self.subject = info.subject.or(self.subject.take());
        self.user_count = info.user_count.or(self.user_count);
        self.is_locked = info.is_locked.unwrap_or(self.is_locked);
        match info.users_change {
            Change::Full | Change::Deleted => self.users.clear(),
            Change::Partial => {}
        }
        for user in info.users {
            self.merge_user(user);
        }
        merged
    }

    fn merge_user(&mut self, user: UserChange) {
        match user.change {
            Change::Deleted => {
                self.users.remove(&user.entity);
                return;
            }
            Change::Full => {
                self.users.remove(&user.entity);
            }
            Change::Partial => {}
        }
        if self.users.len() >= MOST_USERS && !self.users.contains_key(&user.entity) {
            return;
        }
        let participant = self.users.entry(user.entity).or_default();
        participant.name = user.name.or(participant.name.take());
        for (entity, change, new) in user.endpoints {
            let old = participant.endpoints.remove(&entity).unwrap_or_default();
            let endpoint = match change {
                Change::Deleted => continue,
                Change::Full => new,
                Change::Partial => {
                    Endpoint { status: new.status.or(old.status), is_heard: new.is_heard.or(old.is_heard) }
                }
            };
            if participant.endpoints.len() < MOST_ENDPOINTS {
                participant.endpoints.insert(entity, endpoint);
            }
        }
    }

    /// Who takes part, by their URIs.
    pub fn users(&self) -> impl Iterator<Item = (&str, &Participant)> {
        self.users.iter().map(|(entity, participant)| (entity.as_str(), participant))
    }
}

/// Who it is, is private.
impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Participant({} endpoints)", self.endpoints.len())
    }
}

/// Who takes part is private.
impl fmt::Debug for Conference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conference(version {:?}, {} users)", self.version, self.users.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After the example of RFC 4575 section 5.9.
    const FULL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ci:conference-info xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity="sips:conf233@example.com" state="full" version="1">
 <ci:conference-description><ci:subject>Agenda: This month's goals</ci:subject></ci:conference-description>
 <ci:conference-state><ci:user-count>33</ci:user-count><ci:locked>true</ci:locked></ci:conference-state>
 <ci:users>
  <ci:user entity="sip:bob@example.com" state="full">
   <ci:display-text>Bob Hoskins</ci:display-text>
   <ci:endpoint entity="sip:bob@pc33.example.com">
    <ci:display-text>Bob's Laptop</ci:display-text><ci:status>disconnected</ci:status>
   </ci:endpoint>
  </ci:user>
  <ci:user entity="sip:alice@example.com" state="full">
   <ci:display-text>Alice</ci:display-text>
   <ci:endpoint entity="sip:4kfk4j392jsu@example.com;grid=433kj4j3u">
    <ci:status>connected</ci:status>
    <ci:media id="1"><ci:type>audio</ci:type><ci:status>sendrecv</ci:status></ci:media>
   </ci:endpoint>
  </ci:user>
 </ci:users>
</ci:conference-info>"#;

    fn partial(version: u32, users: &str) -> ConferenceInfo {
        let text = format!(
            "<conference-info entity='sip:c@b' state='partial' version='{version}'><users state='partial'>{users}</users></conference-info>"
        );
        ConferenceInfo::read(text.as_bytes()).unwrap()
    }

    fn conference() -> Conference {
        let mut conference = Conference::default();
        assert_eq!(conference.merge(ConferenceInfo::read(FULL.as_bytes()).unwrap()), Merged::Fits);
        conference
    }

    #[test]
    fn who_is_there_is_told() {
        let conference = conference();
        assert_eq!((conference.user_count, conference.is_locked), (Some(33), true));
        assert_eq!(conference.subject.as_deref(), Some("Agenda: This month's goals"));
        let names: Vec<_> = conference.users().map(|(_, user)| user.name.as_deref()).collect();
        assert_eq!(names, [Some("Alice"), Some("Bob Hoskins")]);
        let alice = conference.users().next().unwrap().1.endpoints.values().next().unwrap();
        assert_eq!((alice.status, alice.is_heard), (Some(EndpointStatus::Connected), Some(true)));
    }

    #[test]
    fn changes_are_merged() {
        let mut conference = conference();
        let muted = "<user entity='sip:alice@example.com' state='partial'>\
            <endpoint entity='sip:4kfk4j392jsu@example.com;grid=433kj4j3u' state='partial'>\
            <media id='1'><status>recvonly</status></media></endpoint></user>";
        assert_eq!(conference.merge(partial(2, muted)), Merged::Fits);
        let alice = conference.users().next().unwrap().1.clone();
        assert_eq!(alice.name.as_deref(), Some("Alice"));
        let device = alice.endpoints.values().next().unwrap();
        assert_eq!((device.status, device.is_heard), (Some(EndpointStatus::Connected), Some(false)));
        let came_and_went =
            "<user entity='sip:bob@example.com' state='deleted'/><user entity='sip:carol@example.com'/>";
        assert_eq!(conference.merge(partial(3, came_and_went)), Merged::Fits);
        let there: Vec<_> = conference.users().map(|(entity, _)| entity).collect();
        assert_eq!(there, ["sip:alice@example.com", "sip:carol@example.com"]);
        assert_eq!(conference.merge(partial(3, came_and_went)), Merged::Stale);
        assert_eq!(conference.merge(partial(9, "")), Merged::Gap);
        let gone =
            ConferenceInfo::read(b"<conference-info entity='a' state='deleted' version='10'/>").unwrap();
        conference.merge(gone);
        assert_eq!(conference.users().count(), 0);
    }

    #[test]
    fn a_crowd_fills_no_memory() {
        let mut conference = Conference::default();
        for number in 0..2000 {
            conference.merge(partial(number + 1, &format!("<user entity='sip:{number}@b'/>")));
        }
        assert_eq!(conference.users().count(), MOST_USERS);
    }

    #[test]
    fn broken_ones_are_refused() {
        for text in ["<conference-info state='odd'/>", "<conference-info version='x'/>", "<users/>"] {
            assert_eq!(ConferenceInfo::read(text.as_bytes()), Err(Broken::Unexpected), "{text}");
        }
    }
}
