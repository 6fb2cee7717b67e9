//! Two sessions talk through a link in virtual time; what one says is measured where the other hears.

use super::*;
use crate::{
    codec::Codec,
    level::{FLOOR_DBFS, rms_dbfs},
    pcm::{BLOCK_SAMPLES, SAMPLE_RATE, SILENCE},
    sdp::{self, Direction, Negotiation},
    testing::start,
};
use rand::RngExt;
use std::{f32::consts::TAU, time::Duration};

/// What happens to datagrams on their way.
#[derive(Debug, Clone, Copy)]
struct Link {
    delay_us: u64,
    jitter_us: u64,
    loss_percent: u32,
}

const GOOD: Link = Link { delay_us: 5_000, jitter_us: 0, loss_percent: 0 };

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
        }
    }

    fn digits(&self) -> String {
        let digit = |event: &Event| match event {
            Event::Digit(digit) => Some(*digit),
            Event::MediaStarted | Event::Bye => None,
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
    rng: StdRng,
}

impl Call {
    /// Negotiated, both ways, the first end calling.
    fn new(codecs: &[Codec], link: Link) -> Call {
        let ends = [End::new(1, codecs), End::new(2, codecs)];
        let rng = StdRng::from_seed([9; 32]);
        let mut call = Call { now: start(), tick: 0, ends, link, flying: vec![], rng };
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
            if end.session.poll_timeout().is_some_and(|(due, Timer::Report)| due <= now) {
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
            let source = self.ends[1 - flying.to].address;
            let bytes = &flying.bytes[..];
            let input = match flying.channel {
                Channel::Rtp => Input::Rtp { source, bytes },
                Channel::Rtcp => Input::Rtcp { source, bytes },
            };
            match self.ends[flying.to].session.handle_input(flying.arrival, input) {
                // What was on its way when the codec changed, or the call ended.
                Ok(()) | Err(InputError::UnknownPayload | InputError::NotRunning) => {}
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
                    if self.rng.random_range(0..100) >= self.link.loss_percent {
                        let jitter = self.rng.random_range(0..=self.link.jitter_us);
                        let arrival = now + Duration::from_micros(self.link.delay_us + jitter);
                        self.flying.push(Flying { arrival, to: 1 - me, channel, bytes: payload });
                    }
                }
            }
        }
        self.flying.sort_by_key(|flying| flying.arrival);
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

#[test]
fn both_hear_each_other_soon_and_well_in_every_codec() {
    for codec in Codec::ALL {
        let mut call = Call::new(&[codec], GOOD);
        call.ends.iter_mut().for_each(|end| end.says = chirp);
        call.run(8.0);
        for end in [0, 1] {
            let (lag, alike) = delay(chirp, &call.ends[end].heard);
            let lag_ms = lag / 48;
            assert!(alike > 0.95, "{codec:?}: alike {alike}");
            // 20 ms to fill a packet, 5 ms on the way, the rest here.
            assert!((25..=75).contains(&lag_ms), "{codec:?}: {lag_ms} ms");
            let quality = call.quality(end);
            assert_eq!((quality.codec, quality.loss_percent, quality.receiving), (codec.name(), 0.0, true));
            assert!(quality.concealed_percent < 0.1 && quality.jitter_ms < 5.0, "{quality:?}");
            assert_eq!(call.ends[end].events, [Event::MediaStarted]);
        }
    }
}

#[test]
fn a_tone_survives_a_bad_network() {
    let bad = Link { delay_us: 30_000, jitter_us: 40_000, loss_percent: 10 };
    for codec in [Codec::Opus, Codec::Pcma] {
        let mut call = Call::new(&[codec], bad);
        call.ends[0].says = tone;
        call.run(30.0);
        let heard = &call.ends[1].heard;
        let purity = purity(heard, 440.0, 10.0);
        let level = rms_dbfs(&heard[heard.len() - 480_000..]);
        assert!(purity > 90.0, "{codec:?}: {purity} %");
        assert!((level + 13.5).abs() < 2.0, "{codec:?}: {level} dBFS");
        let quality = call.quality(1);
        assert!((7.0..=13.0).contains(&quality.loss_percent), "{quality:?}");
        assert!((5.0..30.0).contains(&quality.jitter_ms), "{quality:?}");
        assert!(quality.buffer_ms < 110.0, "{quality:?}");
    }
}

#[test]
fn reports_tell_loss_and_round_trip_to_both() {
    let link = Link { delay_us: 60_000, jitter_us: 0, loss_percent: 20 };
    let mut call = Call::new(&[Codec::Opus], link);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.run(60.0);
    for end in [0, 1] {
        let quality = call.quality(end);
        let round_trip = quality.round_trip_ms.unwrap();
        assert!((119.0..=125.0).contains(&round_trip), "round trip {round_trip}");
        assert!((8.0..=32.0).contains(&quality.remote_loss_percent), "{quality:?}");
        assert!((8..=25).contains(&call.ends[end].rtcp_sent()), "{} reports", call.ends[end].rtcp_sent());
        assert!(call.ends[end].sent.iter().all(|(channel, _)| *channel == Channel::Rtp), "multiplexed");
    }
}

#[test]
fn muted_sends_silence_and_unmuted_sends_again() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends[0].says = tone;
    call.run(2.0);
    call.ends[0].session.set_muted(true);
    let sent = call.ends[0].rtp_sent();
    call.run(2.0);
    assert_eq!(call.ends[0].rtp_sent() - sent, 100, "packets go on");
    let heard = &call.ends[1].heard;
    assert!(rms_dbfs(&heard[heard.len() - 48_000..]) < -60.0);
    let levels = call.ends[0].session.levels();
    assert!(levels.microphone_dbfs > -15.0, "the meter shows that somebody talks: {levels:?}");
    assert!(call.ends[1].session.levels().far_dbfs < -40.0);
    call.ends[0].session.set_muted(false);
    call.run(1.0);
    assert!(purity(&call.ends[1].heard, 440.0, 0.5) > 90.0);
}

#[test]
fn hold_stops_the_sound_both_ways_but_not_the_reports_and_resume_brings_it_back() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.run(2.0);
    let first = call.ends[0].sent[0].1.clone();
    call.negotiate(Direction::Inactive);
    call.run(0.1);
    let sent = [call.ends[0].rtp_sent(), call.ends[1].rtp_sent()];
    let reports = call.ends[0].rtcp_sent();
    call.run(20.0);
    assert_eq!(sent, [call.ends[0].rtp_sent(), call.ends[1].rtp_sent()]);
    assert!(call.ends[0].rtcp_sent() > reports + 2);
    assert_eq!(rms_dbfs(&call.ends[0].heard[500_000..]), FLOOR_DBFS);
    assert!(!call.quality(0).receiving);
    call.negotiate(Direction::SendRecv);
    call.run(2.0);
    for end in &call.ends {
        assert!(purity(&end.heard, 440.0, 1.0) > 90.0);
    }
    let rtp: Vec<&Bytes> = call.ends[0].sent.iter().map(|(_, b)| b).filter(|b| !is_rtcp(b)).collect();
    let sequence = |packet: &Bytes| u16::from_be_bytes([packet[2], packet[3]]);
    assert!(rtp.iter().all(|packet| packet[8..12] == first[8..12]), "one SSRC");
    assert!(
        rtp.windows(2).all(|two| sequence(two[1]) == sequence(two[0]).wrapping_add(1)),
        "one row of numbers"
    );
    let markers = rtp.iter().filter(|packet| packet[1] & 0x80 != 0).count();
    assert_eq!(markers, 2, "the start and the resume");
    assert_eq!(call.quality(0).loss_percent, 0.0);
}

