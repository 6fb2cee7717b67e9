//! Calls of before a crash: shown again as they were, with their timers (CALL-10).

use super::Desk;
use crate::beside::Recording;
use crate::clock::Moment;
use crate::contact::{About, Contact, Form, Hold, Phase, Role, Stamps};
use crate::history::{HistoryRow, Outcome, WrapUpState};
use crate::input::LegId;
use crate::live::{LiveCall, Sound};

impl Desk {
    /// What of a leg's call is needed to show it again after a crash; `None` where it is not up.
    pub fn live_call(&self, leg: LegId) -> Option<LiveCall> {
        let contact = self.contacts.iter().find(|contact| contact.leg == Some(leg))?;
        let sound = match contact.role() {
            Role::Offered | Role::Wrapping => return None,
            Role::Parked => Sound::Held,
            Role::Active | Role::InTransit if contact.muted => Sound::Muted,
            Role::Active | Role::InTransit => Sound::On,
        };
        Some(LiveCall {
            row: contact.record(&self.clock, Outcome::Connected, WrapUpState::Pending),
            direct: contact.about.direct,
            variables: contact.about.variables.clone(),
            sound,
            recorded: contact.beside.recording.live(),
        })
    }

    /// Whether the agent has muted a leg's call, as shown now.
    pub fn is_muted(&self, leg: LegId) -> bool {
        self.contacts.iter().any(|contact| contact.leg == Some(leg) && contact.muted)
    }

    /// Whether a leg's call has a recording, paused or not, as shown now.
    pub fn has_recording(&self, leg: LegId) -> bool {
        let has = |contact: &Contact| contact.beside.recording != Recording::Off;
        self.contacts.iter().any(|contact| contact.leg == Some(leg) && has(contact))
    }

    /// The phone goes on with a call of before. What else was talked in meanwhile is held.
    pub(super) fn restore_call(&mut self, now: Moment, leg: LegId, call: LiveCall) {
        let LiveCall { row, direct, variables, sound, recorded: _ } = call;
        let known = self.contacts.iter().any(|contact| contact.row == row.id || contact.leg == Some(leg));
        if known || self.contacts.is_gone(leg) {
            return;
        }
        let ours = match sound {
            Sound::On | Sound::Muted => Hold::Off,
            Sound::Held => Hold::On,
        };
        if ours == Hold::Off {
            self.park_active(now);
        }
        let stamps = Stamps {
            started: self.clock.recall(row.times.started),
            connected: Some(row.times.connected.map_or(now, |wall| self.clock.recall(wall))),
            ended: None,
        };
        let HistoryRow { id, direction, party, queue, dnis, wrap_up, .. } = row;
        let about = About { direction, direct, party, queue, dnis, variables };
        let phase = Phase::Talking { ours, held_by_them: false };
        let contact = self.contacts.begin(now, id, Some(leg), about, phase);
        contact.since = stamps.connected.unwrap_or(now);
        contact.stamps = stamps;
        contact.muted = sound == Sound::Muted;
        contact.form = Form { reason: wrap_up.reason, notes: wrap_up.notes, ..Form::default() };
        let id = contact.id;
        self.selected.get_or_insert(id);
        // Versions of what is typed count from 1 again: the row now holds what was typed before.
        self.record(id, Outcome::Connected, WrapUpState::Pending);
    }
}
