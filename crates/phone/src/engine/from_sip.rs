//! From SIP to the desk: what each event of the user agent means there, and what it means for a call's media.

use super::inviting::is_of_media;
use super::leg::{Change, Hold, MediaOrder, Stage, direction};
use super::{Engine, MediaRules, Output, Towards, Way, facts, trouble};
use crate::happening::What;
use bytes::Bytes;
use rand::RngExt;
use sidetone_desk::view::TroubleKind;
use sidetone_desk::{EndCause as DeskEnd, LegId, Offer, Pii, Update};
use sidetone_media::sdp::{Config as SdpConfig, Policy};
use sidetone_media::{Direction, Negotiation, Plan, SdpError};
use sidetone_sip::api::{self as sip, Address, CallKey, EndCause, Event, Failure, IncomingCall};
use std::time::Instant;

impl Engine {
    pub(super) fn on_sip(&mut self, now: Instant, event: Event) {
        match event {
            Event::Registered { account, path, expires } => self.on_registered(now, account, path, expires),
            Event::RegistrationFailed { account, why, retry_in } => {
                self.on_registration_failed(now, account, &why, retry_in);
            }
            Event::Unregistered { account } => self.on_unregistered(now, account),
            Event::IncomingCall(call) => self.on_incoming(now, *call),
            Event::Progress { call, code, sdp } => self.on_progress(now, call, code, sdp),
            Event::Answered { call, sdp } => self.on_answered(now, call, &sdp),
            Event::Confirmed { call, sdp } => self.on_confirmed(now, call, sdp),
            Event::OfferReceived { call, sdp } => self.on_offer(now, call, sdp),
            Event::OfferAnswered { call, sdp } => self.on_offer_answered(now, call, &sdp),
            Event::OfferRefused { call, why } => self.on_offer_refused(now, call, &why),
            Event::Ended { call, cause } => self.on_ended(now, call, cause),
            Event::TransferProgress { call, code } => self.on_transfer_progress(call, code),
            Event::TransferEnded { call, outcome } => self.on_transfer_ended(now, call, outcome),
            Event::ReferReceived(refer) => self.on_refer(now, *refer),
            Event::Asked { call, what } => self.on_asked(now, call, what),
            Event::PeerChanged { call, peer } => self.on_peer_changed(now, call, &peer),
            Event::Digit { call, digit } => self.on_digit(call, digit),
            Event::Subscription { subscription, state } => self.on_subscription(subscription, &state),
            Event::Notified { subscription, notification } => self.on_notified(subscription, &notification),
            Event::Published { outcome, .. } => self.on_published(outcome),
            Event::Reported { outcome, .. } => self.on_reported(&outcome),
            Event::MessageSent { outcome, .. } => self.on_message_sent(&outcome),
            Event::MessageReceived(message) => self.on_message(&message),
            Event::MessagesWaiting { notification, .. } => self.on_messages_waiting(&notification),
            Event::Located { lookup, paths } => self.on_located(now, lookup, paths),
            Event::PathChanged { call, path } => self.on_path_changed(now, call, path),
            // Bindings belong to a registrar, which a phone is not.
            Event::Binding { .. } => {}
        }
    }

    fn on_incoming(&mut self, now: Instant, call: IncomingCall) {
        if self.session.is_ending() {
            return self.command_agent(now, sip::Command::Reject { call: call.call, code: 480 });
        }
        let Some(call) = self.take_place(now, call) else { return };
        // A call that could never be talked in must not ring.
        if let Some(offer) = &call.sdp
            && let Err(error) =
                self.negotiation(&Way::plain(call.flow.local, 0)).answer(offer, Direction::SendRecv)
        {
            let code = if matches!(error, SdpError::Syntax(_)) { 400 } else { 488 };
            self.command_agent(now, sip::Command::Reject { call: call.call, code });
            return;
        }
        let leg = LegId::Incoming(call.call.0);
        let facts = self.rules.read(&call);
        let (local, offer) = (call.flow.local.ip(), call.sdp);
        self.legs.insert(leg, call.call, Stage::Offered { local, offer: offer.clone() });
        if let Some(state) = self.legs.get(leg) {
            state.whisper = self.rules.whispers.of(facts.queue.as_deref());
        }
        self.prepare(leg, local, offer.as_ref());
        self.say(leg, What::Incoming { queue: facts.queue.clone() });
        self.goes_by(now, leg, call.flow.transport);
        self.command_agent(now, sip::Command::Ring { call: call.call });
        let offer = Offer {
            leg,
            assigning: false,
            direct: facts.queue.is_none(),
            party: Pii::new(facts.party),
            queue: facts.queue,
            dnis: facts.dnis,
            variables: facts.variables,
            accept_timeout: None,
            auto_answer: facts.answer_after,
        };
        self.tell_desk(now, Update::Offer(offer));
    }

