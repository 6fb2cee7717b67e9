//! How what passes the wire is protected: as agreed, and never less. Where keys are agreed on but not there yet, nothing
//! passes.

use super::{Kind, keyed::Keyed, shaking::Shaking};
use crate::{
    sdp::Protection,
    session::{Channel, InputError},
};
use bytes::Bytes;
use std::time::Instant;

/// What stands at the wire.
#[derive(Debug, Default)]
pub(super) enum Guard {
    /// Nobody: packets pass as they are.
    #[default]
    Open,
    /// Nothing passes.
    Shut,
    /// Packets are opened and sealed.
    Keyed(Box<Keyed>),
    /// They are, once a handshake gave the keys.
    Shaking(Box<Shaking>),
}

impl Guard {
    /// Goes on as agreed. `known` are the keys that were in use before, where none are now.
    pub(super) fn apply(
        &mut self,
        now: Instant,
        protection: &Protection,
        rtcp_mux: bool,
        known: &mut Option<Box<Keyed>>,
    ) {
        if let (Protection::Handshake(agreed), Guard::Shaking(shaking)) = (protection, &mut *self)
            && shaking.is(agreed, rtcp_mux)
        {
            return shaking.renew(now);
        }
        if let Guard::Keyed(keyed) = std::mem::take(self) {
            *known = Some(keyed);
        }
        *self = match protection {
            Protection::Open => Guard::Open,
            Protection::Keys(keys) => {
                let keyed = match known.take() {
                    Some(keyed) => keyed.change(keys),
                    None => Keyed::new(keys).map(Box::new),
                };
                keyed.map_or(Guard::Shut, Guard::Keyed)
            }
            Protection::Handshake(agreed) => {
                let shaking = Shaking::new(now, agreed, rtcp_mux);
                shaking.map_or(Guard::Shut, |shaking| Guard::Shaking(Box::new(shaking)))
            }
        };
    }

