//! The media thread's loop. Its clock is the wait for the next order: a step every few milliseconds while a call runs
//! or levels are watched, none at all otherwise.

use super::call::{Call, Desk};
use super::desk_sound::DeskSound;
use super::room::Room;
use super::studio::Studio;
use super::{Order, Report, SoundSetup};
use crate::engine::MediaOrder;
use sidetone_desk::LegId;
use sidetone_media::level::FLOOR_DBFS;
use sidetone_media::pcm::SILENCE;
use sidetone_media::session::Levels;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Half a block: what arrives waits 2.5 ms on average for its step.
const STEP: Duration = Duration::from_millis(5);
const LEVELS_EVERY: Duration = Duration::from_millis(100);
/// What waits in the speaker's queue at least is over by then.
const LATE: Duration = Duration::from_millis(40);
const QUALITY_EVERY: Duration = Duration::from_secs(1);

/// Runs until told to stop, or until nobody can tell it anything any more.
pub(super) fn run(orders: &Receiver<Order>, report: &mpsc::Sender<Report>, setup: SoundSetup) {
    let start = Instant::now();
    let mut work = Work::new(setup, start);
    let mut next_step = start;
    loop {
        let order = if work.is_idle() {
            orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            orders.recv_timeout(next_step.saturating_duration_since(Instant::now()))
        };
        let now = Instant::now();
        match order {
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return work.end(now, report),
            Ok(order) => work.obey(now, order, report),
            Err(RecvTimeoutError::Timeout) => {
                work.step(now, report);
                // After a long stall there is no catching up: the queues did that already.
                next_step = (next_step + STEP).max(now);
            }
        }
    }
}

/// When what is in the sockets at `now` came. Usually just now; after this thread was kept from its step for long, not
/// much later than the step before: the wait was ours, and the jitter buffer must not take it for the network's and
/// hold everything back from then on.
fn arrival(last_step: Instant, now: Instant) -> Instant {
    now.min(last_step + 4 * STEP)
}

struct Work {
    calls: BTreeMap<LegId, Call>,
    room: Room,
    studio: Studio,
    sound: DeskSound,
    watched: bool,
    levels_at: Instant,
    quality_at: Instant,
    last_step: Instant,
    /// Steps that came too late for the sound to be ready.
    late_steps: u64,
}

impl Work {
    fn new(setup: SoundSetup, now: Instant) -> Self {
        Self {
            calls: BTreeMap::new(),
            room: Room::default(),
            studio: Studio::default(),
            sound: DeskSound::new(setup, now),
            watched: false,
            levels_at: now,
            quality_at: now,
            last_step: now,
            late_steps: 0,
        }
    }

    fn is_idle(&self) -> bool {
        self.calls.is_empty() && !self.watched && self.studio.is_idle()
    }

    fn obey(&mut self, now: Instant, order: Order, report: &mpsc::Sender<Report>) {
        if self.is_idle() {
            // There were no steps to be late for.
            self.last_step = now;
        }
        match order {
            Order::Open(leg, (sockets, link), devices) => match self.calls.get_mut(&leg) {
                Some(call) => call.move_to(sockets, link),
                None => _ = self.calls.insert(leg, Call::new(leg, (sockets, link), devices)),
            },
            Order::Gather(leg, help, since) => {
                if let Some(call) = self.calls.get_mut(&leg) {
                    call.gather(now, help, since);
                    call.settle(now, report);
                }
            }
            Order::Leg(leg, order) => {
                let closing = matches!(order, MediaOrder::Close);
                if let Some(call) = self.calls.get_mut(&leg) {
                    call.obey(now, order);
                    call.settle(now, report);
                    self.room.see(call);
                }
                if closing && let Some(call) = self.calls.remove(&leg) {
                    self.room.leave(&call);
                    // Somebody may wait for that place.
                    self.calls
                        .values_mut()
                        .filter(|call| call.wants_seat())
                        .for_each(|call| self.room.see(call));
                }
            }
            Order::Play(leg, play) => {
                if let Some(call) = self.calls.get_mut(&leg) {
                    call.play_clip(play);
                }
            }
            Order::Record(leg, recording) => {
                if let Some(call) = self.calls.get_mut(&leg) {
                    call.record(recording);
                }
            }
            Order::Sound(setup) => self.sound.set(setup),
            Order::Dictate(room) => self.studio.dictate(room),
            Order::StopDictating => self.studio.stop_dictating(),
            Order::Listen(clip) => self.studio.listen(clip),
            Order::StopListening => self.studio.stop_listening(),
            Order::Watch(on) => self.watched = on,
            Order::Stop => {}
        }
        self.studio.settle(report);
        let effort = self.room.effort();
        self.calls.values_mut().for_each(|call| call.set_effort(effort));
        self.open_devices();
        self.sound.set_on_air(self.calls.values().any(Call::hears_agent));
    }

