//! What a SIP failure means to an agent.

use sidetone_desk::view::TroubleKind;
use sidetone_media::SdpError;
use sidetone_media::session::KeyTrouble;
use sidetone_sip::api::Failure;

/// A failure of a call or of a request in it. `server` is named where it does not answer.
pub(super) fn of_failure(failure: &Failure, server: &str) -> TroubleKind {
    match failure {
        Failure::Status { code, .. } => of_status(*code),
        Failure::Credentials => TroubleKind::WrongPassword,
        Failure::Timeout | Failure::Transport | Failure::NoSuchName => {
            TroubleKind::Unreachable { server: server.to_owned() }
        }
        Failure::Protocol => {
            TroubleKind::Other { detail: "the other side sent something that is not SIP".to_owned() }
        }
    }
}

/// A failure to register: here 404 and 403 speak of the account, not of a callee.
pub(super) fn of_registration(failure: &Failure, server: &str) -> TroubleKind {
    match failure {
        Failure::Status { code: 404 | 410 | 604, .. } => TroubleKind::UnknownAccount,
        Failure::Status { code: 401 | 403 | 407, .. } => TroubleKind::WrongPassword,
        Failure::Status { code, .. } => TroubleKind::Refused { code: *code },
        Failure::Credentials
        | Failure::Timeout
        | Failure::Transport
        | Failure::NoSuchName
        | Failure::Protocol => of_failure(failure, server),
    }
}

/// A final status code (RFC 3261 section 21).
fn of_status(code: u16) -> TroubleKind {
    match code {
        486 | 600 => TroubleKind::Busy,
        408 | 480 => TroubleKind::NoAnswer,
        404 | 410 | 484 | 604 => TroubleKind::NotFound,
        603 => TroubleKind::Declined,
        488 | 606 => TroubleKind::NoCommonCodec,
        401 | 407 => TroubleKind::WrongPassword,
        code => TroubleKind::Refused { code },
    }
}

/// A session description that cannot be used.
pub(super) fn of_sdp(error: &SdpError) -> TroubleKind {
    match error {
        SdpError::NoAudio | SdpError::NoCommonCodec | SdpError::Refused => TroubleKind::NoCommonCodec,
        SdpError::Protection => TroubleKind::NotEncrypted,
        SdpError::Syntax(_) | SdpError::NoAddress | SdpError::NoOffer => {
            TroubleKind::Other { detail: error.to_string() }
        }
    }
}

/// Keys that could not be agreed on.
pub(super) const fn of_keys(why: KeyTrouble) -> TroubleKind {
    match why {
        KeyTrouble::WrongFingerprint => TroubleKind::WrongKey,
        KeyTrouble::NoAgreement => TroubleKind::NotEncrypted,
    }
}

/// What a call ended by that could not go on, for what happens to be said.
pub(super) const fn cause(trouble: &TroubleKind) -> &'static str {
    match trouble {
        TroubleKind::WrongKey => "wrong_key",
        TroubleKind::NotEncrypted => "not_encrypted",
        _ => "broken",
    }
}

/// The status code of a failure, for what happens to be said.
pub(super) fn code(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::Status { code, .. } => Some(*code),
        Failure::Credentials
        | Failure::Timeout
        | Failure::Transport
        | Failure::NoSuchName
        | Failure::Protocol => None,
    }
}
