//! [`SavedCall`] as text: a line for the version, then a line for each value, its name in front. Line ends and
//! backslashes in values are escaped. What is read may be anything: it is an error, never more than its own size.

use super::SavedCall;
use crate::api::{Flow, Transport};
use std::{fmt::Write as _, time::Duration};

const VERSION: &str = "sidetone-call 1";

/// A longer text was not written here.
const LONGEST: usize = 64 * 1024;

/// More routes than any dialog has.
const MOST_ROUTES: usize = 32;

/// Why a text is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SavedCallError {
    /// Another version wrote it, or nobody of us.
    #[error("not a saved call of this version")]
    Version,
    /// A value is missing, twice there, or can't be read.
    #[error("saved call broken")]
    Broken,
}

impl SavedCall {
    /// As it is kept.
    pub fn to_text(&self) -> String {
        let mut text = format!("{VERSION}\n");
        let mut line = |name: &str, value: &str| {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{name} {}", escaped(value));
        };
        line("account", &self.account);
        line("call-id", &self.call_id);
        line("local", &self.local);
        line("remote", &self.remote);
        line("local-cseq", &self.local_cseq.to_string());
        self.remote_cseq.into_iter().for_each(|number| line("remote-cseq", &number.to_string()));
        self.routes.iter().for_each(|route| line("route", route));
        line("target", &self.target);
        line("contact", &self.contact);
        let Flow { transport, local, remote } = self.flow;
        line("flow", &format!("{} {local} {remote}", transport.in_uri()));
        self.session_expires
            .into_iter()
            .for_each(|time| line("session-expires", &time.as_secs().to_string()));
        line("caller", if self.ours { "us" } else { "them" });
        text
    }

    /// Reads what [`SavedCall::to_text`] wrote.
    ///
    /// # Errors
    /// Where it is anything else.
    pub fn from_text(text: &str) -> Result<Self, SavedCallError> {
        let rest = text.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.filter(|_| text.len() <= LONGEST).ok_or(SavedCallError::Version)?;
        let mut fields =
            Fields(rest.lines().map(field).collect::<Option<_>>().ok_or(SavedCallError::Broken)?);
        fields.call().filter(|_| fields.0.is_empty()).ok_or(SavedCallError::Broken)
    }
}

/// What was not taken yet.
struct Fields<'a>(Vec<(&'a str, String)>);

impl Fields<'_> {
    fn call(&mut self) -> Option<SavedCall> {
        Some(SavedCall {
            account: self.take("account")?,
            call_id: self.take("call-id")?,
            local: self.take("local")?,
            remote: self.take("remote")?,
            local_cseq: self.take("local-cseq")?.parse().ok()?,
            remote_cseq: self.take("remote-cseq").map(|number| number.parse()).transpose().ok()?,
            routes: std::iter::from_fn(|| self.take("route")).take(MOST_ROUTES).collect(),
            target: self.take("target")?,
            contact: self.take("contact")?,
            flow: flow(&self.take("flow")?)?,
            session_expires: match self.take("session-expires") {
                Some(seconds) => Some(Duration::from_secs(seconds.parse().ok()?)),
                None => None,
            },
            ours: match self.take("caller")?.as_str() {
                "us" => true,
                "them" => false,
                _ => return None,
            },
        })
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(have, _)| *have == name)?;
        Some(self.0.remove(at).1)
    }
}

fn field(line: &str) -> Option<(&str, String)> {
    let (name, value) = line.split_once(' ')?;
    Some((name, plain(value)?))
}

fn flow(text: &str) -> Option<Flow> {
    let mut words = text.split(' ');
    let carrier = words.next()?;
    let all = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Wss];
    let transport = all.into_iter().find(|transport| transport.in_uri() == carrier)?;
    let flow = Flow { transport, local: words.next()?.parse().ok()?, remote: words.next()?.parse().ok()? };
    words.next().is_none().then_some(flow)
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn plain(value: &str) -> Option<String> {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            }),
            other => plain.push(other),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn saved() -> impl Strategy<Value = SavedCall> {
        let words = proptest::array::uniform6(".*");
        let numbers = (any::<u32>(), any::<Option<u32>>(), any::<Option<u32>>(), any::<bool>());
        (words, prop::collection::vec(".*", 0..MOST_ROUTES), numbers).prop_map(|(words, routes, numbers)| {
            let [account, call_id, local, remote, target, contact] = words;
            let (local_cseq, remote_cseq, seconds, ours) = numbers;
            let transport = if ours { Transport::Wss } else { Transport::Udp };
            let (here, there) = ("[2001:db8::1]:5060".parse().unwrap(), "192.0.2.9:9".parse().unwrap());
            let flow = Flow { transport, local: here, remote: there };
            let session_expires = seconds.map(|seconds| Duration::from_secs(seconds.into()));
            SavedCall {
                account,
                call_id,
                local,
                remote,
                local_cseq,
                remote_cseq,
                routes,
                target,
                contact,
                flow,
                session_expires,
                ours,
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(saved in saved()) {
            prop_assert!(SavedCall::from_text(&saved.to_text()) == Ok(saved));
        }

        #[test]
        fn what_was_spoilt_is_an_error_or_another_call(saved in saved(), at in any::<prop::sample::Index>(), with in any::<char>()) {
            let mut text: Vec<char> = saved.to_text().chars().collect();
            let at = at.index(text.len());
            text[at] = with;
            let _ = SavedCall::from_text(&text.into_iter().collect::<String>());
        }
    }

    #[test]
    fn what_is_no_call_is_said() {
        let whole = "sidetone-call 1\naccount \ncall-id c\nlocal l\nremote r\nlocal-cseq 1\ntarget t\ncontact c\n\
                     flow udp 192.0.2.1:1 192.0.2.2:2\ncaller us\n";
        assert!(SavedCall::from_text(whole).is_ok());
        for (text, error) in [
            ("", SavedCallError::Version),
            ("sidetone-call 10\n", SavedCallError::Version),
            ("sidetone-call 1\n", SavedCallError::Broken),
            (&whole.replace("target t\n", ""), SavedCallError::Broken),
            (&whole.replace("target t\n", "target t\ntarget u\n"), SavedCallError::Broken),
            (&whole.replace("target t\n", "target t\nnews u\n"), SavedCallError::Broken),
            (&whole.replace("target t\n", "target \\x\n"), SavedCallError::Broken),
            (&whole.replace("udp", "sctp"), SavedCallError::Broken),
            (&whole.replace("local-cseq 1", "local-cseq -1"), SavedCallError::Broken),
            (&whole.replace("caller us", "caller nobody"), SavedCallError::Broken),
            (&whole.replace("target t", &"t".repeat(LONGEST)), SavedCallError::Version),
        ] {
            assert!(SavedCall::from_text(text) == Err(error), "{text}");
        }
    }
}
