//! Two sessions talk through a link in virtual time; what one says is measured where the other hears.

mod adapting;
mod handshakes;
mod mixture;
mod packets;
mod protected;
mod quality;
mod silence;
mod talk;

use super::wire::is_rtcp;
use super::*;
use crate::{
    codec::Codec,
    level::{FLOOR_DBFS, rms_dbfs},
    pcm::{BLOCK_SAMPLES, SAMPLE_RATE, SILENCE},
    sdp::{self, Direction, Negotiation},
    testing::start,
};
use rand::RngExt;
use std::{f32::consts::TAU, net::SocketAddr, time::Duration};

/// What happens to datagrams on their way.
#[derive(Debug, Clone, Copy)]
struct Link {
    delay_us: u64,
    jitter_us: u64,
    loss_percent: u32,
    twice_percent: u32,
}

const GOOD: Link = Link { delay_us: 5_000, jitter_us: 0, loss_percent: 0, twice_percent: 0 };

/// A datagram on its way to one of the two.
struct Flying {
    arrival: Instant,
    to: usize,
    channel: Channel,
    bytes: Bytes,
}

/// One end: its session, where its packets come from, what it says and what it heard.
struct End {
    session: Session,
    negotiation: Negotiation,
    address: SocketAddr,
    says: fn(u64) -> f32,
    heard: Vec<f32>,
    events: Vec<Event>,
    sent: Vec<(Channel, Bytes)>,
    /// What its packets seem to come from, where a NAT stands before it.
    seen_at: Option<SocketAddr>,
    /// What of its story it can't use.
    bears: &'static [InputError],
    /// How many handshakes there are to be on its RTP channel.
    handshakes: usize,
}

impl End {
    fn new(n: u8, codecs: &[Codec]) -> End {
        let address = SocketAddr::from(([192, 0, 2, n], 4000));
        let config = sdp::Config { codecs: codecs.to_vec(), ..sdp::Config::new(address) };
        End {
            session: Session::new(Config::default(), [n; 32]),
            negotiation: Negotiation::new(config, [n; 32]),
            address,
            says: |_| 0.0,
            heard: vec![],
            events: vec![],
            sent: vec![],
            seen_at: None,
            bears: &[],
            handshakes: 0,
        }
    }

    /// Whether it waits for keys: who has them is quicker, and what they send meanwhile can't be read.
    fn awaits_keys(&self) -> bool {
        self.secured() < self.handshakes
    }

    fn secured(&self) -> usize {
        self.events.iter().filter(|event| **event == Event::Secured).count()
    }

    fn digits(&self) -> String {
        let digit = |event: &Event| match event {
            Event::Digit(digit) => Some(*digit),
            Event::MediaStarted | Event::Bye | Event::Secured | Event::NotSecured(_) | Event::Path(_) => None,
        };
        self.events.iter().filter_map(digit).collect()
    }

    fn rtp_sent(&self) -> usize {
        self.sent.iter().filter(|(_, bytes)| !is_rtcp(bytes)).count()
    }

    fn rtcp_sent(&self) -> usize {
        self.sent.len() - self.rtp_sent()
    }
}

/// Two ends and the link between them.
struct Call {
    now: Instant,
    tick: u64,
    ends: [End; 2],
    link: Link,
    flying: Vec<Flying>,
    /// RTP packets to each end that went and that the link dropped.
    fates: [(u64, u64); 2],
    rng: StdRng,
}

impl Call {
    /// Negotiated, both ways, the first end calling.
    fn new(codecs: &[Codec], link: Link) -> Call {
        Call::between([End::new(1, codecs), End::new(2, codecs)], link)
    }

    /// Negotiated, both ways, the first end calling.
    fn between(ends: [End; 2], link: Link) -> Call {
        let rng = StdRng::from_seed([9; 32]);
        let mut call = Call { now: start(), tick: 0, ends, link, flying: vec![], fates: [(0, 0); 2], rng };
        call.negotiate(Direction::SendRecv);
        call
    }

    /// The first end offers, and both go on by what comes of it.
    fn negotiate(&mut self, direction: Direction) {
        let [a, b] = &mut self.ends;
        let offer = a.negotiation.offer(direction);
        let (answer, plan) = b.negotiation.answer(&offer, Direction::SendRecv).unwrap();
        b.session.apply(self.now, &plan);
        a.session.apply(self.now, &a.negotiation.accept_answer(&answer).unwrap());
    }

    fn run(&mut self, seconds: f32) {
        for _ in 0..(seconds * 100.0) as u64 {
            self.step();
        }
    }

