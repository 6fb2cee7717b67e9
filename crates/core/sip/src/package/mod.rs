//! Event packages (RFC 6665): what can be subscribed to, and what notifications say.

/// What can be subscribed to or published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// Who talks to whom (RFC 4235).
    Dialog,
    /// Whether somebody is there (RFC 3856).
    Presence,
    /// Whether voice messages wait (RFC 3842).
    MessageSummary,
    /// Who is in a conference (RFC 4575).
    Conference,
    /// Agent state and call handling as the server has it (ECMA-323 bodies).
    AsFeatureEvent,
}

impl Package {
    /// As in Event.
    pub const fn name(self) -> &'static str {
        match self {
            Package::Dialog => "dialog",
            Package::Presence => "presence",
            Package::MessageSummary => "message-summary",
            Package::Conference => "conference",
            Package::AsFeatureEvent => "as-feature-event",
        }
    }
}
