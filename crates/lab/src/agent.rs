//! A scripted agent: what a person at the desk does, in their words, on the real window. The demonstration and the
//! desktop tests share it, so that a step is written once.
//!
//! It knows the screen by its `data-testid`s and nothing else: no language, no layout.

use crate::webdriver::{Error, Window};
use std::time::Duration;

/// How long the screen may take to follow a click; generous, for a busy machine.
const REACTION: Duration = Duration::from_secs(15);

/// The agent at one window.
pub struct Agent<'a> {
    window: &'a Window,
    tell: Box<dyn FnMut(&str) + 'a>,
}

impl std::fmt::Debug for Agent<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Agent").finish_non_exhaustive()
    }
}

/// The selector of what the window calls `name`.
#[must_use]
pub fn part(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

/// The selector of what begins with `family` and ends with `id`; of the first of the family, where there is no id.
fn named(family: &str, id: Option<&str>) -> String {
    match id {
        Some(id) => part(&format!("{family}{id}")),
        None => format!("[data-testid^=\"{family}\"]"),
    }
}

impl<'a> Agent<'a> {
    /// An agent that says each step to `tell` before doing it.
    pub fn new(window: &'a Window, tell: impl FnMut(&str) + 'a) -> Self {
        Self { window, tell: Box::new(tell) }
    }

    /// The window, for what has no word here.
    #[must_use]
    pub fn window(&self) -> &Window {
        self.window
    }

    /// Signs in to the practice exchange and becomes Available. Stops where the first offer may come.
    ///
    /// # Errors
    /// As all here: when the screen does not follow.
    pub fn sign_in_to_practice(&mut self) -> Result<(), Error> {
        self.say("signs in to practice");
        self.press("first-run-practice")?;
        self.window.wait_for(&part("state-label"), REACTION)?;
        self.wait_gone("first-run-practice")
    }

    /// Chooses Available in the state menu; during a contact, as the state that follows it.
    ///
    /// # Errors
    /// When the menu does not open.
    pub fn become_available(&mut self) -> Result<(), Error> {
        self.say("becomes Available");
        self.press("state-label")?;
        self.press("choose-available")?;
        self.wait_gone("choose-available")
    }

    /// Asks the exchange for one of its customers; the first, where none is named.
    ///
    /// # Errors
    /// When there is no such script.
    pub fn ask_for_customer(&mut self, script: Option<&str>) -> Result<(), Error> {
        self.say(&format!("asks for a customer{}", script.map_or_else(String::new, |it| format!(": {it}"))));
        let entry = named("practice-script-", script);
        if !self.window.exists(&entry)? {
            self.press("practice-menu")?;
        }
        self.window.press(&entry, REACTION)
    }

    /// Waits for a customer's offer.
    ///
    /// # Errors
    /// When none comes within `patience`.
    pub fn wait_for_offer(&mut self, patience: Duration) -> Result<(), Error> {
        self.say("waits for a customer");
        self.window.wait_for(&part("popover"), patience).map(drop)
    }

    /// Takes the offer, and waits until it is connected.
    ///
    /// # Errors
    /// When the popover stays, or the call does not come through.
    pub fn accept(&mut self) -> Result<(), Error> {
        self.say("presses Accept");
        self.press("accept")?;
        self.wait_gone("popover")?;
        self.wait_usable("hold")
    }

    /// Gives the offer back.
    ///
    /// # Errors
    /// When the popover stays.
    pub fn decline(&mut self) -> Result<(), Error> {
        self.say("presses Decline");
        self.press("decline")?;
        self.wait_gone("popover")
    }

    /// Mutes, or unmutes; waits until the button shows it.
    ///
    /// # Errors
    /// When the button does not follow.
    pub fn mute(&mut self, on: bool) -> Result<(), Error> {
        self.say(if on { "mutes" } else { "speaks again" });
        self.press("mute")?;
        let wanted = if on { "true" } else { "false" };
        let what = format!("the mute button to be pressed: {wanted}");
        self.window.wait_until(&what, REACTION, |window| {
            let pressed = window.attribute(&part("mute"), "aria-pressed")?;
            Ok((pressed.as_deref() == Some(wanted)).then_some(()))
        })
    }

    /// Puts the customer on hold; waits until resuming is possible.
    ///
    /// # Errors
    /// When the call is not held.
    pub fn hold(&mut self) -> Result<(), Error> {
        self.say("puts the customer on hold");
        self.press("hold")?;
        self.wait_usable("resume")
    }

    /// Takes the customer off hold; waits until holding is possible.
    ///
    /// # Errors
    /// When the call is not resumed.
    pub fn resume(&mut self) -> Result<(), Error> {
        self.say("resumes");
        self.press("resume")?;
        self.wait_usable("hold")
    }

    /// Ends the call; waits for the wrap-up.
    ///
    /// # Errors
    /// When no wrap-up comes.
    pub fn end(&mut self) -> Result<(), Error> {
        self.say("ends the call");
        self.press("end")?;
        self.window.wait_for(&part("wrap-up"), REACTION).map(drop)
    }

    /// Chooses a reason (the first, where none is named), writes notes, submits; waits until the contact is done.
    ///
    /// # Errors
    /// When the wrap-up cannot be submitted.
    pub fn wrap_up(&mut self, reason: Option<&str>, notes: &str) -> Result<(), Error> {
        self.say("chooses a wrap-up reason and writes notes");
        self.window.press(&named("reason-", reason), REACTION)?;
        self.window.wait_for(&part("notes"), REACTION)?;
        self.window.type_into(&part("notes"), notes)?;
        self.say("submits the wrap-up");
        self.press("submit-wrap-up")?;
        self.wait_gone("wrap-up")
    }

    /// The newest row of the history as one line, once it holds `words`.
    ///
    /// # Errors
    /// When no such row comes.
    pub fn history_row(&mut self, words: &str) -> Result<String, Error> {
        self.say("looks into the history");
        let rows = part("history-row");
        if !self.window.exists(&rows)? && self.window.exists(&part("tab-history"))? {
            self.press("tab-history")?;
        }
        self.window.wait_until(&format!("a history row with \"{words}\""), REACTION, |window| {
            let row = window.content(&rows)?.split_whitespace().collect::<Vec<_>>().join(" ");
            Ok(row.contains(words).then_some(row))
        })
    }

    /// The state as the agent reads it, in the window's language.
    ///
    /// # Errors
    /// When nobody is signed in.
    pub fn state(&self) -> Result<String, Error> {
        self.window.text(&part("state-label"))
    }

    /// What the interaction panel says about the call's phase, in the window's language.
    ///
    /// # Errors
    /// When no contact is selected.
    pub fn phase(&self) -> Result<String, Error> {
        self.window.text(&part("phase"))
    }

    fn say(&mut self, words: &str) {
        (self.tell)(words);
    }

    fn press(&self, name: &str) -> Result<(), Error> {
        self.window.press(&part(name), REACTION)
    }

    fn wait_gone(&self, name: &str) -> Result<(), Error> {
        self.window.wait_gone(&part(name), REACTION)
    }

    fn wait_usable(&self, name: &str) -> Result<(), Error> {
        let css = part(name);
        let what = format!("{name} to be usable");
        self.window.wait_until(&what, REACTION, |window| Ok(window.enabled(&css)?.then_some(())))
    }
}
