//! In which form an offer of ours is protected: as the policy has it, and otherwise where it is refused so.

use super::{KeyAgreement, Policy, Security};

/// One form of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Best-effort, in a plain profile (RFC 8643).
    Offered,
    /// By a profile that allows nothing else.
    Demanded(KeyAgreement),
    /// Not at all.
    Open,
}

impl Form {
    /// All that a policy allows, in the order in which they are tried: best-effort first, which most bear; then what others
    /// insist on; then what those bear who know nothing of it.
    pub(super) fn all(security: &Security) -> Vec<Form> {
        let can = |agreement: &KeyAgreement| *agreement != KeyAgreement::Dtls || security.identity.is_some();
        let demanded = security.keys.iter().copied().filter(can).map(Form::Demanded);
        match security.policy {
            Policy::Never => vec![Form::Open],
            Policy::Offer => {
                std::iter::once(Form::Offered).chain(demanded).chain(std::iter::once(Form::Open)).collect()
            }
            Policy::Require => demanded.collect(),
        }
    }

    /// The `m=` line's profile.
    pub(super) const fn proto(self) -> &'static str {
        match self {
            Form::Offered | Form::Open => "RTP/AVP",
            Form::Demanded(KeyAgreement::Sdes) => "RTP/SAVP",
            Form::Demanded(KeyAgreement::Dtls) => "UDP/TLS/RTP/SAVP",
        }
    }
}
