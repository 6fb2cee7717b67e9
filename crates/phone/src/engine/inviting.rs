//! A call of ours goes out; and where the other side refuses what it offers (488, 606, 415), once more with another offer,
//! without the agent's doing: protected otherwise, and at last, where the policy lets it, not at all.
//!
//! A call that a REFER asked for is not tried again: its sender was told how it ended.

use super::leg::{Stage, Wish};
use super::session::WORK;
use super::{Engine, Way};
use bytes::Bytes;
use sidetone_desk::LegId;
use sidetone_sip::api::{self as sip, CallKey, EndCause, Failure, Outgoing};
use std::time::Instant;

impl Engine {
    pub(super) fn invite(
        &mut self,
        now: Instant,
        leg: LegId,
        way: &Way,
        (target, wish): (&str, Wish),
        sdp: Bytes,
    ) {
        let Some(state) = self.legs.get(leg) else { return };
        let (call, account) = (state.call, way.via.is_none().then_some(WORK));
        let (may_retry, referred_by) = match wish {
            Wish::Agent => (true, None),
            Wish::Refer { by } => (false, by),
        };
        let headers = referred_by.map(|by| ("Referred-By".to_owned(), by)).into_iter().collect();
        let outgoing = Box::new(Outgoing { account, headers, ..Outgoing::to(target, way.via, sdp) });
        state.stage = Stage::Calling { early: false, again: may_retry.then(|| outgoing.clone()) };
        self.command_agent(now, sip::Command::Call { call, outgoing });
        if let Some(path) = way.via.or(self.path_now()) {
            self.goes_by(now, leg, path.transport);
        }
    }

    /// Whether a call that is refused goes on with another offer.
    pub(super) fn try_otherwise(&mut self, now: Instant, refused: CallKey, cause: &EndCause) -> bool {
        if !matches!(cause, EndCause::Failed(why) if is_of_media(why)) {
            return false;
        }
        let Some((leg, state)) = self.legs.find(refused) else { return false };
        let (Stage::Calling { early: false, again: Some(again) }, Some(negotiation)) =
            (&state.stage, state.negotiation.as_mut())
        else {
            return false;
        };
        let Some(sdp) = negotiation.offer_otherwise() else { return false };
        let outgoing = Box::new(Outgoing { sdp, ..again.as_ref().clone() });
        let call = self.agent.new_call_key();
        self.legs.move_to(leg, call);
        self.command_agent(now, sip::Command::Call { call, outgoing });
        true
    }
}

/// Whether what was offered is not borne as it is (RFC 3261 sections 21.4.13, 21.4.26, 21.6.4).
pub(super) const fn is_of_media(why: &Failure) -> bool {
    matches!(why, Failure::Status { code: 415 | 488 | 606, .. })
}
