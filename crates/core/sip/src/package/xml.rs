//! XML of notifications, read with limits (docs/decisions/0005-xml.md): no document type, so no entity but the five of
//! XML itself; so many bytes, nodes, attributes and namespaces, and no more. Elements are found by their local names:
//! servers differ in prefixes, and some leave the namespace out.

use crate::api::Address;
use roxmltree::{Document, Node, ParsingOptions};

/// The largest document, in bytes: as large as a message.
const MOST_BYTES: usize = 65_536;
/// The most elements and texts.
const MOST_NODES: u32 = 8192;
/// The most attributes: comparing those of one element costs their square.
const MOST_ATTRIBUTES: usize = 4096;
/// The most namespaces: each element that declares one copies those of its parent.
const MOST_NAMESPACES: usize = 128;
/// The longest text that is believed, in bytes.
const MOST_TEXT: usize = 1024;

/// Why a body can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is too large, or made of too many parts.
    #[error("too large")]
    TooLarge,
    /// It is not what its type says.
    #[error("not well-formed")]
    Malformed,
    /// It is a document of another kind, or lacks what it must have.
    #[error("not the document that was expected")]
    Unexpected,
}

/// Reads a document with this root element.
pub(super) fn read<T>(
    body: &[u8],
    root: &str,
    look: impl FnOnce(Node<'_, '_>) -> Option<T>,
) -> Result<T, Broken> {
    read_any(body, |node| if node.tag_name().name() == root { look(node) } else { None })
}

/// Reads a document, whatever its root is.
pub(super) fn read_any<T>(body: &[u8], look: impl FnOnce(Node<'_, '_>) -> Option<T>) -> Result<T, Broken> {
    if body.len() > MOST_BYTES {
        return Err(Broken::TooLarge);
    }
    // Who says ISO-8859-1 means it, or means UTF-8 after all.
    let text = match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => body.iter().copied().map(char::from).collect(),
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    let namespaces = text.matches("xmlns").count();
    if namespaces > MOST_NAMESPACES || text.matches('=').count() > MOST_ATTRIBUTES {
        return Err(Broken::TooLarge);
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => Broken::TooLarge,
        _ => Broken::Malformed,
    })?;
    look(document.root_element()).ok_or(Broken::Unexpected)
}

/// The elements of this name in one, in order.
pub(super) fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The first element of this name in one.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The text of an element, without the space around it; `None` where there is none, or too much.
pub(super) fn text(node: Node<'_, '_>) -> Option<String> {
    let text: String = node.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
    believed(&text)
}

/// The text of the first element of this name.
pub(super) fn child_text(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    text(child(node, name)?)
}

/// An attribute.
pub(super) fn attribute(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    believed(node.attribute(name)?)
}

/// An element whose text is a URI, and which may carry a name beside it.
pub(super) fn address(node: Node<'_, '_>, name_in: &'static str) -> Option<Address> {
    Some(Address { display_name: attribute(node, name_in), uri: text(node)? })
}

/// A truth value of XML Schema.
pub(super) fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}

fn believed(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= MOST_TEXT).then(|| text.to_owned())
}

/// Text as it may stand in an element or an attribute. What XML has no place for is left out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            control if control.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<String>, Broken> {
        read(text.as_bytes(), "a", |node| Some(self::text(node)))
    }

    #[test]
    fn entities_do_not_expand() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"haha\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><a>&c;</a>";
        assert_eq!(parsed(laughs), Err(Broken::Malformed));
        assert_eq!(parsed("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), Err(Broken::Malformed));
        assert_eq!(parsed("<a>&lt;&#65;&amp;</a>"), Ok(Some("<A&".to_owned())));
    }

    #[test]
    fn what_is_too_much_is_refused() {
        assert_eq!(parsed(&format!("<a>{}</a>", "<b/>".repeat(9000))), Err(Broken::TooLarge));
        assert_eq!(parsed(&format!("<a>{}</a>", " ".repeat(70_000))), Err(Broken::TooLarge));
        let attributes: String = (0..5000).map(|n| format!(" a{n}=\"\"")).collect();
        assert_eq!(parsed(&format!("<a{attributes}/>")), Err(Broken::TooLarge));
        let namespaces: String = (0..200).map(|n| format!(" xmlns:a{n}=\"b\"")).collect();
        assert_eq!(parsed(&format!("<a{namespaces}/>")), Err(Broken::TooLarge));
        assert_eq!(parsed(&format!("<a>{}</a>", "x".repeat(2000))), Ok(None));
    }

    #[test]
    fn deep_ones_do_no_harm() {
        let deep = format!("{}{}", "<a>".repeat(7000), "</a>".repeat(7000));
        assert_eq!(parsed(&deep), Ok(None));
        assert_eq!(parsed(&"<a>".repeat(7000)), Err(Broken::Malformed));
    }

    #[test]
    fn prefixes_and_latin_1_are_understood() {
        assert_eq!(parsed("\u{feff}<x:a xmlns:x=\"y\">z</x:a>"), Ok(Some("z".to_owned())));
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>J\xfcrgen</a>";
        assert_eq!(read(latin, "a", text), Ok("Jürgen".to_owned()));
        assert_eq!(parsed("<b/>"), Err(Broken::Unexpected));
    }

    #[test]
    fn what_is_escaped_reads_back() {
        let odd = "a<b>&\"c'\u{1}d";
        assert_eq!(parsed(&format!("<a>{}</a>", escape(odd))), Ok(Some("a<b>&\"c'd".to_owned())));
    }
}
