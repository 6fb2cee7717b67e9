//! One leg's media at work: its session between its sockets.

use super::private::Private;
use super::sockets::{Help, Sockets};
use super::take::Take;
use super::{Devices, Play, Report, Sounded};
use crate::engine::MediaOrder;
use sidetone_desk::LegId;
use sidetone_media::Session;
use sidetone_media::codec::Effort;
use sidetone_media::mix::{Blocks, Mixer, Part, Seat, With};
use sidetone_media::pcm::{Block, SILENCE};
use sidetone_media::quality::{Link, Surroundings};
use sidetone_media::session::{Config, Event, Levels, Output};
use sidetone_media::tone::Signal;
use sidetone_net::RtpPair;
use sidetone_store::Recording;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, error::TrySendError};

/// What the agent's end adds to how every leg sounds.
pub(super) struct Desk {
    pub(super) microphone_dbfs: f32,
    /// The loudest 10 ms of the last second.
    pub(super) loudest_dbfs: f32,
    /// How often sound was not ready in time, so far.
    pub(super) stalls: u64,
    /// What devices and their queues hold.
    pub(super) delay: Duration,
}

/// One leg.
pub(super) struct Call {
    leg: LegId,
    session: Session,
    sockets: Sockets,
    /// What they go out by.
    link: Link,
    /// `None`: it has had no sound yet, or eight talk already; it hears silence and is not heard.
    seat: Option<Seat>,
    part: Part,
    /// Whether it belongs to the conference, for when it has sound.
    joined: bool,
    private: Private,
    devices: Devices,
    /// Not told yet: a call waits for it.
    untold: VecDeque<Report>,
    take: Option<Take>,
}

impl Call {
    pub(super) fn new(leg: LegId, (sockets, link): (RtpPair, Link), devices: Devices) -> Self {
        let session = Session::new(Config::default(), rand::random());
        let (part, private, untold) = (Part::default(), Private::default(), VecDeque::new());
        let (seat, joined, take) = (None, false, None);
        let sockets = Sockets::new(sockets);
        Self { leg, session, sockets, link, seat, part, joined, private, devices, untold, take }
    }

    /// Goes on with these sockets: our address is another one.
    pub(super) fn move_to(&mut self, sockets: RtpPair, link: Link) {
        (self.sockets, self.link) = (Sockets::new(sockets), link);
    }

    /// Looks for what its sockets may be reached at.
    pub(super) fn gather(&mut self, now: Instant, help: Help, since: Instant) {
        if let Some(setup) = self.sockets.help(help, since) {
            self.session.gather(now, &setup);
        }
    }

    pub(super) fn wants_devices(&self) -> bool {
        self.devices == Devices::Wanted
    }

    pub(super) const fn seat(&self) -> Option<Seat> {
        self.seat
    }

    /// Whether it has sound and no place in the room yet.
    pub(super) fn wants_seat(&self) -> bool {
        self.seat.is_none() && self.has_sound()
    }

    pub(super) fn sit(&mut self, seat: Seat) {
        self.seat = Some(seat);
    }

    /// How it takes part.
    pub(super) const fn part(&self) -> Part {
        self.part
    }

    /// Carries an order out; [`MediaOrder::Close`] is the caller's to follow by dropping the call.
    pub(super) fn obey(&mut self, now: Instant, order: MediaOrder) {
        self.devices = Devices::Wanted;
        match order {
            MediaOrder::Apply(plan) => self.session.apply(now, &plan),
            MediaOrder::Sound(on) => self.talk(on, self.joined),
            MediaOrder::Join(on) => self.talk(self.has_sound(), on),
            MediaOrder::Heard(on) => self.part.heard = on,
            MediaOrder::Hears(on) => self.part.hears = on,
            // Not the session's own mute: in a conference the others are heard on.
            MediaOrder::Mute(on) => self.part.hears_agent = !on,
            MediaOrder::Digit(digit) => {
                if !self.session.send_digit(digit.into_inner()) {
                    tracing::info!("a digit could not be sent: the other side takes none by RTP");
                }
            }
            MediaOrder::Ringback(on) => self.private.tone(Signal::Ringback, on),
            MediaOrder::Beep => self.private.tone(Signal::Beep, true),
            MediaOrder::Tone(signal, on) => self.private.tone(signal, on),
            MediaOrder::StopPlaying => self.private.stop(),
            MediaOrder::PauseRecording(on) => {
                if let Some(take) = &mut self.take {
                    take.pause(on);
                }
            }
            MediaOrder::StopRecording => self.take = None,
            MediaOrder::Close => self.session.close(now),
        }
    }

