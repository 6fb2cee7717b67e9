//! Calls that are encrypted, and what becomes of them where they can't be: RFC 4568, 5763 and 8643, as the agent sees it.

use crate::story::Story;
use sidetone_desk::command::Command;
use sidetone_desk::view::{EndedView, NoticeKind, PhaseView, Privacy, TroubleKind};
use sidetone_media::sdp::{Identity, KeyAgreement, Policy, Security};
use sidetone_media::session::KeyTrouble;
use sidetone_media::{Direction, Negotiation, Plan};
use sidetone_phone::engine::MediaOrder;
use sidetone_sip::api::{CallKey, Command as Sip, EndCause, Failure};

const DTLS: &[KeyAgreement] = &[KeyAgreement::Dtls];
const SDES: &[KeyAgreement] = &[KeyAgreement::Sdes];
const BOTH: &[KeyAgreement] = &[KeyAgreement::Sdes, KeyAgreement::Dtls];

fn security(policy: Policy, keys: &[KeyAgreement], who: u8) -> Security {
    Security { policy, keys: keys.to_vec(), identity: Some(Identity::new(vec![who; 300], vec![who; 100])) }
}

/// An agent whose phone protects calls like this.
fn agent(policy: Policy, keys: &[KeyAgreement]) -> Story {
    Story::that_protects(security(policy, keys, 1))
}

/// The other side's, which protects calls like this.
fn theirs(policy: Policy, keys: &[KeyAgreement]) -> Negotiation {
    let config = sidetone_media::sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let security = security(policy, keys, 2);
    Negotiation::new(sidetone_media::sdp::Config { security, ..config }, [9; 32])
}

/// What the media thread was told last.
fn plan(story: &Story) -> Plan {
    let applied = story.desk().media.iter().rev().find_map(|(_, order)| match order {
        MediaOrder::Apply(plan) => Some(plan.as_ref().clone()),
        _ => None,
    });
    applied.expect("media runs")
}

/// The profile of an offer.
fn profile(sdp: &[u8]) -> &str {
    let text = std::str::from_utf8(sdp).unwrap();
    text.lines().find_map(|line| line.strip_prefix("m=audio ")?.split(' ').nth(1)).unwrap()
}

/// The agent dials, and who is called answers.
fn call(story: &mut Story, theirs: &mut Negotiation) -> CallKey {
    story.command(Command::Dial { target: "+15550199".into() });
    let (call, offer) = story.callee();
    let (sdp, _) = theirs.answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::Answer { call, sdp });
    let id = story.contact().id;
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    call
}

#[test]
fn keys_of_the_description_protect_at_once_through_a_hold() {
    let mut story = agent(Policy::Offer, SDES);
    let mut theirs = theirs(Policy::Offer, SDES);
    let call = call(&mut story, &mut theirs);
    let id = story.contact().id;
    assert_eq!(story.lock(), Privacy::Weak, "UDP shows the keys");
    let first = plan(&story).protection;
    assert!(!first.is_open());
    let changes = [
        (Command::Hold { contact: id }, Direction::SendOnly),
        (Command::Resume { contact: id }, Direction::SendRecv),
    ];
    for (nth, (command, direction)) in changes.into_iter().enumerate() {
        story.command(command);
        let offer = story.offered_after(call, nth);
        let (sdp, _) = theirs.answer(&offer, Direction::SendRecv).unwrap();
        story.callee_does(Sip::AnswerOffer { call, sdp });
        story.until("agreed", |story| plan(story).direction == direction);
        assert_eq!(plan(&story).protection, first, "with the same keys");
        assert_eq!(story.lock(), Privacy::Weak);
    }
}

#[test]
fn keys_of_a_handshake_are_waited_for_and_then_shown() {
    let mut story = agent(Policy::Require, DTLS);
    call(&mut story, &mut theirs(Policy::Offer, DTLS));
    assert_eq!(story.lock(), Privacy::Open, "nothing is shown that is not there");
    story.secured(Ok(()));
    assert_eq!(story.lock(), Privacy::Weak);
}

#[test]
fn a_wrong_certificate_ends_the_call_and_the_agent_reads_why() {
    let mut story = agent(Policy::Offer, DTLS);
    let call = call(&mut story, &mut theirs(Policy::Offer, DTLS));
    story.secured(Err(KeyTrouble::WrongFingerprint));
    story.until("over there", |story| story.ended(call).is_some());
    let phase = story.contact().phase;
    let PhaseView::WrapUp { ended: EndedView::Failed { trouble }, .. } = phase else { panic!("{phase:?}") };
    assert_eq!(trouble.what, TroubleKind::WrongKey);
}

