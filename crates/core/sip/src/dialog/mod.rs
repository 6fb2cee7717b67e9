//! Dialogs (RFC 3261 section 12): who talks to whom, in which order requests come, and where the next one goes. A
//! dialog knows nothing of what it is used for.

mod path;
mod saved;

use crate::{
    api::Flow,
    message::{CSeq, Method, NameAddr, Request, Response, Uri, name},
};
pub(crate) use path::{Way, next_hop};

/// The longest route set that is believed.
const MAX_ROUTES: usize = 32;

/// One peer-to-peer relation.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Dialog {
    call_id: String,
    local: NameAddr,
    remote: NameAddr,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    routes: Vec<NameAddr>,
    target: Uri,
    contact: Uri,
    way: Way,
}

/// Why a request does not fit into its dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfOrder;

impl Dialog {
    /// The caller's, made by a response with a To tag to its INVITE (section 12.1.2). `None`: the response lacks what a
    /// dialog is made of.
    pub(crate) fn of_caller(invite: &Request, response: &Response, flow: Flow) -> Option<Self> {
        let routes = routes_of(response)?;
        let remote = response.headers.to().ok()?;
        let target = response.headers.contact().map_or_else(|_| invite.uri.clone(), |contact| contact.uri);
        Some(Dialog {
            call_id: invite.headers.call_id().ok()?.to_owned(),
            local: invite.headers.from().ok()?,
            remote,
            local_cseq: invite.headers.cseq().ok()?.number,
            remote_cseq: None,
            routes,
            target,
            contact: invite.headers.contact().ok()?.uri,
            way: Way::Known(flow),
        })
    }

    /// The callee's, made by an INVITE and the tag it is answered with (section 12.1.1). `None`: the request lacks what
    /// a dialog is made of.
    pub(crate) fn of_callee(invite: &Request, tag: &str, contact: Uri, flow: Flow) -> Option<Self> {
        let mut routes = invite.headers.record_route().ok()?;
        routes.truncate(MAX_ROUTES);
        Some(Dialog {
            call_id: invite.headers.call_id().ok()?.to_owned(),
            local: invite.headers.to().ok()?.with_tag(tag),
            remote: invite.headers.from().ok()?,
            local_cseq: 0,
            remote_cseq: Some(invite.headers.cseq().ok()?.number),
            routes,
            target: invite.headers.contact().ok()?.uri,
            contact,
            way: Way::Known(flow),
        })
    }

    /// Whether a request of theirs is in this dialog.
    pub(crate) fn holds(&self, request: &Request) -> bool {
        let headers = &request.headers;
        headers.call_id().is_ok_and(|call_id| call_id == self.call_id)
            && headers.to().is_ok_and(|to| to.tag() == self.local.tag())
            && headers.from().is_ok_and(|from| from.tag() == self.remote.tag())
    }

    /// Whether it is the one of these names: Call-ID, our tag, their tag. Somebody without a tag has the tag `0`
    /// (RFC 3891 section 3).
    pub(crate) fn is(&self, call_id: &str, local_tag: &str, remote_tag: &str) -> bool {
        let fits = |tag: Option<&str>, wanted: &str| tag.unwrap_or("0") == wanted;
        self.call_id == call_id && fits(self.local.tag(), local_tag) && fits(self.remote.tag(), remote_tag)
    }

