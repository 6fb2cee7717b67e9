//! RTP port pairs.

use sidetone_net::{Error, RtpPorts};

#[test]
fn a_pair_is_even_and_odd_and_passes_packets() {
    let ip = "127.0.0.1".parse().unwrap();
    let pair = RtpPorts::bind(ip, 20_001..=29_999).unwrap();
    let (rtp, rtcp) = (pair.rtp.local_addr().unwrap(), pair.rtcp.local_addr().unwrap());
    assert_eq!(rtp.port() % 2, 0);
    assert_eq!(rtcp.port(), rtp.port() + 1);
    let mut buffer = [0; 16];
    assert_eq!(pair.rtp.recv_from(&mut buffer).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    let tos = socket2::SockRef::from(&pair.rtp).tos_v4().unwrap();
    assert_eq!(tos, 0xB8, "expedited forwarding");
    pair.rtcp.send_to(b"report", rtp).unwrap();
    pair.rtp.set_nonblocking(false).unwrap();
    pair.rtp.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    assert_eq!(pair.rtp.recv_from(&mut buffer).unwrap(), (6, rtcp));
}

#[test]
fn a_range_gives_every_pair_it_has_and_then_says_so() {
    let ip = "127.0.0.2".parse().unwrap();
    // 41001 is odd, and 41008 has no odd port above it in the range: three pairs.
    let range = 41_001..=41_008;
    let pairs: Vec<_> = (0..3).map(|_| RtpPorts::bind(ip, range.clone()).unwrap()).collect();
    let none = RtpPorts::bind(ip, range.clone());
    assert!(matches!(none, Err(Error::NoPorts { first: 41_001, last: 41_008 })));
    drop(pairs);
    RtpPorts::bind(ip, range).unwrap();
}

#[test]
fn odd_ranges_and_foreign_addresses_are_errors() {
    let ip = "127.0.0.1".parse().unwrap();
    assert!(matches!(RtpPorts::bind(ip, 65_535..=65_535), Err(Error::NoPorts { .. })));
    #[allow(clippy::reversed_empty_ranges)]
    let reversed = RtpPorts::bind(ip, 30_000..=20_000);
    assert!(matches!(reversed, Err(Error::NoPorts { .. })));
    let foreign = RtpPorts::bind("192.0.2.1".parse().unwrap(), 20_000..=20_010);
    assert!(matches!(foreign, Err(Error::Bind { .. })));
}

#[test]
fn media_works_over_ipv6() {
    let ip = "::1".parse().unwrap();
    if std::net::UdpSocket::bind((ip, 0)).is_err() {
        eprintln!("no IPv6 here");
        return;
    }
    let pair = RtpPorts::bind(ip, 20_000..=29_999).unwrap();
    assert!(pair.rtp.local_addr().unwrap().is_ipv6());
}
