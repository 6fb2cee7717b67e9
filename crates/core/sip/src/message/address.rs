//! `"Name" <uri>;params`: From, To, Contact, Route, Record-Route, Refer-To (RFC 3261 section 20.10).
//! Forgives what RFC 4475 sections 3.1.1.6, 3.1.2.14 and 3.1.2.15 show others send: no space before `<`, spaces inside it,
//! a comma in an unquoted name.

use super::{
    FieldError,
    grammar::{find_outside, take_quoted, trim, write_quoted},
    params::Params,
    uri::Uri,
};
use std::fmt;

/// A name-addr with its header parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name, unquoted; `None` where absent or empty.
    pub display_name: Option<String>,
    /// The URI.
    pub uri: Uri,
    /// The parameters behind it: the header's, not the URI's.
    pub params: Params,
}

impl NameAddr {
    /// Without name and parameters.
    pub fn new(uri: Uri) -> Self {
        Self { display_name: None, uri, params: Params::default() }
    }

    /// With a display name; an empty one is none.
    pub fn named(display_name: &str, uri: Uri) -> Self {
        let display_name = (!display_name.is_empty()).then(|| display_name.to_owned());
        Self { display_name, uri, params: Params::default() }
    }

    /// Reads one. In the form without brackets parameters are the header's, and `?` or `,` are refused
    /// (RFC 3261 section 20.10).
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = trim(text);
        if text.starts_with('"') {
            let (name, rest) = take_quoted(text).ok_or(FieldError::Broken)?;
            return Self::bracketed(&name, trim(rest));
        }
        let open = text.find('<').unwrap_or(text.len());
        let semicolon = text.find(';').unwrap_or(text.len());
        if open < semicolon {
            let (name, rest) = text.split_at(open);
            if name.contains('"') {
                return Err(FieldError::Broken);
            }
            return Self::bracketed(trim(name), rest);
        }
        let (uri, params) = text.split_at(find_outside(text, ';').unwrap_or(text.len()));
        if uri.contains(['?', ',']) {
            return Err(FieldError::Broken);
        }
        Ok(Self { display_name: None, uri: Uri::parse(trim(uri))?, params: Params::parse(params)? })
    }

    fn bracketed(name: &str, rest: &str) -> Result<Self, FieldError> {
        let (uri, params) =
            rest.strip_prefix('<').and_then(|r| r.split_once('>')).ok_or(FieldError::Broken)?;
        Ok(Self { params: Params::parse(params)?, ..Self::named(name, Uri::parse(trim(uri))?) })
    }

    /// The `tag` of a From or To (RFC 3261 section 19.3).
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The same with a tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", tag);
        self
    }

    /// The `expires` of a Contact, in seconds (RFC 3261 section 20.10).
    pub fn expires(&self) -> Option<u32> {
        super::grammar::number(self.params.get("expires")?)
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.display_name {
            write_quoted(f, name)?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// Says the scheme only: names and numbers are private.
impl fmt::Debug for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameAddr({:?})", self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> NameAddr {
        NameAddr::parse(text).unwrap()
    }

    #[test]
    fn the_forms_of_section_20_10() {
        let a = parsed("\"A. G. \\\"Bell\\\"\" <sip:agb@bell-telephone.com> ;tag=a48s");
        assert_eq!(a.display_name.as_deref(), Some("A. G. \"Bell\""));
        assert_eq!(a.tag(), Some("a48s"));
        let b = parsed("sip:+12125551212@server.example.com;tag=887s");
        assert_eq!((b.uri.as_str(), b.tag()), ("sip:+12125551212@server.example.com", Some("887s")));
        let c = parsed("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8");
        assert_eq!(c.display_name.as_deref(), Some("Anonymous"));
        let d = parsed("<sip:a@b;lr>");
        assert!(d.params.iter().next().is_none() && d.uri.is_loose_router());
    }

    #[test]
    fn a_tel_uri_and_an_instance_survive() {
        let text = "\"Ann\" <tel:+15551234>;+sip.instance=\"<urn:uuid:1>\"";
        assert_eq!(parsed(text).to_string(), text);
    }

    #[test]
    fn an_unquoted_comma_is_forgiven() {
        let a = parsed("Bell, Alexander <sip:a.g.bell@example.com>;tag=43");
        assert_eq!(a.display_name.as_deref(), Some("Bell, Alexander"));
    }

    #[test]
    fn broken_ones_are_refused() {
        for text in [
            "",
            "\"open <sip:a@b>",
            "Ann sip:a@b>",
            "<sip:a@b",
            "sip:a@b?Route=x",
            "<sip:a@b> trailing",
            "\"a\" sip:a@b",
        ] {
            assert!(NameAddr::parse(text).is_err(), "{text}");
        }
    }
}