    /// 10 ms. The second end's devices tick 4 ms after the first one's.
    fn step(&mut self) {
        for (me, offset) in [(0, Duration::ZERO), (1, Duration::from_millis(4))] {
            let now = self.now + offset;
            self.arrive(now);
            let end = &mut self.ends[me];
            let mut block = SILENCE;
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = (end.says)(self.tick * BLOCK_SAMPLES as u64 + n as u64);
            }
            end.session.capture(now, &block);
            end.session.play(now, &mut block);
            end.heard.extend_from_slice(&block);
            if end.session.poll_timeout().is_some_and(|(due, _)| due <= now) {
                end.session.handle_timeout(now);
            }
            self.depart(me, now);
        }
        self.now += Duration::from_millis(10);
        self.tick += 1;
    }

    fn arrive(&mut self, now: Instant) {
        let due: Vec<Flying> = self.flying.extract_if(.., |flying| flying.arrival <= now).collect();
        for flying in due {
            let they = &self.ends[1 - flying.to];
            let source = they.seen_at.unwrap_or(they.address);
            let bytes = &flying.bytes[..];
            let input = match flying.channel {
                Channel::Rtp => Input::Rtp { source, bytes },
                Channel::Rtcp => Input::Rtcp { source, bytes },
            };
            match self.ends[flying.to].session.handle_input(flying.arrival, input) {
                // What was on its way when the codec changed, or the call ended.
                Ok(()) | Err(InputError::UnknownPayload | InputError::NotRunning) => {}
                Err(InputError::NotAuthentic) if self.ends[flying.to].awaits_keys() => {}
                Err(error) if self.ends[flying.to].bears.contains(&error) => {}
                Err(error) => panic!("{error}"),
            }
            self.depart(flying.to, now);
        }
    }

    fn depart(&mut self, me: usize, now: Instant) {
        while let Some(output) = self.ends[me].session.poll_output() {
            match output {
                Output::Event(event) => self.ends[me].events.push(event),
                Output::Transmit(Transmit { payload, channel, .. }) => {
                    self.ends[me].sent.push((channel, payload.clone()));
                    let dropped = self.rng.random_range(0..100) < self.link.loss_percent;
                    if !is_rtcp(&payload) {
                        self.fates[1 - me].0 += 1;
                        self.fates[1 - me].1 += u64::from(dropped);
                    }
                    let twice = self.link.twice_percent > 0
                        && self.rng.random_range(0..100) < self.link.twice_percent;
                    let copies = if dropped { 0 } else { 1 + usize::from(twice) };
                    for _ in 0..copies {
                        let jitter = self.rng.random_range(0..=self.link.jitter_us);
                        let arrival = now + Duration::from_micros(self.link.delay_us + jitter);
                        self.flying.push(Flying { arrival, to: 1 - me, channel, bytes: payload.clone() });
                    }
                }
            }
        }
        self.flying.sort_by_key(|flying| flying.arrival);
    }

    /// Only what is for the other end is on its way to it.
    fn depart_to_its_peer(&mut self, me: usize) {
        while let Some(output) = self.ends[me].session.poll_output() {
            match output {
                Output::Event(event) => self.ends[me].events.push(event),
                Output::Transmit(Transmit { to, payload, channel, .. })
                    if to == self.ends[1 - me].address =>
                {
                    let arrival = self.now + Duration::from_micros(self.link.delay_us);
                    self.flying.push(Flying { arrival, to: 1 - me, channel, bytes: payload });
                }
                Output::Transmit(_) => {}
            }
        }
    }

    fn quality(&self, end: usize) -> Quality {
        self.ends[end].session.quality(self.now)
    }
}

fn tone(n: u64) -> f32 {
    0.3 * (n as f32 % 48_000.0 * TAU * 440.0 / SAMPLE_RATE as f32).sin()
}

/// A chirp from 300 to 2300 Hz every half second, as loud as speech: it has one best place to fit.
fn chirp(n: u64) -> f32 {
    let t = (n % 24_000) as f32 / SAMPLE_RATE as f32;
    let envelope = (t * 2.0 * std::f32::consts::PI).sin();
    0.3 * envelope * (TAU * (300.0 * t + 2000.0 * t * t)).sin()
}

/// The share of energy in the last `seconds` that lies at `hz`, in percent.
fn purity(heard: &[f32], hz: f32, seconds: f32) -> f32 {
    let heard = &heard[heard.len() - (seconds * SAMPLE_RATE as f32) as usize..];
    // In pieces of 20 ms, since stretching moves the phase.
    let (mut at, mut all) = (0.0, 0.0f32);
    for piece in heard.chunks_exact(960) {
        let angle = |n: usize| n as f32 * TAU * hz / SAMPLE_RATE as f32;
        let re: f32 = piece.iter().enumerate().map(|(n, x)| x * angle(n).cos()).sum();
        let im: f32 = piece.iter().enumerate().map(|(n, x)| x * angle(n).sin()).sum();
        at += (re * re + im * im) * 2.0 / 960.0;
        all += piece.iter().map(|x| x * x).sum::<f32>();
    }
    100.0 * at / all
}

/// By how many samples `heard` lags behind what was said, and how much alike they then are.
fn delay(says: fn(u64) -> f32, heard: &[f32]) -> (usize, f32) {
    let end = heard.len();
    let window = 24_000;
    let heard = &heard[end - window..];
    let most = 9_600;
    let said: Vec<f32> = (end - window - most..end).map(|n| says(n as u64)).collect();
    let alike = |lag: usize| {
        let (mut product, mut energy) = (0.0f32, 0.0f32);
        said[most - lag..].iter().zip(heard).for_each(|(s, h)| {
            product += s * h;
            energy += s * s;
        });
        product / (energy * heard.iter().map(|h| h * h).sum::<f32>()).sqrt()
    };
    let best = |lags: &mut dyn Iterator<Item = usize>| {
        lags.map(|lag| (lag, alike(lag))).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
    };
    let (coarse, _) = best(&mut (0..most - 3).step_by(3));
    best(&mut (coarse.saturating_sub(3)..=coarse + 3))
}
