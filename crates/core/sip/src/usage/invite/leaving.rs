//! What the network still has to hear of a call that is over for us: CANCEL and its race with a 2xx (RFC 3261 section
//! 9.1), a BYE that must wait for an ACK, a BYE that is challenged (section 15).

use super::{Context, Phase, strays::dismiss, unacked::Unacked};
use crate::{
    api::Failure,
    dialog::Dialog,
    message::{Method, Reason, Request, Response, name, reason_phrase},
    stack::Owner,
    transaction::{Answer, ClientId, ServerId, Timer, cancel_for},
    usage::challenge,
};
use std::time::Instant;

/// How a call leaves.
pub(super) enum Leaving {
    /// Nothing came for our INVITE yet: a CANCEL must wait (section 9.1).
    WantsCancel { client: ClientId },
    /// Our CANCEL is sent, the INVITE's answer is awaited.
    Cancelled,
    /// Our 2xx has no ACK yet: a BYE must wait (section 15).
    WantsBye { dialog: Box<Dialog>, unacked: Box<Unacked> },
    /// Our BYE is sent.
    Bye { dialog: Box<Dialog>, client: ClientId },
    /// Our BYE is sent once more: the path broke under the first one.
    LastBye { client: ClientId },
    /// Nothing is left to say; answers that come late are still dealt with.
    Gone,
}

/// Sends the BYE.
pub(super) fn hang_up(context: &mut Context<'_>, mut dialog: Dialog) -> Phase {
    let bye = dialog.request(Method::Bye);
    send_first(context, bye, dialog)
}

/// Sends a BYE that says why (RFC 3326).
pub(super) fn hang_up_for(context: &mut Context<'_>, mut dialog: Dialog, why: &Failure) -> Phase {
    let mut bye = dialog.request(Method::Bye);
    bye.headers.push(name::REASON, reason_of(why).to_string());
    send_first(context, bye, dialog)
}

fn reason_of(why: &Failure) -> Reason {
    let cause = match why {
        Failure::Status { code, .. } => *code,
        Failure::Credentials => 403,
        Failure::Timeout => 408,
        Failure::Transport | Failure::NoSuchName => 503,
        Failure::Protocol => 400,
    };
    let text = reason_phrase(cause).to_owned();
    Reason { protocol: "SIP".to_owned(), cause: Some(cause), text: Some(text) }
}

fn send_first(context: &mut Context<'_>, mut bye: Request, dialog: Dialog) -> Phase {
    challenge::foresee(context.stack, &mut bye, dialog.flow());
    Phase::Leaving(send(context, bye, dialog))
}

fn send(context: &mut Context<'_>, bye: Request, dialog: Dialog) -> Leaving {
    match context.stack.request(context.now, bye, dialog.flow(), Owner::Bye(context.key)) {
        Some(client) => Leaving::Bye { dialog: Box::new(dialog), client },
        None => Leaving::Gone,
    }
}

impl Leaving {
    /// Gives our INVITE up.
    pub(super) fn cancel(context: &mut Context<'_>, client: ClientId) -> Self {
        match context.stack.clients.cancel(context.now, client) {
            Some((invite, flow)) => {
                context.stack.cancel(context.now, cancel_for(&invite), flow);
                Leaving::Cancelled
            }
            None => Leaving::WantsCancel { client },
        }
    }

    pub(super) fn dialog(&self) -> Option<&Dialog> {
        match self {
            Leaving::WantsBye { dialog, .. } | Leaving::Bye { dialog, .. } => Some(dialog),
            Leaving::WantsCancel { .. } | Leaving::Cancelled | Leaving::LastBye { .. } | Leaving::Gone => {
                None
            }
        }
    }

    pub(super) fn dialog_mut(&mut self) -> Option<&mut Dialog> {
        match self {
            Leaving::WantsBye { dialog, .. } | Leaving::Bye { dialog, .. } => Some(dialog),
            Leaving::WantsCancel { .. } | Leaving::Cancelled | Leaving::LastBye { .. } | Leaving::Gone => {
                None
            }
        }
    }

