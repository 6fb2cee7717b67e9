//! The words between a [`Session`](crate::Session) and its driver.

use crate::ice::{News, Via};
use crate::quality::{Cause, Opinion};
use bytes::Bytes;
use std::{net::SocketAddr, time::Duration};

/// How a [`Session`](crate::Session) behaves, apart from what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The most delay the jitter buffer may build up.
    pub max_delay: Duration,
    /// How long a digit sounds; at least 40 ms.
    pub digit_duration: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config { max_delay: Duration::from_millis(400), digit_duration: Duration::from_millis(100) }
    }
}

/// What a session takes in.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// A datagram from the RTP socket. With RTCP on the same port it may be RTCP: that is seen.
    Rtp {
        /// Where it came from.
        source: SocketAddr,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A datagram from the RTCP socket.
    Rtcp {
        /// Where it came from.
        source: SocketAddr,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A datagram from a further socket for RTP ([`Setup::further`](crate::ice::Setup)).
    Further {
        /// Its place there.
        socket: usize,
        /// Where it came from.
        source: SocketAddr,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A message over a connection to a relay ([`Setup::lines`](crate::ice::Setup)), cut out by a
    /// [`Framer`](crate::ice::Framer); empty: the connection is over.
    Line {
        /// Its place there.
        line: usize,
        /// Its bytes.
        bytes: &'a [u8],
    },
}

/// Why a datagram was not used. Nothing needs to be done about it; count it if you like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Nothing was agreed yet.
    #[error("nothing is agreed yet")]
    NotRunning,
    /// It is not RTP or RTCP.
    #[error("malformed packet")]
    Malformed,
    /// It comes from somebody else.
    #[error("packet of a stranger")]
    Stranger,
    /// It was not made with the agreed key, or there is no key yet.
    #[error("packet is not authentic")]
    NotAuthentic,
    /// It came before.
    #[error("packet came before")]
    Replayed,
    /// Its payload type was not agreed.
    #[error("payload type was not agreed")]
    UnknownPayload,
    /// Its sequence number or source does not belong to the running stream (RFC 3550 appendix A.1).
    #[error("packet out of place")]
    OutOfPlace,
}

/// What a session gives out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes.
    Transmit(Transmit),
    /// Something happened.
    Event(Event),
}

/// One datagram.
#[derive(Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub to: SocketAddr,
    /// From which of our sockets. With RTCP multiplexed everything goes by [`Channel::Rtp`].
    pub channel: Channel,
    /// By that socket, or by which other one.
    pub via: Via,
    /// The bytes.
    pub payload: Bytes,
}

impl std::fmt::Debug for Input<'_> {
    /// The bytes are what was said: only how many there are is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, bytes) = match self {
            Input::Rtp { bytes, .. } => ("Rtp", bytes),
            Input::Rtcp { bytes, .. } => ("Rtcp", bytes),
            Input::Further { bytes, .. } => ("Further", bytes),
            Input::Line { bytes, .. } => ("Line", bytes),
        };
        write!(f, "{what}({} bytes)", bytes.len())
    }
}

impl std::fmt::Debug for Transmit {
    /// The bytes are what was said: only how many there are is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transmit({}, {:?}, {} bytes)", self.to, self.channel, self.payload.len())
    }
}

/// One of our two sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The one in the `m=` line.
    Rtp,
    /// The one beside it.
    Rtcp,
}

/// What happened.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The other side pressed a key: `0`-`9`, `*`, `#`, `A`-`D`. Said once, when it begins.
    Digit(char),
    /// The first sound of the other side arrived.
    MediaStarted,
    /// The other side's source said goodbye (RTCP BYE).
    Bye,
    /// What looking for a way brought: see [`Session::gather`](crate::Session::gather).
    Path(News),
    /// A handshake gave its keys: from here on sound passes, protected.
    Secured,
    /// A handshake gave no keys: nothing ever passes.
    NotSecured(KeyTrouble),
}

/// Why there are no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTrouble {
    /// Their certificate is not the announced one: somebody may be between.
    #[error("their certificate is not the announced one")]
    WrongFingerprint,
    /// They speak otherwise, or do not answer.
    #[error("no keys could be agreed on")]
    NoAgreement,
}

impl std::fmt::Debug for Event {
    /// Digits may be a card number: they are not printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Event::Digit(_) => "Digit(_)",
            Event::MediaStarted => "MediaStarted",
            Event::Bye => "Bye",
            Event::Path(_) => "Path(_)",
            Event::Secured => "Secured",
            Event::NotSecured(_) => "NotSecured",
        })
    }
}

/// Why a deadline is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// The next RTCP report (RFC 3550 section 6.2).
    Report,
    /// Something of the wire's own: keys that are being agreed on, a path that is being kept open.
    Wire,
    /// Another second of figures.
    Second,
}

/// How the call sounds, as figures. What can be counted is counted over the last eight seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// What we send: `opus`, `PCMU`, `PCMA`; empty before anything was agreed.
    pub codec: &'static str,
    /// Packets of theirs that never came, 0 to 100.
    pub loss_percent: f32,
    /// Packets of theirs that came too late to be played, 0 to 100.
    pub discarded_percent: f32,
    /// Packets of ours that never came there, by their last report, 0 to 100; `None` where there is none.
    pub remote_loss_percent: Option<f32>,
    /// Interarrival jitter (RFC 3550 section 6.4.1), in ms.
    pub jitter_ms: f32,
    /// To them and back, by RTCP; `None` before the first report, and where the other side sends none.
    pub round_trip_ms: Option<f32>,
    /// From their mouth to our ear, as far as it can be known; `None` while the round trip is not.
    pub delay_ms: Option<f32>,
    /// How long sound waits here before it is played.
    pub buffer_ms: f32,
    /// How much of what was played was made up, 0 to 100.
    pub concealed_percent: f32,
    /// RTP packets that came.
    pub packets_received: u64,
    /// RTP packets that went.
    pub packets_sent: u64,
    /// Sound came within the last second.
    pub receiving: bool,
    /// What people would say of it (ITU-T G.107); `None` before anything came.
    pub opinion: Option<Opinion>,
    /// What is wrong with it.
    pub cause: Option<Cause>,
}

/// How loud it is, RMS with a quick rise and a slow fall; full scale is 0, silence is [`level::FLOOR_DBFS`](crate::level::FLOOR_DBFS).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// What the microphone gives, muted or not.
    pub microphone_dbfs: f32,
    /// What the other side sounds like.
    pub far_dbfs: f32,
}
