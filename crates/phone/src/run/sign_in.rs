//! Signing in: the address, the password, the path to the server; and remembering all that for the next time.

use super::Run;
use super::carry_out::server_flow;
use super::errand::Errand;
use super::request::trouble;
use crate::address::{Address, AddressError};
use crate::engine::SignIn as EngineSignIn;
use crate::handle::Reply;
use crate::settings::Remembered;
use crate::view::SignIn;
use sidetone_desk::Update;
use sidetone_desk::view::TroubleKind;
use sidetone_net::Transports;
use sidetone_sip::api::{Account, Server};
use sidetone_store::{Keychain, KeychainError, Secret};
use std::time::Duration;

/// The settings key of the remembered account.
pub(super) const ACCOUNT: &str = "account";

impl Run {
    pub(super) fn sign_in(&mut self, request: SignIn) -> Reply<()> {
        let address =
            Address::parse(&request.address).map_err(|error| trouble(bad_entry("address", &error)))?;
        self.update(Update::SigningIn { account: address.shown(), practice: request.practice });
        self.remember = request.remember.then(|| request.clone());
        let (transports, keychain) = (self.transports.clone(), self.fixed.keychain.clone());
        let expires = self.fixed.register_for;
        self.sign_ins += 1;
        let wish = self.sign_ins;
        self.send_for(async move {
            Errand::SignIn(wish, Box::new(prepare(&transports, keychain, request, address, expires).await))
        });
        Ok(())
    }

    pub(super) fn sign_in_remembered(&mut self) -> Reply<()> {
        let Some(remembered) = self.remembered.clone() else {
            return Err(trouble(TroubleKind::BadEntry {
                field: "address".to_owned(),
                reason: "no account is remembered".to_owned(),
            }));
        };
        self.sign_in(SignIn {
            address: remembered.address,
            display_name: remembered.display_name,
            auth_user: remembered.auth_user,
            server: remembered.server,
            password: String::new(),
            transport: remembered.transport,
            remember: true,
            practice: false,
        })
    }

    pub(super) fn remembered_account(&self) -> Option<String> {
        self.remembered.as_ref().map(|remembered| remembered.address.clone())
    }

    /// The server took it: now it is worth remembering.
    pub(super) fn keep_account(&mut self) {
        let Some(request) = self.remember.take() else { return };
        let account = Remembered {
            address: request.address,
            display_name: request.display_name,
            auth_user: request.auth_user,
            server: request.server,
            transport: request.transport,
        };
        self.remembered = Some(account.clone());
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
async fn prepare(
    transports: &Transports,
    keychain: Keychain,
    request: SignIn,
    address: Address,
    expires: Duration,
) -> Result<EngineSignIn, TroubleKind> {
    let password = match request.password {
        password if !password.is_empty() => password,
        _ => kept_password(keychain, keychain_key(&request.address)).await?,
    };
    let host = match request.server.as_str() {
        "" => address.clone(),
        server => Address::parse(&format!("{}@{server}", address.user))
            .map_err(|error| bad_entry("server", &error))?,
    };
    let server = server_flow(transports, &host, request.transport.into()).await?;
    let auth_user = if request.auth_user.is_empty() { address.user.clone() } else { request.auth_user };
    let account = Account {
        aor: address.aor(),
        display_name: request.display_name,
        auth_user,
        password,
        servers: vec![Server::At(server)],
        expires,
        instance: String::new(),
    };
    Ok(EngineSignIn::Register { account, shown: address.shown(), practice: request.practice })
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
