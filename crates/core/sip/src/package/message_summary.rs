//! `application/simple-message-summary` (RFC 3842 section 5): whether voice messages wait, and how many.

use super::xml::Broken;
use std::fmt;

/// More lines than any summary has.
const MOST_LINES: usize = 64;

/// One summary.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageSummary {
    /// Whether anything new waits.
    pub waiting: bool,
    /// Whom to call to hear them.
    pub account: Option<String>,
    /// How many; `None`: it does not say.
    pub voice: Option<Counts>,
}

/// How many messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not heard yet.
    pub new: u32,
    /// Heard.
    pub old: u32,
    /// Not heard yet, and urgent.
    pub urgent_new: u32,
    /// Heard, and urgent.
    pub urgent_old: u32,
}

impl MessageSummary {
    /// Reads one.
    pub fn read(body: &[u8]) -> Result<Self, Broken> {
        let text = std::str::from_utf8(body).map_err(|_| Broken::Malformed)?;
        let mut summary = MessageSummary { waiting: false, account: None, voice: None };
        let mut said = false;
        for line in text.lines().take(MOST_LINES).take_while(|line| !line.trim().is_empty()) {
            let Some((name, value)) = line.split_once(':') else { return Err(Broken::Malformed) };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "messages-waiting" => {
                    said = true;
                    summary.waiting = value.eq_ignore_ascii_case("yes");
                }
                "message-account" => summary.account = Some(value.chars().take(256).collect()),
                "voice-message" => summary.voice = counts(value),
                _ => {}
            }
        }
        if said { Ok(summary) } else { Err(Broken::Unexpected) }
    }
}

/// `4/8 (1/2)`.
fn counts(value: &str) -> Option<Counts> {
    let (all, urgent) = value.split_once('(').unwrap_or((value, "0/0)"));
    let pair = |text: &str| {
        let (new, old) = text.split_once('/')?;
        Some((new.trim().parse().ok()?, old.trim().parse().ok()?))
    };
    let (new, old) = pair(all)?;
    let (urgent_new, urgent_old) = pair(urgent.trim().strip_suffix(')')?)?;
    Some(Counts { new, old, urgent_new, urgent_old })
}

/// Whose mailbox it is, is private.
impl fmt::Debug for MessageSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageSummary({}, {:?})", self.waiting, self.voice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let text = "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\n\
                    Voice-Message: 2/8 (0/2)\r\nFax-Message: 1/0\r\n\r\nTo: someone\r\nno header at all\r\n";
        let summary = MessageSummary::read(text.as_bytes()).unwrap();
        assert!(summary.waiting);
        assert_eq!(summary.account.as_deref(), Some("sip:alice@vmail.example.com"));
        assert_eq!(summary.voice, Some(Counts { new: 2, old: 8, urgent_new: 0, urgent_old: 2 }));
    }

    #[test]
    fn asterisk_and_freeswitch_say_less() {
        let asterisk = MessageSummary::read(b"Messages-Waiting: no\r\nVoice-Message: 0/3 (0/0)\r\n").unwrap();
        assert_eq!((asterisk.waiting, asterisk.voice.unwrap().old), (false, 3));
        let freeswitch = MessageSummary::read(b"MESSAGES-WAITING: Yes\nVoice-message: 1/0\n").unwrap();
        assert_eq!((freeswitch.waiting, freeswitch.voice.unwrap().new), (true, 1));
    }

    #[test]
    fn broken_ones_are_refused() {
        assert_eq!(MessageSummary::read(b"Voice-Message: 1/0\r\n"), Err(Broken::Unexpected));
        assert_eq!(MessageSummary::read(b"yes"), Err(Broken::Malformed));
        assert_eq!(MessageSummary::read(b"\xff"), Err(Broken::Malformed));
        for odd in ["1", "a/b", "1/2 (3", "1/2 (3/)", "99999999999/1"] {
            let text = format!("Messages-Waiting: yes\r\nVoice-Message: {odd}\r\n");
            assert_eq!(MessageSummary::read(text.as_bytes()).unwrap().voice, None, "{odd}");
        }
    }
}
