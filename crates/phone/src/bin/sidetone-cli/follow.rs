//! Follows what happens, says it, and sees that what was asked for is done.

use crate::args::{Goal, Plan};
use crate::commands::{self, Line};
use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::{ContactId, PhaseView, SessionView, TroubleKind, TroubleView};
use sidetone_phone::{Happening, Phone, Views, What};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How the one call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// None yet.
    None,
    /// Talking.
    Connected,
    /// Over after talking.
    Over,
    /// Over before that.
    Failed,
}

/// The follower.
pub(crate) struct Follow {
    phone: Phone,
    plan: Plan,
    registered: bool,
    dialled: bool,
    call: Call,
    leave_at: Option<Instant>,
}

impl Follow {
    /// Nothing has happened yet.
    pub(crate) fn new(phone: Phone, plan: Plan) -> Self {
        Self { phone, plan, registered: false, dialled: false, call: Call::None, leave_at: None }
    }

    /// Whether what was asked for happened so far.
    pub(crate) fn asked_for_happened(&self) -> bool {
        match self.plan.goal {
            Goal::Register => self.registered,
            Goal::Control(_) => true,
            Goal::Answer | Goal::Call(_) => matches!(self.call, Call::Connected | Call::Over),
        }
    }

    /// Runs until it is done; says whether what was asked for happened.
    ///
    /// # Errors
    /// What stood in the way.
    pub(crate) async fn until_done(&mut self, mut views: Views) -> Result<bool, String> {
        if let Some(sign_in) = self.plan.sign_in.take() {
            self.phone.sign_in(sign_in).await.map_err(|trouble| words(trouble.what))?;
        }
        let mut lines = match self.plan.goal {
            Goal::Control(_) => Some(commands::read().map_err(|error| error.to_string())?),
            Goal::Register | Goal::Answer | Goal::Call(_) => None,
        };
        loop {
            self.dial(&views).await?;
            tokio::select! {
                happening = views.happenings.recv() => match happening {
                    Ok(happening) => {
                        line(&happening);
                        if let Some(outcome) = self.on(&happening.what) {
                            return Ok(outcome);
                        }
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Err("the phone stopped".to_owned()),
                },
                changed = views.desk.changed() => changed.map_err(|_| "the phone stopped".to_owned())?,
                line = next(lines.as_mut()) => match line {
                    Some(Ok(Line::Control(control))) => refused(self.phone.control(control).await),
                    Some(Ok(Line::Audio(command))) => refused(self.phone.audio(command).await),
                    Some(Ok(Line::Greeting(command))) => refused(self.phone.greetings(command).await),
                    Some(Err(detail)) => print(None, What::Error { detail, tracking: None }),
                    Some(Ok(Line::Quit)) | None => return Ok(true),
                },
                () = until(self.leave_at) => {
                    self.leave_at = None;
                    match self.call {
                        Call::Connected => self.hang_up(&views).await?,
                        Call::None | Call::Over | Call::Failed => return Ok(self.asked_for_happened()),
                    }
                }
            }
        }
    }

    /// Takes in what happened; gives the outcome when that was the end.
    fn on(&mut self, what: &What) -> Option<bool> {
        let controlled = matches!(self.plan.goal, Goal::Control(_));
        match what {
            What::Registered { .. } => {
                self.registered = true;
                if self.plan.goal == Goal::Register && self.leave_at.is_none() {
                    self.leave_at = self.plan.duration.map(|duration| Instant::now() + duration);
                }
            }
            What::Error { .. } if !controlled && !self.registered && self.call == Call::None => {
                return Some(false);
            }
            What::Connected { .. } | What::Resumed { gap_ms: Some(_) } => {
                self.call = Call::Connected;
                self.leave_at = self.plan.duration.map(|duration| Instant::now() + duration);
            }
            What::Ended { cause, .. } => {
                let talked = self.call == Call::Connected
                    && !matches!(*cause, "broken" | "wrong_key" | "not_encrypted");
                self.call = if talked { Call::Over } else { Call::Failed };
                self.leave_at = None;
                let serving = self.plan.goal == Goal::Answer && self.plan.duration.is_none();
                return (!serving && !controlled).then_some(talked);
            }
            _ => {}
        }
        None
    }

    /// Dials, once the desk lets us.
    async fn dial(&mut self, views: &Views) -> Result<(), String> {
        let (Goal::Call(target) | Goal::Control(Some(target))) = &self.plan.goal else { return Ok(()) };
        let signed_in = matches!(views.desk.borrow().session, SessionView::SignedIn { .. });
        if self.dialled || !signed_in {
            return Ok(());
        }
        self.dialled = true;
        let command = Command::Dial { target: target.clone() };
        self.phone.send(command).await.map_err(|trouble| words(trouble.what))
    }

    async fn hang_up(&self, views: &Views) -> Result<(), String> {
        let talking: Vec<ContactId> = (views.desk.borrow().contacts.iter())
            .filter(|contact| matches!(contact.phase, PhaseView::Connected | PhaseView::OnHold { .. }))
            .map(|contact| contact.id)
            .collect();
        for contact in talking {
            self.phone.send(Command::End { contact }).await.map_err(|trouble| words(trouble.what))?;
        }
        Ok(())
    }
}

/// A trouble for somebody at a command line.
fn words(trouble: TroubleKind) -> String {
    match trouble {
        TroubleKind::BadEntry { field, reason } => format!("{field}: {reason}"),
        TroubleKind::Other { detail } => detail,
        other => format!("{other:?}"),
    }
}

async fn next(lines: Option<&mut mpsc::Receiver<Result<Line, String>>>) -> Option<Result<Line, String>> {
    match lines {
        Some(lines) => lines.recv().await,
        None => std::future::pending().await,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Says why a line was not obeyed, where it was not.
fn refused(answer: Result<(), TroubleView>) {
    if let Err(trouble) = answer {
        let detail = words(trouble.what);
        print(None, What::Error { detail, tracking: Some(trouble.tracking.0) });
    }
}

/// Prints something that happened outside the phone.
pub(crate) fn print(call: Option<u32>, what: What) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    line(&Happening { at_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), call, what });
}

fn line(happening: &Happening) {
    let mut out = std::io::stdout().lock();
    // Whoever reads us may be gone: then there is nobody to tell.
    if let Ok(text) = serde_json::to_string(happening) {
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }
}