/// A phone that began while it rang need not be the one that answers.
#[test]
fn what_goes_wrong_before_the_answer_ends_nothing() {
    let mut story = agent(Policy::Offer, DTLS);
    story.command(Command::Dial { target: "+15550199".into() });
    let id = story.contact().id;
    let (call, offer) = story.callee();
    let (sdp, _) = theirs(Policy::Offer, DTLS).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::EarlyMedia { call, sdp: sdp.clone() });
    story.until("early", |story| {
        story.desk().media.iter().any(|(_, order)| matches!(order, MediaOrder::Apply(_)))
    });
    story.secured(Err(KeyTrouble::NoAgreement));
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    let applied =
        story.desk().media.iter().filter(|(_, order)| matches!(order, MediaOrder::Apply(_))).count();
    assert_eq!(applied, 2, "and the handshake is tried again");
    story.secured(Ok(()));
    assert_eq!(story.lock(), Privacy::Weak);
}

/// Refuses the agent's offers until one has this profile; those that came, in order.
fn refuse_until(story: &mut Story, wanted: &str) -> (Vec<String>, CallKey, bytes::Bytes) {
    story.command(Command::Dial { target: "+15550199".into() });
    let mut seen = Vec::new();
    loop {
        let (call, offer) = story.callee_after(seen.len());
        seen.push(profile(&offer).to_owned());
        let is_protected = std::str::from_utf8(&offer).unwrap().contains("a=crypto");
        if seen.last().map(String::as_str) == Some(wanted) && (wanted != "RTP/AVP" || !is_protected) {
            return (seen, call, offer);
        }
        story.callee_does(Sip::Reject { call, code: 488 });
    }
}

#[test]
fn call_6_who_refuses_best_effort_protection_is_called_again_without() {
    let mut story = agent(Policy::Offer, BOTH);
    let (seen, call, offer) = refuse_until(&mut story, "RTP/AVP");
    assert_eq!(seen, ["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVP", "RTP/AVP"]);
    let id = story.contact().id;
    let (sdp, _) = theirs(Policy::Never, &[]).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert_eq!(story.lock(), Privacy::Open);
    assert!(story.view().notices.is_empty(), "the agent need not know");
}

#[test]
fn call_6_who_insists_on_protection_is_called_again_with() {
    let mut story = agent(Policy::Offer, BOTH);
    let (_, call, offer) = refuse_until(&mut story, "RTP/SAVP");
    let id = story.contact().id;
    let (sdp, _) = theirs(Policy::Require, SDES).answer(&offer, Direction::SendRecv).unwrap();
    story.callee_does(Sip::Answer { call, sdp });
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    assert_eq!(story.lock(), Privacy::Weak);
}

#[test]
fn call_6_where_protection_is_required_nobody_is_called_without() {
    let mut story = agent(Policy::Require, BOTH);
    story.command(Command::Dial { target: "+15550199".into() });
    for nth in 0..2 {
        let (call, offer) = story.callee_after(nth);
        assert_ne!(profile(&offer), "RTP/AVP");
        story.callee_does(Sip::Reject { call, code: 488 });
    }
    story.until("told", |story| !story.view().notices.is_empty());
    assert!(story.view().contacts.is_empty());
    assert!(matches!(
        &story.view().notices[0].what,
        NoticeKind::CallFailed { trouble, .. } if trouble.what == TroubleKind::NotEncrypted
    ));
}

#[test]
fn who_calls_openly_is_refused_where_protection_is_required() {
    let mut story = agent(Policy::Require, BOTH);
    let customer = story.customer_calls("Ada", "+15550100");
    story.until("refused", |story| story.ended(customer.call).is_some());
    let ended = story.ended(customer.call);
    assert!(matches!(ended, Some(EndCause::Failed(Failure::Status { code: 488, .. }))), "{ended:?}");
    assert!(story.desk().rows.is_empty());
}

/// More than 1300 bytes do not go by UDP (RFC 3261 section 18.1.1), which is all that some servers have.
#[test]
fn protection_that_is_offered_best_effort_leaves_room_for_the_head() {
    let mut story = agent(Policy::Offer, BOTH);
    story.command(Command::Dial { target: "+15550199".into() });
    let (_, offer) = story.callee();
    let text = std::str::from_utf8(&offer).unwrap();
    assert_eq!(text.matches("a=crypto").count(), 2);
    let bytes: usize =
        text.lines().filter(|line| line.starts_with("a=crypto")).map(|line| line.len() + 2).sum();
    assert!(bytes < 190, "{bytes}");
    assert!(offer.len() < 700, "{}: what is left is for the head", offer.len());
}
