//! One file: parsed, checked against the schema, its keys found with their lines.

use super::{problem::Problem, schema::Config};
use serde::Deserialize;
use std::{ops::Range, path::Path};
use toml::{
    Spanned, Table,
    de::{DeTable, DeValue},
};

/// A file that is right.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    /// Its values.
    pub(super) values: Table,
    /// Every key that is not a table, with its line.
    pub(super) keys: Vec<(Vec<String>, usize)>,
    /// What it locks.
    pub(super) locked: Vec<Vec<String>>,
    /// The file as it is.
    pub(super) text: String,
}

/// Beside the configuration itself a file may hold this.
#[derive(Default, Deserialize)]
struct Locks {
    #[serde(default)]
    locked: Vec<Spanned<String>>,
}

/// Parses and checks `text`; `known` says whether a key exists, for locks, which only some files `may_lock`.
pub(super) fn check(
    file: &Path,
    text: &str,
    may_lock: bool,
    known: impl Fn(&[String]) -> bool,
) -> Result<Checked, Problem> {
    let at = |span: Option<Range<usize>>, reason: String| {
        let place = span.map(|span| position(text, span.start));
        Problem { file: file.to_owned(), place, reason }
    };
    let wrong = |error: toml::de::Error| at(error.span(), one_line(error.message()));
    let root = DeTable::parse(text).map_err(wrong)?;
    let mut keys = Vec::new();
    collect(root.get_ref(), &mut Vec::new(), &mut |path, span| {
        keys.push((path.to_vec(), position(text, span.start).0));
    });
    let lock_span =
        root.get_ref().iter().find(|(key, _)| key.get_ref() == "locked").map(|(key, _)| key.span());
    if let (Some(span), false) = (lock_span, may_lock) {
        return Err(at(Some(span), "only the machine's configuration can lock keys".to_owned()));
    }
    let locks: Locks = toml::from_str(text).map_err(wrong)?;
    let mut locked = Vec::new();
    for lock in locks.locked {
        let path: Vec<String> = lock.get_ref().split('.').map(str::to_owned).collect();
        if !known(&path) {
            return Err(at(Some(lock.span()), format!("there is no key `{}` to lock", lock.get_ref())));
        }
        locked.push(path);
    }
    // Without `locked`, which is no setting, and with every place as it was.
    let mut settings = root.clone();
    settings.get_mut().remove("locked");
    Config::deserialize(toml::Deserializer::from(settings)).map_err(wrong)?;
    let mut values: Table = toml::from_str(text).map_err(wrong)?;
    values.remove("locked");
    keys.retain(|(path, _)| path.first().is_none_or(|first| first != "locked"));
    Ok(Checked { values, keys, locked, text: text.to_owned() })
}

fn collect(table: &DeTable<'_>, path: &mut Vec<String>, found: &mut impl FnMut(&[String], Range<usize>)) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, path, found),
            _ => found(path, key.span()),
        }
        path.pop();
    }
}

/// Line and column, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
