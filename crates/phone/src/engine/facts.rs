//! What a call says about itself: who calls, through which queue, on which number, with which variables. Read from the
//! INVITE by the admin's rules, since every server writes these things elsewhere.

mod carried;

use super::Whispers;
use sidetone_desk::{Party, Pii, Variable};
use sidetone_sip::api::{Address, IncomingCall};
use std::time::Duration;

/// Where to look for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A header's name, in any case; `To` and `Request-URI` too. `Diversion` and `History-Info` stand for whom the call
    /// was for at first, `User-to-User` for its data.
    pub header: String,
    /// A parameter of it; empty: its value. Of User-to-User a value within the data, by its name.
    pub parameter: String,
}

impl Source {
    /// The value of a header.
    pub fn header(name: &str) -> Self {
        Self { header: name.to_owned(), parameter: String::new() }
    }
}

/// One variable to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableRule {
    /// The admin's label.
    pub label: String,
    /// Where it is.
    pub source: Source,
    /// Not to be shown while offered.
    pub secure: bool,
}

/// The admin's rules. In each list the first source that has a value wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The queue's name. A call without one is a direct call.
    pub queue: Vec<Source>,
    /// The number that was dialled.
    pub dnis: Vec<Source>,
    /// The variables, in the order in which they are shown.
    pub variables: Vec<VariableRule>,
    /// Whether a call may ask to be answered by itself (OFFER-7).
    pub on_request: bool,
    /// What the agent hears before that (OFFER-7).
    pub whispers: Whispers,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            queue: vec![Source::header("X-Queue")],
            dnis: vec![Source::header("P-Called-Party-ID"), Source::header("Diversion")],
            variables: Vec::new(),
            on_request: false,
            whispers: Whispers::default(),
        }
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Who calls.
    pub party: Party,
    /// The queue.
    pub queue: Option<String>,
    /// The number that was dialled.
    pub dnis: Option<String>,
    /// The variables.
    pub variables: Vec<Variable>,
    /// Answer it by itself, after this time.
    pub answer_after: Option<Duration>,
}

/// What stands in place of the number of somebody who wants to stay unknown (RFC 3323).
const NOBODY: &str = "anonymous";

/// A value longer than this is cut: a header may be as long as a message.
const LONGEST_VALUE: usize = 256;

impl Rules {
    /// Reads a call.
    pub fn read(&self, call: &IncomingCall) -> Facts {
        let variables = self.variables.iter().zip(0_u16..).filter_map(|(rule, order)| {
            let value = Pii::new(value(&rule.source, call, Part::Whole)?);
            Some(Variable { label: rule.label.clone(), value, secure: rule.secure, order })
        });
        Facts {
            party: caller(call),
            queue: first(&self.queue, call, Part::Name),
            dnis: first(&self.dnis, call, Part::Number),
            variables: variables.collect(),
            answer_after: call.about.answer_after.filter(|_| self.on_request),
        }
    }
}

/// Who calls: as the server vouches for it, else as they say themselves; nobody, where they want that.
fn caller(call: &IncomingCall) -> Party {
    let said = party(&call.from);
    match &call.about.asserted {
        _ if call.about.anonymous => Party { name: None, number: Pii::new(NOBODY.to_owned()) },
        Some(asserted) => {
            let asserted = party(asserted);
            let name = asserted.name.or_else(|| said.name.filter(|_| said.number == asserted.number));
            Party { name, number: asserted.number }
        }
        None => said,
    }
}

/// The name and number of an address: the user part of `sip:` and `tel:` URIs, else the URI as it is.
pub(super) fn party(address: &Address) -> Party {
    let name = address.display_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    Party { name: name.map(|name| Pii::new(cut(name))), number: Pii::new(cut(user(&address.uri))) }
}

/// What of a name-addr (`"Billing" <sip:800@host>`) is wanted.
#[derive(Clone, Copy)]
enum Part {
    /// The display name, else the number.
    Name,
    /// The user part of the URI.
    Number,
    /// All of it.
    Whole,
}

fn first(sources: &[Source], call: &IncomingCall, part: Part) -> Option<String> {
    sources.iter().find_map(|source| value(source, call, part))
}

fn value(source: &Source, call: &IncomingCall, part: Part) -> Option<String> {
    let Source { header, parameter } = source;
    let value = match carried::value(&call.about, header, parameter, part) {
        Some(carried) => carried?,
        None => {
            let text = text_of(call, header)?;
            if parameter.is_empty() {
                part_of(&text, part).to_owned()
            } else {
                self::parameter(&text, parameter)?.to_owned()
            }
        }
    };
    let value = cut(value.trim());
    (!value.is_empty()).then_some(value)
}

fn text_of(call: &IncomingCall, name: &str) -> Option<String> {
    if name.eq_ignore_ascii_case("To") {
        let display = call.to.display_name.as_deref().unwrap_or_default();
        return Some(format!("{display} <{}>", call.to.uri));
    }
    if name.eq_ignore_ascii_case("Request-URI") {
        return Some(format!("<{}>", call.request_uri));
    }
    header(call, name).map(str::to_owned)
}

fn header<'a>(call: &'a IncomingCall, name: &str) -> Option<&'a str> {
    call.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// `"Billing" <sip:800@host>;x=y` is called Billing and has the number 800; what has no brackets is its own value.
fn part_of(text: &str, part: Part) -> &str {
    if let Part::Whole = part {
        return text.trim();
    }
    let Some((before, rest)) = text.split_once('<') else { return text };
    let uri = rest.split_once('>').map_or(rest, |(uri, _)| uri);
    let name = before.trim().trim_matches('"').trim();
    match part {
        Part::Name if !name.is_empty() => name,
        Part::Name | Part::Number | Part::Whole => user(uri),
    }
}

/// A parameter's value: `reason` of `<sip:800@host>;reason=no-answer`.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let outside = text.rsplit_once('>').map_or(text, |(_, parameters)| parameters);
    outside.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

fn user(uri: &str) -> &str {
    let rest =
        ["sip:", "sips:", "tel:"].iter().find_map(|scheme| strip_prefix_any_case(uri, scheme)).unwrap_or(uri);
    let rest = rest.split(['@', ';', '?']).next().unwrap_or(rest);
    if rest.is_empty() { uri } else { rest }
}

fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    let rest = text.get(prefix.len()..)?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn cut(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE).collect()
}
