//! What the words between a user agent and its driver look like in a log: kinds, keys and sizes. Numbers, names,
//! passwords and bodies are private and left out.

use crate::api::{
    About, Account, Address, BoundContact, Command, Diversion, Event, Found, IncomingCall, IncomingMessage,
    IncomingRefer, Input, Naptr, Notification, Outgoing, Publishing, Question, SavedCall, Srv, Subscribing,
    TransferTarget, Transmit, UserToUser,
};
use std::fmt::{Debug, Formatter, Result};

impl Debug for Account {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Account({} servers)", self.servers.len())
    }
}

impl Debug for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Address({}:…)", self.uri.split(':').next().unwrap_or_default())
    }
}

impl Debug for BoundContact {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "BoundContact({:?})", self.flow)
    }
}

impl Debug for IncomingCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "IncomingCall({:?}, {} headers)", self.call, self.headers.len())
    }
}

impl Debug for Transmit {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Transmit({:?}, {} bytes)", self.flow, self.payload.len())
    }
}

impl Debug for About {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("About")
            .field("anonymous", &self.anonymous)
            .field("diversions", &self.diversions.len())
            .field("answer_after", &self.answer_after)
            .field("replaces", &self.replaces)
            .field("joins", &self.joins)
            .finish_non_exhaustive()
    }
}

impl Debug for Diversion {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Diversion({:?})", self.address)
    }
}

impl Debug for UserToUser {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "UserToUser({} bytes)", self.data.len())
    }
}

impl Debug for Outgoing {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Outgoing({:?}, via {:?}, {} headers)", self.account, self.via, self.headers.len())
    }
}

impl Debug for TransferTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            TransferTarget::Uri(_) => write!(f, "Uri"),
            TransferTarget::Call(call) => write!(f, "{call:?}"),
        }
    }
}

impl Debug for Subscribing {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Subscribing({:?}, {:?}, {:?})", self.account, self.package, self.expires)
    }
}

impl Debug for Publishing {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Publishing({:?}, {:?}, {} bytes)", self.account, self.package, self.body.len())
    }
}

impl Debug for SavedCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "SavedCall({:?}, {} routes)", self.flow, self.routes.len())
    }
}

impl Debug for IncomingRefer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "IncomingRefer({:?}, {:?})", self.refer, self.call)
    }
}

impl Debug for Notification {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Notification({}, {} bytes)", self.content_type, self.body.len())
    }
}

impl Debug for IncomingMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "IncomingMessage({:?}, {} bytes)", self.account, self.body.len())
    }
}

impl Debug for Question {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Question::Naptr(_) => write!(f, "Naptr"),
            Question::Srv(_) => write!(f, "Srv"),
            Question::Paths { transport, .. } => write!(f, "Paths({transport:?})"),
        }
    }
}

impl Debug for Found {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Found::Naptr(records) => write!(f, "Naptr({records:?})"),
            Found::Srv(records) => write!(f, "Srv({records:?})"),
            Found::Paths(paths) => write!(f, "Paths({paths:?})"),
        }
    }
}

impl Debug for Naptr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} {}", self.order, self.preference, self.service)
    }
}

impl Debug for Srv {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} {}", self.priority, self.weight, self.port)
    }
}

impl Debug for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Command::Register { account, identity } => write!(f, "Register({account:?}, {identity:?})"),
            Command::Unregister { account } => write!(f, "Unregister({account:?})"),
            Command::Call { call, outgoing } => write!(f, "Call({call:?}, {outgoing:?})"),
            Command::EarlyMedia { call, .. } => write!(f, "EarlyMedia({call:?})"),
            Command::SendDigit { call, .. } => write!(f, "SendDigit({call:?})"),
            Command::Transfer { call, target } => write!(f, "Transfer({call:?}, {target:?})"),
            Command::FollowRefer { refer, call } => write!(f, "FollowRefer({refer:?}, {call:?})"),
            Command::RefuseRefer { refer, code } => write!(f, "RefuseRefer({refer:?}, {code})"),
            Command::Resume { call, saved, .. } => write!(f, "Resume({call:?}, {saved:?})"),
            Command::EndSaved { saved } => write!(f, "EndSaved({saved:?})"),
            Command::Locate { lookup, .. } => write!(f, "Locate({lookup:?})"),
            Command::Subscribe { subscription, subscribing } => {
                write!(f, "Subscribe({subscription:?}, {subscribing:?})")
            }
            Command::Unsubscribe { subscription } => write!(f, "Unsubscribe({subscription:?})"),
            Command::Publish { publication, publishing } => {
                write!(f, "Publish({publication:?}, {publishing:?})")
            }
            Command::Unpublish { publication } => write!(f, "Unpublish({publication:?})"),
            Command::Report { report, body, .. } => write!(f, "Report({report:?}, {} bytes)", body.len()),
            Command::SendMessage { message, body, .. } => {
                write!(f, "SendMessage({message:?}, {} bytes)", body.len())
            }
            Command::Ring { call } => write!(f, "Ring({call:?})"),
            Command::Answer { call, .. } => write!(f, "Answer({call:?})"),
            Command::Reject { call, code } => write!(f, "Reject({call:?}, {code})"),
            Command::Hangup { call } => write!(f, "Hangup({call:?})"),
            Command::Offer { call, .. } => write!(f, "Offer({call:?})"),
            Command::AnswerOffer { call, .. } => write!(f, "AnswerOffer({call:?})"),
            Command::RefuseOffer { call, code } => write!(f, "RefuseOffer({call:?}, {code})"),
        }
    }
}