    /// Call-ID.
    pub(crate) fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Their tag.
    pub(crate) fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or("0")
    }

    /// Who they are in it.
    pub(crate) fn remote_uri(&self) -> &Uri {
        &self.remote.uri
    }

    /// Their Contact.
    pub(crate) fn target(&self) -> &Uri {
        &self.target
    }

    /// Our tag.
    pub(crate) fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }

    /// Who we are in it.
    pub(crate) fn local_uri(&self) -> &Uri {
        &self.local.uri
    }

    /// Our Contact.
    pub(crate) fn contact(&self) -> &Uri {
        &self.contact
    }

    /// Takes a new request of theirs; one from the past is refused (section 12.2.2).
    pub(crate) fn take(&mut self, request: &Request) -> Result<(), OutOfOrder> {
        let number = request.headers.cseq().map_err(|_| OutOfOrder)?.number;
        if self.remote_cseq.is_some_and(|last| number <= last) {
            return Err(OutOfOrder);
        }
        self.remote_cseq = Some(number);
        // Who it is may change, and is called so from then on; whose dialog it is the tags say (RFC 4916 section 4.4.2).
        if let (Method::Invite | Method::Update, Ok(from)) = (&request.method, request.headers.from()) {
            self.remote = from;
        }
        Ok(())
    }

    /// A target refresh, by the Contact of a re-INVITE or of the 2xx to ours (section 12.2.1.2).
    pub(crate) fn refresh_target(&mut self, headers: &crate::message::Headers) {
        if let Ok(contact) = headers.contact() {
            self.target = contact.uri;
        }
    }

    /// The next request of ours (section 12.2.1.1), without Via.
    pub(crate) fn request(&mut self, method: Method) -> Request {
        self.local_cseq += 1;
        self.numbered(method, self.local_cseq)
    }

    /// A request of ours that was sent before goes out once more: as the next one.
    pub(crate) fn number(&mut self, request: &mut Request) {
        self.local_cseq += 1;
        let cseq = CSeq { number: self.local_cseq, method: request.method.clone() };
        request.headers.set(name::CSEQ, cseq.to_string());
    }

    /// The next request of ours comes behind this number.
    pub(crate) fn count_from(&mut self, number: u32) {
        self.local_cseq = self.local_cseq.max(number);
    }

    /// The 2xx to our INVITE came: its routes and its Contact take the place of the early ones (section 13.2.2.4).
    pub(crate) fn confirm(&mut self, response: &Response) {
        if let Some(routes) = routes_of(response) {
            self.routes = routes;
        }
        self.refresh_target(&response.headers);
    }

    /// The ACK for the 2xx to our INVITE of this number (section 13.2.2.4), without Via.
    pub(crate) fn ack(&self, number: u32) -> Request {
        self.numbered(Method::Ack, number)
    }

    /// The path that the next request takes.
    pub(crate) fn flow(&self) -> Flow {
        self.way.to(self.routes.first().map_or(&self.target, |route| &route.uri))
    }

    /// The path that its messages come by.
    pub(crate) fn came_by(&self) -> Flow {
        self.way.path()
    }

    /// From now on requests begin by this path, and name this Contact of ours.
    pub(crate) fn move_to(&mut self, way: Way, contact: Uri) {
        self.way = way;
        self.contact = contact;
    }

    fn numbered(&self, method: Method, number: u32) -> Request {
        let strict = self.routes.first().filter(|route| !route.uri.is_loose_router());
        let uri = strict.map_or(&self.target, |route| &route.uri);
        let mut request = Request::new(method.clone(), uri.clone());
        for route in self.routes.iter().skip(usize::from(strict.is_some())) {
            request.headers.push(name::ROUTE, route.to_string());
        }
        if strict.is_some() {
            request.headers.push(name::ROUTE, format!("<{}>", self.target));
        }
        request.headers.push(name::MAX_FORWARDS, "70");
        request.headers.push(name::FROM, self.local.to_string());
        request.headers.push(name::TO, self.remote.to_string());
        request.headers.push(name::CALL_ID, self.call_id.as_str());
        request.headers.push(name::CSEQ, CSeq { number, method }.to_string());
        request
    }
}

/// The caller's routes (section 12.1.2).
fn routes_of(response: &Response) -> Option<Vec<NameAddr>> {
    let mut routes = response.headers.record_route().ok()?;
    routes.reverse();
    routes.truncate(MAX_ROUTES);
    Some(routes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::Transport,
        message::{Message, parse},
    };

    fn flow() -> Flow {
        let (local, remote) = ("192.0.2.1:5060".parse().unwrap(), "192.0.2.9:5060".parse().unwrap());
        Flow { transport: Transport::Udp, local, remote }
    }

    fn invite(more: &str) -> Request {
        let text = format!(
            "INVITE sip:agent@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n\
             From: <sip:ann@example.org>;tag=a\r\nTo: <sip:agent@example.org>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\
             Contact: <sip:ann@192.0.2.7:5070>\r\n{more}Content-Length: 0\r\n\r\n"
        );
        match parse(text.as_bytes()) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    fn callee(more: &str) -> Dialog {
        Dialog::of_callee(&invite(more), "b", Uri::parse("sip:agent@192.0.2.1").unwrap(), flow()).unwrap()
    }

    #[test]
    fn without_routes_requests_go_to_the_contact() {
        let mut dialog = callee("");
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.uri.as_str(), "sip:ann@192.0.2.7:5070");
        assert_eq!(bye.headers.cseq().unwrap().to_string(), "1 BYE");
        assert_eq!(dialog.flow().remote, "192.0.2.7:5070".parse().unwrap());
    }

    #[test]
    fn loose_routes_leave_the_request_uri_alone() {
        let mut dialog = callee("Record-Route: <sip:192.0.2.20;lr>, <sip:192.0.2.21:5062;lr>\r\n");
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.uri.as_str(), "sip:ann@192.0.2.7:5070");
        assert_eq!(bye.headers.route().unwrap().len(), 2);
        assert_eq!(dialog.flow().remote, "192.0.2.20:5060".parse().unwrap());
    }

    #[test]
    fn a_strict_router_becomes_the_request_uri() {
        let mut dialog = callee("Record-Route: <sip:192.0.2.20>, <sip:192.0.2.21;lr>\r\n");
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.uri.as_str(), "sip:192.0.2.20");
        let routes: Vec<_> = bye.headers.list(name::ROUTE).collect();
        assert_eq!(routes, ["<sip:192.0.2.21;lr>", "<sip:ann@192.0.2.7:5070>"]);
    }

    #[test]
    fn the_past_is_refused() {
        let mut dialog = callee("");
        assert_eq!(dialog.take(&invite("")), Err(OutOfOrder));
        let mut later = invite("");
        later.headers.set(name::CSEQ, "9 INVITE");
        assert_eq!(dialog.take(&later), Ok(()));
    }
}
