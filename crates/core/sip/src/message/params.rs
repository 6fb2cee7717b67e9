//! Parameters behind a header value or in a URI: `;name=value;name="quoted"` (RFC 3261 section 25.1, generic-param).
//! Names compare in any case; what was read is written back as it was, quotes included.

use super::{
    FieldError,
    grammar::{split_outside, take_quoted, trim, write_quoted},
    uri::unescape,
};
use std::fmt;

/// More than any honest value has; comparing two lists costs their product.
const MAX_PARAMS: usize = 128;

#[derive(Clone, PartialEq, Eq)]
enum Value {
    None,
    Bare(String),
    Quoted(String),
}

impl Value {
    fn of(text: &str) -> Self {
        match text {
            "" => Self::None,
            bare if bare.chars().all(is_bare_char) => Self::Bare(bare.to_owned()),
            other => Self::Quoted(other.to_owned()),
        }
    }
}

/// An ordered list of parameters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    items: Vec<(String, Value)>,
}

impl Params {
    /// Reads `;a=b;c`. Empty text is an empty list; empty parameters are skipped; more than 128 are refused.
    pub(crate) fn parse(text: &str) -> Result<Self, FieldError> {
        let text = trim(text);
        if text.is_empty() {
            return Ok(Self::default());
        }
        let text = text.strip_prefix(';').ok_or(FieldError::Broken)?;
        let items = split_outside(text, ';').filter(|item| !item.is_empty()).map(parse_one);
        let items: Vec<_> = items.take(MAX_PARAMS + 1).collect::<Result<_, _>>()?;
        if items.len() > MAX_PARAMS { Err(FieldError::Broken) } else { Ok(Self { items }) }
    }

    /// The same with `%hh` escapes undone in names and values, as a URI's are read.
    pub(super) fn unescaped(&self) -> Self {
        let mut plain = Self::default();
        for (name, value) in self.iter() {
            plain.items.push((unescape(name), Value::of(&unescape(value))));
        }
        plain
    }

    /// A parameter's value, unquoted; `""` where it has none.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.items.iter().find(|(have, _)| have.eq_ignore_ascii_case(name))?;
        Some(match value {
            Value::None => "",
            Value::Bare(text) | Value::Quoted(text) => text,
        })
    }

    /// Whether there is such a parameter, with a value or without.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a parameter in its place, or at the end. An empty value makes it a flag (`;lr`); a value that
    /// can't stand bare is quoted.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = Value::of(value);
        match self.items.iter_mut().find(|(have, _)| have.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value,
            None => self.items.push((name.to_owned(), value)),
        }
    }

    /// Takes a parameter away.
    pub fn remove(&mut self, name: &str) {
        self.items.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
    }

    /// Names and unquoted values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.items.iter().map(|(name, value)| {
            let value = match value {
                Value::None => "",
                Value::Bare(text) | Value::Quoted(text) => text.as_str(),
            };
            (name.as_str(), value)
        })
    }
}

/// Wider than a token: hosts, IPv6 addresses and what others put there without quotes.
fn is_bare_char(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\\' | ';' | ',' | '<' | '>' | '=')
}

fn parse_one(item: &str) -> Result<(String, Value), FieldError> {
    let (name, value) = match item.split_once('=') {
        Some((name, value)) => (trim(name), Some(trim(value))),
        None => (item, None),
    };
    if name.is_empty() || !name.chars().all(is_bare_char) {
        return Err(FieldError::Broken);
    }
    let value = match value {
        None => Value::None,
        Some(quoted) if quoted.starts_with('"') => match take_quoted(quoted) {
            Some((content, "")) => Value::Quoted(content),
            Some(_) | None => return Err(FieldError::Broken),
        },
        Some(bare) if bare.chars().all(|c| is_bare_char(c) || c == '=') => Value::Bare(bare.to_owned()),
        Some(_) => return Err(FieldError::Broken),
    };
    Ok((name.to_owned(), value))
}

/// Says how many: values can be private.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params({})", self.items.len())
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.items {
            write!(f, ";{name}")?;
            match value {
                Value::None => {}
                Value::Bare(text) => write!(f, "={text}")?,
                Value::Quoted(text) => {
                    f.write_str("=")?;
                    write_quoted(f, text)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_in_any_case_and_quotes_survive() {
        let text = ";Tag=1;lr;+sip.instance=\"<urn:uuid:f81d4fae>\"";
        let params = Params::parse(" ; Tag = 1 ;; lr;+sip.instance=\"<urn:uuid:f81d4fae>\"").unwrap();
        assert_eq!(params.get("tag"), Some("1"));
        assert_eq!(params.get("LR"), Some(""));
        assert_eq!(params.get("+sip.instance"), Some("<urn:uuid:f81d4fae>"));
        assert_eq!(params.to_string(), text);
    }

    #[test]
    fn what_is_set_can_be_read_again() {
        let mut params = Params::default();
        params.set("received", "2001:db8::1");
        params.set("text", "a \"b\"; c\r\nd");
        params.set("rport", "");
        assert_eq!(params.to_string(), ";received=2001:db8::1;text=\"a \\\"b\\\"; c  d\";rport");
        assert_eq!(Params::parse(&params.to_string()).unwrap().get("text"), Some("a \"b\"; c  d"));
    }

    #[test]
    fn broken_ones_are_refused() {
        for text in ["tag=1", ";=1", ";a=\"x", ";a=\"x\"y", ";a b=1", ";a=b c"] {
            assert!(Params::parse(text).is_err(), "{text}");
        }
        assert!(Params::parse(&";a".repeat(128)).is_ok() && Params::parse(&";a".repeat(129)).is_err());
    }
}
