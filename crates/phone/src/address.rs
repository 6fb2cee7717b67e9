//! What an agent types to sign in: `user@host`, perhaps with `sip:` before and a port behind.

/// Whom, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The user part.
    pub(crate) user: String,
    /// The domain or IP address, IPv6 in brackets.
    pub(crate) host: String,
    /// Where not the default.
    pub(crate) port: Option<u16>,
}

/// What is wrong with what was typed; the words are keys for the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// There is no `@`, or nothing before it.
    #[error("the user is missing: write user@server")]
    NoUser,
    /// There is nothing behind the `@`.
    #[error("the server is missing: write user@server")]
    NoHost,
    /// It has characters that no address has.
    #[error("a character that no address has")]
    BadCharacter,
    /// The port is no number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    BadPort,
}

/// Whether an address can be signed in as.
///
/// # Errors
/// What is wrong with it, in English.
pub fn check_address(text: &str) -> Result<(), String> {
    Address::parse(text).map(drop).map_err(|error| error.to_string())
}

impl Address {
    /// Reads it.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let text = text.strip_prefix("sip:").or_else(|| text.strip_prefix("SIP:")).unwrap_or(text);
        let (user, rest) = text.rsplit_once('@').ok_or(AddressError::NoUser)?;
        if user.is_empty() {
            return Err(AddressError::NoUser);
        }
        let (host, port) = split_port(rest)?;
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        let user_ok = user.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!~*'()&=+$,/%".contains(c));
        let host_ok = host.chars().all(|c| c.is_ascii_alphanumeric() || "-._[]:".contains(c));
        if !user_ok || !host_ok {
            return Err(AddressError::BadCharacter);
        }
        Ok(Self { user: user.to_owned(), host: host.to_owned(), port })
    }

    /// The address of record.
    pub(crate) fn aor(&self) -> String {
        match self.port {
            Some(port) => format!("sip:{}@{}:{port}", self.user, self.host),
            None => format!("sip:{}@{}", self.user, self.host),
        }
    }

    /// As shown to the agent.
    pub(crate) fn shown(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

fn split_port(rest: &str) -> Result<(&str, Option<u16>), AddressError> {
    let colon = match rest.rfind(']') {
        Some(end) => rest[end..].find(':').map(|at| end + at),
        None => rest.rfind(':'),
    };
    let Some(colon) = colon else { return Ok((rest, None)) };
    let port = rest[colon + 1..].parse().ok().filter(|port| *port != 0).ok_or(AddressError::BadPort)?;
    Ok((&rest[..colon], Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agents_type_is_understood() {
        for (text, aor) in [
            ("100@example.org", "sip:100@example.org"),
            (" sip:100@example.org:5070 ", "sip:100@example.org:5070"),
            ("agent.one@[2001:db8::1]:5060", "sip:agent.one@[2001:db8::1]:5060"),
            ("agent@[::1]", "sip:agent@[::1]"),
        ] {
            assert_eq!(Address::parse(text).unwrap().aor(), aor);
        }
    }

    #[test]
    fn what_cannot_be_an_address_says_why() {
        for (text, error) in [
            ("example.org", AddressError::NoUser),
            ("@example.org", AddressError::NoUser),
            ("100@", AddressError::NoHost),
            ("100@example.org:sip", AddressError::BadPort),
            ("100@example.org:0", AddressError::BadPort),
            ("100@exa mple.org", AddressError::BadCharacter),
            ("1\r\n00@example.org", AddressError::BadCharacter),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text:?}");
        }
    }
}
