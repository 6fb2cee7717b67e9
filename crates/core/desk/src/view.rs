//! What the screen shows: one value, [`DeskView`], made anew whenever something in it changed.
//!
//! The window renders it and invents nothing: order, what is said, and whether a button can be used are
//! decided here. It carries data, never sentences, so that every language is the window's own business.
//! Times are points on the wall clock ([`UnixMillis`]); the window counts up from or down to them by itself,
//! so a running timer costs no message.

#![allow(missing_docs, reason = "a variant's doc explains its fields")]

pub use crate::sound::{Grade, QualityView, SoundProblem, SoundSummary};
pub use crate::trouble::{CertificateProblem, RecordingProblem, TroubleKind, TroubleView};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Derives what every type that crosses to the window needs.
macro_rules! crossing {
    ($($item:item)*) => { $(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "bindings", derive(specta::Type))]
        #[serde(rename_all = "camelCase")]
        $item
    )* };
}
pub(crate) use crossing;

/// Milliseconds since 1970-01-01T00:00:00Z on the wall clock. Exact in a JavaScript number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
// To the bindings an `i32` is a plain `number`, where an `f64` would be `number | null` (JSON has no NaN).
pub struct UnixMillis(#[cfg_attr(feature = "bindings", specta(type = i32))] pub i64);

/// One contact of this desk, for as long as the desk runs. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ContactId(pub u32);

/// A wrap-up reason's or an idle code's id, as the admin wrote it in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct CodeId(pub String);

/// The short id that an error shown to the agent shares with the log (SESSION-10), for example `K7QX`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct TrackingId(pub String);

crossing! {
    /// Everything the window needs to draw the desk.
    pub struct DeskView {
        /// Who is signed in, or what stands in the way.
        pub session: SessionView,
        /// The agent's state, as read by the agent (STATE-1).
        pub state: StateView,
        /// Functions that do not work now and why; each goes by itself (SESSION-9).
        pub banners: Vec<BannerView>,
        /// Every offered, active or wrapping contact, in the task list's order (OFFER-5).
        pub contacts: Vec<ContactView>,
        /// The contacts that want a popover, topmost first (OFFER-4).
        pub popovers: Vec<ContactId>,
        /// The contact whose panel is open.
        pub selected: Option<ContactId>,
        /// The call that the agent talks in without being heard: they are muted (CALL-3).
        pub speaks_muted: Option<ContactId>,
        /// A dialog that waits for the agent's word.
        pub dialog: Option<DialogView>,
        /// What happened lately and wants to be read once, oldest first; the agent dismisses them.
        pub notices: Vec<NoticeView>,
        /// Whether the dial field dials (CALL-6).
        pub dial: ActionView,
        /// The admin's wrap-up reasons, in the admin's order.
        pub wrap_up_reasons: Vec<CodeView>,
        /// The admin's idle codes, in the admin's order.
        pub idle_codes: Vec<CodeView>,
    }

    /// Who is signed in.
    #[serde(tag = "kind")]
    pub enum SessionView {
        /// Nobody. `trouble` says why the last try did not work.
        SignedOut { trouble: Option<TroubleView> },
        /// Waiting for the server's word.
        #[serde(rename_all = "camelCase")]
        SigningIn { account: String, practice: bool },
        /// Signed in. `sign_out` says what is in the way (SESSION-8).
        #[serde(rename_all = "camelCase")]
        SignedIn { account: String, practice: bool, sign_out: ActionView },
    }

    /// What the agent is, made of availability and activity.
    pub struct StateView {
        /// The word and the shape.
        pub label: StateLabel,
        /// Since when.
        pub since: UnixMillis,
        /// Who or what made it so.
        pub cause: CauseView,
        /// The state that follows the running contact, where the agent picked one (STATE-3).
        pub next: Option<ChoiceView>,
        /// Whether the agent can change state now.
        pub change: ActionView,
    }

    /// The state as the agent reads it.
    #[serde(tag = "kind")]
    pub enum StateLabel {
        /// Nobody is signed in.
        SignedOut,
        /// Ready for offers.
        Available,
        /// An offer is on screen.
        Offered,
        /// In a contact: offers blocked.
        Engaged,
        /// After a contact: offers blocked.
        WrapUp,
        /// Not ready, with the reason if the admin defined some.
        Idle { code: Option<CodeId> },
        /// Not ready, because an offer was missed.
        Rona,
    }

    /// A state that the agent can choose.
    #[serde(tag = "kind")]
    pub enum ChoiceView {
        /// Ready for offers.
        Available,
        /// Not ready.
        Idle { code: Option<CodeId> },
    }

    /// Why the state is what it is.
    pub enum CauseView {
        /// The agent chose it.
        Agent,
        /// A supervisor set it (STATE-4).
        Supervisor,
        /// It is the first after signing in.
        SignIn,
        /// An offer was missed.
        Rona,
        /// A contact came, went on or ended.
        Contact,
        /// The wrap-up timer ran out.
        Timer,
        /// The server cannot be reached.
        RegistrationLost,
        /// A sound device went away.
        DeviceLost,
        /// An emergency call.
        Emergency,
        /// Restored from before the desk stopped (STATE-5).
        Restored,
    }

    /// A function that does not work now.
    pub struct BannerView {
        /// Which function, and why.
        pub what: BannerKind,
        /// Since when.
        pub since: UnixMillis,
    }

    /// What a banner says.
    #[serde(tag = "kind")]
    pub enum BannerKind {
        /// The server cannot be reached: new calls do not arrive; the running one goes on.
        RegistrationLost { trouble: TroubleView },
        /// There is no microphone: callers hear nothing.
        NoMicrophone,
        /// There is no speaker: the agent hears nothing.
        NoSpeaker,
        /// The microphone's volume is too low for callers to understand anything (CALL-11).
        MicrophoneLow,
        /// The speaker's volume is too low to understand callers (CALL-11).
        SpeakerLow,
        /// What is saved may not last: the store cannot be written.
        StoreUnavailable { trouble: TroubleView },
    }

    /// One contact.
    pub struct ContactView {
        /// Its id.
        pub id: ContactId,
        /// The line it is on, from 1 (CALL-5).
        pub line: u8,
        /// Who began it.
        pub direction: Direction,
        /// The other party.
        pub party: PartyView,
        /// The queue it came through.
        pub queue: Option<String>,
        /// The number that was dialled to reach us.
        pub dnis: Option<String>,
        /// CAD variables to be shown, in the admin's order. Secure ones are not here while it is offered (OFFER-1).
        pub variables: Vec<VariableView>,
        /// What is going on with it.
        pub phase: PhaseView,
        /// When the phase began: the timer beside it.
        pub since: UnixMillis,
        /// The parties are connected.
        pub connection: Option<ConnectionView>,
        /// Whether the agent is muted, and what the mute button does.
        pub muted: bool,
        /// How the call sounds.
        pub quality: Option<QualityView>,
        /// What can be done, and if not, why not.
        pub actions: ActionsView,
        /// The wrap-up, which can be filled in from the moment it is connected.
        pub wrap_up: Option<WrapUpView>,
    }

    /// Two parties who can hear each other.
    pub struct ConnectionView {
        /// Since when.
        pub since: UnixMillis,
        /// Who else can.
        pub privacy: Privacy,
        /// Whether it is written down (CALL-8).
        pub recording: RecordingView,
        /// The greeting that both hear just now (CALL-15).
        pub greeting: Option<String>,
    }

    /// Whether a call is recorded. What is asked for and not done yet is not said to be so.
    #[serde(tag = "kind")]
    pub enum RecordingView {
        /// It is not.
        Off,
        /// It is, since then.
        On { since: UnixMillis },
        /// Not for now: it goes on by itself at `resumes`.
        Paused { since: UnixMillis, resumes: UnixMillis },
    }

    /// How private a call is between this desk and its server, or the other phone where there is no server.
    #[derive(Copy, Eq, Default)]
    pub enum Privacy {
        /// Whoever is on the way can listen.
        #[default]
        Open,
        /// The sound is encrypted, but the signalling that agreed on its keys is not: whoever reads or changes that can
        /// listen.
        Weak,
        /// Sound and signalling are encrypted.
        Encrypted,
    }

    /// Who began the contact.
    pub enum Direction { Inbound, Outbound }

    /// What is going on with a contact.
    #[serde(tag = "kind")]
    pub enum PhaseView {
        /// It is being assigned: the connecting popover.
        Connecting,
        /// It rings here until `deadline`; the countdown ring runs from `since` to it (OFFER-3).
        Ringing { deadline: UnixMillis },
        /// Accepted, not yet through.
        Answering,
        /// We call: nothing heard yet.
        Dialing,
        /// We call: it rings there.
        RingingThere,
        /// Talking.
        Connected,
        /// One or both sides hold.
        #[serde(rename_all = "camelCase")]
        OnHold { by_us: bool, by_them: bool },
        /// Over; waiting for reason and notes. `deadline` is when it ends by itself (WRAPUP-2).
        #[serde(rename_all = "camelCase")]
        WrapUp { deadline: Option<UnixMillis>, ended: EndedView },
    }

    /// How a contact ended.
    #[serde(tag = "kind")]
    pub enum EndedView {
        /// The agent ended it.
        ByAgent,
        /// The other side ended it.
        ByParty,
        /// It broke.
        Failed { trouble: TroubleView },
    }

    /// Whether something can be done now.
    #[serde(tag = "kind")]
    pub enum ActionView {
        /// Yes.
        Ready,
        /// It is being done.
        Busy,
        /// No, and this is why: shown as a tooltip and to a screen reader.
        Blocked { why: Why },
        /// It makes no sense here: not shown.
        Absent,
    }

    /// What can be done with a contact.
    pub struct ActionsView {
        /// Take the offer.
        pub accept: ActionView,
        /// Give the offer back.
        pub decline: ActionView,
        /// Put on hold.
        pub hold: ActionView,
        /// Take off hold.
        pub resume: ActionView,
        /// Mute or unmute.
        pub mute: ActionView,
        /// Send keys.
        pub keypad: ActionView,
        /// Begin a recording, or end it.
        pub record: ActionView,
        /// Pause the recording, or go on with it.
        pub pause_recording: ActionView,
        /// Play a greeting; while one is played, stop it.
        pub greet: ActionView,
        /// End the call, or stop calling.
        pub end: ActionView,
        /// Be done with the wrap-up.
        pub submit_wrap_up: ActionView,
        /// More time for the wrap-up.
        pub extend_wrap_up: ActionView,
    }

    /// Why a button cannot be used.
    pub enum Why {
        /// Sign in first.
        NotSignedIn,
        /// The server cannot be reached.
        RegistrationLost,
        /// Resume first.
        OnHold,
        /// The parties are not connected yet.
        NotConnected,
        /// A contact is live.
        ContactActive,
        /// A wrap-up waits to be done.
        WrapUpPending,
        /// An offer waits to be accepted or declined.
        OfferOnScreen,
        /// Another call is being set up.
        AnotherInProgress,
        /// Choose a wrap-up reason first.
        ReasonMissing,
        /// The admin does not allow it, or not any longer.
        NotAllowed,
        /// Enter a number first.
        EnterNumber,
        /// The agent asks somebody else meanwhile.
        InConsult,
        /// Others are in the call.
        InConference,
    }

    /// A wrap-up reason or idle code.
    pub struct CodeView {
        /// Its id.
        pub id: CodeId,
        /// The admin's words.
        pub label: String,
        /// The labels above it, outermost first, where the admin made levels.
        pub path: Vec<String>,
    }

    /// A dialog that waits for the agent's word.
    #[serde(tag = "kind")]
    pub enum DialogView {
        /// An offer was missed: *Go Available* or *Stay idle* (OFFER-3).
        Rona { party: PartyView, queue: Option<String> },
    }

    /// Something that happened.
    pub struct NoticeView {
        /// To dismiss it by.
        pub id: u32,
        /// When.
        pub at: UnixMillis,
        /// What.
        pub what: NoticeKind,
    }

    /// What a notice says.
    #[serde(tag = "kind")]
    pub enum NoticeKind {
        /// The caller gave up while it rang.
        Abandoned { party: PartyView },
        /// Another device took it: not missed (OFFER-8).
        AnsweredElsewhere { party: PartyView },
        /// A call we made did not come about.
        #[serde(rename_all = "camelCase")]
        CallFailed { party: PartyView, trouble: TroubleView },
        /// Something could not be done.
        Failed { trouble: TroubleView },
        /// Wrap-up ran out and was saved as it stood.
        WrapUpExpired { party: PartyView },
        /// Recordings that a crash cut off are whole again (CALL-8).
        RecordingsMended { count: u32 },
        /// Characters that cannot be dialled were dropped (CALL-6).
        DialCleaned { dropped: String },
    }
}

// What is about a person stays out of `Debug` output, and so out of logs.

/// The other party, already masked where the admin wants that (OFFER-2).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PartyView {
    /// The name, where known.
    pub name: Option<String>,
    /// The number or address as it may be shown.
    pub number: String,
}

/// One call-associated value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct VariableView {
    /// The admin's label.
    pub label: String,
    /// The value.
    pub value: String,
}

/// A contact's wrap-up as filled in so far.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct WrapUpView {
    /// The chosen reason.
    pub reason: Option<CodeId>,
    /// The notes, as last saved.
    pub notes: String,
    /// Whether a reason must be chosen.
    pub mandatory: bool,
    /// Whether what was typed last is on disk (WRAPUP-3).
    pub saved: bool,
}

/// `Debug` without what is about a person.
macro_rules! discreet {
    ($($name:ident)*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )* };
}
discreet! { PartyView VariableView WrapUpView }
