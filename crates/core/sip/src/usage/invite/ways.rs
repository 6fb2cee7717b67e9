//! By which other paths a call of ours may still go when the one it took leads nowhere (RFC 3263 section 4.3). Only
//! while nobody rings: two legs of one call never ring by two paths.

use crate::{
    api::{AccountKey, Flow, Outgoing},
    message::{Request, name},
    stack::Stack,
    usage::challenge,
};

/// The paths of a call.
pub(super) enum Ways {
    /// Its account has others than these.
    Open { account: AccountKey, tried: Vec<Flow> },
    /// There are no others, or somebody rings.
    Settled,
}

impl Ways {
    /// Of a call that takes this path.
    pub(super) fn of(placing: &Outgoing, path: Flow) -> Self {
        match (placing.account, placing.via) {
            (Some(account), None) => Ways::Open { account, tried: vec![path] },
            (Some(_) | None, _) => Ways::Settled,
        }
    }

    /// Somebody rings.
    pub(super) fn settle(&mut self) {
        *self = Ways::Settled;
    }

    /// The INVITE for the next path: the same transaction for whoever got it before, so that it does not ring twice
    /// there (RFC 3261 section 8.2.2.2). Our Contact and Route are those of the new path.
    pub(super) fn next(&mut self, stack: &mut Stack, sent: &Request) -> Option<(Request, Flow)> {
        let Ways::Open { account, tried } = self else { return None };
        let path = stack.accounts.get(*account)?.path_after(tried)?;
        tried.push(path);
        let mut invite = sent.clone();
        for left in [name::VIA, name::USER_AGENT, name::ROUTE] {
            invite.headers.remove(left);
        }
        let is_anonymous = invite.headers.contains("Privacy");
        let contact = if is_anonymous {
            stack.anonymous_contact(Some(*account), path)?
        } else {
            stack.contact(Some(*account), path)?
        };
        invite.headers.set(name::CONTACT, format!("<{contact}>"));
        stack.preload(*account, path, &mut invite);
        challenge::foresee(stack, &mut invite, path);
        Some((invite, path))
    }
}
