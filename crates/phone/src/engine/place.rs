//! Calls that others make for us or of ours: an INVITE that takes the place of a call (Replaces, RFC 3891) is answered by
//! itself and goes on as the same contact; a REFER of the own server is followed, where the admin lets it (RFC 3515).
//!
//! An INVITE that wants into a call (Join, RFC 3911) is refused: only the agent merges calls (CONF-1).

use super::Engine;
use super::leg::{Hold, MediaOrder, Stage, Wish, direction};
use crate::happening::What;
use sidetone_desk::command::Command;
use sidetone_desk::{LegId, Pii, Update};
use sidetone_media::Plan;
use sidetone_sip::api::{self as sip, IncomingCall, IncomingRefer, ReferKey};
use std::time::Instant;

/// A REFER that the next call of the desk follows.
struct Following {
    refer: ReferKey,
    /// Whom to call, `Replaces` included.
    target: String,
    referred_by: Option<String>,
}

/// Calls that others want us to make.
pub(super) struct Refers {
    /// Whether the admin lets them.
    allowed: bool,
    next: Option<Following>,
}

impl Refers {
    pub(super) const fn new(allowed: bool) -> Refers {
        Refers { allowed, next: None }
    }

    /// The desk did not call.
    pub(super) fn drop_next(&mut self) {
        self.next = None;
    }
}

impl Engine {
    /// Deals with a call that is about another one; gives back what is a call like any other.
    pub(super) fn take_place(&mut self, now: Instant, incoming: IncomingCall) -> Option<IncomingCall> {
        if incoming.about.joins.is_some() {
            self.command_agent(now, sip::Command::Reject { call: incoming.call, code: 488 });
            return None;
        }
        let replaced = incoming.about.replaces;
        let Some((leg, state)) = replaced.and_then(|old| self.legs.find(old)) else { return Some(incoming) };
        let (held, talks) = match &state.stage {
            Stage::Up(hold) => (hold.wanted(), true),
            Stage::Calling { .. } => (false, false),
            Stage::Offered { .. }
            | Stage::Answering { .. }
            | Stage::Whispering { .. }
            | Stage::Answered
            | Stage::Opening { .. }
            | Stage::Waking { .. }
            | Stage::Reopening(_)
            | Stage::Resuming(_) => return Some(incoming),
        };
        let Some(negotiation) = state.negotiation.as_mut() else { return Some(incoming) };
        negotiation.meet_another();
        let answered = match &incoming.sdp {
            Some(offer) => negotiation.answer(offer, direction(held)).map(|(sdp, plan)| (sdp, Some(plan))),
            None => Ok((negotiation.offer(direction(held)), None)),
        };
        let call = incoming.call;
        let Ok((sdp, plan)) = answered else {
            self.command_agent(now, sip::Command::Reject { call, code: 488 });
            return None;
        };
        // The one before ends without a word to the desk: from here on nobody is found by it.
        self.legs.move_to(leg, call);
        self.goes_by(now, leg, incoming.flow.transport);
        self.command_agent(now, sip::Command::Answer { call, sdp });
        let party = Pii::new(self.rules.read(&incoming).party);
        self.tell_desk(now, Update::PartyChanged { leg, party });
        self.say(leg, What::Replaced);
        if talks {
            self.go_on_elsewhere(now, leg, held, plan)
        } else {
            self.begin_elsewhere(now, leg, plan)
        }
        None
    }

    /// A call that was up goes on with somebody else. A change that was under way is agreed with them.
    fn go_on_elsewhere(&mut self, now: Instant, leg: LegId, held: bool, plan: Option<Plan>) {
        if let Some(state) = self.legs.get(leg) {
            state.stage = Stage::Up(Hold::Settled { ours: held });
        }
        self.tell_desk(now, Update::HoldDone { leg, on: held });
        if let Some(plan) = plan {
            self.go_on_by(now, leg, plan);
        }
    }

    /// A call that rang there came back to us, answered.
    fn begin_elsewhere(&mut self, now: Instant, leg: LegId, plan: Option<Plan>) {
        self.media(leg, MediaOrder::Ringback(false));
        match plan {
            Some(plan) => self.up(now, leg, plan),
            None => {
                if let Some(state) = self.legs.get(leg) {
                    state.codec = None;
                    state.stage = Stage::Answered;
                }
            }
        }
    }

    /// Somebody wants us to call. Followed for the own server only, and where the admin lets it: nobody else sends an
    /// agent's phone to call strangers.
    pub(super) fn on_refer(&mut self, now: Instant, refer: IncomingRefer) {
        let key = refer.refer;
        let refused = |code| sip::Command::RefuseRefer { refer: key, code };
        if !self.refers.allowed || refer.account.is_none() {
            return self.command_agent(now, refused(603));
        }
        let callee = refer.target.split('?').next().unwrap_or_default().to_owned();
        let referred_by = refer.referred_by.map(|by| format!("<{}>", by.uri));
        self.refers.next = Some(Following { refer: key, target: refer.target, referred_by });
        let dial = sidetone_desk::Input::Command(Command::Dial { target: callee });
        if self.desk.handle_input(now, dial).is_err() {
            self.refers.drop_next();
            self.command_agent(now, refused(486));
        }
    }

    /// The desk calls. Where that is for a REFER, its sender is told how it goes, and the target is the REFER's own.
    pub(super) fn follow(&mut self, now: Instant, call: sip::CallKey, target: String) -> Stage {
        let Some(following) = self.refers.next.take() else {
            return Stage::Opening { target, wish: Wish::Agent };
        };
        self.command_agent(now, sip::Command::FollowRefer { refer: following.refer, call });
        Stage::Opening { target: following.target, wish: Wish::Refer { by: following.referred_by } }
    }
}
