//! Whom we speak to, and that it is somebody else by now: a From that changes in the dialog (RFC 4916), and what the own
//! server vouches for in requests and responses (P-Asserted-Identity, RFC 3325; Remote-Party-ID of older servers).
//! Whose dialog it is the tags say, and they alone (RFC 4916 section 4.2).

use super::{
    Call, Phase,
    about::{api_address, asserted, wants_privacy},
};
use crate::{
    api::{Address, CallKey, Event},
    message::{Headers, Method, Request, Response, Uri},
    stack::Stack,
};

/// The other side, as far as it was told.
#[derive(Default)]
pub(super) struct Peer {
    /// Who they say they are: the From of their requests.
    from: Option<Address>,
    /// Whom we took them for last.
    known: Option<Address>,
    /// Tag and number of their last request that could say so: what comes late is news no more.
    last: Option<(String, u32)>,
}

/// What one message says of its sender.
pub(super) struct Said {
    from: Option<Address>,
    asserted: Option<Address>,
    private: bool,
    order: Option<(String, u32)>,
}

impl Peer {
    /// Whom we call.
    pub(super) fn called(target: &str) -> Self {
        let uri = Uri::parse(target.trim()).map(|uri| uri.without_headers().to_string()).ok();
        let peer = uri.map(|uri| Address { display_name: None, uri });
        Peer { from: peer.clone(), known: peer, last: None }
    }

    /// Who calls us: as is told with the call.
    pub(super) fn calling(invite: &Request, trusted: bool) -> Self {
        let from = invite.headers.from().ok().map(api_address);
        let known = trusted.then(|| asserted(&invite.headers)).flatten().or_else(|| from.clone());
        Peer { from, known, last: None }
    }

    /// `Some`: it is somebody else by now.
    fn learn(&mut self, said: Said) -> Option<Address> {
        let Said { from, asserted, private, order } = said;
        if let (Some((tag, number)), Some((last_tag, last))) = (&order, &self.last)
            && tag == last_tag
            && number <= last
        {
            return None;
        }
        self.last = order.or(self.last.take());
        let changed = from.filter(|from| {
            let before = self.from.replace(from.clone());
            before.is_some_and(|before| !is_same(&before, from))
        });
        let new = asserted.or(changed)?;
        let new = if private { nobody() } else { new };
        if self.known.as_ref().is_some_and(|known| is_same(known, &new)) {
            return None;
        }
        self.known = Some(new.clone());
        Some(new)
    }
}

impl Said {
    /// By a request that may change who it is from (RFC 4916 section 4.4.1). `None`: by no other.
    pub(super) fn by_request(request: &Request, trusted: bool) -> Option<Self> {
        let may = matches!(request.method, Method::Invite | Method::Update);
        let from = request.headers.from().ok().filter(|_| may)?;
        let order = Some((from.tag().unwrap_or_default().to_owned(), request.headers.cseq().ok()?.number));
        Some(Said { from: Some(api_address(from)), order, ..Said::vouched(&request.headers, trusted) })
    }

    /// By a response to such a request of ours. Its To is as we wrote it, and says nothing.
    pub(super) fn by_response(request: &Request, response: &Response, trusted: bool) -> Option<Self> {
        let may = matches!(request.method, Method::Invite | Method::Update);
        (may && (101..300).contains(&response.code)).then(|| Said::vouched(&response.headers, trusted))
    }

    fn vouched(headers: &Headers, trusted: bool) -> Self {
        let asserted = trusted.then(|| asserted(headers)).flatten();
        Said { from: None, asserted, private: wants_privacy(headers), order: None }
    }
}

impl Call {
    /// Takes in what a message said, and tells who it is where that is news. A call that is over has no other side.
    pub(super) fn learn(&mut self, key: CallKey, stack: &mut Stack, said: Option<Said>) {
        let Some(said) = said else { return };
        match self.phase {
            Phase::Leaving(_) => {}
            Phase::Calling(_) | Phase::Ringing(_) | Phase::Up(_) => {
                if let Some(peer) = self.peer.learn(said) {
                    stack.say(Event::PeerChanged { call: key, peer });
                }
            }
        }
    }
}

/// A name that is not said again is still the name.
fn is_same(known: &Address, new: &Address) -> bool {
    let same_uri = match (Uri::parse(&known.uri), Uri::parse(&new.uri)) {
        (Ok(known), Ok(new)) => known.is_equivalent(&new),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => known.uri == new.uri,
    };
    same_uri && (new.display_name.is_none() || new.display_name == known.display_name)
}

/// Who does not want to be known (RFC 3323 section 4.1.1.3).
fn nobody() -> Address {
    Address { display_name: None, uri: "sip:anonymous@anonymous.invalid".to_owned() }
}
