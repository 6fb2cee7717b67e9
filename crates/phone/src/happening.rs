//! What happens, said for scripts, monitoring and measuring: one JSON object a line on the command line's standard
//! output, or in the file the window was told to write. Numbers and names are left out unless the listener asked
//! for them, since these lines end up in logs.

use serde::Serialize;
use sidetone_desk::view::Privacy;

/// One thing that happened. Times are milliseconds since 1970 on the wall clock.
#[derive(Debug, Clone, Serialize)]
pub struct Happening {
    /// When.
    pub at_ms: i64,
    /// The call it belongs to, where it belongs to one: counts from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<u32>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// Ready: listening for SIP at this address.
    Listening {
        /// `IP:PORT`.
        address: String,
    },
    /// The server knows us.
    Registered {
        /// For how long.
        expires_s: u64,
    },
    /// The server let us go, or we left.
    Unregistered,
    /// A call came in.
    Incoming {
        /// The queue it came through.
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
    },
    /// Our call goes out.
    Outgoing,
    /// Our call rings there.
    Ringing,
    /// Both sides can talk.
    Connected {
        /// The codec, for example `opus`.
        #[serde(skip_serializing_if = "Option::is_none")]
        codec: Option<String>,
    },
    /// It goes on with somebody else, who took the other side's place.
    Replaced,
    /// We hold the call.
    Held,
    /// It is off hold; or it goes on after a crash.
    Resumed {
        /// After a crash: how long the other side was alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        gap_ms: Option<u64>,
    },
    /// Its sound goes by another network now.
    Moved,
    /// Who can listen to it, by now: `open`, `weak` (its sound is encrypted, its signalling is not) or `encrypted`. A call
    /// is open until something else is said.
    Privacy {
        /// How private it is.
        privacy: Privacy,
    },
    /// A way for its sound was found (ICE), or another one.
    Path {
        /// What ours is: `host`, `srflx`, `prflx` or `relay`.
        local: &'static str,
        /// What theirs is.
        remote: &'static str,
        /// To them and back.
        #[serde(skip_serializing_if = "Option::is_none")]
        round_trip_ms: Option<f32>,
    },
    /// No way for its sound works any more; it is tried on.
    PathLost,
    /// The call's figures, once a second.
    Quality {
        /// Packets lost or too late, in percent.
        loss_percent: f32,
        /// Interarrival jitter.
        jitter_ms: f32,
        /// Round trip, where the other side reports.
        #[serde(skip_serializing_if = "Option::is_none")]
        round_trip_ms: Option<f32>,
        /// What the jitter buffer holds.
        buffer_ms: f32,
        /// How many of 5 points people would give it (ITU-T G.107), once something was heard.
        #[serde(skip_serializing_if = "Option::is_none")]
        mos: Option<f32>,
        /// What is wrong, in a word.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'static str>,
        /// Packets received so far.
        packets_received: u64,
        /// Packets sent so far.
        packets_sent: u64,
        /// The agent's level.
        microphone_dbfs: f32,
        /// The other side's level.
        far_dbfs: f32,
    },
    /// How a call sounded, before it is said that it ended.
    Sounded {
        /// How long it was listened to.
        duration_s: u64,
        /// The codec.
        codec: &'static str,
        /// How many of 5 points people would give the sound alone (ITU-T G.107), where anything was heard.
        #[serde(skip_serializing_if = "Option::is_none")]
        mos_lq: Option<f32>,
        /// And the conversation, delay included, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        mos_cq: Option<f32>,
        /// Packets lost.
        loss_percent: f32,
        /// Packets too late.
        discarded_percent: f32,
        /// Packets of ours lost, where the other side reported.
        #[serde(skip_serializing_if = "Option::is_none")]
        remote_loss_percent: Option<f32>,
        /// Mean interarrival jitter.
        jitter_ms: f32,
        /// Mean round trip, where the other side reported.
        #[serde(skip_serializing_if = "Option::is_none")]
        round_trip_ms: Option<f32>,
        /// Mean delay from mouth to ear, where it was known.
        #[serde(skip_serializing_if = "Option::is_none")]
        delay_ms: Option<f32>,
        /// What was wrong for longest, in a word.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'static str>,
        /// For how many seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem_s: Option<u32>,
    },
    /// A key was pressed on the other side (RFC 4733, or INFO).
    Digit {
        /// Which.
        key: char,
    },
    /// The call is being recorded.
    Recording,
    /// Nothing of the call is recorded for now, or it is again.
    RecordingPaused {
        /// Whether it is not.
        paused: bool,
    },
    /// A recording of it is whole.
    Recorded {
        /// Its name in the folder of recordings.
        file: String,
    },
    /// Recordings that a crash cut off are whole again.
    Mended {
        /// How many.
        recordings: usize,
    },
    /// A recording that was played into the call is over.
    Played {
        /// Before its end.
        stopped: bool,
    },
    /// A greeting was spoken into the microphone (CALL-15).
    GreetingSpoken {
        /// How long it is.
        length_ms: u32,
    },
    /// It is kept.
    GreetingKept,
    /// Callers hear one when they are answered.
    GreetingOnAnswer,
    /// The call is over.
    Ended {
        /// `agent`, `party`, `cancelled`, `answered_elsewhere`, `missed`, `declined`, `refused`, `broken`,
        /// `wrong_key` (somebody may be between), `not_encrypted` (no keys, or none in common).
        cause: &'static str,
        /// The SIP status code, where one ended it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// A transfer of ours: what the other side heard from the target.
    Transferring {
        /// The SIP status code.
        code: u16,
    },
    /// The target took it.
    Transferred,
    /// It did not: the call is as it was.
    TransferFailed {
        /// The SIP status code, where one said so.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// A subscription is in force, or waits to be allowed.
    Subscribed {
        /// To what, for example `dialog`.
        package: &'static str,
        /// For how long; not in force yet without.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_s: Option<u64>,
    },
    /// It is not in force any more.
    Unsubscribed {
        /// To what.
        package: &'static str,
        /// The SIP status code, where one said so.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// A subscription told something.
    Notified {
        /// To what.
        package: &'static str,
        /// The body's type.
        content_type: String,
        /// The body's length.
        bytes: usize,
    },
    /// Our publication was taken, or not.
    Published {
        /// For how long.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_s: Option<u64>,
        /// The SIP status code that refused it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// A collector was told how a call was, or did not want to hear it.
    Reported {
        /// Whether it took the report.
        taken: bool,
        /// The SIP status code, where one refused it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// Our message arrived, or did not.
    MessageSent {
        /// Whether it did.
        taken: bool,
        /// The SIP status code, where one refused it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// Somebody writes.
    MessageReceived {
        /// The body's type.
        content_type: String,
        /// The body's length.
        bytes: usize,
    },
    /// The agent's state changed.
    State {
        /// Its name, as in the view.
        label: String,
    },
    /// A sound device is missing, went or came back.
    Sound {
        /// What about it.
        detail: String,
    },
    /// Something did not work.
    Error {
        /// What, in English, without numbers, names or secrets.
        detail: String,
        /// Stands in the log and on the screen too.
        #[serde(skip_serializing_if = "Option::is_none")]
        tracking: Option<String>,
    },
}
