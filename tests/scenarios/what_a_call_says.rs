//! OFFER-1, OFFER-7: what the server says of a call is what the agent sees of it, and what becomes of it.

use crate::story::Story;
use sidetone_desk::view::{ContactId, ContactView, PhaseView};
use sidetone_media::{Direction, Negotiation, sdp};
use sidetone_phone::engine::{Rules, Source, VariableRule};
use std::time::Duration;

/// A customer calls, and the server says this of the call: it rings here.
fn rings(story: &mut Story, headers: &[(&str, &str)]) -> ContactId {
    let config = sdp::Config::new("10.0.0.2:30000".parse().unwrap());
    let offer = Negotiation::new(config, [9; 32]).offer(Direction::SendRecv);
    story.calls_saying("Ada", "+15550142", offer, headers);
    story.until("ringing", |story| !story.view().contacts.is_empty());
    story.contact().id
}

fn shown(headers: &[(&str, &str)]) -> ContactView {
    let mut story = Story::available();
    rings(&mut story, headers);
    story.contact()
}

#[test]
fn offer_1_the_caller_is_who_the_server_vouches_for() {
    let asserted = shown(&[("P-Asserted-Identity", "\"Grace Hopper\" <sip:+15550199@10.0.0.2>")]);
    assert_eq!(
        (asserted.party.name.as_deref(), asserted.party.number.as_str()),
        (Some("Grace Hopper"), "+15550199")
    );
    let same_number = shown(&[("P-Asserted-Identity", "<tel:+15550142>")]);
    assert_eq!(
        (same_number.party.name.as_deref(), same_number.party.number.as_str()),
        (Some("Ada"), "+15550142")
    );
    let other_number = shown(&[("P-Asserted-Identity", "<tel:+15550199>")]);
    assert_eq!((other_number.party.name, other_number.party.number.as_str()), (None, "+15550199"));
}

#[test]
fn offer_1_who_wants_to_stay_unknown_does() {
    let contact =
        shown(&[("P-Asserted-Identity", "\"Grace Hopper\" <sip:+15550199@10.0.0.2>"), ("Privacy", "id")]);
    assert_eq!((contact.party.name, contact.party.number.as_str()), (None, "anonymous"));
}

#[test]
fn offer_1_the_number_first_dialled_shows_however_often_the_call_went_on() {
    let diverted = [("Diversion", "<sip:+15550802@h>;reason=no-answer, <sip:+15550800@h>;reason=user-busy")];
    assert_eq!(shown(&diverted).dnis.as_deref(), Some("+15550800"));
}

#[test]
fn offer_1_variables_are_read_out_of_user_to_user_data() {
    let rule = |label: &str, header: &str, parameter: &str| VariableRule {
        label: label.to_owned(),
        source: Source { header: header.to_owned(), parameter: parameter.to_owned() },
        secure: false,
    };
    let rules = Rules {
        variables: vec![
            rule("all", "User-to-User", ""),
            rule("order", "user-to-user", "Order"),
            rule("none", "User-to-User", "language"),
            rule("why", "History-Info", "reason"),
            rule("first", "History-Info", ""),
            rule("tenant", "X-Route", "tenant"),
        ],
        ..Rules::default()
    };
    let mut story = Story::reading(rules, |_| {});
    let hex: String = b"\x04customer=7;order=12".iter().map(|byte| format!("{byte:02x}")).collect();
    rings(
        &mut story,
        &[
            ("User-to-User", &format!("{hex};encoding=hex;purpose=isdn-uui")),
            ("History-Info", "<sip:800@h?Reason=SIP%3Bcause%3D486>;index=1, <sip:agent@h>;index=1.1;mp=1"),
            ("X-Route", "<sip:a@b>;tenant=\"North\""),
        ],
    );
    let contact = story.contact();
    let read: Vec<_> = contact.variables.iter().map(|v| (v.label.as_str(), v.value.as_str())).collect();
    assert_eq!(
        read,
        [
            ("all", "customer=7;order=12"),
            ("order", "12"),
            ("why", "user-busy"),
            ("first", "<sip:800@h>"),
            ("tenant", "North")
        ]
    );
}

#[test]
fn offer_7_a_call_that_asks_for_it_is_answered_where_the_admin_lets_it() {
    let wish = [("Call-Info", "<sip:10.0.0.2>;answer-after=1")];
    let rules = Rules { on_request: true, ..Rules::default() };
    let mut story = Story::reading(rules, |_| {});
    let id = rings(&mut story, &wish);
    assert!(matches!(story.phase_of(id), Some(PhaseView::Ringing { .. })));
    story.until("connected", |story| story.phase_of(id) == Some(PhaseView::Connected));
    let mut story = Story::available();
    let id = rings(&mut story, &wish);
    story.pass(Duration::from_secs(3));
    assert!(matches!(story.phase_of(id), Some(PhaseView::Ringing { .. })));
}
