//! Calls: dialling, holding and resuming, and the ways a call ends (CALL-2, 5, 6, 13).
//!
//! The agent talks in one call at most. Whatever starts another holds the one before: its sound is taken away at once,
//! whether the other side agrees to hold or not.

use super::Desk;
use crate::clock::Moment;
use crate::contact::{About, Ended, Hold, Phase, Role};
use crate::dial;
use crate::error::Error;
use crate::history::{Outcome, WrapUpState};
use crate::input::{EndCause, LegId, Party};
use crate::output::Output;
use crate::pii::Pii;
use crate::show;
use crate::view::{ContactId, Direction, NoticeKind, TroubleKind};

impl Desk {
    /// Calls someone; the call the agent talks in is held first.
    pub(super) fn dial(&mut self, now: Moment, entry: &str) -> Result<(), Error> {
        let dialled = match dial::parse(entry) {
            Ok(dialled) => dialled,
            Err(refusal) => return Err(self.bad_entry("dial", refusal.word())),
        };
        if !dialled.dropped.is_empty() {
            self.alerts.notice(now, NoticeKind::DialCleaned { dropped: dialled.dropped });
        }
        self.park_active(now);
        let leg = self.contacts.outgoing_leg();
        let row = self.tracker.row();
        let number = Pii::new(dialled.target.readable().to_owned());
        let about = About {
            direction: Direction::Outbound,
            direct: true,
            party: Pii::new(Party { name: None, number }),
            queue: None,
            dnis: None,
            variables: Vec::new(),
        };
        self.selected = Some(self.contacts.begin(now, row, Some(leg), about, Phase::Dialing).id);
        self.outputs.push_back(Output::Call { leg, target: Pii::new(dialled.target) });
        Ok(())
    }

    /// An entry that cannot be used, with its line in the log.
    pub(super) fn bad_entry(&mut self, field: &str, reason: &str) -> Error {
        let kind = TroubleKind::BadEntry { field: field.to_owned(), reason: reason.to_owned() };
        Error::BadEntry { trouble: self.trouble(kind) }
    }

    /// Holds the call that the agent talks in, if any.
    pub(super) fn park_active(&mut self, now: Moment) {
        for id in self.contacts.with_role(Role::Active) {
            self.hold(now, id);
        }
    }

