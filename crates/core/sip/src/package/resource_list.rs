//! Resource lists (RFC 4662 section 5): one notification about many resources, a table of contents and the state of
//! each as a part of its own.

use super::xml::{Broken, attribute, child_text, children, is_true, read};
use crate::message::parts;
use bytes::Bytes;
use roxmltree::Node;
use std::fmt;

/// The most resources of one notification.
const MOST_RESOURCES: usize = 1024;
/// The most instances of one resource.
const MOST_INSTANCES: usize = 16;
/// The type of the table of contents.
const RLMI: &str = "application/rlmi+xml";

/// One notification.
#[derive(Clone, PartialEq, Eq)]
pub struct ResourceList {
    /// The list that was subscribed to.
    pub uri: String,
    /// Its place in the row of notifications of one subscription.
    pub version: u32,
    /// Whether it says everything: what it does not name is not there.
    pub is_full: bool,
    /// The resources, in order.
    pub resources: Vec<Resource>,
}

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    /// Which.
    pub uri: String,
    /// What it is called.
    pub name: Option<String>,
    /// The subscriptions to it, usually one.
    pub instances: Vec<Instance>,
}

/// One subscription of the server's to one resource.
#[derive(Clone, PartialEq, Eq)]
pub struct Instance {
    /// The same from one notification to the next.
    pub id: String,
    /// Where it stands.
    pub state: InstanceState,
    /// The resource's state: its type and content, as a NOTIFY of its own would have them. A list in the list is one, too.
    pub content: Option<(String, Bytes)>,
}

/// Where a subscription of the server's stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    /// In force.
    Active,
    /// Somebody must allow it first.
    Pending,
    /// Over.
    Terminated,
}

impl ResourceList {
    /// Reads a `multipart/related` body, or the table of contents alone.
    pub fn read(content_type: &str, body: &Bytes) -> Result<Self, Broken> {
        let is_table =
            |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(RLMI));
        if is_table(content_type) {
            return read(body, "list", |root| list(root, |_| None));
        }
        let parts = parts(content_type, body, MOST_RESOURCES + 1);
        // The `start` parameter names it (RFC 2387 section 3.2); there is one of this type only.
        let table = parts.iter().find(|part| is_table(&part.kind)).ok_or(Broken::Unexpected)?;
        read(&table.content, "list", |root| {
            list(root, |cid| {
                let part = parts.iter().find(|part| part.id.as_deref() == Some(cid))?;
                Some((part.kind.clone(), part.content.clone()))
            })
        })
    }
}

fn list(root: Node<'_, '_>, content: impl Fn(&str) -> Option<(String, Bytes)>) -> Option<ResourceList> {
    let resource = |node: Node<'_, '_>| {
        let instances = children(node, "instance").filter_map(|node| instance(node, &content));
        Some(Resource {
            uri: attribute(node, "uri")?,
            name: child_text(node, "name"),
            instances: instances.take(MOST_INSTANCES).collect(),
        })
    };
    Some(ResourceList {
        uri: attribute(root, "uri")?,
        version: root.attribute("version")?.trim().parse().ok()?,
        is_full: is_true(root.attribute("fullState")?.trim()),
        resources: children(root, "resource").filter_map(resource).take(MOST_RESOURCES).collect(),
    })
}

fn instance(node: Node<'_, '_>, content: impl Fn(&str) -> Option<(String, Bytes)>) -> Option<Instance> {
    let state = match node.attribute("state")?.trim() {
        "active" => InstanceState::Active,
        "pending" => InstanceState::Pending,
        "terminated" => InstanceState::Terminated,
        _ => return None,
    };
    let content = attribute(node, "cid").and_then(|cid| content(&cid));
    Some(Instance { id: attribute(node, "id")?, state, content })
}

/// Whom it is about is private.
impl fmt::Debug for ResourceList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceList(version {}, {} resources)", self.version, self.resources.len())
    }
}

/// Whom it is about is private.
impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource({:?})", self.instances)
    }
}

