//! How a message names a dialog that it is not in: Replaces (RFC 3891 section 6.1), Join (RFC 3911 section 7.1) and
//! Target-Dialog (RFC 4538 section 7), in a header field of its own or in the headers of a URI (RFC 3261 section 19.1.1).
//! Knows no calls: who has such a dialog is their business.

use crate::{
    dialog::Dialog,
    message::{Headers, Params, Uri, name, unescape},
};

/// A dialog, as we see it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DialogId {
    pub(crate) call_id: String,
    /// Our tag.
    pub(crate) local: String,
    /// Their tag.
    pub(crate) remote: String,
    /// Only where nobody has answered yet (RFC 3891 section 6.1).
    pub(crate) early_only: bool,
}

/// The field is there, and it names no dialog, or there is more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

impl DialogId {
    /// What a request says in its Replaces or Join. The tags are named as its receiver sees them: `to-tag` is ours.
    pub(crate) fn claimed(headers: &Headers, name: &str) -> Result<Option<Self>, Broken> {
        Self::only(headers, name, ["to-tag", "from-tag"])
    }

    /// What a request says in its Target-Dialog. These tags, too, are named as its receiver sees them: `local-tag` is ours
    /// (RFC 4538 section 3).
    pub(crate) fn target(headers: &Headers) -> Result<Option<Self>, Broken> {
        Self::only(headers, name::TARGET_DIALOG, ["local-tag", "remote-tag"])
    }

    /// The same dialog as the other side sees it.
    pub(crate) fn seen_there(self) -> Self {
        DialogId { local: self.remote, remote: self.local, ..self }
    }

    fn only(headers: &Headers, name: &str, tags: [&str; 2]) -> Result<Option<Self>, Broken> {
        let mut values = headers.list(name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => Self::parse(value, tags).map(Some).ok_or(Broken),
            (Some(_), Some(_)) => Err(Broken),
        }
    }

    fn parse(value: &str, [local, remote]: [&str; 2]) -> Option<Self> {
        let (call_id, params) = value.split_at(value.find(';').unwrap_or(value.len()));
        let call_id = call_id.trim();
        let params = Params::parse(params).ok()?;
        let tag = |name: &str| params.get(name).filter(|tag| !tag.is_empty()).map(str::to_owned);
        let fits = !call_id.is_empty() && !call_id.contains([' ', '\t']);
        let early_only = params.contains("early-only");
        fits.then_some(())?;
        Some(DialogId { call_id: call_id.to_owned(), local: tag(local)?, remote: tag(remote)?, early_only })
    }
}

/// The Refer-To that has somebody take our place in this dialog: the other side's address, and the dialog as that side
/// sees it (RFC 3891 sections 5 and 6.1). `None`: the other side can't be called.
pub(crate) fn taking_our_place(dialog: &Dialog) -> Option<String> {
    let target =
        [dialog.target(), dialog.remote_uri()].into_iter().find(|uri| uri.is_sip())?.without_headers();
    let replaces =
        format!("{};to-tag={};from-tag={}", dialog.call_id(), dialog.remote_tag(), dialog.local_tag());
    Some(format!("{target}?{}={}", name::REPLACES, escape(&replaces)))
}

/// Puts what a target's headers say of another dialog into an INVITE to it: Replaces or Join, which must be understood
/// there (RFC 3891 section 4, RFC 3911 section 4). All other headers of a URI are left out: whoever wrote it is not to
/// write our requests (RFC 3261 section 19.1.5).
pub(crate) fn push_claims(headers: &mut Headers, target: &Uri) -> Result<(), Broken> {
    let mut claims = Headers::new();
    for (wanted, option) in [(name::REPLACES, "replaces"), (name::JOIN, "join")] {
        for value in uri_headers(target).filter(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
            claims.push(wanted, value.1);
            claims.push(name::REQUIRE, option);
        }
    }
    let replaces = DialogId::claimed(&claims, name::REPLACES)?;
    let joins = DialogId::claimed(&claims, name::JOIN)?;
    if replaces.is_some() && joins.is_some() {
        return Err(Broken);
    }
    claims.iter().for_each(|(name, value)| headers.push(name, value));
    Ok(())
}

