//! The exchange as everybody else holds it: start it, ask who to sign in as, play scripts, stop it. It runs on threads
//! of its own.

use crate::account::{Account, USER};
use crate::engine::{Config, Engine};
use crate::happening::Happening;
use crate::media::Media;
use crate::queue::Pace;
use crate::run::{Inlets, Run};
use crate::script::{Library, Script, ScriptError, ScriptInfo};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sidetone_net::Transports;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};

/// How the exchange starts. The default is what an agent gets.
#[derive(Clone)]
pub struct Options {
    /// What each customer hears is written into this folder, as `<customer>-<script>.wav`.
    pub recordings: Option<PathBuf>,
    /// The same seed gives the same run; `None`: another one every time.
    pub seed: Option<u64>,
    /// The SIP port; 0: any.
    pub port: u16,
    /// The agent's password; `None`: a new one.
    pub password: Option<String>,
    /// The script of the customer who calls by themself after the agent registered; `None`: nobody does.
    pub first: Option<String>,
    /// How long after.
    pub first_after: Duration,
    /// How an agent who does not answer is dealt with.
    pub pace: Pace,
    /// Scripts beside those built in.
    pub scripts: Vec<Script>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            recordings: None,
            seed: None,
            port: 0,
            password: None,
            first: Some("welcome".to_owned()),
            first_after: Duration::from_secs(2),
            pace: Pace::default(),
            scripts: Vec::new(),
        }
    }
}

/// Without the password.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options(port {}, first {:?}, {} scripts)", self.port, self.first, self.scripts.len())
    }
}

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another program has the port.
    #[error(transparent)]
    Network(#[from] sidetone_net::Error),
    /// A script is wrong.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The system gave no thread.
    #[error("the practice exchange got no thread: {0}")]
    Thread(#[from] std::io::Error),
    /// There is no script of that id.
    #[error("there is no practice script of that name")]
    UnknownScript,
    /// Too much was asked for at once.
    #[error("the practice exchange is busy: try again in a moment")]
    Busy,
    /// It has stopped.
    #[error("the practice exchange has stopped: sign in to practice again")]
    Stopped,
}

/// What a handle asks of the event loop.
pub(crate) enum Wish {
    Play(Arc<Script>),
    RushHour,
    Stop(oneshot::Sender<()>),
}

/// More wishes than this at once are refused.
const WAITING_WISHES: usize = 32;
/// Happenings that a slow listener may be behind.
const WAITING_HAPPENINGS: usize = 1_024;

/// A running exchange. Dropping it stops it too, without waiting for that.
pub struct Exchange {
    account: Account,
    library: Arc<Library>,
    wishes: mpsc::Sender<Wish>,
    happenings: broadcast::Sender<Happening>,
    kept: broadcast::Receiver<Happening>,
}

impl Exchange {
    /// Starts it on the loopback address; comes back when it listens.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn start(options: Options) -> Result<Self, Error> {
        let (started, outcome) = oneshot::channel();
        std::thread::Builder::new().name("practice".to_owned()).spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(started.send(Err(error.into()))),
            };
            runtime.block_on(async {
                match prepare(options).await {
                    Ok((run, inlets, exchange)) => {
                        if started.send(Ok(exchange)).is_ok() {
                            run.run(inlets).await;
                        }
                    }
                    Err(error) => drop(started.send(Err(error))),
                }
            });
        })?;
        outcome.await.unwrap_or(Err(Error::Stopped))
    }

    /// Whom to sign in as.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What can be played, in the order of the menu.
    pub fn scripts(&self) -> Vec<ScriptInfo> {
        self.library.menu()
    }

    /// Lets a customer call now.
    ///
    /// # Errors
    /// [`Error::UnknownScript`], [`Error::Busy`], [`Error::Stopped`].
    pub fn play(&self, id: &str) -> Result<(), Error> {
        let script = self.library.get(id).ok_or(Error::UnknownScript)?;
        self.ask(Wish::Play(script))
    }

    /// Lets several customers call, one shortly after the other.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Stopped`].
    pub fn rush_hour(&self) -> Result<(), Error> {
        self.ask(Wish::RushHour)
    }

    /// What happens from the start on. Take it once, before the first wish; a later one begins with its taking.
    pub fn happenings(&mut self) -> broadcast::Receiver<Happening> {
        let fresh = self.happenings.subscribe();
        std::mem::replace(&mut self.kept, fresh)
    }

    /// Ends every call, finishes the recordings, stops.
    pub async fn stop(self) {
        let (reply, stopped) = oneshot::channel();
        if self.wishes.send(Wish::Stop(reply)).await.is_ok() {
            // Where it is gone already, there is nothing left to wait for.
            let _ = stopped.await;
        }
    }

    fn ask(&self, wish: Wish) -> Result<(), Error> {
        self.wishes.try_send(wish).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })
    }
}

async fn prepare(options: Options) -> Result<(Run, Inlets, Exchange), Error> {
    let library = Arc::new(Library::new(options.scripts)?);
    if options.first.as_ref().is_some_and(|id| library.get(id).is_none()) {
        return Err(Error::UnknownScript);
    }
    if let Some(folder) = &options.recordings {
        std::fs::create_dir_all(folder)?;
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let (transports, received) = Transports::bind(address).await?;
    let local = transports.local_addr();
    let account = Account::at(local, options.password);
    let config = Config {
        local,
        user: (USER.to_owned(), account.password.clone()),
        library: Arc::clone(&library),
        pace: options.pace,
        first: options.first.map(|id| (id, options.first_after)),
    };
    let seed = options.seed.map_or_else(rand::random, |seed| StdRng::seed_from_u64(seed).random());
    let (media, reports) = Media::start()?;
    let (happenings, kept) = broadcast::channel(WAITING_HAPPENINGS);
    let (wishes, wishes_in) = mpsc::channel(WAITING_WISHES);
    let run = Run {
        engine: Engine::new(config, seed),
        transports,
        media,
        recordings: options.recordings,
        happenings: happenings.clone(),
    };
    let inlets = Inlets { wishes: wishes_in, received, reports };
    Ok((run, inlets, Exchange { account, library, wishes, happenings, kept }))
}