#[test]
fn our_hold_sends_and_the_held_side_hears() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.negotiate(Direction::SendOnly);
    call.run(3.0);
    assert!(purity(&call.ends[1].heard, 440.0, 1.0) > 90.0);
    assert_eq!(call.ends[1].rtp_sent(), 0);
    assert_eq!(rms_dbfs(&call.ends[0].heard), FLOOR_DBFS);
}

#[test]
fn the_codec_can_change_in_a_call() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.run(2.0);
    assert_eq!(call.quality(0).codec, "opus");
    let [a, b] = &mut call.ends;
    for (end, plan) in [(0u8, &mut *a), (1, &mut *b)] {
        let config = sdp::Config { codecs: vec![Codec::Pcmu], ..plan.negotiation.config().clone() };
        plan.negotiation = Negotiation::new(config, [end; 32]);
    }
    call.negotiate(Direction::SendRecv);
    call.run(2.0);
    for end in [0, 1] {
        assert_eq!(call.quality(end).codec, "PCMU");
        assert!(purity(&call.ends[end].heard, 440.0, 1.0) > 90.0);
    }
}

#[test]
fn digits_arrive_once_each_and_in_order_even_over_a_bad_network() {
    for (codecs, link) in [
        (&[Codec::Opus][..], GOOD),
        (&[Codec::Pcmu][..], Link { delay_us: 20_000, jitter_us: 15_000, loss_percent: 20 }),
    ] {
        let mut call = Call::new(codecs, link);
        call.ends[0].says = tone;
        call.run(1.0);
        assert!("159*#0D55".chars().all(|digit| call.ends[0].session.send_digit(digit)));
        assert!(!call.ends[0].session.send_digit('x'));
        call.run(4.0);
        assert_eq!(call.ends[1].digits(), "159*#0D55");
        assert!(purity(&call.ends[1].heard, 440.0, 1.0) > 80.0, "sound goes on afterwards");
        assert!(!format!("{:?}", call.ends[1].events).contains('9'), "no digit reaches a log");
    }
}

