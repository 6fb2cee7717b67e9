//! What a script asks for ([`Control`]): what the desk knows goes by the desk, so that its rules hold here too; the rest
//! goes to the user agent.

use super::Engine;
use super::session::{Session, WORK};
use crate::control::{Control, Publication};
use bytes::Bytes;
use sidetone_desk::command::Command;
use sidetone_desk::view::ContactId;
use sidetone_desk::{self as desk, LegId};
use sidetone_sip::api::{
    self as sip, MessageKey, PublicationKey, Publishing, Subscribing, SubscriptionKey, TransferTarget,
};
use sidetone_sip::package::Package;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long subscriptions and publications are asked to last.
const LASTING: Duration = Duration::from_secs(600);

/// What was asked for beside calls.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) subscriptions: BTreeMap<SubscriptionKey, Package>,
    pub(super) count: u32,
}

impl Engine {
    pub(super) fn control(&mut self, now: Instant, control: Control) -> Result<(), desk::Error> {
        let command = match control {
            Control::Call(target) => Command::Dial { target },
            Control::Answer(call) => Command::Accept { contact: self.contact(call)? },
            Control::Decline(call) => Command::Decline { contact: self.contact(call)? },
            Control::Hold(call) => Command::Hold { contact: self.contact(call)? },
            Control::Resume(call) => Command::Resume { contact: self.contact(call)? },
            Control::Hangup(call) => Command::End { contact: self.contact(call)? },
            Control::Keys(call, keys) => {
                let contact = self.contact(call)?;
                return keys.chars().try_for_each(|key| self.obey_desk(now, Command::Key { contact, key }));
            }
            Control::Sound(call, wish) => return self.sound(now, call, wish),
            Control::Merge => {
                self.merge(now);
                return Ok(());
            }
            Control::HoldAll => {
                self.hold_all(now);
                return Ok(());
            }
            Control::Transfer(call, target) => {
                let target = self.target(&target);
                return self.transfer(now, call, TransferTarget::Uri(target));
            }
            Control::TransferTo(call, to) => {
                let to = self.legs.call(self.leg(Some(to))?).ok_or(desk::Error::NoSuchContact)?;
                return self.transfer(now, Some(call), TransferTarget::Call(to));
            }
            Control::Subscribe(package, target) => {
                self.subscribe(now, package, &target);
                return Ok(());
            }
            Control::Unsubscribe(package) => {
                self.unsubscribe(now, package);
                return Ok(());
            }
            Control::Publish(package, publication) => {
                self.publish(now, package, publication);
                return Ok(());
            }
            Control::Message(target, text) => {
                self.send_message(now, &target, text);
                return Ok(());
            }
        };
        self.obey_desk(now, command)
    }

    fn obey_desk(&mut self, now: Instant, command: Command) -> Result<(), desk::Error> {
        self.desk.handle_input(now, desk::Input::Command(command))
    }

    fn leg(&self, number: Option<u32>) -> Result<LegId, desk::Error> {
        self.legs.numbered(number).ok_or(desk::Error::NoSuchContact)
    }

    fn contact(&self, number: Option<u32>) -> Result<ContactId, desk::Error> {
        self.desk.contact_of(self.leg(number)?).ok_or(desk::Error::NoSuchContact)
    }

    fn transfer(
        &mut self,
        now: Instant,
        number: Option<u32>,
        target: TransferTarget,
    ) -> Result<(), desk::Error> {
        let call = self.legs.call(self.leg(number)?).ok_or(desk::Error::NoSuchContact)?;
        self.command_agent(now, sip::Command::Transfer { call, target });
        Ok(())
    }

    fn subscribe(&mut self, now: Instant, package: Package, target: &str) {
        let target = self.target(target);
        let subscription = SubscriptionKey(self.next());
        self.asked.subscriptions.insert(subscription, package);
        let subscribing =
            Box::new(Subscribing { account: WORK, target, package, expires: LASTING, body: None });
        self.command_agent(now, sip::Command::Subscribe { subscription, subscribing });
    }

    fn unsubscribe(&mut self, now: Instant, package: Package) {
        let (ending, staying) =
            std::mem::take(&mut self.asked.subscriptions).into_iter().partition(|(_, to)| *to == package);
        self.asked.subscriptions = staying;
        let ending: BTreeMap<SubscriptionKey, Package> = ending;
        for subscription in ending.into_keys() {
            self.command_agent(now, sip::Command::Unsubscribe { subscription });
        }
    }

    /// One publication a package: the same key again changes it.
    fn publish(&mut self, now: Instant, package: Package, publication: Publication) {
        let key = PublicationKey(package as u32);
        if publication.body.is_empty() {
            return self.command_agent(now, sip::Command::Unpublish { publication: key });
        }
        let publishing = Box::new(Publishing {
            account: WORK,
            package,
            content_type: publication.content_type,
            body: Bytes::from(publication.body),
            expires: LASTING,
        });
        self.command_agent(now, sip::Command::Publish { publication: key, publishing });
    }

    fn send_message(&mut self, now: Instant, target: &str, text: String) {
        let (message, target) = (MessageKey(self.next()), self.target(target));
        let content_type = "text/plain;charset=UTF-8".to_owned();
        let command = sip::Command::SendMessage {
            message,
            account: WORK,
            target,
            content_type,
            body: Bytes::from(text),
        };
        self.command_agent(now, command);
    }

    fn next(&mut self) -> u32 {
        self.asked.count += 1;
        self.asked.count
    }

    /// A number is one at our own domain.
    fn target(&self, text: &str) -> String {
        let schemes = ["sip:", "sips:", "tel:"];
        if schemes.iter().any(|scheme| text.starts_with(scheme)) {
            return text.to_owned();
        }
        let aor = match &self.session {
            Session::SigningIn { account, .. } | Session::In { account, .. } => account.aor.as_str(),
            Session::Direct { aor, .. } => aor,
            Session::Out | Session::SigningOut | Session::Leaving | Session::Ended => "",
        };
        if text.contains('@') { format!("sip:{text}") } else { super::from_desk::on_domain(text, aor) }
    }
}
