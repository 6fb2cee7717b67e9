//! The practice exchange inside the window's program: started when the agent signs in to practice, stopped when they
//! leave.

use crate::app_view::{PracticeCommand, ScriptView};
use sidetone_phone::view::{SignIn, TransportChoice};
use sidetone_practice::{Error, Exchange, Options};
use std::path::PathBuf;
use tokio::sync::Mutex;

/// The exchange, while there is one.
pub(crate) struct Practice {
    recordings: Option<PathBuf>,
    exchange: Mutex<Option<Exchange>>,
}

impl Practice {
    /// No exchange yet. With `recordings`, what each customer hears is written there.
    pub(crate) fn new(recordings: Option<PathBuf>) -> Self {
        Self { recordings, exchange: Mutex::new(None) }
    }

    /// Starts the exchange, where it does not run yet, and says whom to sign in as.
    pub(crate) async fn start(&self) -> Result<SignIn, Error> {
        let mut exchange = self.exchange.lock().await;
        if exchange.is_none() {
            let options = Options { recordings: self.recordings.clone(), ..Options::default() };
            *exchange = Some(Exchange::start(options).await?);
        }
        let account = exchange.as_ref().map(Exchange::account).cloned().unwrap_or_default();
        Ok(SignIn {
            address: account.address,
            display_name: account.display_name,
            auth_user: String::new(),
            servers: Vec::new(),
            password: account.password,
            transport: TransportChoice::Udp,
            remember: false,
        })
    }

    /// Stops the exchange.
    pub(crate) async fn stop(&self) {
        if let Some(exchange) = self.exchange.lock().await.take() {
            exchange.stop().await;
        }
    }

    /// What can be played.
    pub(crate) async fn scripts(&self) -> Vec<ScriptView> {
        let exchange = self.exchange.lock().await;
        let scripts = exchange.as_ref().map(Exchange::scripts).unwrap_or_default();
        scripts
            .into_iter()
            .map(|script| ScriptView { id: script.id, title: script.title, about: script.about })
            .collect()
    }

    /// Plays what the menu asks for.
    pub(crate) async fn obey(&self, command: PracticeCommand) -> Result<(), Error> {
        match (&*self.exchange.lock().await, command) {
            (None, _) => Ok(()),
            (Some(exchange), PracticeCommand::Play { script }) => exchange.play(&script),
            (Some(exchange), PracticeCommand::RushHour) => exchange.rush_hour(),
        }
    }
}
