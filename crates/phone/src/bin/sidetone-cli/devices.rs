//! `sidetone-cli devices`.

use sidetone_phone::{Kind, devices};
use std::process::ExitCode;

/// Prints every device, one JSON object a line.
pub(crate) fn print() -> ExitCode {
    for device in devices() {
        let kind = match device.kind {
            Kind::Input => "input",
            Kind::Output => "output",
        };
        let line = serde_json::json!({
            "kind": kind, "id": device.id.0, "name": device.name, "default": device.is_default,
        });
        println!("{line}");
    }
    ExitCode::SUCCESS
}
