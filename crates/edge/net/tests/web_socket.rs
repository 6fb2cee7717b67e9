//! SIP over secure WebSockets (RFC 7118), against another's server of them.
#![allow(clippy::unwrap_used, clippy::result_large_err)]

mod common;

use common::authority::{Authority, Server, for_server};
use common::*;
use futures_util::{SinkExt, StreamExt};
use sidetone_net::{CertificateProblem, FlowError, Receiver, Transports};
use sidetone_sip::api::{Flow, Transport};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
        http::HeaderValue,
    },
};

const DOMAIN: &str = "sip.example.org";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";

type Peer = WebSocketStream<TlsStream<TcpStream>>;

async fn server(authority: &Authority) -> Server {
    Server::new(&authority.sign(&for_server(&[DOMAIN])), None).await
}

async fn accept(server: &Server, path: &'static str) -> Peer {
    let stream = timeout(DEADLINE, server.accept()).await.unwrap().unwrap();
    let agree = |request: &Request, mut response: Response| {
        assert_eq!(request.uri().path(), path);
        assert_eq!(request.headers()[PROTOCOL], "sip");
        assert_eq!(request.headers()["host"].to_str().unwrap().split(':').next(), Some(DOMAIN));
        response.headers_mut().insert(PROTOCOL, HeaderValue::from_static("sip"));
        Ok(response)
    };
    timeout(DEADLINE, accept_hdr_async(stream, agree)).await.unwrap().unwrap()
}

async fn connected() -> (Transports, Receiver, Flow, Peer) {
    let authority = Authority::new("ours");
    let server = server(&authority).await;
    let (phone, received) = open(authority.trusted()).await;
    let there = path_to(&phone, Transport::Wss, server.port(), DOMAIN).await;
    phone.send(transmit(there, options("1", "one")));
    let mut peer = accept(&server, "/ws").await;
    assert_eq!(next_frame(&mut peer).await, Message::text(text(&options("1", "one"))));
    (phone, received, there, peer)
}

async fn next_frame(peer: &mut Peer) -> Message {
    timeout(DEADLINE, peer.next()).await.unwrap().unwrap().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_frame_carries_a_message_both_ways() {
    let (phone, mut received, there, mut peer) = connected().await;
    peer.send(Message::text(text(&options("2", "two")))).await.unwrap();
    assert_eq!(message(&mut received).await, (there, options("2", "two")));
    peer.send(Message::binary(options("3", ""))).await.unwrap();
    assert_eq!(message(&mut received).await, (there, options("3", "")));
    // What is not UTF-8 goes as it is.
    phone.send(transmit(there, b"OPTIONS \xff"[..].into()));
    assert_eq!(next_frame(&mut peer).await, Message::binary(&b"OPTIONS \xff"[..]));
    assert_eq!(phone.connections(), 1);
}

#[tokio::test]
async fn keep_alives_of_both_kinds_are_answered() {
    let (phone, mut received, there, mut peer) = connected().await;
    peer.send(Message::text("\r\n\r\n")).await.unwrap();
    assert_eq!(next_frame(&mut peer).await, Message::text("\r\n"));
    peer.send(Message::Ping("a".into())).await.unwrap();
    assert_eq!(next_frame(&mut peer).await, Message::Pong("a".into()));
    phone.send(transmit(there, "\r\n\r\n".into()));
    assert_eq!(next_frame(&mut peer).await, Message::text("\r\n\r\n"));
    peer.send(Message::text("\r\n")).await.unwrap();
    assert_eq!(message(&mut received).await, (there, "\r\n".into()));
}

#[tokio::test]
async fn a_peer_that_closes_fails_its_flow() {
    let (phone, mut received, there, mut peer) = connected().await;
    peer.close(None).await.unwrap();
    assert_eq!(failure(&mut received).await, (there, FlowError::Closed));
    assert_eq!(phone.connections(), 0);
}

#[tokio::test]
async fn a_frame_too_long_fails_its_flow() {
    let (_phone, mut received, there, mut peer) = connected().await;
    // The phone may close before it is all sent.
    let _ = peer.send(Message::text("x".repeat(70_000))).await;
    assert_eq!(failure(&mut received).await, (there, FlowError::Unframed));
}

#[tokio::test]
async fn a_server_that_speaks_no_sip_there_is_refused() {
    let authority = Authority::new("ours");
    let server = server(&authority).await;
    let (phone, mut received) = open(authority.trusted()).await;
    let there = path_to(&phone, Transport::Wss, server.port(), DOMAIN).await;
    phone.send(transmit(there, options("1", "")));
    let stream = timeout(DEADLINE, server.accept()).await.unwrap().unwrap();
    let _peer = tokio_tungstenite::accept_async(stream).await.unwrap();
    let (flow, why) = failure(&mut received).await;
    assert!(flow == there && matches!(why, FlowError::WebSocket(_)), "{why:?}");
}

#[tokio::test]
async fn a_configured_path_is_asked_for() {
    let authority = Authority::new("ours");
    let server = server(&authority).await;
    let mut setup = authority.trusted();
    setup.web_socket_path = Some("/sip/desk".to_owned());
    let (phone, _received) = open(setup).await;
    let there = path_to(&phone, Transport::Wss, server.port(), DOMAIN).await;
    phone.send(transmit(there, options("1", "")));
    let mut peer = accept(&server, "/sip/desk").await;
    assert_eq!(next_frame(&mut peer).await, Message::text(text(&options("1", ""))));
}

#[tokio::test]
async fn its_certificate_is_checked_as_for_tls() {
    let authority = Authority::new("ours");
    let server = server(&Authority::new("theirs")).await;
    let (phone, mut received) = open(authority.trusted()).await;
    let there = path_to(&phone, Transport::Wss, server.port(), DOMAIN).await;
    phone.send(transmit(there, options("1", "")));
    assert!(timeout(DEADLINE, server.accept()).await.unwrap().is_err());
    let why = FlowError::Certificate(CertificateProblem::UnknownAuthority);
    assert_eq!(failure(&mut received).await, (there, why));
}
