//! From the queues to the network: offers are made by INVITE, with queue, dialled number and variables in headers, and
//! taken back by CANCEL.

use super::line::Stage;
use super::{Engine, MediaOrder, Output};
use crate::happening::What;
use crate::queue::{CustomerId, Order};
use crate::script::Script;
use sidetone_sip::api::{Address, Command, Outgoing};
use std::net::SocketAddr;
use std::time::Instant;

impl Engine {
    pub(super) fn on_order(&mut self, now: Instant, order: Order) {
        match order {
            Order::Offer(who) => self.offer(now, who),
            Order::Withdraw(who) => {
                self.take_back(now, who);
                self.say(Some(who), What::Refused { code: None });
            }
            Order::Abandoned(who) => {
                self.take_back(now, who);
                self.callers.remove(who);
                self.say(Some(who), What::Abandoned);
            }
        }
    }

    fn offer(&mut self, now: Instant, who: CustomerId) {
        let Some(contact) = &self.contact else { return self.queues.refused(now, who) };
        let local = contact.flow.local.ip();
        let call = self.agent.new_call_key();
        let Some(caller) = self.callers.get(who) else { return self.queues.left(now, who) };
        caller.stage = Stage::Opening { call };
        let name = recording(who, &caller.script);
        self.outputs.push_back(Output::Open { call, local, name });
        self.say(Some(who), What::Offered);
    }

    /// The INVITE of a customer whose sockets are open.
    pub(super) fn invite(&mut self, now: Instant, who: CustomerId, sdp: bytes::Bytes) {
        let local = self.local;
        let Some(caller) = self.callers.get(who) else { return };
        let (Some(call), script) = (caller.stage.call(), caller.script.clone()) else { return };
        let Some(contact) = self.contact.clone() else { return };
        let outgoing = Box::new(Outgoing {
            from: Some(from(&script, local)),
            headers: headers(&script, local),
            ..Outgoing::to(&contact.uri, Some(contact.flow), sdp)
        });
        self.command(now, Command::Call { call, outgoing });
    }

    /// Ends a customer's offer, where there is one; they wait again.
    fn take_back(&mut self, now: Instant, who: CustomerId) {
        let Some(caller) = self.callers.get(who) else { return };
        let stage = std::mem::replace(&mut caller.stage, Stage::Waiting);
        if let Some(call) = stage.call() {
            self.media(call, MediaOrder::Close);
            self.command(now, Command::Hangup { call });
        }
    }
}

/// The name of what a customer hears.
pub(super) fn recording(who: CustomerId, script: &Script) -> String {
    format!("{}-{}", who.0, script.id)
}

fn from(script: &Script, local: SocketAddr) -> Address {
    let person = &script.customer;
    Address { display_name: Some(person.name.clone()), uri: format!("sip:{}@{local}", person.number) }
}

fn headers(script: &Script, local: SocketAddr) -> Vec<(String, String)> {
    let queue = script.queue.iter().map(|queue| ("X-Queue".to_owned(), queue.clone()));
    // RFC 7315 section 4.2.
    let dnis =
        script.dnis.iter().map(|dnis| ("P-Called-Party-ID".to_owned(), format!("<sip:{dnis}@{local}>")));
    let variables = script.variables.iter().map(|(name, value)| (format!("X-{name}"), value.clone()));
    queue.chain(dnis).chain(variables).collect()
}
