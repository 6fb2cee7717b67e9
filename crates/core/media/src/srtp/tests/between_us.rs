//! Packets between two of us: lost, late, repeated, changed, and after a change of keys.

use super::*;
use proptest::prelude::*;

fn key_of(suite: Suite, byte: u8) -> MasterKey {
    MasterKey::new(suite, &vec![byte; suite.key_length() + suite.salt_length()]).unwrap()
}

fn pair(suite: Suite) -> (Outbound, Inbound) {
    let key = key_of(suite, 7);
    (Outbound::new(suite, &key).unwrap(), Inbound::new(suite, &key, Mki::default()).unwrap())
}

fn sealed(outbound: &mut Outbound, ssrc: u32, sequence: u16) -> BytesMut {
    let mut packet = rtp(ssrc, sequence);
    outbound.rtp(&mut packet).unwrap();
    packet
}

fn open(inbound: &mut Inbound, packet: &[u8]) -> Result<Vec<u8>, Error> {
    let mut into = Vec::new();
    inbound.rtp(packet, &mut into).map(|()| into)
}

fn report(ssrc: u32) -> BytesMut {
    let mut packet = BytesMut::from(&[0x80, 201, 0, 1][..]);
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[9; 24]);
    packet
}

#[test]
fn every_suite_carries_sound_and_reports_over_many_rollovers() {
    for suite in Suite::ALL {
        let (mut outbound, mut inbound) = pair(suite);
        // From one end to the other of the sequence numbers, three times, in long strides.
        for step in 0..40_u32 {
            let sequence = (65_000 + step * 5_000) as u16;
            let packet = sealed(&mut outbound, 5, sequence);
            assert!(packet.len() > 52 && packet[12..52] != [0x55; 40], "{suite:?}");
            assert_eq!(open(&mut inbound, &packet).as_deref(), Ok(&rtp(5, sequence)[..]), "{suite:?} {step}");
        }
        for _ in 0..3 {
            let mut packet = report(5);
            outbound.rtcp(&mut packet).unwrap();
            let mut opened = Vec::new();
            inbound.rtcp(&packet, &mut opened).unwrap();
            assert_eq!(opened, report(5));
            assert_eq!(inbound.rtcp(&packet, &mut opened), Err(Error::Replayed));
        }
    }
}

#[test]
fn a_packet_counts_once_and_not_when_it_is_too_old() {
    let (mut outbound, mut inbound) = pair(Suite::AesCm128HmacSha1_80);
    let packets: Vec<_> = (0..300).map(|sequence| sealed(&mut outbound, 1, sequence)).collect();
    for at in [0, 2, 1, 250, 130, 249] {
        assert!(open(&mut inbound, &packets[at]).is_ok(), "{at}");
    }
    for at in [0, 1, 2, 250, 130, 249, 100, 122] {
        assert_eq!(open(&mut inbound, &packets[at]), Err(Error::Replayed), "{at}");
    }
    assert!(open(&mut inbound, &packets[123]).is_ok());
}

#[test]
fn what_was_late_over_the_end_of_the_sequence_numbers_is_opened() {
    let (mut outbound, mut inbound) = pair(Suite::AeadAes128Gcm);
    let [last, first, second] = [65_535, 0, 1].map(|sequence| sealed(&mut outbound, 1, sequence));
    // The very first packet that comes is behind the end already.
    assert!(open(&mut inbound, &first).is_ok());
    assert!(open(&mut inbound, &last).is_ok());
    assert!(open(&mut inbound, &second).is_ok());
}

#[test]
fn another_stream_begins_anew_and_the_first_one_goes_on() {
    let suite = Suite::Aes256CmHmacSha1_80;
    let (mut first, mut inbound) = pair(suite);
    let (mut second, _) = pair(suite);
    for sequence in [65_534, 65_535, 0, 1] {
        assert!(open(&mut inbound, &sealed(&mut first, 1, sequence)).is_ok());
    }
    assert!(open(&mut inbound, &sealed(&mut second, 2, 9)).is_ok());
    assert!(open(&mut inbound, &sealed(&mut first, 1, 2)).is_ok());
}

#[test]
fn of_many_streams_the_one_that_is_heard_keeps_its_window() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (mut first, mut inbound) = pair(suite);
    let mut heard = Vec::new();
    // Of no more streams than fit is anything remembered, whoever is authentic.
    for ssrc in 10..1_000_u32 {
        let packet = sealed(&mut first, 1, ssrc as u16);
        assert!(open(&mut inbound, &packet).is_ok());
        heard.push(packet);
        let other = sealed(&mut pair(suite).0, ssrc, 9);
        assert!(open(&mut inbound, &other).is_ok());
        assert_eq!(open(&mut inbound, &other), Err(Error::Replayed));
    }
    for packet in heard {
        assert_eq!(open(&mut inbound, &packet), Err(Error::Replayed));
    }
}

