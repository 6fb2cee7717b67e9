//! What a NAT makes of a socket's address: Binding requests to a STUN server (RFC 8489), and again every 15 s until a way
//! is agreed, so that it stays so (RFC 8445 section 11).

use super::{
    COOKIE,
    base::{Base, Via},
    patience::Standing,
};
use rand::{Rng, RngExt};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use turn_client_proto::types::stun::{
    attribute::XorMappedAddress,
    message::{Message, MessageClass},
};

/// The second, third, ... request follow after so many ms, as long as there is no answer.
const AGAIN_MS: [u64; 4] = [100, 200, 400, 800];
/// NATs forget after half a minute.
const STAY_AWAKE: Duration = Duration::from_secs(15);

/// One server, asked from one socket.
#[derive(Debug)]
pub(super) struct Probe {
    base: Base,
    server: SocketAddr,
    transaction: [u8; 12],
    /// It did not answer lately.
    doubtful: bool,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Asked so often; asked again then.
    Asking { sent: usize, next: Instant },
    /// This is what they saw, since then.
    Seen { mapped: SocketAddr, first: Instant, refresh: Instant },
}

impl Probe {
    pub(super) fn new(
        now: Instant,
        base: Base,
        server: SocketAddr,
        doubtful: bool,
        rng: &mut impl Rng,
    ) -> Probe {
        let state = State::Asking { sent: 0, next: now };
        Probe { base, server, transaction: rng.random(), doubtful, state }
    }

    pub(super) const fn standing(&self) -> Standing {
        match self.state {
            State::Asking { .. } => Standing::Asked { doubtful: self.doubtful },
            State::Seen { first, .. } => Standing::Gave(first),
        }
    }

    /// The socket that it asks from.
    pub(super) const fn base(&self) -> Base {
        self.base
    }

    pub(super) const fn server(&self) -> SocketAddr {
        self.server
    }

    pub(super) const fn mapped(&self) -> Option<SocketAddr> {
        match self.state {
            State::Seen { mapped, .. } => Some(mapped),
            State::Asking { .. } => None,
        }
    }

    /// Takes a STUN message that came by `via`; whether it was the answer.
    pub(super) fn receive(&mut self, now: Instant, via: Via, source: SocketAddr, bytes: &[u8]) -> bool {
        if via != self.base.via || source != self.server || bytes.get(8..20) != Some(&self.transaction[..]) {
            return false;
        }
        let Ok(message) = Message::from_bytes(bytes) else { return true };
        if message.has_class(MessageClass::Success)
            && let Ok(mapped) = message.attribute::<XorMappedAddress>()
        {
            let mapped = mapped.addr(message.transaction_id());
            let first = match self.state {
                State::Asking { .. } => now,
                State::Seen { first, .. } => first,
            };
            self.state = State::Seen { mapped, first, refresh: now + STAY_AWAKE };
        }
        true
    }

    /// When there is something to send.
    pub(super) const fn due(&self) -> Instant {
        match self.state {
            State::Asking { next, .. } => next,
            State::Seen { refresh, .. } => refresh,
        }
    }

    /// The request, if it is due.
    pub(super) fn request(&mut self, now: Instant, rng: &mut impl Rng) -> Option<[u8; 20]> {
        if self.due() > now {
            return None;
        }
        match &mut self.state {
            State::Asking { sent, next } => {
                let wait = AGAIN_MS.get(*sent).copied().map_or(STAY_AWAKE, Duration::from_millis);
                (*sent, *next) = (*sent + 1, now + wait);
            }
            State::Seen { refresh, .. } => {
                self.transaction = rng.random();
                *refresh = now + STAY_AWAKE;
            }
        }
        let mut request = [0; 20];
        request[1] = 1;
        request[4..8].copy_from_slice(&COOKIE);
        request[8..].copy_from_slice(&self.transaction);
        Some(request)
    }
}
