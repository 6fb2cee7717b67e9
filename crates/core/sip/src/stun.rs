//! As much of STUN as keeps a flow alive (RFC 5626 section 3.5.2, RFC 8489): a binding request without attributes, and
//! the mapped address in its answer. No authentication, no fingerprint, no fragments: what has none of these shapes is
//! nothing.

use bytes::{BufMut, Bytes, BytesMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const COOKIE: u32 = 0x2112_A442;
const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const FAILURE: u16 = 0x0111;
const MAPPED_ADDRESS: u16 = 0x0001;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const HEAD: usize = 20;

/// What tells one request from another.
pub(crate) type Transaction = [u8; 12];

/// A STUN message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stun {
    /// Somebody asks where we see them.
    Request(Transaction),
    /// Where they see us.
    Success(Transaction, SocketAddr),
    /// They understood, and did not want to say.
    Failure(Transaction),
}

/// Whether it can be STUN: SIP begins with a letter, or a line end (RFC 5626 section 8).
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    matches!(bytes, [0 | 1, ..])
}

/// Reads one.
pub(crate) fn read(bytes: &[u8]) -> Option<Stun> {
    let (head, attributes) = bytes.split_at_checked(HEAD)?;
    let (kind, length) = (number(head)?, number(head.get(2..)?)?);
    let cookie = u32::from_be_bytes(head.get(4..8)?.try_into().ok()?);
    if cookie != COOKIE || usize::from(length) != attributes.len() || length % 4 != 0 {
        return None;
    }
    let transaction: Transaction = head.get(8..)?.try_into().ok()?;
    match kind {
        REQUEST => Some(Stun::Request(transaction)),
        SUCCESS => mapped(attributes, &transaction).map(|seen| Stun::Success(transaction, seen)),
        FAILURE => Some(Stun::Failure(transaction)),
        _ => None,
    }
}

/// A binding request.
pub(crate) fn request(transaction: Transaction) -> Bytes {
    written(REQUEST, transaction, &[])
}

/// The answer to one.
pub(crate) fn success(transaction: Transaction, seen: SocketAddr) -> Bytes {
    let mut value = BytesMut::new();
    value.put_u16(XOR_MAPPED_ADDRESS);
    let mask = mask(&transaction);
    let (family, octets) = match seen.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    value.put_u16(if family == 1 { 8 } else { 20 });
    value.put_u16(family);
    value.put_u16(seen.port() ^ (COOKIE >> 16) as u16);
    value.extend(octets.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
    written(SUCCESS, transaction, &value)
}

fn written(kind: u16, transaction: Transaction, attributes: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(HEAD + attributes.len());
    message.put_u16(kind);
    message.put_u16(u16::try_from(attributes.len()).unwrap_or_default());
    message.put_u32(COOKIE);
    message.extend_from_slice(&transaction);
    message.extend_from_slice(attributes);
    message.freeze()
}

/// The mapped address; the plain one where the other is missing, as RFC 3489 had it.
fn mapped(attributes: &[u8], transaction: &Transaction) -> Option<SocketAddr> {
    let mut rest = attributes;
    let mut plain = None;
    while let Some((head, after)) = rest.split_at_checked(4) {
        let (kind, length) = (number(head)?, usize::from(number(head.get(2..)?)?));
        let value = after.get(..length)?;
        match kind {
            XOR_MAPPED_ADDRESS => return address(value, &mask(transaction)),
            MAPPED_ADDRESS => plain = address(value, &[0; 16]),
            _ => {}
        }
        rest = after.get(length.next_multiple_of(4)..)?;
    }
    plain
}

fn address(value: &[u8], mask: &[u8; 16]) -> Option<SocketAddr> {
    let [_, family, port @ ..] = value else { return None };
    let (port, octets) = (number(port)?, port.get(2..)?);
    let port = port ^ number(mask)?;
    let clear: Vec<u8> = octets.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
    let ip = match family {
        1 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(clear).ok()?)),
        2 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(clear).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// What addresses are hidden with (RFC 8489 section 14.2).
fn mask(transaction: &Transaction) -> [u8; 16] {
    let mut mask = [0; 16];
    let (cookie, rest) = mask.split_at_mut(4);
    cookie.copy_from_slice(&COOKIE.to_be_bytes());
    rest.copy_from_slice(transaction);
    mask
}

fn number(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(..2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Transaction = *b"0123456789ab";

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&request(T)), Some(Stun::Request(T)));
        for seen in ["203.0.113.5:61000", "[2001:db8::7]:5060"] {
            let seen = seen.parse().unwrap();
            assert_eq!(read(&success(T, seen)), Some(Stun::Success(T, seen)));
        }
    }

    /// RFC 5769 section 2.2, without the attributes that need a key.
    #[test]
    fn the_sample_of_rfc_5769_is_read() {
        let transaction = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
        let mut sample = vec![0x01, 0x01, 0x00, 0x1c, 0x21, 0x12, 0xa4, 0x42];
        sample.extend(transaction);
        sample.extend([0x80, 0x22, 0x00, 0x0b]);
        sample.extend(b"test vector ");
        sample.extend([0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        assert_eq!(read(&sample), Some(Stun::Success(transaction, "192.0.2.1:32853".parse().unwrap())));
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_nothing() {
        let whole = success(T, "203.0.113.5:61000".parse().unwrap());
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length}");
        }
        let mut longer = whole.to_vec();
        longer.push(0);
        assert_eq!(read(&longer), None);
    }

    #[test]
    fn any_byte_may_be_wrong() {
        let whole = success(T, "[2001:db8::7]:5060".parse().unwrap());
        for at in 0..whole.len() {
            for value in 0..=255 {
                let mut broken = whole.to_vec();
                broken[at] = value;
                let _ = read(&broken);
            }
        }
    }
}
