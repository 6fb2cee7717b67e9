//! What the words between a user agent and its driver look like in a log: kinds, keys and sizes. Numbers, names,
//! passwords and bodies are private and left out.

use crate::api::{Account, Address, BoundContact, Command, Event, IncomingCall, Input, Transmit};
use std::fmt::{Debug, Formatter, Result};

impl Debug for Account {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Account(server {:?})", self.server)
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

impl Debug for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Command::Register(account) => write!(f, "Register({account:?})"),
            Command::Unregister => write!(f, "Unregister"),
            Command::Call { call, .. } => write!(f, "Call({call:?})"),
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
            Input::Command(command) => write!(f, "Command({command:?})"),
        }
    }
}

impl Debug for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Event::Registered { expires } => write!(f, "Registered({expires:?})"),
            Event::RegistrationFailed { why, retry_in } => {
                write!(f, "RegistrationFailed({why:?}, {retry_in:?})")
            }
            Event::Unregistered => write!(f, "Unregistered"),
            Event::IncomingCall(incoming) => write!(f, "{incoming:?}"),
            Event::Progress { call, code, sdp } => write!(f, "Progress({call:?}, {code}, {:?})", size(sdp)),
            Event::Answered { call, sdp } => write!(f, "Answered({call:?}, {} bytes)", sdp.len()),
            Event::Confirmed { call, sdp } => write!(f, "Confirmed({call:?}, {:?})", size(sdp)),
            Event::OfferReceived { call, sdp } => write!(f, "OfferReceived({call:?}, {:?})", size(sdp)),
            Event::OfferAnswered { call, sdp } => write!(f, "OfferAnswered({call:?}, {} bytes)", sdp.len()),
            Event::OfferRefused { call, why } => write!(f, "OfferRefused({call:?}, {why:?})"),
            Event::Ended { call, cause } => write!(f, "Ended({call:?}, {cause:?})"),
            Event::Binding { contact, .. } => write!(f, "Binding({contact:?})"),
        }
    }
}

fn size(sdp: &Option<bytes::Bytes>) -> Option<usize> {
    sdp.as_ref().map(bytes::Bytes::len)
}
