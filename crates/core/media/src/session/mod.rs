//! One call's media: microphone to packets, packets to speaker, in the one shape of a core.
//!
//! The driver calls [`Session::capture`] and [`Session::play`] every 10 ms by the devices' clock, hands datagrams to
//! [`Session::handle_input`], calls [`Session::handle_timeout`] at [`Session::poll_timeout`], and drains
//! [`Session::poll_output`] after each of them.
//!
//! **Whom we hear and write to** (symmetric RTP, RFC 4961). The first address that a good packet comes from is latched:
//! ours go there from then on, which is how a NAT is passed. Before that ours go to the address of the session
//! description, and after it that address is still heard, and latched again. Another port of the same host is heard once
//! the latched one is silent for a second; everybody else is refused until the description names another address.
//!
//! A muted microphone is silence that the driver captures, so that NATs and the other side stay awake. On hold (a direction that doesn't send)
//! it sends nothing but RTCP. It decides nothing about calls: silence of the other side is a figure, not an event.

mod api;
mod receiving;
mod reporting;
mod sending;
#[cfg(test)]
mod tests;
mod watching;
mod wire;

pub use api::{
    Channel, Config, Event, Input, InputError, KeyTrouble, Levels, Output, Quality, Timer, Transmit,
};

use crate::{
    codec::Effort,
    ice::{self, Via},
    level::Meter,
    pcm::Block,
    quality::{Summary, Surroundings},
    rtcp::News,
    sdp::Plan,
};
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use receiving::Receiving;
use reporting::Reporting;
use sending::Sending;
use std::{collections::VecDeque, time::Instant};
use watching::{Parts, Watching};
use wire::{Kind, Wire};

/// Outputs that nobody takes are dropped, oldest first.
const MOST_OUTPUTS: usize = 1_024;

enum State {
    /// Nothing is agreed yet.
    New,
    Running(Box<Plan>),
    Closed,
}

impl State {
    fn plan(&self) -> Option<&Plan> {
        match self {
            State::Running(plan) => Some(plan),
            State::New | State::Closed => None,
        }
    }
}

/// One call's media.
pub struct Session {
    state: State,
    wire: Wire,
    rng: StdRng,
    sending: Sending,
    receiving: Receiving,
    reporting: Reporting,
    watching: Watching,
    microphone: Meter,
    far: Meter,
    /// When the first sound of ours went.
    reached: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl Session {
    /// A session that knows nothing of the other side yet. The seed makes SSRC, first sequence number and CNAME: it
    /// must be unpredictable, and another for every call.
    pub fn new(config: Config, seed: [u8; 32]) -> Session {
        let mut rng = StdRng::from_seed(seed);
        Session {
            state: State::New,
            wire: Wire::default(),
            sending: Sending::new(&config, &mut rng),
            receiving: Receiving::new(&config),
            reporting: Reporting::new(&mut rng),
            watching: Watching::new(&config),
            rng,
            microphone: Meter::default(),
            far: Meter::default(),
            reached: None,
            outputs: VecDeque::with_capacity(32),
        }
    }

    /// Looks for what we may be reached at (ICE, RFC 8445): [`Event::Path`] says it, within
    /// [`LONGEST_GATHERING`](ice::LONGEST_GATHERING). To be called before [`apply`](Self::apply), and again when the
    /// sockets are others. Without it no ICE is spoken.
    pub fn gather(&mut self, now: Instant, setup: &ice::Setup) {
        let seed = self.rng.random();
        self.wire.gather(now, setup, seed);
        self.pass_on();
    }

    /// Starts, or goes on by a new plan: hold, another codec, another address. The stream's SSRC and sequence numbers go
    /// on. Does nothing after [`close`](Self::close).
    pub fn apply(&mut self, now: Instant, plan: &Plan) {
        match &mut self.state {
            State::New => self.state = State::Running(Box::new(plan.clone())),
            State::Running(agreed) => agreed.as_mut().clone_from(plan),
            State::Closed => return,
        }
        self.wire.apply(now, plan);
        self.sending.apply(plan);
        self.receiving.apply(plan);
        self.reporting.start(now, plan.extended_reports, &mut self.rng);
        self.watching.apply(now, plan);
        self.pass_on();
    }

    /// Takes a datagram.
    ///
    /// # Errors
    /// The datagram is of no use, and is dropped.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) -> Result<(), InputError> {
        let taken = self.take(now, input);
        self.pass_on();
        taken
    }

    fn take(&mut self, now: Instant, input: Input<'_>) -> Result<(), InputError> {
        if matches!(self.state, State::Closed) {
            return Err(InputError::NotRunning);
        }
        let (channel, via, source, bytes) = match input {
            Input::Rtp { source, bytes } => (Channel::Rtp, Via::Own, source, bytes),
            Input::Rtcp { source, bytes } => (Channel::Rtcp, Via::Own, source, bytes),
            Input::Further { socket, source, bytes } => (Channel::Rtp, Via::Further(socket), source, bytes),
            Input::Line { line, bytes } => {
                let Some((channel, server)) = self.wire.line(now, line, bytes) else { return Ok(()) };
                (channel, Via::Line(line), server, bytes)
            }
        };
        let Some(received) = self.wire.receive(now, (channel, via), source, bytes)? else { return Ok(()) };
        let source = received.source;
        let State::Running(plan) = &self.state else { return Err(InputError::NotRunning) };
        match received.kind {
            Kind::Rtp => {
                let event = self.receiving.packet(now, received.packet, plan)?;
                event.into_iter().for_each(|event| push(&mut self.outputs, Output::Event(event)));
            }
            Kind::Rtcp => {
                let news = self.reporting.packet(now, received.packet, &self.sending);
                let news = news.ok_or(InputError::Malformed)?;
                self.heed(&news);
            }
        }
        self.wire.heard(now, channel, source);
        Ok(())
    }

