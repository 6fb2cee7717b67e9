//! From the desk to SIP, media, ringer and store: what each of its outputs means there.

use super::leg::{Hold, MediaOrder, Stage, direction};
use super::session::Session;
use super::{Draft, Engine, Output, Towards};
use crate::happening::What;
use sidetone_desk::view::TroubleKind;
use sidetone_desk::{self as desk, EndCause, LegId, RejectReason, Target, Update};
use sidetone_sip::api as sip;
use std::time::Instant;

impl Engine {
    pub(super) fn on_desk(&mut self, now: Instant, output: desk::Output) {
        match output {
            desk::Output::ViewChanged => self.outputs.push_back(Output::ViewChanged),
            desk::Output::StartRinging(ring) => self.outputs.push_back(Output::StartRinging(ring)),
            desk::Output::StopRinging => self.outputs.push_back(Output::StopRinging),
            desk::Output::Answer { leg, beep } => self.take(now, leg, beep),
            desk::Output::Reject { leg, reason } => self.reject(now, leg, reason),
            desk::Output::Call { leg, target } => self.call(now, leg, target.reveal()),
            desk::Output::Hold(leg) => self.hold(now, leg, true),
            desk::Output::Resume(leg) => self.hold(now, leg, false),
            desk::Output::Mute { leg, on } => self.media(leg, MediaOrder::Mute(on)),
            desk::Output::Digit { leg, digit } => self.digit(now, leg, digit),
            desk::Output::Record { leg, wish } => self.recorder(leg, wish),
            desk::Output::Greet { leg, name } => self.outputs.push_back(Output::Greet { leg, name }),
            desk::Output::StopGreeting(leg) => self.media(leg, MediaOrder::StopPlaying),
            desk::Output::Hangup(leg) => self.hang_up(now, leg),
            desk::Output::SaveDraft { row, contact, version, reason, notes } => {
                self.outputs.push_back(Output::SaveDraft(Draft { row, contact, version, reason, notes }));
            }
            desk::Output::RecordHistory(row) => self.outputs.push_back(Output::RecordHistory(row)),
            desk::Output::SaveState(state) => self.outputs.push_back(Output::SaveState(state)),
            desk::Output::SignOut => self.sign_out(now),
            desk::Output::Log { tracking, trouble } => self.outputs.push_back(Output::Log(tracking, trouble)),
        }
    }

    fn take(&mut self, now: Instant, id: LegId, beep: bool) {
        let Some(leg) = self.legs.get(id) else { return };
        let Stage::Offered { local, offer } = &mut leg.stage else { return };
        let (local, offer) = (*local, offer.take());
        leg.stage = Stage::Answering { offer, beep };
        self.open_to_answer(now, id, local);
    }

    fn reject(&mut self, now: Instant, leg: LegId, reason: RejectReason) {
        let Some(call) = self.legs.call(leg) else { return };
        let (code, said) = match reason {
            RejectReason::Declined => (603, "declined"),
            RejectReason::Missed => (480, "missed"),
            RejectReason::Busy => (486, "busy"),
            RejectReason::NotReady => (480, "not_ready"),
        };
        self.say(leg, What::Ended { cause: said, code: Some(code) });
        self.close_prepared(leg);
        self.legs.remove(leg);
        self.command_agent(now, sip::Command::Reject { call, code });
    }

    fn call(&mut self, now: Instant, leg: LegId, target: &Target) {
        let (target, route) = match (&self.session, target) {
            (Session::In { account, path, .. }, Target::Number(number)) => {
                (on_domain(number, &account.aor), Route::By(*path))
            }
            (Session::In { path, .. }, Target::Uri(uri)) => (uri.clone(), Route::By(*path)),
            (Session::Direct { transport, .. }, Target::Uri(uri)) => (uri.clone(), Route::Direct(*transport)),
            (Session::Direct { aor, transport }, Target::Number(number)) => {
                (on_domain(number, aor), Route::Direct(*transport))
            }
            (
                Session::Out
                | Session::SigningIn { .. }
                | Session::SigningOut
                | Session::Leaving
                | Session::Ended,
                _,
            ) => {
                self.refers.drop_next();
                let trouble = TroubleKind::Other { detail: "nobody is signed in".to_owned() };
                return self.tell_desk(now, Update::Ended { leg, cause: EndCause::Failed(trouble) });
            }
        };
        let call = self.agent.new_call_key();
        let stage = self.follow(now, call, target.clone());
        self.legs.insert(leg, call, stage);
        self.say(leg, What::Outgoing);
        match route {
            Route::By(path) => self.open(leg, Towards::Server(path)),
            Route::Direct(transport) => self.locate(now, leg, &target, transport),
        }
    }

    pub(super) fn hold(&mut self, now: Instant, id: LegId, on: bool) {
        self.media(id, MediaOrder::Sound(!on));
        let Some(leg) = self.legs.get(id) else { return };
        if let Stage::Waking { waking, .. } | Stage::Reopening(waking) | Stage::Resuming(waking) =
            &mut leg.stage
        {
            return waking.next = Some(on);
        }
        let (Stage::Up(hold), Some(negotiation)) = (&mut leg.stage, leg.negotiation.as_mut()) else { return };
        match hold {
            // They refused the hold before: only the sound was missing.
            Hold::Settled { ours } if *ours == on => {
                return self.tell_desk(now, Update::HoldDone { leg: id, on });
            }
            Hold::Settled { ours } => *hold = Hold::Asking { hold: on, ours: *ours, next: None },
            // One change at a time (RFC 3261 section 14.1): this one follows the answer.
            Hold::Asking { next, .. } | Hold::Changing { next, .. } => return *next = Some(on),
        }
        let (call, sdp) = (leg.call, negotiation.offer(direction(on)));
        self.command_agent(now, sip::Command::Offer { call, sdp });
    }

    pub(super) fn hang_up(&mut self, now: Instant, id: LegId) {
        self.media(id, MediaOrder::Ringback(false));
        self.media(id, MediaOrder::Sound(false));
        let Some(leg) = self.legs.get(id) else { return };
        let call = leg.call;
        match &leg.stage {
            // Nothing was sent yet.
            Stage::Opening { .. } | Stage::Waking { .. } | Stage::Reopening(_) => {
                self.say(id, What::Ended { cause: "agent", code: None });
                self.media(id, MediaOrder::Close);
                // Who sent us to call is told.
                self.command_agent(now, sip::Command::Hangup { call });
                if let Some(Stage::Waking { waking, .. } | Stage::Reopening(waking)) =
                    self.legs.remove(id).map(|leg| leg.stage)
                {
                    self.end_unwoken(now, call, *waking);
                }
            }
            Stage::Offered { .. }
            | Stage::Answering { .. }
            | Stage::Whispering { .. }
            | Stage::Answered
            | Stage::Calling { .. }
            | Stage::Resuming(_)
            | Stage::Up(_) => self.command_agent(now, sip::Command::Hangup { call }),
        }
    }
}

/// Which way a call of ours goes.
enum Route {
    /// By the account's server.
    By(sip::Flow),
    /// Straight to its target.
    Direct(Option<sip::Transport>),
}

/// A number at the domain of an address of record.
pub(super) fn on_domain(number: &str, aor: &str) -> String {
    let domain = aor.rsplit('@').next().unwrap_or_default();
    // `#` may not stand in a SIP URI's user part (RFC 3261 section 25.1).
    format!("sip:{}@{domain}", number.replace('#', "%23"))
}
