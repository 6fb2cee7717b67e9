//! `application/dialog-info+xml` (RFC 4235): which dialogs a colleague has, and what becomes of them from one
//! notification to the next.

use super::xml::{Broken, address, attribute, child, child_text, children, read};
use crate::api::Address;
use roxmltree::Node;
use std::{collections::BTreeMap, fmt};

/// The most dialogs of one colleague.
const MOST_DIALOGS: usize = 256;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogInfo {
    /// Its place in the row of documents of one subscription (section 4.1).
    pub version: u32,
    /// Whether it says everything.
    pub scope: Scope,
    /// The dialogs, in order; those of an unknown state are left out.
    pub dialogs: Vec<DialogEntry>,
}

/// How much a document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All there is.
    Full,
    /// What changed.
    Partial,
}

/// One dialog (section 4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogEntry {
    /// The same from one document to the next.
    pub id: String,
    /// Call-ID, `local-tag` and `remote-tag`, where all three are told: what Replaces and Join want (RFC 3891, RFC 3911).
    pub names: Option<DialogNames>,
    /// Who called.
    pub direction: Option<Direction>,
    /// Where it stands.
    pub state: DialogState,
    /// The watched side.
    pub local: Side,
    /// The other side.
    pub remote: Side,
}

/// What names a dialog, as the watched side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogNames {
    /// Call-ID.
    pub call_id: String,
    /// Its own tag.
    pub local_tag: String,
    /// The other side's tag.
    pub remote_tag: String,
}

/// Who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The watched side.
    Initiator,
    /// The other side.
    Recipient,
}

/// Where a dialog stands (section 3.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogState {
    /// Asked for.
    Trying,
    /// A provisional response without a tag came.
    Proceeding,
    /// It rings.
    Early,
    /// They talk.
    Confirmed,
    /// Over.
    Terminated,
}

/// One side of a dialog.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// Who.
    pub identity: Option<Address>,
    /// Where.
    pub target: Option<String>,
}

impl DialogInfo {
    /// Reads one.
    pub fn read(body: &[u8]) -> Result<Self, Broken> {
        read(body, "dialog-info", |root| {
            let scope = match root.attribute("state")? {
                "full" => Scope::Full,
                "partial" => Scope::Partial,
                _ => return None,
            };
            let version = root.attribute("version")?.trim().parse().ok()?;
            let dialogs = children(root, "dialog").filter_map(entry).take(MOST_DIALOGS).collect();
            Some(DialogInfo { version, scope, dialogs })
        })
    }
}

fn entry(node: Node<'_, '_>) -> Option<DialogEntry> {
    let state = match child_text(node, "state")?.as_str() {
        "trying" => DialogState::Trying,
        "proceeding" => DialogState::Proceeding,
        "early" => DialogState::Early,
        "confirmed" => DialogState::Confirmed,
        "terminated" => DialogState::Terminated,
        _ => return None,
    };
    let direction = match node.attribute("direction") {
        Some("initiator") => Some(Direction::Initiator),
        Some("recipient") => Some(Direction::Recipient),
        Some(_) | None => None,
    };
    let (call_id, tags) =
        (attribute(node, "call-id"), (attribute(node, "local-tag"), attribute(node, "remote-tag")));
    let names = match (call_id, tags) {
        (Some(call_id), (Some(local_tag), Some(remote_tag))) => {
            Some(DialogNames { call_id, local_tag, remote_tag })
        }
        (Some(_) | None, _) => None,
    };
    Some(DialogEntry {
        id: attribute(node, "id")?,
        names,
        direction,
        state,
        local: side(node, "local"),
        remote: side(node, "remote"),
    })
}

fn side(node: Node<'_, '_>, name: &'static str) -> Side {
    let Some(node) = child(node, name) else { return Side::default() };
    let identity = child(node, "identity").and_then(|identity| address(identity, "display"));
    Side { identity, target: child(node, "target").and_then(|target| attribute(target, "uri")) }
}

