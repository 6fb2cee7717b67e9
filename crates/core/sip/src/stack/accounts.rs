//! Who we are to which server, and by which path it is reached.

use crate::{
    api::{Account, AccountKey, Flow},
    auth::Authenticator,
};
use std::{collections::BTreeMap, net::SocketAddr};

/// One account at work.
pub(crate) struct Member {
    pub(crate) identity: Account,
    pub(crate) authenticator: Authenticator,
    /// The path to the server in use; `None`: not found yet.
    pub(crate) path: Option<Flow>,
    /// The address that the server sees us at, where it is not our own.
    pub(crate) public: Option<SocketAddr>,
}

/// Every account.
#[derive(Default)]
pub(crate) struct Accounts(BTreeMap<AccountKey, Member>);

impl Accounts {
    /// Takes an account in, in place of what was known under the same key.
    pub(crate) fn insert(&mut self, key: AccountKey, identity: Account, path: Flow) {
        let authenticator = Authenticator::new(identity.auth_user.as_str(), identity.password.as_str());
        let member = Member { identity, authenticator, path: Some(path), public: None };
        self.0.insert(key, member);
    }

    pub(crate) fn get(&self, key: AccountKey) -> Option<&Member> {
        self.0.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: AccountKey) -> Option<&mut Member> {
        self.0.get_mut(&key)
    }

    /// The account whose server is at the other end of this path: on the same transport, whatever the port.
    pub(crate) fn by_path(&self, flow: Flow) -> Option<AccountKey> {
        let leads_there =
            |path: Flow| path.transport == flow.transport && path.remote.ip() == flow.remote.ip();
        self.0.iter().find(|(_, member)| member.path.is_some_and(leads_there)).map(|(key, _)| *key)
    }

    /// Whether any account's server is at this address.
    pub(crate) fn is_server(&self, flow: Flow) -> bool {
        self.0.values().any(|member| member.path.is_some_and(|path| path.remote.ip() == flow.remote.ip()))
    }

    /// The address that others see us at on this path, where it is not our own.
    pub(crate) fn public(&self, flow: Flow) -> Option<SocketAddr> {
        self.0.values().find(|member| member.path == Some(flow))?.public
    }
}
