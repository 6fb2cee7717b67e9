//! The own server presses the button: NOTIFY of `talk` answers and resumes, of `hold` holds.

use crate::{dialogs::notify, story::Story};
use sidetone_desk::view::{ActionView, PhaseView, Why};

#[test]
fn hold_and_talk() {
    let mut story = Story::available();
    let (mut customer, id) = story.customer_talks("Ada", "+15550100");
    let hold = notify(&story, 100, "hold");
    story.tell(&hold);
    story.customer_agrees(&mut customer);
    let held = PhaseView::OnHold { by_us: true, by_them: false };
    story.until("on hold", |story| story.phase_of(id) == Some(held.clone()));
    let agreed = ActionView::Blocked { why: Why::OnHold };
    story.until("agreed", |story| story.contact().actions.end == agreed);
    let talk = notify(&story, 101, "talk");
    story.tell(&talk);
    story.customer_agrees(&mut customer);
    story.until("talking", |story| story.phase_of(id) == Some(PhaseView::Connected));
}
