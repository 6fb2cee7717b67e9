//! My recordings (CALL-15): greetings are spoken, listened to, cut and kept here, while no call goes on. The disk is asked
//! beside the event loop.

mod draft;

use super::errand::Errand;
use super::{Run, unix_millis};
use crate::greetings::{
    GreetingCommand, GreetingTrouble, GreetingView, GreetingsView, ListeningView, StudioView,
};
use crate::happening::What;
use crate::media::Order;
use draft::{Draft, LONGEST, millis, samples};
use sidetone_desk::view::{ActionView, DeskView, PhaseView, UnixMillis, Why};
use sidetone_desk::{Pii, Update};
use sidetone_store::GreetingFolder;
use std::io;

/// The settings key of the greeting that callers hear when they are answered.
pub(super) const ON_ANSWER: &str = "greeting-on-answer";

/// What is kept, what is being made, what is listened to.
#[derive(Default)]
pub(crate) struct StudioDesk {
    kept: Vec<GreetingView>,
    on_answer: Option<String>,
    making: Making,
    listening: Listening,
    removed: Option<Removed>,
    trouble: Option<GreetingTrouble>,
}

/// What is being made.
#[derive(Default)]
enum Making {
    #[default]
    Nothing,
    Recording {
        since: UnixMillis,
    },
    /// What comes of it is not wanted any more.
    Dropping,
    Draft(Draft),
}

#[derive(Default, Clone, PartialEq)]
enum Listening {
    #[default]
    Nothing,
    Draft {
        since: UnixMillis,
        from_ms: u32,
    },
    Kept(String),
}

/// What can be brought back, and whether callers heard it when they were answered.
struct Removed {
    name: String,
    on_answer: bool,
}

/// What the disk did.
pub(crate) enum Done {
    Listed,
    Kept,
    Renamed {
        name: String,
        to: String,
    },
    Removed {
        name: String,
    },
    Restored {
        name: String,
    },
    /// It is there, to be played on answer.
    Chosen {
        name: String,
    },
    /// Read, to be listened to.
    Read {
        name: String,
        samples: Vec<f32>,
    },
}

/// What came back from the disk.
pub(crate) struct FromDisk {
    done: Result<Done, GreetingTrouble>,
    kept: Vec<GreetingView>,
}

impl StudioDesk {
    /// With the greeting that callers hear when they are answered.
    pub(super) fn new(on_answer: Option<String>) -> Self {
        Self { on_answer, ..Self::default() }
    }

    /// As the window shows it; `busy`: a call goes on.
    pub(super) fn view(&self, busy: bool) -> GreetingsView {
        let longest_ms = millis(LONGEST);
        GreetingsView {
            greetings: self.kept.clone(),
            on_answer: self.on_answer.clone(),
            studio: match &self.making {
                Making::Nothing | Making::Dropping => StudioView::Empty,
                Making::Recording { since } => StudioView::Recording { since: *since, longest_ms },
                Making::Draft(draft) => draft.view(),
            },
            listening: match &self.listening {
                Listening::Nothing => ListeningView::Nothing,
                Listening::Draft { since, from_ms } => {
                    ListeningView::Draft { since: *since, from_ms: *from_ms }
                }
                Listening::Kept(name) => ListeningView::Kept { name: name.clone() },
            },
            ready: match busy {
                true => ActionView::Blocked { why: Why::ContactActive },
                false => ActionView::Ready,
            },
            removed: self.removed.as_ref().map(|removed| removed.name.clone()),
            trouble: self.trouble,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.kept.iter().any(|greeting| greeting.name == name)
    }
}

impl Run {
    /// At the start.
    pub(super) fn open_studio(&mut self) {
        let on_answer = self.studio.on_answer.clone();
        self.update(Update::GreetingOnAnswer(on_answer.map(Pii::new)));
        self.ask_disk(|_| Ok(Done::Listed));
    }

