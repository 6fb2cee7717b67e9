//! The phone as everybody else holds it: start it, ask it, watch it, stop it. A handle is a sender of requests; the
//! phone itself is the event loop in [`crate::run`], on a thread of its own.

use crate::control::Control;
use crate::happening::Happening;
use crate::options::{Options, StartError};
use crate::run::Purpose;
use crate::view::{
    AudioCommand, AudioView, ConfigurationView, GreetingCommand, GreetingsView, HistoryPage, HistoryQuery,
    Levels, SignIn,
};
use sidetone_desk::command::Command;
use sidetone_desk::view::{DeskView, TrackingId, TroubleKind, TroubleView};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// What the phone publishes. Clones watch the same values.
#[derive(Debug)]
pub struct Views {
    /// The desk; changes at most a few times a second.
    pub desk: watch::Receiver<DeskView>,
    /// The audio panel.
    pub audio: watch::Receiver<AudioView>,
    /// Levels, ten times a second while somebody can use them.
    pub levels: watch::Receiver<Levels>,
    /// My recordings.
    pub greetings: watch::Receiver<GreetingsView>,
    /// What happens, one by one.
    pub happenings: broadcast::Receiver<Happening>,
}

/// The answer to a request: done, or what the agent is told.
pub(crate) type Reply<T> = Result<T, TroubleView>;

/// What a handle asks of the event loop.
#[derive(Debug)]
pub(crate) enum Request {
    /// One wish of the agent.
    Desk(Command, oneshot::Sender<Reply<()>>),
    /// One wish of a script.
    Control(Control, oneshot::Sender<Reply<()>>),
    /// Sign in.
    SignIn(SignIn, Purpose, oneshot::Sender<Reply<()>>),
    /// Sign in as last time.
    SignInRemembered(oneshot::Sender<Reply<()>>),
    /// Who was remembered.
    RememberedAccount(oneshot::Sender<Option<String>>),
    /// What the configuration files say to somebody who is about to sign in.
    Configuration(oneshot::Sender<ConfigurationView>),
    /// Read history.
    History(HistoryQuery, oneshot::Sender<Reply<HistoryPage>>),
    /// Change sound.
    Audio(AudioCommand, oneshot::Sender<Reply<()>>),
    /// Something about my recordings.
    Greetings(GreetingCommand, oneshot::Sender<Reply<()>>),
    /// Give an error that arose outside the phone its tracking id, and log it.
    Trouble(String, oneshot::Sender<TroubleView>),
    /// End every call, leave the server, stop.
    Stop(oneshot::Sender<()>),
}

/// A running phone. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Phone {
    requests: mpsc::Sender<Request>,
}

impl Phone {
    pub(crate) fn new(requests: mpsc::Sender<Request>) -> Self {
        Self { requests }
    }

    /// Starts a phone on a thread of its own; returns when it listens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(options: Options) -> Result<(Self, Views), StartError> {
        crate::run::start(options)
    }

    /// One wish of the agent; comes back when the desk took it or refused it, not when it is carried out.
    ///
    /// # Errors
    /// What the desk says, for the agent.
    pub async fn send(&self, command: Command) -> Reply<()> {
        self.ask(|reply| Request::Desk(command, reply)).await?
    }

    /// One wish of a script.
    ///
    /// # Errors
    /// There is no such call, or the desk refused.
    pub async fn control(&self, control: Control) -> Reply<()> {
        self.ask(|reply| Request::Control(control, reply)).await?
    }

    /// Signs in; comes back as soon as it is under way. The desk's view says how it went.
    ///
    /// # Errors
    /// An address that cannot be used, a password that is nowhere to be had.
    pub async fn sign_in(&self, request: SignIn) -> Reply<()> {
        self.ask(|reply| Request::SignIn(request, Purpose::Work, reply)).await?
    }

    /// Signs in to the practice exchange: nothing is remembered.
    ///
    /// # Errors
    /// As [`Phone::sign_in`].
    pub async fn practise(&self, request: SignIn) -> Reply<()> {
        self.ask(|reply| Request::SignIn(request, Purpose::Practice, reply)).await?
    }

    /// Signs in as the account that was remembered.
    ///
    /// # Errors
    /// As [`Phone::sign_in`]; nobody was remembered.
    pub async fn sign_in_remembered(&self) -> Reply<()> {
        self.ask(Request::SignInRemembered).await?
    }

    /// The account that was remembered, for example `sip:agent@example.org`.
    pub async fn remembered_account(&self) -> Option<String> {
        self.ask(Request::RememberedAccount).await.ok().flatten()
    }

    /// What the configuration files say to somebody who is about to sign in.
    pub async fn configuration(&self) -> ConfigurationView {
        self.ask(Request::Configuration).await.unwrap_or_default()
    }

    /// A page of history, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn history(&self, query: HistoryQuery) -> Reply<HistoryPage> {
        self.ask(|reply| Request::History(query, reply)).await?
    }

    /// Changes sound.
    ///
    /// # Errors
    /// The device is not there.
    pub async fn audio(&self, command: AudioCommand) -> Reply<()> {
        self.ask(|reply| Request::Audio(command, reply)).await?
    }

    /// Makes, keeps or forgets a greeting (CALL-15); its view says what became of it.
    ///
    /// # Errors
    /// The phone has stopped.
    pub async fn greetings(&self, command: GreetingCommand) -> Reply<()> {
        self.ask(|reply| Request::Greetings(command, reply)).await?
    }

    /// Gives an error that arose outside the phone a tracking id, and logs it under that.
    pub async fn trouble(&self, detail: &str) -> TroubleView {
        let detail = detail.to_owned();
        self.ask(|reply| Request::Trouble(detail, reply)).await.unwrap_or_else(|gone| gone)
    }

    /// Ends every call, leaves the server, stops. Safe to call twice.
    pub async fn stop(&self) {
        // Where it is stopped already, there is nothing left to do.
        let _ = self.ask(Request::Stop).await;
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Reply<T> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }
}

fn stopped() -> TroubleView {
    TroubleView {
        what: TroubleKind::Other { detail: "the phone has stopped: start Sidetone again".to_owned() },
        tracking: TrackingId("STOP".to_owned()),
    }
}
