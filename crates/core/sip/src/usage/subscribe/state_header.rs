//! Subscription-State (RFC 6665 section 8.4), and what each reason for an end asks of us (section 4.1.3).

use crate::{
    api::TerminationReason,
    message::{Headers, Params, name},
};
use std::time::Duration;

/// What a NOTIFY says about its subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// In force, for this long where it says so.
    Active(Option<Duration>),
    /// Somebody must allow it first.
    Pending(Option<Duration>),
    /// Over.
    Terminated { reason: TerminationReason, retry_after: Option<Duration> },
}

impl Told {
    /// Reads it. An unknown state is taken as active, which is what notifiers of old that say none mean.
    pub(super) fn of(headers: &Headers) -> Self {
        let value = headers.get(name::SUBSCRIPTION_STATE).unwrap_or("active");
        let (state, params) = value.split_at(value.find(';').unwrap_or(value.len()));
        let params = Params::parse(params).unwrap_or_default();
        let seconds = |name: &str| {
            let seconds: u32 = params.get(name)?.parse().ok()?;
            Some(Duration::from_secs(seconds.into()))
        };
        match state.trim().to_ascii_lowercase().as_str() {
            "terminated" => Told::Terminated {
                reason: reason_of(params.get("reason").unwrap_or_default()),
                retry_after: seconds("retry-after"),
            },
            "pending" => Told::Pending(seconds("expires")),
            _ => Told::Active(seconds("expires")),
        }
    }
}

fn reason_of(word: &str) -> TerminationReason {
    match word.to_ascii_lowercase().as_str() {
        "deactivated" => TerminationReason::Deactivated,
        "probation" => TerminationReason::Probation,
        "rejected" => TerminationReason::Rejected,
        "timeout" => TerminationReason::Timeout,
        "giveup" => TerminationReason::GiveUp,
        "noresource" => TerminationReason::NoResource,
        "invariant" => TerminationReason::Invariant,
        _ => TerminationReason::Other,
    }
}

/// When a subscription that its notifier ended is made anew.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    /// At once: where the server moves, all its subscribers come, so each a little later.
    AtOnce,
    /// After a while, and not before this.
    Later(Option<Duration>),
}

/// What this reason asks of us (section 4.1.3). `retry-after` has a meaning for some only.
pub(super) fn again(reason: TerminationReason, retry_after: Option<Duration>) -> Again {
    match reason {
        TerminationReason::Deactivated | TerminationReason::Timeout => Again::AtOnce,
        TerminationReason::Probation | TerminationReason::GiveUp | TerminationReason::Other => {
            Again::Later(retry_after)
        }
        TerminationReason::Rejected | TerminationReason::NoResource | TerminationReason::Invariant => {
            Again::Never
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(value: &str) -> Told {
        let mut headers = Headers::new();
        headers.push(name::SUBSCRIPTION_STATE, value);
        Told::of(&headers)
    }

    #[test]
    fn states_are_read_in_any_case_and_with_what_they_carry() {
        let minute = Some(Duration::from_secs(60));
        assert_eq!(told("active;expires=60"), Told::Active(minute));
        assert_eq!(told("Pending ; Expires=60"), Told::Pending(minute));
        assert_eq!(told("pending"), Told::Pending(None));
        let reason = TerminationReason::Probation;
        assert_eq!(
            told("TERMINATED;reason=Probation;retry-after=60"),
            Told::Terminated { reason, retry_after: minute }
        );
        let reason = TerminationReason::Other;
        assert_eq!(told("terminated"), Told::Terminated { reason, retry_after: None });
        assert_eq!(
            told("terminated;reason=moon;retry-after=-1"),
            Told::Terminated { reason, retry_after: None }
        );
        assert_eq!(told("active;expires=99999999999"), Told::Active(None));
        assert_eq!(told("active;;;=\""), Told::Active(None));
        assert_eq!(Told::of(&Headers::new()), Told::Active(None));
    }

    #[test]
    fn each_reason_asks_for_its_own() {
        let wait = Some(Duration::from_secs(5));
        for reason in [TerminationReason::Deactivated, TerminationReason::Timeout] {
            assert_eq!(again(reason, wait), Again::AtOnce);
        }
        for reason in [TerminationReason::Probation, TerminationReason::GiveUp, TerminationReason::Other] {
            assert_eq!(again(reason, wait), Again::Later(wait));
        }
        for reason in
            [TerminationReason::Rejected, TerminationReason::NoResource, TerminationReason::Invariant]
        {
            assert_eq!(again(reason, wait), Again::Never);
        }
    }
}
