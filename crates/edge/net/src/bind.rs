//! Sockets for UDP and TCP on one port, of one family or both.

use crate::{Error, Listen};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
};

/// How often a port is tried for that has to be free more than once.
const TRIES: u32 = 64;

/// The sockets of one family, on the same port.
pub(crate) struct Pair {
    pub(crate) local: SocketAddr,
    pub(crate) udp: UdpSocket,
    pub(crate) tcp: TcpListener,
}

/// What `listen` asks for: one pair, or IPv4's and IPv6's.
pub(crate) fn bind(listen: Listen) -> Result<(Pair, Option<Pair>), Error> {
    let refused = |source| Error::Bind { address: listen.first(), source };
    match listen {
        Listen::At(local) => pair(local).map(|pair| (pair, None)).map_err(refused),
        Listen::Everywhere { port } => everywhere(port).map_err(refused),
    }
}

fn everywhere(port: u16) -> io::Result<(Pair, Option<Pair>)> {
    let first = Listen::Everywhere { port }.first();
    let v6 = |port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    for _ in 0..TRIES {
        let v4 = match pair(first) {
            Ok(v4) => v4,
            // A machine of IPv6 alone.
            Err(error) if absent(&error) => return pair(v6(port)).map(|pair| (pair, None)),
            Err(error) => return Err(error),
        };
        match once(v6(v4.local.port())) {
            Ok(v6) => return Ok((v4, Some(v6))),
            Err(error) if absent(&error) => return Ok((v4, None)),
            Err(_) if port == 0 => {}
            // Somebody else's in IPv6: another port serves as well there.
            Err(_) => return Ok((v4, pair(v6(0)).ok())),
        }
    }
    pair(first).map(|v4| (v4, pair(v6(0)).ok()))
}

/// The machine does not have this family.
fn absent(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own on every system.
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || error.raw_os_error().is_some_and(|code| AFNOSUPPORT.contains(&code))
}

/// Linux, macOS and Windows.
const AFNOSUPPORT: [i32; 3] = [97, 47, 10_047];

/// Tries for a port that both protocols have free: the system hands out UDP and TCP ports independently.
fn pair(local: SocketAddr) -> io::Result<Pair> {
    let mut outcome = once(local);
    for _ in 1..TRIES {
        match &outcome {
            Err(error) if local.port() == 0 && !absent(error) => outcome = once(local),
            Ok(_) | Err(_) => break,
        }
    }
    outcome
}

fn once(local: SocketAddr) -> io::Result<Pair> {
    let tcp = socket(local, Type::STREAM, Protocol::TCP)?;
    // On Unix this allows binding while old connections linger; on Windows it would allow theft.
    #[cfg(unix)]
    tcp.set_reuse_address(true)?;
    tcp.bind(&local.into())?;
    tcp.listen(128)?;
    let tcp: TcpListener = tcp.into();
    let bound = tcp.local_addr()?;
    let udp = socket(local, Type::DGRAM, Protocol::UDP)?;
    udp.bind(&SocketAddr::new(local.ip(), bound.port()).into())?;
    Ok(Pair { local: bound, udp: udp.into(), tcp })
}

fn socket(local: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(local), kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if local.is_ipv6() {
        // The same on every system: an IPv6 socket speaks IPv6.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}
