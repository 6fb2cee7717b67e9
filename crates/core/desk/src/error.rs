//! Why a command was not done. Nothing changed when one of these comes back.

use crate::view::{TroubleView, Why, crossing};

crossing! {
    /// Why the desk did not do what the agent asked for.
    #[derive(thiserror::Error)]
    #[serde(tag = "kind")]
    pub enum Error {
        /// Something is in the way now: the same reason that the button shows.
        #[error("blocked: {why:?}")]
        Blocked {
            /// What is in the way.
            why: Why,
        },
        /// It is being done already: wait for it.
        #[error("already being done")]
        Busy,
        /// This contact has no such action in its present phase.
        #[error("not possible for this contact now")]
        Impossible,
        /// The contact is gone, often because the other side was quicker.
        #[error("no such contact")]
        NoSuchContact,
        /// The configuration has no such idle code or wrap-up reason.
        #[error("no such code")]
        NoSuchCode,
        /// No missed offer waits for an answer.
        #[error("no such dialog")]
        NoSuchDialog,
        /// What was entered cannot be used: correct it. Carries the tracking id that the log has too.
        #[error("the entry cannot be used ({})", trouble.tracking.0)]
        BadEntry {
            /// A [`TroubleKind::BadEntry`](crate::view::TroubleKind::BadEntry).
            trouble: TroubleView,
        },
    }
}