/// Numbers are private.
impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Side({:?})", self.identity)
    }
}

/// What is known of a colleague's dialogs by now. A new subscription begins with a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialogs {
    version: Option<u32>,
    entries: BTreeMap<String, DialogEntry>,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// It was next, or said everything.
    Fits,
    /// One before it is missing: what is known may be wrong until the subscription is asked anew (section 4.3).
    Gap,
    /// It came late, and was not taken.
    Stale,
}

/// What a colleague does, as a lamp shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// Nothing.
    Idle,
    /// It rings there.
    Ringing,
    /// A call is being made.
    Calling,
    /// They talk.
    Talking,
}

impl Dialogs {
    /// Takes a document in (section 4.3). What is terminated is forgotten.
    pub fn merge(&mut self, info: DialogInfo) -> Merged {
        let merged = match (info.scope, self.version) {
            (Scope::Full, _) => Merged::Fits,
            (Scope::Partial, Some(version)) if info.version <= version => return Merged::Stale,
            (Scope::Partial, Some(version)) if info.version == version + 1 => Merged::Fits,
            (Scope::Partial, Some(_)) => Merged::Gap,
            // Some servers begin with what they call partial.
            (Scope::Partial, None) => Merged::Fits,
        };
        if info.scope == Scope::Full {
            self.entries.clear();
        }
        self.version = Some(info.version);
        for entry in info.dialogs {
            if entry.state == DialogState::Terminated {
                self.entries.remove(&entry.id);
            } else if self.entries.len() < MOST_DIALOGS || self.entries.contains_key(&entry.id) {
                self.entries.insert(entry.id.clone(), entry);
            }
        }
        merged
    }

    /// The dialogs that are not over.
    pub fn iter(&self) -> impl Iterator<Item = &DialogEntry> {
        self.entries.values()
    }

    /// The most that happens there.
    pub fn line(&self) -> Line {
        self.iter().map(DialogEntry::line).max().unwrap_or(Line::Idle)
    }
}

