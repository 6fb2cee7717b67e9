//! IPv4 and IPv6 at once, on one port.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use sidetone_net::{Listen, Setup};
use sidetone_sip::api::{Found, Question, Transport};
use std::net::SocketAddr;

fn ipv6_is_there() -> bool {
    let there = std::net::UdpSocket::bind("[::1]:0").is_ok();
    if !there {
        eprintln!("no IPv6 here");
    }
    there
}

#[tokio::test]
async fn one_phone_speaks_both_and_each_flow_has_its_familys_address() {
    let (phone, mut received) = open(Setup::default()).await;
    let mut peers = vec!["127.0.0.1:0"];
    if ipv6_is_there() {
        peers.push("[::1]:0");
    }
    // None of them goes before the end: that would be told, too.
    let mut gone = Vec::new();
    for address in peers {
        for transport in [Transport::Udp, Transport::Tcp] {
            let (peer, mut to_peer) = bind(address).await;
            let there = phone.flow_to(transport, peer.local_addr()).unwrap();
            assert!(there.local.ip().is_loopback());
            assert_eq!(there.local.is_ipv6(), there.remote.is_ipv6());
            assert_eq!(there.local.port(), phone.local_addr().port());
            phone.send(transmit(there, options("1", "")));
            let (came_by, bytes) = message(&mut to_peer).await;
            assert_eq!(bytes, options("1", ""));
            peer.send(transmit(came_by, options("2", "")));
            assert_eq!(message(&mut received).await, (there, options("2", "")));
            gone.push((peer, to_peer));
        }
    }
}

#[tokio::test]
async fn it_is_reached_at_the_same_port_over_either() {
    let (phone, mut received) = open(Setup::default()).await;
    let port = phone.local_addr().port();
    let mut hosts = vec!["127.0.0.1"];
    if ipv6_is_there() {
        hosts.push("::1");
    }
    for host in hosts {
        let at = SocketAddr::new(host.parse().unwrap(), port);
        let peer = std::net::UdpSocket::bind(SocketAddr::new(at.ip(), 0)).unwrap();
        peer.send_to(&options("1", ""), at).unwrap();
        let (flow, _) = message(&mut received).await;
        assert_eq!((flow.local, flow.remote), (at, peer.local_addr().unwrap()));
    }
}

#[tokio::test]
async fn a_port_that_is_taken_in_ipv6_alone_does_not_keep_ipv4_from_it() {
    if !ipv6_is_there() {
        return;
    }
    let taken = std::net::TcpListener::bind("[::]:0").unwrap();
    // On systems where an IPv6 wildcard takes IPv4's port as well, nothing can be shown.
    let port = taken.local_addr().unwrap().port();
    if std::net::TcpListener::bind(("0.0.0.0", port)).is_err() {
        eprintln!("a wildcard of IPv6 is one of IPv4 here");
        return;
    }
    let (phone, _received) = open(Setup { listen: Listen::Everywhere { port }, ..Setup::default() }).await;
    assert_eq!(phone.local_addr(), SocketAddr::from(([0, 0, 0, 0], port)));
    let there = phone.flow_to(Transport::Udp, "[::1]:5060".parse().unwrap()).unwrap();
    assert!(there.local.port() != port && there.local.port() != 0);
}

#[tokio::test]
async fn a_phone_of_one_family_has_no_paths_of_the_other() {
    let (phone, _received) = bind("127.0.0.1:0").await;
    assert!(phone.flow_to(Transport::Udp, "[::1]:5060".parse().unwrap()).is_err());
    let (host, domain) = ("[::1]".to_owned(), "example.org".to_owned());
    let question = Question::Paths { host, port: 5060, transport: Transport::Udp, domain };
    assert!(matches!(phone.look_up(question).await, Ok(Found::Paths(paths)) if paths.is_empty()));
}
