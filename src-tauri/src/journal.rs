//! What happens, written to a file, one JSON object a line: for tests and demonstrations (`--events FILE`).

use sidetone_phone::Happening;
use std::fs::File;
use std::io::Write;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Writes every happening until the phone stops or the disk refuses.
pub(crate) fn keep(mut file: File, mut happenings: Receiver<Happening>) {
    tauri::async_runtime::spawn(async move {
        loop {
            let happening = match happenings.recv().await {
                Ok(happening) => happening,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let line = serde_json::to_string(&happening).map_err(std::io::Error::from);
            if let Err(error) = line.and_then(|line| writeln!(file, "{line}")) {
                tracing::warn!(%error, "what happens is no longer written");
                return;
            }
        }
    });
}