    pub(super) fn greetings(&mut self, command: GreetingCommand) {
        self.studio.trouble = None;
        match command {
            GreetingCommand::Refresh => self.ask_disk(|_| Ok(Done::Listed)),
            GreetingCommand::Record => self.record_greeting(),
            GreetingCommand::StopRecording => self.media.tell(Order::StopDictating),
            GreetingCommand::Discard => self.discard(),
            GreetingCommand::Listen { from_ms, to_ms } => self.listen_to_draft(from_ms, to_ms),
            GreetingCommand::ListenTo { name } => self.listen_to(name),
            GreetingCommand::StopListening => self.media.tell(Order::StopListening),
            GreetingCommand::Keep { name, from_ms, to_ms } => self.keep_draft(name, from_ms, to_ms),
            GreetingCommand::Rename { name, to } if name == to => {}
            GreetingCommand::Rename { name, to } if self.is_free(&to) => {
                self.ask_disk(move |folder| {
                    folder.rename(&name, &to).map_err(trouble)?;
                    Ok(Done::Renamed { name, to })
                });
            }
            GreetingCommand::Rename { .. } => {}
            GreetingCommand::Remove { name } => self.ask_disk(move |folder| {
                folder.set_aside(&name).map_err(trouble)?;
                Ok(Done::Removed { name })
            }),
            GreetingCommand::Restore => {
                if let Some(Removed { name, .. }) = &self.studio.removed {
                    let name = name.clone();
                    self.ask_disk(move |folder| {
                        folder.bring_back(&name).map_err(trouble)?;
                        Ok(Done::Restored { name })
                    });
                }
            }
            GreetingCommand::PlayOnAnswer { name: None } => self.set_on_answer(None),
            GreetingCommand::PlayOnAnswer { name: Some(name) } => self.ask_disk(move |folder| {
                let known = folder.file(&name).is_some_and(|file| file.is_file());
                if known { Ok(Done::Chosen { name }) } else { Err(GreetingTrouble::Disk) }
            }),
        }
        self.publish_greetings();
    }

    /// Whether a greeting may get this name; else why not is said.
    fn is_free(&mut self, name: &str) -> bool {
        self.studio.trouble = match self.fixed.greetings.file(name) {
            None => Some(GreetingTrouble::BadName),
            Some(_) if self.studio.has(name) => Some(GreetingTrouble::NameTaken),
            Some(_) => None,
        };
        self.studio.trouble.is_none()
    }

    fn record_greeting(&mut self) {
        if self.is_in_call() || !matches!(self.studio.making, Making::Nothing | Making::Draft(_)) {
            return;
        }
        self.media.tell(Order::StopListening);
        self.media.tell(Order::Dictate(Vec::with_capacity(samples(millis(LONGEST)))));
        self.studio.making = Making::Recording { since: UnixMillis(unix_millis()) };
    }

    fn discard(&mut self) {
        self.media.tell(Order::StopListening);
        self.studio.making = match &self.studio.making {
            Making::Recording { .. } | Making::Dropping => {
                self.media.tell(Order::StopDictating);
                Making::Dropping
            }
            Making::Nothing | Making::Draft(_) => Making::Nothing,
        };
    }

    fn listen_to_draft(&mut self, from_ms: u32, to_ms: u32) {
        let Making::Draft(draft) = &self.studio.making else { return };
        let clip = draft.part(from_ms, to_ms).to_vec();
        if !clip.is_empty() && !self.is_in_call() {
            self.media.tell(Order::Listen(clip));
            self.studio.listening = Listening::Draft { since: UnixMillis(unix_millis()), from_ms };
        }
    }

    fn listen_to(&mut self, name: String) {
        if !self.is_in_call() {
            self.ask_disk(move |folder| {
                let file = folder.file(&name).ok_or(GreetingTrouble::BadName)?;
                let most = samples(millis(LONGEST));
                let samples = sidetone_store::read_recording(&file, most).map_err(trouble)?;
                Ok(Done::Read { name, samples })
            });
        }
    }

    fn keep_draft(&mut self, name: String, from_ms: u32, to_ms: u32) {
        let Making::Draft(draft) = &self.studio.making else { return };
        let spoken = draft.part(from_ms, to_ms).to_vec();
        if self.is_free(&name) {
            self.media.tell(Order::StopListening);
            self.ask_disk(move |folder| match folder.keep(&name, &spoken).map_err(trouble)? {
                true => Ok(Done::Kept),
                false => Err(GreetingTrouble::NothingSaid),
            });
        }
    }

    fn set_on_answer(&mut self, name: Option<String>) {
        self.studio.on_answer.clone_from(&name);
        self.update(Update::GreetingOnAnswer(name.clone().map(Pii::new)));
        let job = self.store.run(move |store| match &name {
            Some(name) => store.put_setting(ON_ANSWER, name),
            None => store.remove_setting(ON_ANSWER),
        });
        self.keep(job, || Errand::Stored);
    }

