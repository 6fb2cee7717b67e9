//! An INVITE that claims a call of ours: its place (Replaces, RFC 3891) or a part in it (Join, RFC 3911).
//!
//! Who claims must come from the account's server, or from where the call's own messages come; others get 403 (RFC 3891
//! section 7, RFC 3911 section 6): who knows a call's tags may have overheard them. What replaces is announced as
//! [`About::replaces`](crate::api::About::replaces); answering it ends the call that it replaces, and nothing else does.
//! A call that nobody answered can't be joined (488): there is nothing to mix.

use super::{Calls, Phase};
use crate::{
    api::{About, CallKey, EndCause},
    dialog::Dialog,
    message::{Request, name},
    stack::Stack,
    transaction::ServerId,
    usage::refer::dialog_id::DialogId,
};
use std::time::Instant;

/// What an INVITE claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Nothing,
    /// The place of this call.
    Place(CallKey),
    /// A part in this call.
    Part(CallKey),
}

impl Claim {
    /// Says it.
    pub(super) fn tell(self, about: &mut About) {
        match self {
            Claim::Nothing => {}
            Claim::Place(call) => about.replaces = Some(call),
            Claim::Part(call) => about.joins = Some(call),
        }
    }
}

/// How a call stands to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Ours, and not answered.
    EarlyOurs,
    /// Theirs, and not answered.
    EarlyTheirs,
    Confirmed,
    Over,
}

impl Calls {
    /// What this INVITE claims. `Err`: what it is refused with.
    pub(super) fn claim(&self, stack: &Stack, id: ServerId, invite: &Request) -> Result<Claim, u16> {
        let place = DialogId::claimed(&invite.headers, name::REPLACES).map_err(|_| 400_u16)?;
        let part = DialogId::claimed(&invite.headers, name::JOIN).map_err(|_| 400_u16)?;
        match (place, part) {
            (None, None) => Ok(Claim::Nothing),
            (Some(_), Some(_)) => Err(400),
            (Some(wanted), None) => {
                let (call, standing) = self.claimed(stack, id, &wanted)?;
                match standing {
                    Standing::Over => Err(603),
                    Standing::EarlyTheirs => Err(481),
                    Standing::Confirmed if wanted.early_only => Err(486),
                    Standing::Confirmed | Standing::EarlyOurs => Ok(Claim::Place(call)),
                }
            }
            (None, Some(wanted)) => {
                let (call, standing) = self.claimed(stack, id, &wanted)?;
                match standing {
                    Standing::Over => Err(603),
                    Standing::EarlyTheirs | Standing::EarlyOurs => Err(488),
                    Standing::Confirmed => Ok(Claim::Part(call)),
                }
            }
        }
    }

    /// The one call in this dialog (RFC 3891 section 3), if who asks may know of it.
    fn claimed(&self, stack: &Stack, id: ServerId, wanted: &DialogId) -> Result<(CallKey, Standing), u16> {
        let mut found = self.calls.iter().filter_map(|(key, call)| {
            let is = |dialog: &&Dialog| dialog.is(&wanted.call_id, &wanted.local, &wanted.remote);
            let (dialog, standing) = match &call.phase {
                Phase::Calling(calling) => (calling.dialogs().find(is)?, Standing::EarlyOurs),
                Phase::Ringing(ringing) => (ringing.dialog(), Standing::EarlyTheirs),
                Phase::Up(session) => (&session.leg.dialog, Standing::Confirmed),
                Phase::Leaving(leaving) => (leaving.dialog()?, Standing::Over),
            };
            is(&dialog).then_some((*key, dialog, standing))
        });
        let (Some((key, dialog, standing)), None) = (found.next(), found.next()) else { return Err(481) };
        let flow = stack.servers.flow(id).ok_or(481_u16)?;
        let same_way = dialog.came_by().remote.ip() == flow.remote.ip();
        if same_way || stack.accounts.is_server(flow) { Ok((key, standing)) } else { Err(403) }
    }

    /// A call of theirs was answered: the one whose place it takes ends (RFC 3891 section 3).
    pub(super) fn take_over(&mut self, now: Instant, stack: &mut Stack, by: CallKey) {
        let Some(call) = self.calls.get_mut(&by).filter(|call| call.phase.up().is_some()) else { return };
        let Claim::Place(old) = std::mem::replace(&mut call.claim, Claim::Nothing) else { return };
        let cause = EndCause::Replaced { by };
        self.turn(now, stack, old, |phase, context| match phase {
            Phase::Calling(calling) => calling.end(context, cause),
            Phase::Up(session) => session.end(context, cause),
            Phase::Ringing(_) | Phase::Leaving(_) => phase,
        });
    }
}
