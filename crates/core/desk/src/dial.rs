//! What the dial field dials (CALL-6).

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A number or extension, cleaned: 3 to 18 of `0`-`9 + # * :`. The phone adds the account's domain.
    Number(String),
    /// `sip:user@host` or `sips:user@host`, perhaps with port and parameters.
    Uri(String),
}
