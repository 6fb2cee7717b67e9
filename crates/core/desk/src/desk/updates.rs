//! What the phone and the platform say: their word is final, the same word twice is the same as once.

use super::Desk;
use crate::availability::Availability;
use crate::clock::Moment;
use crate::contact::{Hold, Phase, Role};
use crate::input::{LegId, Party, Update};
use crate::pii::Pii;
use crate::session::{Account, Session};
use crate::view::{CauseView, ChoiceView, NoticeKind, QualityView, SoundSummary, TroubleKind};

impl Desk {
    /// Takes the word as it is.
    pub(super) fn believe(&mut self, now: Moment, update: Update) {
        match update {
            Update::SigningIn { account, practice } => self.signing_in(Account { name: account, practice }),
            Update::SignedIn { account, practice } => {
                self.signed_in(now, Account { name: account, practice })
            }
            Update::SignInFailed(kind) => self.signed_out(now, Some(kind)),
            Update::SignedOut => self.signed_out(now, None),
            Update::RegistrationLost(kind) => self.registration_lost(now, kind),
            Update::RegistrationBack => self.alerts.set_registration(now, None),
            Update::Offer(offer) => self.offer(now, offer),
            Update::Ringing { leg } => self.rings_there(now, leg),
            Update::Connected { leg } => self.connected(now, leg),
            Update::HeldByThem { leg, on } => self.held_by_them(now, leg, on),
            Update::HoldDone { leg, on } => self.hold_done(now, leg, on),
            Update::HoldFailed { leg, on, trouble } => self.hold_failed(now, leg, on, trouble),
            Update::Ended { leg, cause } => {
                if let Some(id) = self.contacts.by_leg(leg).map(|contact| contact.id) {
                    self.leg_ended(now, id, cause);
                }
            }
            Update::PartyChanged { leg, party } => self.party_changed(leg, party),
            Update::Quality { leg, quality, so_far } => self.quality(leg, quality, so_far),
            Update::Recording { leg, news } => self.recording(now, leg, news),
            Update::RecordingsMended(count) => {
                self.alerts.notice(now, NoticeKind::RecordingsMended { count });
            }
            Update::GreetingOver { leg, played } => self.greeting_over(now, leg, played),
            Update::GreetingOnAnswer(name) => self.greeting = name,
            Update::Joined { leg, on } => {
                if let Some(contact) = self.contacts.by_leg(leg) {
                    contact.beside.joined = on;
                }
            }
            Update::Speaking { on } => self.speaking = on,
            Update::Privacy { leg, privacy } => {
                if let Some(contact) = self.contacts.by_leg(leg) {
                    contact.privacy = privacy;
                }
            }
            Update::Devices { microphone, speaker } => self.alerts.set_devices(now, microphone, speaker),
            Update::Volumes { microphone_low, speaker_low } => {
                self.alerts.set_volumes(now, microphone_low, speaker_low);
            }
            Update::DraftSaved { contact, version } => self.draft_saved(contact, version),
            Update::StoreFailed(kind) => self.store_failed(now, kind),
            Update::StoreBack => self.alerts.set_store(now, None),
            Update::Trouble(kind) => {
                let trouble = self.trouble(kind);
                self.alerts.notice(now, NoticeKind::Failed { trouble });
            }
            Update::RestoredDrafts(rows) => rows.into_iter().for_each(|row| self.restore_wrap_up(now, row)),
            Update::RestoredCall { leg, call } => self.restore_call(now, leg, *call),
            Update::RestoredState(choice) => self.agent.restored = Some(choice),
            Update::StateSet(choice) => {
                if self.agent.is_present() {
                    self.choose_state(choice, CauseView::Supervisor);
                }
            }
            Update::WallClock(wall) => self.clock.set(now, wall),
        }
    }

    fn signing_in(&mut self, account: Account) {
        match self.session {
            Session::Out { .. } | Session::SigningIn(_) => self.session = Session::SigningIn(account),
            // A running session is not interrupted by trying again.
            Session::In(_) | Session::SigningOut(_) => {}
        }
    }

    fn signed_in(&mut self, now: Moment, account: Account) {
        match self.session {
            // The server's word for an earlier try, overtaken by the agent's wish to leave.
            Session::SigningOut(_) => return,
            Session::Out { .. } | Session::SigningIn(_) | Session::In(_) => {}
        }
        self.session = Session::In(account);
        self.alerts.set_registration(now, None);
        if self.agent.is_present() {
            return;
        }
        let (choice, cause) = match self.agent.restored.take() {
            Some(ChoiceView::Idle { code }) => (ChoiceView::Idle { code }, CauseView::Restored),
            // Perhaps nobody is there: being Available is for the agent to say again (STATE-5).
            Some(ChoiceView::Available) => (ChoiceView::Idle { code: None }, CauseView::Restored),
            None => (self.config.after_sign_in.clone(), CauseView::SignIn),
        };
        self.agent.become_chosen(&choice);
        self.agent.because(cause);
    }

    fn signed_out(&mut self, now: Moment, kind: Option<TroubleKind>) {
        if let (Session::Out { trouble: Some(known) }, Some(kind)) = (&self.session, &kind)
            && known.what == *kind
        {
            return;
        }
        // Signed out for good says nothing new about why the last try did not work.
        if let (Session::Out { .. }, None) = (&self.session, &kind) {
            return;
        }
        let trouble = kind.map(|kind| self.trouble(kind));
        self.session = Session::Out { trouble };
        self.alerts.set_registration(now, None);
        self.agent.availability = Availability::SignedOut;
        self.agent.next = None;
        self.agent.because(CauseView::Agent);
    }

    fn registration_lost(&mut self, now: Moment, kind: TroubleKind) {
        if self.session.is_in() && !self.alerts.knows_registration(&kind) {
            let trouble = self.trouble(kind);
            self.alerts.set_registration(now, Some(trouble));
        }
    }

    fn store_failed(&mut self, now: Moment, kind: TroubleKind) {
        if !self.alerts.knows_store(&kind) {
            let trouble = self.trouble(kind);
            self.alerts.set_store(now, Some(trouble));
        }
    }

    fn rings_there(&mut self, now: Moment, leg: LegId) {
        if let Some(contact) = self.contacts.by_leg(leg)
            && contact.phase == Phase::Dialing
        {
            contact.enter(now, Phase::RingingThere);
        }
    }

    fn held_by_them(&mut self, now: Moment, leg: LegId, on: bool) {
        if let Some(contact) = self.contacts.by_leg(leg) {
            let ours = contact.our_hold().unwrap_or(Hold::Off);
            contact.set_hold(now, ours, Some(on));
        }
    }

    fn party_changed(&mut self, leg: LegId, party: Pii<Party>) {
        if let Some(contact) = self.contacts.by_leg(leg) {
            contact.about.party = party;
        }
    }

    fn quality(&mut self, leg: LegId, quality: Option<QualityView>, so_far: Option<SoundSummary>) {
        if let Some(contact) = self.contacts.by_leg(leg) {
            match contact.role() {
                Role::Active | Role::Parked => {
                    contact.quality = quality;
                    contact.sounded = so_far.or_else(|| contact.sounded.take());
                }
                Role::Offered | Role::InTransit | Role::Wrapping => {}
            }
        }
    }
}
