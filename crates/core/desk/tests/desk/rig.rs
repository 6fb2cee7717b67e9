//! A desk on a clock of its own, and short words for what tests say to it.

use sidetone_desk::command::Command;
use sidetone_desk::view::{
    ChoiceView, CodeId, CodeView, ContactId, ContactView, DeskView, PhaseView, StateLabel, UnixMillis,
};
use sidetone_desk::{
    Config, Desk, EndCause, Error, HistoryRow, Input, LegId, Offer, Output, Party, Pii, Update,
};
use std::time::{Duration, Instant};

/// Where the wall clock starts.
pub(crate) const START: i64 = 1_800_000_000_000;

/// A desk and its clock.
pub(crate) struct Rig {
    pub(crate) desk: Desk,
    pub(crate) born: Instant,
    pub(crate) now: Instant,
}

impl Rig {
    /// Nobody is signed in.
    #[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the machine's clock")]
    pub(crate) fn signed_out(config: Config) -> Self {
        let born = Instant::now();
        let desk = Desk::new(config, (born, UnixMillis(START)), [7; 32]);
        Self { desk, born, now: born }
    }

    /// Signed in and Available.
    pub(crate) fn available(config: Config) -> Self {
        let mut rig = Self::signed_out(Config { after_sign_in: ChoiceView::Available, ..config });
        rig.say(Update::SignedIn { account: "agent".into(), practice: true });
        rig
    }

    /// Says something and gives what the desk gives out, without [`Output::ViewChanged`].
    pub(crate) fn say(&mut self, update: Update) -> Vec<Output> {
        self.desk.handle_input(self.now, Input::Update(update)).expect("an update is never refused");
        self.drain()
    }

    /// Wants something that can be done.
    pub(crate) fn want(&mut self, command: Command) -> Vec<Output> {
        let shown = format!("{command:?}");
        match self.desk.handle_input(self.now, Input::Command(command)) {
            Ok(()) => self.drain(),
            Err(error) => panic!("{shown}: {error}"),
        }
    }

    /// Wants something that cannot be done; nothing may change by that.
    pub(crate) fn refused(&mut self, command: Command) -> Error {
        let before = self.view();
        let error = self.desk.handle_input(self.now, Input::Command(command)).expect_err("refused");
        assert_eq!(self.view(), before, "a refused command changes nothing");
        let outputs = self.drain();
        assert!(outputs.iter().all(|output| matches!(output, Output::Log { .. })), "{outputs:?}");
        error
    }

    /// Lets time pass; whatever is due on the way is done when it is due.
    pub(crate) fn pass(&mut self, time: Duration) -> Vec<Output> {
        let until = self.now + time;
        let mut outputs = Vec::new();
        while let Some((due, _)) = self.desk.poll_timeout().filter(|(due, _)| *due <= until) {
            self.now = self.now.max(due);
            self.desk.handle_timeout(self.now);
            outputs.extend(self.drain());
        }
        self.now = until;
        self.desk.handle_timeout(self.now);
        outputs.extend(self.drain());
        outputs
    }

    pub(crate) fn seconds(&mut self, seconds: u64) -> Vec<Output> {
        self.pass(Duration::from_secs(seconds))
    }

    /// Everything given out; `ViewChanged` must be the last where it is there, and there once.
    pub(crate) fn drain(&mut self) -> Vec<Output> {
        let mut outputs: Vec<Output> = std::iter::from_fn(|| self.desk.poll_output()).collect();
        let changed = outputs.iter().filter(|output| **output == Output::ViewChanged).count();
        assert!(changed <= 1, "{outputs:?}");
        if changed == 1 {
            assert_eq!(outputs.pop(), Some(Output::ViewChanged));
        }
        outputs
    }

    pub(crate) fn view(&self) -> DeskView {
        self.desk.view()
    }

    pub(crate) fn label(&self) -> StateLabel {
        self.view().state.label
    }

    pub(crate) fn contact(&self, id: ContactId) -> ContactView {
        self.find(id).unwrap_or_else(|| panic!("{id:?} is not shown"))
    }

    pub(crate) fn find(&self, id: ContactId) -> Option<ContactView> {
        self.view().contacts.into_iter().find(|contact| contact.id == id)
    }

    pub(crate) fn phase(&self, id: ContactId) -> PhaseView {
        self.contact(id).phase
    }

    /// The wall clock now.
    pub(crate) fn wall(&self) -> UnixMillis {
        UnixMillis(START + i64::try_from((self.now - self.born).as_millis()).expect("small"))
    }

    /// A queue's offer; gives the contact's id.
    pub(crate) fn offered(&mut self, leg: u32) -> ContactId {
        self.say(Update::Offer(offer(leg)));
        self.newest()
    }

    /// A connected call from a queue.
    pub(crate) fn talking(&mut self, leg: u32) -> ContactId {
        let contact = self.offered(leg);
        self.want(Command::Accept { contact });
        self.say(Update::Connected { leg: LegId::Incoming(leg) });
        contact
    }

    /// A call that was connected and is over.
    pub(crate) fn wrapping(&mut self, leg: u32) -> ContactId {
        let contact = self.talking(leg);
        self.say(ended(leg, EndCause::Party));
        contact
    }

    pub(crate) fn newest(&self) -> ContactId {
        self.view().contacts.last().expect("a contact").id
    }
}

pub(crate) fn offer(leg: u32) -> Offer {
    Offer {
        leg: LegId::Incoming(leg),
        assigning: false,
        direct: false,
        party: Pii::new(Party {
            name: Some(Pii::new(format!("Customer {leg}"))),
            number: Pii::new(format!("+1555000{leg:04}")),
        }),
        queue: Some("Billing".into()),
        dnis: Some("8000".into()),
        variables: Vec::new(),
        accept_timeout: None,
        auto_answer: None,
    }
}

pub(crate) fn direct(leg: u32) -> Offer {
    Offer { direct: true, queue: None, ..offer(leg) }
}

pub(crate) fn ended(leg: u32, cause: EndCause) -> Update {
    Update::Ended { leg: LegId::Incoming(leg), cause }
}

pub(crate) fn code(id: &str) -> CodeView {
    CodeView { id: CodeId(id.into()), label: id.to_uppercase(), path: Vec::new() }
}

pub(crate) fn idle() -> ChoiceView {
    ChoiceView::Idle { code: None }
}

/// The rows among the outputs.
pub(crate) fn rows(outputs: &[Output]) -> Vec<HistoryRow> {
    let row = |output: &Output| match output {
        Output::RecordHistory(row) => Some((**row).clone()),
        _ => None,
    };
    outputs.iter().filter_map(row).collect()
}

/// The outputs without rows, drafts, state and log.
pub(crate) fn deeds(outputs: Vec<Output>) -> Vec<Output> {
    let kept = |output: &Output| {
        !matches!(
            output,
            Output::RecordHistory(_) | Output::SaveDraft { .. } | Output::SaveState(_) | Output::Log { .. }
        )
    };
    outputs.into_iter().filter(kept).collect()
}
