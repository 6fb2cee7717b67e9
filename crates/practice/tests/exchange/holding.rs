//! Hold, from both sides, and keys, both ways.

use super::desk::{Desk, Setup};
use sidetone_phone::What as PhoneWhat;
use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::{ActionView, PhaseView};
use sidetone_practice::{EndedBy, What};

#[tokio::test]
async fn the_agent_holds_and_resumes() {
    let mut desk = Desk::open(Setup { own: ("{ wait = 60 }", 60.0), ..Setup::default() }).await;
    desk.play("own");
    desk.until(&What::Connected).await;
    let contact = desk.contact(|it| it.phase == PhaseView::Connected).await.id;
    desk.send(Command::Hold { contact }).await;
    assert_eq!(desk.next().await, What::OnHold { on: true });
    let held = PhaseView::OnHold { by_us: true, by_them: false };
    desk.contact(|it| it.phase == held && it.actions.resume == ActionView::Ready).await;
    desk.send(Command::Resume { contact }).await;
    assert_eq!(desk.next().await, What::OnHold { on: false });
    desk.contact(|it| it.phase == PhaseView::Connected).await;
    desk.close().await;
}

#[tokio::test]
async fn the_customer_holds_and_comes_back() {
    let setup = Setup { own: ("{ wait = 0.2 }, { hold = 2 }, { wait = 60 }", 60.0), ..Setup::default() };
    let mut desk = Desk::open(setup).await;
    desk.play("own");
    desk.until(&What::Holding { on: true }).await;
    desk.contact(|it| it.phase == PhaseView::OnHold { by_us: false, by_them: true }).await;
    desk.until(&What::Holding { on: false }).await;
    desk.contact(|it| it.phase == PhaseView::Connected).await;
    desk.close().await;
}

#[tokio::test]
async fn keys_go_both_ways() {
    let steps = "{ wait = 0.5 }, { press = \"42\" }, { expect = { keys = 2, at_most_s = 30 } }, \"hang_up\"";
    let mut desk = Desk::open(Setup { own: (steps, 60.0), ..Setup::default() }).await;
    desk.play("own");
    desk.until(&What::Connected).await;
    for pressed in ['4', '2'] {
        let heard = desk.phone_says(|what| match what {
            PhoneWhat::Digit { key } => Some(*key),
            _ => None,
        });
        assert_eq!(heard.await, pressed);
    }
    let contact = desk.contact(|it| it.phase == PhaseView::Connected).await.id;
    for key in ['1', '#'] {
        desk.send(Command::Key { contact, key }).await;
        assert_eq!(desk.next().await, What::Key);
    }
    assert_eq!(desk.next().await, What::Ended { by: EndedBy::Customer });
    desk.close().await;
}
