//! Calls after a change of the network (RFC 5626 section 4.4), or whose server is gone: their dialogs go on by the path
//! that their account has now, or, without an account, by the one that leads to the other side now. Media must follow, which an offer of the
//! engine's does. A call that is not up yet keeps the Contact it was begun with: its requests are sent again by the new
//! path, and answers come where they came from.

use super::{Calls, Phase};
use crate::{
    api::{AccountKey, CallKey, Event, Flow, LookupError, Server},
    dialog::Way,
    locate::{Asker, Place},
    stack::Stack,
    usage::register::{Followed, Left},
};

impl Calls {
    /// The network changed: calls without account look for their way.
    pub(crate) fn on_network_changed(&mut self, stack: &mut Stack) {
        for (key, call) in &mut self.calls {
            let Some(flow) = call.phase.dialog_mut().map(|dialog| dialog.flow()) else { continue };
            let place = Place::of_server(&Server::At(flow));
            if !stack.accounts.is_server(flow)
                && let Some(place) = place
            {
                stack.searches.begin(&mut stack.out, Asker::Call(*key), place);
            }
        }
    }

    /// The way of a call without account was found, or not: then it stays as it is.
    pub(crate) fn on_located(
        &mut self,
        stack: &mut Stack,
        key: CallKey,
        found: &Result<Vec<Flow>, LookupError>,
    ) {
        let Some(path) = found.as_ref().ok().and_then(|paths| paths.first().copied()) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(left) = call.phase.dialog_mut().map(|dialog| dialog.flow()) else { return };
        stack.clients.reroute(&mut stack.out, |owner, flow| {
            (owner.call() == Some(key) && leads_to(flow, path)).then_some(path)
        });
        stack.servers.reroute(|flow| (flow == left).then_some(path));
        lead(stack, &mut call.phase, (key, None), Way::Known(path));
    }

    /// Calls by what was left go on by the account's path of now.
    pub(crate) fn follow(&mut self, stack: &mut Stack, account: AccountKey, followed: &Followed) {
        let path = followed.path;
        let known = stack.accounts.get(account).map(|member| member.paths.clone()).unwrap_or_default();
        let next = |flow: Flow| match &followed.left {
            Left::Addresses(left) => {
                let was_there = left.iter().any(|left| leads_to(flow, *left));
                // A call stays with the server that knows it, where that one is still to be had.
                let same = known.iter().find(|known| leads_to(flow, **known) && known.remote == flow.remote);
                was_there.then(|| Way::Known(same.copied().unwrap_or(path)))
            }
            Left::Server(left) => {
                (leads_to(flow, *left) && flow.remote == left.remote).then_some(Way::StandIn(path))
            }
        };
        stack
            .clients
            .reroute(&mut stack.out, |owner, flow| owner.call().and_then(|_| next(flow)).map(Way::path));
        // Answers belong where the request came from, unless it is our own address that is gone.
        if let Left::Addresses(_) = &followed.left {
            stack.servers.reroute(|flow| next(flow).map(Way::path));
        }
        for (key, call) in &mut self.calls {
            let Some(flow) = call.phase.dialog_mut().map(|dialog| dialog.flow()) else { continue };
            if let Some(way) = next(flow) {
                lead(stack, &mut call.phase, (*key, Some(account)), way);
            }
        }
    }
}

/// Sets a call on a path, and says so where it is up, or may be taken yet.
fn lead(stack: &mut Stack, phase: &mut Phase, whose: (CallKey, Option<AccountKey>), way: Way) {
    let ((call, account), path) = (whose, way.path());
    let is_alive = matches!(phase, Phase::Up(_) | Phase::Ringing(_));
    let Some(dialog) = phase.dialog_mut() else { return };
    let Some(contact) = stack.contact_as(dialog.local_uri(), account, path) else { return };
    let left = dialog.came_by();
    dialog.move_to(way, contact);
    // Media does not go by the server: where only that one is another, nothing has to follow.
    let stays = matches!(way, Way::StandIn(_)) && left.local.ip() == path.local.ip();
    if is_alive && !stays {
        stack.say(Event::PathChanged { call, path });
    }
}

/// Whether both have the same other side.
fn leads_to(flow: Flow, other: Flow) -> bool {
    flow.transport == other.transport && flow.remote.ip() == other.remote.ip()
}
