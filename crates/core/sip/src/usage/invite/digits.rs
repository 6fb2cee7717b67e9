//! Digits by INFO, both ways (RFC 6086 calls this legacy usage, section 2; the bodies are Cisco's `application/dtmf-relay`
//! and `application/dtmf`). One is under way at a time: an INFO that overtook another would be refused as one from the
//! past, and the digits would come in another order. Who refuses one hears the next all the same.

use super::Context;
use crate::{
    api::Event,
    dialog::Dialog,
    message::{Method, Request, number},
    stack::Owner,
    transaction::{Answer, ClientId, ServerId},
    usage::{challenge, options},
};
use std::{collections::VecDeque, time::Instant};

/// More are not typed ahead.
const MOST: usize = 64;

const RELAY: &str = "application/dtmf-relay";
const BARE: &str = "application/dtmf";
const KEYS: &str = "0123456789*#ABCD";

/// The digits of a call that are to be sent.
#[derive(Default)]
pub(super) struct Digits {
    waiting: VecDeque<char>,
    sent: Option<ClientId>,
}

impl Digits {
    /// Sends a digit, or lets it wait for those before it. What is no key is left out.
    pub(super) fn send(&mut self, context: &mut Context<'_>, dialog: &mut Dialog, digit: char) {
        let digit = digit.to_ascii_uppercase();
        if KEYS.contains(digit) && self.waiting.len() < MOST {
            self.waiting.push_back(digit);
            self.next(context, dialog);
        }
    }

    fn next(&mut self, context: &mut Context<'_>, dialog: &mut Dialog) {
        if self.sent.is_some() {
            return;
        }
        let Some(digit) = self.waiting.pop_front() else { return };
        let mut info = dialog.request(Method::Info);
        info.set_body(RELAY, format!("Signal={digit}\r\nDuration=160\r\n").into());
        challenge::foresee(context.stack, &mut info, dialog.flow());
        self.submit(context, dialog, info);
    }

    fn submit(&mut self, context: &mut Context<'_>, dialog: &mut Dialog, info: Request) {
        self.sent = context.stack.request(context.now, info, dialog.flow(), Owner::Digit(context.key));
    }

    pub(super) fn is_sent_by(&self, id: ClientId) -> bool {
        self.sent == Some(id)
    }

    /// A response to the one under way.
    pub(super) fn on_answer(
        &mut self,
        context: &mut Context<'_>,
        dialog: &mut Dialog,
        answer: &Answer<Owner>,
    ) {
        match answer.response.code {
            0..=199 => {}
            401 | 407 => {
                self.sent = None;
                if let Ok(mut info) = challenge::retried(context.stack, answer) {
                    dialog.number(&mut info);
                    self.submit(context, dialog, info);
                }
                self.next(context, dialog);
            }
            _ => {
                self.sent = None;
                self.next(context, dialog);
            }
        }
    }

    /// Nobody answered: whoever waited so long does not wait for the others.
    pub(super) fn on_lost(&mut self) {
        *self = Digits::default();
    }
}

/// An INFO of theirs.
pub(super) fn on_info(context: &mut Context<'_>, now: Instant, id: ServerId, request: &Request) {
    let kind = request.headers.content_type();
    if !kind.is_some_and(|kind| kind == RELAY || kind == BARE) {
        return options::on_info(now, context.stack, id, request);
    }
    context.stack.reply(now, id, request, 200);
    if let Some(digit) = digit_in(&request.body) {
        context.stack.say(Event::Digit { call: context.key, digit });
    }
}

/// `Signal=5`, `Signal= 5`, `5`; keys behind 9 also by their event numbers (RFC 4733 section 3.2).
fn digit_in(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    let signal = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("Signal").then_some(value)
    });
    let signal = signal.unwrap_or(text).trim();
    let mut chars = signal.chars();
    match (chars.next(), chars.next()) {
        (Some(key), None) => Some(key.to_ascii_uppercase()).filter(|key| KEYS.contains(*key)),
        _ => KEYS.chars().nth(number(signal)?),
    }
}
