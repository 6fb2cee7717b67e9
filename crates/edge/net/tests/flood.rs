//! Strangers in numbers: the account's server is heard all the same, and what they cost comes back.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use sidetone_net::{FlowError, Limits, Listen, Setup};
use sidetone_sip::api::Transport;
use std::{
    net::{IpAddr, UdpSocket},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// A connection from one of the addresses that the loopback of Linux has besides 127.0.0.1.
async fn connect_from(address: &str, to: std::net::SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(std::net::SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
    timeout(DEADLINE, socket.connect(to)).await.unwrap().unwrap()
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut end = [0; 1];
    matches!(timeout(DEADLINE, stream.read(&mut end)).await.unwrap(), Ok(0) | Err(_))
}

fn setup(limits: Limits) -> Setup {
    Setup { listen: Listen::At("127.0.0.1:0".parse().unwrap()), limits, ..Setup::default() }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn half_open_connections_take_no_place_from_who_has_spoken_and_none_for_good() {
    let limits = Limits { strangers: 40, message: Duration::from_millis(500), ..Limits::default() };
    let (phone, mut received) = open(setup(limits)).await;
    // The server, to which we went, and a peer that came and spoke.
    let (server, mut to_server) = bind("127.0.0.1:0").await;
    let to = phone.flow_to(Transport::Tcp, server.local_addr()).unwrap();
    phone.send(transmit(to, options("1", "")));
    let (to_phone, _) = message(&mut to_server).await;
    let mut friend = connect_from("127.0.0.2", phone.local_addr()).await;
    friend.write_all(&options("2", "")).await.unwrap();
    let (friends_flow, _) = message(&mut received).await;

    let mut strangers = Vec::new();
    for number in 0..500 {
        let from = format!("127.0.1.{}", number % 250 + 1);
        let mut stranger = connect_from(&from, phone.local_addr()).await;
        // One whose place was taken hears of it here.
        let _ = stranger.write_all(b"O").await;
        strangers.push(stranger);
        assert!(phone.connections() <= 42);
    }
    server.send(transmit(to_phone, options("3", "")));
    assert_eq!(message(&mut received).await, (to, options("3", "")));
    friend.write_all(&options("4", "")).await.unwrap();
    assert_eq!(message(&mut received).await, (friends_flow, options("4", "")));
    // They drip on, and are timed out all the same.
    while phone.connections() > 2 {
        for stranger in &mut strangers {
            let _ = stranger.write_all(b"P").await;
        }
        assert!(matches!(
            timeout(Duration::from_millis(20), received.recv()).await,
            Err(_) | Ok(Some(sidetone_net::Received::FlowFailed { .. }))
        ));
    }
    phone.send(transmit(friends_flow, options("5", "")));
    let mut answer = vec![0; options("5", "").len()];
    timeout(DEADLINE, friend.read_exact(&mut answer)).await.unwrap().unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_address_has_only_so_many_connections_and_its_oldest_stranger_gives_way() {
    let limits = Limits { connections_per_address: 2, ..Limits::default() };
    let (phone, mut received) = open(setup(limits)).await;
    let mut first = connect_from("127.0.0.2", phone.local_addr()).await;
    let mut second = connect_from("127.0.0.2", phone.local_addr()).await;
    second.write_all(&options("1", "")).await.unwrap();
    message(&mut received).await;
    let mut third = connect_from("127.0.0.2", phone.local_addr()).await;
    assert!(is_closed(&mut first).await, "the one that never spoke");
    third.write_all(&options("2", "")).await.unwrap();
    assert_eq!(message(&mut received).await.1, options("2", ""));
    // Both have spoken by now: the newcomer goes.
    let mut fourth = connect_from("127.0.0.2", phone.local_addr()).await;
    assert!(is_closed(&mut fourth).await);
    // Another address is not concerned, nor is a favoured one.
    let mut other = connect_from("127.0.0.3", phone.local_addr()).await;
    other.write_all(&options("3", "")).await.unwrap();
    assert_eq!(message(&mut received).await.1, options("3", ""));
    phone.favour(["127.0.0.2".parse::<IpAddr>().unwrap()]);
    let mut fifth = connect_from("127.0.0.2", phone.local_addr()).await;
    fifth.write_all(&options("4", "")).await.unwrap();
    assert_eq!(message(&mut received).await.1, options("4", ""));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn our_own_connection_finds_a_place_when_strangers_have_them_all() {
    let (phone, mut received) = open(setup(Limits { connections: 2, ..Limits::default() })).await;
    let mut oldest = connect_from("127.0.0.2", phone.local_addr()).await;
    let mut favoured = connect_from("127.0.0.3", phone.local_addr()).await;
    while phone.connections() < 2 {
        tokio::task::yield_now().await;
    }
    phone.favour(["127.0.0.3".parse::<IpAddr>().unwrap()]);
    let (server, mut to_server) = bind("127.0.0.1:0").await;
    let there = phone.flow_to(Transport::Tcp, server.local_addr()).unwrap();
    phone.send(transmit(there, options("1", "")));
    assert_eq!(message(&mut to_server).await.1, options("1", ""));
    assert!(is_closed(&mut oldest).await);
    favoured.write_all(&options("2", "")).await.unwrap();
    assert_eq!(message(&mut received).await.1, options("2", ""));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn our_own_connection_finds_a_place_even_when_all_have_spoken_or_are_favoured() {
    let (phone, mut received) = open(setup(Limits { connections: 2, ..Limits::default() })).await;
    let mut spoken = connect_from("127.0.0.2", phone.local_addr()).await;
    spoken.write_all(&options("1", "")).await.unwrap();
    let (its_flow, _) = message(&mut received).await;
    let mut favoured = connect_from("127.0.0.3", phone.local_addr()).await;
    favoured.write_all(&options("2", "")).await.unwrap();
    let (favoured_flow, _) = message(&mut received).await;
    // A newcomer finds none.
    let mut newcomer = connect_from("127.0.0.4", phone.local_addr()).await;
    assert!(is_closed(&mut newcomer).await);
    phone.favour(["127.0.0.3".parse::<IpAddr>().unwrap()]);
    let mut servers = Vec::new();
    for gives_way in [its_flow, favoured_flow] {
        let (server, mut to_server) = bind("127.0.0.1:0").await;
        let there = phone.flow_to(Transport::Tcp, server.local_addr()).unwrap();
        phone.send(transmit(there, options("3", "")));
        assert_eq!(message(&mut to_server).await.1, options("3", ""));
        assert_eq!(failure(&mut received).await, (gives_way, FlowError::Full));
        servers.push((server, to_server, there));
    }
    // All are ours: one more has none.
    let there = phone.flow_to(Transport::Tcp, nobody()).unwrap();
    phone.send(transmit(there, options("4", "")));
    assert_eq!(failure(&mut received).await, (there, FlowError::Full));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn datagrams_of_a_favoured_address_are_not_dropped_behind_strangers_and_come_first() {
    let (phone, mut received) = open(setup(Limits { received: 8, ..Limits::default() })).await;
    phone.favour(["127.0.0.2".parse::<IpAddr>().unwrap()]);
    let (server, stranger) =
        (UdpSocket::bind("127.0.0.2:0").unwrap(), UdpSocket::bind("127.0.0.3:0").unwrap());
    for _ in 0..100 {
        stranger.send_to(&options("stranger", ""), phone.local_addr()).unwrap();
    }
    server.send_to(&options("server", ""), phone.local_addr()).unwrap();
    // Whatever was sent before is received before: when this one is here, all were looked at.
    let (flow, bytes) = message(&mut received).await;
    let (flow, bytes) = if bytes == options("server", "") {
        (flow, bytes)
    } else {
        // The first look may fall between the first datagrams and the last.
        let mut later = message(&mut received).await;
        while later.1 != options("server", "") {
            later = message(&mut received).await;
        }
        later
    };
    assert_eq!((flow.remote, bytes), (server.local_addr().unwrap(), options("server", "")));
    let mut strangers = 0;
    while let Ok(sidetone_net::Received::Message { .. }) = received.try_recv() {
        strangers += 1;
    }
    assert!(strangers <= 8, "{strangers} waited");
}
