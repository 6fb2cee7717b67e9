//! What was begun elsewhere and comes back: names resolved, passwords fetched, rows written. Everything that may take
//! its time runs as a task and ends as one of these.

use super::Run;
use super::studio::FromDisk;
use crate::engine::{Input, SignIn};
use crate::handle::Reply;
use crate::media::{Help, Order};
use crate::view::HistoryPage;
use sidetone_audio::Device;
use sidetone_desk::view::{ChoiceView, ContactId, TroubleKind};
use sidetone_desk::{HistoryRow, LegId, Update};
use sidetone_sip::api::{Found, LookupError, LookupKey};
use sidetone_store::RecordingEvent;
use std::time::Instant;
use tokio::sync::oneshot;

/// Something that came back.
pub(crate) enum Errand {
    /// What there is by a name.
    LookedUp(LookupKey, Result<Found, LookupError>),
    /// Ready to sign in, or why not, and which of the wishes to sign in it answers.
    SignIn(u64, Box<Result<SignIn, TroubleKind>>),
    /// A draft is on disk.
    DraftSaved(ContactId, u32),
    /// The store took something.
    Stored,
    /// The store did not.
    StoreFailed(String),
    /// The devices there are.
    Devices(Vec<Device>),
    /// The test sound has ended.
    TestEnded,
    /// Who helps to find a way, and since when somebody waits for it.
    Help(LegId, Help, Instant),
    /// A recording to be played is read, or this is why not.
    Clip(LegId, Option<String>),
    /// What became of the recording of a leg, and the number of its call.
    Recording((LegId, Option<u32>), RecordingEvent),
    /// So many recordings that a crash cut off are whole again.
    Mended(usize),
    /// What the disk did with greetings.
    Greetings(FromDisk),
    /// A page of history.
    History(oneshot::Sender<Reply<HistoryPage>>, Result<sidetone_store::HistoryPage, String>),
    /// What was not finished when the phone stopped last.
    Restored(Vec<HistoryRow>, Option<ChoiceView>),
    /// The password could not be kept.
    NotRemembered,
}

impl Run {
    pub(super) fn on_errand(&mut self, errand: Errand) {
        match errand {
            Errand::LookedUp(lookup, found) => self.tell(Input::LookedUp { lookup, found }),
            // Signing in anew, signing out or stopping was wished for since.
            Errand::SignIn(wish, _) if wish != self.signing.wishes || self.stopping.is_some() => {}
            Errand::SignIn(_, outcome) => match *outcome {
                Ok(sign_in) => self.tell(Input::SignIn(sign_in)),
                Err(trouble) => {
                    self.signing.remember = None;
                    self.update(Update::SignInFailed(trouble));
                }
            },
            Errand::Help(leg, help, since) => self.media.tell(Order::Gather(leg, help, since)),
            Errand::DraftSaved(contact, version) => {
                self.store_works();
                self.update(Update::DraftSaved { contact, version });
            }
            Errand::Stored => self.store_works(),
            Errand::StoreFailed(detail) => {
                self.store_failed = true;
                self.update(Update::StoreFailed(TroubleKind::Other { detail }));
            }
            Errand::Devices(devices) => self.on_devices(devices),
            Errand::TestEnded => self.on_test_ended(),
            Errand::Clip(leg, trouble) => self.on_clip(leg, trouble),
            Errand::Recording(of, event) => self.on_recording(of, event),
            Errand::Mended(recordings) => self.on_mended(recordings),
            Errand::Greetings(from) => self.on_greetings(from),
            Errand::History(reply, page) => self.answer_history(reply, page),
            Errand::Restored(rows, state) => {
                if !rows.is_empty() {
                    self.update(Update::RestoredDrafts(rows));
                }
                if let Some(state) = state {
                    self.update(Update::RestoredState(state));
                }
            }
            Errand::NotRemembered => self.update(Update::Trouble(TroubleKind::NoKeychain)),
        }
    }

    fn store_works(&mut self) {
        if std::mem::take(&mut self.store_failed) {
            self.update(Update::StoreBack);
        }
    }

    /// Runs a task whose result comes back as an errand.
    pub(super) fn send_for(&self, task: impl Future<Output = Errand> + Send + 'static) {
        let errands = self.errands.clone();
        tokio::spawn(async move {
            // A phone that is gone wants nothing any more.
            let _ = errands.send(task.await).await;
        });
    }
}