impl Debug for Input<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Input::Received { flow, message } => write!(f, "Received({flow:?}, {} bytes)", message.len()),
            Input::FlowFailed { flow } => write!(f, "FlowFailed({flow:?})"),
            Input::LookedUp { lookup, found } => write!(f, "LookedUp({lookup:?}, {found:?})"),
            Input::NetworkChanged => write!(f, "NetworkChanged"),
            Input::Command(command) => write!(f, "Command({command:?})"),
        }
    }
}

impl Debug for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Event::Registered { account, expires, .. } => write!(f, "Registered({account:?}, {expires:?})"),
            Event::RegistrationFailed { account, why, retry_in } => {
                write!(f, "RegistrationFailed({account:?}, {why:?}, {retry_in:?})")
            }
            Event::Unregistered { account } => write!(f, "Unregistered({account:?})"),
            Event::IncomingCall(incoming) => write!(f, "{incoming:?}"),
            Event::Progress { call, code, sdp } => write!(f, "Progress({call:?}, {code}, {:?})", size(sdp)),
            Event::Answered { call, sdp } => write!(f, "Answered({call:?}, {} bytes)", sdp.len()),
            Event::Confirmed { call, sdp } => write!(f, "Confirmed({call:?}, {:?})", size(sdp)),
            Event::OfferReceived { call, sdp } => write!(f, "OfferReceived({call:?}, {:?})", size(sdp)),
            Event::OfferAnswered { call, sdp } => write!(f, "OfferAnswered({call:?}, {} bytes)", sdp.len()),
            Event::OfferRefused { call, why } => write!(f, "OfferRefused({call:?}, {why:?})"),
            Event::Ended { call, cause } => write!(f, "Ended({call:?}, {cause:?})"),
            Event::Binding { contact, .. } => write!(f, "Binding({contact:?})"),
            Event::Located { lookup, paths } => write!(f, "Located({lookup:?}, {paths:?})"),
            Event::PathChanged { call, path } => write!(f, "PathChanged({call:?}, {path:?})"),
            Event::PeerChanged { call, peer } => write!(f, "PeerChanged({call:?}, {peer:?})"),
            Event::Digit { call, .. } => write!(f, "Digit({call:?})"),
            Event::Asked { call, what } => write!(f, "Asked({call:?}, {what:?})"),
            Event::TransferProgress { call, code } => write!(f, "TransferProgress({call:?}, {code})"),
            Event::TransferEnded { call, outcome } => write!(f, "TransferEnded({call:?}, {outcome:?})"),
            Event::ReferReceived(refer) => write!(f, "{refer:?}"),
            Event::Subscription { subscription, state } => {
                write!(f, "Subscription({subscription:?}, {state:?})")
            }
            Event::Notified { subscription, notification } => {
                write!(f, "Notified({subscription:?}, {notification:?})")
            }
            Event::MessagesWaiting { account, notification } => {
                write!(f, "MessagesWaiting({account:?}, {notification:?})")
            }
            Event::Published { publication, outcome } => write!(f, "Published({publication:?}, {outcome:?})"),
            Event::Reported { report, outcome } => write!(f, "Reported({report:?}, {outcome:?})"),
            Event::MessageSent { message, outcome } => write!(f, "MessageSent({message:?}, {outcome:?})"),
            Event::MessageReceived(message) => write!(f, "{message:?}"),
        }
    }
}

fn size(sdp: &Option<bytes::Bytes>) -> Option<usize> {
    sdp.as_ref().map(bytes::Bytes::len)
}
