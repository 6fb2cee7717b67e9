//! A running call as it is kept for the time after a crash (CALL-10): what the user agent needs to go on with it, and what
//! the desk needs to show it. Its text is JSON; what is read may be anything, and is an error then.

use serde::{Deserialize, Serialize};
use sidetone_desk::view::{CodeId, ContactId, Direction, UnixMillis};
use sidetone_desk::{
    HistoryRow, LiveCall, Outcome, Party, Pii, Recorded, RowId, Sound, Times, Variable, WrapUpRecord,
    WrapUpState,
};
use sidetone_sip::api::SavedCall;

const VERSION: u32 = 2;

/// One running call.
#[derive(Clone, PartialEq)]
pub struct Kept {
    /// How often it was begun to go on with it, without getting there.
    pub attempts: u32,
    /// For the desk.
    pub call: LiveCall,
    /// For the user agent.
    pub saved: SavedCall,
}

/// Who is spoken to, and how they are reached, is nobody's business.
impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// Why a text is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a call that this version kept")]
pub struct NotKept;

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    attempts: u32,
    row: String,
    direction: Direction,
    direct: bool,
    party: WrittenParty,
    queue: Option<String>,
    dnis: Option<String>,
    variables: Vec<WrittenVariable>,
    times: WrittenTimes,
    sound: String,
    recorded: String,
    notes: WrittenNotes,
    call: String,
}

#[derive(Serialize, Deserialize)]
struct WrittenParty {
    name: Option<String>,
    number: String,
}

