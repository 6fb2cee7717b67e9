//! Methods (RFC 3261 section 7.1 and the RFCs that add some). Case counts: `invite` is an unknown method.

use super::grammar::{is_token, is_token_char};
use std::fmt::{self, Write as _};

/// A request's method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the methods' own")]
pub enum Method {
    Invite,
    Ack,
    Bye,
    Cancel,
    Register,
    Options,
    Prack,
    Update,
    Info,
    Refer,
    Notify,
    Subscribe,
    Publish,
    Message,
    /// Any other token.
    Other(String),
}

const KNOWN: [(&str, Method); 14] = [
    ("INVITE", Method::Invite),
    ("ACK", Method::Ack),
    ("BYE", Method::Bye),
    ("CANCEL", Method::Cancel),
    ("REGISTER", Method::Register),
    ("OPTIONS", Method::Options),
    ("PRACK", Method::Prack),
    ("UPDATE", Method::Update),
    ("INFO", Method::Info),
    ("REFER", Method::Refer),
    ("NOTIFY", Method::Notify),
    ("SUBSCRIBE", Method::Subscribe),
    ("PUBLISH", Method::Publish),
    ("MESSAGE", Method::Message),
];

impl Method {
    /// Reads one; `None` where it is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|(name, _)| *name == text).map(|(_, method)| method.clone());
        known.or_else(|| is_token(text).then(|| Self::Other(text.to_owned())))
    }

    /// As it stands in a message.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
            Self::Prack => "PRACK",
            Self::Update => "UPDATE",
            Self::Info => "INFO",
            Self::Refer => "REFER",
            Self::Notify => "NOTIFY",
            Self::Subscribe => "SUBSCRIBE",
            Self::Publish => "PUBLISH",
            Self::Message => "MESSAGE",
            Self::Other(name) => name,
        }
    }
}

/// What is no token character is left out: an [`Other`](Method::Other) can't bring a line of its own.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().chars().filter(|&c| is_token_char(c)).try_for_each(|c| f.write_char(c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_methods_read_back_and_near_misses_stay_unknown() {
        for (name, method) in KNOWN {
            assert_eq!(Method::parse(name).as_ref(), Some(&method));
            assert_eq!(method.as_str(), name);
        }
        assert_eq!(Method::parse("INVITED"), Some(Method::Other("INVITED".to_owned())));
        assert_eq!(Method::parse("invite"), Some(Method::Other("invite".to_owned())));
        assert_eq!(Method::parse("IN VITE"), None);
        assert_eq!(Method::parse(""), None);
    }
}
