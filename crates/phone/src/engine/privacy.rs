//! How private each call is: what was agreed about its sound, and what its signalling goes by.
//!
//! A lock is shown only where both are encrypted: keys in a description (SDES) are as secret as the description, and the
//! proof of a handshake (a fingerprint) is as good as the description it stands in (RFC 5763 section 7).

use super::{Engine, leg::Stage, trouble};
use crate::happening::What;
use sidetone_desk::view::Privacy;
use sidetone_desk::{LegId, Update};
use sidetone_media::sdp::Protection;
use sidetone_media::session::KeyTrouble;
use sidetone_sip::api::Transport;
use std::time::Instant;

/// What a leg's privacy is made of.
#[derive(Debug, Default)]
pub(super) struct Private {
    /// What its signalling goes by.
    signalling: Option<Transport>,
    sound: Sound,
    said: Privacy,
}

/// How far its sound is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sound {
    #[default]
    Open,
    /// Nothing is heard before the keys are there.
    Awaited,
    Encrypted,
}

impl Private {
    fn privacy(&self) -> Privacy {
        match (self.sound, self.signalling) {
            (Sound::Open | Sound::Awaited, _) => Privacy::Open,
            (Sound::Encrypted, Some(Transport::Tls | Transport::Wss)) => Privacy::Encrypted,
            (Sound::Encrypted, Some(Transport::Udp | Transport::Tcp) | None) => Privacy::Weak,
        }
    }
}

impl Engine {
    /// This was agreed about its sound.
    pub(super) fn agreed_on(&mut self, now: Instant, leg: LegId, protection: &Protection) {
        let Some(state) = self.legs.get(leg) else { return };
        state.private.sound = match (protection, state.private.sound) {
            (Protection::Open, _) => Sound::Open,
            (Protection::Keys(_), _) => Sound::Encrypted,
            // What comes of it is told, and nothing passes before.
            (Protection::Handshake(_), Sound::Encrypted) => Sound::Encrypted,
            (Protection::Handshake(_), Sound::Open | Sound::Awaited) => Sound::Awaited,
        };
        self.tell_privacy(now, leg);
    }

    /// Its signalling goes by this.
    pub(super) fn goes_by(&mut self, now: Instant, leg: LegId, transport: Transport) {
        if let Some(state) = self.legs.get(leg) {
            state.private.signalling = Some(transport);
            self.tell_privacy(now, leg);
        }
    }

    /// The keys that were waited for are there, or there are none.
    pub(super) fn secured(&mut self, now: Instant, leg: LegId, secured: Result<(), KeyTrouble>) {
        let Some(state) = self.legs.get(leg) else { return };
        match secured {
            Ok(()) => {
                state.private.sound = Sound::Encrypted;
                self.tell_privacy(now, leg);
            }
            // Of several phones that ring, who began may not be who answers, and may not listen before: the answer decides.
            Err(_) if matches!(state.stage, Stage::Calling { .. }) => {}
            Err(why) => self.give_up(now, leg, trouble::of_keys(why)),
        }
    }

    fn tell_privacy(&mut self, now: Instant, leg: LegId) {
        let Some(state) = self.legs.get(leg) else { return };
        let privacy = state.private.privacy();
        if state.private.said != privacy {
            state.private.said = privacy;
            self.tell_desk(now, Update::Privacy { leg, privacy });
            self.say(leg, What::Privacy { privacy });
        }
    }
}
