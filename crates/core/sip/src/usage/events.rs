//! What a user agent does beside calls: [subscriptions](super::subscribe), [publications](super::publish),
//! [messages](super::message) and [reports](Reports). Passes on what is for one of them; decides nothing.

use super::{
    message::Messages,
    publish::{Publications, Reports},
    refer::event_name,
    subscribe::Subscriptions,
};
use crate::{
    api::{AccountKey, Command, Event, Failure, Flow, Notification},
    message::{Request, Response, name},
    package::Package,
    stack::{Owner, Stack},
    transaction::{Answer, Lost, ServerId, Timer},
};
use std::time::Instant;

/// All of them.
#[derive(Default)]
pub(crate) struct Events {
    subscriptions: Subscriptions,
    publications: Publications,
    messages: Messages,
    reports: Reports,
}

impl Events {
    /// A wish of ours, if it is for one of them.
    pub(crate) fn on_command(&mut self, now: Instant, stack: &mut Stack, command: Command) {
        match command {
            Command::Subscribe { subscription, subscribing } => {
                self.subscriptions.subscribe(now, stack, subscription, *subscribing);
            }
            Command::Unsubscribe { subscription } => {
                self.subscriptions.unsubscribe(now, stack, subscription);
            }
            Command::Publish { publication, publishing } => {
                self.publications.publish(now, stack, publication, *publishing);
            }
            Command::Unpublish { publication } => self.publications.unpublish(now, stack, publication),
            Command::SendMessage { message, account, target, content_type, body } => {
                self.messages.send(now, stack, (message, account), (&target, &content_type, body));
            }
            Command::Report { report, account, collector, body } => {
                self.reports.send(now, stack, (report, account), (&collector, body));
            }
            // Calls' and registrations' go elsewhere.
            _ => {}
        }
    }

    /// A response to a request of one of them.
    pub(crate) fn on_answer(&mut self, now: Instant, stack: &mut Stack, answer: &Answer<Owner>) {
        match answer.owner {
            Owner::Subscription(key) => self.subscriptions.on_answer(now, stack, key, answer),
            Owner::Publication(key) => self.publications.on_answer(now, stack, key, answer),
            Owner::Message(key) => self.messages.on_answer(now, stack, key, answer),
            Owner::Report(key) => self.reports.on_answer(now, stack, key, answer),
            _ => {}
        }
    }

    /// A request of one of them got no answer.
    pub(crate) fn on_lost(&mut self, now: Instant, stack: &mut Stack, lost: Lost<Owner>, why: Failure) {
        match lost.owner {
            Owner::Subscription(key) => self.subscriptions.on_lost(now, stack, key, (lost, why)),
            Owner::Publication(key) => self.publications.on_lost(now, stack, key, (lost, why)),
            Owner::Message(key) => self.messages.on_lost(stack, key, why),
            Owner::Report(key) => self.reports.on_lost(stack, key, why),
            _ => {}
        }
    }

    /// A NOTIFY that is for no call: for a subscription of ours; or from the own server about voice messages, which
    /// needs none; or for nothing (RFC 6665 section 4.1.3).
    pub(crate) fn on_notify(&mut self, now: Instant, stack: &mut Stack, id: ServerId, notify: &Request) {
        if self.subscriptions.on_notify(now, stack, id, notify) {
            return;
        }
        let event = event_name(&notify.headers).unwrap_or_default();
        let known = Package::ALL.into_iter().find(|package| package.name() == event);
        let in_dialog = notify.headers.to().is_ok_and(|to| to.tag().is_some());
        match known {
            Some(Package::MessageSummary) if !in_dialog => on_messages_waiting(now, stack, id, notify),
            Some(_) => stack.reply(now, id, notify, 481),
            None => {
                let mut response = Response::to(notify, 489).with_to_tag(&stack.tokens.tag());
                response.headers.push(name::ALLOW_EVENTS, Package::ALLOW_EVENTS);
                stack.respond(now, id, response);
            }
        }
    }

    pub(crate) fn on_flow_failed(&mut self, now: Instant, stack: &mut Stack, flow: Flow) {
        self.subscriptions.on_flow_failed(now, stack, flow);
    }

    /// The account registered anew after a change of the network.
    pub(crate) fn follow(&mut self, now: Instant, stack: &mut Stack, account: AccountKey) {
        self.subscriptions.follow(now, stack, account);
    }

    /// What is to be done after everything else: goes where the accounts went.
    pub(crate) fn settle(&mut self, now: Instant, stack: &mut Stack) {
        self.subscriptions.settle(now, stack);
        self.publications.settle(now, stack);
    }

    /// Whether a request of theirs is in a dialog of ours.
    pub(crate) fn knows(&self, request: &Request) -> bool {
        self.subscriptions.knows(request)
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.subscriptions.deadline().into_iter().chain(self.publications.deadline()).min()
    }

    pub(crate) fn on_timeout(&mut self, now: Instant, stack: &mut Stack) {
        self.subscriptions.on_timeout(now, stack);
        self.publications.on_timeout(now, stack);
    }
}

/// Asterisk tells of voice messages without being asked (`mailboxes` of an endpoint). From anybody else it is a lie.
fn on_messages_waiting(now: Instant, stack: &mut Stack, id: ServerId, notify: &Request) {
    let flow = stack.servers.flow(id).filter(|flow| stack.accounts.is_server(*flow));
    let Some(account) = flow.and_then(|flow| stack.accounts.asked(notify, flow)) else {
        return stack.reply(now, id, notify, 481);
    };
    let kind = notify.headers.content_type().unwrap_or_default();
    if kind != Package::MessageSummary.content_type() {
        let mut response = Response::to(notify, 415).with_to_tag(&stack.tokens.tag());
        response.headers.push(name::ACCEPT, Package::MessageSummary.content_type());
        return stack.respond(now, id, response);
    }
    stack.reply(now, id, notify, 200);
    let notification = Notification { content_type: kind, body: notify.body.clone() };
    stack.say(Event::MessagesWaiting { account, notification });
}
