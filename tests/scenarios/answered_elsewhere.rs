//! OFFER-8: the same call rang on another device too, and was taken there (CANCEL with a reason, RFC 3326).

use crate::by_hand::request;
use crate::story::Story;
use sidetone_desk::Outcome;
use sidetone_desk::view::{NoticeKind, StateLabel};
use sidetone_media::{Direction, Negotiation, sdp};

#[test]
fn offer_8_a_call_that_was_taken_elsewhere_is_not_missed() {
    let mut story = Story::available();
    let config = sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let offer = Negotiation::new(config, [9; 32]).offer(Direction::SendRecv);
    let names = ["\"Ada\" <sip:+15550100@10.0.0.2>;tag=a", "<sip:agent@10.0.0.1>", "forked"];
    let kind = "Content-Type: application/sdp\r\nX-Queue: Support\r\n";
    story.tell(&request("INVITE", "1", names, kind, std::str::from_utf8(&offer).unwrap()));
    story.until("ringing", |story| !story.view().popovers.is_empty());
    let reason = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";
    story.tell(&request("CANCEL", "1", names, reason, ""));
    story.until("over", |story| story.view().contacts.is_empty());
    assert!(matches!(story.view().notices[0].what, NoticeKind::AnsweredElsewhere { .. }));
    assert_eq!(story.row().outcome, Outcome::AnsweredElsewhere);
    assert_eq!((story.label(), story.view().dialog), (StateLabel::Available, None));
}
