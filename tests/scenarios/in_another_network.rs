//! CALL-12: the machine comes to another network during a call.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, PhaseView, SessionView};
use sidetone_phone::What;
use sidetone_phone::engine::MediaOrder;

fn moved(story: &Story) -> usize {
    story.desk().happened.iter().filter(|(_, what)| matches!(what, What::Moved)).count()
}

fn talking() -> (Story, crate::story::Customer) {
    let mut story = Story::signed_out(|_| {});
    story.sign_in_by_name("secret");
    story.until("signed in", |story| matches!(story.view().session, SessionView::SignedIn { .. }));
    story.command(Command::SetState { to: ChoiceView::Available });
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    (story, customer)
}

#[test]
fn call_12_the_sound_follows_and_the_contact_sees_nothing_of_it() {
    let (mut story, mut customer) = talking();
    let before = story.contact();
    story.desk_moves("10.0.0.9:5060");
    let offer = story.customer_agrees(&mut customer);
    assert!(String::from_utf8_lossy(&offer).contains("c=IN IP4 10.0.0.9"), "sound goes to the new address");
    story.until("moved", |story| moved(story) == 1);
    let after = story.contact();
    assert_eq!((after.id, after.phase, after.since), (before.id, PhaseView::Connected, before.since));
    let closed = story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Close));
    assert!(!closed, "the stream itself goes on");
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| matches!(story.contact().phase, PhaseView::WrapUp { .. }));
}

#[test]
fn call_12_a_hold_that_is_under_way_comes_before_the_move() {
    let (mut story, mut customer) = talking();
    let id = story.contact().id;
    story.command(Command::Hold { contact: id });
    story.desk_moves("10.0.0.9:5060");
    story.customer_agrees_later(&mut customer);
    story.until("on hold", |story| matches!(story.phase_of(id), Some(PhaseView::OnHold { .. })));
    story.customer_agrees_later(&mut customer);
    story.until("moved", |story| moved(story) == 1);
    assert_eq!(story.phase_of(id), Some(PhaseView::OnHold { by_us: true, by_them: false }));
}