/// In milliseconds of 1970.
#[derive(Serialize, Deserialize)]
struct WrittenTimes {
    started: i64,
    connected: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct WrittenVariable {
    label: String,
    value: String,
    secure: bool,
    order: u16,
}

#[derive(Serialize, Deserialize)]
struct WrittenNotes {
    reason: Option<String>,
    text: String,
}

const SOUNDS: [(&str, Sound); 3] = [("on", Sound::On), ("muted", Sound::Muted), ("held", Sound::Held)];

const RECORDED: [(&str, Recorded); 3] =
    [("no", Recorded::No), ("yes", Recorded::Yes), ("paused", Recorded::Paused)];

impl Kept {
    /// As it is written.
    pub fn to_text(&self) -> String {
        let LiveCall { row, direct, variables, sound, recorded } = &self.call;
        let party = row.party.reveal();
        let variable = |variable: &Variable| WrittenVariable {
            label: variable.label.clone(),
            value: variable.value.reveal().clone(),
            secure: variable.secure,
            order: variable.order,
        };
        let written = Written {
            version: VERSION,
            attempts: self.attempts,
            row: row.id.0.clone(),
            direction: row.direction.clone(),
            direct: *direct,
            party: WrittenParty {
                name: party.name.as_ref().map(|name| name.reveal().clone()),
                number: party.number.reveal().clone(),
            },
            queue: row.queue.clone(),
            dnis: row.dnis.clone(),
            // What is secret stays off the disk: it is not shown again after a crash.
            variables: variables.iter().filter(|variable| !variable.secure).map(variable).collect(),
            times: WrittenTimes {
                started: row.times.started.0,
                connected: row.times.connected.map(|at| at.0),
            },
            sound: SOUNDS.iter().find(|(_, of)| of == sound).map_or("on", |(word, _)| word).to_owned(),
            recorded: RECORDED
                .iter()
                .find(|(_, of)| of == recorded)
                .map_or("no", |(word, _)| word)
                .to_owned(),
            notes: WrittenNotes {
                reason: row.wrap_up.reason.as_ref().map(|reason| reason.0.clone()),
                text: row.wrap_up.notes.reveal().clone(),
            },
            call: self.saved.to_text(),
        };
        // Strings and numbers only: there is nothing in it that JSON has no words for.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads what [`Kept::to_text`] wrote.
    ///
    /// # Errors
    /// It is anything else.
    pub fn from_text(text: &str) -> Result<Self, NotKept> {
        let written: Written = serde_json::from_str(text).map_err(|_| NotKept)?;
        if written.version != VERSION {
            return Err(NotKept);
        }
        let saved = SavedCall::from_text(&written.call).map_err(|_| NotKept)?;
        let sound = SOUNDS.iter().find(|(word, _)| *word == written.sound).ok_or(NotKept)?.1;
        let recorded = RECORDED.iter().find(|(word, _)| *word == written.recorded).ok_or(NotKept)?.1;
        let variable = |variable: WrittenVariable| Variable {
            label: variable.label,
            value: Pii::new(variable.value),
            secure: variable.secure,
            order: variable.order,
        };
        let row = HistoryRow {
            id: RowId(written.row),
            // Rows of this run count from 1.
            contact: ContactId(0),
            direction: written.direction,
            party: Pii::new(Party {
                name: written.party.name.map(Pii::new),
                number: Pii::new(written.party.number),
            }),
            queue: written.queue,
            dnis: written.dnis,
            times: Times {
                started: UnixMillis(written.times.started),
                connected: written.times.connected.map(UnixMillis),
                ended: None,
            },
            outcome: Outcome::Connected,
            ended_by: None,
            sounded: None,
            wrap_up: WrapUpRecord {
                state: WrapUpState::Pending,
                reason: written.notes.reason.map(CodeId),
                notes: Pii::new(written.notes.text),
            },
        };
        let variables = written.variables.into_iter().map(variable).collect();
        let call = LiveCall { row, direct: written.direct, variables, sound, recorded };
        Ok(Kept { attempts: written.attempts, call, saved })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sidetone_sip::api::{Flow, Transport};
    use std::time::Duration;

    fn kept() -> Kept {
        let flow = Flow {
            transport: Transport::Tls,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.2:5061".parse().unwrap(),
        };
        let saved = SavedCall {
            account: "sip:agent@example.org".into(),
            call_id: "abc@192.0.2.1".into(),
            local: "<sip:agent@example.org>;tag=a".into(),
            remote: "\"Ann \\\"A\\\" Lee\" <sip:1@example.org>;tag=b".into(),
            local_cseq: 7,
            remote_cseq: Some(9),
            routes: vec!["<sip:p.example.org;lr>".into()],
            target: "sip:1@192.0.2.9".into(),
            contact: "sip:agent@192.0.2.1".into(),
            flow,
            session_expires: Some(Duration::from_secs(1800)),
            ours: false,
        };
        let party =
            Party { name: Some(Pii::new("Ann \"A\" Lee".into())), number: Pii::new("+15550100".into()) };
        let row = HistoryRow {
            id: RowId("ROW".into()),
            contact: ContactId(0),
            direction: Direction::Inbound,
            party: Pii::new(party),
            queue: Some("Support".into()),
            dnis: None,
            times: Times { started: UnixMillis(1), connected: Some(UnixMillis(2)), ended: None },
            outcome: Outcome::Connected,
            ended_by: None,
            sounded: None,
            wrap_up: WrapUpRecord {
                state: WrapUpState::Pending,
                reason: Some(CodeId("billing".into())),
                notes: Pii::new("line one\nline \u{7f}two".into()),
            },
        };
        let variable =
            Variable { label: "Order".into(), value: Pii::new("4711".into()), secure: false, order: 3 };
        let call = LiveCall {
            row,
            direct: false,
            variables: vec![variable],
            sound: Sound::Held,
            recorded: Recorded::Paused,
        };
        Kept { attempts: 1, call, saved }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let kept = kept();
        assert!(Kept::from_text(&kept.to_text()) == Ok(kept));
    }

    #[test]
    fn what_is_secret_is_not_written() {
        let mut kept = kept();
        kept.call.variables[0].secure = true;
        assert!(!kept.to_text().contains("4711"));
    }

    #[test]
    fn what_is_something_else_is_refused_and_nothing_personal_is_printed() {
        let text = kept().to_text();
        for other in [
            "",
            "{}",
            &text[..text.len() / 2],
            &text.replace("\"version\":2", "\"version\":3"),
            &text.replace("\"held\"", "\"loud\""),
            &text.replace("\"paused\"", "\"perhaps\""),
            &text.replace("sidetone-call", "sidetone-cell"),
        ] {
            assert!(Kept::from_text(other) == Err(NotKept), "{other}");
        }
        let printed = format!("{:?}", kept());
        assert!(!printed.contains("Ann") && !printed.contains("4711") && !printed.contains("example"));
    }
}
