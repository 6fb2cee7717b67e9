//! Views on their way to the window. Only the newest of each kind counts: a window that is slow, hidden or being
//! reloaded skips what it missed and asks for a snapshot.

use crate::app_view::AppView;
use serde::{Deserialize, Serialize};
use sidetone_phone::Views;
use sidetone_phone::sidetone_desk::view::{DeskView, SessionView};
use sidetone_phone::view::{AudioView, GreetingsView, Levels};
use std::time::Duration;
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::watch;

/// The desk changed.
#[derive(Clone, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct DeskChanged(pub DeskView);

/// Sound changed.
#[derive(Clone, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct AudioChanged(pub AudioView);

/// How loud both sides are.
#[derive(Clone, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct LevelsChanged(pub Levels);

/// My recordings changed.
#[derive(Clone, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct GreetingsChanged(pub GreetingsView);

/// The rest changed.
#[derive(Clone, Serialize, Deserialize, specta::Type, Event)]
pub(crate) struct AppChanged(pub AppView);

/// The newest views, for a window that opens or is reloaded.
pub(crate) struct Latest {
    desk: watch::Receiver<DeskView>,
    audio: watch::Receiver<AudioView>,
    greetings: watch::Receiver<GreetingsView>,
}

impl Latest {
    /// Watches the phone's views.
    pub(crate) fn new(views: &Views) -> Self {
        let Views { desk, audio, greetings, .. } = views;
        Self { desk: desk.clone(), audio: audio.clone(), greetings: greetings.clone() }
    }

    /// The desk now.
    pub(crate) fn desk(&self) -> DeskView {
        self.desk.borrow().clone()
    }

    /// Waits until nobody is signed in, at most for so long.
    pub(crate) async fn signed_out(&self, at_most: Duration) {
        let mut desk = self.desk.clone();
        let gone = desk.wait_for(|view| matches!(view.session, SessionView::SignedOut { .. }));
        // A server that does not answer is left all the same.
        let _ = tokio::time::timeout(at_most, gone).await;
    }

    /// My recordings now.
    pub(crate) fn greetings(&self) -> GreetingsView {
        self.greetings.borrow().clone()
    }

    /// Sound now.
    pub(crate) fn audio(&self) -> AudioView {
        self.audio.borrow().clone()
    }
}

/// Passes every change on, for as long as the phone runs.
pub(crate) fn forward(app: &AppHandle, views: Views) {
    pass_on(app, views.desk, |app, view| DeskChanged(view).emit(app));
    pass_on(app, views.audio, |app, view| AudioChanged(view).emit(app));
    pass_on(app, views.greetings, |app, view| GreetingsChanged(view).emit(app));
    pass_on(app, views.levels, |app, view| LevelsChanged(view).emit(app));
}

fn pass_on<T, F>(app: &AppHandle, mut newest: watch::Receiver<T>, emit: F)
where
    T: Clone + Send + Sync + 'static,
    F: Fn(&AppHandle, T) -> tauri::Result<()> + Send + 'static,
{
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        while newest.changed().await.is_ok() {
            let view = newest.borrow_and_update().clone();
            if let Err(error) = emit(&app, view) {
                tracing::warn!(%error, "the window did not take a view");
            }
        }
    });
}
