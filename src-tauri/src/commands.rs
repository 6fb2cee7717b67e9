//! The window's commands. Each passes one wish on and returns what the phone says; none decides anything.

use crate::app_view::{AppView, PracticeCommand, Shape, SignInRequest, Snapshot};
use crate::practice::Practice;
use crate::views::{AppChanged, Latest};
use crate::window;
use sidetone_phone::Phone;
use sidetone_phone::sidetone_desk::command::Command;
use sidetone_phone::sidetone_desk::view::TroubleView;
use sidetone_phone::view::{AudioCommand, GreetingCommand, HistoryPage, HistoryQuery};
use std::time::Duration;
use tauri::{AppHandle, State};
use tauri_specta::Event;

/// How long leaving a server may take.
const LEAVING: Duration = Duration::from_secs(2);

/// What a command gives back: nothing went wrong, or what the agent is told.
pub(crate) type Answer<T> = Result<T, TroubleView>;

/// Everything there is to draw.
#[tauri::command]
#[specta::specta]
pub(crate) async fn snapshot(
    latest: State<'_, Latest>,
    practice: State<'_, Practice>,
    phone: State<'_, Phone>,
) -> Answer<Snapshot> {
    Ok(Snapshot {
        desk: latest.desk(),
        audio: latest.audio(),
        greetings: latest.greetings(),
        app: app_view(&phone, &practice).await,
    })
}

/// One wish of the agent.
#[tauri::command]
#[specta::specta]
pub(crate) async fn send(
    command: Command,
    phone: State<'_, Phone>,
    practice: State<'_, Practice>,
    latest: State<'_, Latest>,
    app: AppHandle,
) -> Answer<()> {
    let leaving = command == Command::SignOut;
    phone.send(command).await?;
    if leaving {
        // The exchange is the server that is being left: it stays until it was told.
        latest.signed_out(LEAVING).await;
        practice.stop().await;
        publish(&app, &phone, &practice).await;
    }
    Ok(())
}

/// Sign in, to practice or to a phone server.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in(
    request: SignInRequest,
    phone: State<'_, Phone>,
    practice: State<'_, Practice>,
    app: AppHandle,
) -> Answer<()> {
    match request {
        SignInRequest::Practice => {
            let account = match practice.start().await {
                Ok(account) => account,
                Err(error) => return Err(phone.trouble(&error.to_string()).await),
            };
            phone.practise(account).await?;
        }
        SignInRequest::Account(account) => phone.sign_in(account).await?,
        SignInRequest::Remembered => phone.sign_in_remembered().await?,
    }
    publish(&app, &phone, &practice).await;
    Ok(())
}

/// A page of history.
#[tauri::command]
#[specta::specta]
pub(crate) async fn history(query: HistoryQuery, phone: State<'_, Phone>) -> Answer<HistoryPage> {
    phone.history(query).await
}

/// A change in the audio panel.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audio(command: AudioCommand, phone: State<'_, Phone>) -> Answer<()> {
    phone.audio(command).await
}

/// A change in my recordings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn greetings(command: GreetingCommand, phone: State<'_, Phone>) -> Answer<()> {
    phone.greetings(command).await
}

/// The practice menu.
#[tauri::command]
#[specta::specta]
pub(crate) async fn practice(
    command: PracticeCommand,
    practice: State<'_, Practice>,
    phone: State<'_, Phone>,
) -> Answer<()> {
    match practice.obey(command).await {
        Ok(()) => Ok(()),
        Err(error) => Err(phone.trouble(&error.to_string()).await),
    }
}

/// The window's shape.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_shape(shape: Shape, app: AppHandle) -> Answer<()> {
    window::set_shape(&app, shape);
    Ok(())
}

async fn publish(app: &AppHandle, phone: &Phone, practice: &Practice) {
    let view = app_view(phone, practice).await;
    if let Err(error) = AppChanged(view).emit(app) {
        tracing::warn!(%error, "the window did not take a view");
    }
}

async fn app_view(phone: &Phone, practice: &Practice) -> AppView {
    let configuration = phone.configuration().await;
    AppView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        practice_scripts: practice.scripts().await,
        remembered_account: phone.remembered_account().await,
        organisation: configuration.organisation,
        config_trouble: configuration.trouble,
    }
}
