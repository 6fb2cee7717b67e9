//! The desk's end of a story: an engine whose edges are all at hand.

use super::{DESK, SERVER};
use sidetone_desk::{self as desk, HistoryRow, LegId, Update};
use sidetone_phone::What;
use sidetone_phone::engine::{Engine, Input, MediaOrder, Output, Way};
use sidetone_sip::api::{Flow, Found, LookupError, LookupKey, Question, Transmit};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

const FIRST_RTP: u16 = 20_000;

/// An engine whose edges are all at hand: sockets open at once, what is stored is stored, what rings is noted.
pub(crate) struct DeskEnd {
    pub(crate) engine: Engine,
    pub(crate) rows: BTreeMap<String, HistoryRow>,
    pub(crate) happened: Vec<(Option<u32>, What)>,
    pub(crate) media: Vec<(LegId, MediaOrder)>,
    /// What it published, as text.
    pub(crate) published: Vec<String>,
    pub(crate) ringing: bool,
    /// Running calls, as they would be on disk.
    pub(crate) kept: BTreeMap<String, String>,
    /// Everything that would have gone into a log or a debugger's window.
    pub(crate) logged: String,
    /// Legs whose sockets are waited for; `None`: sockets come at once.
    pub(super) unopened: Option<Vec<LegId>>,
    /// Legs whose ways are looked for (ICE).
    pub(super) gathering: Vec<LegId>,
    /// Where it is in the world.
    pub(crate) local: SocketAddr,
    /// Call-ID, the desk's tag and the other side's tag of every call that the desk answered.
    pub(crate) dialogs: Vec<[String; 3]>,
    pub(super) transmits: VecDeque<Transmit>,
    ports: u16,
}

impl DeskEnd {
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            engine,
            rows: BTreeMap::new(),
            happened: Vec::new(),
            media: Vec::new(),
            published: Vec::new(),
            ringing: false,
            kept: BTreeMap::new(),
            logged: String::new(),
            unopened: None,
            gathering: Vec::new(),
            local: DESK.parse().unwrap(),
            dialogs: Vec::new(),
            transmits: VecDeque::new(),
            ports: 0,
        }
    }

    pub(super) fn handle(&mut self, now: Instant, input: Input<'_>) -> Result<(), desk::Error> {
        let result = self.engine.handle_input(now, input);
        self.drain(now);
        result
    }

    pub(super) fn drain(&mut self, now: Instant) {
        while let Some(output) = self.engine.poll_output() {
            self.logged.push_str(&format!("{output:?}\n"));
            match output {
                Output::Transmit(transmit) => {
                    if transmit.payload.starts_with(b"PUBLISH ") {
                        self.published.push(String::from_utf8_lossy(&transmit.payload).into_owned());
                    }
                    self.transmits.push_back(transmit);
                }
                Output::Open { leg, gathers, .. } => {
                    if let Some(unopened) = &mut self.unopened {
                        unopened.push(leg);
                        continue;
                    }
                    self.ports += 2;
                    let rtp = SocketAddr::new(self.local.ip(), FIRST_RTP + self.ports);
                    let way = Way { gathers, ..Way::plain(rtp, rtp.port() + 1) };
                    self.gathering.extend(gathers.then_some(leg));
                    self.engine.handle_input(now, Input::Opened { leg, way: Ok(way) }).unwrap();
                }
                Output::SaveDraft(draft) => {
                    let saved = Update::DraftSaved { contact: draft.contact, version: draft.version };
                    self.engine.handle_input(now, Input::Update(saved)).unwrap();
                }
                Output::Media(leg, order) => self.media.push((leg, order)),
                Output::StartRinging(_) => self.ringing = true,
                Output::StopRinging => self.ringing = false,
                Output::RecordHistory(row) => drop(self.rows.insert(row.id.0.clone(), *row)),
                Output::Happened(call, what) => self.happened.push((call, what)),
                Output::Keep { name, kept: Some(kept) } => drop(self.kept.insert(name, kept.to_text())),
                Output::Keep { name, kept: None } => drop(self.kept.remove(&name)),
                Output::LookUp { lookup, question } => self.look_up(now, lookup, &question),
                Output::Close(_)
                | Output::Favour(_)
                | Output::SaveState(_)
                | Output::Log(..)
                | Output::Play { .. }
                | Output::Greet { .. }
                | Output::Record(_)
                | Output::ViewChanged => {}
            }
        }
    }

    /// The address of the newest leg's socket.
    pub(super) fn newest_rtp(&self) -> SocketAddr {
        SocketAddr::new(self.local.ip(), FIRST_RTP + self.ports)
    }

    /// The one server there is has a name, too: `server.example`.
    fn look_up(&mut self, now: Instant, lookup: LookupKey, question: &Question) {
        let found = match question {
            Question::Paths { host, port, transport, .. }
                if host == "server.example" || host == "10.0.0.2" =>
            {
                let mut remote: SocketAddr = SERVER.parse().unwrap();
                remote.set_port(*port);
                Ok(Found::Paths(vec![Flow { transport: *transport, local: self.local, remote }]))
            }
            Question::Naptr(_) | Question::Srv(_) | Question::Paths { .. } => Err(LookupError::NoSuchName),
        };
        self.engine.handle_input(now, Input::LookedUp { lookup, found }).unwrap();
    }
}
