//! What goes into the desk: the agent's wishes, and the word of the phone and the platform.
//!
//! Updates are idempotent: the same one twice changes nothing the second time, and one about a leg that is gone is
//! ignored. The platform's word is final, so no update is ever refused.

use crate::command::Command;
use crate::history::HistoryRow;
use crate::live::LiveCall;
use crate::pii::Pii;
use crate::view::{
    ChoiceView, ContactId, Privacy, QualityView, RecordingProblem, SoundSummary, TroubleKind, UnixMillis,
};
use std::time::Duration;

/// What a [`Desk`](crate::Desk) takes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A wish of the agent.
    Command(Command),
    /// The word of the phone or the platform.
    Update(Update),
}

/// One leg: a call as the phone knows it. A number is never used twice while a desk runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegId {
    /// A call that came in, or of before a crash. The phone numbers these.
    Incoming(u32),
    /// A call that we make. The desk numbers these, in [`Output::Call`](crate::Output::Call).
    Outgoing(u32),
}

/// What the phone or the platform says.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// Signing in has begun (SESSION-1).
    SigningIn {
        /// As shown to the agent.
        account: String,
        /// Whether it is the practice exchange.
        practice: bool,
    },
    /// The server knows us.
    SignedIn {
        /// As shown to the agent.
        account: String,
        /// Whether it is the practice exchange.
        practice: bool,
    },
    /// Signing in did not work, or a running session was refused for good.
    SignInFailed(TroubleKind),
    /// The session is over: asked for by [`Output::SignOut`](crate::Output::SignOut), or taken by the platform.
    /// Running calls go on; offers are given back.
    SignedOut,
    /// The server does not answer any more; the phone goes on trying. No state changes: a banner says so (SESSION-9).
    RegistrationLost(TroubleKind),
    /// The server answers again.
    RegistrationBack,
    /// A contact is offered, or what is known about an offered one has changed.
    Offer(Offer),
    /// Our call rings there.
    Ringing {
        /// Which leg.
        leg: LegId,
    },
    /// Both sides are through: our call was taken, or the one we answered is confirmed.
    Connected {
        /// Which leg.
        leg: LegId,
    },
    /// The other side put us on hold, or took us off it.
    HeldByThem {
        /// Which leg.
        leg: LegId,
        /// On hold or off it.
        on: bool,
    },
    /// The answer to [`Output::Hold`](crate::Output::Hold) (`on`) or [`Output::Resume`](crate::Output::Resume).
    HoldDone {
        /// Which leg.
        leg: LegId,
        /// Held or resumed.
        on: bool,
    },
    /// The other answer to them: the other side refused.
    HoldFailed {
        /// Which leg.
        leg: LegId,
        /// Whether it was to be held or to be resumed.
        on: bool,
        /// Why.
        trouble: TroubleKind,
    },
    /// The leg is over.
    Ended {
        /// Which leg.
        leg: LegId,
        /// Who ended it, and why.
        cause: EndCause,
    },
    /// The other side is somebody else by now, or is better known.
    PartyChanged {
        /// Which leg.
        leg: LegId,
        /// Who.
        party: Pii<Party>,
    },
    /// How the call sounds, once a second; `None`: not known any more.
    Quality {
        /// Which leg.
        leg: LegId,
        /// The figures.
        quality: Option<QualityView>,
        /// How it has sounded from its beginning, for the history; `None`: as was said before.
        so_far: Option<SoundSummary>,
    },
    /// What became of a leg's recording (CALL-8).
    Recording {
        /// Which leg.
        leg: LegId,
        /// What.
        news: RecordingNews,
    },
    /// So many recordings that a crash cut off are whole again.
    RecordingsMended(u32),
    /// The greeting that was played is over (CALL-15).
    GreetingOver {
        /// Which leg.
        leg: LegId,
        /// `false`: there was nothing to be played.
        played: bool,
    },
    /// The greeting that callers hear when they are answered; `None`: none.
    GreetingOnAnswer(Option<Pii<String>>),
    /// Whether the leg is in the conference (CONF-1).
    Joined {
        /// Which leg.
        leg: LegId,
        /// Whether it is.
        on: bool,
    },
    /// The agent began to speak, or ceased to, muted or not.
    Speaking {
        /// Whether they speak.
        on: bool,
    },
    /// How private the call is.
    Privacy {
        /// Which leg.
        leg: LegId,
        /// By now.
        privacy: Privacy,
    },
    /// Which sound devices there are at all.
    Devices {
        /// Whether there is any microphone.
        microphone: bool,
        /// Whether there is any speaker.
        speaker: bool,
    },
    /// Whether the volumes are too low to work (CALL-11).
    Volumes {
        /// The microphone's is.
        microphone_low: bool,
        /// The speaker's is.
        speaker_low: bool,
    },
    /// This draft is on disk: the answer to [`Output::SaveDraft`](crate::Output::SaveDraft).
    DraftSaved {
        /// Whose draft.
        contact: ContactId,
        /// The version that was saved.
        version: u32,
    },
    /// The store cannot be written.
    StoreFailed(TroubleKind),
    /// The store can be written again.
    StoreBack,
    /// Something beside calls did not work: told once, as a notice.
    Trouble(TroubleKind),
    /// Rows whose wrap-up was still [`Pending`](crate::WrapUpState::Pending) when the desk last stopped (WRAPUP-3).
    RestoredDrafts(Vec<HistoryRow>),
    /// The phone goes on with a call of before a crash: it is shown again, as if nothing had been (CALL-10).
    /// [`Update::Ended`] where that comes to nothing.
    RestoredCall {
        /// Its leg from now on, a [`LegId::Incoming`].
        leg: LegId,
        /// As [`Desk::live_call`](crate::Desk::live_call) gave it.
        call: Box<LiveCall>,
    },
    /// The state last given out by [`Output::SaveState`](crate::Output::SaveState) before the desk stopped, for the next
    /// sign-in. One who was Available comes back idle: perhaps nobody is there (STATE-5).
    RestoredState(ChoiceView),
    /// A supervisor changed the agent's state (STATE-4): now, or after the running contact.
    StateSet(ChoiceView),
    /// What the wall clock says now: after it was set, or the machine slept.
    WallClock(UnixMillis),
}

