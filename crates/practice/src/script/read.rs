//! Reads a script, and says what is wrong with it and where. What a value must be like is checked while it is read, so
//! that every complaint knows its line.

use super::Script;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use std::collections::BTreeMap;
use std::time::Duration;

/// Nobody waits longer than an hour.
const LONGEST_S: f64 = 3_600.0;
const LONGEST_ECHO_S: f64 = 10.0;
const LONGEST_TEXT: usize = 120;

/// What is wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct ScriptError {
    /// The file, as it was named to us.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

impl Script {
    /// Reads a script from TOML. `file` is for the error only.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScriptError> {
        toml::from_str(text).map_err(|error| {
            let before = text.get(..error.span().unwrap_or_default().start).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            ScriptError { file: file.to_owned(), line, what: error.message().to_owned() }
        })
    }
}

pub(super) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(fits) {
        return Err(D::Error::custom("an id is made of lower-case letters, digits and `-`"));
    }
    Ok(text)
}

pub(super) fn line<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked_line(String::deserialize(from)?)
}

pub(super) fn some_line<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    line(from).map(Some)
}

fn checked_line<E: serde::de::Error>(text: String) -> Result<String, E> {
    if text.trim().is_empty() || text.len() > LONGEST_TEXT || text.contains(char::is_control) {
        return Err(E::custom(format!("must be one line of 1 to {LONGEST_TEXT} bytes")));
    }
    Ok(text)
}

pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let digits = text.strip_prefix('+').unwrap_or(&text);
    if !(2..=18).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(D::Error::custom("a number is 2 to 18 digits, perhaps after a `+`"));
    }
    Ok(text)
}

pub(super) fn some_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    number(from).map(Some)
}

pub(super) fn keys<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if !(1..=32).contains(&text.len()) || !text.chars().all(|key| "0123456789*#ABCD".contains(key)) {
        return Err(D::Error::custom("1 to 32 keys of 0 to 9, *, # and A to D"));
    }
    Ok(text)
}

pub(super) fn variables<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let variables = BTreeMap::<String, String>::deserialize(from)?;
    for (name, value) in &variables {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(D::Error::custom(format!("`{name}`: a name is made of letters, digits and `-`")));
        }
        if name.eq_ignore_ascii_case("queue") {
            return Err(D::Error::custom("the queue has a key of its own"));
        }
        checked_line::<D::Error>(value.clone())?;
    }
    Ok(variables)
}

pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    within(f64::deserialize(from)?, LONGEST_S)
}

pub(super) fn some_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    seconds(from).map(Some)
}

pub(super) fn echo_delay<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    within(f64::deserialize(from)?, LONGEST_ECHO_S)
}

fn within<E: serde::de::Error>(seconds: f64, longest: f64) -> Result<Duration, E> {
    if seconds > 0.0 && seconds <= longest {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(E::custom(format!("seconds are more than 0 and at most {longest}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Listen, Step};
    use crate::speech::SpeechId;

    const WHOLE: &str = r##"id = "one"
title = "One"
about = "A customer."
queue = "Billing"
dnis = "+15550100"
patience_s = 90
hold_patience_s = 2.5
variables = { Order = "4711" }
customer = { name = "Ann", number = "+15550123" }
steps = [
  { listen = { at_most_s = 3 } },
  { say = "customer-billing" },
  { press = "12#" },
  "hang_up",
]
"##;

    #[test]
    fn a_whole_script_is_read() {
        let script = Script::parse("one.toml", WHOLE).unwrap();
        assert_eq!(script.patience, Duration::from_secs(90));
        assert_eq!(script.hold_patience, Some(Duration::from_millis(2_500)));
        assert_eq!(script.repeat, None);
        let listen = Listen { pause: Duration::from_millis(800), at_most: Duration::from_secs(3) };
        let say = Step::Say(SpeechId::named("customer-billing").unwrap());
        let steps = [Step::Listen(listen), say, Step::Press("12#".to_owned()), Step::HangUp];
        assert_eq!(script.steps, steps);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let cases = [
            (r#""One""#, r#""""#, 2, "one line"),
            (r#"id = "one""#, r#"id = "O ne""#, 1, "lower-case"),
            (r#""+15550100""#, r#""call me""#, 5, "digits"),
            ("patience_s = 90", "patience_s = 0", 6, "more than 0"),
            ("patience_s = 90", "patience_s = nan", 6, "more than 0"),
            ("patience_s = 90\n", "", 1, "patience_s"),
            ("hold_patience_s", "hold_patience", 7, "unknown field"),
            ("Order =", "\"Or:der\" =", 8, "letters"),
            ("Order =", "Queue =", 8, "key of its own"),
            ("Ann", "Ann\\u000a", 9, "one line"),
            ("customer-billing", "customer-nobody", 12, "nobody recorded"),
            ("12#", "12x", 13, "keys"),
            ("hang_up", "jump", 14, "unknown variant"),
            ("at_most_s = 3", "at_most_s = 3601", 11, "at most 3600"),
            ("title = ", "title ", 2, "expected"),
        ];
        for (from, to, line, what) in cases {
            assert!(WHOLE.contains(from), "{from}");
            let error = Script::parse("one.toml", &WHOLE.replacen(from, to, 1)).unwrap_err();
            assert!(error.what.contains(what), "{from} -> {to}: {error}");
            assert_eq!(error.line, line, "{from} -> {to}: {error}");
            assert!(error.to_string().starts_with(&format!("one.toml:{line}: ")));
        }
    }
}