#[test]
fn a_stream_that_comes_back_among_others_is_not_heard_twice() {
    let suite = Suite::AeadAes128Gcm;
    let (_, mut inbound) = pair(suite);
    let packets: Vec<_> = (0..40).map(|ssrc| sealed(&mut pair(suite).0, ssrc, 9)).collect();
    packets.iter().for_each(|packet| assert!(open(&mut inbound, packet).is_ok()));
    packets.iter().for_each(|packet| assert_eq!(open(&mut inbound, packet), Err(Error::Replayed)));
}

#[test]
fn with_another_key_the_rollover_counter_goes_on_or_begins_anew() {
    let suite = Suite::AeadAes256Gcm;
    let (mut outbound, mut inbound) = pair(suite);
    for sequence in [40_000, 65_000, 20_000, 50_000, 10_000] {
        assert!(open(&mut inbound, &sealed(&mut outbound, 1, sequence)).is_ok());
    }
    let key = key_of(suite, 8);
    let (mut next, mut anew) = (Outbound::new(suite, &key).unwrap(), Outbound::new(suite, &key).unwrap());
    next.go_on_from(&outbound);
    let old = sealed(&mut outbound, 1, 10_001);
    for outbound in [&mut next, &mut anew] {
        let mut changed = Inbound::new(suite, &key, Mki::default()).unwrap();
        changed.go_on_from(&inbound);
        assert!(open(&mut changed, &sealed(outbound, 1, 10_002)).is_ok());
        assert_eq!(open(&mut changed, &old), Err(Error::NotAuthentic));
        assert!(open(&mut changed, &sealed(outbound, 1, 10_003)).is_ok());
    }
}

#[test]
fn a_key_that_comes_back_knows_what_came_with_it() {
    for suite in Suite::ALL {
        let (mut a_out, mut a_in) = pair(suite);
        let key = key_of(suite, 8);
        let (mut b_out, mut b_in) =
            (Outbound::new(suite, &key).unwrap(), Inbound::new(suite, &key, Mki::default()).unwrap());
        let before: Vec<_> = [60_000, 20_000].map(|sequence| sealed(&mut a_out, 1, sequence)).into();
        before.iter().for_each(|packet| assert!(open(&mut a_in, packet).is_ok()));
        b_out.go_on_from(&a_out);
        b_in.go_on_from(&a_in);
        // So far that the first key's own last packet tells nothing of where the stream is.
        for sequence in [40_000, 60_000, 20_000] {
            assert!(open(&mut b_in, &sealed(&mut b_out, 1, sequence)).is_ok(), "{suite:?} {sequence}");
        }
        a_out.go_on_from(&b_out);
        a_in.go_on_from(&b_in);
        assert!(before.iter().all(|packet| open(&mut a_in, packet).is_err()), "{suite:?}");
        assert!(open(&mut a_in, &sealed(&mut a_out, 1, 20_001)).is_ok(), "{suite:?}");
        assert!(before.iter().all(|packet| open(&mut a_in, packet).is_err()), "{suite:?}");
    }
}

#[test]
fn reports_go_on_counting_with_another_key() {
    let suite = Suite::AeadAes256Gcm;
    let (mut outbound, _) = pair(suite);
    (0..5).for_each(|_| outbound.rtcp(&mut report(1)).unwrap());
    let mut next = Outbound::new(suite, &key_of(suite, 8)).unwrap();
    next.go_on_from(&outbound);
    let mut packet = report(1);
    next.rtcp(&mut packet).unwrap();
    assert_eq!(packet[packet.len() - 4..], [0x80, 0, 0, 6]);
}

#[test]
fn no_index_of_ours_is_used_twice() {
    let (mut outbound, mut inbound) = pair(Suite::AeadAes128Gcm);
    let first = sealed(&mut outbound, 1, 100);
    let again = sealed(&mut outbound, 1, 100);
    assert_ne!(first[12..], again[12..]);
    assert!(open(&mut inbound, &first).is_ok());
    assert_eq!(outbound.rtp(&mut rtp(2, 101)), Err(Error::UsedUp), "a key has one stream");
    assert!(outbound.rtp(&mut rtp(1, 101)).is_ok());
    // Over half of the numbers, which passed while nothing was protected.
    let (mut outbound, mut inbound) = pair(Suite::AeadAes128Gcm);
    for sequence in [100, 60_000] {
        let packet = sealed(&mut outbound, 1, sequence);
        inbound = pair(Suite::AeadAes128Gcm).1;
        assert!(open(&mut inbound, &packet).is_ok());
    }
    assert!(open(&mut inbound, &sealed(&mut outbound, 1, 60_001)).is_ok());
}