    fn talk(&mut self, sound: bool, joined: bool) {
        self.joined = joined;
        self.part.with = match (sound, joined) {
            (false, _) => With::Nobody,
            (true, false) => With::Agent,
            (true, true) => With::Conference,
        };
    }

    /// Puts so much work into what it hears.
    pub(super) fn set_effort(&mut self, effort: Effort) {
        self.session.set_effort(effort);
    }

    fn has_sound(&self) -> bool {
        self.part.with != With::Nobody
    }

    /// Records what is spoken from now on. A pause goes on in the new recording: it is the talk's, not the file's.
    pub(super) fn record(&mut self, recording: Recording) {
        self.take = Some(Take::new(recording, self.take.take()));
    }

    /// Whether it is being recorded.
    pub(super) const fn is_recorded(&self) -> bool {
        self.take.is_some()
    }

    /// Plays a recording, in place of the one that may be playing.
    pub(super) fn play_clip(&mut self, play: Play) {
        // A whisper comes before anything else.
        self.devices = Devices::Wanted;
        self.private.play(play);
    }

    /// Takes in what arrived.
    pub(super) fn receive(&mut self, now: Instant) {
        self.sockets.receive(now, &mut self.session);
    }

    /// Gives it the 10 ms that it hears: the agent, the conference, and what is played to it.
    pub(super) fn capture(&mut self, now: Instant, mixer: &mut Mixer, spoken: &Blocks) {
        let mut heard = SILENCE;
        if let Some(seat) = self.seat {
            mixer.hear(seat, spoken, &mut heard);
        }
        // What is said before there is a way is lost: a greeting waits for it.
        let hears = if self.session.reached().is_some() { self.part } else { Part::default() };
        let greeting = self.private.speak(hears);
        greeting.over(&mut heard);
        if let Some(take) = &mut self.take {
            let (mut agent, mut others) = (SILENCE, SILENCE);
            if let Some(seat) = self.seat {
                mixer.write_down(seat, spoken, &mut agent, &mut others);
            }
            greeting.over(&mut agent);
            take.take((self.part.with != With::Nobody).then_some((&agent, &others)));
        }
        self.session.capture(now, &heard);
    }

    /// Its 10 ms, whoever hears them.
    pub(super) fn play(&mut self, now: Instant, block: &mut Block) {
        self.session.play(now, block);
    }

    /// Adds what is for the agent alone.
    pub(super) fn whisper(&mut self, mix: &mut Block) {
        self.private.whisper(mix);
    }