/// Says how large: the content is private.
impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.content.as_ref().map_or(0, |(_, content)| content.len());
        write!(f, "Instance({:?}, {size} bytes)", self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/related;type=\"application/rlmi+xml\";start=\"<nXYxAE@pres.vancouver.example.com>\";boundary=\"50UBfW7LSCVLtggUPe5z\"";

    /// After the example of RFC 4662 section 6, as Asterisk sends it, too.
    const BODY: &str = "--50UBfW7LSCVLtggUPe5z\r\nContent-Transfer-Encoding: binary\r\n\
        Content-ID: <nXYxAE@pres.vancouver.example.com>\r\nContent-Type: application/rlmi+xml;charset=\"UTF-8\"\r\n\r\n\
        <?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" \
        uri=\"sip:adam-friends@pres.vancouver.example.com\" version=\"1\" fullState=\"true\">\
        <name xml:lang=\"en\">Buddy List</name><resource uri=\"sip:bob@vancouver.example.com\"><name>Bob Smith</name>\
        <instance id=\"juwigmtboe\" state=\"active\" cid=\"bUZBsM@pres.vancouver.example.com\"/></resource>\
        <resource uri=\"sip:dave@vancouver.example.com\"><name>Dave Jones</name>\
        <instance id=\"hqzsuxtfyq\" state=\"terminated\" reason=\"noresource\"/></resource></list>\r\n\
        --50UBfW7LSCVLtggUPe5z\r\nContent-Transfer-Encoding: binary\r\n\
        Content-ID: <bUZBsM@pres.vancouver.example.com>\r\nContent-Type: application/pidf+xml;charset=\"UTF-8\"\r\n\r\n\
        <presence entity=\"sip:bob@vancouver.example.com\"/>\r\n--50UBfW7LSCVLtggUPe5z--\r\n";

    #[test]
    fn every_resource_has_its_own_part() {
        let list = ResourceList::read(TYPE, &Bytes::from_static(BODY.as_bytes())).unwrap();
        assert_eq!((list.version, list.is_full, list.resources.len()), (1, true, 2));
        let bob = &list.resources[0];
        assert_eq!(
            (bob.uri.as_str(), bob.name.as_deref()),
            ("sip:bob@vancouver.example.com", Some("Bob Smith"))
        );
        let (kind, content) = bob.instances[0].content.clone().unwrap();
        assert!(kind.starts_with("application/pidf+xml"));
        assert_eq!(&content[..], b"<presence entity=\"sip:bob@vancouver.example.com\"/>");
        let dave = &list.resources[1].instances[0];
        assert_eq!((dave.state, &dave.content), (InstanceState::Terminated, &None));
    }

    #[test]
    fn several_hundred_are_read() {
        let mut table = "<list uri='sip:l@b' version='2' fullState='0'>".to_owned();
        let mut parts = String::new();
        for number in 0..300 {
            table.push_str(&format!(
                "<resource uri='sip:{number}@b'><instance id='a' state='active' cid='{number}@s'/></resource>"
            ));
            parts.push_str(&format!(
                "\r\n--b\r\nContent-ID: <{number}@s>\r\nContent-Type: text/x\r\n\r\n{number}"
            ));
        }
        let body = format!("--b\r\nContent-Type: application/rlmi+xml\r\n\r\n{table}</list>{parts}\r\n--b--");
        let list = ResourceList::read("multipart/related;boundary=b", &Bytes::from(body)).unwrap();
        assert_eq!((list.resources.len(), list.is_full), (300, false));
        assert_eq!(list.resources[299].instances[0].content.clone().unwrap().1, "299");
    }

    #[test]
    fn broken_ones_are_refused() {
        let read =
            |kind: &str, body: &'static str| ResourceList::read(kind, &Bytes::from_static(body.as_bytes()));
        assert_eq!(read("multipart/related", BODY), Err(Broken::Unexpected));
        assert_eq!(read("multipart/related;boundary=x", BODY), Err(Broken::Unexpected));
        assert_eq!(read(RLMI, "<list uri='a' version='1'/>"), Err(Broken::Unexpected));
        assert_eq!(read(RLMI, "<list"), Err(Broken::Malformed));
        assert!(read(RLMI, "<list uri='a' version='1' fullState='true'/>").unwrap().resources.is_empty());
    }
}
