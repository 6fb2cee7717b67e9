//! What the media thread tells of the newest call, which here nobody hears.

use super::Story;
use sidetone_desk::view::{Grade, QualityView};
use sidetone_media::quality::Summary;
use sidetone_media::sdp::{Config, Direction};
use sidetone_media::session::{self, Input, Output};
use sidetone_media::{Codec, Negotiation, Session};
use sidetone_phone::engine;
use std::time::{Duration, Instant};

impl Story {
    /// For so many seconds it tells whether anything comes.
    pub(crate) fn hears(&mut self, seconds: u64, receiving: bool) {
        for _ in 0..seconds {
            self.pass(Duration::from_secs(1));
            self.sounds(receiving, None);
        }
    }

    /// It tells once whether anything comes, and how it was so far.
    pub(crate) fn sounds(&mut self, receiving: bool, so_far: Option<Summary>) {
        self.at_desk(|now, desk| {
            let Some((leg, _)) = desk.media.last() else { return };
            let quality = QualityView {
                loss_percent: 0.0,
                remote_loss_percent: None,
                jitter_ms: 0.0,
                round_trip_ms: None,
                delay_ms: None,
                buffer_ms: 20.0,
                mos: None,
                grade: Grade::Good,
                codec: "opus".into(),
                receiving,
                problem: None,
            };
            let (leg, so_far) = (*leg, so_far.map(Box::new));
            desk.handle(now, engine::Input::Quality { leg, quality, so_far }).unwrap();
        });
    }
}

/// What a call of so many seconds on a good network comes to.
pub(crate) fn a_call_of(seconds: u32) -> Summary {
    let addresses = ["192.0.2.1:4000", "192.0.2.2:4000"].map(|address| address.parse().unwrap());
    let mut sides = addresses.map(|address| {
        let config = Config { codecs: vec![Codec::Pcmu], ..Config::new(address) };
        Negotiation::new(config, [1; 32])
    });
    let mut ends = [[1; 32], [2; 32]].map(|seed| Session::new(session::Config::default(), seed));
    let mut now = Instant::now();
    let offer = sides[0].offer(Direction::SendRecv);
    let (answer, plan) = sides[1].answer(&offer, Direction::SendRecv).unwrap();
    ends[0].apply(now, &sides[0].accept_answer(&answer).unwrap());
    ends[1].apply(now, &plan);
    for _ in 0..100 * seconds {
        now += Duration::from_millis(10);
        for from in [0, 1] {
            let mut block = [0.01; 480];
            ends[from].capture(now, &block);
            ends[from].play(now, &mut block);
            ends[from].handle_timeout(now);
            while let Some(output) = ends[from].poll_output() {
                if let Output::Transmit(packet) = output {
                    let source = addresses[from];
                    // Everything goes by one port here.
                    let _ = ends[1 - from].handle_input(now, Input::Rtp { source, bytes: &packet.payload });
                }
            }
        }
    }
    ends[0].summary().unwrap()
}
