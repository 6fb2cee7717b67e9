//! Socket pairs for RTP (even port) and RTCP (the odd one above it), RFC 3550 section 11.

use crate::Error;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
};

/// Expedited Forwarding (RFC 3246) in the upper six bits of the TOS octet.
const DSCP_EF: u32 = 46 << 2;
/// About two seconds of G.711 with headers and the kernel's bookkeeping: a late thread loses nothing.
const RECEIVE_BUFFER: usize = 256 * 1024;

/// Two sockets of one media stream, non-blocking.
#[derive(Debug)]
pub struct RtpPair {
    /// For RTP, on an even port.
    pub rtp: UdpSocket,
    /// For RTCP, on the port above.
    pub rtcp: UdpSocket,
}

/// Where media may be bound.
#[derive(Debug, Clone, Copy)]
pub struct RtpPorts;

impl RtpPorts {
    /// Binds a free pair in `range`, starting somewhere random in it, so that a port just let go of is not taken
    /// again while packets of the last call still arrive.
    ///
    /// # Errors
    /// [`Error::NoPorts`] when none is free; [`Error::Bind`] when `ip` is not ours.
    pub fn bind(ip: IpAddr, range: RangeInclusive<u16>) -> Result<RtpPair, Error> {
        let (first, last) = (*range.start(), *range.end());
        let first_even = u32::from(first).next_multiple_of(2).max(2);
        let pairs = (u32::from(last) + 1).saturating_sub(first_even) / 2;
        let start = RandomState::new().hash_one(first).checked_rem(u64::from(pairs)).unwrap_or(0);
        for step in 0..u64::from(pairs) {
            let index = (start + step) % u64::from(pairs);
            let Ok(port) = u16::try_from(u64::from(first_even) + 2 * index) else { continue };
            match pair(ip, port) {
                Ok(pair) => return Ok(pair),
                Err(source) if source.kind() == io::ErrorKind::AddrNotAvailable => {
                    return Err(Error::Bind { address: SocketAddr::new(ip, port), source });
                }
                // Taken, or kept by the system for itself: the next one.
                Err(_) => {}
            }
        }
        Err(Error::NoPorts { first, last })
    }
}

fn pair(ip: IpAddr, port: u16) -> io::Result<RtpPair> {
    Ok(RtpPair { rtp: bind(SocketAddr::new(ip, port))?, rtcp: bind(SocketAddr::new(ip, port + 1))? })
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    mark_expedited(&socket, address);
    // Best effort: the system caps it, and a small buffer works too.
    if let Err(error) = socket.set_recv_buffer_size(RECEIVE_BUFFER) {
        tracing::debug!(%error, "receive buffer stays as it is");
    }
    Ok(socket.into())
}

/// Asks routers to hurry these packets; where the system refuses, they travel as others do.
fn mark_expedited(socket: &Socket, address: SocketAddr) {
    let socket = SockRef::from(socket);
    let marked = match address {
        SocketAddr::V4(_) => socket.set_tos_v4(DSCP_EF),
        #[cfg(unix)]
        SocketAddr::V6(_) => socket.set_tclass_v6(DSCP_EF),
        #[cfg(not(unix))]
        SocketAddr::V6(_) => Ok(()),
    };
    if let Err(error) = marked {
        tracing::debug!(%error, "media packets go unmarked");
    }
}
