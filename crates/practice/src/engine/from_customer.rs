//! From customers to the network: what they say goes to their call's media, what they do to its signalling.

use super::line::{Line, Stage};
use super::{Engine, MediaOrder};
use crate::customer::{Action, Input};
use crate::happening::{EndedBy, What};
use crate::queue::CustomerId;
use sidetone_media::Direction;
use sidetone_sip::api::{CallKey, Command};
use std::time::Instant;

impl Engine {
    pub(super) fn tell_customer(&mut self, now: Instant, call: CallKey, input: Input) {
        let Some((who, caller)) = self.callers.find(call) else { return };
        let Some((_, customer)) = caller.talking() else { return };
        customer.handle_input(now, input);
        if input == Input::Key {
            self.say(Some(who), What::Key);
        }
        self.carry_out(now, who);
    }

    /// Wakes whoever's time is over.
    pub(super) fn wake_callers(&mut self, now: Instant) {
        for who in self.callers.due(now) {
            let Some(caller) = self.callers.get(who) else { continue };
            match &mut caller.stage {
                Stage::Talking(_, customer) => {
                    customer.handle_timeout(now);
                    self.carry_out(now, who);
                }
                Stage::Dialled { .. } => self.take_call(now, who),
                Stage::Waiting | Stage::Opening { .. } | Stage::Offered(_) | Stage::Answered(_) => {}
            }
        }
    }

    /// Does what the customer wants to do.
    pub(super) fn carry_out(&mut self, now: Instant, who: CustomerId) {
        while let Some((Line { call, negotiation }, customer)) =
            self.callers.get(who).and_then(super::line::Caller::talking)
        {
            let (call, Some(action)) = (*call, customer.poll_action()) else { return };
            match action {
                Action::Say(speech) => self.media(call, MediaOrder::Say(speech)),
                Action::Beep => self.media(call, MediaOrder::Beep),
                Action::Echo(delay) => self.media(call, MediaOrder::Echo(delay)),
                Action::Hush => self.media(call, MediaOrder::Hush),
                Action::Press(keys) => {
                    keys.chars().for_each(|key| self.media(call, MediaOrder::Press(key)));
                }
                Action::Hold(on) => {
                    let sdp = negotiation.offer(if on { Direction::SendOnly } else { Direction::SendRecv });
                    self.command(now, Command::Offer { call, sdp });
                    self.say(Some(who), What::Holding { on });
                }
                Action::HangUp => {
                    self.media(call, MediaOrder::Close);
                    self.leave(now, who, EndedBy::Customer);
                    self.command(now, Command::Hangup { call });
                }
            }
        }
    }
}
