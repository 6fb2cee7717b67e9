//! What of a datagram a handshake gets to see (RFC 6347 section 4.1): records that belong to one, each piece once.
//!
//! What anybody could have written and nobody needs stays outside: alerts, data, pieces that contradict themselves. So
//! does what the other side sends again because it waits for us: a library that takes it for an answer stops the timer by
//! which ours is sent again. Memory is bounded by the pieces of one handshake.

use crate::sdp::Role;
use bytes::BytesMut;
use std::collections::BTreeSet;

/// Type, version, epoch, number, length.
const RECORD_HEAD: usize = 13;
/// Type, length, number, offset and length of the piece.
const PIECE_HEAD: usize = 12;

/// A chain of certificates is the longest message.
const LONGEST_MESSAGE: usize = 16 * 1024;
/// So many pieces, of all messages of one handshake.
const MOST_PIECES: usize = 256;
/// A hello fits a datagram, or nearly.
const PIECES_OF_HELLO: usize = 4;
/// So many encrypted records: of one handshake there is one, and its repetitions.
const MOST_ENCRYPTED: u32 = 64;

const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;

/// A piece of a message: the message's number, offset and length.
type Piece = (u16, usize, usize);

/// What a datagram is to a handshake.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sifted {
    /// Nothing.
    Chaff,
    /// All of it came before, and was sent again.
    Repeated,
    /// These records are worth looking at.
    Records(BytesMut),
}

/// Remembers what has passed.
#[derive(Debug)]
pub(super) struct Sieve {
    role: Role,
    pieces: BTreeSet<Piece>,
    /// The highest number of a plain record: what the network doubled has none of its own.
    highest: u64,
    encrypted: u32,
}

/// What a record is.
#[derive(Debug, PartialEq, Eq)]
enum Worth {
    None,
    Repeated,
    News,
}

impl Sieve {
    pub(super) const fn new(role: Role) -> Sieve {
        Sieve { role, pieces: BTreeSet::new(), highest: 0, encrypted: 0 }
    }

    /// Takes out what is worth looking at.
    pub(super) fn sift(&mut self, mut datagram: &[u8]) -> Sifted {
        let (mut records, mut repeated) = (BytesMut::new(), false);
        while let Some((record, rest)) = split_record(datagram) {
            match self.worth(record) {
                Worth::News => records.extend_from_slice(record),
                Worth::Repeated => repeated = true,
                Worth::None => {}
            }
            datagram = rest;
        }
        match (records.is_empty(), repeated) {
            (false, _) => Sifted::Records(records),
            (true, true) => Sifted::Repeated,
            (true, false) => Sifted::Chaff,
        }
    }

    fn worth(&mut self, record: &[u8]) -> Worth {
        let Some((head, body)) = record.split_at_checked(RECORD_HEAD) else { return Worth::None };
        let &[kind, 0xFE, _, epoch_high, epoch_low, a, b, c, d, e, f, ..] = head else { return Worth::None };
        let number = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        match (kind, u16::from_be_bytes([epoch_high, epoch_low])) {
            (CHANGE_CIPHER_SPEC, 0) if body == [1] => Worth::News,
            (HANDSHAKE, 0) => self.worth_of(number, body),
            (HANDSHAKE, 1) if self.encrypted < MOST_ENCRYPTED => {
                self.encrypted += 1;
                Worth::News
            }
            _ => Worth::None,
        }
    }

    /// Of a record of plain messages.
    fn worth_of(&mut self, number: u64, mut body: &[u8]) -> Worth {
        let mut found = BTreeSet::new();
        while !body.is_empty() {
            let Some((piece, rest)) = split_piece(body) else { return Worth::None };
            if !found.insert(piece) {
                return Worth::None;
            }
            body = rest;
        }
        let before = self.pieces.len();
        if found.is_empty() || before + found.len() > MOST_PIECES {
            return Worth::None;
        }
        let asked_again = self.is_asked_again(&found);
        self.pieces.append(&mut found);
        let is_later = number > self.highest;
        self.highest = self.highest.max(number);
        match asked_again || self.pieces.len() > before {
            true => Worth::News,
            false if is_later => Worth::Repeated,
            false => Worth::None,
        }
    }

    /// The first hello once more, where we have not got beyond it: what answers it (RFC 6347 section 4.2.1) has no timer.
    fn is_asked_again(&self, found: &BTreeSet<Piece>) -> bool {
        let is_first = |piece: &Piece| piece.0 == 0;
        let is_hello = found.len() <= PIECES_OF_HELLO && found.iter().all(is_first);
        self.role == Role::Passive && is_hello && self.pieces.iter().all(is_first)
    }
}

/// What tells one beginning of a handshake from another: the random of its ClientHello (RFC 5246 section 7.4.1.2), which
/// stays the same when it is sent again. `None` where it is none.
pub(super) fn hello(datagram: &[u8]) -> Option<[u8; 32]> {
    let (record, _) = split_record(datagram).filter(|_| datagram.first() == Some(&HANDSHAKE))?;
    let body = record.get(RECORD_HEAD..).filter(|body| body.first() == Some(&CLIENT_HELLO))?;
    let version = PIECE_HEAD + 2;
    body.get(version..version + 32)?.try_into().ok()
}

