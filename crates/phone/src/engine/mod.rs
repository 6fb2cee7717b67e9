//! The phone without I/O: user agent, desk and every call's negotiation, and what passes between them.
//!
//! [`Engine`] is driven like a core (`handle_input`, `handle_timeout`, `poll_timeout`, `poll_output`): by the event loop
//! in real time, by the scenario tests in virtual time. [`from_sip`] and [`from_desk`] are the one place where SIP is
//! translated for the desk and back; neither of the two knows the other.

mod conference;
mod control;
mod facts;
mod from_desk;
mod from_sip;
mod inviting;
mod kept;
mod leg;
mod network;
mod news;
mod place;
mod privacy;
mod quality;
mod report;
mod resume;
mod session;
mod silence;
mod trouble;
mod ways;
mod whisper;

pub use facts::{Facts, Rules, Source, VariableRule};
pub use kept::{Kept, NotKept};
pub use leg::{Ears, MediaOrder};
pub use network::BadCertificate;
pub use report::Collector;
pub use ways::{IceMode, Towards, Way};
pub use whisper::Whispers;

use crate::control::Control;
use crate::happening::What;
use control::Asked;
use leg::Legs;
use network::Paths;
use place::Refers;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use report::Reporting;
use resume::Keeping;
use session::Session;
use sidetone_desk::view::{DeskView, QualityView, TroubleKind, UnixMillis};
use sidetone_desk::{self as desk, Desk, HistoryRow, LegId, Pii, Ring, RowId, Update, command::Command};
use sidetone_media::ice::News;
use sidetone_media::session::KeyTrouble;
use sidetone_media::{
    Codec,
    quality::Summary,
    sdp::{OpusSettings, Security},
};
use sidetone_sip::api::{self as sip, Account, Flow, Found, LookupError, LookupKey, Question, Transmit};
use sidetone_sip::{self as sip_agent, UserAgent};
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What the engine is made with.
#[derive(Clone)]
pub struct Config {
    /// The user agent's.
    pub sip: sip_agent::Config,
    /// The desk's.
    pub desk: desk::Config,
    /// How queue, number and variables are read from a call.
    pub rules: Rules,
    /// What we bring to a call's negotiation.
    pub media: MediaRules,
    /// Whether calls are made that the own server asks for by REFER.
    pub follows_refers: bool,
    /// How long a party may send nothing who should; `None`: for ever.
    pub media_timeout: Option<Duration>,
    /// With whom ways for media are looked for (ICE).
    pub ice: IceMode,
    /// Whom calls are reported to at their end (RFC 6035), by the agent's own account; `None`: nobody.
    pub collector: Option<Collector>,
}

/// What we bring to a call's negotiation.
#[derive(Debug, Clone)]
pub struct MediaRules {
    /// The codecs, best first.
    pub codecs: Vec<Codec>,
    /// How Opus is spoken.
    pub opus: OpusSettings,
    /// Whether silence beside other codecs is told by comfort noise.
    pub comfort_noise: bool,
    /// Whether and how calls are protected.
    pub security: Security,
}

/// Who signs in, and how.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// Register with a server.
    Register {
        /// With this account.
        account: Account,
        /// And, for as long as that lasts, these: their calls come, too.
        beside: Vec<Account>,
        /// As shown to the agent.
        shown: String,
        /// It is the practice exchange's.
        practice: bool,
    },
    /// Without a server: calls go straight to their target and come from anywhere.
    Direct {
        /// Our address, as others see it.
        aor: String,
        /// The transport for calls that we make; `None`: what their domain wants.
        transport: Option<sip::Transport>,
    },
}

/// What the engine takes in.
#[derive(Debug)]
pub enum Input<'a> {
    /// A SIP message came.
    Received {
        /// The path.
        flow: Flow,
        /// The bytes.
        message: &'a [u8],
    },
    /// A path is gone.
    FlowFailed {
        /// Which.
        flow: Flow,
        /// Where it was for a certificate.
        certificate: Option<BadCertificate>,
    },
    /// The answer to [`Output::LookUp`].
    LookedUp {
        /// Which question.
        lookup: LookupKey,
        /// What there is.
        found: Result<Found, LookupError>,
    },
    /// Our addresses are others than before, or the machine slept.
    NetworkChanged,
    /// A wish of the agent.
    Command(Command),
    /// A wish of a script.
    Control(Control),
    /// Sign in.
    SignIn(SignIn),
    /// A call of before a crash, as [`Output::Keep`] gave it.
    Found {
        /// What was kept of it.
        kept: Box<Kept>,
        /// How long the program was not alive.
        gap: Duration,
    },
    /// The answer to [`Output::Open`].
    Opened {
        /// Which leg.
        leg: LegId,
        /// What there is now, or why there is nothing.
        way: Result<Way, TroubleKind>,
    },
    /// What looking for a way brought.
    Path {
        /// Which leg.
        leg: LegId,
        /// What.
        news: News,
    },
    /// How a call sounds.
    Quality {
        /// Which leg.
        leg: LegId,
        /// The figures.
        quality: QualityView,
        /// What it was like from its beginning.
        so_far: Option<Box<Summary>>,
    },
    /// What was played beside a leg's talk is over.
    Played {
        /// Which leg.
        leg: LegId,
        /// `false`: there was nothing that could be played.
        played: bool,
    },
    /// A call's keys are agreed on, or cannot be.
    Secured {
        /// Which leg.
        leg: LegId,
        /// How it came out.
        secured: Result<(), KeyTrouble>,
    },
    /// What the edges have to tell the desk: devices, drafts on disk, the store's state.
    Update(Update),
}

