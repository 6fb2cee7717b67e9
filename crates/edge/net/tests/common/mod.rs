//! What the tests share: a bound pair of ends, and waiting with a deadline.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod authority;
#[cfg(target_os = "linux")]
pub mod namespace;

use bytes::Bytes;
use sidetone_net::{FlowError, Limits, Received, Receiver, Setup, Transports};
use sidetone_sip::api::{Flow, Found, Question, Transmit, Transport};
use std::{net::SocketAddr, time::Duration};
use tokio::time::timeout;

pub const DEADLINE: Duration = Duration::from_secs(10);

pub async fn bind(address: &str) -> (Transports, Receiver) {
    Transports::bind(address.parse().unwrap()).await.unwrap()
}

pub async fn bind_with(limits: Limits) -> (Transports, Receiver) {
    Transports::bind_with("127.0.0.1:0".parse().unwrap(), limits).await.unwrap()
}

pub async fn open(setup: Setup) -> (Transports, Receiver) {
    Transports::open(setup).await.unwrap()
}

pub async fn next(receiver: &mut Receiver) -> Received {
    timeout(DEADLINE, receiver.recv()).await.expect("nothing came").expect("the transports are gone")
}

pub async fn message(receiver: &mut Receiver) -> (Flow, Bytes) {
    match next(receiver).await {
        Received::Message { flow, bytes } => (flow, bytes),
        Received::FlowFailed { flow, why } => panic!("{flow:?} failed: {why:?}"),
    }
}

pub async fn failure(receiver: &mut Receiver) -> (Flow, FlowError) {
    match next(receiver).await {
        Received::FlowFailed { flow, why } => (flow, why),
        Received::Message { bytes, .. } => panic!("{bytes:?} came"),
    }
}

/// The path to `port` of this machine, where `domain` must be.
pub async fn path_to(transports: &Transports, transport: Transport, port: u16, domain: &str) -> Flow {
    let (host, domain) = ("127.0.0.1".to_owned(), domain.to_owned());
    match transports.look_up(Question::Paths { host, port, transport, domain }).await {
        Ok(Found::Paths(paths)) => paths[0],
        Ok(_) | Err(_) => panic!("no path to this machine"),
    }
}

pub fn options(call: &str, body: &str) -> Bytes {
    let length = body.len();
    Bytes::from(format!(
        "OPTIONS sip:a@example.org SIP/2.0\r\nCall-ID: {call}\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

pub fn transmit(flow: Flow, payload: Bytes) -> Transmit {
    Transmit { flow, payload }
}

/// An address of this machine where nothing listens, over either protocol.
pub fn nobody() -> SocketAddr {
    loop {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = gone.local_addr().unwrap();
        if std::net::UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}
