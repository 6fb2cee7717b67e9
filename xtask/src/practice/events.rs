//! What happens, printed as it happens: the file that the window's program writes, followed line by line.

use crate::console;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the file is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Prints the lines of a file until it is dropped; then what is left, and ends.
pub(super) struct Follower {
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Follows `file`, which need not be there yet.
    pub(super) fn start(file: &Path) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let (told, file) = (Arc::clone(&enough), file.to_path_buf());
        let thread = std::thread::spawn(move || follow(&file, &told, Instant::now()));
        Self { enough, thread: Some(thread) }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn follow(file: &Path, enough: &AtomicBool, began: Instant) {
    let mut reader = None;
    let mut line = String::new();
    loop {
        let last = enough.load(Ordering::Relaxed);
        if reader.is_none() {
            reader = File::open(file).ok().map(BufReader::new);
        }
        while let Some(open) = reader.as_mut()
            && open.read_line(&mut line).is_ok_and(|length| length > 0)
            && line.ends_with('\n')
        {
            console::say(&format!("   {:6.1} s  {}", began.elapsed().as_secs_f32(), wording(line.trim())));
            line.clear();
        }
        if last {
            return;
        }
        std::thread::sleep(GLANCE);
    }
}

/// One event as people read it: its name first, then what it carries.
fn wording(line: &str) -> String {
    let Ok(Value::Object(mut event)) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    event.remove("at_ms");
    let name = event.remove("event").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    format!("{name:<12} {}", details(&event)).trim_end().to_owned()
}

fn details(event: &Map<String, Value>) -> String {
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => format!("{:.1}", number.as_f64().unwrap_or_default()),
        other => other.to_string(),
    };
    event.iter().map(|(name, it)| format!("{name}={}", value(it))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::wording;

    #[test]
    fn an_event_reads_as_name_and_details() {
        let line = r#"{"at_ms":17,"call":1,"event":"quality","jitter_ms":1.26,"packets_sent":50}"#;
        assert_eq!(wording(line), "quality      call=1 jitter_ms=1.3 packets_sent=50");
        assert_eq!(wording(r#"{"at_ms":17,"event":"unregistered"}"#), "unregistered");
        assert_eq!(wording("no json"), "no json");
    }
}
