//! One call's media: microphone to packets, packets to speaker, in the one shape of a core.
//!
//! The driver calls [`Session::capture`] and [`Session::play`] every 10 ms by the devices' clock, hands datagrams to
//! [`Session::handle_input`], calls [`Session::handle_timeout`] at [`Session::poll_timeout`], and drains
//! [`Session::poll_output`] after each of them.
//!
//! **Whom we hear and write to** (symmetric RTP): packets are taken from the host named in the session description, from
//! any port; the first address that a well-formed packet of an agreed payload type came from is latched, and ours go
//! there from then on (a NAT shows itself so). Where the description names a private or otherwise different host, the
//! first source is latched as well, once for each [`Plan`]'s remote address; later strangers are refused.

mod api;

pub use api::{Channel, Config, Event, Input, InputError, Levels, Output, Quality, Timer, Transmit};

use crate::{level::Meter, pcm::Block, sdp::Plan};
use std::{collections::VecDeque, time::Instant};

/// One call's media.
#[derive(Debug)]
pub struct Session {
    #[allow(dead_code)]
    config: Config,
    outputs: VecDeque<Output>,
    plan: Option<Plan>,
    microphone: Meter,
    far: Meter,
}

impl Session {
    /// A session that knows nothing of the other side yet. The seed makes SSRC, first sequence number and CNAME.
    pub fn new(config: Config, _seed: [u8; 32]) -> Session {
        Session {
            config,
            outputs: VecDeque::new(),
            plan: None,
            microphone: Meter::default(),
            far: Meter::default(),
        }
    }

    /// Starts, or goes on by a new plan: hold, another codec, another address. The stream's SSRC and sequence go on.
    pub fn apply(&mut self, _now: Instant, plan: &Plan) {
        self.plan = Some(plan.clone());
    }

    /// Takes a datagram.
    ///
    /// # Errors
    /// The datagram is of no use, and is dropped.
    pub fn handle_input(&mut self, _now: Instant, _input: Input<'_>) -> Result<(), InputError> {
        Err(InputError::NotRunning)
    }

    /// Takes 10 ms from the microphone. Call it every 10 ms also when there is no microphone, with silence: the stream
    /// keeps NATs and the other side alive.
    pub fn capture(&mut self, _now: Instant, block: &Block) {
        self.microphone.feed(block);
    }

    /// Gives 10 ms for the speaker; silence when there is nothing to hear.
    pub fn play(&mut self, _now: Instant, block: &mut Block) {
        block.fill(0.0);
        self.far.feed(block);
    }

    /// Sends silence instead of the microphone.
    pub fn set_muted(&mut self, _muted: bool) {}

    /// Sends a digit after those that are still waiting (RFC 4733): `0`-`9`, `*`, `#`, `A`-`D`. `false` where the other
    /// side has no telephone-event, the character is no digit, or 64 are waiting.
    pub fn send_digit(&mut self, _digit: char) -> bool {
        false
    }

    /// Says goodbye (RTCP BYE). Drain [`poll_output`](Self::poll_output) once more afterwards; the session is then over.
    pub fn close(&mut self, _now: Instant) {}

    /// What to do next, until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        None
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// How the call sounds, as figures. Cheap.
    pub fn quality(&self, _now: Instant) -> Quality {
        Quality {
            codec: self.plan.as_ref().map_or("", |plan| plan.codec.name()),
            loss_percent: 0.0,
            remote_loss_percent: 0.0,
            jitter_ms: 0.0,
            round_trip_ms: None,
            buffer_ms: 0.0,
            concealed_percent: 0.0,
            packets_received: 0,
            packets_sent: 0,
            receiving: false,
        }
    }

    /// How loud both sides are. Cheap.
    pub fn levels(&self) -> Levels {
        Levels { microphone_dbfs: self.microphone.dbfs(), far_dbfs: self.far.dbfs() }
    }
}
