//! Ports for programs that must be told one: below those that the system gives away and those that phones take for RTP.

use std::fs::{self, File};
use std::net::{TcpListener, UdpSocket};
use std::sync::Mutex;

const FIRST: u16 = 6_000;
const COUNT: u16 = 4_000;

/// The first of `width` neighbouring ports that nobody has, by UDP and TCP. No port is given away twice while this
/// process runs: not here, and not by tests that run beside it.
pub(crate) fn free(width: u16) -> u16 {
    static OURS: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let mut ours = OURS.lock().unwrap();
    let found = (FIRST..FIRST + COUNT - width).step_by(usize::from(width)).find_map(|first| {
        let claims = (first..first + width).map(claim).collect::<Option<Vec<File>>>()?;
        (first..first + width).all(is_free).then_some((first, claims))
    });
    let Some((port, claims)) = found else { panic!("no port is free from {FIRST} on") };
    ours.extend(claims);
    port
}

/// A lock on a file that stands for the port: a program takes some time from being told of it to having it.
fn claim(port: u16) -> Option<File> {
    let folder = std::env::temp_dir().join("sidetone-test-ports");
    fs::create_dir_all(&folder).unwrap();
    let file = File::create(folder.join(port.to_string())).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

fn is_free(port: u16) -> bool {
    UdpSocket::bind(("0.0.0.0", port)).is_ok() && TcpListener::bind(("0.0.0.0", port)).is_ok()
}
