//! Addresses that come and go, in a network namespace of the test's own. They come to the loopback interface: it is in every
//! namespace, and not every kernel has dummies.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::namespace::{inside_a_namespace, ip};
use common::*;
use sidetone_net::{FlowError, NetworkChange, Setup, watch};
use sidetone_sip::api::Transport;
use std::{collections::BTreeSet, net::IpAddr};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::mpsc,
    time::timeout,
};

fn set(addresses: &[&str]) -> BTreeSet<IpAddr> {
    addresses.iter().map(|address| address.parse().unwrap()).collect()
}

async fn change(changes: &mut mpsc::Receiver<NetworkChange>) -> NetworkChange {
    timeout(DEADLINE, changes.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn addresses_and_routes_that_come_and_go_are_seen_once_settled() {
    if !inside_a_namespace("addresses_and_routes_that_come_and_go_are_seen_once_settled") {
        return;
    }
    let mut changes = watch();
    ip("address add 192.168.7.2/24 dev lo");
    ip("route add default via 192.168.7.1");
    let up = change(&mut changes).await;
    assert_eq!((up.gone, up.new), (set(&[]), set(&["192.168.7.2"])));
    assert_eq!((up.facing.v4, up.slept), (Some("192.168.7.2".parse().unwrap()), None));
    // From one network to another: one change.
    ip("address add 10.9.9.2/24 dev lo");
    ip("address del 192.168.7.2/24 dev lo");
    ip("route replace default via 10.9.9.1");
    let moved = change(&mut changes).await;
    assert_eq!((moved.gone, moved.new), (set(&["192.168.7.2"]), set(&["10.9.9.2"])));
    assert_eq!(moved.facing.v4, Some("10.9.9.2".parse().unwrap()));
    // The addresses stay, the way out is gone.
    ip("route del default");
    let cut_off = change(&mut changes).await;
    assert_eq!((cut_off.gone, cut_off.new, cut_off.facing.v4), (set(&[]), set(&[]), None));
    ip("link set lo down");
    let unplugged = change(&mut changes).await;
    assert_eq!((unplugged.gone, unplugged.new), (set(&["10.9.9.2"]), set(&[])));
}

#[tokio::test]
async fn connections_of_an_address_that_is_gone_end_at_once_and_others_stay() {
    if !inside_a_namespace("connections_of_an_address_that_is_gone_end_at_once_and_others_stay") {
        return;
    }
    ip("address add 192.168.7.2/24 dev lo");
    let (phone, mut received) = open(Setup::default()).await;
    let mut flows = Vec::new();
    let mut peers = Vec::new();
    for address in ["192.168.7.2:0", "127.0.0.1:0"] {
        let listener = TcpListener::bind(address).await.unwrap();
        let there = phone.flow_to(Transport::Tcp, listener.local_addr().unwrap()).unwrap();
        phone.send(transmit(there, options("1", "")));
        peers.push(timeout(DEADLINE, listener.accept()).await.unwrap().unwrap());
        flows.push(there);
    }
    // Nothing is stranded yet.
    phone.end_stranded();
    assert_eq!(phone.connections(), 2);
    ip("address del 192.168.7.2/24 dev lo");
    phone.end_stranded();
    assert_eq!(failure(&mut received).await, (flows[0], FlowError::AddressGone));
    assert_eq!(phone.connections(), 1);
    // What is sent on such a path from now on fails for the same reason, and does not leave from elsewhere.
    phone.send(transmit(flows[0], options("2", "")));
    assert_eq!(failure(&mut received).await, (flows[0], FlowError::AddressGone));
    // A wildcard serves the address that comes instead.
    ip("address add 192.168.8.2/24 dev lo");
    let at = std::net::SocketAddr::from(([192, 168, 8, 2], phone.local_addr().port()));
    let socket = TcpSocket::new_v4().unwrap();
    let mut peer = timeout(DEADLINE, socket.connect(at)).await.unwrap().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut peer, &options("3", "")).await.unwrap();
    assert_eq!(message(&mut received).await.0.local, at);
}
