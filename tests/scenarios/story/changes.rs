//! What a customer's phone does about changes of a call: offers them, agrees, disagrees.

use super::{Customer, Story};
use bytes::Bytes;
use sidetone_desk::{LegId, Update};
use sidetone_media::Direction;
use sidetone_phone::engine::Input;
use sidetone_sip::api::{self as sip, CallKey, Event};
use std::time::Duration;

impl Story {
    /// An edge tells the desk something.
    pub(crate) fn update(&mut self, update: Update) {
        self.input(Input::Update(update)).unwrap();
    }

    /// What was played beside a leg's talk is over, or there was nothing to be played.
    pub(crate) fn played(&mut self, leg: LegId, played: bool) {
        self.input(Input::Played { leg, played }).unwrap();
    }

    /// The customer puts the agent on hold, or takes them off it.
    pub(crate) fn customer_holds(&mut self, customer: &mut Customer, on: bool) {
        let direction = if on { Direction::SendOnly } else { Direction::SendRecv };
        let sdp = customer.negotiation.offer(direction);
        let call = customer.call;
        self.order(sip::Command::Offer { call, sdp });
        self.until("answered", |story| story.answer_to(call).is_some());
        let answer = self.answer_to(call).unwrap();
        self.server(|_, server| server.events.retain(|event| !matches!(event, Event::OfferAnswered { .. })));
        customer.negotiation.accept_answer(&answer).unwrap();
    }

    /// The customer's phone answers every change that the desk offers.
    pub(crate) fn customer_agrees(&mut self, customer: &mut Customer) -> Bytes {
        self.until("offered a change", |story| story.offer_to(customer.call).is_some());
        let offer = self.offer_to(customer.call).unwrap();
        self.server(|_, server| server.events.retain(|event| !is_offer(event, customer.call)));
        let (sdp, _) = customer.negotiation.answer(&offer, Direction::SendRecv).unwrap();
        self.order(sip::Command::AnswerOffer { call: customer.call, sdp });
        offer
    }

    /// The same, where it takes its time until the desk offers one.
    pub(crate) fn customer_agrees_later(&mut self, customer: &mut Customer) {
        let call = customer.call;
        self.until_within("offered a change", Duration::from_secs(4), |story| story.offer_to(call).is_some());
        self.customer_agrees(customer);
    }

    /// The customer's phone refuses a change.
    pub(crate) fn customer_disagrees(&mut self, customer: &Customer) {
        self.until("offered a change", |story| story.offer_to(customer.call).is_some());
        self.order(sip::Command::RefuseOffer { call: customer.call, code: 488 });
    }

    fn answer_to(&self, call: CallKey) -> Option<Bytes> {
        self.server_events().find_map(|event| match event {
            Event::OfferAnswered { call: answered, sdp } if *answered == call => Some(sdp.clone()),
            _ => None,
        })
    }

    fn offer_to(&self, call: CallKey) -> Option<Bytes> {
        self.server_events().find_map(|event| match event {
            Event::OfferReceived { call: offered, sdp: Some(sdp) } if *offered == call => Some(sdp.clone()),
            _ => None,
        })
    }
}

fn is_offer(event: &Event, call: CallKey) -> bool {
    matches!(event, Event::OfferReceived { call: offered, .. } if *offered == call)
}
