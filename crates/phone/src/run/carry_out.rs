//! Carries out what the engine says: send, open sockets, ring, keep.

use super::errand::Errand;
use super::{Run, unix_millis};
use crate::engine::{Draft, Output};
use crate::happening::{Happening, What};
use crate::keep;
use crate::media::Order;
use sidetone_desk::HistoryRow;
use sidetone_store::{Reply, StoreError};

impl Run {
    pub(super) fn carry_out(&mut self) {
        let mut changed = false;
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => self.transports.send(transmit),
                Output::Close(flow) => self.transports.close(flow),
                Output::LookUp { lookup, question } => {
                    let answer = self.transports.look_up(question);
                    self.send_for(async move { Errand::LookedUp(lookup, answer.await) });
                }
                Output::Favour(servers) => self.transports.favour(servers),
                Output::Open { leg, to, gathers } => self.open(leg, to, gathers),
                Output::Media(leg, order) => self.media.tell(Order::Leg(leg, order)),
                Output::Play { leg, file, ears } => self.play(leg, file.into_inner(), ears),
                Output::Greet { leg, name } => self.greet(leg, name.reveal()),
                Output::Record(leg) => self.begin_recording(leg),
                Output::StartRinging(ring) => self.sound.ring(ring),
                Output::StopRinging => self.sound.stop_ringing(),
                Output::SaveDraft(draft) => self.save_draft(&draft),
                Output::RecordHistory(row) => self.record(&row),
                Output::SaveState(state) => {
                    self.keep(self.store.run(move |store| store.put_agent_state(&state)), || Errand::Stored);
                }
                Output::Keep { name, kept } => {
                    if let Some(folder) = &self.calls {
                        folder.keep(&name, kept.map(|kept| kept.to_text()));
                    }
                }
                Output::Log(tracking, trouble) => {
                    tracing::warn!(tracking = tracking.0, ?trouble, "told the agent")
                }
                Output::Happened(call, what) => self.on_happened(call, what),
                Output::ViewChanged => changed = true,
            }
        }
        if changed {
            let view = self.engine.view();
            self.make_way(&view);
            self.outlets.desk.send_replace(view);
            self.publish_greetings();
        }
    }

    fn on_happened(&mut self, call: Option<u32>, what: What) {
        if matches!(what, What::Registered { .. }) {
            self.keep_account();
            self.transports.favour(self.engine.server_addresses());
        }
        let _ = self.outlets.happenings.send(Happening { at_ms: unix_millis(), call, what });
    }

    fn save_draft(&self, draft: &Draft) {
        let (contact, version) = (draft.contact, draft.version);
        let row = keep::draft_to_disk(draft);
        self.keep(self.store.run(move |store| store.put_draft(&row)), move || {
            Errand::DraftSaved(contact, version)
        });
    }

    fn record(&self, row: &HistoryRow) {
        let row = keep::to_disk(row);
        self.keep(self.store.run(move |store| store.put_contact(&row)), || Errand::Stored);
    }

    pub(super) fn keep(&self, job: Reply<()>, done: impl FnOnce() -> Errand + Send + 'static) {
        self.send_for(async move {
            match job.await {
                Ok(()) => done(),
                Err(error) => Errand::StoreFailed(store_trouble(&error)),
            }
        });
    }
}

/// Says what is wrong, without the path, which has the agent's name in it.
pub(super) fn store_trouble(error: &StoreError) -> String {
    match error {
        StoreError::File { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}
