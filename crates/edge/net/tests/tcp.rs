//! SIP over TCP on the real loopback.

mod common;

use common::*;
use sidetone_net::{FlowError, Limits};
use sidetone_sip::api::Transport;
use std::{collections::BTreeSet, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

#[tokio::test]
async fn a_connection_is_made_once_and_used_both_ways() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let (bob, mut to_bob) = bind("127.0.0.1:0").await;
    let there = ann.flow_to(Transport::Tcp, bob.local_addr()).unwrap();
    ann.send(transmit(there, options("1", "one")));
    ann.send(transmit(there, options("2", "")));
    let (came_by, first) = message(&mut to_bob).await;
    assert_eq!(first, options("1", "one"));
    assert_eq!(message(&mut to_bob).await, (came_by, options("2", "")));
    assert_eq!(came_by.local, bob.local_addr());
    bob.send(transmit(came_by, options("3", "")));
    assert_eq!(message(&mut to_ann).await, (there, options("3", "")));
    assert_eq!((ann.connections(), bob.connections()), (1, 1));
}

#[tokio::test]
async fn a_message_is_whole_however_it_is_cut() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
    peer.set_nodelay(true).unwrap();
    for byte in options("1", "a body") {
        peer.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(message(&mut to_ann).await.1, options("1", "a body"));
    let many: Vec<u8> = (0..50).flat_map(|call| options(&call.to_string(), "b").to_vec()).collect();
    peer.write_all(&many).await.unwrap();
    for call in 0..50 {
        assert_eq!(message(&mut to_ann).await.1, options(&call.to_string(), "b"));
    }
}

#[tokio::test]
async fn a_keep_alive_is_answered_with_one_line_end() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
    peer.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    timeout(DEADLINE, peer.read_exact(&mut pong)).await.unwrap().unwrap();
    assert_eq!(&pong, b"\r\n");
    peer.write_all(&options("1", "")).await.unwrap();
    let (flow, _) = message(&mut to_ann).await;
    ann.send(transmit(flow, options("2", "")));
    let mut answer = vec![0; options("2", "").len()];
    timeout(DEADLINE, peer.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer, options("2", ""), "no second pong before it");
}

#[tokio::test]
async fn a_peer_that_closes_fails_its_flow() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = ann.flow_to(Transport::Tcp, listener.local_addr().unwrap()).unwrap();
    ann.send(transmit(there, options("1", "")));
    let (peer, _) = listener.accept().await.unwrap();
    drop(peer);
    assert_eq!(failure(&mut to_ann).await, (there, FlowError::Closed));
    assert_eq!(ann.connections(), 0);
    // The next message connects anew.
    ann.send(transmit(there, options("2", "")));
    let (mut peer, _) = timeout(DEADLINE, listener.accept()).await.unwrap().unwrap();
    let mut bytes = vec![0; options("2", "").len()];
    timeout(DEADLINE, peer.read_exact(&mut bytes)).await.unwrap().unwrap();
    assert_eq!(bytes, options("2", ""));
}

#[tokio::test]
async fn a_refused_connection_fails_its_flow() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let there = ann.flow_to(Transport::Tcp, nobody()).unwrap();
    ann.send(transmit(there, options("1", "")));
    assert_eq!(failure(&mut to_ann).await, (there, FlowError::Refused));
    assert_eq!(ann.connections(), 0);
}

#[tokio::test]
async fn garbage_closes_its_connection_and_no_other() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let mut good = TcpStream::connect(ann.local_addr()).await.unwrap();
    let mut bad = TcpStream::connect(ann.local_addr()).await.unwrap();
    good.write_all(&options("1", "")).await.unwrap();
    let (good_flow, _) = message(&mut to_ann).await;
    bad.write_all(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n").await.unwrap();
    // Something unframed may be handed on to be answered before the end comes.
    let failed = loop {
        match next(&mut to_ann).await {
            sidetone_net::Received::FlowFailed { flow, why } => {
                assert_eq!(why, FlowError::Unframed);
                break flow;
            }
            sidetone_net::Received::Message { flow, .. } => assert_ne!(flow, good_flow),
        }
    };
    assert_eq!(failed.remote, bad.local_addr().unwrap());
    let mut end = [0; 1];
    let ended = timeout(DEADLINE, bad.read(&mut end)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    good.write_all(&options("2", "")).await.unwrap();
    assert_eq!(message(&mut to_ann).await, (good_flow, options("2", "")));
}

#[tokio::test]
async fn endless_headers_close_the_connection() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
    let flood = async {
        peer.write_all(b"OPTIONS sip:a@example.org SIP/2.0\r\n").await?;
        loop {
            peer.write_all(&[b'x'; 4096]).await?;
        }
    };
    let ended: std::io::Result<()> = timeout(DEADLINE, flood).await.unwrap();
    assert!(ended.is_err());
    assert_eq!(failure(&mut to_ann).await.1, FlowError::Unframed);
}