/// Names and values behind a URI's `?`, escapes undone.
fn uri_headers(uri: &Uri) -> impl Iterator<Item = (String, String)> {
    let items = uri.headers().split('&').filter_map(|item| item.split_once('='));
    items.map(|(name, value)| (unescape(name), unescape(value)))
}

/// What may not stand in a URI's header is escaped (RFC 3261 section 25.1, hvalue).
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 16);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        fields.iter().for_each(|(name, value)| headers.push(name, *value));
        headers
    }

    #[test]
    fn the_examples_of_rfc_3891_section_6_1() {
        for (value, early_only) in [
            ("98732@sip.example.com\t;from-tag=r33th4x0r ;to-tag=ff87ff", false),
            ("12adf2f34456gs5;to-tag=12345;from-tag=54321", false),
            ("87134@171.161.34.23;to-tag=24796;from-tag=0;early-only", true),
        ] {
            let id = DialogId::claimed(&headers(&[("Replaces", value)]), name::REPLACES).unwrap().unwrap();
            assert_eq!(id.early_only, early_only, "{value}");
            assert!(value.starts_with(&id.call_id) && value.contains(&format!("to-tag={}", id.local)));
        }
    }

    #[test]
    fn what_names_no_one_dialog_is_broken() {
        for value in
            ["", "c", "c;to-tag=a", "c;from-tag=b", ";to-tag=a;from-tag=b", "c d;to-tag=a;from-tag=b"]
        {
            let fields = headers(&[("Replaces", value), ("Replaces", "c;to-tag=a;from-tag=b")]);
            let one = headers(&[("Join", value)]);
            assert!(value.is_empty() || DialogId::claimed(&fields, name::REPLACES).is_err(), "{value}");
            assert!(value.is_empty() || DialogId::claimed(&one, name::JOIN).is_err(), "{value}");
        }
        let two = headers(&[("Replaces", "c;to-tag=a;from-tag=b, d;to-tag=a;from-tag=b")]);
        assert!(DialogId::claimed(&two, name::REPLACES).is_err());
        assert!(DialogId::claimed(&Headers::new(), name::REPLACES) == Ok(None));
    }

    #[test]
    fn target_dialog_is_seen_from_here() {
        let value = "fa77as7dad8-sd98ajzz@host.example.com ;local-tag=kkaz- ;remote-tag=6544";
        let id = DialogId::target(&headers(&[("Target-Dialog", value)])).unwrap().unwrap();
        assert_eq!((id.local.as_str(), id.remote.as_str()), ("kkaz-", "6544"));
        let there = id.seen_there();
        assert_eq!((there.local.as_str(), there.remote.as_str()), ("6544", "kkaz-"));
    }

    #[test]
    fn only_claims_leave_a_target() {
        let target =
            "sip:a@192.0.2.1?Replaces=c%40h%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x&Route=%3Csip%3Aevil%3E";
        let mut invite = Headers::new();
        push_claims(&mut invite, &Uri::parse(target).unwrap()).unwrap();
        let fields: Vec<_> = invite.iter().collect();
        assert_eq!(fields, [("Replaces", "c@h;to-tag=1;from-tag=2"), ("Require", "replaces")]);
        for broken in [
            "sip:a@h?Replaces=c",
            "sip:a@h?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&Join=c%3Bto-tag%3D1%3Bfrom-tag%3D2",
            "sip:a@h?Join=c%3Bto-tag%3D1%3Bfrom-tag%3D2&join=c%3Bto-tag%3D1%3Bfrom-tag%3D2",
        ] {
            assert!(push_claims(&mut Headers::new(), &Uri::parse(broken).unwrap()).is_err(), "{broken}");
        }
    }
}
