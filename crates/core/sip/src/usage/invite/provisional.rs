//! What a caller hears before we answer (RFC 3261 section 13.3.1.1): ringing and early media, and the PRACKs for them
//! with the descriptions that they bring (RFC 3262 sections 3 and 5).

use super::{Context, incoming::Ringing, leg::First, sdp_of};
use crate::{
    api::Event,
    message::{Request, Response},
    stack::SDP,
    transaction::ServerId,
};
use bytes::Bytes;

impl Ringing {
    /// Sends a provisional response, reliably where that is wanted.
    pub(super) fn say(&mut self, context: &mut Context<'_>, response: Response) {
        if self.reliable.wants(&response) {
            self.reliable.send(context.now, context.stack, (self.server, response));
        } else {
            context.stack.respond(context.now, self.server, response);
        }
    }

    /// 183 with a description: the answer, which stays the same from then on, or an offer of ours, which only a
    /// reliable response may bring (RFC 3262 section 5).
    pub(super) fn send_early_media(&mut self, context: &mut Context<'_>, sdp: Bytes) {
        let sdp = match (self.leg.first, self.reliable.is_possible()) {
            (First::Theirs, true) if self.leg.spoken.is_some() => return,
            (First::Theirs, _) => self.leg.spoken.get_or_insert(sdp).clone(),
            (First::Awaited, true) => {
                self.leg.first = First::Ours;
                self.leg.spoken.insert(sdp).clone()
            }
            (First::Awaited, false) | (First::Ours | First::Done, _) => return,
        };
        let mut response = self.response(183);
        response.set_body(SDP, sdp);
        self.say(context, response);
    }

    /// The answer that went ahead stands in the 200 once more, for those who look nowhere else; after a change, or where
    /// the offer was ours, it would be an offer.
    pub(super) fn repeat_answer(&self, response: &mut Response) {
        let offered = sdp_of(&self.invite.headers, &self.invite.body);
        if let Some(sdp) = self.leg.spoken.clone().filter(|_| offered.is_some() && offered == self.leg.heard)
        {
            response.set_body(SDP, sdp);
        }
    }

    /// RFC 3262 sections 3 and 5: a PRACK for nothing gets 481; one for our offer must bring the answer; one behind our
    /// answer may bring another offer.
    pub(super) fn on_prack(&mut self, context: &mut Context<'_>, id: ServerId, request: Request) {
        let (now, rack) = (context.now, request.headers.rack());
        let described =
            rack.ok().and_then(|rack| self.reliable.awaiting(&rack)).map(|it| !it.body.is_empty());
        let Some(described) = described else { return context.stack.reply(now, id, &request, 481) };
        let sdp = sdp_of(&request.headers, &request.body);
        match (self.leg.first, sdp) {
            (First::Ours, None) if described => return context.stack.reply(now, id, &request, 400),
            (First::Ours, Some(sdp)) if described => {
                (self.leg.first, self.leg.heard) = (First::Done, Some(sdp.clone()));
                context.stack.reply(now, id, &request, 200);
                context.stack.say(Event::OfferAnswered { call: context.key, sdp });
            }
            (first, sdp) => {
                if first == First::Theirs && described {
                    self.leg.first = First::Done;
                }
                match sdp {
                    Some(_) => self.leg.on_change(context, id, request),
                    None => context.stack.reply(now, id, &request, 200),
                }
            }
        }
        self.reliable.acknowledge();
        self.reliable.send_next(now, context.stack, self.server);
    }
}