/// What the engine gives out.
#[derive(Debug)]
pub enum Output {
    /// Send a SIP message.
    Transmit(Transmit),
    /// Drop the connection of this path, where there is one: the next message opens another.
    Close(Flow),
    /// Look this up; [`Input::LookedUp`] answers, always.
    LookUp {
        /// For the answer.
        lookup: LookupKey,
        /// What is asked.
        question: Question,
    },
    /// These are the accounts' servers: what they send comes first.
    Favour(BTreeSet<IpAddr>),
    /// Open media for this leg; [`Input::Opened`] answers.
    Open {
        /// Which leg.
        leg: LegId,
        /// Which way it goes.
        to: Towards,
        /// Look for what they may be reached at, too (ICE).
        gathers: bool,
    },
    /// Do something with a leg's media.
    Media(LegId, MediaOrder),
    /// Play this file; nothing is played that cannot be read, and then that is said.
    Play {
        /// Beside which leg's talk.
        leg: LegId,
        /// A WAV or Ogg Opus file.
        file: Pii<PathBuf>,
        /// To whom.
        ears: Ears,
    },
    /// Record this leg's talk; nothing is recorded where that cannot be, and then that is said.
    Record(LegId),
    /// Play the agent's greeting by this name to both sides (CALL-15).
    Greet {
        /// Beside which leg's talk.
        leg: LegId,
        /// Its name.
        name: Pii<String>,
    },
    /// Ring in a loop.
    StartRinging(Ring),
    /// Stop ringing.
    StopRinging,
    /// Keep a draft; [`Update::DraftSaved`] answers.
    SaveDraft(Draft),
    /// Insert or replace a row.
    RecordHistory(Box<HistoryRow>),
    /// Keep a running call for the time after a crash, in place of what was kept by this name; `None`: it is over.
    Keep {
        /// Letters and digits; the same in every run.
        name: String,
        /// What to keep.
        kept: Option<Box<Kept>>,
    },
    /// Keep the agent's state for the next start; `None`: there is none to keep.
    SaveState(Option<desk::view::ChoiceView>),
    /// Log a trouble under the id that the agent reads.
    Log(desk::view::TrackingId, TroubleKind),
    /// Say what happened, with the number of the call it belongs to.
    Happened(Option<u32>, What),
    /// [`Engine::view`] is another one.
    ViewChanged,
}

/// What the agent typed so far.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The row it belongs to.
    pub row: RowId,
    /// The contact, for the answer.
    pub contact: desk::view::ContactId,
    /// The version, for the answer.
    pub version: u32,
    /// The chosen reason.
    pub reason: Option<desk::view::CodeId>,
    /// The notes.
    pub notes: Pii<String>,
}

/// The phone without I/O.
pub struct Engine {
    agent: UserAgent,
    desk: Desk,
    legs: Legs,
    session: Session,
    asked: Asked,
    keeping: Keeping,
    paths: Paths,
    /// How long a party may be silent who should not be; `None`: for ever.
    patience: Option<Duration>,
    rules: Rules,
    media: MediaRules,
    refers: Refers,
    reporting: Reporting,
    seeds: StdRng,
    outputs: VecDeque<Output>,
}

