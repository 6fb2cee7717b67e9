//! What the shell and the command line ask for.

use super::Run;
use super::carry_out::store_trouble;
use super::errand::Errand;
use crate::engine::Input;
use crate::handle::{Reply, Request};
use crate::keep;
use crate::view::{HistoryPage, HistoryQuery};
use rand::RngExt;
use sidetone_desk::command::Command;
use sidetone_desk::view::{TrackingId, TroubleKind, TroubleView};
use sidetone_desk::{self as desk};
use std::time::Instant;
use tokio::sync::oneshot;

impl Run {
    pub(super) fn on_request(&mut self, request: Request) {
        // Whoever no longer waits for an answer does without.
        match request {
            Request::Desk(command, reply) => {
                let answer = self.command(command);
                let _ = reply.send(answer);
            }
            Request::Control(control, reply) => {
                let answer = self.obey(Input::Control(control));
                let _ = reply.send(answer);
            }
            Request::SignIn(sign_in, purpose, reply) => {
                let answer = self.sign_in(sign_in, purpose);
                let _ = reply.send(answer);
            }
            Request::SignInRemembered(reply) => {
                let answer = self.sign_in_remembered();
                let _ = reply.send(answer);
            }
            Request::RememberedAccount(reply) => {
                let _ = reply.send(self.remembered_account());
            }
            Request::Configuration(reply) => {
                let _ = reply.send(self.fixed.configuration.clone());
            }
            Request::History(query, reply) => self.history(&query, reply),
            Request::Audio(command, reply) => {
                self.audio(command);
                let _ = reply.send(Ok(()));
            }
            Request::Greetings(command, reply) => {
                self.greetings(command);
                let _ = reply.send(Ok(()));
            }
            Request::Trouble(detail, reply) => {
                let _ = reply.send(trouble(TroubleKind::Other { detail }));
            }
            Request::Stop(reply) => self.begin_stopping(Some(reply)),
        }
    }

    fn command(&mut self, command: Command) -> Reply<()> {
        let leaving = command == Command::SignOut;
        self.obey(Input::Command(command))?;
        if leaving {
            // What is still being made ready would sign in behind the agent's back.
            self.signing.wishes += 1;
            self.signing.remember = None;
        }
        Ok(())
    }

    fn obey(&mut self, input: Input<'_>) -> Reply<()> {
        match self.engine.handle_input(Instant::now(), input) {
            Ok(()) => Ok(()),
            Err(desk::Error::BadEntry { trouble }) => Err(trouble),
            Err(error) => Err(trouble(TroubleKind::Other { detail: error.to_string() })),
        }
    }

    fn history(&self, query: &HistoryQuery, reply: oneshot::Sender<Reply<HistoryPage>>) {
        let query = keep::query_to_disk(query);
        let page = self.store.run(move |store| store.history(&query));
        self.send_for(
            async move { Errand::History(reply, page.await.map_err(|error| store_trouble(&error))) },
        );
    }

    pub(super) fn answer_history(
        &self,
        reply: oneshot::Sender<Reply<HistoryPage>>,
        page: Result<sidetone_store::HistoryPage, String>,
    ) {
        let answer = match page {
            Ok(page) => Ok(keep::page(page, &self.fixed.desk)),
            Err(detail) => Err(trouble(TroubleKind::Other { detail })),
        };
        let _ = reply.send(answer);
    }
}

/// A trouble with an id of its own, logged under it (SESSION-10).
pub(super) fn trouble(what: TroubleKind) -> TroubleView {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = rand::rng();
    let id = (0..4).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect();
    let tracking = TrackingId(id);
    tracing::warn!(tracking = tracking.0, ?what, "told the agent");
    TroubleView { what, tracking }
}