    /// Holds a call. Its sound is gone at once.
    pub(super) fn hold(&mut self, now: Moment, id: ContactId) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.set_hold(now, Hold::Pausing, None);
        self.outputs.extend(contact.leg.map(Output::Hold));
    }

    /// Resumes a call; another active one is held first.
    pub(super) fn resume(&mut self, now: Moment, id: ContactId) {
        self.park_active(now);
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.set_hold(now, Hold::Resuming, None);
        self.outputs.extend(contact.leg.map(Output::Resume));
    }

    /// Mutes or unmutes the agent.
    pub(super) fn mute(&mut self, id: ContactId, on: bool) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        if contact.muted != on {
            contact.muted = on;
            self.outputs.extend(contact.leg.map(|leg| Output::Mute { leg, on }));
        }
    }

    /// Sends one key.
    pub(super) fn press(&mut self, id: ContactId, key: char) -> Result<(), Error> {
        let digit = key.to_ascii_uppercase();
        if !"0123456789*#ABCD".contains(digit) {
            return Err(self.bad_entry("key", "notAKey"));
        }
        let leg = self.contacts.get(id).and_then(|contact| contact.leg);
        self.outputs.extend(leg.map(|leg| Output::Digit { leg, digit: Pii::new(digit) }));
        Ok(())
    }

    /// The agent ends a call, or stops calling. The desk does not wait for the other side's word.
    pub(super) fn end(&mut self, now: Moment, id: ContactId) {
        if let Some(leg) = self.contacts.release_leg(id) {
            self.outputs.push_back(Output::Hangup(leg));
            self.leg_ended(now, id, EndCause::Local);
        }
    }

    /// Both sides are through. Where the platform connects by itself, its word is final: what goes on is held.
    pub(super) fn connected(&mut self, now: Moment, leg: LegId) {
        let Some(contact) = self.contacts.by_leg(leg) else { return };
        let id = contact.id;
        match contact.role() {
            // Of before a crash: what was recorded then is another file.
            Role::Active | Role::Parked => return self.record_by_itself(id),
            Role::Wrapping => return,
            Role::Offered | Role::InTransit => {}
        }
        self.park_active(now);
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.enter(now, Phase::Talking { ours: Hold::Off, held_by_them: false });
        contact.stamps.connected = Some(now);
        self.record(id, Outcome::Connected, WrapUpState::Pending);
        self.begin_beside(id);
        if self.selected.is_none() {
            self.selected = Some(id);
        }
    }

    /// The phone did what was asked. A late answer to what was overtaken changes nothing.
    pub(super) fn hold_done(&mut self, now: Moment, leg: LegId, on: bool) {
        let Some(contact) = self.contacts.by_leg(leg) else { return };
        match (contact.our_hold(), on) {
            (Some(Hold::Pausing), true) => contact.set_hold(now, Hold::On, None),
            (Some(Hold::Resuming), false) => contact.set_hold(now, Hold::Off, None),
            (Some(Hold::Off | Hold::On | Hold::Pausing | Hold::Resuming) | None, _) => {}
        }
    }

    /// The other side refused. A refused hold goes back to talking, but not into another call: then it stays on hold
    /// here, in silence. A refused resume stays on hold.
    pub(super) fn hold_failed(&mut self, now: Moment, leg: LegId, on: bool, kind: TroubleKind) {
        let engaged = self.contacts.any(Role::Active) || self.contacts.any(Role::InTransit);
        let Some(contact) = self.contacts.by_leg(leg) else { return };
        match (contact.our_hold(), on) {
            (Some(Hold::Pausing), true) if !engaged => {
                contact.set_hold(now, Hold::Resuming, None);
                self.outputs.push_back(Output::Resume(leg));
            }
            (Some(Hold::Pausing), true) | (Some(Hold::Resuming), false) => {
                contact.set_hold(now, Hold::On, None);
            }
            (Some(Hold::Off | Hold::On | Hold::Pausing | Hold::Resuming) | None, _) => return,
        }
        let trouble = self.trouble(kind);
        self.alerts.notice(now, NoticeKind::Failed { trouble });
    }

    /// A leg is over: what that means depends on how far the contact was.
    pub(super) fn leg_ended(&mut self, now: Moment, id: ContactId, cause: EndCause) {
        self.contacts.release_leg(id);
        let Some(contact) = self.contacts.get(id) else { return };
        match contact.phase {
            Phase::Assigning | Phase::Ringing { .. } | Phase::Answering => {
                self.incoming_failed(now, id, cause)
            }
            Phase::Dialing | Phase::RingingThere => self.outgoing_failed(now, id, cause),
            Phase::Talking { .. } => {
                let ended = match cause {
                    EndCause::Local => Ended::ByAgent,
                    EndCause::Party
                    | EndCause::Abandoned
                    | EndCause::AnsweredElsewhere
                    | EndCause::Rescinded => Ended::ByParty,
                    EndCause::Failed(kind) => Ended::Failed(self.trouble(kind)),
                };
                self.begin_wrap_up(now, id, ended);
            }
            Phase::WrapUp { .. } => {}
        }
    }

    fn incoming_failed(&mut self, now: Moment, id: ContactId, cause: EndCause) {
        let outcome = match cause {
            EndCause::Local => Outcome::Declined,
            EndCause::Party | EndCause::Abandoned => Outcome::Abandoned,
            EndCause::AnsweredElsewhere => Outcome::AnsweredElsewhere,
            EndCause::Rescinded => Outcome::Rescinded,
            EndCause::Failed(kind) => {
                self.tell_call_failed(now, id, kind);
                Outcome::Failed
            }
        };
        self.offer_ended(now, id, outcome);
    }

    fn outgoing_failed(&mut self, now: Moment, id: ContactId, cause: EndCause) {
        let (outcome, ended) = match cause {
            EndCause::Local | EndCause::Rescinded => (Outcome::Cancelled, Ended::ByAgent),
            EndCause::Party | EndCause::Abandoned | EndCause::AnsweredElsewhere => {
                (Outcome::Failed, self.tell_call_failed(now, id, TroubleKind::Declined))
            }
            EndCause::Failed(kind) => (Outcome::Failed, self.tell_call_failed(now, id, kind)),
        };
        if self.config.wrap_up.after_unanswered {
            self.begin_wrap_up(now, id, ended);
        } else {
            self.close(now, id, outcome);
        }
    }

    fn tell_call_failed(&mut self, now: Moment, id: ContactId, kind: TroubleKind) -> Ended {
        let trouble = self.trouble(kind);
        if let Some(contact) = self.contacts.get(id) {
            let party = show::party(&self.config, &contact.about.party);
            self.alerts.notice(now, NoticeKind::CallFailed { party, trouble: trouble.clone() });
        }
        Ended::Failed(trouble)
    }
}
