//! All contacts of the desk, in the order they came (OFFER-4), and who among them has a claim on the agent.

use crate::availability::Activity;
use crate::beside::Beside;
use crate::clock::Moment;
use crate::contact::{About, Contact, Form, Phase, Role, Stamps};
use crate::history::RowId;
use crate::input::LegId;
use crate::view::{ContactId, Privacy};
use std::collections::{BTreeMap, VecDeque};

/// How many legs are remembered after their end, so that a late word about one starts nothing anew.
const REMEMBERED_LEGS: usize = 256;

/// The contacts.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    all: BTreeMap<ContactId, Contact>,
    last_id: u32,
    last_outgoing: u32,
    gone: VecDeque<LegId>,
}

impl Contacts {
    /// A new contact in the given phase, on the first free line.
    pub(crate) fn begin(
        &mut self,
        now: Moment,
        row: RowId,
        leg: Option<LegId>,
        about: About,
        phase: Phase,
    ) -> &mut Contact {
        self.last_id += 1;
        let id = ContactId(self.last_id);
        let line = (1..=u8::MAX).find(|line| self.all.values().all(|c| c.line != *line)).unwrap_or(u8::MAX);
        let stamps = Stamps { started: now, connected: None, ended: None };
        let form = Form::default();
        let contact = Contact {
            id,
            row,
            leg,
            line,
            about,
            phase,
            since: now,
            stamps,
            muted: false,
            quality: None,
            privacy: Privacy::default(),
            sounded: None,
            beside: Beside::default(),
            form,
        };
        self.all.entry(id).or_insert(contact)
    }

    /// A number for a call that we make.
    pub(crate) fn outgoing_leg(&mut self) -> LegId {
        self.last_outgoing += 1;
        LegId::Outgoing(self.last_outgoing)
    }

    /// Takes the leg away from a contact; nothing that is said about it matters from now on.
    pub(crate) fn release_leg(&mut self, id: ContactId) -> Option<LegId> {
        let leg = self.all.get_mut(&id)?.leg.take()?;
        self.forget_leg(leg);
        Some(leg)
    }

    /// Nothing that is said about this leg matters from now on.
    pub(crate) fn forget_leg(&mut self, leg: LegId) {
        self.gone.push_back(leg);
        if self.gone.len() > REMEMBERED_LEGS {
            self.gone.pop_front();
        }
    }

    /// Whether the leg is over already.
    pub(crate) fn is_gone(&self, leg: LegId) -> bool {
        self.gone.contains(&leg)
    }

    /// Removes a contact for good.
    pub(crate) fn remove(&mut self, id: ContactId) -> Option<Contact> {
        self.release_leg(id);
        self.all.remove(&id)
    }

    /// One contact.
    pub(crate) fn get(&self, id: ContactId) -> Option<&Contact> {
        self.all.get(&id)
    }

    /// One contact, to be changed.
    pub(crate) fn get_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        self.all.get_mut(&id)
    }

    /// The contact that a leg belongs to.
    pub(crate) fn by_leg(&mut self, leg: LegId) -> Option<&mut Contact> {
        self.all.values_mut().find(|contact| contact.leg == Some(leg))
    }

    /// All, in the order they came.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.all.values()
    }

    /// The ids of those with this role, in the order they came.
    pub(crate) fn with_role(&self, role: Role) -> Vec<ContactId> {
        self.iter().filter(|contact| contact.role() == role).map(|contact| contact.id).collect()
    }

    /// The one that the agent would talk in but for being muted.
    pub(crate) fn muted(&self) -> Option<ContactId> {
        self.iter().find(|contact| contact.muted && contact.role() == Role::Active).map(|contact| contact.id)
    }

    /// Whether there is one with this role.
    pub(crate) fn any(&self, role: Role) -> bool {
        self.iter().any(|contact| contact.role() == role)
    }

    /// Whether a call is going on or being set up.
    pub(crate) fn any_live(&self) -> bool {
        self.any(Role::InTransit) || self.any(Role::Active) || self.any(Role::Parked)
    }

    /// What they make the agent do.
    pub(crate) fn activity(&self) -> Activity {
        match (self.any_live(), self.any(Role::Offered), self.any(Role::Wrapping)) {
            (true, _, _) => Activity::Engaged,
            (false, true, _) => Activity::Reserved,
            (false, false, true) => Activity::WrapUp,
            (false, false, false) => Activity::Waiting,
        }
    }
}
