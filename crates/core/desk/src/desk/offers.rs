//! Offers: who may ring, and the ways an offer ends (OFFER-3, 8, 9).
//!
//! A queue offer rings only while the agent is Available and free: no live contact, no wrap-up. The moment that is no
//! longer so, for example since another one was accepted, it goes back to its queue. Calls to the agent in person ring
//! as a second line too, where the admin allows.

use super::Desk;
use crate::availability::{Availability, MissedOffer};
use crate::clock::Moment;
use crate::contact::{About, Phase, Role};
use crate::history::Outcome;
use crate::input::{LegId, Offer};
use crate::output::{Output, RejectReason};
use crate::show;
use crate::view::{CauseView, ContactId, Direction, NoticeKind};
use std::time::Duration;

/// More than this many at once is not an offer but an attack.
const MOST_OFFERS: usize = 32;
/// Less than this nobody can react to.
const SHORTEST_RING: Duration = Duration::from_secs(1);

impl Desk {
    /// A contact is offered, or what is known about one has changed.
    pub(super) fn offer(&mut self, now: Moment, offer: Offer) {
        let ours = match offer.leg {
            LegId::Incoming(_) => false,
            LegId::Outgoing(_) => true,
        };
        if ours || self.contacts.is_gone(offer.leg) {
            return;
        }
        let timeout = offer.accept_timeout.unwrap_or(self.config.accept_timeout).max(SHORTEST_RING);
        let (leg, assigning, auto_answer) = (offer.leg, offer.assigning, offer.auto_answer);
        let take_at = auto_answer.filter(|pause| !pause.is_zero()).map(|pause| now.after(pause));
        let ringing = Phase::Ringing { deadline: now.after(timeout), take_at };
        let at_once = auto_answer.is_some_and(|pause| pause.is_zero()) || self.config.auto_answer;
        let about = about(offer);
        let id = if let Some(contact) = self.contacts.by_leg(leg) {
            // Whether it is direct was decided with: it is not changed under a ringing offer.
            contact.about = About { direct: contact.about.direct, ..about };
            if assigning || contact.phase != Phase::Assigning {
                return;
            }
            contact.enter(now, ringing);
            contact.id
        } else {
            if let Some(reason) = self.refusal(about.direct) {
                return self.refuse(now, leg, about, reason);
            }
            let row = self.tracker.row();
            let phase = if assigning { Phase::Assigning } else { ringing };
            self.contacts.begin(now, row, Some(leg), about, phase).id
        };
        if at_once && !assigning && !self.contacts.any_live() {
            self.accept(now, id, true);
        }
    }

    /// Why an offer cannot be made now, if so.
    fn refusal(&self, direct: bool) -> Option<RejectReason> {
        let engaged = self.contacts.any_live();
        let wrapping = self.contacts.any(Role::Wrapping);
        let (idle_rings, engaged_rings) =
            (self.config.direct.while_idle && direct, self.config.direct.while_engaged && direct);
        if !self.session.is_in() {
            Some(RejectReason::NotReady)
        } else if self.contacts.with_role(Role::Offered).len() >= MOST_OFFERS {
            Some(RejectReason::Busy)
        } else if !self.agent.is_available() && !idle_rings {
            Some(RejectReason::NotReady)
        } else if (engaged && !engaged_rings) || (!engaged && wrapping && !idle_rings) {
            Some(RejectReason::Busy)
        } else {
            None
        }
    }

    /// Refuses a call that never shows. A direct one stands in the history, so that the agent can call back; a queue's
    /// goes on to somebody else.
    fn refuse(&mut self, now: Moment, leg: LegId, about: About, reason: RejectReason) {
        self.outputs.push_back(Output::Reject { leg, reason });
        if !about.direct {
            return self.contacts.forget_leg(leg);
        }
        let row = self.tracker.row();
        let id = self.contacts.begin(now, row, Some(leg), about, Phase::Assigning).id;
        self.close(now, id, Outcome::Refused);
    }

