//! SIP over UDP on the real loopback.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use sidetone_net::FlowError;
use sidetone_sip::api::Transport;

#[tokio::test]
async fn a_message_goes_there_and_one_comes_back_by_the_flow_it_came_by() {
    both_ways("127.0.0.1:0").await;
}

#[tokio::test]
async fn ipv6_works_the_same() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        eprintln!("no IPv6 here");
        return;
    }
    both_ways("[::1]:0").await;
}

async fn both_ways(address: &str) {
    let (ann, mut to_ann) = bind(address).await;
    let (bob, mut to_bob) = bind(address).await;
    let there = ann.flow_to(Transport::Udp, bob.local_addr()).unwrap();
    ann.send(transmit(there, options("1", "hello")));
    let (came_by, bytes) = message(&mut to_bob).await;
    assert_eq!(bytes, options("1", "hello"));
    assert_eq!((came_by.local, came_by.remote), (there.remote, there.local));
    bob.send(transmit(came_by, options("2", "")));
    assert_eq!(message(&mut to_ann).await, (there, options("2", "")));
}

#[tokio::test]
async fn a_wildcard_socket_names_a_concrete_address_in_its_flows() {
    let (ann, mut to_ann) = bind("0.0.0.0:0").await;
    let (bob, mut to_bob) = bind("127.0.0.1:0").await;
    let there = ann.flow_to(Transport::Udp, bob.local_addr()).unwrap();
    assert!(there.local.ip().is_loopback());
    assert_eq!(there.local.port(), ann.local_addr().port());
    ann.send(transmit(there, options("1", "")));
    let (came_by, _) = message(&mut to_bob).await;
    bob.send(transmit(came_by, options("2", "")));
    assert_eq!(message(&mut to_ann).await.0, there);
}

/// Elsewhere the system does not say whose datagram was refused.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_refused_datagram_fails_its_flow_and_not_the_socket() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let (bob, mut to_bob) = bind("127.0.0.1:0").await;
    let to_nobody = ann.flow_to(Transport::Udp, nobody()).unwrap();
    for _ in 0..3 {
        ann.send(transmit(to_nobody, options("1", "")));
        assert_eq!(failure(&mut to_ann).await, (to_nobody, FlowError::Refused));
    }
    // One that is told of in the middle of sending to another takes nothing from the other.
    ann.send(transmit(to_nobody, options("1", "")));
    let to_bob_flow = ann.flow_to(Transport::Udp, bob.local_addr()).unwrap();
    ann.send(transmit(to_bob_flow, options("2", "")));
    let (back, bytes) = message(&mut to_bob).await;
    assert_eq!(bytes, options("2", ""));
    assert_eq!(failure(&mut to_ann).await, (to_nobody, FlowError::Refused));
    bob.send(transmit(back, options("3", "")));
    assert_eq!(message(&mut to_ann).await, (to_bob_flow, options("3", "")));
}

#[tokio::test]
async fn empty_datagrams_are_nothing_and_keep_alives_and_garbage_are_handed_on() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let stun = b"\x00\x01\x00\x00\x21\x12\xa4\x42aaaabbbbcccc";
    let sent = [&b""[..], b"\r\n\r\n", stun, b"\xff\xfe\x00"];
    for bytes in sent {
        stranger.send_to(bytes, ann.local_addr()).unwrap();
    }
    for bytes in &sent[1..] {
        let (flow, came) = message(&mut to_ann).await;
        assert_eq!(&came[..], *bytes);
        assert_eq!(flow.remote, stranger.local_addr().unwrap());
    }
}

#[tokio::test]
async fn a_message_too_long_for_a_datagram_fails_its_flow() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let (bob, mut to_bob) = bind("127.0.0.1:0").await;
    let flow = ann.flow_to(Transport::Udp, bob.local_addr()).unwrap();
    ann.send(transmit(flow, options("1", &"x".repeat(70_000))));
    assert_eq!(failure(&mut to_ann).await, (flow, FlowError::TooLong));
    ann.send(transmit(flow, options("2", "")));
    assert_eq!(message(&mut to_bob).await.1, options("2", ""));
}

#[tokio::test]
async fn a_taken_port_is_refused() {
    let (ann, _to_ann) = bind("127.0.0.1:0").await;
    let again = sidetone_net::Transports::bind(ann.local_addr()).await;
    assert!(matches!(again, Err(sidetone_net::Error::Bind { address, .. }) if address == ann.local_addr()));
}