    fn on_peer_changed(&mut self, now: Instant, call: CallKey, peer: &Address) {
        if let Some((leg, _)) = self.legs.find(call) {
            self.tell_desk(now, Update::PartyChanged { leg, party: Pii::new(facts::party(peer)) });
        }
    }

    fn on_progress(&mut self, now: Instant, call: CallKey, code: u16, sdp: Option<Bytes>) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        let Stage::Calling { early, .. } = &mut state.stage else { return };
        let plan = sdp.and_then(|sdp| state.negotiation.as_mut()?.accept_answer(&sdp).ok());
        let ringing_tone = code == 180 && plan.is_none() && !*early;
        *early |= plan.is_some();
        if let Some(plan) = plan {
            self.media(leg, MediaOrder::Ringback(false));
            self.apply(now, leg, plan);
            // Of several phones that say something the newest is heard (RFC 3960 section 3.1).
            self.media(leg, MediaOrder::Sound(true));
        }
        if code >= 180 {
            if ringing_tone {
                self.media(leg, MediaOrder::Ringback(true));
            }
            self.say(leg, What::Ringing);
            self.tell_desk(now, Update::Ringing { leg });
        }
    }

    fn on_answered(&mut self, now: Instant, call: CallKey, sdp: &[u8]) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        if !matches!(state.stage, Stage::Calling { .. }) {
            return;
        }
        let was_changed = state.codec.is_some();
        let plan = accept(state.negotiation.as_mut(), sdp);
        self.media(leg, MediaOrder::Ringback(false));
        match plan {
            Ok(plan) => self.up(now, leg, plan),
            // An offer of theirs took the place of ours while it rang: what was agreed then holds.
            Err(SdpError::NoOffer) if was_changed => {
                self.media(leg, MediaOrder::Sound(true));
                self.connected(now, leg);
            }
            Err(error) => self.give_up(now, leg, trouble::of_sdp(&error)),
        }
    }

    fn on_confirmed(&mut self, now: Instant, call: CallKey, sdp: Option<Bytes>) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        let plan = sdp.map(|sdp| accept(state.negotiation.as_mut(), &sdp));
        let first = matches!(state.stage, Stage::Answered);
        match (first, plan) {
            (_, Some(Err(error))) => self.give_up(now, leg, trouble::of_sdp(&error)),
            (true, Some(Ok(plan))) => self.up(now, leg, plan),
            // Our offer was in the 200, and the ACK must answer it (RFC 3264 section 4, RFC 3261 section 13.2.1).
            (true, None) if state.codec.is_none() => {
                self.give_up(now, leg, trouble::of_sdp(&SdpError::NoOffer))
            }
            // Their offer was in the INVITE: media runs since the 200.
            (true, None) => self.connected(now, leg),
            (false, Some(Ok(plan))) => self.go_on_by(now, leg, plan),
            (false, None) => {}
        }
    }

    fn on_offer(&mut self, now: Instant, call: CallKey, sdp: Option<Bytes>) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        let (direction, is_up) = match &state.stage {
            Stage::Up(hold) => (hold.direction(), true),
            Stage::Calling { early: true, .. } => (Direction::SendRecv, false),
            _ => return self.command_agent(now, sip::Command::RefuseOffer { call, code: 488 }),
        };
        let Some(negotiation) = state.negotiation.as_mut() else {
            return self.command_agent(now, sip::Command::RefuseOffer { call, code: 488 });
        };
        let Some(offer) = sdp else {
            let sdp = negotiation.offer(direction);
            self.command_agent(now, sip::Command::AnswerOffer { call, sdp });
            return;
        };
        match negotiation.answer(&offer, direction) {
            Ok((sdp, plan)) => {
                self.command_agent(now, sip::Command::AnswerOffer { call, sdp });
                if is_up {
                    self.go_on_by(now, leg, plan);
                    self.offer_pending_anew(now, leg);
                } else {
                    self.apply(now, leg, plan);
                }
            }
            Err(_) => self.command_agent(now, sip::Command::RefuseOffer { call, code: 488 }),
        }
    }

    /// A change of ours that waits (theirs came first) is described anew: the answer to theirs took the place of what
    /// it was made from (RFC 3264 section 8). The user agent sends the latest one.
    fn offer_pending_anew(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get(id) else { return };
        let on = match leg.stage {
            Stage::Up(Hold::Asking { hold, .. }) => hold,
            Stage::Up(Hold::Changing { ours, .. }) => ours,
            _ => return,
        };
        let Some(negotiation) = leg.negotiation.as_mut() else { return };
        let (call, sdp) = (leg.call, negotiation.offer(direction(on)));
        self.command_agent(now, sip::Command::Offer { call, sdp });
    }

    fn on_offer_answered(&mut self, now: Instant, call: CallKey, sdp: &[u8]) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        if let Stage::Resuming(_) = state.stage {
            return match accept(state.negotiation.as_mut(), sdp) {
                Ok(plan) => self.resumed(now, leg, plan),
                Err(error) => self.give_up(now, leg, trouble::of_sdp(&error)),
            };
        }
        if let Stage::Up(Hold::Changing { .. }) = state.stage {
            if let Ok(plan) = accept(state.negotiation.as_mut(), sdp) {
                self.go_on_by(now, leg, plan);
            }
            return self.changed(now, leg);
        }
        let Stage::Up(Hold::Asking { hold, next, .. }) = state.stage else { return };
        match accept(state.negotiation.as_mut(), sdp) {
            Ok(plan) => {
                state.stage = Stage::Up(Hold::Settled { ours: hold });
                self.say(leg, if hold { What::Held } else { What::Resumed { gap_ms: None } });
                self.tell_desk(now, Update::HoldDone { leg, on: hold });
                self.go_on_by(now, leg, plan);
                self.follow_up(now, leg, next);
            }
            Err(error) => self.hold_failed(now, leg, trouble::of_sdp(&error)),
        }
    }

    fn on_offer_refused(&mut self, now: Instant, call: CallKey, why: &Failure) {
        let server = self.server_name();
        let Some((leg, state)) = self.legs.find(call) else { return };
        if let Some(negotiation) = &mut state.negotiation {
            negotiation.withdraw_offer();
        }
        if let Stage::Up(Hold::Changing { .. }) = state.stage {
            return self.changed(now, leg);
        }
        self.hold_failed(now, leg, trouble::of_failure(why, &server));
    }

    fn hold_failed(&mut self, now: Instant, leg: LegId, trouble: TroubleKind) {
        let Some(state) = self.legs.get(leg) else { return };
        let Stage::Up(Hold::Asking { hold, ours, next }) = state.stage else { return };
        state.stage = Stage::Up(Hold::Settled { ours });
        self.tell_desk(now, Update::HoldFailed { leg, on: hold, trouble });
        self.follow_up(now, leg, next);
    }

    /// What the agent wanted while the last change was under way.
    pub(super) fn follow_up(&mut self, now: Instant, leg: LegId, next: Option<bool>) {
        if let Some(change) = self.legs.get(leg).and_then(|leg| leg.owes.take()) {
            self.offer_again(now, leg, change);
        }
        if let Some(on) = next {
            self.hold(now, leg, on);
        }
    }

    fn on_ended(&mut self, now: Instant, call: CallKey, cause: EndCause) {
        if self.try_otherwise(now, call, &cause) {
            return;
        }
        let (server, demands) = (self.server_name(), self.media.security.policy == Policy::Require);
        let Some((leg, state)) = self.legs.find(call) else { return };
        let (offered, resuming) = (state.is_offered(), matches!(state.stage, Stage::Resuming(_)));
        let probed = matches!(state.stage, Stage::Up(Hold::Changing { change: Change::Probe, .. }));
        let (said, code, cause) = match cause {
            EndCause::Local => ("agent", None, DeskEnd::Local),
            EndCause::Remote | EndCause::Replaced { .. } => ("party", None, DeskEnd::Party),
            EndCause::Cancelled { answered_elsewhere: true } => {
                ("answered_elsewhere", None, DeskEnd::AnsweredElsewhere)
            }
            EndCause::Cancelled { answered_elsewhere: false } => ("cancelled", None, DeskEnd::Abandoned),
            EndCause::Failed(why) | EndCause::Broken(why) if resuming => {
                ("broken", trouble::code(&why), DeskEnd::Failed(TroubleKind::NotResumed))
            }
            EndCause::Broken(why) if probed => {
                ("broken", trouble::code(&why), DeskEnd::Failed(TroubleKind::MediaLost))
            }
            EndCause::Failed(why) if demands && is_of_media(&why) => {
                ("refused", trouble::code(&why), DeskEnd::Failed(TroubleKind::NotEncrypted))
            }
            EndCause::Failed(why) => ("refused", trouble::code(&why), failed(&why, &server)),
            EndCause::Broken(why) => ("broken", trouble::code(&why), failed(&why, &server)),
        };
        let said = if said == "agent" && offered { "declined" } else { said };
        self.media(leg, MediaOrder::Close);
        if let Some(mut state) = self.legs.remove(leg) {
            self.sum_up(now, &mut state);
            self.outputs.push_back(Output::Happened(Some(state.number), What::Ended { cause: said, code }));
        }
        self.keep(call, None);
        self.tell_desk(now, Update::Ended { leg, cause });
    }

    /// The sockets are there, or they are not.
    pub(super) fn opened(&mut self, now: Instant, leg: LegId, way: Result<Way, TroubleKind>) {
        let way = match way {
            Ok(way) => way,
            // Better no sound for a while than no call: the next change may bring an address.
            Err(_) if matches!(self.legs.get(leg).map(|leg| &leg.stage), Some(Stage::Up(_))) => return,
            Err(trouble) => return self.give_up(now, leg, trouble),
        };
        let mut negotiation = self.negotiation(&way);
        let Some(state) = self.legs.get(leg) else {
            // The call was over before its sockets were there: nobody else would close them.
            return self.media(leg, MediaOrder::Close);
        };
        let call = state.call;
        match std::mem::replace(&mut state.stage, Stage::Answered) {
            Stage::Answering { offer, beep } => {
                let offer = match beep {
                    true => match self.whisper(now, leg, &way, offer) {
                        Ok(()) => return,
                        Err(offer) => offer,
                    },
                    false => offer,
                };
                let Some(state) = self.legs.get(leg) else { return };
                let answer = match &offer {
                    Some(offer) => {
                        negotiation.answer(offer, Direction::SendRecv).map(|(sdp, plan)| (sdp, Some(plan)))
                    }
                    None => Ok((negotiation.offer(Direction::SendRecv), None)),
                };
                state.negotiation = Some(negotiation);
                match answer {
                    Ok((sdp, plan)) => self.answer(now, leg, call, sdp, plan, beep),
                    Err(error) => self.give_up(now, leg, trouble::of_sdp(&error)),
                }
            }
            Stage::Opening { target, wish } => {
                let sdp = negotiation.offer(Direction::SendRecv);
                state.negotiation = Some(negotiation);
                self.invite(now, leg, &way, (&target, wish), sdp);
            }
            Stage::Whispering { offer, until, .. } => {
                state.stage = Stage::Whispering { offer, way: Box::new(way), until };
            }
            Stage::Reopening(waking) => self.reopened(now, leg, &way, waking),
            Stage::Up(hold) => {
                state.stage = Stage::Up(hold);
                self.moved(now, leg, way);
            }
            other @ (Stage::Offered { .. }
            | Stage::Answered
            | Stage::Calling { .. }
            | Stage::Waking { .. }
            | Stage::Resuming(_)) => state.stage = other,
        }
    }

    fn answer(
        &mut self,
        now: Instant,
        leg: LegId,
        call: CallKey,
        sdp: Bytes,
        plan: Option<Plan>,
        beep: bool,
    ) {
        if let Some(plan) = plan {
            self.apply(now, leg, plan);
            self.media(leg, MediaOrder::Sound(true));
        }
        if beep {
            self.media(leg, MediaOrder::Beep);
        }
        self.command_agent(now, sip::Command::Answer { call, sdp });
    }

    /// Both sides agreed for the first time.
    pub(super) fn up(&mut self, now: Instant, leg: LegId, plan: Plan) {
        self.apply(now, leg, plan);
        self.media(leg, MediaOrder::Sound(true));
        self.connected(now, leg);
    }

    fn connected(&mut self, now: Instant, leg: LegId) {
        let Some(state) = self.legs.get(leg) else { return };
        state.stage = Stage::Up(Hold::Settled { ours: false });
        let codec = state.codec.map(|codec| codec.name().to_owned());
        let path = state.goes_by.take();
        self.say(leg, What::Connected { codec });
        self.tell_desk(now, Update::Connected { leg });
        match path {
            Some(path) => self.open(leg, Towards::Server(path)),
            None => self.follow_up(now, leg, None),
        }
    }

    /// Both sides agreed anew.
    pub(super) fn go_on_by(&mut self, now: Instant, leg: LegId, plan: Plan) {
        let held = plan.held_by_them()
            && !matches!(self.legs.get(leg).map(|l| &l.stage), Some(Stage::Up(h)) if h.agreed());
        self.apply(now, leg, plan);
        self.tell_desk(now, Update::HeldByThem { leg, on: held });
    }

    /// The call cannot go on: end it on the wire, and tell the desk why.
    pub(super) fn give_up(&mut self, now: Instant, leg: LegId, trouble: TroubleKind) {
        let Some(mut state) = self.legs.remove(leg) else { return };
        self.sum_up(now, &mut state);
        let command = match state.stage {
            Stage::Answering { .. } | Stage::Offered { .. } | Stage::Whispering { .. } => {
                sip::Command::Reject { call: state.call, code: 488 }
            }
            Stage::Waking { waking, .. } | Stage::Reopening(waking) => {
                self.keep(state.call, None);
                sip::Command::EndSaved { saved: Box::new(waking.kept.saved) }
            }
            Stage::Resuming(_) => sip::Command::Hangup { call: state.call },
            Stage::Opening { .. } | Stage::Answered | Stage::Calling { .. } | Stage::Up(_) => {
                sip::Command::Hangup { call: state.call }
            }
        };
        self.command_agent(now, command);
        self.outputs.push_back(Output::Media(leg, MediaOrder::Close));
        let cause = trouble::cause(&trouble);
        self.outputs.push_back(Output::Happened(Some(state.number), What::Ended { cause, code: None }));
        self.tell_desk(now, Update::Ended { leg, cause: DeskEnd::Failed(trouble) });
    }

    fn apply(&mut self, now: Instant, leg: LegId, plan: Plan) {
        if let Some(state) = self.legs.get(leg) {
            state.codec = Some(plan.codec);
            state.digits_by_rtp = plan.telephone_event.is_some();
            state.should_be_heard = plan.direction.receives() && !plan.held_by_them();
        }
        self.agreed_on(now, leg, &plan.protection);
        self.media(leg, MediaOrder::Apply(Box::new(plan)));
    }

    pub(super) fn media(&mut self, leg: LegId, order: MediaOrder) {
        self.outputs.push_back(Output::Media(leg, order));
    }

    pub(super) fn negotiation(&mut self, way: &Way) -> Negotiation {
        let MediaRules { codecs, opus, comfort_noise, security } = self.media.clone();
        let (rtp, rtcp_port, candidates) = (way.rtp, way.rtcp_port, way.candidates.clone());
        let config =
            SdpConfig { rtcp_port, codecs, opus, comfort_noise, security, candidates, ..SdpConfig::new(rtp) };
        Negotiation::new(config, self.seeds.random())
    }
}

fn accept(negotiation: Option<&mut Negotiation>, sdp: &[u8]) -> Result<Plan, SdpError> {
    negotiation.ok_or(SdpError::NoOffer)?.accept_answer(sdp)
}

fn failed(why: &Failure, server: &str) -> DeskEnd {
    DeskEnd::Failed(trouble::of_failure(why, server))
}
