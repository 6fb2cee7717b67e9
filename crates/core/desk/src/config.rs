//! What the admin decides about the desk. Read once at the start; the desk never changes it.

use crate::view::{ChoiceView, CodeView};
use std::time::Duration;

/// The admin's rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// How long an offer rings before it is missed (OFFER-3), where the offer brings no time of its own.
    pub accept_timeout: Duration,
    /// Whether declining a queue offer makes the agent RONA, as missing it does (OFFER-9).
    pub rona_on_decline: bool,
    /// When calls to the agent in person ring.
    pub direct: DirectCalls,
    /// Whether every offer is accepted at once (OFFER-7), while no other contact is live.
    pub auto_answer: bool,
    /// Whether calls are recorded (CALL-8).
    pub recording: RecordingRules,
    /// What happens after a contact.
    pub wrap_up: WrapUpRules,
    /// The idle codes the agent can choose from, in order (STATE-2).
    pub idle_codes: Vec<CodeView>,
    /// Whether only the last four digits of a number are shown, everywhere (OFFER-2).
    pub mask_numbers: bool,
    /// How many variables an offer shows at most (OFFER-1).
    pub offer_variables: usize,
    /// The state after signing in, where no earlier one is restored (STATE-5).
    pub after_sign_in: ChoiceView,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            accept_timeout: Duration::from_secs(20),
            rona_on_decline: false,
            direct: DirectCalls::default(),
            auto_answer: false,
            recording: RecordingRules::default(),
            wrap_up: WrapUpRules::default(),
            idle_codes: Vec::new(),
            mask_numbers: false,
            offer_variables: 6,
            after_sign_in: ChoiceView::Idle { code: None },
        }
    }
}

/// When a call to the agent in person rings. While the agent is Available and free it always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectCalls {
    /// As a second line during another contact (CALL-5).
    pub while_engaged: bool,
    /// While the agent is not ready, or in wrap-up: what *Work offline* does (STATE-1).
    pub while_idle: bool,
}

impl Default for DirectCalls {
    fn default() -> Self {
        Self { while_engaged: true, while_idle: false }
    }
}

/// Whether calls are recorded, and how long a pause lasts (CALL-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingRules {
    /// Who begins a recording.
    pub start: RecordingStart,
    /// After how long a recording that was paused goes on by itself.
    pub resume_after: Duration,
}

/// Who begins a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingStart {
    /// Nobody.
    Never,
    /// The agent, who may end it, too.
    ByHand,
    /// Every call begins one.
    Always,
}

impl Default for RecordingRules {
    fn default() -> Self {
        Self { start: RecordingStart::Never, resume_after: Duration::from_secs(60) }
    }
}

/// What happens after a contact (WRAPUP-1, WRAPUP-2).
#[derive(Debug, Clone, PartialEq)]
pub struct WrapUpRules {
    /// The reasons to choose from, in order.
    pub reasons: Vec<CodeView>,
    /// Whether a reason must be chosen before submitting.
    pub mandatory: bool,
    /// After how long it ends by itself; `None`: never.
    pub timeout: Option<Duration>,
    /// How much one press on Extend adds; `None`: no extending.
    pub extend_by: Option<Duration>,
    /// How long a wrap-up lasts at most, extensions included.
    pub longest: Duration,
    /// Whether a call we made that was never answered is wrapped up too.
    pub after_unanswered: bool,
}

impl Default for WrapUpRules {
    fn default() -> Self {
        Self {
            reasons: Vec::new(),
            mandatory: false,
            timeout: Some(Duration::from_secs(60)),
            extend_by: Some(Duration::from_secs(60)),
            longest: Duration::from_secs(60 * 60),
            after_unanswered: false,
        }
    }
}
