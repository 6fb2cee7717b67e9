//! What a 200 to REGISTER says (RFC 3261 section 10.2.4, and those who added to it).

use super::{
    alive::Terms,
    state::{Binding, LONGEST, Line},
};
use crate::{
    message::{Contacts, NameAddr, Params, Response, Uri, name},
    stack::Granted,
};
use std::time::Duration;

/// The longest Service-Route that is believed.
const MAX_ROUTES: usize = 16;

/// What was granted.
pub(super) struct Grant {
    pub(super) expires: Duration,
    pub(super) terms: Terms,
    pub(super) granted: Granted,
}

impl Grant {
    pub(super) fn of(response: &Response, line: &Line, binding: &Binding) -> Self {
        let headers = &response.headers;
        let contacts = match headers.contacts() {
            Ok(Contacts::List(contacts)) => contacts,
            Ok(Contacts::Star) | Err(_) => Vec::new(),
        };
        let ours = find(&contacts, line, binding);
        let seconds = ours.and_then(NameAddr::expires).or_else(|| headers.expires());
        let expires =
            seconds.map_or(line.expires, |seconds| Duration::from_secs(seconds.into())).min(LONGEST);
        let terms = Terms {
            outbound: line.instance().is_some() && headers.has_token(name::REQUIRE, "outbound"),
            flow_timer: headers.get(name::FLOW_TIMER).and_then(|seconds| seconds.trim().parse().ok()),
        };
        let routes = headers.list(name::SERVICE_ROUTE).filter_map(|route| NameAddr::parse(route).ok());
        let granted = Granted {
            outbound: terms.outbound,
            service_route: routes.take(MAX_ROUTES).collect(),
            public_gruu: ours.and_then(|ours| gruu(&ours.params, "pub-gruu", &line.aor)),
            temporary_gruu: ours.and_then(|ours| gruu(&ours.params, "temp-gruu", &line.aor)),
        };
        Grant { expires, terms, granted }
    }
}

/// Our own Contact among them: by its device and path (RFC 5626 section 4.2.2), or by its address.
fn find<'a>(contacts: &'a [NameAddr], line: &Line, binding: &Binding) -> Option<&'a NameAddr> {
    let instance = line.instance();
    let reg_id = (binding.way.server + 1).to_string();
    let by_device = contacts.iter().find(|contact| {
        instance.is_some()
            && contact.params.get("+sip.instance") == instance.as_deref()
            && contact.params.get("reg-id").is_none_or(|id| id == reg_id)
            && (contact.params.contains("reg-id") || contact.uri.is_equivalent(&binding.contact))
    });
    by_device.or_else(|| contacts.iter().find(|contact| contact.uri.is_equivalent(&binding.contact)))
}

/// A GRUU leads to where the address of record leads (RFC 5627 section 3.1). Kamailio leaves the port out, and a call to
/// that would end at another server, or at none.
fn gruu(params: &Params, name: &str, aor: &Uri) -> Option<Uri> {
    let gruu = Uri::parse(params.get(name)?).ok()?;
    let (there, home) = (gruu.host_port()?, aor.host_port()?);
    (there.port == home.port && there.host.eq_ignore_ascii_case(&home.host)).then_some(gruu)
}
