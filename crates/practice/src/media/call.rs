//! One customer's mouth, ear and line: what they say goes out by RTP, what comes in is measured, recorded, and, in an
//! echo test, sent back.

use super::Report;
use super::recording::Recording;
use super::voice::{Sounding, Voice};
use crate::customer::Input;
use crate::engine::MediaOrder;
use sidetone_media::Session;
use sidetone_media::level::{FLOOR_DBFS, rms_dbfs};
use sidetone_media::pcm::{Block, SILENCE};
use sidetone_media::session::{Channel, Config, Event, Input as Packet, Output};
use sidetone_net::RtpPair;
use sidetone_sip::api::CallKey;
use std::path::PathBuf;
use std::time::Instant;
use tokio::sync::mpsc;

/// Larger than any RTP packet we agree to; what is longer is cut, and then refused by the session.
const DATAGRAM: usize = 2048;
/// So many datagrams at most a step and socket: a flood must not hold up the other calls.
const BURST: usize = 64;
/// How loud it is, is told every so many blocks.
const LEVEL_BLOCKS: u32 = 5;

/// One call.
pub(super) struct Call {
    session: Session,
    sockets: RtpPair,
    voice: Voice,
    recording: Option<Recording>,
    running: bool,
    /// The loudest block since it was told last, and how many there were.
    loudest: (f32, u32),
    /// A sentence is over, and nobody was told yet.
    said: bool,
}

impl Call {
    pub(super) fn new(sockets: RtpPair, file: Option<PathBuf>) -> Self {
        Self {
            session: Session::new(Config::default(), rand::random()),
            sockets,
            voice: Voice::default(),
            recording: file.map(Recording::at),
            running: false,
            loudest: (FLOOR_DBFS, 0),
            said: false,
        }
    }

    pub(super) fn obey(&mut self, now: Instant, order: MediaOrder) {
        match order {
            MediaOrder::Apply(plan) => {
                self.running = true;
                self.session.apply(now, &plan);
            }
            MediaOrder::Say(speech) => self.voice.say(speech),
            MediaOrder::Beep => self.voice.beep(),
            MediaOrder::Echo(delay) => self.voice.echo(delay),
            MediaOrder::Hush => self.voice.hush(),
            MediaOrder::Press(key) => {
                if !self.session.send_digit(key) {
                    tracing::info!("a key could not be pressed: the other side takes none by RTP");
                }
            }
            MediaOrder::Close => self.close(now),
        }
    }

    /// Ten milliseconds of the call.
    pub(super) fn step(&mut self, now: Instant, key: CallKey, report: &mpsc::Sender<Report>) {
        self.receive(now);
        if self.running {
            let mut block = SILENCE;
            self.session.play(now, &mut block);
            self.hear(&block, key, report);
            let sounding = self.voice.next(&mut block);
            self.said |= sounding == Sounding::Over;
            self.session.capture(now, &block);
        }
        if self.said && report.try_send((key, Input::Said)).is_ok() {
            self.said = false;
        }
        self.settle(now, Some((key, report)));
    }

    /// Says goodbye, and finishes the recording.
    pub(super) fn close(&mut self, now: Instant) {
        self.running = false;
        self.session.close(now);
        self.settle(now, None);
        self.recording = None;
    }

    fn hear(&mut self, block: &Block, key: CallKey, report: &mpsc::Sender<Report>) {
        if let Some(recording) = &mut self.recording {
            recording.write(block);
        }
        self.voice.heard(block);
        let (loudest, blocks) = &mut self.loudest;
        *loudest = loudest.max(rms_dbfs(block));
        *blocks += 1;
        if *blocks >= LEVEL_BLOCKS {
            let _ = report.try_send((key, Input::Heard(*loudest)));
            self.loudest = (FLOOR_DBFS, 0);
        }
    }

    fn receive(&mut self, now: Instant) {
        let mut datagram = [0; DATAGRAM];
        for _ in 0..BURST {
            let Ok((length, source)) = self.sockets.rtp.recv_from(&mut datagram) else { break };
            let bytes = datagram.get(..length).unwrap_or_default();
            // What is of no use is dropped.
            let _ = self.session.handle_input(now, Packet::Rtp { source, bytes });
        }
        for _ in 0..BURST {
            let Ok((length, source)) = self.sockets.rtcp.recv_from(&mut datagram) else { break };
            let bytes = datagram.get(..length).unwrap_or_default();
            let _ = self.session.handle_input(now, Packet::Rtcp { source, bytes });
        }
    }

    fn settle(&mut self, now: Instant, report: Option<(CallKey, &mpsc::Sender<Report>)>) {
        if self.session.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.session.handle_timeout(now);
        }
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    let socket = match transmit.channel {
                        Channel::Rtp => &self.sockets.rtp,
                        Channel::Rtcp => &self.sockets.rtcp,
                    };
                    // A packet that the network does not take is a lost packet.
                    let _ = socket.send_to(&transmit.payload, transmit.to);
                }
                Output::Event(Event::Digit(_)) => {
                    if let Some((key, report)) = report {
                        let _ = report.try_send((key, Input::Key));
                    }
                }
                Output::Event(
                    Event::MediaStarted | Event::Bye | Event::Secured | Event::NotSecured(_) | Event::Path(_),
                ) => {}
            }
        }
    }
}
