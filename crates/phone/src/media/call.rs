//! One leg's media at work: its session between its two sockets.

use super::Report;
use crate::engine::MediaOrder;
use sidetone_desk::LegId;
use sidetone_media::Session;
use sidetone_media::pcm::{Block, SILENCE};
use sidetone_media::session::{Channel, Config, Event, Input, Output};
use sidetone_media::tone::{Signal, Tone, TonePlan};
use sidetone_net::RtpPair;
use std::net::UdpSocket;
use std::time::Instant;
use tokio::sync::mpsc;

/// Larger than any RTP packet we agree to; what is longer is cut, and then refused by the session.
const DATAGRAM: usize = 2048;

/// So many datagrams at most a step and socket: a flood must not hold up the sound of the other calls.
const BURST: usize = 64;

/// One leg.
pub(super) struct Call {
    leg: LegId,
    session: Session,
    sockets: RtpPair,
    /// Whether it has the agent's microphone and speaker.
    sound: bool,
    ringback: Option<Tone>,
    beep: Option<Tone>,
}

impl Call {
    pub(super) fn new(leg: LegId, sockets: RtpPair) -> Self {
        let session = Session::new(Config::default(), rand::random());
        Self { leg, session, sockets, sound: false, ringback: None, beep: None }
    }

    /// Goes on with these sockets: our address is another one.
    pub(super) fn move_to(&mut self, sockets: RtpPair) {
        self.sockets = sockets;
    }

    /// Carries an order out; [`MediaOrder::Close`] is the caller's to follow by dropping the call.
    pub(super) fn obey(&mut self, now: Instant, order: MediaOrder) {
        match order {
            MediaOrder::Apply(plan) => self.session.apply(now, &plan),
            MediaOrder::Sound(on) => self.sound = on,
            MediaOrder::Mute(on) => self.session.set_muted(on),
            MediaOrder::Digit(digit) => {
                if !self.session.send_digit(digit.into_inner()) {
                    tracing::info!("a digit could not be sent: the other side takes none by RTP");
                }
            }
            MediaOrder::Ringback(on) => {
                self.ringback = on.then(|| Tone::new(Signal::Ringback, TonePlan::default()))
            }
            MediaOrder::Beep => self.beep = Some(Tone::new(Signal::Beep, TonePlan::default())),
            MediaOrder::Close => self.session.close(now),
        }
    }

    /// Takes in what arrived.
    pub(super) fn receive(&mut self, now: Instant) {
        let mut datagram = [0; DATAGRAM];
        for _ in 0..BURST {
            let Ok((length, source)) = self.sockets.rtp.recv_from(&mut datagram) else { break };
            let bytes = datagram.get(..length).unwrap_or_default();
            // Why a datagram is of no use interests nobody: the quality figures tell.
            let _ = self.session.handle_input(now, Input::Rtp { source, bytes });
        }
        for _ in 0..BURST {
            let Ok((length, source)) = self.sockets.rtcp.recv_from(&mut datagram) else { break };
            let bytes = datagram.get(..length).unwrap_or_default();
            let _ = self.session.handle_input(now, Input::Rtcp { source, bytes });
        }
    }

    /// Gives it 10 ms of the agent's voice, or silence where it has no sound.
    pub(super) fn capture(&mut self, now: Instant, block: &Block) {
        self.session.capture(now, if self.sound { block } else { &SILENCE });
    }

    /// Adds its 10 ms to what the agent hears.
    pub(super) fn play(&mut self, now: Instant, mix: &mut Block) {
        let mut block = SILENCE;
        self.session.play(now, &mut block);
        if self.sound {
            add(mix, &block);
        }
        for tone in [&mut self.ringback, &mut self.beep] {
            if let Some(playing) = tone {
                if playing.fill(&mut block) {
                    add(mix, &block);
                } else {
                    *tone = None;
                }
            }
        }
    }

    /// Does what is due, sends what is to be sent, tells what happened.
    pub(super) fn settle(&mut self, now: Instant, report: &mpsc::Sender<Report>) {
        if self.session.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.session.handle_timeout(now);
        }
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    let socket: &UdpSocket = match transmit.channel {
                        Channel::Rtp => &self.sockets.rtp,
                        Channel::Rtcp => &self.sockets.rtcp,
                    };
                    // A packet that the network does not take is a lost packet.
                    let _ = socket.send_to(&transmit.payload, transmit.to);
                }
                Output::Event(Event::Digit(key)) => {
                    let _ = report.try_send(Report::Digit(self.leg, key));
                }
                Output::Event(Event::MediaStarted | Event::Bye) => {}
            }
        }
    }

    /// Its figures.
    pub(super) fn tell_quality(&self, now: Instant, report: &mpsc::Sender<Report>) {
        let _ = report.try_send(Report::Quality(self.leg, self.session.quality(now), self.session.levels()));
    }

    /// How loud it is, where it has the sound.
    pub(super) fn levels(&self) -> Option<sidetone_media::session::Levels> {
        self.sound.then(|| self.session.levels())
    }
}

fn add(mix: &mut Block, block: &Block) {
    for (sum, sample) in mix.iter_mut().zip(block) {
        *sum += sample;
    }
}
