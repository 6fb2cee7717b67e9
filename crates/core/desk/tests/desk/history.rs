//! DIR-2: the rows given to the history.

use crate::rig::{Rig, START, direct, ended, idle, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{Direction, UnixMillis};
use sidetone_desk::{Config, EndCause, EndedBy, LegId, Outcome, Update, WrapUpState};

fn at(seconds: i64) -> UnixMillis {
    UnixMillis(START + seconds * 1_000)
}

#[test]
fn dir_2_one_row_from_connected_to_wrapped_up() {
    let mut rig = Rig::available(Config { mask_numbers: true, ..Config::default() });
    rig.seconds(1);
    let contact = rig.offered(1);
    rig.seconds(2);
    assert_eq!(rows(&rig.want(Command::Accept { contact })), vec![]);
    rig.seconds(1);
    let connected = rows(&rig.say(Update::Connected { leg: LegId::Incoming(1) })).remove(0);
    rig.seconds(30);
    let over = rows(&rig.say(ended(1, EndCause::Party))).remove(0);
    rig.seconds(5);
    let done = rows(&rig.want(Command::SubmitWrapUp { contact })).remove(0);

    assert!(connected.id == over.id && over.id == done.id);
    let states = [&connected, &over, &done].map(|row| row.wrap_up.state);
    assert_eq!(states, [WrapUpState::Pending, WrapUpState::Pending, WrapUpState::Submitted]);
    assert_eq!((connected.times.started, connected.times.connected), (at(1), Some(at(4))));
    assert_eq!((connected.times.ended, connected.ended_by), (None, None));
    assert_eq!((over.times.ended, over.ended_by), (Some(at(34)), Some(EndedBy::Party)));
    assert_eq!((done.times, done.ended_by, done.outcome), (over.times, over.ended_by, Outcome::Connected));
    assert_eq!((done.contact, done.direction.clone()), (contact, Direction::Inbound));
    assert_eq!((done.queue.as_deref(), done.dnis.as_deref()), (Some("Billing"), Some("8000")));
    assert_eq!(done.party.reveal().number.reveal(), "+15550000001", "the history keeps it unmasked");
}

#[test]
fn dir_2_every_row_has_an_id_of_its_own() {
    let mut rig = Rig::available(Config::default());
    let mut ids = std::collections::BTreeSet::new();
    for leg in 0..20 {
        rig.offered(leg);
        ids.insert(rows(&rig.say(ended(leg, EndCause::Abandoned))).remove(0).id);
    }
    assert_eq!(ids.len(), 20);
    assert!(ids.iter().all(|id| id.0.len() == 16));
}

#[test]
fn dir_2_a_refused_direct_call_can_be_called_back_from_the_history() {
    let mut rig = Rig::available(Config::default());
    rig.want(Command::SetState { to: idle() });
    let row = rows(&rig.say(Update::Offer(direct(1)))).remove(0);
    assert_eq!((row.outcome, row.wrap_up.state), (Outcome::Refused, WrapUpState::NotDue));
    assert_eq!(row.party.reveal().number.reveal(), "+15550000001");
    assert_eq!(rig.view().contacts, vec![]);
}