impl DialogEntry {
    fn line(&self) -> Line {
        match (self.state, self.direction) {
            (DialogState::Confirmed, _) => Line::Talking,
            (DialogState::Terminated, _) => Line::Idle,
            (
                DialogState::Trying | DialogState::Proceeding | DialogState::Early,
                Some(Direction::Initiator),
            ) => Line::Calling,
            (DialogState::Trying | DialogState::Proceeding | DialogState::Early, _) => Line::Ringing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asterisk 18, res_pjsip_dialog_info_body_generator.
    const ASTERISK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="full" entity="sip:1001@192.0.2.9:5060">
 <dialog id="1001" direction="recipient">
  <remote><identity display="Alice">sip:alice@192.0.2.9</identity><target uri="sip:alice@192.0.2.9"/></remote>
  <local><identity>sip:1001@192.0.2.9</identity><target uri="sip:1001@192.0.2.9"/></local>
  <state>early</state>
 </dialog>
</dialog-info>"#;

    /// Kamailio, pua_dialoginfo by presence_dialoginfo.
    const KAMAILIO: &str = r#"<?xml version="1.0"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="00000000007" state="partial" entity="sip:bob@example.org">
  <dialog id="7a3f@192.0.2.4" call-id="7a3f@192.0.2.4" local-tag="l1" remote-tag="r1" direction="initiator">
    <state>confirmed</state>
    <remote><identity>sip:carol@example.org</identity><target uri="sip:carol@192.0.2.5"/></remote>
    <local><identity>sip:bob@example.org</identity></local>
  </dialog>
</dialog-info>"#;

    fn partial(version: u32, id: &str, state: &str) -> DialogInfo {
        let text = format!(
            "<d:dialog-info xmlns:d='urn:ietf:params:xml:ns:dialog-info' version='{version}' state='partial' entity='sip:a@b'>\
             <d:dialog id='{id}' direction='recipient'><d:state code='180'>{state}</d:state></d:dialog></d:dialog-info>"
        );
        DialogInfo::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn asterisk_says_who_rings() {
        let info = DialogInfo::read(ASTERISK.as_bytes()).unwrap();
        assert_eq!((info.version, info.scope, info.dialogs.len()), (1, Scope::Full, 1));
        let caller = info.dialogs[0].remote.identity.clone().unwrap();
        assert_eq!(
            (caller.display_name.as_deref(), caller.uri.as_str()),
            (Some("Alice"), "sip:alice@192.0.2.9")
        );
        assert_eq!(info.dialogs[0].names, None);
        let mut dialogs = Dialogs::default();
        assert_eq!(dialogs.line(), Line::Idle);
        assert_eq!(dialogs.merge(info), Merged::Fits);
        assert_eq!(dialogs.line(), Line::Ringing);
    }

    #[test]
    fn kamailio_names_the_dialog() {
        let info = DialogInfo::read(KAMAILIO.as_bytes()).unwrap();
        assert_eq!((info.version, info.scope), (7, Scope::Partial));
        let names = info.dialogs[0].names.clone().unwrap();
        assert_eq!((names.local_tag.as_str(), names.remote_tag.as_str()), ("l1", "r1"));
        assert_eq!(info.dialogs[0].direction, Some(Direction::Initiator));
        assert_eq!(info.dialogs[0].remote.target.as_deref(), Some("sip:carol@192.0.2.5"));
    }

    #[test]
    fn partial_documents_are_merged_in_their_order() {
        let mut dialogs = Dialogs::default();
        dialogs.merge(DialogInfo { version: 3, scope: Scope::Full, dialogs: Vec::new() });
        assert_eq!(dialogs.merge(partial(4, "x", "early")), Merged::Fits);
        assert_eq!(dialogs.line(), Line::Ringing);
        assert_eq!(dialogs.merge(partial(5, "y", "confirmed")), Merged::Fits);
        assert_eq!((dialogs.iter().count(), dialogs.line()), (2, Line::Talking));
        assert_eq!(dialogs.merge(partial(5, "y", "terminated")), Merged::Stale);
        assert_eq!(dialogs.line(), Line::Talking);
        assert_eq!(dialogs.merge(partial(6, "y", "terminated")), Merged::Fits);
        assert_eq!(dialogs.line(), Line::Ringing);
        assert_eq!(dialogs.merge(partial(9, "z", "trying")), Merged::Gap);
        assert_eq!(dialogs.iter().count(), 2);
        dialogs.merge(DialogInfo { version: 0, scope: Scope::Full, dialogs: Vec::new() });
        assert_eq!(dialogs.line(), Line::Idle);
    }

    #[test]
    fn one_who_never_ends_a_dialog_fills_no_memory() {
        let mut dialogs = Dialogs::default();
        for number in 0..1000 {
            dialogs.merge(partial(number + 1, &format!("id{number}"), "early"));
        }
        assert_eq!(dialogs.iter().count(), MOST_DIALOGS);
    }

    #[test]
    fn broken_ones_are_refused() {
        for text in [
            "<dialog-info version='1' entity='a'/>",
            "<dialog-info version='x' state='full'/>",
            "<dialog-info version='1' state='some'/>",
            "<presence version='1' state='full'/>",
        ] {
            assert_eq!(DialogInfo::read(text.as_bytes()), Err(Broken::Unexpected), "{text}");
        }
        let odd = "<dialog-info version='1' state='full'><dialog><state>early</state></dialog>\
                   <dialog id='a'><state>odd</state></dialog></dialog-info>";
        assert_eq!(DialogInfo::read(odd.as_bytes()).unwrap().dialogs, []);
    }

    #[test]
    fn nobody_is_named_in_a_log() {
        let text = format!("{:?}", DialogInfo::read(ASTERISK.as_bytes()).unwrap());
        assert!(!text.contains("alice") && !text.contains("Alice"), "{text}");
    }
}
