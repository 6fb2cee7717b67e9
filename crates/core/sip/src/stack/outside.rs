//! Requests outside of dialogs (RFC 3261 section 8.1.1): who they are from, where the other side reaches us, and what
//! they go by.

use super::{Stack, accounts::Member};
use crate::{
    api::{AccountKey, Flow, Transport},
    message::{HostPort, Method, NameAddr, Request, Uri, name},
};
use std::net::SocketAddr;

impl Stack {
    /// A request by an account outside of any dialog, and the path that it takes: From is the account, the Request-URI
    /// and To are `target` (its headers left out), Route is the server's Service-Route (RFC 3608 section 6.1), and there is a Contact
    /// where the method makes a dialog (a GRUU, where there is one). Without Via, body and credentials: when the body
    /// is in, [`foresee`](crate::usage::challenge::foresee) adds the credentials, and [`Stack::request`] sends it.
    /// `None`: there is no such account, or no path to its server.
    ///
    /// ```text
    /// let (mut request, flow) = stack.outside(account, Method::Message, &target)?;
    /// request.set_body("text/plain", body);
    /// challenge::foresee(stack, &mut request, flow);
    /// let client = stack.request(now, request, flow, Owner::...)?;
    /// ```
    pub(crate) fn outside(
        &mut self,
        account: AccountKey,
        method: Method,
        target: &Uri,
    ) -> Option<(Request, Flow)> {
        let flow = self.accounts.get(account)?.path?;
        let from = self.identity(Some(account), flow)?;
        let uri = target.without_headers();
        let contact = match &method {
            Method::Invite | Method::Subscribe | Method::Refer | Method::Options => {
                self.contact(Some(account), flow)
            }
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Register
            | Method::Info
            | Method::Prack
            | Method::Update
            | Method::Notify
            | Method::Publish
            | Method::Message
            | Method::Other(_) => None,
        };
        let mut request = self.fresh(method, uri.clone(), from, NameAddr::new(uri));
        if let Some(contact) = contact {
            request.headers.push(name::CONTACT, format!("<{contact}>"));
        }
        self.preload(account, flow, &mut request);
        Some((request, flow))
    }

    /// Puts the Service-Route into a request outside of any dialog that goes by the account's path.
    pub(crate) fn preload(&self, account: AccountKey, flow: Flow, request: &mut Request) {
        let Some(member) = self.accounts.get(account).filter(|member| member.uses(flow)) else { return };
        for route in &member.granted.service_route {
            request.headers.push(name::ROUTE, route.to_string());
        }
    }

    /// Our Contact for messages on this path: where the other side can reach us.
    pub(crate) fn contact(&self, account: Option<AccountKey>, flow: Flow) -> Option<Uri> {
        let member = self.known(account).filter(|member| member.leads_to(flow));
        let granted = member.map(|member| &member.granted);
        match granted.and_then(|granted| granted.public_gruu.clone()) {
            Some(gruu) => Some(gruu),
            None if granted.is_some_and(|granted| granted.outbound) => {
                Uri::parse(&format!("{};ob", self.plain_contact(account, flow)?)).ok()
            }
            None => self.plain_contact(account, flow),
        }
    }

    /// Our Contact in a dialog in which we go by this name: where that does not tell who we are, it does not either.
    pub(crate) fn contact_as(&self, us: &Uri, account: Option<AccountKey>, flow: Flow) -> Option<Uri> {
        let nobody = us.host_port().is_some_and(|at| at.host.eq_ignore_ascii_case("anonymous.invalid"));
        if nobody { self.anonymous_contact(account, flow) } else { self.contact(account, flow) }
    }

    /// Our Contact that does not tell who we are: the temporary GRUU (RFC 5627), or the bare address.
    pub(crate) fn anonymous_contact(&self, account: Option<AccountKey>, flow: Flow) -> Option<Uri> {
        let member = self.known(account).filter(|member| member.leads_to(flow));
        match member.and_then(|member| member.granted.temporary_gruu.clone()) {
            Some(gruu) => Some(gruu),
            None => {
                let address = self.accounts.public(flow).unwrap_or(flow.local);
                Uri::parse(&format!("sip:anonymous@{}", at(flow.transport, address))).ok()
            }
        }
    }

    /// Our Contact by its address, as it stands in a REGISTER.
    pub(crate) fn plain_contact(&self, account: Option<AccountKey>, flow: Flow) -> Option<Uri> {
        let public = self.accounts.public(flow);
        self.contact_at(account, flow.transport, public.unwrap_or(flow.local))
    }

    /// Our Contact at an address.
    pub(crate) fn contact_at(
        &self,
        account: Option<AccountKey>,
        transport: Transport,
        address: SocketAddr,
    ) -> Option<Uri> {
        let user = self.known(account).and_then(|member| Uri::parse(&member.identity.aor).ok()?.user());
        let user = escape_user(user.as_deref().unwrap_or(&self.config.user));
        Uri::parse(&format!("sip:{user}@{}", at(transport, address))).ok()
    }

    /// Who we are, in a From.
    pub(crate) fn identity(&self, account: Option<AccountKey>, flow: Flow) -> Option<NameAddr> {
        match self.known(account).map(|member| &member.identity) {
            Some(us) => Some(NameAddr::named(&us.display_name, Uri::parse(&us.aor).ok()?)),
            None => {
                let user = escape_user(&self.config.user);
                Some(NameAddr::new(Uri::parse(&format!("sip:{user}@{}", HostPort::from(flow.local))).ok()?))
            }
        }
    }

    fn known(&self, account: Option<AccountKey>) -> Option<&Member> {
        self.accounts.get(account?)
    }

    /// The bones of a request outside of any dialog, without Via and body.
    pub(crate) fn fresh(&mut self, method: Method, uri: Uri, from: NameAddr, to: NameAddr) -> Request {
        let mut request = Request::new(method.clone(), uri);
        let (tag, call_id) = (self.tokens.tag(), self.tokens.call_id());
        request.headers.push(name::MAX_FORWARDS, "70");
        request.headers.push(name::FROM, from.with_tag(&tag).to_string());
        request.headers.push(name::TO, to.to_string());
        request.headers.push(name::CALL_ID, call_id);
        request.headers.push(name::CSEQ, format!("1 {method}"));
        request
    }
}

fn at(transport: Transport, address: SocketAddr) -> String {
    match transport {
        Transport::Udp => HostPort::from(address).to_string(),
        Transport::Tcp | Transport::Tls | Transport::Wss => {
            format!("{};transport={}", HostPort::from(address), transport.in_uri())
        }
    }
}

/// What may not stand in a user part is escaped (RFC 3261 section 25.1).
fn escape_user(user: &str) -> String {
    let mut escaped = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
