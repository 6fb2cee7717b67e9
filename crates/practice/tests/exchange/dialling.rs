//! The agent dials.

use super::desk::{Desk, Setup};
use sidetone_phone::What as PhoneWhat;
use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::PhaseView;
use sidetone_practice::{EndedBy, What};

#[tokio::test]
async fn busy_and_unknown_numbers_say_so() {
    let mut desk = Desk::open(Setup::default()).await;
    for (number, code) in [("601", 486), ("603", 404), ("0000", 404)] {
        desk.send(Command::Dial { target: number.to_owned() }).await;
        assert_eq!(desk.next().await, What::NotReached { code }, "{number}");
        let refused = desk.phone_says(|what| match what {
            PhoneWhat::Ended { code, .. } => Some(*code),
            _ => None,
        });
        assert_eq!(refused.await, Some(code), "{number}");
        desk.desk_shows(|view| view.contacts.is_empty().then_some(())).await;
    }
    desk.close().await;
}

#[tokio::test]
async fn a_colleague_rings_and_answers_and_so_does_the_echo_test() {
    for (number, script) in [("5551234", "answers-colleague"), ("600", "answers-echo")] {
        answers(number, script).await;
    }
}

async fn answers(number: &str, script: &str) {
    let mut desk = Desk::open(Setup::default()).await;
    desk.send(Command::Dial { target: number.to_owned() }).await;
    assert_eq!(desk.next().await, What::Dialled { script: script.to_owned() });
    desk.contact(|it| it.phase == PhaseView::RingingThere).await;
    assert_eq!(desk.next().await, What::Connected);
    let contact = desk.contact(|it| it.phase == PhaseView::Connected).await.id;
    desk.send(Command::End { contact }).await;
    assert_eq!(desk.next().await, What::Ended { by: EndedBy::Agent });
    desk.close().await;
}

#[tokio::test]
async fn who_does_not_answer_can_be_given_up() {
    let mut desk = Desk::open(Setup::default()).await;
    desk.send(Command::Dial { target: "602".to_owned() }).await;
    let contact = desk.contact(|it| it.phase == PhaseView::RingingThere).await.id;
    desk.send(Command::End { contact }).await;
    desk.until(&What::Ended { by: EndedBy::Agent }).await;
    desk.close().await;
}
