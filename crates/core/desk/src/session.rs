//! Who is signed in. The desk only keeps what it is told; passwords never come here (SESSION-1).

use crate::view::TroubleView;

/// Who is signed in, or what stands in the way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Session {
    /// Nobody; perhaps since the last try did not work.
    Out { trouble: Option<TroubleView> },
    /// Waiting for the server's word.
    SigningIn(Account),
    /// Signed in.
    In(Account),
    /// The agent wants to leave; waiting for the server's word.
    SigningOut(Account),
}

/// The account, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) practice: bool,
}

impl Session {
    /// Whether contacts can come and go.
    pub(crate) fn is_in(&self) -> bool {
        match self {
            Self::In(_) => true,
            Self::Out { .. } | Self::SigningIn(_) | Self::SigningOut(_) => false,
        }
    }
}