    /// An offer rang for as long as it asked to. An agent who talks by now takes it by hand.
    pub(super) fn take_by_itself(&mut self, now: Moment, id: ContactId) {
        if !self.contacts.any_live() {
            return self.accept(now, id, true);
        }
        if let Some(Phase::Ringing { take_at, .. }) =
            self.contacts.get_mut(id).map(|contact| &mut contact.phase)
        {
            *take_at = None;
        }
    }

    /// Takes an offer. The call the agent talks in is held first (CALL-5).
    pub(super) fn accept(&mut self, now: Moment, id: ContactId, beep: bool) {
        self.park_active(now);
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.enter(now, Phase::Answering);
        if let Some(leg) = contact.leg {
            self.outputs.push_back(Output::Answer { leg, beep });
        }
        self.selected = Some(id);
    }

    /// The agent gives an offer back (OFFER-9).
    pub(super) fn decline(&mut self, now: Moment, id: ContactId) {
        let missed = self.config.rona_on_decline.then(|| self.missed_queue_offer(id)).flatten();
        self.reject(now, id, RejectReason::Declined, Outcome::Declined);
        if let Some(missed) = missed {
            self.become_rona(missed);
        }
    }

    /// Nobody took it in time (OFFER-3). Only a queue's offer makes the agent RONA: for a direct call there is no queue
    /// that would send the next one into the void.
    pub(super) fn miss(&mut self, now: Moment, id: ContactId) {
        let missed = self.missed_queue_offer(id);
        self.reject(now, id, RejectReason::Missed, Outcome::Missed);
        if let Some(missed) = missed {
            self.become_rona(missed);
        }
    }

    fn missed_queue_offer(&self, id: ContactId) -> Option<MissedOffer> {
        let about = &self.contacts.get(id)?.about;
        (!about.direct).then(|| MissedOffer { party: about.party.clone(), queue: about.queue.clone() })
    }

    fn become_rona(&mut self, missed: MissedOffer) {
        self.agent.availability = Availability::Rona(Some(missed));
        self.agent.because(CauseView::Rona);
    }

    fn reject(&mut self, now: Moment, id: ContactId, reason: RejectReason, outcome: Outcome) {
        if let Some(leg) = self.contacts.release_leg(id) {
            self.outputs.push_back(Output::Reject { leg, reason });
        }
        self.close(now, id, outcome);
    }

    /// Gives back what may not ring any more.
    pub(super) fn give_back_offers(&mut self, now: Moment) {
        let busy = self.contacts.any_live() || self.contacts.any(Role::Wrapping);
        for id in self.contacts.with_role(Role::Offered) {
            let direct = self.contacts.get(id).is_some_and(|contact| contact.about.direct);
            let reason = if !self.session.is_in() || (!direct && !self.agent.is_available()) {
                RejectReason::NotReady
            } else if !direct && busy {
                RejectReason::Busy
            } else {
                continue;
            };
            self.reject(now, id, reason, Outcome::Rescinded);
        }
    }

    /// The offer ended without us: tells the agent what became of it.
    pub(super) fn offer_ended(&mut self, now: Moment, id: ContactId, outcome: Outcome) {
        let Some(contact) = self.contacts.get(id) else { return };
        let party = show::party(&self.config, &contact.about.party);
        match outcome {
            Outcome::Abandoned => self.alerts.notice(now, NoticeKind::Abandoned { party }),
            Outcome::AnsweredElsewhere => self.alerts.notice(now, NoticeKind::AnsweredElsewhere { party }),
            Outcome::Connected
            | Outcome::Missed
            | Outcome::Declined
            | Outcome::Rescinded
            | Outcome::Refused
            | Outcome::Cancelled
            | Outcome::Failed => {}
        }
        self.close(now, id, outcome);
    }
}

fn about(offer: Offer) -> About {
    let Offer { direct, party, queue, dnis, variables, .. } = offer;
    About { direction: Direction::Inbound, direct, party, queue, dnis, variables }
}