    /// Takes 10 ms from the microphone. Call it every 10 ms also when there is no microphone, with silence: the stream
    /// keeps NATs and the other side awake, and its timestamps count these calls.
    pub fn capture(&mut self, now: Instant, block: &Block) {
        self.microphone.feed(block);
        let State::Running(plan) = &self.state else { return };
        let Self { sending, wire, reached, outputs, .. } = self;
        sending.capture(block, plan, |packet| {
            if let Some(transmit) = wire.send(Kind::Rtp, packet) {
                reached.get_or_insert(now);
                push(outputs, Output::Transmit(transmit));
            }
        });
    }

    /// Gives 10 ms for the speaker; silence when there is nothing to hear.
    pub fn play(&mut self, now: Instant, block: &mut Block) {
        match self.state {
            State::Running(_) => self.receiving.play(now, block),
            State::New | State::Closed => block.fill(0.0),
        }
        self.far.feed(block);
        self.watching.hear_far(block);
    }

    /// Since when sound of ours goes to the other side: what was agreed has its way and its keys. `None` before.
    pub const fn reached(&self) -> Option<Instant> {
        self.reached
    }

    /// Puts so much work into encoding, from the next packet on.
    pub fn set_effort(&mut self, effort: Effort) {
        self.sending.work(effort);
    }

    /// Sends a digit after those that are still waiting (RFC 4733): `0`-`9`, `*`, `#`, `A`-`D`. `false` where the other
    /// side has no telephone-event, the character is no digit, or 64 are waiting.
    pub fn send_digit(&mut self, digit: char) -> bool {
        match &self.state {
            State::Running(plan) if plan.telephone_event.is_some() => self.sending.press(digit),
            State::New | State::Running(_) | State::Closed => false,
        }
    }

    /// Says goodbye (RTCP BYE). Drain [`poll_output`](Self::poll_output) once more afterwards; the session is then over.
    pub fn close(&mut self, now: Instant) {
        if matches!(self.state, State::Running(_)) {
            let metrics = self.watching.metrics(self.parts());
            let bye = self.reporting.bye(now, &self.sending, &mut self.receiving, metrics);
            self.transmit_rtcp(bye);
        }
        self.reporting.stop();
        self.wire.close(now);
        self.pass_on();
        self.watching.stop();
        self.state = State::Closed;
    }

    /// What to do next, until `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let report = self.reporting.due().map(|due| (due, Timer::Report));
        let wire = self.wire.poll_timeout().map(|due| (due, Timer::Wire));
        let second = self.watching.due().map(|due| (due, Timer::Second));
        report.into_iter().chain(wire).chain(second).min_by_key(|(due, _)| *due)
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.reporting.due().is_some_and(|due| due <= now) {
            let metrics = self.watching.metrics(self.parts());
            let Self { reporting, sending, receiving, rng, .. } = self;
            let report = reporting.report(now, (sending, receiving), metrics, rng);
            self.transmit_rtcp(report);
        }
        if self.wire.poll_timeout().is_some_and(|due| due <= now) {
            self.wire.handle_timeout(now);
            self.pass_on();
        }
        if self.watching.due().is_some_and(|due| due <= now) {
            let Self { state, watching, sending, receiving, reporting, wire, .. } = self;
            watching.second(now, Parts { plan: state.plan(), sending, receiving, reporting, wire });
        }
    }

    /// Tells what only the driver knows. Say it whenever it changed, and about once a second.
    pub fn set_surroundings(&mut self, surroundings: Surroundings) {
        self.watching.set_surroundings(surroundings);
    }

    /// How the call sounds, as figures. Cheap.
    pub fn quality(&self, now: Instant) -> Quality {
        self.watching.quality(now, self.parts())
    }

    /// How the call was, so far or after its end; `None` where nothing was ever agreed.
    pub fn summary(&self) -> Option<Summary> {
        self.watching.summary(self.parts())
    }

    /// How loud both sides are. Cheap.
    pub const fn levels(&self) -> Levels {
        Levels { microphone_dbfs: self.microphone.dbfs(), far_dbfs: self.far.dbfs() }
    }

    fn parts(&self) -> Parts<'_> {
        let Self { state, sending, receiving, reporting, wire, .. } = self;
        Parts { plan: state.plan(), sending, receiving, reporting, wire }
    }

    /// What their reports mean for us.
    fn heed(&mut self, news: &News) {
        if let Some(fraction) = news.fraction_lost {
            self.sending.expect_loss((u16::from(fraction) * 100 / 256) as u8);
        }
        if news.bye.is_some() && news.bye == self.receiving.reception().ssrc() {
            push(&mut self.outputs, Output::Event(Event::Bye));
        }
    }

    /// What the wire has to say for itself.
    fn pass_on(&mut self) {
        while let Some(output) = self.wire.poll_output() {
            push(&mut self.outputs, output);
        }
    }

    fn transmit_rtcp(&mut self, packet: Option<Bytes>) {
        if let Some(transmit) = packet.and_then(|packet| self.wire.send(Kind::Rtcp, packet)) {
            push(&mut self.outputs, Output::Transmit(transmit));
        }
    }
}

impl std::fmt::Debug for Session {
    /// All else is what is said in a call: sound, digits, keys, addresses.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.state {
            State::New => "Session(New)",
            State::Running(_) => "Session(Running)",
            State::Closed => "Session(Closed)",
        })
    }
}

fn push(outputs: &mut VecDeque<Output>, output: Output) {
    if outputs.len() >= MOST_OUTPUTS {
        outputs.pop_front();
    }
    outputs.push_back(output);
}
