//! Signing in and out, as the servers see it: the agent's own account, and those that are registered beside it for as
//! long as that one is. Only the agent's own account decides what the agent is told.

use super::{Engine, Output, SignIn, trouble};
use crate::happening::What;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, TroubleKind};
use sidetone_desk::{self as desk, Update};
use sidetone_sip::api::{self as sip, Account, AccountKey, Failure, Flow};
use std::time::{Duration, Instant};

/// The account that the agent works with. Those beside it have the next numbers.
pub(super) const WORK: AccountKey = AccountKey(0);

/// Where our signing in stands.
#[derive(Debug)]
pub(super) enum Session {
    Out,
    SigningIn {
        account: Box<Account>,
        beside: Vec<Account>,
        shown: String,
        practice: bool,
    },
    /// `beside`: how many accounts are registered beside it.
    In {
        account: Box<Account>,
        path: Flow,
        beside: u32,
        reach: Reach,
    },
    /// Without a server.
    Direct {
        aor: String,
        transport: Option<sip::Transport>,
    },
    SigningOut,
    /// The program ends; the server's word is waited for.
    Leaving,
    /// The program ends.
    Ended,
}

/// Whether the server knows us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Known,
    /// It did; the user agent goes on trying.
    Lost,
}

impl Session {
    /// Whether no new call has a place here any more.
    pub(super) fn is_ending(&self) -> bool {
        match self {
            Session::Leaving | Session::Ended => true,
            Session::Out
            | Session::SigningIn { .. }
            | Session::In { .. }
            | Session::Direct { .. }
            | Session::SigningOut => false,
        }
    }

    /// Whether no server has a word to say.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Session::Out | Session::Direct { .. } | Session::Ended => true,
            Session::SigningIn { .. } | Session::In { .. } | Session::SigningOut | Session::Leaving => false,
        }
    }
}

impl Engine {
    pub(super) fn sign_in(&mut self, now: Instant, sign_in: SignIn) {
        self.leave_beside(now);
        self.paths.certificate = None;
        match sign_in {
            SignIn::Register { account, beside, shown, practice } => {
                self.tell_desk(now, Update::SigningIn { account: shown.clone(), practice });
                let identity = Box::new(account.clone());
                self.command_agent(now, sip::Command::Register { account: WORK, identity });
                self.session = Session::SigningIn { account: Box::new(account), beside, shown, practice };
            }
            SignIn::Direct { aor, transport } => {
                self.tell_desk(now, Update::SignedIn { account: aor.clone(), practice: false });
                self.session = Session::Direct { aor, transport };
            }
        }
    }

    pub(super) fn sign_out(&mut self, now: Instant) {
        match self.session {
            Session::In { .. } | Session::SigningIn { .. } => self.leave(now, Session::SigningOut),
            Session::Direct { .. } | Session::Out => {
                self.session = Session::Out;
                self.tell_desk(now, Update::SignedOut);
            }
            Session::SigningOut | Session::Leaving | Session::Ended => {}
        }
    }

    /// The program is about to stop.
    pub(super) fn stop_session(&mut self, now: Instant) {
        match self.session {
            Session::In { .. } | Session::SigningIn { .. } => self.leave(now, Session::Leaving),
            Session::SigningOut | Session::Leaving => self.session = Session::Leaving,
            Session::Direct { .. } | Session::Out | Session::Ended => self.session = Session::Ended,
        }
    }

    fn leave(&mut self, now: Instant, towards: Session) {
        self.leave_beside(now);
        self.session = towards;
        self.command_agent(now, sip::Command::Unregister { account: WORK });
    }

    fn leave_beside(&mut self, now: Instant) {
        if let Session::In { beside, .. } = &mut self.session {
            for key in 1..=std::mem::take(beside) {
                self.agent.handle_input(
                    now,
                    sip::Input::Command(sip::Command::Unregister { account: AccountKey(key) }),
                );
            }
        }
    }

