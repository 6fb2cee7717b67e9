//! What every usage works with: transactions, the queue of what goes out, names, and who we are. Knows how a message of
//! ours looks; knows nothing about calls and registrations.

mod accounts;
mod config;
mod outside;
mod owner;
mod quota;

pub(crate) use accounts::{Accounts, Granted};
pub use config::{Callers, Config, RegistrarConfig};
pub(crate) use owner::Owner;

use crate::{
    api::{Event, Flow},
    locate::Searches,
    message::{Request, Response, Via, name},
    outbox::Outbox,
    tokens::Tokens,
    transaction::{ClientId, Clients, Sending, ServerId, Servers},
};
use quota::Quota;
use std::time::Instant;

/// What we understand, in the order of Allow.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY, MESSAGE";

/// The extensions that we know, as Supported lists them: what else is required is refused with 420.
pub(crate) const SUPPORTED: &str = "100rel, timer, replaces, norefersub, tdialog, from-change";

/// The one media type of session descriptions.
pub(crate) const SDP: &str = "application/sdp";

/// The transactions of strangers where they may call: the rest is left to the account's server.
const MOST_WELCOME: usize = 1792;

/// The transactions of strangers where they may not.
const MOST_UNWELCOME: usize = 256;

/// The common ground of the usages.
pub(crate) struct Stack {
    pub(crate) config: Config,
    pub(crate) accounts: Accounts,
    pub(crate) out: Outbox,
    pub(crate) tokens: Tokens,
    pub(crate) clients: Clients<Owner>,
    pub(crate) servers: Servers,
    /// For answers to strangers that no transaction holds back.
    pub(crate) quota: Quota,
    pub(crate) searches: Searches,
}

impl Stack {
    pub(crate) fn new(config: Config, seed: [u8; 32]) -> Self {
        let most_strangers = match config.callers {
            Callers::Anyone => MOST_WELCOME,
            Callers::Server => MOST_UNWELCOME,
        };
        Stack {
            config,
            accounts: Accounts::default(),
            out: Outbox::default(),
            tokens: Tokens::new(seed),
            clients: Clients::new(),
            servers: Servers::new(most_strangers),
            quota: Quota::default(),
            searches: Searches::default(),
        }
    }

    pub(crate) fn say(&mut self, event: Event) {
        self.out.say(event);
    }

    /// Sends a request that waits for responses, with a Via of its own. `None`: too many are under way.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        mut request: Request,
        flow: Flow,
        owner: Owner,
    ) -> Option<ClientId> {
        self.add_via(&mut request, flow);
        request.headers.push(name::USER_AGENT, self.config.name.as_str());
        self.clients.start(now, &mut self.out, Sending { request, flow, owner })
    }

    /// Sends an ACK for a 2xx, which waits for nothing. Gives it back as it was sent, to be sent again.
    pub(crate) fn ack(&mut self, mut ack: Request, flow: Flow) -> bytes::Bytes {
        self.add_via(&mut ack, flow);
        let bytes = ack.to_bytes();
        self.out.send(flow, bytes.clone());
        bytes
    }

    /// Sends a CANCEL, which has the Via of its INVITE.
    pub(crate) fn cancel(&mut self, now: Instant, request: Request, flow: Flow) {
        self.clients.start(now, &mut self.out, Sending { request, flow, owner: Owner::Nobody });
    }

    fn add_via(&mut self, request: &mut Request, flow: Flow) {
        let mut via = Via::new(flow.transport.in_via(), flow.local, &self.tokens.branch());
        if flow.transport.is_reliable() {
            // Requests of theirs may come by our connection (RFC 5923 section 5).
            via.params.set("alias", "");
        }
        request.headers.push_front(name::VIA, via.to_string());
    }

    /// Answers with a code and nothing more; a final response gets a To tag of its own.
    pub(crate) fn reply(&mut self, now: Instant, id: ServerId, request: &Request, code: u16) {
        let response = Response::to(request, code);
        let response = if code > 100 { response.with_to_tag(&self.tokens.tag()) } else { response };
        self.respond(now, id, response);
    }

    /// Says what we are, in a response.
    pub(crate) fn sign(&self, response: &mut Response) {
        if response.code > 100 {
            response.headers.set(name::SERVER, self.config.name.as_str());
        }
    }

    /// Answers.
    pub(crate) fn respond(&mut self, now: Instant, id: ServerId, mut response: Response) {
        self.sign(&mut response);
        if response.code == 405 || response.code == 501 {
            response.headers.set(name::ALLOW, ALLOW);
        }
        self.servers.respond(now, &mut self.out, id, &response);
    }
}
