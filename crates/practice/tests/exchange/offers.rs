//! What becomes of an offer: taken, declined, missed, given up.

use super::desk::{Desk, Setup};
use sidetone_phone::What as PhoneWhat;
use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::{ContactView, PhaseView};
use sidetone_phone::view::TransportChoice;
use sidetone_practice::{EndedBy, What};
use std::time::Duration;

fn rings(contact: &ContactView) -> bool {
    matches!(contact.phase, PhaseView::Ringing { .. })
}

fn by_hand() -> Setup {
    Setup { auto_answer: false, ..Setup::default() }
}

#[tokio::test]
async fn a_declined_customer_is_offered_again_and_can_be_taken() {
    let mut desk = Desk::open(by_hand()).await;
    desk.play("own");
    desk.until(&What::Ringing).await;
    let contact = desk.contact(rings).await.id;
    desk.send(Command::Decline { contact }).await;
    let What::Refused { code: Some(code) } = desk.next().await else { panic!("not refused") };
    assert!((400..=699).contains(&code), "{code}");
    assert_eq!(desk.next().await, What::Offered);
    desk.until(&What::Ringing).await;
    let contact = desk.contact(|it| rings(it) && it.id != contact).await.id;
    desk.send(Command::Accept { contact }).await;
    desk.until(&What::Connected).await;
    desk.contact(|it| it.id == contact && it.phase == PhaseView::Connected).await;
    desk.send(Command::End { contact }).await;
    desk.until(&What::Ended { by: EndedBy::Agent }).await;
    desk.close().await;
}

#[tokio::test]
async fn an_offer_carries_who_calls_through_which_queue_and_on_which_number() {
    let mut desk = Desk::open(by_hand()).await;
    desk.play("own");
    let contact = desk.contact(rings).await;
    let party = serde_json::to_string(&contact.party).unwrap();
    assert!(party.contains("+15550123") && party.contains("Ann \\\"A\\\" Lee"), "{party}");
    assert_eq!(contact.queue.as_deref(), Some("Own"));
    assert_eq!(contact.dnis.as_deref(), Some("+15550199"));
    desk.close().await;
}

#[tokio::test]
async fn a_customer_nobody_takes_goes_back_to_the_queue_and_is_offered_again() {
    let mut desk = Desk::open(Setup { ring: Duration::from_secs(2), ..by_hand() }).await;
    desk.play("own");
    desk.until(&What::Ringing).await;
    assert_eq!(desk.next().await, What::Refused { code: None });
    desk.phone_says(|what| matches!(what, PhoneWhat::Ended { cause: "cancelled", .. }).then_some(())).await;
    assert_eq!(desk.next().await, What::Offered);
    assert_eq!(desk.next().await, What::Ringing);
    desk.close().await;
}

#[tokio::test]
async fn a_customer_without_patience_hangs_up_while_it_rings() {
    let mut desk = Desk::open(Setup { own: ("", 2.0), ..by_hand() }).await;
    desk.play("own");
    desk.until(&What::Ringing).await;
    assert_eq!(desk.next().await, What::Abandoned);
    desk.phone_says(|what| matches!(what, PhoneWhat::Ended { cause: "cancelled", .. }).then_some(())).await;
    desk.desk_shows(|view| view.contacts.is_empty().then_some(())).await;
    desk.close().await;
}

#[tokio::test]
async fn a_customer_hangs_up_in_the_middle_of_the_call() {
    let setup = Setup { own: ("{ wait = 0.3 }, \"hang_up\"", 60.0), ..Setup::default() };
    let mut desk = Desk::open(setup).await;
    desk.play("own");
    desk.until(&What::Connected).await;
    assert_eq!(desk.next().await, What::Ended { by: EndedBy::Customer });
    desk.phone_says(|what| matches!(what, PhoneWhat::Ended { cause: "party", .. }).then_some(())).await;
    desk.close().await;
}

#[tokio::test]
async fn in_the_rush_hour_several_queues_ring_at_once() {
    let mut desk = Desk::open(by_hand()).await;
    desk.rush_hour();
    let many = |contacts: &[ContactView]| contacts.iter().filter(|contact| rings(contact)).count() >= 2;
    desk.desk_shows(|view| many(&view.contacts).then_some(())).await;
    desk.close().await;
}

#[tokio::test]
async fn a_customer_calls_over_tcp_too() {
    let setup = Setup {
        transport: TransportChoice::Tcp,
        first: Some("own"),
        own: ("{ wait = 0.3 }, \"hang_up\"", 60.0),
        ..Setup::default()
    };
    let mut desk = Desk::open(setup).await;
    desk.until(&What::Connected).await;
    desk.until(&What::Ended { by: EndedBy::Customer }).await;
    desk.close().await;
}
