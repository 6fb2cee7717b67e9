//! Customers in virtual time.

use super::*;

struct Call {
    start: Instant,
    now: Instant,
    customer: Customer,
}

fn speech() -> SpeechId {
    SpeechId::named("customer-billing").unwrap()
}

fn call(more: &str, steps: &str) -> Call {
    let text = format!(
        "id = \"a\"\ntitle = \"A\"\nabout = \"A\"\npatience_s = 9\n{more}\n\
         customer = {{ name = \"Ann\", number = \"+15550100\" }}\nsteps = [{steps}]\n"
    );
    let script = Arc::new(Script::parse("a.toml", &text).unwrap());
    let now = Instant::now();
    Call { start: now, now, customer: Customer::new(now, script) }
}

impl Call {
    fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.customer.poll_action()).collect()
    }

    fn give(&mut self, input: Input) -> Vec<Action> {
        self.customer.handle_input(self.now, input);
        self.actions()
    }

    /// Hears this for so long; stops at the first action, and gives it with the time since the beginning.
    fn hear(&mut self, dbfs: f32, seconds: f64) -> Option<(f64, Vec<Action>)> {
        let end = self.now + Duration::from_secs_f64(seconds);
        while self.now < end {
            self.now += Duration::from_millis(50);
            if self.customer.poll_timeout().is_some_and(|due| due <= self.now) {
                self.customer.handle_timeout(self.now);
            }
            self.customer.handle_input(self.now, Input::Heard(dbfs));
            let actions = self.actions();
            if !actions.is_empty() {
                return Some((self.now.duration_since(self.start).as_secs_f64(), actions));
            }
        }
        None
    }

    fn silence(&mut self, seconds: f64) -> Option<(f64, Vec<Action>)> {
        self.hear(-90.0, seconds)
    }
}

#[test]
fn speaks_when_the_agent_has_spoken_and_paused() {
    let mut call = call("", "{ listen = { at_most_s = 3 } }, { say = \"customer-billing\" }");
    assert_eq!(call.actions(), []);
    assert_eq!(call.silence(1.0), None);
    assert_eq!(
        call.hear(-20.0, 10.0),
        None,
        "the agent is not interrupted, though this takes longer than 3 s"
    );
    assert_eq!(call.silence(0.5), None, "a breath is no pause");
    assert_eq!(call.hear(-20.0, 1.0), None);
    let (at, actions) = call.silence(3.0).unwrap();
    assert_eq!(actions, [Action::Say(speech())]);
    assert!((at - 13.3).abs() < 0.1, "0.8 s after the last word: {at}");
}

#[test]
fn speaks_first_when_the_agent_does_not() {
    let mut call = call("", "{ listen = { at_most_s = 3 } }, { say = \"customer-billing\" }");
    let (at, actions) = call.silence(10.0).unwrap();
    assert_eq!(actions, [Action::Say(speech())]);
    assert!((at - 3.0).abs() < 0.1, "{at}");
}

#[test]
fn an_agent_who_never_pauses_is_interrupted() {
    let mut call = call("", "{ listen = { at_most_s = 3 } }, \"hang_up\"");
    let (at, actions) = call.hear(-20.0, 100.0).unwrap();
    assert_eq!(actions, [Action::HangUp]);
    assert!(at > 59.0 && at < 62.0, "{at}");
}

#[test]
fn steps_follow_each_other_and_then_the_customer_stays() {
    let mut call = call("", "{ say = \"customer-billing\" }, { press = \"12#\" }, \"beep\"");
    assert_eq!(call.actions(), [Action::Say(speech())]);
    assert_eq!(call.give(Input::Said), [Action::Press("12#".to_owned())]);
    assert_eq!(call.give(Input::Said), [], "keys are not speech");
    assert_eq!(call.silence(2.0).unwrap().1, [Action::Beep]);
    assert_eq!(call.give(Input::Said), []);
    assert_eq!(call.silence(3_600.0), None);
    assert_eq!(call.customer.poll_timeout(), None);
}

#[test]
fn on_hold_a_sentence_breaks_off_and_begins_anew() {
    let mut call = call("", "{ say = \"customer-billing\" }, \"hang_up\"");
    call.actions();
    assert_eq!(call.give(Input::OnHold(true)), [Action::Hush]);
    assert_eq!(call.give(Input::OnHold(true)), [], "told twice by a session refresh");
    assert_eq!(call.give(Input::Said), [], "an end that crossed the hold");
    assert_eq!(call.silence(600.0), None, "waits as long as it takes");
    assert_eq!(call.give(Input::OnHold(false)), [Action::Say(speech())]);
    assert_eq!(call.give(Input::Said), [Action::HangUp]);
    assert_eq!(call.give(Input::OnHold(true)), []);
}

#[test]
fn some_do_not_stay_on_hold() {
    let mut call = call("hold_patience_s = 4", "{ wait = 60 }");
    call.give(Input::OnHold(true));
    call.silence(3.0);
    call.give(Input::OnHold(false));
    assert_eq!(call.silence(10.0), None, "taken off in time");
    call.give(Input::OnHold(true));
    let (at, actions) = call.silence(10.0).unwrap();
    assert_eq!(actions, [Action::HangUp]);
    assert!((at - 17.0).abs() < 0.1, "{at}");
    assert_eq!(call.customer.poll_timeout(), None);
}

#[test]
fn a_wait_goes_on_on_hold_but_nobody_speaks_into_it() {
    let mut call = call("", "{ wait = 2 }, { say = \"customer-billing\" }");
    call.give(Input::OnHold(true));
    assert_eq!(call.silence(10.0), None);
    assert_eq!(call.give(Input::OnHold(false)), [Action::Say(speech())]);
}

#[test]
fn puts_the_agent_on_hold_and_comes_back() {
    let mut call = call("", "{ hold = 5 }, { say = \"customer-billing\" }");
    assert_eq!(call.actions(), [Action::Hold(true)]);
    assert_eq!(call.silence(1.0), None, "the time runs from the agent's yes");
    call.give(Input::HoldSettled);
    let (at, actions) = call.silence(10.0).unwrap();
    assert_eq!(actions, [Action::Hold(false)]);
    assert!((at - 6.0).abs() < 0.1, "{at}");
    assert_eq!(call.give(Input::HoldSettled), [Action::Say(speech())]);
}

#[test]
fn keys_of_the_agent_are_counted_and_not_waited_for_for_ever() {
    let steps = "{ expect = { keys = 2, at_most_s = 9 } }, \"beep\", { expect = { keys = 2, at_most_s = 9 } }, \"beep\"";
    let mut call = call("", steps);
    assert_eq!(call.give(Input::Key), []);
    assert_eq!(call.give(Input::Key), [Action::Beep]);
    call.give(Input::Said);
    call.give(Input::Key);
    assert_eq!(call.silence(20.0).unwrap().1, [Action::Beep]);
}

#[test]
fn keys_pressed_ahead_count() {
    let mut call = call("", "{ wait = 1 }, { expect = { keys = 2, at_most_s = 9 } }, \"beep\"");
    assert_eq!(call.give(Input::Key), []);
    assert_eq!(call.silence(2.0), None);
    assert_eq!(call.give(Input::Key), [Action::Beep]);
}

#[test]
fn an_echo_ends() {
    let mut call = call("", "{ echo = { delay_s = 1, for_s = 5 } }, \"hang_up\"");
    assert_eq!(call.actions(), [Action::Echo(Duration::from_secs(1))]);
    assert_eq!(call.hear(-20.0, 10.0).unwrap().1, [Action::Hush, Action::HangUp]);
}
