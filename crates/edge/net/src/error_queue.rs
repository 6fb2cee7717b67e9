//! Whose datagram did not arrive: ICMP errors with the address they are about.
//!
//! Linux tells an unconnected socket nothing unless asked (`IP_RECVERR`, ip(7)), and then keeps the addresses in a
//! queue of its own. Elsewhere no address can be had; there the transaction's own timer notices.

use std::net::{SocketAddr, UdpSocket};

/// Asks for ICMP errors.
#[cfg(target_os = "linux")]
pub(crate) fn enable(socket: &UdpSocket, ipv6: bool) -> std::io::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt};
    if ipv6 {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    }
    Ok(())
}

/// Where datagrams were sent that came back as errors, since last asked.
#[cfg(target_os = "linux")]
pub(crate) fn drain(socket: &UdpSocket) -> Vec<SocketAddr> {
    use nix::sys::socket::{MsgFlags, SockaddrStorage, recvmsg};
    use std::{io::IoSliceMut, os::fd::AsRawFd};
    /// More than this wait for the next time: one flood must not hold up the loop.
    const AT_ONCE: usize = 64;
    let mut failed = Vec::new();
    while failed.len() < AT_ONCE {
        // Of the datagram itself nothing is wanted.
        let mut none = [0; 1];
        let mut parts = [IoSliceMut::new(&mut none)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let Ok(message) = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, None, flags) else {
            break;
        };
        let address = message.address.and_then(|address| {
            let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4((*v4).into()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6((*v6).into())))
        });
        failed.extend(address);
    }
    failed
}

/// Asks for nothing: there is nothing to ask for.
#[cfg(not(target_os = "linux"))]
pub(crate) fn enable(_socket: &UdpSocket, _ipv6: bool) -> std::io::Result<()> {
    Ok(())
}

/// Nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn drain(_socket: &UdpSocket) -> Vec<SocketAddr> {
    Vec::new()
}
