//! A transfer of ours: REFER in a call's dialog, and what the other side tells of it (RFC 3515 section 2.4).
//!
//! The REFER asks for an implicit subscription, the default (`Refer-Sub: true`), and says that we know better
//! (`Supported: norefersub`, RFC 4488 section 4): where the 2xx says `Refer-Sub: false` nothing more is told, and it went well.
//!
//! What is done where the RFC leaves the end open:
//! - From its 2xx on, [`PATIENCE`] without a word is a failure, [`Failure::Timeout`]; every NOTIFY begins it anew.
//! - A subscription that ends without a final status is a failure, [`Failure::Protocol`]: better a call too many than one
//!   lost. One that says `timeout` is [`Failure::Timeout`].
//! - Their BYE after the 2xx, with no final status told, is a success: so leaves who has the new call (RFC 5589 section 6.1).
//!   A call that ends otherwise ends its transfer as a failure.

use super::{SIPFRAG, event_id, fragment::Fragment};
use crate::{
    api::{CallKey, EndCause, Failure},
    dialog::Dialog,
    message::{Headers, Method, Request, name},
    stack::{Owner, SUPPORTED, Stack},
    transaction::{Answer, ClientId},
    usage::challenge,
};
use std::time::{Duration, Instant};

/// How long nothing need be heard of a transfer that was taken: as long as an INVITE rings (timer C).
const PATIENCE: Duration = Duration::from_secs(180);

/// Where it stands.
enum Stage {
    /// The REFER has no final answer.
    Asking { client: ClientId },
    /// It was taken.
    Taken { until: Instant },
}

/// A REFER of ours.
pub(crate) struct Transfer {
    stage: Stage,
    /// The REFER's CSeq, which names its subscription (RFC 3515 section 2.4.6).
    number: u32,
}

/// What became of it.
pub(crate) enum Turn {
    /// It goes on.
    On(Transfer),
    /// It is over.
    Over(Result<(), Failure>),
}

/// What a NOTIFY is answered with, what it told, and what became of the transfer.
pub(crate) struct Told {
    pub(crate) answer: u16,
    pub(crate) progress: Option<u16>,
    pub(crate) turn: Turn,
}

impl Transfer {
    /// Sends the REFER. `refer_to` is a URI.
    pub(crate) fn ask(
        now: Instant,
        stack: &mut Stack,
        call: CallKey,
        dialog: &mut Dialog,
        refer_to: &str,
    ) -> Turn {
        let mut refer = dialog.request(Method::Refer);
        refer.headers.push(name::CONTACT, format!("<{}>", dialog.contact()));
        refer.headers.push(name::REFER_TO, format!("<{refer_to}>"));
        refer.headers.push(name::REFERRED_BY, format!("<{}>", dialog.local_uri()));
        refer.headers.push(name::REFER_SUB, "true");
        refer.headers.push(name::SUPPORTED, SUPPORTED);
        challenge::foresee(stack, &mut refer, dialog.flow());
        Transfer::send(now, stack, call, dialog, refer)
    }

    fn send(now: Instant, stack: &mut Stack, call: CallKey, dialog: &mut Dialog, refer: Request) -> Turn {
        let number = refer.headers.cseq().map_or(0, |cseq| cseq.number);
        match stack.request(now, refer, dialog.flow(), Owner::Transfer(call)) {
            Some(client) => Turn::On(Transfer { stage: Stage::Asking { client }, number }),
            None => Turn::Over(Err(Failure::Transport)),
        }
    }

    /// Whether its REFER is this request.
    pub(crate) fn is_sent_by(&self, id: ClientId) -> bool {
        matches!(&self.stage, Stage::Asking { client } if *client == id)
    }

    /// Whether a NOTIFY of this Event is about it: without an id it is about the only one there is.
    pub(crate) fn is_meant(&self, headers: &Headers) -> bool {
        event_id(headers).is_none_or(|id| id == self.number.to_string())
    }

    /// The CSeq of its REFER.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The answer to its REFER.
    pub(crate) fn on_answer(
        self,
        now: Instant,
        stack: &mut Stack,
        call: CallKey,
        dialog: &mut Dialog,
        answer: &Answer<Owner>,
    ) -> Turn {
        let response = &answer.response;
        match response.code {
            0..=199 => Turn::On(self),
            200..=299 if wants_silence(&response.headers) => Turn::Over(Ok(())),
            200..=299 => Turn::On(Transfer { stage: Stage::Taken { until: now + PATIENCE }, ..self }),
            401 | 407 => match challenge::retried(stack, answer) {
                Ok(mut refer) => {
                    dialog.number(&mut refer);
                    Transfer::send(now, stack, call, dialog, refer)
                }
                Err(why) => Turn::Over(Err(why)),
            },
            code => Turn::Over(Err(Failure::Status { code, reason: response.reason.clone() })),
        }
    }

    /// A NOTIFY about it (section 2.4.5). It may come before the answer to the REFER.
    pub(crate) fn on_notify(mut self, now: Instant, notify: &Request) -> Told {
        let is_fragment = notify.headers.content_type().is_some_and(|kind| kind == SIPFRAG);
        let fragment = Fragment::parse(&notify.body).filter(|_| is_fragment);
        let (told, ended) = (fragment.map(|it| (it.code, it.reason)), ending(&notify.headers));
        let over = |answer, outcome| Told { answer, progress: None, turn: Turn::Over(outcome) };
        match (told, ended) {
            (Some((200..=299, _)), _) => over(200, Ok(())),
            (Some((code @ 300.., reason)), _) => over(200, Err(Failure::Status { code, reason })),
            (Some(_) | None, Some(why)) => over(200, Err(why)),
            (Some((code, _)), None) => {
                if let Stage::Taken { until } = &mut self.stage {
                    *until = now + PATIENCE;
                }
                Told { answer: 200, progress: Some(code), turn: Turn::On(self) }
            }
            (None, None) => Told { answer: 400, progress: None, turn: Turn::On(self) },
        }
    }

    /// When it is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Asking { .. } => None,
            Stage::Taken { until } => Some(until),
        }
    }

    /// Its call is over.
    pub(crate) fn end_with(self, cause: &EndCause) -> Result<(), Failure> {
        match (&self.stage, cause) {
            (Stage::Taken { .. }, EndCause::Remote) => Ok(()),
            (Stage::Taken { .. } | Stage::Asking { .. }, EndCause::Broken(why) | EndCause::Failed(why)) => {
                Err(why.clone())
            }
            (Stage::Asking { .. }, EndCause::Remote)
            | (
                Stage::Taken { .. } | Stage::Asking { .. },
                EndCause::Local | EndCause::Cancelled { .. } | EndCause::Replaced { .. },
            ) => Err(Failure::Status { code: 487, reason: "Request Terminated".to_owned() }),
        }
    }
}

/// `Refer-Sub: false` (RFC 4488 section 4).
pub(super) fn wants_silence(headers: &Headers) -> bool {
    let value = headers.get(name::REFER_SUB).and_then(|value| value.split(';').next());
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
}

/// Why the subscription is over, where the NOTIFY says that it is (RFC 6665 section 4.1.3).
fn ending(headers: &Headers) -> Option<Failure> {
    let value = headers.get(name::SUBSCRIPTION_STATE)?.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    (parts.next() == Some("terminated")).then(|| {
        let timeout = parts.any(|param| param == "reason=timeout");
        if timeout { Failure::Timeout } else { Failure::Protocol }
    })
}
