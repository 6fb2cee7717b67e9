//! Who we are to servers, and where they are.

use super::{Flow, Transport};
use std::time::Duration;

/// Who we are to a server, and where it is.
#[derive(Clone)]
pub struct Account {
    /// `sip:user@domain`, the address of record.
    pub aor: String,
    /// The name others see; may be empty.
    pub display_name: String,
    /// The name for digest authentication; usually the user part.
    pub auth_user: String,
    /// The password. Never printed: `Debug` leaves it out.
    pub password: String,
    /// Registrar and outbound proxy in one, best first: the next one is tried where one does not answer.
    pub servers: Vec<Server>,
    /// How long a registration is asked to last.
    pub expires: Duration,
    /// `urn:uuid:...`, the same at every start of this installation (RFC 5626 section 4.1); empty: none is told.
    pub instance: String,
}

/// Where a server is.
#[derive(Clone, PartialEq, Eq)]
pub enum Server {
    /// At the end of this path.
    At(Flow),
    /// Where its name leads to (RFC 3263).
    Named {
        /// A domain, a host, or an address.
        host: String,
        /// With a port no service is looked up.
        port: Option<u16>,
        /// With a transport the domain is not asked for its own.
        transport: Option<Transport>,
    },
}
