//! What the agent is told: banners, which go by themselves when the function works again (SESSION-9), and notices,
//! which the agent puts away.

use crate::clock::{Clock, Moment};
use crate::view::{BannerKind, BannerView, NoticeKind, NoticeView, TroubleKind, TroubleView};
use std::collections::VecDeque;

/// More notices than this nobody reads: the oldest goes.
const MOST_NOTICES: usize = 20;

/// A function that does not work, and since when.
type Down = Option<(Moment, TroubleView)>;

/// Banners and notices.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    registration: Down,
    store: Down,
    no_microphone: Option<Moment>,
    no_speaker: Option<Moment>,
    microphone_low: Option<Moment>,
    speaker_low: Option<Moment>,
    notices: VecDeque<(u32, Moment, NoticeKind)>,
    last_notice: u32,
}

impl Alerts {
    /// Whether the server is out of reach.
    pub(crate) fn registration_lost(&self) -> bool {
        self.registration.is_some()
    }

    /// Whether this very loss is on the banner already.
    pub(crate) fn knows_registration(&self, kind: &TroubleKind) -> bool {
        self.registration.as_ref().is_some_and(|(_, trouble)| trouble.what == *kind)
    }

    /// Whether this very failure is on the banner already.
    pub(crate) fn knows_store(&self, kind: &TroubleKind) -> bool {
        self.store.as_ref().is_some_and(|(_, trouble)| trouble.what == *kind)
    }

    /// Says that the server is out of reach, or (`None`) in reach. A new reason keeps the old beginning.
    pub(crate) fn set_registration(&mut self, now: Moment, trouble: Option<TroubleView>) {
        renew(&mut self.registration, now, trouble);
    }

    /// Says that the store cannot be written, or (`None`) can.
    pub(crate) fn set_store(&mut self, now: Moment, trouble: Option<TroubleView>) {
        renew(&mut self.store, now, trouble);
    }

    /// Says which sound devices there are.
    pub(crate) fn set_devices(&mut self, now: Moment, microphone: bool, speaker: bool) {
        self.no_microphone = if microphone { None } else { self.no_microphone.or(Some(now)) };
        self.no_speaker = if speaker { None } else { self.no_speaker.or(Some(now)) };
    }

    /// Says which volumes are too low to work.
    pub(crate) fn set_volumes(&mut self, now: Moment, microphone_low: bool, speaker_low: bool) {
        self.microphone_low = microphone_low.then(|| self.microphone_low.unwrap_or(now));
        self.speaker_low = speaker_low.then(|| self.speaker_low.unwrap_or(now));
    }

    /// Tells the agent that something happened.
    pub(crate) fn notice(&mut self, now: Moment, what: NoticeKind) {
        self.last_notice = self.last_notice.wrapping_add(1);
        self.notices.push_back((self.last_notice, now, what));
        if self.notices.len() > MOST_NOTICES {
            self.notices.pop_front();
        }
    }

    /// Whether there is a notice that this failed.
    pub(crate) fn failed(&self, kind: &TroubleKind) -> bool {
        let says =
            |what: &NoticeKind| matches!(what, NoticeKind::Failed { trouble } if trouble.what == *kind);
        self.notices.iter().any(|(.., what)| says(what))
    }

    /// Puts a notice away; one that is gone already is as well.
    pub(crate) fn dismiss(&mut self, id: u32) {
        self.notices.retain(|(notice, ..)| *notice != id);
    }

    /// The banners, gravest first. Volumes matter only `in_call`, and of a device that is there.
    pub(crate) fn banners(&self, clock: &Clock, in_call: bool) -> Vec<BannerView> {
        let lost =
            self.registration.clone().map(|(at, trouble)| (at, BannerKind::RegistrationLost { trouble }));
        let store = self.store.clone().map(|(at, trouble)| (at, BannerKind::StoreUnavailable { trouble }));
        let microphone = self.no_microphone.map(|at| (at, BannerKind::NoMicrophone));
        let speaker = self.no_speaker.map(|at| (at, BannerKind::NoSpeaker));
        let low = |since: Option<Moment>, gone: Option<Moment>| since.filter(|_| in_call && gone.is_none());
        let microphone_low =
            low(self.microphone_low, self.no_microphone).map(|at| (at, BannerKind::MicrophoneLow));
        let speaker_low = low(self.speaker_low, self.no_speaker).map(|at| (at, BannerKind::SpeakerLow));
        let all = [lost, microphone, speaker, microphone_low, speaker_low, store].into_iter().flatten();
        all.map(|(at, what)| BannerView { what, since: clock.wall(at) }).collect()
    }

    /// The notices, oldest first.
    pub(crate) fn notices(&self, clock: &Clock) -> Vec<NoticeView> {
        let view = |(id, at, what): &(u32, Moment, NoticeKind)| NoticeView {
            id: *id,
            at: clock.wall(*at),
            what: what.clone(),
        };
        self.notices.iter().map(view).collect()
    }
}

fn renew(down: &mut Down, now: Moment, trouble: Option<TroubleView>) {
    let since = down.as_ref().map_or(now, |(since, _)| *since);
    *down = trouble.map(|trouble| (since, trouble));
}
