//! What comes out of the desk: what the phone, the ringer, the store and the log are to do.

use crate::dial::Target;
use crate::history::{HistoryRow, RowId};
use crate::input::LegId;
use crate::pii::Pii;
use crate::view::{ChoiceView, CodeId, ContactId, TrackingId, TroubleKind};

/// One thing to be done. Drain them all after every `handle_*`.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// [`Desk::view`](crate::Desk::view) is another one than before. At most once a call, and the last.
    ViewChanged,
    /// Ring in a loop until [`Output::StopRinging`].
    StartRinging(Ring),
    /// Stop ringing.
    StopRinging,
    /// Take an incoming call; [`Update::Connected`](crate::Update::Connected) says when it is through.
    Answer {
        /// Which leg.
        leg: LegId,
        /// The agent did not press anything: let them hear a beep first (OFFER-7).
        beep: bool,
    },
    /// Refuse an incoming call. The desk is done with this leg.
    Reject {
        /// Which leg.
        leg: LegId,
        /// Why, for the status code.
        reason: RejectReason,
    },
    /// Call someone.
    Call {
        /// The leg's number from now on, an [`LegId::Outgoing`].
        leg: LegId,
        /// Whom.
        target: Pii<Target>,
    },
    /// Take the sound away from this leg at once, and ask the other side to hold. May come while a `Resume` is not
    /// answered yet: the last word counts. Every one is answered by `HoldDone` or `HoldFailed`.
    Hold(LegId),
    /// Ask the other side to go on, where it was told to hold, and give this leg the sound back. Where the other side
    /// refused the hold before, only the sound is missing: then say `HoldDone` at once.
    Resume(LegId),
    /// Send silence in place of the microphone, or the microphone again.
    Mute {
        /// Which leg.
        leg: LegId,
        /// Silence.
        on: bool,
    },
    /// Send one DTMF digit: `0` to `9`, `*`, `#`, `A` to `D`.
    Digit {
        /// Which leg.
        leg: LegId,
        /// Which digit. Hidden, since people key in card numbers.
        digit: Pii<char>,
    },
    /// Something about a leg's recording. What became of it is said by [`Update::Recording`](crate::Update::Recording).
    Record {
        /// Which leg.
        leg: LegId,
        /// What.
        wish: Recorder,
    },
    /// Play a greeting of the agent's to both sides; [`Update::GreetingOver`](crate::Update::GreetingOver) says when it is over.
    Greet {
        /// Which leg.
        leg: LegId,
        /// Its name.
        name: Pii<String>,
    },
    /// End the greeting that is played; answered by the same.
    StopGreeting(LegId),
    /// End a call in whatever state it is. The desk is done with this leg.
    Hangup(LegId),
    /// Keep what was typed; [`Update::DraftSaved`](crate::Update::DraftSaved) says when it is on disk (WRAPUP-3).
    SaveDraft {
        /// The row it belongs to, which has been given out before.
        row: RowId,
        /// Whose draft.
        contact: ContactId,
        /// Counts up with every change, from 1 anew after a restart.
        version: u32,
        /// The chosen reason.
        reason: Option<CodeId>,
        /// The notes.
        notes: Pii<String>,
    },
    /// Insert or replace the row with this id (DIR-2). It holds everything typed so far: forget the row's draft.
    RecordHistory(Box<HistoryRow>),
    /// Keep the state for the next start (STATE-5); `None`: the agent signed out, forget it.
    SaveState(Option<ChoiceView>),
    /// Leave the server; [`Update::SignedOut`](crate::Update::SignedOut) says when that is done.
    SignOut,
    /// Log a trouble under the id that the agent reads (SESSION-10). Holds nothing personal.
    Log {
        /// The id.
        tracking: TrackingId,
        /// What it was.
        trouble: TroubleKind,
    },
}

/// What is to be done with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorder {
    /// Begin one.
    Begin,
    /// Write nothing down.
    Pause,
    /// Go on.
    Resume,
    /// End it.
    End,
}

/// How to ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// The ringtone.
    Full,
    /// The quiet waiting-call tone: the agent is talking (CALL-14).
    CallWaiting,
}

/// Why an incoming call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    /// The agent declined it (for SIP: 603, or what makes the queue go on).
    Declined,
    /// Nobody took it in time (480).
    Missed,
    /// The agent is in a contact or its wrap-up (486).
    Busy,
    /// The agent is not ready, or signed out (480).
    NotReady,
}

/// Why a deadline is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// The offer will be missed (OFFER-3).
    Accept(ContactId),
    /// The offer will be taken by itself (OFFER-7).
    AutoAnswer(ContactId),
    /// The wrap-up will end by itself (WRAPUP-2).
    WrapUp(ContactId),
    /// A recording that is paused will go on (CALL-8).
    ResumeRecording(ContactId),
}
