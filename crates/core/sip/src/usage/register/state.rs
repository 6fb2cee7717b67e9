//! Where a registration stands, and what stays the same from one REGISTER to the next.

use super::{
    alive::Alive,
    paths::{Paths, Way},
};
use crate::{
    api::{Account, Flow},
    message::{Method, NameAddr, Request, Uri, name},
    stack::{ALLOW, Stack},
    tokens::Tokens,
    transaction::ClientId,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The longest registration that is believed.
pub(super) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// A longer instance is none.
const MAX_INSTANCE: usize = 256;

/// Where it stands.
pub(super) enum State {
    Off,
    /// No path is known yet: names are being looked up.
    Locating,
    /// A REGISTER is under way.
    Asking(Ask),
    /// The server knows us.
    Registered {
        renew_at: Instant,
        better_at: Option<Instant>,
    },
    /// The server knows us, and a better one is asked.
    Moving {
        ask: Ask,
        renew_at: Instant,
    },
    /// Nobody knows us, for now.
    Waiting {
        again_at: Instant,
    },
    /// The last REGISTER of all is under way.
    Leaving {
        client: ClientId,
    },
}

/// A REGISTER under way.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) client: ClientId,
    pub(super) binding: Binding,
    /// Another way is tried then.
    pub(super) give_up: Option<Instant>,
    /// How often the server corrected our Contact by now.
    pub(super) corrected: u8,
}

/// Where we are registered, or want to be.
#[derive(Clone)]
pub(super) struct Binding {
    pub(super) way: Way,
    pub(super) contact: Uri,
    /// Where we were before: taken back with the next REGISTER.
    pub(super) former: Option<Uri>,
    /// The registrar keeps to RFC 5626: the binding is known by instance and reg-id, not by its contact.
    pub(super) outbound: bool,
}

impl Binding {
    pub(super) fn new(way: Way, contact: Uri) -> Self {
        Binding { way, contact, former: None, outbound: false }
    }

    /// The same, somewhere else.
    pub(super) fn at(&self, contact: Uri) -> Self {
        Binding { former: Some(self.contact.clone()), contact, ..self.clone() }
    }

    /// The address that the contact names.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let host_port = self.contact.host_port()?;
        Some(SocketAddr::new(host_port.ip()?, host_port.port?))
    }

    /// Whether taking that one back leaves this one alone, also where both are kept in one place.
    pub(super) fn is_apart_from(&self, other: &Binding) -> bool {
        if self.outbound && other.outbound {
            self.way.server != other.way.server
        } else {
            !self.contact.is_equivalent(&other.contact)
        }
    }
}

/// Whether we tell the registrar who we are among our user's devices (RFC 5626 section 4.2.1).
enum Instance {
    None,
    Told(String),
    /// Somebody on the way does not want it (439, section 4.2.1).
    Withheld,
}

/// What stays the same from one REGISTER to the next (RFC 3261 section 10.2.4).
pub(super) struct Line {
    pub(super) aor: Uri,
    pub(super) expires: Duration,
    pub(super) paths: Paths,
    pub(super) binding: Option<Binding>,
    pub(super) alive: Option<Alive>,
    /// How often the path broke soon after a success.
    pub(super) breaks: u32,
    pub(super) since: Option<Instant>,
    instance: Instance,
    call_id: String,
    cseq: u32,
}

impl Line {
    pub(super) fn new(account: &Account, aor: Uri, tokens: &mut Tokens) -> Self {
        let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\');
        let instance = account.instance.as_str();
        let is_fit = !instance.is_empty() && instance.len() <= MAX_INSTANCE && instance.chars().all(fits);
        Line {
            aor,
            expires: account.expires.clamp(Duration::from_secs(1), LONGEST),
            paths: Paths::of(account),
            binding: None,
            alive: None,
            breaks: 0,
            since: None,
            instance: if is_fit { Instance::Told(instance.to_owned()) } else { Instance::None },
            call_id: tokens.call_id(),
            cseq: 0,
        }
    }

    /// The same account again, perhaps with another password: the numbering goes on.
    pub(super) fn continued(self, before: Line) -> Self {
        Line {
            binding: before.binding,
            call_id: before.call_id,
            cseq: before.cseq,
            alive: before.alive,
            ..self
        }
    }

    /// The instance is not told any more. `false`: it was not told before either.
    pub(super) fn withhold_instance(&mut self) -> bool {
        let told = matches!(self.instance, Instance::Told(_));
        if told {
            self.instance = Instance::Withheld;
        }
        told
    }

    /// The `+sip.instance` that was told.
    pub(super) fn instance(&self) -> Option<String> {
        match &self.instance {
            Instance::Told(instance) => Some(format!("<{instance}>")),
            Instance::None | Instance::Withheld => None,
        }
    }

    /// A request was numbered by another hand: the next one comes after it.
    pub(super) fn note_sent(&mut self, request: &Request) {
        if let Ok(cseq) = request.headers.cseq() {
            self.cseq = self.cseq.max(cseq.number);
        }
    }

    /// The next REGISTER, without Via and credentials.
    pub(super) fn request(
        &mut self,
        stack: &mut Stack,
        binding: &Binding,
        expires: Duration,
    ) -> Option<Request> {
        let registrar = match self.paths.redirected(binding.way) {
            Some(uri) => Uri::parse(&format!("{}:{}", uri.scheme(), uri.host_port()?)).ok()?,
            None => Uri::parse(&format!("sip:{}", self.aor.host_port()?)).ok()?,
        };
        self.cseq += 1;
        let us = NameAddr::new(self.aor.clone());
        let mut request = stack.fresh(Method::Register, registrar, us.clone(), us);
        let seconds = expires.as_secs();
        request.headers.set(name::CALL_ID, self.call_id.as_str());
        request.headers.set(name::CSEQ, format!("{} REGISTER", self.cseq));
        let (device, extensions) = match self.instance() {
            Some(instance) => {
                let number = binding.way.server + 1;
                (format!(";+sip.instance=\"{instance}\";reg-id={number}"), "path, outbound, gruu")
            }
            None => (String::new(), "path"),
        };
        request.headers.push(name::CONTACT, format!("<{}>{device};expires={seconds}", binding.contact));
        if let Some(former) = binding.former.as_ref().filter(|_| !binding.outbound) {
            request.headers.push(name::CONTACT, format!("<{former}>;expires=0"));
        }
        request.headers.push(name::EXPIRES, seconds.to_string());
        request.headers.push(name::SUPPORTED, extensions);
        request.headers.push(name::ALLOW, ALLOW);
        Some(request)
    }

    /// When the path in use is to be kept alive.
    pub(super) fn path(&self) -> Option<Flow> {
        self.binding.as_ref().map(|binding| binding.way.path)
    }
}
