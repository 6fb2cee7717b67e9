//! Media time-out: a party who sends nothing for a minute is asked once; one who does not answer is gone.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{EndedView, PhaseView, TroubleKind};
use sidetone_sip::api as sip;
use std::time::Duration;

#[test]
fn a_party_who_is_gone_without_a_word_is_wrapped_up_with_the_reason() {
    let mut story = Story::available();
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.hears(5, true);
    story.hears(59, false);
    assert_eq!(story.contact().phase, PhaseView::Connected, "not yet");
    story.hears(2, false);
    // What a proxy on the way says for somebody who is not there.
    story.callee_does(sip::Command::RefuseOffer { call: customer.call, code: 408 });
    story.until_within("ended", Duration::from_secs(40), |story| {
        matches!(story.contact().phase, PhaseView::WrapUp { .. })
    });
    let PhaseView::WrapUp { ended: EndedView::Failed { trouble }, .. } = story.contact().phase else {
        panic!("{:?}", story.contact().phase)
    };
    assert_eq!(trouble.what, TroubleKind::MediaLost);
}

#[test]
fn a_party_who_answers_may_be_silent_for_as_long_as_they_like() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    for _ in 0..3 {
        story.hears(61, false);
        story.customer_agrees(&mut customer);
        story.pass(Duration::from_millis(200));
        assert_eq!(story.phase_of(id), Some(PhaseView::Connected));
    }
    story.command(Command::End { contact: id });
}

#[test]
fn a_party_on_hold_is_not_asked() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    story.command(Command::Hold { contact: id });
    story.customer_agrees(&mut customer);
    story.pass(Duration::from_millis(200));
    story.network(false);
    story.hears(200, false);
    assert_eq!(story.phase_of(id), Some(PhaseView::OnHold { by_us: true, by_them: false }));
}
