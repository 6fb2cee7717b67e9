//! Calls that outlive a crash (CALL-10): what is kept of each that is up, at every change, and how the next run goes on
//! with it, or ends it where too much time has passed.
//!
//! ```text
//! found -> Waking (until registered, 3 s at most) -> Reopening (sockets) -> Resuming (re-INVITE) -> Up
//! ```

use super::kept::Kept;
use super::leg::{Hold, MediaOrder, Stage, direction};
use super::session::{Reach, Session};
use super::{Engine, Output, Towards, Way};
use crate::happening::What;
use sidetone_desk::{LegId, Recorded, Recorder, Sound, Update};
use sidetone_media::Plan;
use sidetone_sip::api::{self as sip, CallKey, Flow, SavedCall};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Who was away longer is not waited for any more: the call is ended.
const LONGEST_GAP: Duration = Duration::from_secs(30);
/// A server may know the way to us only once we are registered; a customer waits no longer than this.
const LONGEST_SLEEP: Duration = Duration::from_secs(3);
/// A call that the program did not survive so often is ended.
const MOST_ATTEMPTS: u32 = 2;

/// What is kept of calls, and which of them are still to be ended.
#[derive(Default)]
pub(super) struct Keeping {
    calls: BTreeMap<CallKey, Keep>,
    /// Calls of before that are to be ended, and when at latest.
    over: Vec<(Instant, String, Box<SavedCall>)>,
}

struct Keep {
    leg: LegId,
    /// The row's id: the same in every run.
    name: String,
    attempts: u32,
    saved: Box<SavedCall>,
    said: Option<Kept>,
}

/// A call of before, on its way back.
#[derive(Debug)]
pub(super) struct Waking {
    pub(super) kept: Box<Kept>,
    /// When the program was last alive.
    since: Instant,
    /// What the agent wants by now: on hold or off it.
    pub(super) next: Option<bool>,
}

impl Waking {
    /// Whether we hold them.
    fn held(&self) -> bool {
        match self.kept.call.sound {
            Sound::On | Sound::Muted => false,
            Sound::Held => true,
        }
    }
}

impl Engine {
    /// The user agent gives something to be kept, or nothing any more.
    pub(super) fn keep(&mut self, call: CallKey, saved: Option<Box<SavedCall>>) {
        let Some(saved) = saved else {
            if let Some(gone) = self.keeping.calls.remove(&call)
                // Where another call took its place, the contact goes on by the same name.
                && !self.keeping.calls.values().any(|keep| keep.name == gone.name)
            {
                self.outputs.push_back(Output::Keep { name: gone.name, kept: None });
            }
            return;
        };
        if let Some(keep) = self.keeping.calls.get_mut(&call) {
            keep.saved = saved;
        } else if let Some((leg, _)) = self.legs.find(call)
            && let Some(live) = self.desk.live_call(leg)
        {
            let keep = Keep { leg, name: live.row.id.0, attempts: 0, saved, said: None };
            self.keeping.calls.insert(call, keep);
        }
    }

    /// The dialog of a call that is or was up, as it was last.
    pub(super) fn dialog_of(&self, call: CallKey) -> Option<&SavedCall> {
        self.keeping.calls.get(&call).map(|keep| &*keep.saved)
    }

    /// Gives out what is new about any call.
    pub(super) fn keep_up(&mut self) {
        for keep in self.keeping.calls.values_mut() {
            let Some(call) = self.desk.live_call(keep.leg) else { continue };
            let kept = Kept { attempts: keep.attempts, call, saved: (*keep.saved).clone() };
            if keep.said.as_ref() != Some(&kept) {
                keep.said = Some(kept.clone());
                let kept = Some(Box::new(kept));
                self.outputs.push_back(Output::Keep { name: keep.name.clone(), kept });
            }
        }
    }

    /// A call of before: `gap` is how long the program was not alive.
    pub(super) fn found(&mut self, now: Instant, mut kept: Box<Kept>, gap: Duration) {
        let name = kept.call.row.id.0.clone();
        if gap > LONGEST_GAP || kept.attempts >= MOST_ATTEMPTS {
            self.tell_desk(now, Update::RestoredDrafts(vec![kept.call.row.clone()]));
            self.outputs.push_back(Output::Happened(None, What::Ended { cause: "broken", code: None }));
            self.keeping.over.push((self.wake_at(now, &kept.saved), name, Box::new(kept.saved)));
            return self.end_over(now);
        }
        kept.attempts += 1;
        let call = self.agent.new_call_key();
        let leg = LegId::Incoming(call.0);
        let (attempts, saved) = (kept.attempts, Box::new(kept.saved.clone()));
        self.keeping.calls.insert(call, Keep { leg, name, attempts, saved, said: None });
        let (until, restored) = (self.wake_at(now, &kept.saved), Box::new(kept.call.clone()));
        let waking = Box::new(Waking { kept, since: now.checked_sub(gap).unwrap_or(now), next: None });
        self.legs.insert(leg, call, Stage::Waking { until, waking });
        self.tell_desk(now, Update::RestoredCall { leg, call: restored });
        self.wake(now);
    }

