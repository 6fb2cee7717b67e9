//! Who we are to which server, by which paths it is reached, and what it granted.

use crate::{
    api::{Account, AccountKey, Flow},
    auth::Authenticator,
    message::{NameAddr, Request, Uri},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
};

/// One account at work.
pub(crate) struct Member {
    pub(crate) identity: Account,
    pub(crate) authenticator: Authenticator,
    /// The path to the server in use; `None`: not found yet.
    pub(crate) path: Option<Flow>,
    /// Every known path to its servers, best first; those that just failed come last.
    pub(crate) paths: Vec<Flow>,
    /// The address that the server sees us at, where it is not our own.
    pub(crate) public: Option<SocketAddr>,
    /// What came with the registration.
    pub(crate) granted: Granted,
}

/// What a registrar grants with a registration.
#[derive(Default)]
pub(crate) struct Granted {
    /// What our requests outside of dialogs go by (Service-Route, RFC 3608).
    pub(crate) service_route: Vec<NameAddr>,
    /// A name that leads to this very user agent from anywhere (RFC 5627).
    pub(crate) public_gruu: Option<Uri>,
    /// The same as the public one, and does not tell who we are.
    pub(crate) temporary_gruu: Option<Uri>,
    /// Its proxy sends requests by our own connection where our Contact asks for it (`;ob`, RFC 5626 section 4.3).
    pub(crate) outbound: bool,
}

/// Every account.
#[derive(Default)]
pub(crate) struct Accounts(BTreeMap<AccountKey, Member>);

impl Accounts {
    /// Takes an account in, in place of what was known under the same key.
    pub(crate) fn insert(&mut self, key: AccountKey, identity: Account) {
        let authenticator = Authenticator::new(identity.auth_user.as_str(), identity.password.as_str());
        let (path, paths, public) = (None, Vec::new(), None);
        let granted = Granted::default();
        self.0.insert(key, Member { identity, authenticator, path, paths, public, granted });
    }

    pub(crate) fn get(&self, key: AccountKey) -> Option<&Member> {
        self.0.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: AccountKey) -> Option<&mut Member> {
        self.0.get_mut(&key)
    }

    /// The account that a request of ours on this path is by: its server is there, and it is who the request says it
    /// is from. Nobody else's password is given to a server.
    pub(crate) fn asking(&self, request: &Request, flow: Flow) -> Option<AccountKey> {
        let from = request.headers.from().ok().map(|from| from.uri);
        let vouched = request.headers.get("P-Preferred-Identity").and_then(|us| NameAddr::parse(us).ok());
        self.pick(flow, &[from, vouched.map(|us| us.uri)])
    }

    /// The account that a request of theirs on this path is for: its server sent it, and it is to us or to our Contact.
    pub(crate) fn asked(&self, request: &Request, flow: Flow) -> Option<AccountKey> {
        let to = request.headers.to().ok().map(|to| to.uri);
        let called = request.headers.get("P-Called-Party-ID").and_then(|us| NameAddr::parse(us).ok());
        self.pick(flow, &[Some(request.uri.clone()), called.map(|us| us.uri), to])
    }

    /// The account that a dialog on this path, in which we go by this name, is by; `None`: no account's server is there.
    pub(crate) fn of_dialog(&self, us: &Uri, flow: Flow) -> Option<AccountKey> {
        self.pick(flow, &[Some(us.clone())])
    }

    /// The account with this address of record.
    pub(crate) fn of_name(&self, aor: &Uri) -> Option<AccountKey> {
        let is = |member: &Member| Uri::parse(&member.identity.aor).is_ok_and(|name| name.is_equivalent(aor));
        self.0.iter().find(|(_, member)| is(member)).map(|(key, _)| *key)
    }

    /// Among those whose server is there, the first that goes by one of these names; else the first of them.
    fn pick(&self, flow: Flow, names: &[Option<Uri>]) -> Option<AccountKey> {
        let there = || self.0.iter().filter(|(_, member)| member.leads_to(flow));
        let mut called = names.iter().flatten().flat_map(|name| there().filter(|(_, m)| m.goes_by(name)));
        called.next().or_else(|| there().next()).map(|(key, _)| *key)
    }

    /// Whether any account's server is at this address.
    pub(crate) fn is_server(&self, flow: Flow) -> bool {
        self.0.values().any(|member| member.any_path(|path| path.remote.ip() == flow.remote.ip()))
    }

    /// Every address of any account's server.
    pub(crate) fn server_addresses(&self) -> BTreeSet<IpAddr> {
        let paths = self.0.values().flat_map(|member| member.path.iter().chain(&member.paths));
        paths.map(|path| path.remote.ip()).collect()
    }

    /// The address that others see us at on this path, where it is not our own.
    pub(crate) fn public(&self, flow: Flow) -> Option<SocketAddr> {
        self.0.values().find(|member| member.leads_to(flow) && member.public.is_some())?.public
    }
}

impl Member {
    fn any_path(&self, fits: impl Fn(&Flow) -> bool) -> bool {
        self.path.iter().chain(&self.paths).any(fits)
    }

    /// Whether one of its servers is at the other end: on the same transport, whatever the port.
    pub(crate) fn leads_to(&self, flow: Flow) -> bool {
        self.any_path(|path| {
            path.transport.is_secure() == flow.transport.is_secure() && path.remote.ip() == flow.remote.ip()
        })
    }

    /// Whether it is the path in use.
    pub(crate) fn uses(&self, flow: Flow) -> bool {
        self.path == Some(flow)
    }

    fn goes_by(&self, name: &Uri) -> bool {
        let Granted { public_gruu, temporary_gruu, .. } = &self.granted;
        let gruu = [public_gruu, temporary_gruu].into_iter().flatten().any(|gruu| gruu.is_equivalent(name));
        gruu || Uri::parse(&self.identity.aor)
            .is_ok_and(|aor| aor.user().is_some() && aor.user() == name.user())
    }

    /// The next path to try after these failed; `None`: all were tried (RFC 3263 section 4.3).
    pub(crate) fn path_after(&self, tried: &[Flow]) -> Option<Flow> {
        self.path.iter().chain(&self.paths).find(|path| !tried.contains(path)).copied()
    }
}
