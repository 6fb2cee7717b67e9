//! At the end of a call a collector is told how it was (RFC 6035): once, whatever it answers, and nothing that names the
//! other side unless the admin wants that.

use crate::story::{Story, a_call_of};
use sidetone_desk::command::Command;
use sidetone_desk::view::{ChoiceView, StateLabel};
use sidetone_phone::What;
use sidetone_phone::engine::Collector;
use std::time::Duration;

fn story(parties: bool) -> Story {
    let uri = "sip:collector@collect.example".to_owned();
    let mut story = Story::made_with(|config| config.collector = Some(Collector { uri, parties }));
    story.sign_in("secret");
    story.until("signed in", |story| story.view().state.label != StateLabel::SignedOut);
    story.command(Command::SetState { to: ChoiceView::Available });
    story
}

/// A call that was heard, and that the customer ended.
fn talked(story: &mut Story) {
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.pass(Duration::from_secs(9));
    story.sounds(true, Some(a_call_of(9)));
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
}

#[test]
fn a_call_is_reported_once_whatever_the_collector_thinks_of_it() {
    let mut story = story(false);
    talked(&mut story);
    let answer = |what: &What| matches!(what, What::Reported { taken: false, code: Some(_) });
    story.until("an answer", |story| story.desk().happened.iter().any(|(_, what)| answer(what)));
    story.pass(Duration::from_secs(3_600));
    let desk = story.desk();
    assert_eq!(desk.published.len(), 1);
    let report = &desk.published[0];
    let [call_id, ours, theirs] = &desk.dialogs[0];
    for line in [
        "PUBLISH sip:collector@collect.example SIP/2.0".to_owned(),
        "Event: vq-rtcpxr".to_owned(),
        "Content-Type: application/vq-rtcpxr".to_owned(),
        "VQSessionReport: CallTerm".to_owned(),
        format!("CallID: {call_id}"),
        "LocalID: <sip:agent@10.0.0.2>".to_owned(),
        format!("DialogID: {call_id};to-tag={ours};from-tag={theirs}"),
    ] {
        assert!(report.lines().any(|found| found == line), "no {line:?} in {report}");
    }
    assert!(report.contains("RemoteMetrics:"), "they reported, too: {report}");
}

#[test]
fn who_the_other_side_is_stays_with_the_servers_unless_the_admin_says_otherwise() {
    for parties in [false, true] {
        let mut story = story(parties);
        talked(&mut story);
        let report = &story.desk().published[0];
        assert_eq!(report.contains("5550100"), parties, "{report}");
        assert_eq!(report.contains("RemoteID: <sip:anonymous@"), !parties, "{report}");
        assert!(!report.contains("Ada"), "{report}");
    }
}

#[test]
fn a_call_that_ends_with_the_program_is_reported_too() {
    let mut story = story(false);
    story.customer_talks("Ada", "+15550100");
    story.pass(Duration::from_secs(9));
    story.sounds(true, Some(a_call_of(9)));
    story.shut_down();
    assert_eq!(story.desk().published.len(), 1);
    assert!(!story.desk().engine.is_idle(), "the answer is waited for");
    story.until("over", |story| story.desk().engine.is_idle());
}

#[test]
fn of_a_call_in_which_nothing_was_heard_there_is_no_report() {
    let mut story = story(false);
    let (customer, _) = story.customer_talks("Ada", "+15550100");
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.label() == StateLabel::WrapUp);
    assert_eq!(story.desk().published.len(), 0);
}