    fn open_devices(&mut self) {
        let wanted = self.calls.values().any(Call::wants_devices);
        let microphone = wanted || self.watched || self.studio.wants_microphone();
        self.sound.want(microphone, wanted || self.studio.wants_speaker());
    }

    fn step(&mut self, now: Instant, report: &mpsc::Sender<Report>) {
        let arrived = arrival(self.last_step, now);
        self.late_steps += u64::from(now.duration_since(self.last_step) > LATE);
        self.last_step = now;
        let Self { calls, room, sound, studio, .. } = self;
        calls.values_mut().for_each(|call| call.receive(arrived));
        let mut block = SILENCE;
        while sound.read(&mut block) {
            studio.capture(&block);
            room.capture(now, &block, calls);
        }
        sound.fill(now, |heard| {
            room.play(now, calls, heard);
            studio.play(&mut heard.tones);
        });
        if studio.settle(report) {
            self.open_devices();
        }
        let Self { calls, sound, .. } = self;
        calls.values_mut().for_each(|call| call.settle(now, report));
        sound.tell(report);
        self.tell(now, report);
    }

    fn tell(&mut self, now: Instant, report: &mpsc::Sender<Report>) {
        if now >= self.levels_at {
            self.levels_at = now + LEVELS_EVERY;
            let far_dbfs = self.calls.values().filter_map(Call::far_dbfs).fold(FLOOR_DBFS, f32::max);
            let microphone_dbfs = self.sound.microphone().dbfs();
            let _ = report.try_send(Report::Levels(Levels { microphone_dbfs, far_dbfs }));
        }
        if now >= self.quality_at {
            self.quality_at = now + QUALITY_EVERY;
            let microphone = self.sound.microphone();
            let desk = Desk {
                microphone_dbfs: microphone.dbfs(),
                loudest_dbfs: microphone.take_loudest_dbfs(),
                stalls: self.late_steps + self.sound.ran_dry(),
                delay: self.sound.delay(),
            };
            self.calls.values_mut().for_each(|call| call.tell_quality(now, &desk, report));
        }
    }

    fn end(mut self, now: Instant, report: &mpsc::Sender<Report>) {
        for call in self.calls.values_mut() {
            call.obey(now, MediaOrder::Close);
            call.settle(now, report);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Devices;
    use super::*;
    use sidetone_audio::Choice;
    use sidetone_media::process::{FarSettings, NearSettings};
    use sidetone_media::quality::Link;

    fn silent() -> SoundSetup {
        SoundSetup {
            microphone: Choice::Silence,
            speaker: Choice::Silence,
            microphone_gain: 1.0,
            near: NearSettings::default(),
            far: FarSettings::default(),
        }
    }

    #[test]
    fn what_only_rings_takes_no_place_and_a_place_that_is_freed_goes_to_who_waits() {
        let now = Instant::now();
        let (report, _reports) = mpsc::channel(64);
        let mut work = Work::new(silent(), now);
        let open = |work: &mut Work, number| {
            let local = std::net::Ipv4Addr::LOCALHOST.into();
            let sockets = sidetone_net::RtpPorts::bind(local, 40_000..=49_999).unwrap();
            let leg = LegId::Incoming(number);
            work.obey(now, Order::Open(leg, (sockets, Link::Other), Devices::Later), &report);
            leg
        };
        let ringing: Vec<LegId> = (0..8).map(|number| open(&mut work, number)).collect();
        let talking: Vec<LegId> = (8..16).map(|number| open(&mut work, number)).collect();
        let order = |work: &mut Work, leg, order| work.obey(now, Order::Leg(leg, order), &report);
        for leg in &talking {
            order(&mut work, *leg, MediaOrder::Sound(true));
        }
        let seated = |work: &Work, legs: &[LegId]| {
            legs.iter().filter(|leg| work.calls.get(leg).is_some_and(|call| call.seat().is_some())).count()
        };
        assert_eq!((seated(&work, &ringing), seated(&work, &talking)), (0, 7));
        order(&mut work, talking[0], MediaOrder::Close);
        assert_eq!(seated(&work, &talking), 7, "the eighth has its place");
        order(&mut work, talking[1], MediaOrder::Close);
        order(&mut work, ringing[0], MediaOrder::Sound(true));
        assert_eq!(seated(&work, &ringing), 1);
    }

    #[test]
    fn a_stall_of_our_own_is_not_the_networks_delay() {
        let start = Instant::now();
        assert_eq!(arrival(start, start + STEP), start + STEP);
        assert_eq!(arrival(start, start + Duration::from_millis(400)), start + Duration::from_millis(20));
    }
}
