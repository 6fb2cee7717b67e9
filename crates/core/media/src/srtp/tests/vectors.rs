//! RFC 3711 appendix B, RFC 6188 section 7, RFC 7714 sections 16 and 17, and the packets that libsrtp checks itself with.

use super::super::{
    keys::{Aes, Label},
    transform::{Place, Transform},
};
use super::*;

fn key(suite: Suite, text: &str) -> MasterKey {
    MasterKey::new(suite, &hex(text)).unwrap()
}

fn keystream(key: &str, expected: &str) {
    let expected = hex(expected);
    let mut stream = vec![0; expected.len()];
    let counter = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
    Aes::new(&hex(key)).unwrap().apply_keystream(counter.try_into().unwrap(), &mut stream);
    assert_eq!(stream, expected);
}

fn derived(key: &MasterKey, label: Label, expected: &str) {
    let expected = hex(expected);
    let mut session = vec![0; expected.len()];
    key.derive(label, &mut session);
    assert_eq!(session, expected, "{label:?}");
}

#[test]
fn the_keystream_of_rfc_3711_b_2() {
    keystream(
        "2B7E151628AED2A6ABF7158809CF4F3C",
        "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0",
    );
}

#[test]
fn the_keystream_of_rfc_6188_7_1() {
    keystream(
        "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        "92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31",
    );
}

#[test]
fn the_session_keys_of_rfc_3711_b_3() {
    let master = "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6";
    let master = key(Suite::AesCm128HmacSha1_80, master);
    derived(&master, Label::RtpCipher, "C61E7A93744F39EE10734AFE3FF7A087");
    derived(&master, Label::RtpSalt, "30CBBC08863D8C85D49DB34A9AE1");
    derived(&master, Label::RtpAuthentication, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
}

#[test]
fn the_session_keys_of_rfc_6188_7_2() {
    let master =
        "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2";
    let master = key(Suite::Aes256CmHmacSha1_80, master);
    let cipher = "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4";
    derived(&master, Label::RtpCipher, cipher);
    derived(&master, Label::RtpSalt, "fa31791685ca444a9e07c6c64e93");
    derived(&master, Label::RtpAuthentication, "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
}

/// Seals and opens with the session keys themselves.
fn aead_rtp(suite: Suite, key: &str, sealed: &str) {
    let plain = hex("8040f17b8041f8d35501a0b2 47616c6c696120657374206f6d6e697320646976697361
        20696e207061727465732074726573");
    let salt = hex("517569642070726f2071756f 0000").try_into().unwrap();
    let transform = Transform::keyed(suite, &hex(key), &[0; 20], salt, 0).unwrap();
    let place = Place { ssrc: 0x5501_a0b2, index: 0xf17b };
    let mut packet = BytesMut::from(&plain[..]);
    transform.seal_rtp(place, 12, &mut packet).unwrap();
    assert_eq!(&packet[..], hex(sealed));
    assert_eq!(transform.open_rtp(place, 12, &mut packet), Ok(plain.len()));
    assert_eq!(packet[..plain.len()], plain);
}

#[test]
fn the_packets_of_rfc_7714_16() {
    aead_rtp(
        Suite::AeadAes128Gcm,
        "000102030405060708090a0b0c0d0e0f",
        "8040f17b8041f8d35501a0b2 f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833
         899d7f27beb16a9152cf765ee4390cce",
    );
    aead_rtp(
        Suite::AeadAes256Gcm,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "8040f17b8041f8d35501a0b2 32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b
         7aa3db36dfffd6b0f9bb7878d7a76c13",
    );
}

#[test]
fn the_report_of_rfc_7714_17() {
    let plain = hex("81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61
        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef");
    let salt = hex("517569642070726f2071756f 0000").try_into().unwrap();
    let key = hex("000102030405060708090a0b0c0d0e0f");
    let transform = Transform::keyed(Suite::AeadAes128Gcm, &key, &[0; 20], salt, 0).unwrap();
    let place = Place { ssrc: 0x4d61_7273, index: 0x5d4 };
    let mut packet = BytesMut::from(&plain[..]);
    transform.seal_rtcp(place, &mut packet).unwrap();
    let sealed =
        "81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded
        0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";
    assert_eq!(&packet[..], hex(sealed));
    assert_eq!(transform.open_rtcp(place, &mut packet), Ok(plain.len()));
    assert_eq!(packet[..plain.len()], plain);
}

fn whole(suite: Suite, master: &str, sealed: &str) {
    let plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
    let mut packet = BytesMut::from(&plain[..]);
    Outbound::new(suite, &key(suite, master)).unwrap().rtp(&mut packet).unwrap();
    assert_eq!(&packet[..], hex(sealed));
    let mut opened = Vec::new();
    let mut inbound = Inbound::new(suite, &key(suite, master), Mki::default()).unwrap();
    inbound.rtp(&packet, &mut opened).unwrap();
    assert_eq!(opened, plain);
}

#[test]
fn the_packets_that_libsrtp_checks_itself_with() {
    whole(
        Suite::AesCm128HmacSha1_80,
        "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6",
        "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb",
    );
    whole(
        Suite::AeadAes128Gcm,
        "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab",
        "800f1234decafbadcafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392",
    );
}
