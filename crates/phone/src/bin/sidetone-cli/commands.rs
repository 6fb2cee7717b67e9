//! Commands on standard input, one a line, for `--control`. A call is named by the number it has in what happens; where
//! none is given, the newest one is meant.

use sidetone_phone::{Control, Package, Publication};
use std::io::BufRead;
use tokio::sync::mpsc;

/// What can be written, for `--help`.
pub(crate) const HELP: &str = "\
Commands for --control, one a line; N is a call's number as in the events, the newest call without it:
  call TARGET            answer [N]        decline [N]       hangup [N]
  hold [N]               resume [N]        dtmf KEYS [N]
  transfer TARGET [N]    attended N M      (N's other side to M's)
  subscribe PACKAGE TARGET                 unsubscribe PACKAGE
  publish PACKAGE TYPE BODY                unpublish PACKAGE
  message TARGET WORDS...                  quit
PACKAGE is dialog, presence, message-summary, conference or as-feature-event.";

/// Lines that wait at most: whoever writes faster waits.
const WAITING: usize = 64;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// For the phone.
    Control(Control),
    /// Leave.
    Quit,
}

/// Reads standard input until its end. The thread ends with the program: nobody waits for a line that never comes.
///
/// # Errors
/// The system has no thread for us.
pub(crate) fn read() -> std::io::Result<mpsc::Receiver<Result<Line, String>>> {
    let (lines, received) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("commands".to_owned()).spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line.trim().is_empty() {
                continue;
            }
            if lines.blocking_send(parse(&line)).is_err() {
                break;
            }
        }
    })?;
    Ok(received)
}

/// Reads one line.
fn parse(line: &str) -> Result<Line, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let control = match *words.as_slice() {
        ["quit"] => return Ok(Line::Quit),
        ["call", target] => Control::Call(target.to_owned()),
        ["answer", ref call @ ..] => Control::Answer(number(call)?),
        ["decline", ref call @ ..] => Control::Decline(number(call)?),
        ["hangup", ref call @ ..] => Control::Hangup(number(call)?),
        ["hold", ref call @ ..] => Control::Hold(number(call)?),
        ["resume", ref call @ ..] => Control::Resume(number(call)?),
        ["dtmf", keys, ref call @ ..] => Control::Keys(number(call)?, keys.to_owned()),
        ["transfer", target, ref call @ ..] => Control::Transfer(number(call)?, target.to_owned()),
        ["attended", call, to] => Control::TransferTo(whole(call)?, whole(to)?),
        ["subscribe", package, target] => Control::Subscribe(named(package)?, target.to_owned()),
        ["unsubscribe", package] => Control::Unsubscribe(named(package)?),
        ["publish", package, content_type, ref body @ ..] if !body.is_empty() => {
            let (content_type, body) = (content_type.to_owned(), body.join(" "));
            Control::Publish(named(package)?, Publication { content_type, body })
        }
        ["unpublish", package] => {
            let none = Publication { content_type: String::new(), body: String::new() };
            Control::Publish(named(package)?, none)
        }
        ["message", target, ref text @ ..] if !text.is_empty() => {
            Control::Message(target.to_owned(), text.join(" "))
        }
        _ => return Err(format!("no such command: {}", words.first().copied().unwrap_or_default())),
    };
    Ok(Line::Control(control))
}

fn number(words: &[&str]) -> Result<Option<u32>, String> {
    match words {
        [] => Ok(None),
        [word] => whole(word).map(Some),
        [_, more, ..] => Err(format!("one word too many: {more}")),
    }
}

fn whole(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("not a call's number: {word}"))
}

fn named(word: &str) -> Result<Package, String> {
    let all = [
        Package::Dialog,
        Package::Presence,
        Package::MessageSummary,
        Package::Conference,
        Package::AsFeatureEvent,
    ];
    all.into_iter().find(|package| package.name() == word).ok_or_else(|| format!("no such package: {word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_help_says() {
        for (line, control) in [
            ("call sip:200@example.org", Control::Call("sip:200@example.org".into())),
            ("  hold  ", Control::Hold(None)),
            ("resume 2", Control::Resume(Some(2))),
            ("dtmf 12# 1", Control::Keys(Some(1), "12#".into())),
            ("attended 1 2", Control::TransferTo(1, 2)),
            ("subscribe dialog 200", Control::Subscribe(Package::Dialog, "200".into())),
            ("message 200 good morning", Control::Message("200".into(), "good morning".into())),
        ] {
            assert_eq!(parse(line), Ok(Line::Control(control)), "{line}");
        }
        assert_eq!(parse("quit"), Ok(Line::Quit));
    }

    #[test]
    fn a_line_that_means_nothing_says_why() {
        for line in
            ["hlod", "hold x", "hold 1 2", "call", "subscribe nonsense 200", "attended 1", "message 200"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
