//! CALL-10: a call of before a crash is shown again as it was.

use crate::rig::{Rig, offer, rows};
use sidetone_desk::command::Command;
use sidetone_desk::view::{PhaseView, StateLabel, TroubleKind};
use sidetone_desk::{Config, EndCause, LegId, LiveCall, Offer, Output, Pii, Sound, Update, Variable};

/// A call, and what was kept of it when the desk went.
fn kept(before: impl FnOnce(&mut Rig)) -> LiveCall {
    let mut rig = Rig::available(Config::default());
    let order = Variable { label: "Order".into(), value: Pii::new("4711".into()), secure: false, order: 0 };
    rig.say(Update::Offer(Offer { variables: vec![order], ..offer(1) }));
    let contact = rig.newest();
    rig.want(Command::Accept { contact });
    rig.seconds(2);
    rig.say(Update::Connected { leg: LegId::Incoming(1) });
    rig.want(Command::WriteNotes { contact, notes: "two licences".into() });
    before(&mut rig);
    rig.desk.live_call(LegId::Incoming(1)).expect("the call is up")
}

fn restored(rig: &mut Rig, call: &LiveCall) -> Vec<Output> {
    rig.say(Update::RestoredCall { leg: LegId::Incoming(9), call: Box::new(call.clone()) })
}

#[test]
fn call_10_the_contact_is_shown_again_with_its_timer_and_notes() {
    let call = kept(|_| {});
    let mut rig = Rig::signed_out(Config::default());
    rig.seconds(20);
    let outputs = restored(&mut rig, &call);
    let contact = rig.contact(rig.newest());
    assert_eq!((contact.phase, contact.since), (PhaseView::Connected, call.row.times.connected.unwrap()));
    assert_eq!((contact.queue.as_deref(), contact.variables.len()), (Some("Billing"), 1));
    assert_eq!(contact.wrap_up.expect("a wrap-up").notes, "two licences");
    assert_eq!(rig.label(), StateLabel::Engaged);
    assert_eq!(rows(&outputs)[0].id, call.row.id, "the same row goes on");
    assert_eq!(restored(&mut rig, &call), [], "said twice is said once");
    let again = vec![call.row.clone()];
    assert_eq!(rig.say(Update::RestoredDrafts(again)), [], "it is no wrap-up as well");
    rig.want(Command::End { contact: contact.id });
    assert!(matches!(rig.phase(contact.id), PhaseView::WrapUp { .. }));
}

#[test]
fn call_10_a_held_call_comes_back_on_hold_and_a_muted_one_muted() {
    let held = kept(|rig| {
        let contact = rig.newest();
        rig.want(Command::Hold { contact });
    });
    assert_eq!(held.sound, Sound::Held);
    let muted = kept(|rig| {
        let contact = rig.newest();
        rig.want(Command::Mute { contact, on: true });
    });
    let mut rig = Rig::signed_out(Config::default());
    restored(&mut rig, &held);
    assert_eq!(rig.phase(rig.newest()), PhaseView::OnHold { by_us: true, by_them: false });
    let mut rig = Rig::signed_out(Config::default());
    restored(&mut rig, &muted);
    assert!(rig.contact(rig.newest()).muted);
}

#[test]
fn call_10_where_that_comes_to_nothing_the_contact_is_wrapped_up() {
    let call = kept(|_| {});
    let mut rig = Rig::signed_out(Config::default());
    restored(&mut rig, &call);
    let contact = rig.newest();
    let cause = EndCause::Failed(TroubleKind::NotResumed);
    rig.say(Update::Ended { leg: LegId::Incoming(9), cause });
    assert!(matches!(rig.phase(contact), PhaseView::WrapUp { .. }));
    assert_eq!(restored(&mut rig, &call), [], "it does not come back");
}

#[test]
fn what_only_rings_is_not_kept() {
    let mut rig = Rig::available(Config::default());
    rig.offered(1);
    assert_eq!(rig.desk.live_call(LegId::Incoming(1)), None);
}
