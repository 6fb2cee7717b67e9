//! Signing in: the address, the password, the path to the server; and remembering all that for the next time.

use super::Run;
use super::errand::Errand;
use super::request::trouble;
use crate::address::{Address, AddressError};
use crate::engine::SignIn as EngineSignIn;
use crate::handle::Reply;
use crate::settings::Remembered;
use crate::view::{SignIn, TransportChoice};
use sidetone_desk::Update;
use sidetone_desk::view::TroubleKind;
use sidetone_sip::api::{Account, Server};
use sidetone_store::config::{BadServer, SipServer, SipTransport};
use sidetone_store::{Keychain, KeychainError, Secret};
use std::time::Duration;

/// What signing in is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To work.
    Work,
    /// To practise: nothing is remembered, and nothing else is registered beside it.
    Practice,
}

/// Who signs in, and who did.
#[derive(Default)]
pub(crate) struct Signing {
    /// To be remembered when the server took it.
    pub(super) remember: Option<SignIn>,
    pub(super) remembered: Option<Remembered>,
    /// Sign-ins asked for so far: only the last one counts.
    pub(super) wishes: u64,
}

/// The settings key of the remembered account.
pub(super) const ACCOUNT: &str = "account";

impl Run {
    pub(super) fn sign_in(&mut self, request: SignIn, purpose: Purpose) -> Reply<()> {
        let address =
            Address::parse(&request.address).map_err(|error| trouble(bad_entry("address", &error)))?;
        let practice = purpose == Purpose::Practice;
        self.update(Update::SigningIn { account: address.shown(), practice });
        self.signing.remember = (request.remember && !practice).then(|| request.clone());
        let beside = if practice { Vec::new() } else { self.fixed.beside.clone() };
        let preparing = Preparing {
            keychain: self.fixed.keychain.clone(),
            expires: self.fixed.register_for,
            instance: self.fixed.instance.clone(),
        };
        self.signing.wishes += 1;
        let wish = self.signing.wishes;
        self.send_for(async move {
            let prepared = preparing.work(request, &address).await;
            let sign_in = match prepared {
                Ok(account) => {
                    let beside = preparing.beside(beside, &account).await;
                    Ok(EngineSignIn::Register { account, beside, shown: address.shown(), practice })
                }
                Err(trouble) => Err(trouble),
            };
            Errand::SignIn(wish, Box::new(sign_in))
        });
        Ok(())
    }

    pub(super) fn sign_in_remembered(&mut self) -> Reply<()> {
        let Some(remembered) = self.signing.remembered.clone() else {
            return Err(trouble(TroubleKind::BadEntry {
                field: "address".to_owned(),
                reason: "no account is remembered".to_owned(),
            }));
        };
        let sign_in = SignIn {
            address: remembered.address,
            display_name: remembered.display_name,
            auth_user: remembered.auth_user,
            servers: remembered.servers,
            password: String::new(),
            transport: remembered.transport,
            remember: true,
        };
        self.sign_in(sign_in, Purpose::Work)
    }

    pub(super) fn remembered_account(&self) -> Option<String> {
        self.signing.remembered.as_ref().map(|remembered| remembered.address.clone())
    }

    /// The server took it: now it is worth remembering.
    pub(super) fn keep_account(&mut self) {
        let Some(request) = self.signing.remember.take() else { return };
        let account = Remembered {
            address: request.address,
            display_name: request.display_name,
            auth_user: request.auth_user,
            servers: request.servers,
            transport: request.transport,
        };
        self.signing.remembered = Some(account.clone());
        let key = keychain_key(&account.address);
        self.keep(self.store.run(move |store| store.put_setting(ACCOUNT, &account)), || Errand::Stored);
        if request.password.is_empty() {
            return;
        }
        let (keychain, password) = (self.fixed.keychain.clone(), Secret::new(request.password));
        self.send_for(async move {
            let kept = tokio::task::spawn_blocking(move || keychain.set(&key, &password)).await;
            match kept {
                Ok(Ok(())) => Errand::Stored,
                Ok(Err(_)) | Err(_) => Errand::NotRemembered,
            }
        });
    }
}

/// Everything that signing in needs and that takes its time.
struct Preparing {
    keychain: Keychain,
    expires: Duration,
    instance: String,
}

impl Preparing {
    /// The account that the agent signs in as.
    async fn work(&self, request: SignIn, address: &Address) -> Result<Account, TroubleKind> {
        let password = match request.password.as_str() {
            "" => kept_password(self.keychain.clone(), address.aor()).await?,
            password => password.to_owned(),
        };
        self.account(request, address, password)
    }

    fn account(&self, request: SignIn, address: &Address, password: String) -> Result<Account, TroubleKind> {
        let servers = named_servers(&request.servers, address, request.transport)?;
        let auth_user = if request.auth_user.is_empty() { address.user.clone() } else { request.auth_user };
        Ok(Account {
            aor: address.aor(),
            display_name: request.display_name,
            auth_user,
            password,
            servers,
            expires: self.expires,
            instance: self.instance.clone(),
        })
    }

    /// The accounts that are registered beside it: those that the keychain has the password of. To try without one
    /// would be a failed sign-in, and servers count those.
    async fn beside(&self, accounts: Vec<SignIn>, work: &Account) -> Vec<Account> {
        let mut beside = Vec::new();
        for request in accounts {
            let Ok(address) = Address::parse(&request.address) else { continue };
            if address.aor() == work.aor {
                continue;
            }
            let Ok(password) = kept_password(self.keychain.clone(), address.aor()).await else {
                tracing::warn!(
                    "an account beside the agent's is left out: the keychain has no password for it"
                );
                continue;
            };
            match self.account(request, &address, password) {
                Ok(account) => beside.push(account),
                Err(trouble) => tracing::warn!(?trouble, "an account beside the agent's is left out"),
            }
        }
        beside
    }
}

/// Where an account's servers are: where they are named, else wherever its address leads to.
fn named_servers(
    names: &[String],
    address: &Address,
    transport: TransportChoice,
) -> Result<Vec<Server>, TroubleKind> {
    let named = |host: String, port, own: Option<SipTransport>| {
        let transport = own.map_or(transport, TransportChoice::from).transport();
        Server::Named { host, port, transport }
    };
    if names.is_empty() {
        return Ok(vec![named(address.host.clone(), address.port, None)]);
    }
    let read = |text: &String| {
        let SipServer { host, port, transport } = text.parse().map_err(|error: BadServer| {
            TroubleKind::BadEntry { field: "server".to_owned(), reason: error.to_string() }
        })?;
        Ok(named(host, port, transport))
    };
    names.iter().map(read).collect()
}

fn bad_entry(field: &str, error: &AddressError) -> TroubleKind {
    TroubleKind::BadEntry { field: field.to_owned(), reason: error.to_string() }
}

/// What the keychain knows the password by, however the address was typed.
fn keychain_key(address: &str) -> String {
    Address::parse(address).map_or_else(|_| address.to_owned(), |address| address.aor())
}

async fn kept_password(keychain: Keychain, key: String) -> Result<String, TroubleKind> {
    let found = tokio::task::spawn_blocking(move || keychain.get(&key)).await;
    match found {
        Ok(Ok(secret)) => Ok(secret.reveal().to_owned()),
        Ok(Err(KeychainError::NotFound)) => Err(TroubleKind::BadEntry {
            field: "password".to_owned(),
            reason: "enter the password".to_owned(),
        }),
        Ok(Err(_)) | Err(_) => Err(TroubleKind::NoKeychain),
    }
}
