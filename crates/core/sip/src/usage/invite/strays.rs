//! 2xx that come when the INVITE has its answer already: the same again, whose ACK was lost, and those of other legs of
//! a forked INVITE, which are acknowledged and ended at once (RFC 3261 section 13.2.2.4).

use super::Context;
use crate::{
    api::Flow,
    dialog::Dialog,
    message::{Method, Request, Response, name},
    stack::{Owner, Stack},
    transaction::Answer,
    usage::challenge,
};
use bytes::Bytes;
use std::collections::VecDeque;

/// An ACK as it was sent, and the 2xx it is for.
struct SentAck {
    tag: String,
    number: u32,
    flow: Flow,
    bytes: Bytes,
}

/// What a call remembers of its legs: the last ACKs, and how far they counted.
#[derive(Default)]
pub(super) struct Acks {
    sent: VecDeque<SentAck>,
    /// The highest number that a request in any early leg had: a late leg goes on behind it.
    highest: u32,
}

/// How many ACKs a call remembers: more legs than any fork has.
const MAX_ACKS: usize = 16;

impl Acks {
    /// Sends the ACK for this 2xx again, if it was sent before.
    pub(super) fn again(&self, stack: &mut Stack, response: &Response) -> bool {
        let Some((tag, number)) = leg_of(response) else { return false };
        let Some(sent) = self.sent.iter().find(|sent| sent.tag == tag && sent.number == number) else {
            return false;
        };
        stack.out.send(sent.flow, sent.bytes.clone());
        true
    }

    fn keep(&mut self, sent: SentAck) {
        if self.sent.len() >= MAX_ACKS {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }

    /// A request was sent in one of the legs.
    pub(super) fn note_number(&mut self, request: &Request) {
        if let Ok(cseq) = request.headers.cseq() {
            self.highest = self.highest.max(cseq.number);
        }
    }
}

/// Acknowledges a 2xx, with the credentials of its INVITE (section 13.2.2.4), and remembers the ACK.
pub(super) fn acknowledge(context: &mut Context<'_>, dialog: &Dialog, to: (&Request, &Response)) {
    let (invite, response) = to;
    let Some((tag, number)) = leg_of(response) else { return };
    let flow = dialog.flow();
    let mut ack = dialog.ack(number);
    for credentials in [name::AUTHORIZATION, name::PROXY_AUTHORIZATION] {
        ack.headers.copy_all(credentials, &invite.headers);
    }
    let bytes = context.stack.ack(ack, flow);
    context.acks.keep(SentAck { tag, number, flow, bytes });
}

/// A 2xx that nobody waits for any more. One to a first INVITE is another leg's: it is ended.
pub(super) fn dismiss(context: &mut Context<'_>, answer: &Answer<Owner>) {
    let Some(mut dialog) = Dialog::of_caller(&answer.request, &answer.response, answer.flow) else { return };
    acknowledge(context, &dialog, (&answer.request, &answer.response));
    if matches!(answer.owner, Owner::Invite(_)) {
        dialog.count_from(context.acks.highest);
        let mut bye = dialog.request(Method::Bye);
        challenge::foresee(context.stack, &mut bye, dialog.flow());
        context.stack.request(context.now, bye, dialog.flow(), Owner::Nobody);
    }
}

fn leg_of(response: &Response) -> Option<(String, u32)> {
    let tag = response.headers.to().ok()?.tag().unwrap_or_default().to_owned();
    Some((tag, response.headers.cseq().ok()?.number))
}