    /// The packet as it was before they protected it.
    pub(super) fn open<'a>(
        &'a mut self,
        channel: Channel,
        kind: Kind,
        packet: &'a [u8],
    ) -> Result<&'a [u8], InputError> {
        match self {
            Guard::Open => Ok(packet),
            Guard::Shut => Err(InputError::NotAuthentic),
            Guard::Keyed(keyed) => keyed.open(kind, packet),
            Guard::Shaking(shaking) => shaking.open(channel, kind, packet),
        }
    }

    /// The packet as it may go; `None`: it may not.
    pub(super) fn seal(&mut self, channel: Channel, kind: Kind, packet: Bytes) -> Option<Bytes> {
        match self {
            Guard::Open => Some(packet),
            Guard::Shut => None,
            Guard::Keyed(keyed) => keyed.seal(kind, &packet),
            Guard::Shaking(shaking) => shaking.seal(channel, kind, &packet),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sdp::{Fingerprint, Handshake, Identity, Keys, Role},
        srtp::{MasterKey, Outbound, Suite},
        testing::start,
    };
    use bytes::BytesMut;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// What is agreed on next, and how far our sequence numbers are then.
    #[derive(Debug, Clone)]
    enum Act {
        Open,
        Handshake,
        Keys {
            ours: u8,
            theirs: u8,
            mki: bool,
            epoch: u32,
        },
        /// So many packets on, one goes.
        Send(u16),
        /// One of theirs comes, by the key that they have now.
        Come,
        /// One of theirs comes again.
        ComeAgain(prop::sample::Index),
    }

    fn act() -> impl Strategy<Value = Act> {
        let keys = (0..3_u8, 10..13_u8, any::<bool>(), 0..3_u32);
        prop_oneof![
            1 => Just(Act::Open),
            1 => Just(Act::Handshake),
            3 => keys.prop_map(|(ours, theirs, mki, epoch)| Act::Keys { ours, theirs, mki, epoch }),
            5 => (1..20_000_u16).prop_map(Act::Send),
            3 => Just(Act::Come),
            5 => any::<prop::sample::Index>().prop_map(Act::ComeAgain),
        ]
    }

    /// Every third key is for a suite of its own.
    fn suite(byte: u8) -> Suite {
        [Suite::AeadAes128Gcm, Suite::AesCm128HmacSha1_80][usize::from(byte.is_multiple_of(3))]
    }

    fn key(suite: Suite, byte: u8) -> MasterKey {
        MasterKey::new(suite, &vec![byte; suite.key_length() + suite.salt_length()]).unwrap()
    }

    fn rtp(ssrc: u8, sequence: u16) -> BytesMut {
        let mut packet = BytesMut::from(&[0x80, 0][..]);
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, ssrc]);
        packet.extend_from_slice(&[0x55; 40]);
        packet
    }

    fn report(ssrc: u8) -> Bytes {
        let mut packet = vec![0x80, 201, 0, 1, 0, 0, 0, ssrc];
        packet.extend_from_slice(&[0x55; 24]);
        packet.into()
    }

    fn handshake() -> Protection {
        let made = rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap();
        let identity = Identity::new(made.cert.der().to_vec(), made.signing_key.serialize_der());
        let fingerprint = Fingerprint::of(b"x");
        Protection::Handshake(Box::new(Handshake { role: Role::Passive, fingerprint, identity }))
    }

    /// One end of a call that is agreed on anew all the time, by hands that may use any key again.
    struct Run {
        guard: Guard,
        known: Option<Box<Keyed>>,
        handshake: Protection,
        keys: Option<(u8, u8, bool)>,
        sequence: u16,
        /// What went by each key: the same sound, so the same bytes where a keystream was used again.
        sealed: BTreeSet<(u8, Bytes)>,
        theirs: BTreeMap<(u8, Suite), Outbound>,
        came: Vec<(u8, Suite, Bytes)>,
        their_sequence: u16,
    }

    impl Run {
        fn act(&mut self, act: &Act) {
            match act {
                Act::Open => self.agree(&Protection::Open, None),
                Act::Handshake => self.agree(&self.handshake.clone(), None),
                Act::Keys { ours, theirs, mki, epoch } => {
                    let suite = suite(*ours);
                    let mki_bytes = if *mki { vec![7] } else { vec![] };
                    let (mine, key_of_theirs) = (key(suite, *ours), key(suite, *theirs));
                    let keys =
                        Keys { suite, ours: mine, theirs: key_of_theirs, mki: mki_bytes, epoch: *epoch };
                    self.agree(&Protection::Keys(Box::new(keys)), Some((*ours, *theirs, *mki)));
                }
                Act::Send(on) => self.send(*on),
                Act::Come => self.come(),
                Act::ComeAgain(at) if !self.came.is_empty() => {
                    let (.., packet) = &self.came[at.index(self.came.len())];
                    let Some((.., mki)) = self.keys else { return };
                    let packet = with_mki(packet, mki);
                    assert!(self.guard.open(Channel::Rtp, Kind::Rtp, &packet).is_err(), "heard twice");
                }
                Act::ComeAgain(_) => {}
            }
        }

        fn agree(&mut self, protection: &Protection, keys: Option<(u8, u8, bool)>) {
            self.guard.apply(start(), protection, true, &mut self.known);
            self.keys = keys;
        }

        fn send(&mut self, on: u16) {
            self.sequence = self.sequence.wrapping_add(on);
            let packets = [(Kind::Rtp, rtp(1, self.sequence).freeze()), (Kind::Rtcp, report(1))];
            for (kind, packet) in packets {
                let plain = packet.clone();
                let sealed = self.guard.seal(Channel::Rtp, kind, packet);
                match (self.keys, &self.guard) {
                    (Some((ours, ..)), _) => {
                        let sealed = sealed.unwrap();
                        let head = if kind == Kind::Rtp { 12 } else { 8 };
                        let body = sealed.slice(head..head + 24);
                        assert!(self.sealed.insert((ours, body)), "a keystream was used again");
                    }
                    (None, Guard::Open) => assert_eq!(sealed, Some(plain)),
                    (None, _) => assert_eq!(sealed, None),
                }
            }
        }

        /// Theirs come by ever the same stream, and in order.
        fn come(&mut self) {
            let Some((ours, theirs, mki)) = self.keys else { return };
            let suite = suite(ours);
            let outbound = (self.theirs.entry((theirs, suite)))
                .or_insert_with(|| Outbound::new(suite, &key(suite, theirs)).unwrap());
            self.their_sequence += 1;
            let mut packet = rtp(9, self.their_sequence);
            outbound.rtp(&mut packet).unwrap();
            let packet = packet.freeze();
            let marked = with_mki(&packet, mki);
            let opened = self.guard.open(Channel::Rtp, Kind::Rtp, &marked);
            assert_eq!(opened, Ok(&rtp(9, self.their_sequence)[..]));
            self.came.push((theirs, suite, packet));
        }
    }

    /// With the identifier where it belongs: before the code of 10 bytes, or behind the packet.
    fn with_mki(packet: &Bytes, mki: bool) -> Vec<u8> {
        let code = if packet.len() == 52 + 10 { 10 } else { 0 };
        let (before, code) = packet.split_at(packet.len() - code);
        [before, if mki { &[7] } else { &[] }, code].concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_agreed_no_keystream_is_used_again_and_nothing_is_heard_twice(
            acts in prop::collection::vec(act(), 1..120),
        ) {
            let mut run = Run {
                guard: Guard::Open,
                known: None,
                handshake: handshake(),
                keys: None,
                sequence: 0,
                sealed: BTreeSet::new(),
                theirs: BTreeMap::new(),
                came: vec![],
                their_sequence: 0,
            };
            acts.iter().for_each(|act| run.act(act));
        }
    }

    #[test]
    fn our_counters_go_on_with_another_key_and_begin_anew_in_another_epoch() {
        let mut wire = (Guard::Open, None);
        let mut agree_and_send = |byte: u8, epoch: u32, sequence: u16| {
            let suite = suite(byte);
            let (ours, theirs) = (key(suite, byte), key(suite, 10));
            let keys = Protection::Keys(Box::new(Keys { suite, ours, theirs, mki: vec![], epoch }));
            wire.0.apply(start(), &keys, true, &mut wire.1);
            let mut seal = |kind, packet| wire.0.seal(Channel::Rtp, kind, packet).unwrap();
            [seal(Kind::Rtp, rtp(1, sequence).freeze()), seal(Kind::Rtcp, report(1))]
        };
        let fresh = |byte: u8| Outbound::new(suite(byte), &key(suite(byte), byte)).unwrap();
        let sealed = |mut outbound: Outbound, sequence: u16| {
            let mut packets = [rtp(1, sequence), BytesMut::from(&report(1)[..])];
            outbound.rtp(&mut packets[0]).unwrap();
            outbound.rtcp(&mut packets[1]).unwrap();
            packets.map(BytesMut::freeze)
        };
        for sequence in [20_000, 50_000, 10_000] {
            agree_and_send(1, 0, sequence);
        }
        assert_eq!(agree_and_send(3, 0, 10_001), sealed(fresh(3).at(1, 0x1_0000 + 10_000, 3), 10_001));
        assert_eq!(agree_and_send(2, 1, 10_002), sealed(fresh(2), 10_002));
        // Whoever says a former key again is told nothing twice.
        assert_eq!(agree_and_send(1, 2, 10_003), sealed(fresh(1).at(1, 0x1_0000 + 10_000, 3), 10_003));
    }
}