    pub(super) fn on_answer(self, context: &mut Context<'_>, answer: Answer<Owner>) -> Phase {
        let is_invite = answer.request.method == Method::Invite;
        if is_invite && answer.response.is_success() {
            dismiss(context, &answer);
            return match self {
                Leaving::WantsCancel { .. } | Leaving::Cancelled => Phase::GONE,
                Leaving::WantsBye { .. } | Leaving::Bye { .. } | Leaving::LastBye { .. } | Leaving::Gone => {
                    Phase::Leaving(self)
                }
            };
        }
        Phase::Leaving(match self {
            Leaving::WantsCancel { client } if client == answer.id && answer.response.is_provisional() => {
                Leaving::cancel(context, client)
            }
            Leaving::WantsCancel { client } if client == answer.id => Leaving::Gone,
            Leaving::Cancelled if is_invite && !answer.response.is_provisional() => Leaving::Gone,
            Leaving::LastBye { client } if client == answer.id && !answer.response.is_provisional() => {
                Leaving::Gone
            }
            Leaving::Bye { dialog, client } if client == answer.id => {
                on_bye_answer(context, *dialog, client, &answer)
            }
            Leaving::WantsCancel { .. }
            | Leaving::Cancelled
            | Leaving::WantsBye { .. }
            | Leaving::Bye { .. }
            | Leaving::LastBye { .. }
            | Leaving::Gone => self,
        })
    }

    /// A request got no answer. A BYE whose path broke is sent once more, which opens the path anew.
    pub(super) fn on_lost(self, context: &mut Context<'_>, lost: ClientId, why: &Failure) -> Self {
        match self {
            Leaving::Bye { mut dialog, client } if client == lost && *why == Failure::Transport => {
                let mut bye = dialog.request(Method::Bye);
                challenge::foresee(context.stack, &mut bye, dialog.flow());
                let again = context.stack.request(context.now, bye, dialog.flow(), Owner::Bye(context.key));
                again.map_or(Leaving::Gone, |client| Leaving::LastBye { client })
            }
            Leaving::Bye { client, .. } | Leaving::LastBye { client } | Leaving::WantsCancel { client }
                if client == lost =>
            {
                Leaving::Gone
            }
            Leaving::Cancelled => Leaving::Gone,
            Leaving::Bye { .. }
            | Leaving::LastBye { .. }
            | Leaving::WantsCancel { .. }
            | Leaving::WantsBye { .. }
            | Leaving::Gone => self,
        }
    }

    pub(super) fn on_ack(self, context: &mut Context<'_>, ack: &Request) -> Phase {
        match self {
            Leaving::WantsBye { dialog, unacked }
                if ack.headers.cseq().is_ok_and(|cseq| cseq.number == unacked.number) =>
            {
                hang_up(context, *dialog)
            }
            Leaving::WantsBye { .. }
            | Leaving::WantsCancel { .. }
            | Leaving::Cancelled
            | Leaving::Bye { .. }
            | Leaving::LastBye { .. }
            | Leaving::Gone => Phase::Leaving(self),
        }
    }

    /// A BYE that crosses ours is answered; anything else comes too late.
    pub(super) fn on_request(self, context: &mut Context<'_>, id: ServerId, request: Request) -> Phase {
        let is_bye = request.method == Method::Bye;
        let response = Response::to(&request, if is_bye { 200 } else { 481 });
        context.stack.respond(context.now, id, response);
        match self {
            Leaving::WantsBye { .. } if is_bye => Phase::GONE,
            Leaving::WantsBye { .. }
            | Leaving::WantsCancel { .. }
            | Leaving::Cancelled
            | Leaving::Bye { .. }
            | Leaving::LastBye { .. }
            | Leaving::Gone => Phase::Leaving(self),
        }
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        match self {
            Leaving::WantsBye { unacked, .. } => Some(unacked.deadline()),
            Leaving::WantsCancel { .. }
            | Leaving::Cancelled
            | Leaving::Bye { .. }
            | Leaving::LastBye { .. }
            | Leaving::Gone => None,
        }
    }

    pub(super) fn on_timeout(self, context: &mut Context<'_>) -> Phase {
        match self {
            Leaving::WantsBye { dialog, mut unacked } => {
                if unacked.on_timeout(context.now, &mut context.stack.out) {
                    Phase::Leaving(Leaving::WantsBye { dialog, unacked })
                } else {
                    hang_up(context, *dialog)
                }
            }
            Leaving::WantsCancel { .. }
            | Leaving::Cancelled
            | Leaving::Bye { .. }
            | Leaving::LastBye { .. }
            | Leaving::Gone => Phase::Leaving(self),
        }
    }
}

fn on_bye_answer(
    context: &mut Context<'_>,
    mut dialog: Dialog,
    client: ClientId,
    answer: &Answer<Owner>,
) -> Leaving {
    match answer.response.code {
        0..=199 => Leaving::Bye { dialog: Box::new(dialog), client },
        401 | 407 => match challenge::retried(context.stack, answer) {
            Ok(mut bye) => {
                dialog.number(&mut bye);
                send(context, bye, dialog)
            }
            Err(_) => Leaving::Gone,
        },
        _ => Leaving::Gone,
    }
}
