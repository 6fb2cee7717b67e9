//! A call whose signalling was encrypted goes on by a way that is not: the lock opens at once, whatever becomes of what is
//! offered then. It never shows more than what is so.

use crate::{dialogs::newest, story::Story};
use bytes::Bytes;
use sidetone_desk::view::Privacy;
use sidetone_media::Direction;
use sidetone_sip::api::{CallKey, Event, Transport};

#[test]
fn the_lock_is_theirs_who_take_the_place_and_so_are_the_keys() {
    let mut story = Story::that_protects_by_tls();
    let (customer, _) = story.protected_customer_talks(Transport::Tls);
    assert_eq!(story.lock(), Privacy::Encrypted);
    let before = our_keys(&answer_to(&mut story, customer.call));
    let place = newest(&story);
    let mut theirs = Story::protecting(91);
    let offer = theirs.offer(Direction::SendRecv);
    let new = story.calls_by(Transport::Udp, ("Bea", "+15550199"), offer, &[("Replaces", &place)]);
    let answer = answer_to(&mut story, new);
    theirs.accept_answer(&answer).unwrap();
    assert_eq!(story.lock(), Privacy::Weak);
    let after = our_keys(&answer);
    assert!(after.len() == 1 && after != before, "who was there before knows no key of what follows");
}

#[test]
fn who_takes_the_place_without_an_offer_gets_keys_of_its_own() {
    let mut story = Story::that_protects_by_tls();
    let (customer, _) = story.protected_customer_talks(Transport::Tls);
    let before = our_keys(&answer_to(&mut story, customer.call));
    let place = newest(&story);
    let new = story.calls_by(Transport::Udp, ("Bea", "+15550199"), Bytes::new(), &[("Replaces", &place)]);
    let offer = answer_to(&mut story, new);
    let after = our_keys(&offer);
    assert!(after.len() > 1 && !after.contains(&before[0]));
    assert_eq!(story.lock(), Privacy::Weak);
}

/// What the desk said in its 200.
fn answer_to(story: &mut Story, call: CallKey) -> Bytes {
    let answered = |story: &Story| {
        story.server_events().find_map(|event| match event {
            Event::Answered { call: answered, sdp } if *answered == call => Some(sdp.clone()),
            _ => None,
        })
    };
    story.until("answered", |story| answered(story).is_some());
    answered(story).unwrap()
}

fn our_keys(sdp: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(sdp);
    text.lines().filter_map(|line| Some(line.split_once(" inline:")?.1.to_owned())).collect()
}
