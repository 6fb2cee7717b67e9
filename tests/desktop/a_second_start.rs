//! SESSION-7: the program is started a second time on the same machine.

use crate::Desk;
use sidetone_lab::agent::part;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// With a port of its own choosing only one program can have it: the second must not even try.
#[test]
fn session_7_a_second_start_leaves_to_the_first_though_the_port_is_taken() {
    let port = free_port();
    let desk = Desk::configured(&format!("[sip]\nport = {port}\n"));
    let mut agent = desk.agent();
    agent.sign_in_to_practice().unwrap();
    let before = std::fs::read_to_string(desk.stage.events()).unwrap();
    assert!(desk.stage.start_again(PATIENCE).unwrap(), "the second ends well");
    let after = std::fs::read_to_string(desk.stage.events()).unwrap();
    assert!(!before.is_empty() && after.starts_with(&before), "the second took the first's file");
    assert!(agent.window().exists(&part("state-label")).unwrap());
}

/// A port that is free for both protocols, below those that the system gives to connections: of these any may be taken
/// for a minute by a connection that has ended.
fn free_port() -> u16 {
    let first = 10_000 + u16::try_from(std::process::id() % 5_000).unwrap();
    let free = |port: &u16| {
        let address = ("0.0.0.0", *port);
        std::net::UdpSocket::bind(address).is_ok() && std::net::TcpListener::bind(address).is_ok()
    };
    (first..16_000).find(free).expect("a free port")
}
