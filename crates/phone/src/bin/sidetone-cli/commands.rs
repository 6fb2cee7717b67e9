//! Commands on standard input, one a line, for `--control`. A call is named by the number it has in what happens; where
//! none is given, the newest one is meant.

use sidetone_phone::view::{AudioCommand, GreetingCommand};
use sidetone_phone::{CallSound, Control, Ears, Package, Publication, Signal, Stage};
use std::io::BufRead;
use tokio::sync::mpsc;

/// What can be written, for `--help`.
pub(crate) const HELP: &str = "\
Commands for --control, one a line; N is a call's number as in the events, the newest call without it:
  call TARGET            answer [N]        decline [N]       hangup [N]
  hold [N]               resume [N]        dtmf KEYS [N]
  merge                  (every call into one conference)   hold-all
  join [N]               leave [N]         (one call into the conference, and out of it)
  mute [N]               unmute [N]        (the agent, for that call)
  silence [N]            hear [N]          (whether anybody hears that party)
  deafen [N]             undeafen [N]      (whether that party hears anybody)
  whisper FILE [N]       greet FILE [N]    stop [N]   (to the agent alone; to the party and the agent)
  tone NAME on|off [N]   (to the agent alone: beep, waiting, hold, busy, congestion, ringback)
  record [N]             stop-recording [N]
  pause-recording [N]    resume-recording [N]
  speak                  spoken            (a greeting, without a call, and that was it)
  keep NAME...           on-answer [NAME...]   (it, by this name; which one callers hear when they are answered)
  transfer TARGET [N]    attended N M      (N's other side to M's)
  subscribe PACKAGE TARGET                 unsubscribe PACKAGE
  publish PACKAGE TYPE BODY                unpublish PACKAGE
  message TARGET WORDS...                  quit
  process STAGE on|off   sidetone PERCENT  ear-limit DBFS
STAGE is echo, noise, gain, removal-sent or removal-heard.
PACKAGE is dialog, presence, message-summary, conference or as-feature-event.";

/// Lines that wait at most: whoever writes faster waits.
const WAITING: usize = 64;

/// One line.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    /// For the phone.
    Control(Control),
    /// For its sound.
    Audio(AudioCommand),
    /// For its greetings.
    Greeting(GreetingCommand),
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
        ["process", stage, switch] => {
            let stage = Stage::named(stage).ok_or_else(|| format!("no such stage: {stage}"))?;
            return Ok(Line::Audio(AudioCommand::SwitchStage { stage, on: on(switch)? }));
        }
        ["sidetone", percent] => {
            let percent = percent.parse().map_err(|_| format!("not a percentage: {percent}"))?;
            return Ok(Line::Audio(AudioCommand::SetSidetone { percent }));
        }
        ["ear-limit", dbfs] => {
            let dbfs = dbfs.parse().map_err(|_| format!("not a level: {dbfs}"))?;
            return Ok(Line::Audio(AudioCommand::SetEarLimit { dbfs }));
        }
        ["speak"] => return Ok(Line::Greeting(GreetingCommand::Record)),
        ["spoken"] => return Ok(Line::Greeting(GreetingCommand::StopRecording)),
        ["keep", ref name @ ..] => {
            let name = name.join(" ");
            return Ok(Line::Greeting(GreetingCommand::Keep { name, from_ms: 0, to_ms: u32::MAX }));
        }
        ["on-answer", ref name @ ..] => {
            let name = (!name.is_empty()).then(|| name.join(" "));
            return Ok(Line::Greeting(GreetingCommand::PlayOnAnswer { name }));
        }
        ["call", target] => Control::Call(target.to_owned()),
        ["answer", ref call @ ..] => Control::Answer(number(call)?),
        ["decline", ref call @ ..] => Control::Decline(number(call)?),
        ["hangup", ref call @ ..] => Control::Hangup(number(call)?),
        ["hold", ref call @ ..] => Control::Hold(number(call)?),
        ["resume", ref call @ ..] => Control::Resume(number(call)?),
        ["dtmf", keys, ref call @ ..] => Control::Keys(number(call)?, keys.to_owned()),
        ["merge"] => Control::Merge,
        ["hold-all"] => Control::HoldAll,
        ["whisper", file, ref call @ ..] => sound(call, CallSound::Play(file.into(), Ears::Agent))?,
        ["greet", file, ref call @ ..] => sound(call, CallSound::Play(file.into(), Ears::Both))?,
        ["tone", name, switch, ref call @ ..] => sound(call, CallSound::Tone(signal(name)?, on(switch)?))?,
        [verb, ref call @ ..] if let Some(wish) = about_sound(verb) => sound(call, wish)?,
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

fn sound(call: &[&str], wish: CallSound) -> Result<Control, String> {
    Ok(Control::Sound(number(call)?, wish))
}

/// What one word says of a call's sound.
fn about_sound(verb: &str) -> Option<CallSound> {
    Some(match verb {
        "join" => CallSound::Join,
        "leave" => CallSound::Leave,
        "mute" => CallSound::Mute(true),
        "unmute" => CallSound::Mute(false),
        "silence" => CallSound::Heard(false),
        "hear" => CallSound::Heard(true),
        "deafen" => CallSound::Hears(false),
        "undeafen" => CallSound::Hears(true),
        "stop" => CallSound::StopPlaying,
        "record" => CallSound::Record,
        "pause-recording" => CallSound::PauseRecording(true),
        "resume-recording" => CallSound::PauseRecording(false),
        "stop-recording" => CallSound::StopRecording,
        _ => return None,
    })
}

fn signal(word: &str) -> Result<Signal, String> {
    Ok(match word {
        "beep" => Signal::Beep,
        "waiting" => Signal::CallWaiting,
        "hold" => Signal::Hold,
        "busy" => Signal::Busy,
        "congestion" => Signal::Congestion,
        "ringback" => Signal::Ringback,
        _ => return Err(format!("no such tone: {word}")),
    })
}

fn on(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("neither on nor off: {word}")),
    }
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
            ("deafen 2", Control::Sound(Some(2), CallSound::Hears(false))),
            ("tone waiting on", Control::Sound(None, CallSound::Tone(Signal::CallWaiting, true))),
            ("greet hello.wav 1", Control::Sound(Some(1), CallSound::Play("hello.wav".into(), Ears::Both))),
            ("attended 1 2", Control::TransferTo(1, 2)),
            ("subscribe dialog 200", Control::Subscribe(Package::Dialog, "200".into())),
            ("message 200 good morning", Control::Message("200".into(), "good morning".into())),
        ] {
            assert_eq!(parse(line), Ok(Line::Control(control)), "{line}");
        }
        assert_eq!(parse("quit"), Ok(Line::Quit));
        let switched = AudioCommand::SwitchStage { stage: Stage::RemovalSent, on: true };
        assert_eq!(parse("process removal-sent on"), Ok(Line::Audio(switched)));
        assert_eq!(parse("ear-limit -12"), Ok(Line::Audio(AudioCommand::SetEarLimit { dbfs: -12 })));
    }

    #[test]
    fn a_line_that_means_nothing_says_why() {
        for line in [
            "process echo perhaps",
            "process eco on",
            "sidetone loud",
            "hlod",
            "tone waiting",
            "tone whistle on",
            "deafen x",
            "hold x",
            "hold 1 2",
            "call",
            "subscribe nonsense 200",
            "attended 1",
            "message 200",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