#[test]
fn goodbye_is_heard_and_ends_everything() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.run(1.0);
    call.ends[0].session.close(call.now);
    call.depart(0, call.now);
    let sent = call.ends[0].sent.len();
    call.run(1.0);
    assert!(call.ends[1].events.contains(&Event::Bye));
    assert_eq!(call.ends[0].sent.len(), sent);
    assert_eq!(call.ends[0].session.poll_timeout(), None);
}

#[test]
fn a_session_may_move_to_the_media_thread() {
    fn movable<T: Send>(_: &T) {}
    movable(&Session::new(Config::default(), [1; 32]));
}

#[test]
fn silence_comes_without_a_click() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends[0].says = tone;
    call.run(2.0);
    call.negotiate(Direction::Inactive);
    call.run(0.1);
    let heard = &call.ends[1].heard[48_000..];
    let step = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(step < 0.03, "step {step}");
    assert_eq!(heard.last(), Some(&0.0));
}

#[test]
fn before_an_agreement_nothing_is_sent_and_silence_is_played() {
    let mut session = Session::new(Config::default(), [1; 32]);
    let (now, mut block) = (start(), [0.5; BLOCK_SAMPLES]);
    session.capture(now, &block);
    session.play(now, &mut block);
    assert_eq!(block, SILENCE);
    assert_eq!((session.poll_output(), session.poll_timeout()), (None, None));
    let source = SocketAddr::from(([192, 0, 2, 9], 9));
    let input = Input::Rtp { source, bytes: &[0x80; 20] };
    assert_eq!(session.handle_input(now, input), Err(InputError::NotRunning));
}

#[test]
fn strangers_and_unknown_payloads_are_refused() {
    let mut call = Call::new(&[Codec::Pcmu], GOOD);
    call.run(1.0);
    let mut packet = call.ends[0].sent[10].1.to_vec();
    let [_, b] = &mut call.ends;
    let mut input = |host, bytes: &[u8]| {
        let source = SocketAddr::from(([192, 0, 2, host], 4000));
        b.session.handle_input(call.now, Input::Rtp { source, bytes })
    };
    assert_eq!(input(66, &packet), Err(InputError::Stranger));
    packet[1] = 77;
    assert_eq!(input(1, &packet), Err(InputError::UnknownPayload));
    assert_eq!(input(1, &packet[..5]), Err(InputError::Malformed));
    packet[1] = 0;
    packet[8] ^= 1;
    assert_eq!(input(1, &packet), Err(InputError::OutOfPlace));
}

#[test]
fn a_hundred_thousand_broken_datagrams_harm_nothing() {
    let mut call = Call::new(&Codec::ALL, GOOD);
    call.ends.iter_mut().for_each(|end| end.says = tone);
    call.ends[0].session.send_digit('1');
    call.run(10.0);
    let sent: Vec<Bytes> = call.ends[0].sent.iter().map(|(_, bytes)| bytes.clone()).collect();
    let source = call.ends[0].address;
    let mut rng = StdRng::from_seed([3; 32]);
    let mut block = SILENCE;
    for n in 0..100_000usize {
        let mut bytes = sent[rng.random_range(0..sent.len())].to_vec();
        for _ in 0..rng.random_range(0..5) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        bytes.truncate(rng.random_range(bytes.len() / 2..=bytes.len()));
        let now = call.now + Duration::from_millis(n as u64);
        let session = &mut call.ends[1].session;
        let _ = session.handle_input(now, Input::Rtp { source, bytes: &bytes });
        let _ = session.handle_input(now, Input::Rtcp { source, bytes: &bytes });
        if n % 10 == 0 {
            session.play(now, &mut block);
            assert!(block.iter().all(|sample| sample.is_finite()));
        }
        assert!(session.outputs.len() <= MOST_OUTPUTS);
    }
}
