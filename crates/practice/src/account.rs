//! Whom the agent signs in as. Made anew for every start, so that no password lies about.

use rand::RngExt;
use std::fmt;
use std::net::SocketAddr;

/// The user part of the one account there is.
pub(crate) const USER: &str = "agent";

/// No 0, O, 1, l or I: somebody may have to type it.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const PASSWORD_LETTERS: usize = 20;

/// Whom to sign in as.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// `sip:agent@127.0.0.1:PORT`.
    pub address: String,
    /// The agent's name.
    pub display_name: String,
    /// The password. Never printed: `Debug` leaves it out.
    pub password: String,
}

impl Account {
    pub(crate) fn at(server: SocketAddr, password: Option<String>) -> Self {
        Self {
            address: format!("sip:{USER}@{server}"),
            display_name: "Robin".to_owned(),
            password: password.unwrap_or_else(new_password),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.address)
    }
}

fn new_password() -> String {
    let mut random = rand::rng();
    let mut letter = || LETTERS.get(random.random_range(0..LETTERS.len())).copied().unwrap_or(b'x');
    (0..PASSWORD_LETTERS).map(|_| char::from(letter())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ_and_are_not_printed() {
        let server = "127.0.0.1:5060".parse().unwrap();
        let (one, other) = (Account::at(server, None), Account::at(server, None));
        assert_ne!(one.password, other.password);
        assert_eq!(one.password.len(), PASSWORD_LETTERS);
        assert_eq!(format!("{one:?}"), "Account(sip:agent@127.0.0.1:5060)");
    }
}
