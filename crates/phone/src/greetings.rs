//! My recordings (CALL-15): the greetings that the agent keeps, and the one that is being made. Data for the window, and
//! what it can ask for.

use crate::view::crossing;
use serde::{Deserialize, Serialize};
use sidetone_desk::view::{ActionView, UnixMillis};

crossing! {
    /// My recordings.
    pub struct GreetingsView {
        /// Those that are kept, in the order of their names.
        pub greetings: Vec<GreetingView>,
        /// The name of the one that callers hear when they are answered.
        pub on_answer: Option<String>,
        /// What is being made.
        pub studio: StudioView,
        /// What the agent listens to.
        pub listening: ListeningView,
        /// Whether a recording can be begun, or listened to.
        pub ready: ActionView,
        /// Removed a moment ago: it can be brought back.
        pub removed: Option<String>,
        /// What did not work last.
        pub trouble: Option<GreetingTrouble>,
    }

    /// One greeting.
    pub struct GreetingView {
        /// Its name.
        pub name: String,
        /// How long it is.
        pub length_ms: u32,
    }

    /// What is being made.
    #[serde(tag = "kind")]
    pub enum StudioView {
        /// Nothing.
        Empty,
        /// The microphone is heard since then; it ends by itself after so long.
        #[serde(rename_all = "camelCase")]
        Recording {
            /// When it began.
            since: UnixMillis,
            /// How long it may be.
            longest_ms: u32,
        },
        /// What was spoken, not kept yet.
        #[serde(rename_all = "camelCase")]
        Draft {
            /// How long it is.
            length_ms: u32,
            /// Where the first word begins.
            from_ms: u32,
            /// Where the last one ends.
            to_ms: u32,
            /// How loud it is, from the beginning to the end in equal parts: 0 to 100.
            bars: Vec<u8>,
        },
    }

    /// What the agent listens to.
    #[serde(tag = "kind")]
    pub enum ListeningView {
        /// Nothing.
        Nothing,
        /// What was spoken just now, since then.
        #[serde(rename_all = "camelCase")]
        Draft {
            /// When it began to play.
            since: UnixMillis,
            /// From here on.
            from_ms: u32,
        },
        /// A greeting.
        Kept {
            /// Its name.
            name: String,
        },
    }

    /// What did not work.
    #[derive(Copy, Eq)]
    pub enum GreetingTrouble {
        /// One by this name is there already.
        NameTaken,
        /// This is no name: letters, digits, spaces and dashes.
        BadName,
        /// Nothing was said.
        NothingSaid,
        /// The disk does not take it, or does not give it.
        Disk,
    }

    /// What can be asked for. What cannot be done now changes nothing.
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum GreetingCommand {
        /// Look again at what is kept: the panel was opened.
        Refresh,
        /// Speak a new one.
        Record,
        /// That was it.
        StopRecording,
        /// Not this one.
        Discard,
        /// Listen to a part of what was spoken.
        Listen {
            /// From here.
            from_ms: u32,
            /// To here.
            to_ms: u32,
        },
        /// Listen to one that is kept.
        ListenTo {
            /// Its name.
            name: String,
        },
        /// Enough of it.
        StopListening,
        /// Keep a part of what was spoken, by this name.
        Keep {
            /// Its name.
            name: String,
            /// From here.
            from_ms: u32,
            /// To here.
            to_ms: u32,
        },
        /// Give it another name.
        Rename {
            /// Its name.
            name: String,
            /// Its next one.
            to: String,
        },
        /// Remove it; it can be brought back until the next one is removed.
        Remove {
            /// Its name.
            name: String,
        },
        /// Bring back what was removed.
        Restore,
        /// Play it to callers when they are answered; `None`: none.
        PlayOnAnswer {
            /// Its name.
            name: Option<String>,
        },
    }
}
