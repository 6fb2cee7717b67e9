//! What happens, said for scripts, monitoring and measuring: one JSON object a line on the command line's standard
//! output, or in the file the window was told to write. Numbers and names are left out unless the listener asked
//! for them, since these lines end up in logs.

use serde::Serialize;

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
    /// We hold the call.
    Held,
    /// It is off hold.
    Resumed,
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
        /// Packets received so far.
        packets_received: u64,
        /// Packets sent so far.
        packets_sent: u64,
        /// The agent's level.
        microphone_dbfs: f32,
        /// The other side's level.
        far_dbfs: f32,
    },
    /// A key was pressed on the other side (RFC 4733).
    Digit {
        /// Which.
        key: char,
    },
    /// The call is over.
    Ended {
        /// `agent`, `party`, `cancelled`, `answered_elsewhere`, `missed`, `declined`, `refused`, `broken`.
        cause: &'static str,
        /// The SIP status code, where one ended it.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
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
