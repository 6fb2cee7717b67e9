//! From the network to queues and customers: what each event of the user agent means there.

use super::line::Stage;
use super::{Engine, MediaOrder, line::Line};
use crate::account::USER;
use crate::customer::Input as CustomerInput;
use crate::happening::{EndedBy, What};
use bytes::Bytes;
use rand::RngExt;
use sidetone_media::sdp::Config as SdpConfig;
use sidetone_media::{Direction, Negotiation, Plan, SdpError};
use sidetone_sip::api::{BoundContact, CallKey, Command, EndCause, Event, Failure};
use std::net::SocketAddr;
use std::time::Instant;

impl Engine {
    pub(super) fn on_sip(&mut self, now: Instant, event: Event) {
        match event {
            Event::Binding { aor_user, contact } if aor_user == USER => self.on_binding(now, contact),
            Event::IncomingCall(call) => self.on_dialled(now, *call),
            Event::Progress { call, code, .. } => self.on_progress(call, code),
            Event::Answered { call, sdp } => self.on_answered(now, call, &sdp),
            Event::Confirmed { call, sdp } => self.on_confirmed(now, call, sdp.as_deref()),
            Event::OfferReceived { call, sdp } => self.on_offer(now, call, sdp),
            Event::OfferAnswered { call, sdp } => self.on_offer_answered(now, call, &sdp),
            Event::OfferRefused { call, .. } => self.on_offer_refused(now, call),
            Event::Ended { call, cause } => self.on_ended(now, call, cause),
            // We register nowhere, and have no other users.
            _ => {}
        }
    }

    fn on_binding(&mut self, now: Instant, contact: Option<BoundContact>) {
        let (was_here, is_here) = (self.contact.is_some(), contact.is_some());
        self.contact = contact;
        if was_here == is_here {
            return;
        }
        self.say(None, if is_here { What::Registered } else { What::Unregistered });
        self.queues.agent_is_here(now, is_here);
        // Once a run: who signs in again wants no second welcome.
        if is_here
            && let Some((id, after)) = self.first.take()
            && let Some(script) = self.library.get(&id)
        {
            self.expected.push((now + after, script));
        }
    }

    fn on_progress(&mut self, call: CallKey, code: u16) {
        let Some((who, caller)) = self.callers.find(call) else { return };
        if code == 180 && matches!(caller.stage, Stage::Offered(_)) {
            self.say(Some(who), What::Ringing);
        }
    }

    fn on_answered(&mut self, now: Instant, call: CallKey, sdp: &[u8]) {
        let Some((who, caller)) = self.callers.find(call) else { return };
        let Stage::Offered(line) = &mut caller.stage else { return };
        match line.negotiation.accept_answer(sdp) {
            Ok(plan) => {
                self.queues.accepted(who);
                self.media(call, MediaOrder::Apply(Box::new(plan)));
                self.begin(now, who);
            }
            Err(error) => self.break_off(now, call, &error),
        }
    }

    fn on_confirmed(&mut self, now: Instant, call: CallKey, sdp: Option<&[u8]>) {
        let Some((who, caller)) = self.callers.find(call) else { return };
        let (first, line) = match &mut caller.stage {
            Stage::Answered(line) => (true, line),
            Stage::Talking(line, _) => (false, line),
            Stage::Waiting | Stage::Opening { .. } | Stage::Offered(_) | Stage::Dialled { .. } => return,
        };
        match sdp.map(|sdp| line.negotiation.accept_answer(sdp)).transpose() {
            Ok(plan) => {
                if let Some(plan) = plan {
                    self.go_on_by(now, call, plan);
                }
                if first {
                    self.begin(now, who);
                }
            }
            Err(error) => self.break_off(now, call, &error),
        }
    }

    fn on_offer(&mut self, now: Instant, call: CallKey, sdp: Option<Bytes>) {
        let talking = self.callers.find(call).and_then(|(_, caller)| caller.talking());
        let Some((Line { negotiation, .. }, _)) = talking else {
            return self.command(now, Command::RefuseOffer { call, code: 488 });
        };
        let Some(offer) = sdp else {
            let sdp = negotiation.offer(Direction::SendRecv);
            return self.command(now, Command::AnswerOffer { call, sdp });
        };
        match negotiation.answer(&offer, Direction::SendRecv) {
            Ok((sdp, plan)) => {
                self.command(now, Command::AnswerOffer { call, sdp });
                self.go_on_by(now, call, plan);
            }
            Err(_) => self.command(now, Command::RefuseOffer { call, code: 488 }),
        }
    }