    /// Does what is due, sends what is to be sent, tells what happened.
    pub(super) fn settle(&mut self, now: Instant, report: &mpsc::Sender<Report>) {
        if let Some(ended) = self.private.ended() {
            self.untold.push_back(Report::Played(self.leg, ended));
        }
        if let Some(take) = &mut self.take
            && let Some(paused) = take.news()
            && report.try_send(Report::RecordingPaused(self.leg, paused)).is_ok()
        {
            take.told(paused);
        }
        if self.session.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.session.handle_timeout(now);
        }
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Transmit(transmit) => self.sockets.send(&transmit),
                Output::Event(Event::Digit(key)) => {
                    let _ = report.try_send(Report::Digit(self.leg, key.into()));
                }
                Output::Event(Event::Secured) => {
                    self.untold.push_back(Report::Secured(self.leg, Ok(())));
                }
                Output::Event(Event::NotSecured(why)) => {
                    self.untold.push_back(Report::Secured(self.leg, Err(why)));
                }
                Output::Event(Event::Path(news)) => self.untold.push_back(Report::Path(self.leg, news)),
                Output::Event(Event::MediaStarted | Event::Bye) => {}
            }
        }
        while let Some(news) = self.untold.pop_front() {
            if let Err(TrySendError::Full(news)) = report.try_send(news) {
                return self.untold.push_front(news);
            }
        }
    }

    /// Whether the other side hears the agent.
    pub(super) fn hears_agent(&self) -> bool {
        self.has_sound() && self.part.hears_agent
    }

    /// Its figures.
    pub(super) fn tell_quality(&mut self, now: Instant, desk: &Desk, report: &mpsc::Sender<Report>) {
        self.session.set_surroundings(self.surroundings(desk));
        let levels = Levels { microphone_dbfs: desk.microphone_dbfs, ..self.session.levels() };
        let (quality, so_far) = (self.session.quality(now), self.session.summary());
        let _ = report.try_send(Report::Quality(self.leg, Box::new(Sounded { quality, levels, so_far })));
    }

    fn surroundings(&self, desk: &Desk) -> Surroundings {
        Surroundings {
            link: self.link,
            stalls: desk.stalls,
            devices: desk.delay,
            microphone_dbfs: (self.hears_agent() && self.part.hears).then_some(desk.loudest_dbfs),
        }
    }

    /// How loud the other side is, where it has the sound.
    pub(super) fn far_dbfs(&self) -> Option<f32> {
        self.has_sound().then(|| self.session.levels().far_dbfs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Ears;
    use crate::media::PlayEnd;
    use sidetone_media::sdp::{self, Identity, KeyAgreement, Policy, Security};
    use sidetone_media::session::KeyTrouble;
    use sidetone_media::{Direction, Negotiation, Plan};
    use std::sync::Arc;

    fn call() -> Call {
        let local = std::net::Ipv4Addr::LOCALHOST.into();
        let sockets = sidetone_net::RtpPorts::bind(local, 40_000..=49_999).unwrap();
        Call::new(LegId::Incoming(1), (sockets, Link::Other), Devices::Wanted)
    }

    /// A plan whose keys nobody will agree on.
    fn plan() -> Plan {
        let made = rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap();
        let identity = Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der());
        let (policy, keys) = (Policy::Require, vec![KeyAgreement::Dtls]);
        let security = Security { policy, keys, identity: Some(identity) };
        let [mut ours, mut theirs] = [1, 2].map(|n| {
            let config = sdp::Config::new(([127, 0, 0, n], 9).into());
            Negotiation::new(sdp::Config { security: security.clone(), ..config }, [n; 32])
        });
        ours.answer(&theirs.offer(Direction::SendRecv), Direction::SendRecv).unwrap().1
    }

    #[test]
    fn what_a_call_waits_for_is_told_when_there_is_room() {
        let (mut call, start) = (call(), Instant::now());
        let (report, mut reports) = mpsc::channel(1);
        report.try_send(Report::Speaking(true)).unwrap();
        call.obey(start, MediaOrder::Apply(Box::new(plan())));
        call.play_clip(Play { clip: Arc::default(), ears: Ears::Agent });
        call.obey(start, MediaOrder::StopPlaying);
        call.settle(start, &report);
        call.settle(start + Duration::from_secs(30), &report);
        let mut told = Vec::new();
        while let Ok(news) = reports.try_recv() {
            told.push(news);
            call.settle(start + Duration::from_secs(30), &report);
        }
        assert!(
            matches!(
                told[..],
                [
                    Report::Speaking(true),
                    Report::Played(_, PlayEnd::Stopped),
                    Report::Secured(_, Err(KeyTrouble::NoAgreement))
                ]
            ),
            "{told:?}"
        );
    }

    #[test]
    fn call_8_a_recording_begun_anew_in_a_pause_has_nothing_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = sidetone_store::RecordingFolder::new(folder.path().to_owned(), 64_000);
        let (told, events) = std::sync::mpsc::channel();
        let begin = |serial| {
            let told = told.clone();
            recordings.begin(serial, move |event| told.send(event).unwrap()).unwrap()
        };
        let mut call = call();
        let now = Instant::now();
        let speak = |call: &mut Call| {
            call.take.as_mut().unwrap().take(Some((&[0.5; _], &[0.5; _])));
        };
        call.record(begin(1));
        call.obey(now, MediaOrder::PauseRecording(true));
        call.record(begin(2));
        (0..100).for_each(|_| speak(&mut call));
        assert_eq!(call.take.as_ref().and_then(Take::news), Some(true), "and that is said");
        call.obey(now, MediaOrder::StopRecording);
        let ended = || match events.recv_timeout(Duration::from_secs(20)).unwrap() {
            sidetone_store::RecordingEvent::Ended(name) => Some(name),
            _ => None,
        };
        let files: Vec<String> = std::iter::repeat_with(ended).flatten().take(2).collect();
        for file in files {
            let samples = sidetone_store::read_recording(&folder.path().join(file), usize::MAX).unwrap();
            assert!(samples.iter().all(|sample| sample.abs() < 0.01));
        }
    }

    #[test]
    fn a_microphone_that_is_not_to_be_heard_is_not_missed() {
        let mut call = call();
        let desk = Desk { microphone_dbfs: -30.0, loudest_dbfs: -25.0, stalls: 0, delay: Duration::ZERO };
        let now = Instant::now();
        let mut after = |order| {
            call.obey(now, order);
            call.surroundings(&desk).microphone_dbfs
        };
        assert_eq!(after(MediaOrder::Heard(true)), None, "nobody talks with it yet");
        assert_eq!(after(MediaOrder::Sound(true)), Some(-25.0));
        assert_eq!(after(MediaOrder::Mute(true)), None);
        assert_eq!(after(MediaOrder::Mute(false)), Some(-25.0));
        assert_eq!(after(MediaOrder::Hears(false)), None, "deafened");
    }
}