    /// Asks the disk, and for what is kept afterwards.
    fn ask_disk(&self, job: impl FnOnce(&GreetingFolder) -> Result<Done, GreetingTrouble> + Send + 'static) {
        let folder = self.fixed.greetings.clone();
        self.send_for(async move {
            let asked = tokio::task::spawn_blocking(move || {
                let done = job(&folder);
                let kept = folder.all().unwrap_or_default();
                let view = |(name, length): (String, _)| GreetingView { name, length_ms: millis(length) };
                FromDisk { done, kept: kept.into_iter().map(view).collect() }
            });
            let broken = |_| FromDisk { done: Err(GreetingTrouble::Disk), kept: Vec::new() };
            Errand::Greetings(asked.await.unwrap_or_else(broken))
        });
    }

    pub(super) fn on_greetings(&mut self, from: FromDisk) {
        self.studio.kept = from.kept;
        match from.done {
            Err(trouble) => {
                let detail = format!("a greeting: {trouble:?}");
                self.happened(None, What::Error { detail, tracking: None });
                self.studio.trouble = Some(trouble);
            }
            Ok(Done::Listed) => {}
            Ok(Done::Kept) => {
                self.studio.making = Making::Nothing;
                self.happened(None, What::GreetingKept);
            }
            Ok(Done::Renamed { name, to }) => {
                if self.studio.on_answer.as_ref() == Some(&name) {
                    self.set_on_answer(Some(to));
                }
            }
            Ok(Done::Chosen { name }) => {
                self.set_on_answer(Some(name));
                self.happened(None, What::GreetingOnAnswer);
            }
            Ok(Done::Removed { name }) => {
                let on_answer = self.studio.on_answer.as_ref() == Some(&name);
                self.studio.removed = Some(Removed { name, on_answer });
                if on_answer {
                    self.set_on_answer(None);
                }
            }
            Ok(Done::Restored { name }) => {
                if self.studio.removed.take().is_some_and(|removed| removed.on_answer) {
                    self.set_on_answer(Some(name));
                }
            }
            Ok(Done::Read { name, samples }) => {
                if !self.is_in_call() && !samples.is_empty() {
                    self.media.tell(Order::Listen(samples));
                    self.studio.listening = Listening::Kept(name);
                }
            }
        }
        self.publish_greetings();
    }

    /// What was spoken.
    pub(super) fn on_dictated(&mut self, spoken: Vec<f32>) {
        self.studio.making = match std::mem::take(&mut self.studio.making) {
            Making::Recording { .. } => {
                let draft = Draft::new(spoken);
                self.happened(None, What::GreetingSpoken { length_ms: draft.length_ms() });
                Making::Draft(draft)
            }
            Making::Dropping | Making::Nothing => Making::Nothing,
            Making::Draft(draft) => Making::Draft(draft),
        };
        self.publish_greetings();
    }

    pub(super) fn on_listened(&mut self) {
        self.studio.listening = Listening::Nothing;
        self.publish_greetings();
    }

    /// A call needs microphone and ear: what was spoken so far stays.
    pub(super) fn make_way(&self, view: &DeskView) {
        if in_call(view) {
            if let Making::Recording { .. } = self.studio.making {
                self.media.tell(Order::StopDictating);
            }
            if self.studio.listening != Listening::Nothing {
                self.media.tell(Order::StopListening);
            }
        }
    }

    fn is_in_call(&self) -> bool {
        in_call(&self.outlets.desk.borrow())
    }

    pub(super) fn publish_greetings(&self) {
        let view = self.studio.view(self.is_in_call());
        self.outlets.greetings.send_if_modified(|shown| {
            let changed = *shown != view;
            *shown = view;
            changed
        });
    }
}

/// Whether a call is going on or being set up.
fn in_call(view: &DeskView) -> bool {
    view.contacts.iter().any(|contact| match contact.phase {
        PhaseView::Answering
        | PhaseView::Dialing
        | PhaseView::RingingThere
        | PhaseView::Connected
        | PhaseView::OnHold { .. } => true,
        PhaseView::Connecting | PhaseView::Ringing { .. } | PhaseView::WrapUp { .. } => false,
    })
}

fn trouble(error: io::Error) -> GreetingTrouble {
    match error.kind() {
        io::ErrorKind::InvalidInput => GreetingTrouble::BadName,
        io::ErrorKind::AlreadyExists => GreetingTrouble::NameTaken,
        _ => GreetingTrouble::Disk,
    }
}