    /// Where a server is between, it may have to know us first.
    fn wake_at(&self, now: Instant, saved: &SavedCall) -> Instant {
        match &self.session {
            _ if saved.account.is_empty() => now,
            Session::Direct { .. } | Session::In { reach: Reach::Known, .. } => now,
            Session::Out
            | Session::SigningIn { .. }
            | Session::In { .. }
            | Session::SigningOut
            | Session::Leaving
            | Session::Ended => now + LONGEST_SLEEP,
        }
    }

    /// When the next call of before is to be gone on with, or ended.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let over = self.keeping.over.iter().map(|(until, ..)| *until);
        let whispers = self.legs.whispers_until();
        self.legs.waking().map(|(_, until)| until).chain(over).chain(whispers).min()
    }

    /// The server knows us: nothing needs to be waited for.
    pub(super) fn wake_all(&mut self, now: Instant) {
        self.legs.hurry(now);
        self.keeping.over.iter_mut().for_each(|(until, ..)| *until = now);
        self.wake(now);
    }

    /// Goes on with the calls that are due.
    pub(super) fn wake(&mut self, now: Instant) {
        self.end_over(now);
        self.end_whispers(now);
        let due: Vec<LegId> =
            self.legs.waking().filter(|(_, until)| *until <= now).map(|(leg, _)| leg).collect();
        for id in due {
            let path = self.path_now();
            let Some(leg) = self.legs.get(id) else { continue };
            match std::mem::replace(&mut leg.stage, Stage::Answered) {
                Stage::Waking { waking, .. } => {
                    let to = match path {
                        Some(path) => Towards::Server(path),
                        None => Towards::Again(waking.kept.saved.flow),
                    };
                    leg.stage = Stage::Reopening(waking);
                    self.open(id, to);
                }
                other => leg.stage = other,
            }
        }
    }

    pub(super) fn path_now(&self) -> Option<Flow> {
        match &self.session {
            Session::In { path, .. } => Some(*path),
            Session::Out
            | Session::SigningIn { .. }
            | Session::Direct { .. }
            | Session::SigningOut
            | Session::Leaving
            | Session::Ended => None,
        }
    }

    fn end_over(&mut self, now: Instant) {
        let over = std::mem::take(&mut self.keeping.over);
        let (due, later) = over.into_iter().partition(|(until, ..)| *until <= now);
        self.keeping.over = later;
        let due: Vec<(Instant, String, Box<SavedCall>)> = due;
        for (_, name, saved) in due {
            self.command_agent(now, sip::Command::EndSaved { saved });
            self.outputs.push_back(Output::Keep { name, kept: None });
        }
    }

    /// Ends a call of before that nothing was sent for yet.
    pub(super) fn end_unwoken(&mut self, now: Instant, call: CallKey, waking: Waking) {
        let saved = Box::new(waking.kept.saved);
        self.command_agent(now, sip::Command::EndSaved { saved });
        self.keep(call, None);
    }

    /// The sockets are there: asks the other side to go on.
    pub(super) fn reopened(&mut self, now: Instant, id: LegId, way: &Way, waking: Box<Waking>) {
        let mut negotiation = self.negotiation(way);
        let Some(leg) = self.legs.get(id) else { return };
        let sdp = negotiation.offer(direction(waking.held()));
        let (call, saved) = (leg.call, Box::new(waking.kept.saved.clone()));
        leg.negotiation = Some(negotiation);
        leg.stage = Stage::Resuming(waking);
        let path = self.path_now().unwrap_or(saved.flow);
        self.command_agent(now, sip::Command::Resume { call, saved, sdp });
        self.goes_by(now, id, path.transport);
    }

    /// Whether a call of before a crash may still be gone on with.
    pub fn is_waking(&self) -> bool {
        self.legs
            .any(|stage| matches!(stage, Stage::Waking { .. } | Stage::Reopening(_) | Stage::Resuming(_)))
    }

    pub(super) fn resumed(&mut self, now: Instant, id: LegId, plan: Plan) {
        let Some(leg) = self.legs.get(id) else { return };
        let Stage::Resuming(waking) = std::mem::replace(&mut leg.stage, Stage::Answered) else { return };
        let (held, recorded) = (waking.held(), waking.kept.call.recorded);
        leg.stage = Stage::Up(Hold::Settled { ours: held });
        if let Some(keep) = self.keeping.calls.get_mut(&leg.call) {
            keep.attempts = 0;
        }
        let gap = now.saturating_duration_since(waking.since);
        let gap_ms = u64::try_from(gap.as_millis()).ok();
        self.say(id, What::Resumed { gap_ms });
        // The agent may have pressed the button since the start.
        let muted = self.desk.is_muted(id);
        self.media(id, MediaOrder::Mute(muted));
        self.go_on_by(now, id, plan);
        self.tell_desk(now, Update::Connected { leg: id });
        self.record_on(id, recorded);
        // Last: of a pause nothing may be recorded.
        self.media(id, MediaOrder::Sound(!held));
        if let Some(on) = waking.next {
            self.hold(now, id, on);
        }
    }

    /// Goes on with the recording of before, in another file.
    fn record_on(&mut self, id: LegId, recorded: Recorded) {
        match recorded {
            Recorded::No => return,
            // The admin wants it recorded anyway.
            Recorded::Yes | Recorded::Paused if self.desk.has_recording(id) => {}
            Recorded::Yes | Recorded::Paused => self.recorder(id, Recorder::Begin),
        }
        if recorded == Recorded::Paused {
            self.recorder(id, Recorder::Pause);
        }
    }
}
