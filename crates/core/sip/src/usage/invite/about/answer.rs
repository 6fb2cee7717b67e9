//! Whether a call is to be answered by itself, and after how long: Answer-Mode and Priv-Answer-Mode (RFC 5373),
//! `answer-after` in a Call-Info, and what servers write into Alert-Info. Whether to obey is not decided here.

use super::{MOST, loosely, parameter};
use crate::message::{Headers, number};
use std::time::Duration;

/// A longer pause is no wish for an answer.
const LONGEST: Duration = Duration::from_secs(60);

/// After how long; `None`: by hand. Priv-Answer-Mode counts more than Answer-Mode (RFC 5373 section 4.3), and both
/// count more than what they came to replace. `Manual` is a word for by hand.
pub(super) fn after(headers: &Headers) -> Option<Duration> {
    let by_mode = ["Priv-Answer-Mode", "Answer-Mode"].iter().find_map(|name| mode(headers.get(name)?));
    match by_mode {
        Some(true) => Some(pause(headers).unwrap_or_default()),
        Some(false) => None,
        None => pause(headers),
    }
    .filter(|pause| *pause <= LONGEST)
}

fn mode(value: &str) -> Option<bool> {
    let (mode, _) = loosely(value);
    ["auto", "manual"].iter().position(|known| mode.eq_ignore_ascii_case(known)).map(|at| at == 0)
}

fn pause(headers: &Headers) -> Option<Duration> {
    let in_call_info =
        headers.list("Call-Info").take(MOST).find_map(|value| parameter(value, "answer-after"));
    in_call_info
        .as_deref()
        .and_then(seconds)
        .or_else(|| headers.list("Alert-Info").take(MOST).find_map(alert))
}

/// `<...>;info=alert-autoanswer;delay=2`, `Ring Answer`, `<...>;info=Auto Answer`, `<...>;answer-after=2`.
fn alert(value: &str) -> Option<Duration> {
    if let Some(after) = parameter(value, "answer-after") {
        return seconds(&after);
    }
    let info = super::ring::info(value).unwrap_or_default();
    let (head, _) = loosely(value);
    let asks = [info.as_str(), head].iter().any(|words| is_word_for_answering(words));
    asks.then(|| parameter(value, "delay").as_deref().and_then(seconds).unwrap_or_default())
}

/// Whether these words stand for an answer and not for a sound.
pub(super) fn is_word_for_answering(words: &str) -> bool {
    let words: String = words.chars().filter(char::is_ascii_alphanumeric).collect();
    ["alertautoanswer", "ringanswer", "autoanswer", "ringautoanswer", "intercom"]
        .iter()
        .any(|known| words.eq_ignore_ascii_case(known))
}

fn seconds(text: &str) -> Option<Duration> {
    number::<u32>(text.trim()).map(|seconds| Duration::from_secs(seconds.into()))
}
