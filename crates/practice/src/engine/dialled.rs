//! The agent dials: somebody rings, and answers or not, as the [`directory`] says.

use super::directory::{self, Reached};
use super::from_queue::recording;
use super::line::{Caller, Line, Stage};
use super::{Engine, MediaOrder, Output};
use crate::happening::What;
use crate::queue::CustomerId;
use sidetone_media::Direction;
use sidetone_sip::api::{Command, IncomingCall};
use sidetone_sip::message::Uri;
use std::time::Instant;

/// More calls than this at once nobody needs on one machine.
const MOST_CALLS: usize = 64;

impl Engine {
    pub(super) fn on_dialled(&mut self, now: Instant, incoming: IncomingCall) {
        let user = Uri::parse(&incoming.request_uri).ok().and_then(|uri| uri.user()).unwrap_or_default();
        let reached = match directory::look_up(&user) {
            _ if self.callers.len() >= MOST_CALLS => Reached::Refused { code: 503 },
            reached => reached,
        };
        let call = incoming.call;
        let (script, ring) = match reached {
            Reached::Somebody { script, ring } => (self.library.get(script), ring),
            // Whoever it is never gets to say anything.
            Reached::Nobody { ring } => (self.library.get("answers-colleague"), ring),
            Reached::Refused { code } => {
                self.say(None, What::NotReached { code });
                return self.command(now, Command::Reject { call, code });
            }
        };
        let Some(script) = script else { return self.command(now, Command::Reject { call, code: 404 }) };
        let who = self.callers.new_id();
        self.say(Some(who), What::Dialled { script: script.id.clone() });
        self.command(now, Command::Ring { call });
        if matches!(reached, Reached::Somebody { .. }) {
            let (local, name) = (incoming.flow.local.ip(), recording(who, &script));
            self.outputs.push_back(Output::Open { call, local, name });
        }
        let stage = Stage::Dialled { call, negotiation: None, offer: incoming.sdp, due: now + ring };
        self.callers.insert(who, Caller { script, stage });
    }

    /// It has rung for long enough. Who has no sockets by now answers nobody.
    pub(super) fn take_call(&mut self, now: Instant, who: CustomerId) {
        let Some(caller) = self.callers.get(who) else { return };
        let stage = std::mem::replace(&mut caller.stage, Stage::Waiting);
        let Stage::Dialled { call, negotiation, offer, .. } = stage else {
            caller.stage = stage;
            return;
        };
        let Some(mut negotiation) = negotiation else {
            self.callers.remove(who);
            self.say(Some(who), What::NotReached { code: 480 });
            return self.command(now, Command::Reject { call, code: 480 });
        };
        let answered = match &offer {
            Some(offer) => {
                negotiation.answer(offer, Direction::SendRecv).map(|(sdp, plan)| (sdp, Some(plan)))
            }
            None => Ok((negotiation.offer(Direction::SendRecv), None)),
        };
        match answered {
            Ok((sdp, plan)) => {
                caller.stage = Stage::Answered(Line { call, negotiation });
                if let Some(plan) = plan {
                    self.media(call, MediaOrder::Apply(Box::new(plan)));
                }
                self.command(now, Command::Answer { call, sdp });
            }
            Err(_) => {
                self.callers.remove(who);
                self.media(call, MediaOrder::Close);
                self.say(Some(who), What::NotReached { code: 488 });
                self.command(now, Command::Reject { call, code: 488 });
            }
        }
    }
}