    pub(super) fn on_registered(&mut self, now: Instant, key: AccountKey, path: Flow, expires: Duration) {
        self.reached(key, Some(path));
        if key != WORK {
            return;
        }
        self.outputs.push_back(Output::Happened(None, What::Registered { expires_s: expires.as_secs() }));
        match std::mem::replace(&mut self.session, Session::Out) {
            Session::SigningIn { account, beside, shown, practice } => {
                self.tell_desk(now, Update::SignedIn { account: shown, practice });
                if practice {
                    // Whoever practises came for a call; what the last session left behind counts for nothing.
                    let available = Command::SetState { to: ChoiceView::Available };
                    let _ = self.desk.handle_input(now, desk::Input::Command(available));
                }
                let beside = self.register_beside(now, beside);
                self.session = Session::In { account, path, beside, reach: Reach::Known };
                self.wake_all(now);
            }
            Session::In { account, beside, reach, .. } => {
                if reach == Reach::Lost {
                    self.tell_desk(now, Update::RegistrationBack);
                }
                self.session = Session::In { account, path, beside, reach: Reach::Known };
            }
            other @ (Session::Out
            | Session::Direct { .. }
            | Session::SigningOut
            | Session::Leaving
            | Session::Ended) => self.session = other,
        }
    }

    fn register_beside(&mut self, now: Instant, accounts: Vec<Account>) -> u32 {
        let mut count = 0;
        for account in accounts {
            count += 1;
            let identity = Box::new(account);
            self.command_agent(now, sip::Command::Register { account: AccountKey(count), identity });
        }
        count
    }

    pub(super) fn on_registration_failed(
        &mut self,
        now: Instant,
        key: AccountKey,
        why: &Failure,
        retry_in: Option<Duration>,
    ) {
        if key != WORK {
            // What it failed by says nothing about the agent's own server.
            self.paths.certificate = None;
            let detail = format!("an account beside the agent's is not registered: {}", describe(why));
            return self.outputs.push_back(Output::Happened(None, What::Error { detail, tracking: None }));
        }
        let server = self.server_name();
        let (kind, detail) = match (why, &self.paths.certificate) {
            // Which check failed says more than that nothing came of it.
            (Failure::Transport | Failure::Timeout, Some(bad)) => {
                let kind = TroubleKind::Certificate { server, problem: bad.problem };
                (kind, format!("registration failed: the server's certificate {}", bad.detail))
            }
            (why, _) => {
                let detail = format!("registration failed: {}", describe(why));
                (trouble::of_registration(why, &server), detail)
            }
        };
        self.outputs.push_back(Output::Happened(None, What::Error { detail, tracking: None }));
        match (&mut self.session, retry_in) {
            (Session::In { reach, .. }, Some(_)) => {
                *reach = Reach::Lost;
                self.tell_desk(now, Update::RegistrationLost(kind));
            }
            (Session::SigningIn { .. } | Session::In { .. }, _) => {
                // Somebody is looking at the sign-in: better an answer now than another try behind their back.
                self.tell_desk(now, Update::SignInFailed(kind));
                self.leave(now, Session::Out);
            }
            (Session::SigningOut | Session::Leaving, _) => self.on_unregistered(now, key),
            (Session::Out | Session::Direct { .. } | Session::Ended, _) => {}
        }
    }

    pub(super) fn on_unregistered(&mut self, now: Instant, key: AccountKey) {
        let towards = match self.session {
            _ if key != WORK => return,
            Session::SigningOut => Session::Out,
            Session::Leaving => Session::Ended,
            Session::Out
            | Session::SigningIn { .. }
            | Session::In { .. }
            | Session::Direct { .. }
            | Session::Ended => return,
        };
        self.session = towards;
        self.reached(key, None);
        self.tell_desk(now, Update::SignedOut);
        self.outputs.push_back(Output::Happened(None, What::Unregistered));
    }

    /// What the agent knows the server by.
    pub(super) fn server_name(&self) -> String {
        match &self.session {
            Session::SigningIn { account, .. } | Session::In { account, .. } => {
                let host = account.aor.rsplit('@').next().unwrap_or_default();
                host.split(';').next().unwrap_or_default().to_owned()
            }
            Session::Direct { .. }
            | Session::Out
            | Session::SigningOut
            | Session::Leaving
            | Session::Ended => String::new(),
        }
    }
}

/// A failure to register, for what happens to be said.
fn describe(why: &Failure) -> String {
    match why {
        Failure::Status { code, .. } => format!("the server answered {code}"),
        Failure::Credentials => "account or password refused".to_owned(),
        Failure::Timeout => "no answer in time".to_owned(),
        Failure::Transport => "the server cannot be reached".to_owned(),
        Failure::NoSuchName => "there is no such name".to_owned(),
        Failure::Protocol => "what came back is not SIP".to_owned(),
    }
}