    fn on_offer_answered(&mut self, now: Instant, call: CallKey, sdp: &[u8]) {
        let talking = self.callers.find(call).and_then(|(_, caller)| caller.talking());
        let Some((line, _)) = talking else { return };
        match line.negotiation.accept_answer(sdp) {
            Ok(plan) => {
                self.go_on_by(now, call, plan);
                self.tell_customer(now, call, CustomerInput::HoldSettled);
            }
            Err(error) => self.break_off(now, call, &error),
        }
    }

    /// The call goes on as it was; so does the customer.
    fn on_offer_refused(&mut self, now: Instant, call: CallKey) {
        let talking = self.callers.find(call).and_then(|(_, caller)| caller.talking());
        let Some((line, _)) = talking else { return };
        line.negotiation.withdraw_offer();
        self.tell_customer(now, call, CustomerInput::HoldSettled);
    }

    /// Both sides agreed, for the first time or anew.
    pub(super) fn go_on_by(&mut self, now: Instant, call: CallKey, plan: Plan) {
        let Some((who, caller)) = self.callers.find(call) else { return };
        let held = plan.held_by_them();
        let changed = caller.talking().is_some_and(|(_, customer)| customer.is_on_hold() != held);
        self.media(call, MediaOrder::Apply(Box::new(plan)));
        if changed {
            self.say(Some(who), What::OnHold { on: held });
            self.tell_customer(now, call, CustomerInput::OnHold(held));
        }
    }

    fn on_ended(&mut self, now: Instant, call: CallKey, cause: EndCause) {
        let Some((who, caller)) = self.callers.find(call) else { return };
        let before = std::mem::replace(&mut caller.stage, Stage::Waiting);
        self.media(call, MediaOrder::Close);
        match before {
            Stage::Waiting | Stage::Opening { .. } | Stage::Offered(_) => {
                let code = match &cause {
                    EndCause::Failed(Failure::Status { code, .. }) => Some(*code),
                    _ => None,
                };
                self.say(Some(who), What::Refused { code });
                self.queues.refused(now, who);
            }
            Stage::Dialled { .. } | Stage::Answered(_) | Stage::Talking(..) => {
                let by = match cause {
                    EndCause::Remote | EndCause::Replaced { .. } | EndCause::Cancelled { .. } => {
                        EndedBy::Agent
                    }
                    EndCause::Local => EndedBy::Customer,
                    EndCause::Failed(_) | EndCause::Broken(_) => EndedBy::Fault,
                };
                self.leave(now, who, by);
            }
        }
    }

    /// Somebody's call is over, and they are gone; some call again.
    pub(super) fn leave(&mut self, now: Instant, who: crate::queue::CustomerId, by: EndedBy) {
        let Some(caller) = self.callers.remove(who) else { return };
        self.say(Some(who), What::Ended { by });
        self.queues.left(now, who);
        if let Some(after) = caller.script.repeat {
            self.expected.push((now + after, caller.script));
        }
    }

    /// Nothing can be agreed: the call ends. `Ended` says the rest.
    fn break_off(&mut self, now: Instant, call: CallKey, error: &SdpError) {
        tracing::warn!(%error, "a call ends, since nothing can be agreed");
        self.command(now, Command::Hangup { call });
    }

    /// The answer to `Open`.
    pub(super) fn opened(&mut self, now: Instant, call: CallKey, sockets: Option<(SocketAddr, u16)>) {
        let negotiation = sockets.map(|(rtp, rtcp_port)| {
            Negotiation::new(SdpConfig { rtcp_port, ..SdpConfig::new(rtp) }, self.random.random())
        });
        let Some((who, caller)) = self.callers.find(call) else { return };
        match (&mut caller.stage, negotiation) {
            (Stage::Opening { .. }, Some(mut negotiation)) => {
                let sdp = negotiation.offer(Direction::SendRecv);
                caller.stage = Stage::Offered(Line { call, negotiation });
                self.invite(now, who, sdp);
            }
            (Stage::Opening { .. }, None) => {
                caller.stage = Stage::Waiting;
                self.say(Some(who), What::Refused { code: None });
                self.queues.refused(now, who);
            }
            (Stage::Dialled { negotiation, .. }, opened @ Some(_)) => *negotiation = opened,
            (Stage::Dialled { .. }, None) => self.command(now, Command::Reject { call, code: 503 }),
            (Stage::Waiting | Stage::Offered(_) | Stage::Answered(_) | Stage::Talking(..), _) => {}
        }
    }
}
