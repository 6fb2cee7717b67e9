//! Digest authentication (RFC 3261 section 22, RFC 7616, RFC 8760): [`Authenticator`] answers challenges,
//! [`server::Guard`] makes them. Knows no Basic, which RFC 3261 forbids, and no AKA.

mod client;
mod digest;
mod params;
pub mod server;
#[cfg(test)]
mod tests;

pub use client::{Authenticator, Refused};
pub use digest::Algorithm;

use crate::message::name;

/// Who asks: the server itself (401) or a proxy on the way (407).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// 401, WWW-Authenticate, Authorization.
    Server,
    /// 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl Side {
    /// The header field of the challenge.
    pub fn challenge_name(self) -> &'static str {
        match self {
            Self::Server => name::WWW_AUTHENTICATE,
            Self::Proxy => name::PROXY_AUTHENTICATE,
        }
    }

    /// The header field of the answer.
    pub fn credentials_name(self) -> &'static str {
        match self {
            Self::Server => name::AUTHORIZATION,
            Self::Proxy => name::PROXY_AUTHORIZATION,
        }
    }

    /// The status code of the challenge.
    pub fn code(self) -> u16 {
        match self {
            Self::Server => 401,
            Self::Proxy => 407,
        }
    }
}
