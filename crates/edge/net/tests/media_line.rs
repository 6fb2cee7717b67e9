//! A connection to a relay: it never makes its thread wait, and says when it is over.
#![allow(clippy::unwrap_used)]

use sidetone_net::{MediaLine, Transports};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// A connection, and its other end.
async fn line() -> (MediaLine, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (transports, _received) = Transports::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = listener.local_addr().unwrap();
    let line = transports.media_dialer().connect(server, None).await.unwrap();
    let (other, from) = listener.accept().unwrap();
    assert_eq!(line.local(), from);
    (line, other)
}

#[tokio::test]
async fn who_does_not_read_costs_packets_and_no_time() {
    let (mut line, mut other) = line().await;
    let message = [7; 1_000];
    // More than any system keeps for a connection.
    for _ in 0..50_000 {
        line.send(&message).unwrap();
    }
    other.set_nonblocking(true).unwrap();
    let (mut room, mut read) = (vec![0; 1 << 20], 0);
    while let Ok(length @ 1..) = other.read(&mut room) {
        read += length;
        assert!(room[..length].iter().all(|byte| *byte == 7));
    }
    assert!((1_000..50_000_000).contains(&read), "some were dropped: {read}");
    // What had begun is sent to its end: no message is ever cut.
    other.set_nonblocking(false).unwrap();
    line.send(&[8]).unwrap();
    while room[0] != 8 {
        assert_eq!(line.receive(&mut [0; 10]).unwrap(), 0);
        read += other.read(&mut room[..1]).unwrap();
    }
    assert_eq!(read % message.len(), 1);
}

#[tokio::test]
async fn what_comes_is_read_and_its_end_is_told() {
    let (mut line, mut other) = line().await;
    other.write_all(b"abc").unwrap();
    drop(other);
    let mut heard = Vec::new();
    let mut room = [0; 2];
    let over = loop {
        match line.receive(&mut room) {
            Ok(length) => heard.extend_from_slice(&room[..length]),
            Err(over) => break over,
        }
    };
    assert_eq!((&heard[..], over.kind()), (&b"abc"[..], std::io::ErrorKind::UnexpectedEof));
}
