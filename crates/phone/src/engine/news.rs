//! What servers and other phones tell beside the calls themselves: how transfers go, subscriptions, messages. Said to
//! whoever listens to what happens; what the agent is to see of it is the desk's.

use super::Engine;
use super::{Output, leg::MediaOrder};
use crate::happening::What;
use sidetone_desk::{Pii, command::Command};
use sidetone_sip::api::{
    self as sip, Asked, CallKey, Failure, Notification, SubscriptionEnd, SubscriptionKey, SubscriptionState,
};
use sidetone_sip::package::Package;
use std::time::{Duration, Instant};

impl Engine {
    pub(super) fn on_transfer_progress(&mut self, call: CallKey, code: u16) {
        if let Some((leg, _)) = self.legs.find(call) {
            self.say(leg, What::Transferring { code });
        }
    }

    /// Well: the call has no more use. Else it is as it was.
    pub(super) fn on_transfer_ended(&mut self, now: Instant, call: CallKey, outcome: Result<(), Failure>) {
        let Some((leg, _)) = self.legs.find(call) else { return };
        match outcome {
            Ok(()) => {
                self.say(leg, What::Transferred);
                self.hang_up(now, leg);
            }
            Err(why) => self.say(leg, What::TransferFailed { code: super::trouble::code(&why) }),
        }
    }

    /// The own server presses a button for the agent. The desk says whether it can be pressed.
    pub(super) fn on_asked(&mut self, now: Instant, call: CallKey, what: Asked) {
        let Some((leg, state)) = self.legs.find(call) else { return };
        let offered = state.is_offered();
        let Some(contact) = self.desk.contact_of(leg) else { return };
        let command = match what {
            Asked::Talk if offered => Command::Accept { contact },
            Asked::Talk => Command::Resume { contact },
            Asked::Hold => Command::Hold { contact },
        };
        let _ = self.desk.handle_input(now, sidetone_desk::Input::Command(command));
    }

    pub(super) fn on_digit(&mut self, call: CallKey, digit: char) {
        if let Some((leg, _)) = self.legs.find(call) {
            self.say(leg, What::Digit { key: digit });
        }
    }

    pub(super) fn on_subscription(&mut self, key: SubscriptionKey, state: &SubscriptionState) {
        let Some(package) = self.asked.subscriptions.get(&key).map(|package| package.name()) else { return };
        let what = match state {
            SubscriptionState::Active(expires) => {
                What::Subscribed { package, expires_s: Some(expires.as_secs()) }
            }
            SubscriptionState::Pending => What::Subscribed { package, expires_s: None },
            SubscriptionState::Ended { why, .. } => {
                let code = match why {
                    SubscriptionEnd::Failed(why) => super::trouble::code(why),
                    SubscriptionEnd::Local | SubscriptionEnd::Terminated(_) => None,
                };
                What::Unsubscribed { package, code }
            }
        };
        self.outputs.push_back(Output::Happened(None, what));
    }

    pub(super) fn on_notified(&mut self, key: SubscriptionKey, notification: &Notification) {
        let Some(package) = self.asked.subscriptions.get(&key).map(|package| package.name()) else { return };
        let what = What::Notified {
            package,
            content_type: notification.content_type.clone(),
            bytes: notification.body.len(),
        };
        self.outputs.push_back(Output::Happened(None, what));
    }

    /// Voice messages wait, or no more.
    pub(super) fn on_messages_waiting(&mut self, notification: &Notification) {
        let what = What::Notified {
            package: Package::MessageSummary.name(),
            content_type: notification.content_type.clone(),
            bytes: notification.body.len(),
        };
        self.outputs.push_back(Output::Happened(None, what));
    }

    pub(super) fn on_published(&mut self, outcome: Result<Duration, Failure>) {
        let what = match outcome {
            Ok(expires) => What::Published { expires_s: Some(expires.as_secs()), code: None },
            Err(why) => What::Published { expires_s: None, code: super::trouble::code(&why) },
        };
        self.outputs.push_back(Output::Happened(None, what));
    }

    pub(super) fn on_message_sent(&mut self, outcome: &Result<(), Failure>) {
        let code = outcome.as_ref().err().and_then(super::trouble::code);
        self.outputs.push_back(Output::Happened(None, What::MessageSent { taken: outcome.is_ok(), code }));
    }

    pub(super) fn on_message(&mut self, message: &sip::IncomingMessage) {
        let what =
            What::MessageReceived { content_type: message.content_type.clone(), bytes: message.body.len() };
        self.outputs.push_back(Output::Happened(None, what));
    }

    /// Digits go by RTP where that was agreed; else by INFO.
    pub(super) fn digit(&mut self, now: Instant, leg: sidetone_desk::LegId, digit: Pii<char>) {
        let Some(state) = self.legs.get(leg) else { return };
        let (call, by_rtp) = (state.call, state.digits_by_rtp);
        if by_rtp {
            self.media(leg, MediaOrder::Digit(digit));
        } else {
            self.command_agent(now, sip::Command::SendDigit { call, digit: digit.into_inner() });
        }
    }
}
