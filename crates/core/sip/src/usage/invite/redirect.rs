//! Where 3xx responses send our INVITE (RFC 3261 sections 8.1.3.4 and 13.2.2.2): their Contacts in order of preference,
//! a few, none twice, and none that is no SIP address or less private than the path.

use crate::message::{NameAddr, Response, Uri, name};

/// The most places one call is sent to.
const MAX_TARGETS: usize = 5;
/// The most Contacts of one response that are read.
const MAX_CONTACTS: usize = 32;

/// Where a call was tried, and where it is to be tried.
#[derive(Default)]
pub(super) struct Redirects {
    tried: Vec<Uri>,
    /// The best one last.
    waiting: Vec<Uri>,
}

impl Redirects {
    /// The INVITE to this target was redirected. Only a redirection that names other places counts (sections 21.3.4 and
    /// 21.3.5: a proxy to use, and other services, are none).
    pub(super) fn learn(&mut self, from: &Uri, response: &Response, is_secure: bool) {
        if !matches!(response.code, 300..=304) {
            return;
        }
        if !self.tried.iter().any(|tried| tried.is_equivalent(from)) {
            self.tried.push(from.clone());
        }
        let contacts = response.headers.list(name::CONTACT).take(MAX_CONTACTS);
        let mut targets: Vec<(u16, Uri)> = contacts
            .filter_map(|contact| NameAddr::parse(contact).ok())
            .map(|contact| (preference(&contact), contact.uri.without_headers()))
            .filter(|(_, uri)| uri.is_sip() && (is_secure || uri.scheme() == "sip"))
            .collect();
        targets.sort_by_key(|(preference, _)| u16::MAX - preference);
        for (_, target) in targets {
            let mut known = self.tried.iter().chain(&self.waiting);
            let is_known = known.any(|known| known.is_equivalent(&target));
            if !is_known && self.tried.len() + self.waiting.len() <= MAX_TARGETS {
                self.waiting.insert(0, target);
            }
        }
    }

    /// The next place to try.
    pub(super) fn next(&mut self) -> Option<Uri> {
        let target = self.waiting.pop()?;
        self.tried.push(target.clone());
        Some(target)
    }
}

/// `q` in thousandths (section 20.10); none is as good as the best.
fn preference(contact: &NameAddr) -> u16 {
    let Some(q) = contact.params.get("q") else { return 1000 };
    let (whole, part) = q.split_once('.').unwrap_or((q, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse()) {
        ("0" | "", Ok(thousandths)) => thousandths,
        ("1", _) => 1000,
        (_, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Method, Request};

    fn redirected(code: u16, contacts: &str) -> Vec<String> {
        let from = Uri::parse("sip:here@example.org").unwrap();
        let mut response = Response::to(&Request::new(Method::Invite, from.clone()), code);
        response.headers.push(name::CONTACT, contacts);
        let mut redirects = Redirects::default();
        redirects.learn(&from, &response, false);
        std::iter::from_fn(|| redirects.next()).map(|uri| uri.as_str().to_owned()).collect()
    }

    #[test]
    fn the_preferred_one_comes_first() {
        let contacts = "<sip:c@x>;q=0.05, <sip:b@x>;q=0.7, <sip:a@x>, <sip:d@x>;q=nonsense";
        assert_eq!(redirected(302, contacts), ["sip:a@x", "sip:b@x", "sip:c@x", "sip:d@x"]);
    }

    #[test]
    fn nothing_twice_nothing_back_and_no_other_scheme() {
        let contacts =
            "<sip:here@example.org>, <sip:a@x>, <sip:a@X>, <tel:+15551234>, <sips:s@x>, <mailto:m@x>, junk";
        assert_eq!(redirected(301, contacts), ["sip:a@x"]);
    }

    #[test]
    fn at_most_five() {
        let contacts = (0..20).map(|n| format!("<sip:{n}@x>")).collect::<Vec<_>>().join(",");
        assert_eq!(redirected(300, &contacts).len(), 5);
    }

    #[test]
    fn another_service_is_no_other_place() {
        assert!(redirected(305, "<sip:proxy@x>").is_empty());
        assert!(redirected(380, "<sip:other@x>").is_empty());
    }
}
