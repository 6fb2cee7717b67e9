//! Ports for programs that must be told one: below those that the system gives away and those that phones take for RTP.

use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

const FIRST: u16 = 6_000;
const COUNT: u16 = 4_000;

/// The first of `width` neighbouring ports that nobody has, by UDP and TCP. No port is given away twice in one run.
pub(crate) fn free(width: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test programs that run at the same time begin in different places.
    let start = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(width, Ordering::Relaxed) % COUNT;
        let port = FIRST + (start + step) % COUNT;
        if (port..port + width).all(is_free) {
            return port;
        }
    }
    panic!("no port is free from {FIRST} on");
}

fn is_free(port: u16) -> bool {
    UdpSocket::bind(("0.0.0.0", port)).is_ok() && TcpListener::bind(("0.0.0.0", port)).is_ok()
}