#[tokio::test]
async fn two_hundred_connections_are_served_at_once() {
    let limits = Limits { connections_per_address: 200, strangers: 200, ..Limits::default() };
    let (ann, mut to_ann) = bind_with(limits).await;
    let mut peers = Vec::new();
    for call in 0..200 {
        let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
        peer.write_all(&options(&call.to_string(), "")).await.unwrap();
        peers.push(peer);
    }
    let mut flows = BTreeSet::new();
    while flows.len() < 200 {
        let (flow, bytes) = message(&mut to_ann).await;
        flows.insert(flow);
        ann.send(transmit(flow, bytes));
    }
    assert_eq!(ann.connections(), 200);
    for (call, peer) in peers.iter_mut().enumerate() {
        let mut answer = vec![0; options(&call.to_string(), "").len()];
        timeout(DEADLINE, peer.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(answer, options(&call.to_string(), ""));
    }
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_a_place_that_is_left_is_given_again() {
    let (ann, mut to_ann) = bind_with(Limits { connections: 2, ..Limits::default() }).await;
    let mut peers = Vec::new();
    for call in ["1", "2"] {
        let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
        peer.write_all(&options(call, "")).await.unwrap();
        message(&mut to_ann).await;
        peers.push(peer);
    }
    let mut third = TcpStream::connect(ann.local_addr()).await.unwrap();
    let mut end = [0; 1];
    let ended = timeout(DEADLINE, third.read(&mut end)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    drop(peers.pop());
    failure(&mut to_ann).await;
    let mut fourth = TcpStream::connect(ann.local_addr()).await.unwrap();
    fourth.write_all(&options("4", "")).await.unwrap();
    assert_eq!(message(&mut to_ann).await.1, options("4", ""));
}

#[tokio::test]
async fn a_peer_that_drips_a_message_is_timed_out() {
    let limits = Limits { message: Duration::from_millis(200), ..Limits::default() };
    let (ann, mut to_ann) = bind_with(limits).await;
    let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
    peer.set_nodelay(true).unwrap();
    peer.write_all(&options("1", "")).await.unwrap();
    message(&mut to_ann).await;
    let mut drip = tokio::time::interval(Duration::from_millis(20));
    let started = std::time::Instant::now();
    let dripping = async {
        loop {
            drip.tick().await;
            if peer.write_all(b"O").await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = dripping => {}
        (flow, why) = failure(&mut to_ann) => {
            assert_eq!((flow.local, why), (ann.local_addr(), FlowError::Silent));
        }
    }
    assert!(started.elapsed() >= Duration::from_millis(190), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_peer_that_never_speaks_is_timed_out() {
    let (ann, mut to_ann) =
        bind_with(Limits { message: Duration::from_millis(100), ..Limits::default() }).await;
    let peer = TcpStream::connect(ann.local_addr()).await.unwrap();
    let (flow, why) = failure(&mut to_ann).await;
    assert_eq!((flow.remote, why), (peer.local_addr().unwrap(), FlowError::Silent));
}

#[tokio::test]
async fn a_peer_that_never_reads_fails_its_flow_and_holds_up_nobody() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = ann.flow_to(Transport::Tcp, listener.local_addr().unwrap()).unwrap();
    let large = options("1", &"x".repeat(60_000));
    ann.send(transmit(there, large.clone()));
    let (_peer, _) = listener.accept().await.unwrap();
    let failed = timeout(DEADLINE, async {
        loop {
            ann.send(transmit(there, large.clone()));
            tokio::task::yield_now().await;
            if let Ok(event) = to_ann.try_recv() {
                break event;
            }
        }
    });
    let why = FlowError::TooSlow;
    assert_eq!(failed.await.unwrap(), sidetone_net::Received::FlowFailed { flow: there, why });
}

#[tokio::test]
async fn dropping_the_transports_closes_every_connection() {
    let (ann, mut to_ann) = bind("127.0.0.1:0").await;
    let mut peer = TcpStream::connect(ann.local_addr()).await.unwrap();
    peer.write_all(&options("1", "")).await.unwrap();
    message(&mut to_ann).await;
    let address = ann.local_addr();
    drop(ann);
    let mut end = [0; 1];
    let ended = timeout(DEADLINE, peer.read(&mut end)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    bind(&address.to_string()).await;
}
