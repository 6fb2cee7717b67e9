//! How an INVITE of ours looks: whom it is from, where we are reached, what its caller adds. Refuses what would break the
//! message.

use super::Context;
use crate::{
    api::{Address, Flow, Outgoing},
    message::{Headers, Method, NameAddr, Request, Uri, is_token, name},
    stack::{ALLOW, SDP, SUPPORTED},
    usage::refer::dialog_id::push_claims,
};

/// The INVITE, without Via, credentials and what it asks of the session's timer. `None`: it can't be made.
pub(super) fn invite(context: &mut Context<'_>, placing: &Outgoing, flow: Flow) -> Option<Request> {
    let target = Uri::parse(placing.target.trim()).ok()?;
    let stack = &mut *context.stack;
    let us = placing.from.as_ref().map_or_else(|| stack.identity(placing.account, flow), name_addr)?;
    let (from, contact) = if placing.anonymous {
        (nobody()?, stack.anonymous_contact(placing.account, flow)?)
    } else {
        (us.clone(), stack.contact(placing.account, flow)?)
    };
    let callee = target.without_headers();
    let mut invite = stack.fresh(Method::Invite, callee.clone(), from, NameAddr::new(callee));
    if let Some(account) = placing.account {
        stack.preload(account, flow, &mut invite);
    }
    invite.headers.push(name::CONTACT, format!("<{contact}>"));
    invite.headers.push(name::ALLOW, ALLOW);
    invite.headers.push(name::SUPPORTED, SUPPORTED);
    invite.headers.push(name::ACCEPT, SDP);
    push_claims(&mut invite.headers, &target).ok()?;
    if placing.anonymous {
        invite.headers.push("Privacy", "id");
        // Who must not know is told by the server, which alone may (RFC 3325 section 9.2).
        if stack.accounts.is_server(flow) {
            invite.headers.push("P-Preferred-Identity", us.to_string());
        }
    }
    push_own(&mut invite.headers, &placing.headers)?;
    invite.set_body(SDP, placing.sdp.clone());
    Some(invite)
}

/// What the stack writes itself: another hand in it would break the message.
const STACKS_OWN: [&str; 23] = [
    name::VIA,
    name::MAX_FORWARDS,
    name::FROM,
    name::TO,
    name::CALL_ID,
    name::CSEQ,
    name::CONTACT,
    name::ALLOW,
    name::ACCEPT,
    name::USER_AGENT,
    name::CONTENT_TYPE,
    name::CONTENT_LENGTH,
    name::ROUTE,
    name::RECORD_ROUTE,
    name::REQUIRE,
    name::SUPPORTED,
    name::PROXY_REQUIRE,
    name::SESSION_EXPIRES,
    name::MIN_SE,
    name::RSEQ,
    name::RACK,
    name::AUTHORIZATION,
    name::PROXY_AUTHORIZATION,
];

/// Adds the caller's own headers; `None` where one must not be. One letter is a compact form of something else.
fn push_own(headers: &mut Headers, own: &[(String, String)]) -> Option<()> {
    for (name, value) in own {
        let taken = STACKS_OWN.iter().any(|stacks| stacks.eq_ignore_ascii_case(name));
        if taken || name.len() < 2 || !is_token(name) {
            return None;
        }
        headers.push(name, value.replace(char::is_control, " "));
    }
    Some(())
}

/// Who does not want to be known (RFC 3323 section 4.1.1.3).
fn nobody() -> Option<NameAddr> {
    Some(NameAddr::named("Anonymous", Uri::parse("sip:anonymous@anonymous.invalid").ok()?))
}

fn name_addr(address: &Address) -> Option<NameAddr> {
    let uri = Uri::parse(&address.uri).ok()?;
    Some(NameAddr::named(address.display_name.as_deref().unwrap_or_default(), uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, value: &str) -> Option<Headers> {
        let mut headers = Headers::new();
        push_own(&mut headers, &[(name.to_owned(), value.to_owned())]).map(|()| headers)
    }

    #[test]
    fn a_value_stays_in_its_line() {
        let headers = own("X-Queue", "Billing\r\nVia: SIP/2.0/UDP evil\0").unwrap();
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("X-Queue", "Billing  Via: SIP/2.0/UDP evil")]);
    }

    #[test]
    fn a_name_that_is_the_stacks_or_no_name_is_refused() {
        for name in ["via", "v", "Content-Length", "CSeq", "", "X Queue", "X-Queue:", "X\r\nVia"] {
            assert!(own(name, "x").is_none(), "{name:?}");
        }
    }

    #[test]
    fn a_caller_can_not_leave_its_quotes() {
        let address = Address {
            display_name: Some("\" <sip:evil@e>\r\nX: y".to_owned()),
            uri: "sip:+15550100@192.0.2.1".to_owned(),
        };
        let from = name_addr(&address).unwrap().to_string();
        assert_eq!(from, "\"\\\" <sip:evil@e>  X: y\" <sip:+15550100@192.0.2.1>");
        assert!(name_addr(&Address { display_name: None, uri: "sip:a@b>\r\nX: y".to_owned() }).is_none());
    }
}
