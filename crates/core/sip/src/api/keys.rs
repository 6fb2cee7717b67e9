//! What things are called between a user agent and whoever drives it: numbers of our own, never used twice by the same
//! user agent, and never sent.

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
    };
}

key! {
    /// One call (an INVITE usage, RFC 3261 sections 13 to 15). Not the Call-ID.
    CallKey
}
key! {
    /// One account: given by whoever registers it.
    AccountKey
}
key! {
    /// One question to the names of the network, given by the user agent.
    LookupKey
}
key! {
    /// One subscription (RFC 6665), given by whoever subscribes.
    SubscriptionKey
}
key! {
    /// One publication (RFC 3903), given by whoever publishes.
    PublicationKey
}
key! {
    /// One message (RFC 3428), given by whoever sends it.
    MessageKey
}
key! {
    /// One report to a collector (RFC 6035), given by whoever sends it.
    ReportKey
}
key! {
    /// One REFER of theirs (RFC 3515), given by the user agent.
    ReferKey
}
