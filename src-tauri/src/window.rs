//! The one window, in its two shapes.

use crate::app_view::Shape;
use tauri::{AppHandle, LogicalSize, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

const LABEL: &str = "desk";
const DOCK: (f64, f64) = (400.0, 780.0);
const WIDE: (f64, f64) = (1180.0, 780.0);
const LEAST: (f64, f64) = (340.0, 480.0);

/// Opens the window.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Sidetone")
        .inner_size(DOCK.0, DOCK.1)
        .min_inner_size(LEAST.0, LEAST.1)
        // Nothing but our own pages: a link that would leave them goes nowhere.
        .on_navigation(|url| {
            url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost") || is_dev_server(url)
        })
        .build()
}

/// Brings the window to the front: a second start of the program ends here (SESSION-7).
pub(crate) fn focus(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window did not come to the front");
        }
    }
}

/// Makes the window narrow or wide.
pub(crate) fn set_shape(app: &AppHandle, shape: Shape) {
    let (width, height) = match shape {
        Shape::Dock => DOCK,
        Shape::Wide => WIDE,
    };
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.set_size(LogicalSize::new(width, height))
    {
        tracing::warn!(%error, "the window kept its size");
    }
}

fn is_dev_server(url: &tauri::Url) -> bool {
    cfg!(debug_assertions) && url.host_str() == Some("localhost")
}
