//! What the window needs beside desk and sound: which program this is, and what can be practised.

use serde::{Deserialize, Serialize};
use sidetone_phone::sidetone_desk::view::DeskView;
use sidetone_phone::view::{AudioView, ConfigTrouble, ConfiguredAccount, GreetingsView, SignIn};

/// What the window asks for when it opens or is reloaded: everything, at once.
#[derive(Debug, Clone, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    /// The desk.
    pub desk: DeskView,
    /// Sound.
    pub audio: AudioView,
    /// My recordings.
    pub greetings: GreetingsView,
    /// The rest.
    pub app: AppView,
}

/// Which program this is, and what can be practised.
#[derive(Debug, Clone, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppView {
    /// The program's version.
    pub version: String,
    /// What can be played, while signed in to practice.
    pub practice_scripts: Vec<ScriptView>,
    /// The account that signed in last and was remembered.
    pub remembered_account: Option<String>,
    /// The account that the organisation set up on this computer.
    pub organisation: Option<ConfiguredAccount>,
    /// What is wrong with the configuration; the last good one is in force.
    pub config_trouble: Option<ConfigTrouble>,
}

/// One scripted customer.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScriptView {
    /// To play it by.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What the agent can learn from it.
    pub about: String,
}

/// How the agent signs in.
#[derive(Clone, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum SignInRequest {
    /// To the practice exchange: no account needed.
    Practice,
    /// To a phone server.
    Account(SignIn),
    /// As last time.
    Remembered,
}

/// What the practice menu can do.
#[derive(Debug, Clone, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum PracticeCommand {
    /// This customer calls.
    Play {
        /// Which script.
        script: String,
    },
    /// Several customers call at once.
    RushHour,
}

/// The window's shape.
#[derive(Debug, Clone, Copy, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Shape {
    /// Narrow, beside the CRM.
    Dock,
    /// Task list, interaction and history side by side.
    Wide,
}
