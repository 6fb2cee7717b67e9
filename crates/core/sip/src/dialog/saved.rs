//! A dialog written down, and made anew from that in another run of the program.

use super::{Dialog, MAX_ROUTES, Way};
use crate::{
    api::{Flow, SavedCall},
    message::{NameAddr, Uri},
};

/// How far our numbers jump: what was sent last before a crash may not have reached the disk, and a number that was used
/// already would be refused (RFC 3261 section 12.2.2). A gap is no error there.
const CSEQ_MARGIN: u32 = 100;

impl Dialog {
    /// As it stands. `account`, timer and whose call it is are the caller's to fill in.
    pub(crate) fn saved(&self) -> SavedCall {
        SavedCall {
            account: String::new(),
            call_id: self.call_id.clone(),
            local: self.local.to_string(),
            remote: self.remote.to_string(),
            local_cseq: self.local_cseq,
            remote_cseq: self.remote_cseq,
            routes: self.routes.iter().map(ToString::to_string).collect(),
            target: self.target.to_string(),
            contact: self.contact.to_string(),
            flow: self.way.path(),
            session_expires: None,
            ours: false,
        }
    }

    /// Goes on where it was saved, by this path, reached at this Contact (its own, where there is none). `None`: what
    /// was saved is no dialog.
    pub(crate) fn resumed(saved: &SavedCall, flow: Flow, contact: Option<Uri>) -> Option<Self> {
        let routes = saved.routes.iter().take(MAX_ROUTES).map(|route| NameAddr::parse(route));
        let (local, remote) = (NameAddr::parse(&saved.local).ok()?, NameAddr::parse(&saved.remote).ok()?);
        local.tag()?;
        Some(Dialog {
            call_id: saved.call_id.clone(),
            local,
            remote,
            local_cseq: saved.local_cseq.checked_add(CSEQ_MARGIN).filter(|number| *number < 1 << 31)?,
            remote_cseq: saved.remote_cseq,
            routes: routes.collect::<Result<_, _>>().ok()?,
            target: Uri::parse(&saved.target).ok()?,
            contact: contact.or_else(|| Uri::parse(&saved.contact).ok())?,
            way: Way::Known(flow),
        })
    }
}