/// A contact that wants an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Its leg, [`LegId::Incoming`].
    pub leg: LegId,
    /// Still being assigned: the connecting popover (OFFER-1). Said again without, it rings.
    pub assigning: bool,
    /// To the agent in person, not through a queue.
    pub direct: bool,
    /// Who calls.
    pub party: Pii<Party>,
    /// The queue it came through, as shown.
    pub queue: Option<String>,
    /// The number that was dialled.
    pub dnis: Option<String>,
    /// Call-associated data.
    pub variables: Vec<Variable>,
    /// How long it may ring, where not as configured.
    pub accept_timeout: Option<Duration>,
    /// The call itself asks to be taken, after this time of ringing (OFFER-7).
    pub auto_answer: Option<Duration>,
}

/// The other party, in the clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The name, where known.
    pub name: Option<Pii<String>>,
    /// The number, or `user@host`.
    pub number: Pii<String>,
}

/// One call-associated value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The admin's label.
    pub label: String,
    /// The value.
    pub value: Pii<String>,
    /// Not to be shown while it is offered (OFFER-1).
    pub secure: bool,
    /// Its place; smaller comes first.
    pub order: u16,
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingNews {
    /// Its file is there, and what is said is written down.
    Begun,
    /// From now on nothing is.
    Paused,
    /// From now on it is again.
    Resumed,
    /// Some of what was said is missing: the disk was too slow. It goes on.
    Gap,
    /// It is over and whole.
    Ended,
    /// It is over, and this is why.
    Failed(RecordingProblem),
}

/// Who ended a leg, and why.
#[derive(Debug, Clone, PartialEq)]
pub enum EndCause {
    /// We did.
    Local,
    /// The other side hung up.
    Party,
    /// The caller gave up before we answered.
    Abandoned,
    /// Another device took it (OFFER-8).
    AnsweredElsewhere,
    /// The platform took the offer back.
    Rescinded,
    /// It did not come about, or it broke.
    Failed(TroubleKind),
}
