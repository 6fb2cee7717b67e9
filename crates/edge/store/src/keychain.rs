//! Passwords, in the system's own keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on
//! Windows. Never in a file of ours.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Duration,
};

/// The name our entries go by.
const SERVICE: &str = "sidetone";
/// How long a keychain may think. A locked one may be waiting for the agent's answer to its own question.
const PATIENCE: Duration = Duration::from_secs(5);

/// A password. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The password itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Why a password could not be kept or had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is no keychain to talk to, or it does not answer.
    #[error("no keychain: {remedy}")]
    NotAvailable {
        /// What to do about it, in English.
        remedy: &'static str,
    },
    /// It is there and will not: locked, or the agent said no.
    #[error("the keychain refused")]
    Denied,
    /// It holds no password for this account.
    #[error("no password is kept for this account")]
    NotFound,
    /// Something else.
    #[error("the keychain failed: {0}")]
    Other(String),
}

/// Where passwords are. Calls wait for up to five seconds: not on an event loop's own thread.
#[derive(Clone)]
pub struct Keychain(Place);

#[derive(Clone)]
enum Place {
    System,
    Memory(Arc<Mutex<BTreeMap<String, Secret>>>),
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Place::System => "Keychain(system)",
            Place::Memory(_) => "Keychain(memory)",
        })
    }
}

impl Keychain {
    /// The system's.
    #[must_use]
    pub fn system() -> Self {
        Keychain(Place::System)
    }

    /// One that is gone with the process, for practice and tests.
    #[must_use]
    pub fn in_memory() -> Self {
        Keychain(Place::Memory(Arc::default()))
    }

    /// The password of `account`, an address of record.
    ///
    /// # Errors
    /// See [`KeychainError`].
    pub fn get(&self, account: &str) -> Result<Secret, KeychainError> {
        match &self.0 {
            Place::System => {
                let account = account.to_owned();
                within_patience(move || Ok(Secret(entry(&account)?.get_password()?)))
            }
            Place::Memory(map) => lock(map).get(account).cloned().ok_or(KeychainError::NotFound),
        }
    }

    /// Keeps the password of `account`, in place of an earlier one.
    ///
    /// # Errors
    /// See [`KeychainError`].
    pub fn set(&self, account: &str, password: &Secret) -> Result<(), KeychainError> {
        match &self.0 {
            Place::System => {
                let (account, password) = (account.to_owned(), password.clone());
                within_patience(move || entry(&account)?.set_password(password.reveal()))
            }
            Place::Memory(map) => {
                lock(map).insert(account.to_owned(), password.clone());
                Ok(())
            }
        }
    }

    /// Forgets the password of `account`.
    ///
    /// # Errors
    /// See [`KeychainError`]; [`KeychainError::NotFound`] when there was none.
    pub fn delete(&self, account: &str) -> Result<(), KeychainError> {
        match &self.0 {
            Place::System => {
                let account = account.to_owned();
                within_patience(move || entry(&account)?.delete_credential())
            }
            Place::Memory(map) => lock(map).remove(account).map(drop).ok_or(KeychainError::NotFound),
        }
    }
}

fn lock(map: &Mutex<BTreeMap<String, Secret>>) -> std::sync::MutexGuard<'_, BTreeMap<String, Secret>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

fn entry(account: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, account)
}

type Job = Box<dyn FnOnce() + Send>;

/// Does `job` on the keychain's thread and waits for as long as patience lasts; the job may still be done later.
fn within_patience<T, F>(job: F) -> Result<T, KeychainError>
where
    T: Send + 'static,
    F: FnOnce() -> keyring::Result<T> + Send + 'static,
{
    const SILENT: KeychainError = KeychainError::NotAvailable {
        remedy: "it did not answer within 5 seconds; it may be asking to be unlocked: unlock it and try again",
    };
    let (answer, waiting) = sync_channel(1);
    let job: Job = Box::new(move || {
        let _ = answer.send(job().map_err(|error| understand(&error)));
    });
    // One thread does them in order, so that a keychain that hangs costs one thread and not one a try.
    static JOBS: OnceLock<Option<SyncSender<Job>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(start).as_ref();
    let jobs = jobs.ok_or_else(|| KeychainError::Other("no thread for it".to_owned()))?;
    jobs.try_send(job).map_err(|_| SILENT)?;
    waiting.recv_timeout(PATIENCE).unwrap_or(Err(SILENT))
}

fn start() -> Option<SyncSender<Job>> {
    let (jobs, waiting): (_, Receiver<Job>) = sync_channel(16);
    let run = move || {
        while let Ok(job) = waiting.recv() {
            job();
        }
    };
    std::thread::Builder::new().name("keychain".to_owned()).spawn(run).ok().map(|_| jobs)
}

/// What to do, for whoever has no keychain.
const REMEDY: &str = if cfg!(target_os = "linux") {
    "start one, for example gnome-keyring-daemon or KWallet, in this desktop session and start Sidetone again; \
     until then the password is asked for at every start"
} else {
    "the system's keychain cannot be used; until then the password is asked for at every start"
};

fn understand(error: &keyring::Error) -> KeychainError {
    match error {
        keyring::Error::NoDefaultStore => KeychainError::NotAvailable { remedy: REMEDY },
        keyring::Error::NoEntry => KeychainError::NotFound,
        keyring::Error::NoStorageAccess(_) => KeychainError::Denied,
        keyring::Error::PlatformFailure(_) => KeychainError::Other("the system refused".to_owned()),
        // Others hold the password's bytes or the account's name: neither may be told on.
        _ => KeychainError::Other("it holds something unexpected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_kept_in_memory_is_found_replaced_and_forgotten() {
        let keychain = Keychain::in_memory();
        assert_eq!(keychain.get("sip:a@b"), Err(KeychainError::NotFound));
        keychain.set("sip:a@b", &Secret::new("one")).unwrap();
        keychain.clone().set("sip:a@b", &Secret::new("two")).unwrap();
        assert_eq!(keychain.get("sip:a@b").unwrap().reveal(), "two");
        keychain.delete("sip:a@b").unwrap();
        assert_eq!(keychain.delete("sip:a@b"), Err(KeychainError::NotFound));
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(…)");
    }
}
