//! What did not work, as the agent is told; and tracking ids and row ids, from the seed alone: the same seed gives the same
//! ids (SESSION-10).

#![allow(missing_docs, reason = "a variant's doc explains its fields")]

use crate::history::RowId;
use crate::output::Output;
use crate::view::{TrackingId, crossing};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::VecDeque;
use std::fmt;

crossing! {
    /// Something that did not work, in a form that every language can word.
    pub struct TroubleView {
        /// What it was; the window words it and says what to do.
        pub what: TroubleKind,
        /// Stands in the log too.
        pub tracking: TrackingId,
    }

    /// What did not work.
    #[serde(tag = "kind")]
    pub enum TroubleKind {
        /// The server refused account or password.
        WrongPassword,
        /// The server does not know the account.
        UnknownAccount,
        /// No answer from the server.
        #[serde(rename_all = "camelCase")]
        Unreachable { server: String },
        /// The server answered with a refusal that has no kinder name. `code` is the SIP status code.
        Refused { code: u16 },
        /// The call found the other side busy.
        Busy,
        /// Nobody answered.
        NoAnswer,
        /// The number does not exist there.
        NotFound,
        /// The other side declined.
        Declined,
        /// The two sides share no codec.
        NoCommonCodec,
        /// One side wants the call encrypted, and the other cannot or must not.
        NotEncrypted,
        /// The other side's key is not the one that was announced: somebody may be between.
        WrongKey,
        /// The agent's entry cannot be used.
        #[serde(rename_all = "camelCase")]
        BadEntry { field: String, reason: String },
        /// The keychain cannot be used: the password is not remembered.
        NoKeychain,
        /// The server's certificate cannot be trusted, or it does not trust ours.
        #[serde(rename_all = "camelCase")]
        Certificate { server: String, problem: CertificateProblem },
        /// Sound may go by relays alone, and none is to be had.
        NoRelay,
        /// No sound came from the other side any more, and no answer either.
        MediaLost,
        /// The desk stopped during the call, and it could not be taken up again.
        NotResumed,
        /// The call is not recorded, or not any more.
        NotRecorded { problem: RecordingProblem },
        /// Some of the call is missing in its recording: the disk was too slow.
        RecordingGap,
        /// A greeting cannot be played.
        NotPlayed,
        /// Anything else. `detail` is technical and in English.
        Other { detail: String },
    }

    /// Why nothing is recorded.
    #[derive(Copy, Eq)]
    pub enum RecordingProblem {
        /// The folder cannot be made, or not be written to.
        Folder,
        /// The disk is full.
        Full,
        /// The disk failed otherwise.
        Disk,
    }

    /// What is wrong with a certificate.
    #[derive(Copy, Eq)]
    pub enum CertificateProblem {
        /// No authority that is trusted here signed it.
        UnknownAuthority,
        /// It is another server's.
        WrongName,
        /// Its time is over, or this computer's clock is wrong.
        Expired,
        /// Its time has not come, or this computer's clock is wrong.
        NotYetValid,
        /// Its authority took it back.
        Revoked,
        /// The server does not take ours, or wants one that we have not.
        OursRefused,
        /// Anything else.
        Other,
    }
}

/// Crockford's base32: no I, L, O, U, so that an id read out on the phone is not misheard.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes ids, and logs the troubles they are for.
pub(crate) struct Tracker {
    random: StdRng,
}

impl Tracker {
    /// The same seed gives the same ids.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { random: StdRng::from_seed(seed) }
    }

    /// A trouble as the agent reads it, and its line in the log.
    pub(crate) fn trouble(&mut self, what: TroubleKind, outputs: &mut VecDeque<Output>) -> TroubleView {
        let tracking = TrackingId(self.base32(4));
        outputs.push_back(Output::Log { tracking: tracking.clone(), trouble: what.clone() });
        TroubleView { what, tracking }
    }

    /// An id for a new history row.
    pub(crate) fn row(&mut self) -> RowId {
        RowId(self.base32(16))
    }

    fn base32(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(ALPHABET[self.random.random_range(0..ALPHABET.len())])).collect()
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracker")
    }
}