impl Engine {
    /// Nobody is signed in. `anchor` is one point in time in both clocks; the same seed gives the same run.
    pub fn new(config: Config, anchor: (Instant, UnixMillis), seed: [u8; 32]) -> Self {
        let mut seeds = StdRng::from_seed(seed);
        Self {
            agent: UserAgent::new(config.sip, seeds.random()),
            desk: Desk::new(config.desk, anchor, seeds.random()),
            legs: Legs::default(),
            session: Session::Out,
            asked: Asked::default(),
            keeping: Keeping::default(),
            paths: Paths::new(config.ice),
            patience: config.media_timeout,
            rules: config.rules,
            media: config.media,
            refers: Refers::new(config.follows_refers),
            reporting: Reporting::new(config.collector, anchor),
            seeds,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input in.
    ///
    /// # Errors
    /// Only a [`Input::Command`] or [`Input::Control`] is ever refused, and then nothing changed.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) -> Result<(), desk::Error> {
        let refused = match input {
            Input::Received { flow, message } => {
                self.tell_agent(now, sip::Input::Received { flow, message });
                Ok(())
            }
            Input::FlowFailed { flow, certificate } => {
                if certificate.is_some() {
                    self.paths.certificate = certificate;
                }
                self.tell_agent(now, sip::Input::FlowFailed { flow });
                Ok(())
            }
            Input::LookedUp { lookup, found } => {
                self.tell_agent(now, sip::Input::LookedUp { lookup, found });
                Ok(())
            }
            Input::NetworkChanged => {
                self.tell_agent(now, sip::Input::NetworkChanged);
                Ok(())
            }
            Input::Command(command) => self.desk.handle_input(now, desk::Input::Command(command)),
            Input::Control(control) => self.control(now, control),
            Input::SignIn(sign_in) => {
                self.sign_in(now, sign_in);
                Ok(())
            }
            Input::Found { kept, gap } => {
                self.found(now, kept, gap);
                Ok(())
            }
            Input::Opened { leg, way } => {
                self.sockets_opened(now, leg, way);
                Ok(())
            }
            Input::Path { leg, news } => {
                self.on_path_news(now, leg, news);
                Ok(())
            }
            Input::Quality { leg, quality, so_far } => {
                self.sounds(now, leg, quality, so_far);
                Ok(())
            }
            Input::Played { leg, played } => {
                self.played(now, leg, played);
                Ok(())
            }
            Input::Secured { leg, secured } => {
                self.secured(now, leg, secured);
                Ok(())
            }
            Input::Update(update) => {
                self.tell_desk(now, update);
                Ok(())
            }
        };
        self.settle(now);
        refused
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.agent.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.agent.handle_timeout(now);
        }
        if self.desk.poll_timeout().is_some_and(|(due, _)| due <= now) {
            self.desk.handle_timeout(now);
        }
        if self.wakes_at().is_some_and(|due| due <= now) {
            self.wake(now);
        }
        self.settle(now);
    }

    /// When [`Engine::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let agent = self.agent.poll_timeout().map(|(due, _)| due);
        let desk = self.desk.poll_timeout().map(|(due, _)| due);
        agent.into_iter().chain(desk).chain(self.wakes_at()).min()
    }

    /// What to do next, until `None`; after every `handle_*`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What the screen shows.
    pub fn view(&self) -> DeskView {
        self.desk.view()
    }

    /// The number that a leg has in what happens.
    pub fn number(&self, leg: LegId) -> Option<u32> {
        self.legs.number(leg)
    }

    /// Ends every call and leaves the server, whatever the desk thinks of it: the program is about to stop.
    pub fn shut_down(&mut self, now: Instant) {
        for leg in self.legs.ids() {
            self.hang_up(now, leg);
        }
        // What there is to report of them goes out while the server still knows us.
        self.settle(now);
        self.wake_all(now);
        self.stop_session(now);
        self.settle(now);
    }

    /// Where our servers are, as far as they were found.
    pub fn server_addresses(&self) -> BTreeSet<IpAddr> {
        self.agent.server_addresses()
    }

    /// Whether nothing is left to be waited for after [`Engine::shut_down`].
    pub fn is_idle(&self) -> bool {
        self.legs.is_empty() && !self.agent.is_waiting() && self.session.is_over()
    }

    /// Passes on what agent and desk have to say to each other, until both are silent.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.agent.poll_output() {
                match output {
                    sip::Output::Transmit(transmit) => self.outputs.push_back(Output::Transmit(transmit)),
                    sip::Output::Keep { call, saved } => self.keep(call, saved),
                    sip::Output::Close { flow } => self.outputs.push_back(Output::Close(flow)),
                    sip::Output::LookUp { lookup, question } => {
                        self.outputs.push_back(Output::LookUp { lookup, question });
                    }
                    sip::Output::Event(event) => self.on_sip(now, event),
                }
            } else if let Some(output) = self.desk.poll_output() {
                self.on_desk(now, output);
            } else {
                return self.keep_up();
            }
        }
    }

    fn tell_desk(&mut self, now: Instant, update: Update) {
        // Updates are never refused.
        let _ = self.desk.handle_input(now, desk::Input::Update(update));
    }

    fn tell_agent(&mut self, now: Instant, input: sip::Input<'_>) {
        self.agent.handle_input(now, input);
    }

    fn command_agent(&mut self, now: Instant, command: sip::Command) {
        self.tell_agent(now, sip::Input::Command(command));
    }

    fn say(&mut self, leg: LegId, what: What) {
        let number = self.legs.number(leg);
        self.outputs.push_back(Output::Happened(number, what));
    }
}