#[test]
fn a_key_that_has_protected_all_it_may_protects_no_more() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (outbound, mut inbound) = pair(suite);
    let mut outbound = outbound.at(1, (1 << 48) - 3, (1 << 31) - 2);
    inbound.was_at(1, (1 << 48) - 3);
    for sequence in [65_534, 65_535] {
        assert!(open(&mut inbound, &sealed(&mut outbound, 1, sequence)).is_ok());
    }
    assert_eq!(outbound.rtp(&mut rtp(1, 0)), Err(Error::UsedUp));
    assert_eq!(outbound.rtp(&mut rtp(1, 1)), Err(Error::UsedUp));
    let mut last = report(1);
    outbound.rtcp(&mut last).unwrap();
    inbound.rtcp(&last, &mut Vec::new()).unwrap();
    assert_eq!(outbound.rtcp(&mut report(1)), Err(Error::UsedUp));
}

#[test]
fn who_comes_late_finds_the_rollover_counter_out() {
    let (mut outbound, _) = pair(Suite::AesCm128HmacSha1_80);
    for round in 0..5 * 4 {
        sealed(&mut outbound, 1, (round * 0x4000_u32) as u16);
    }
    let (_, mut late) = pair(Suite::AesCm128HmacSha1_80);
    assert!(open(&mut late, &sealed(&mut outbound, 1, 0xC001)).is_ok());
    assert!(open(&mut late, &sealed(&mut outbound, 1, 0xC002)).is_ok());
}

#[test]
fn a_master_key_identifier_is_read_politely() {
    for suite in Suite::ALL {
        let (mut outbound, _) = pair(suite);
        let mut inbound = Inbound::new(suite, &key_of(suite, 7), Mki(vec![1, 2, 3, 4])).unwrap();
        let behind = match suite {
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 0,
            Suite::AesCm128HmacSha1_32 => 4,
            Suite::Aes256CmHmacSha1_80 | Suite::AesCm128HmacSha1_80 => 10,
        };
        let with = |packet: &[u8], mki: [u8; 4], behind: usize| {
            let (before, tail) = packet.split_at(packet.len() - behind);
            [before, &mki, tail].concat()
        };
        let packet = sealed(&mut outbound, 1, 1);
        assert_eq!(open(&mut inbound, &packet), Err(Error::NotAuthentic), "{suite:?}");
        assert!(open(&mut inbound, &with(&packet, [1, 2, 3, 5], behind)).is_err());
        assert_eq!(open(&mut inbound, &with(&packet, [1, 2, 3, 4], behind)).as_deref(), Ok(&rtp(1, 1)[..]));
        let mut packet = report(1);
        outbound.rtcp(&mut packet).unwrap();
        let behind = if behind == 0 { 0 } else { 10 };
        let mut opened = Vec::new();
        inbound.rtcp(&with(&packet, [1, 2, 3, 4], behind), &mut opened).unwrap();
        assert_eq!(opened, report(1));
    }
}

#[test]
fn keys_are_never_printed() {
    let key = key_of(Suite::AeadAes128Gcm, 0xAB);
    let (outbound, inbound) = pair(Suite::AeadAes128Gcm);
    assert_eq!(format!("{key:?} {outbound:?} {inbound:?}"), "MasterKey(_) Outbound(_) Inbound(_)");
}

#[test]
fn a_report_that_is_not_encrypted_is_refused_though_it_is_authentic() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (mut outbound, mut inbound) = pair(suite);
    let mut packet = report(1);
    outbound.rtcp(&mut packet).unwrap();
    let at = packet.len() - 14;
    packet[at] &= 0x7F;
    assert_eq!(inbound.rtcp(&packet, &mut Vec::new()), Err(Error::NotAuthentic));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_changed_is_an_error_and_harms_nobody(
        suite in prop::sample::select(&Suite::ALL[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8, 0..3_u8), 1..6),
        reports in any::<bool>(),
    ) {
        let (mut outbound, mut inbound) = pair(suite);
        prop_assert!(open(&mut inbound, &sealed(&mut outbound, 1, 100)).is_ok());
        let mut packet = if reports { report(1) } else { rtp(1, 101) };
        if reports { outbound.rtcp(&mut packet).unwrap() } else { outbound.rtp(&mut packet).unwrap() }
        let good = packet.to_vec();
        let mut bad = good.clone();
        for (at, byte, edit) in edits {
            let at = at.index(bad.len().max(1));
            match edit {
                0 if at < bad.len() => bad[at] ^= byte,
                1 => bad.truncate(at),
                _ => bad.insert(at.min(bad.len()), byte),
            }
        }
        prop_assume!(bad != good);
        let mut into = Vec::new();
        prop_assert!(inbound.rtp(&bad, &mut into).is_err());
        prop_assert!(inbound.rtcp(&bad, &mut into).is_err());
        let opened = if reports { inbound.rtcp(&good, &mut into) } else { inbound.rtp(&good, &mut into) };
        prop_assert!(opened.is_ok());
    }
}
