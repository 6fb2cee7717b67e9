//! Who is where, until when, and what changed since it was last asked.

use crate::{
    api::{BoundContact, Flow},
    message::{Request, Uri},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// The most places of one user.
const MAX_PLACES: usize = 8;

/// Which REGISTER a binding is from: a later one of the same Call-ID has a higher CSeq (RFC 3261 section 10.3).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Order {
    call_id: String,
    cseq: u32,
}

impl Order {
    pub(super) fn of(request: &Request) -> Option<Self> {
        let call_id = request.headers.call_id().ok()?.to_owned();
        Some(Order { call_id, cseq: request.headers.cseq().ok()?.number })
    }

    fn is_late(&self, last: &Order) -> bool {
        self.call_id == last.call_id && self.cseq <= last.cseq
    }
}

/// One place where a user can be called.
pub(super) struct Binding {
    flow: Flow,
    until: Instant,
    order: Order,
}

impl Binding {
    pub(super) fn new(flow: Flow, until: Instant, order: Order) -> Self {
        Binding { flow, until, order }
    }
}

/// Every binding. Users are those of the configuration, so there is an end to them.
#[derive(Default)]
pub(super) struct Bindings {
    places: BTreeMap<String, Vec<(Uri, Binding)>>,
    /// The newest place of each user, as last told.
    told: BTreeMap<String, BoundContact>,
    touched: BTreeSet<String>,
}

impl Bindings {
    /// Sets or takes away one place. `Err`: the status code that refuses it.
    pub(super) fn set(
        &mut self,
        user: &str,
        uri: Uri,
        binding: Option<Binding>,
        order: &Order,
    ) -> Result<(), u16> {
        let places = self.places.entry(user.to_owned()).or_default();
        if let Some(at) = places.iter().position(|(known, _)| known.is_equivalent(&uri)) {
            if order.is_late(&places[at].1.order) {
                return Err(500);
            }
            places.remove(at);
        }
        if let Some(binding) = binding {
            if places.len() >= MAX_PLACES {
                places.remove(0);
            }
            places.push((uri, binding));
        }
        self.touched.insert(user.to_owned());
        Ok(())
    }

    /// Takes every place of a user away.
    pub(super) fn clear(&mut self, user: &str) {
        self.places.remove(user);
        self.touched.insert(user.to_owned());
    }

    /// The places of a user.
    pub(super) fn of(&self, user: &str) -> impl Iterator<Item = (&Uri, Instant)> {
        self.places.get(user).into_iter().flatten().map(|(uri, binding)| (uri, binding.until))
    }

    pub(super) fn next_end(&self) -> Option<Instant> {
        self.places.values().flatten().map(|(_, binding)| binding.until).min()
    }

    /// Forgets what ran out.
    pub(super) fn expire(&mut self, now: Instant) {
        for (user, places) in &mut self.places {
            let before = places.len();
            places.retain(|(_, binding)| binding.until > now);
            if places.len() < before {
                self.touched.insert(user.clone());
            }
        }
    }

    /// The users whose newest place is another one than was told, and that place.
    pub(super) fn take_changes(&mut self) -> Vec<(String, Option<BoundContact>)> {
        let mut changes = Vec::new();
        for user in std::mem::take(&mut self.touched) {
            let newest = self.places.get(&user).and_then(|places| places.last());
            let newest =
                newest.map(|(uri, binding)| BoundContact { uri: uri.to_string(), flow: binding.flow });
            if self.told.get(&user) == newest.as_ref() {
                continue;
            }
            match &newest {
                Some(contact) => self.told.insert(user.clone(), contact.clone()),
                None => self.told.remove(&user),
            };
            changes.push((user, newest));
        }
        changes
    }
}