/// The first record, and what follows; `None` where there is no whole one.
fn split_record(datagram: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = datagram.get(11..RECORD_HEAD)?.try_into().map(u16::from_be_bytes).ok()?;
    datagram.split_at_checked(RECORD_HEAD + usize::from(length))
}

/// The first piece of a message, and what follows; `None` where there is no sound one.
fn split_piece(body: &[u8]) -> Option<(Piece, &[u8])> {
    let (head, rest) = body.split_at_checked(PIECE_HEAD)?;
    let &[_, a, b, c, number_high, number_low, d, e, f, g, h, i] = head else { return None };
    let long = |high, middle, low| u32::from_be_bytes([0, high, middle, low]) as usize;
    let (whole, offset, length) = (long(a, b, c), long(d, e, f), long(g, h, i));
    let is_sound = whole <= LONGEST_MESSAGE && offset + length <= whole && (length > 0 || whole == 0);
    let (_, rest) = rest.split_at_checked(length).filter(|_| is_sound)?;
    Some(((u16::from_be_bytes([number_high, number_low]), offset, length), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of this kind, epoch and number.
    fn record(kind: u8, epoch: u8, number: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, number];
        record.extend((body.len() as u16).to_be_bytes());
        record.extend(body);
        record
    }

    /// A piece of a message of `whole` bytes.
    fn piece(message: u8, whole: u8, offset: u8, length: u8) -> Vec<u8> {
        let mut piece = vec![1, 0, 0, whole, 0, message, 0, 0, offset, 0, 0, length];
        piece.resize(PIECE_HEAD + usize::from(length), 7);
        piece
    }

    fn records(records: &[Vec<u8>]) -> Sifted {
        Sifted::Records(BytesMut::from(&records.concat()[..]))
    }

    #[test]
    fn a_handshake_passes_and_what_belongs_to_none_does_not() {
        let mut sieve = Sieve::new(Role::Active);
        let hello = record(22, 0, 0, &piece(0, 9, 0, 9));
        let (change, finished) = (record(20, 0, 3, &[1]), record(22, 1, 0, &[5; 40]));
        let (alert, data) = (record(21, 0, 1, &[2, 40]), record(23, 0, 2, b"data"));
        let all = [hello.clone(), alert, change.clone(), data, finished.clone()].concat();
        assert_eq!(sieve.sift(&all), records(&[hello, change, finished]));
        for nonsense in [
            record(22, 0, 9, &piece(1, 9, 5, 9)),
            record(22, 0, 9, &piece(1, 9, 0, 9)[..15]),
            record(22, 0, 9, &piece(1, 9, 0, 0)),
            record(22, 0, 9, &[1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
            record(22, 0, 9, &[]),
            record(22, 0, 9, &[piece(1, 9, 0, 9), piece(1, 9, 0, 9)].concat()),
            record(22, 2, 9, &[5; 40]),
            record(20, 0, 9, &[2]),
            record(22, 0, 9, &piece(1, 9, 0, 9))[..20].to_vec(),
            vec![22, 3, 3, 0, 0],
        ] {
            assert_eq!(sieve.sift(&nonsense), Sifted::Chaff);
        }
    }

    #[test]
    fn what_is_sent_again_is_told_from_what_the_network_doubled_and_from_the_first_hello() {
        let mut sieve = Sieve::new(Role::Passive);
        let hello = |number| record(22, 0, number, &piece(0, 9, 0, 9));
        let next = |number| record(22, 0, number, &piece(1, 9, 0, 9));
        for number in [0, 0, 1] {
            assert_eq!(sieve.sift(&hello(number)), records(&[hello(number)]));
        }
        assert_eq!(sieve.sift(&next(2)), records(&[next(2)]));
        assert_eq!(sieve.sift(&next(2)), Sifted::Chaff);
        assert_eq!(sieve.sift(&next(3)), Sifted::Repeated);
        assert_eq!(sieve.sift(&hello(1)), Sifted::Chaff);
        let mut sieve = Sieve::new(Role::Active);
        assert_eq!(sieve.sift(&hello(0)), records(&[hello(0)]));
        assert_eq!(sieve.sift(&hello(1)), Sifted::Repeated);
    }

    #[test]
    fn pieces_are_counted() {
        let mut sieve = Sieve::new(Role::Active);
        let of_20 = |message| (0..20).flat_map(|offset| piece(message, 20, offset, 1)).collect::<Vec<u8>>();
        let passes = |sifted| matches!(sifted, Sifted::Records(_));
        let all = 0..=255;
        let passed = all.filter(|n| passes(sieve.sift(&record(22, 0, *n, &of_20(*n))))).count();
        assert_eq!(passed, MOST_PIECES / 20);
        let encrypted = (0..500).filter(|_| passes(sieve.sift(&record(22, 1, 0, &[1; 40])))).count();
        assert_eq!(encrypted, MOST_ENCRYPTED as usize);
    }
}
