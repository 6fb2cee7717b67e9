//! What protection is in a story: how a phone is set, and what the media thread says of a handshake.

use super::Story;
use bytes::Bytes;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, Privacy, StateLabel};
use sidetone_media::sdp::Security;
use sidetone_media::session::KeyTrouble;
use sidetone_phone::engine::Input;
use sidetone_sip::api::{CallKey, Event};

impl Story {
    /// An agent who is Available, and whose phone protects calls like this.
    pub(crate) fn that_protects(security: Security) -> Self {
        let mut story = Self::made_with(|config| config.media.security = security);
        story.sign_in("secret");
        story.until("signed in", |story| story.view().state.label != StateLabel::SignedOut);
        story.command(Command::SetState { to: ChoiceView::Available });
        story
    }

    /// What the media thread says of the newest leg's handshake.
    pub(crate) fn secured(&mut self, secured: Result<(), KeyTrouble>) {
        self.at_desk(|now, desk| {
            let leg = desk.media.last().unwrap().0;
            desk.handle(now, Input::Secured { leg, secured }).unwrap();
        });
    }

    /// Who can listen to the only contact, as shown.
    pub(crate) fn lock(&self) -> Privacy {
        self.contact().connection.unwrap().privacy
    }

    /// A call that the desk placed, as it came to the server, after so many others.
    pub(crate) fn callee_after(&mut self, others: usize) -> (CallKey, Bytes) {
        self.until("called", |story| story.invited().count() > others);
        self.invited().nth(others).unwrap()
    }

    fn invited(&self) -> impl Iterator<Item = (CallKey, Bytes)> {
        self.server_events().filter_map(|event| match event {
            Event::IncomingCall(call) => Some((call.call, call.sdp.clone()?)),
            _ => None,
        })
    }

    /// A change that the desk offers, after so many others.
    pub(crate) fn offered_after(&mut self, call: CallKey, others: usize) -> Bytes {
        self.until("offered a change", |story| story.offers(call).count() > others);
        self.offers(call).nth(others).unwrap()
    }

    fn offers(&self, call: CallKey) -> impl Iterator<Item = Bytes> {
        self.server_events().filter_map(move |event| match event {
            Event::OfferReceived { call: offered, sdp } if *offered == call => sdp.clone(),
            _ => None,
        })
    }
}
