//! Policies, profiles and keys between two of us, and with what others write.

use crate::sdp::*;
use crate::srtp::Suite;

fn identity(byte: u8) -> Identity {
    Identity::new(vec![byte; 300], vec![byte; 100])
}

/// Somebody with this policy, who can do these.
fn who(number: u8, policy: Policy, keys: &[KeyAgreement]) -> Negotiation {
    let security = Security { policy, keys: keys.to_vec(), identity: Some(identity(number)) };
    let config = Config { security, ..Config::new(([192, 0, 2, number], 4000).into()) };
    Negotiation::new(config, [number; 32])
}

const BOTH: &[KeyAgreement] = &[KeyAgreement::Dtls, KeyAgreement::Sdes];
const SDES: &[KeyAgreement] = &[KeyAgreement::Sdes];
const DTLS: &[KeyAgreement] = &[KeyAgreement::Dtls];

fn text(sdp: &[u8]) -> &str {
    std::str::from_utf8(sdp).unwrap()
}

fn agree(a: &mut Negotiation, b: &mut Negotiation) -> Result<(Protection, Protection), SdpError> {
    let offer = a.offer(Direction::SendRecv);
    let (answer, theirs) = b.answer(&offer, Direction::SendRecv)?;
    Ok((a.accept_answer(&answer)?.protection, theirs.protection))
}

/// Both have the same keys, crosswise.
fn keys(agreed: (Protection, Protection)) -> Keys {
    let (Protection::Keys(a), Protection::Keys(b)) = agreed else { panic!("{agreed:?}") };
    assert_eq!((a.suite, &a.ours, &a.theirs), (b.suite, &b.theirs, &b.ours));
    assert_ne!(a.ours, a.theirs);
    *a
}

/// A description of theirs with this `m=` line and what belongs to it.
fn theirs(lines: &[&str]) -> Vec<u8> {
    let head = ["v=0", "o=- 1 1 IN IP4 198.51.100.9", "s=-", "c=IN IP4 198.51.100.9", "t=0 0"];
    let mut sdp = String::new();
    head.iter().chain(lines).for_each(|line| sdp += &format!("{line}\r\n"));
    sdp.into_bytes()
}

const CRYPTO_80: &str =
    "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4";
const CRYPTO_32: &str = "a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

#[test]
fn every_policy_meets_every_other() {
    use Policy::{Never, Offer, Require};
    for keys_of in [SDES, DTLS, BOTH] {
        for (a, b, protected) in [
            (Never, Never, Some(false)),
            (Never, Offer, Some(false)),
            (Never, Require, None),
            (Offer, Never, Some(false)),
            (Offer, Offer, Some(true)),
            (Offer, Require, Some(true)),
            (Require, Never, None),
            (Require, Offer, Some(true)),
            (Require, Require, Some(true)),
        ] {
            let agreed = agree(&mut who(1, a, keys_of), &mut who(2, b, keys_of));
            match protected {
                None => assert_eq!(agreed.unwrap_err(), SdpError::Protection, "{a:?} {b:?}"),
                Some(protected) => {
                    let (ours, theirs) = agreed.unwrap();
                    assert_eq!(ours.is_open(), !protected, "{a:?} {b:?}");
                    assert_eq!(theirs.is_open(), !protected, "{a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn who_has_no_way_in_common_talks_openly_where_both_may() {
    let agreed = agree(&mut who(1, Policy::Offer, SDES), &mut who(2, Policy::Offer, DTLS)).unwrap();
    assert!(agreed.0.is_open() && agreed.1.is_open());
    let refused = agree(&mut who(1, Policy::Require, SDES), &mut who(2, Policy::Offer, DTLS));
    assert_eq!(refused.unwrap_err(), SdpError::Protection);
}

#[test]
fn what_is_offered_best_effort_stands_in_a_plain_description() {
    let mut a = who(1, Policy::Offer, BOTH);
    let offer = a.offer(Direction::SendRecv);
    let offer = text(&offer);
    assert!(offer.contains(" RTP/AVP "));
    for (suite, tag) in Suite::USUAL.into_iter().zip(1..) {
        assert!(offer.contains(&format!("a=crypto:{tag} {} inline:", suite.name())));
    }
    assert_eq!(offer.matches("a=crypto").count(), 2, "few, so that the INVITE goes by UDP");
    assert!(offer.contains("a=setup:actpass\r\na=fingerprint:sha-256 "));
    let sdes_first = &[KeyAgreement::Sdes, KeyAgreement::Dtls];
    assert!(!text(&who(1, Policy::Offer, sdes_first).offer(Direction::SendRecv)).contains("fingerprint"));
    assert!(!text(&who(1, Policy::Never, BOTH).offer(Direction::SendRecv)).contains("crypto"));
    let required = |keys| text(&who(1, Policy::Require, keys).offer(Direction::SendRecv)).to_owned();
    assert!(required(SDES).contains(" RTP/SAVP ") && !required(SDES).contains("fingerprint"));
    assert!(required(DTLS).contains(" UDP/TLS/RTP/SAVP ") && !required(DTLS).contains("crypto"));
}

#[test]
fn the_order_of_suites_is_ours_and_the_tag_theirs() {
    let offer = theirs(&["m=audio 5000 RTP/SAVP 0", CRYPTO_32, CRYPTO_80]);
    let (answer, plan) = who(1, Policy::Offer, BOTH).answer(&offer, Direction::SendRecv).unwrap();
    let Protection::Keys(keys) = plan.protection else { panic!() };
    assert_eq!((keys.suite, keys.mki), (Suite::AesCm128HmacSha1_80, vec![0, 0, 0, 1]));
    assert!(text(&answer).contains("m=audio 4000 RTP/SAVP 0\r\n"));
    assert!(text(&answer).contains("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"));
    assert_eq!(text(&answer).matches("a=crypto").count(), 1);
    assert!(!text(&answer).contains("fingerprint"));
}

#[test]
fn a_hold_changes_no_key() {
    let (mut a, mut b) = (who(1, Policy::Require, SDES), who(2, Policy::Offer, BOTH));
    let first = keys(agree(&mut a, &mut b).unwrap());
    let hold = a.offer(Direction::SendOnly);
    let (answer, _) = b.answer(&hold, Direction::SendRecv).unwrap();
    let Protection::Keys(held) = a.accept_answer(&answer).unwrap().protection else { panic!() };
    assert_eq!(*held, first);
    // The other side holds: the same, though the numbers of the lines are theirs then.
    let back = agree(&mut b, &mut a).unwrap();
    let Protection::Keys(back) = back.1 else { panic!("{back:?}") };
    assert_eq!((back.suite, &back.ours, &back.theirs), (first.suite, &first.ours, &first.theirs));
    let other = keys(agree(&mut who(3, Policy::Offer, SDES), &mut who(4, Policy::Offer, SDES)).unwrap());
    assert_ne!(other.ours, first.ours, "another call has other keys");
}

/// The key of ours for this suite, as a description says it.
fn said(sdp: &[u8], suite: Suite) -> String {
    let name = format!(" {} inline:", suite.name());
    let line = text(sdp).lines().find(|line| line.contains(&name)).unwrap_or_else(|| panic!("{}", text(sdp)));
    line.split("inline:").nth(1).unwrap().to_owned()
}

/// An offer of theirs, from this port, with a key made of this byte.
fn offered(port: u16, byte: u8) -> Vec<u8> {
    use base64::Engine as _;
    let key = base64::engine::general_purpose::STANDARD.encode([byte; 30]);
    let crypto = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}");
    theirs(&[&format!("m=audio {port} RTP/AVP 0"), &crypto])
}

fn epoch(plan: &Plan) -> u32 {
    let Protection::Keys(keys) = &plan.protection else { panic!("{plan:?}") };
    keys.epoch
}

const SUITE_80: Suite = Suite::AesCm128HmacSha1_80;

#[test]
fn another_address_of_ours_has_other_keys_and_they_begin_anew() {
    let (mut a, mut b) = (who(1, Policy::Require, SDES), who(2, Policy::Offer, SDES));
    let first = keys(agree(&mut a, &mut b).unwrap());
    a.set_local("192.0.2.77:4000".parse().unwrap(), 4001, None);
    let moved = keys(agree(&mut a, &mut b).unwrap());
    assert_ne!(moved.ours, first.ours);
    assert_eq!(moved.epoch, first.epoch + 1);
    assert_ne!(moved.theirs, first.theirs, "nobody can know whether it is still we who are here");
    assert_eq!(keys(agree(&mut a, &mut b).unwrap()), moved, "and stays then");
    // It is the answer that says where we are.
    a.set_local("192.0.2.77:5000".parse().unwrap(), 5001, None);
    let (b, a) = agree(&mut b, &mut a).unwrap();
    assert_eq!(keys((a, b)).epoch, first.epoch + 2);
}

#[test]
fn an_offer_that_is_under_way_while_we_move_counts_with_its_own_keys() {
    let (mut a, mut b) = (who(1, Policy::Require, SDES), who(2, Policy::Offer, SDES));
    keys(agree(&mut a, &mut b).unwrap());
    let hold = a.offer(Direction::SendOnly);
    let (answer, theirs) = b.answer(&hold, Direction::SendRecv).unwrap();
    a.set_local("192.0.2.77:4000".parse().unwrap(), 4001, None);
    keys((a.accept_answer(&answer).unwrap().protection, theirs.protection));
}

#[test]
fn protection_that_is_entered_again_has_other_keys() {
    let mut a = who(1, Policy::Offer, BOTH);
    let (answer, plan) = a.answer(&offered(5000, 1), Direction::SendRecv).unwrap();
    let (first, began) = (said(&answer, SUITE_80), epoch(&plan));
    let fingerprint = format!("a=fingerprint:{}", Fingerprint::of(b"x").written());
    for (between, lines) in [
        (1, vec!["m=audio 5000 RTP/AVP 0"]),
        (2, vec!["m=audio 5000 UDP/TLS/RTP/SAVP 0", "a=setup:actpass", &fingerprint]),
    ] {
        a.answer(&theirs(&lines), Direction::SendRecv).unwrap();
        let (answer, plan) = a.answer(&offered(5000, 1), Direction::SendRecv).unwrap();
        assert_ne!(said(&answer, SUITE_80), first);
        assert_eq!(epoch(&plan), began + between);
    }
    // The same where we offer.
    a.answer(&theirs(&["m=audio 5000 RTP/AVP 0"]), Direction::SendRecv).unwrap();
    let offer = a.offer(Direction::SendRecv);
    assert_ne!(said(&offer, SUITE_80), first);
    assert_eq!(said(&a.offer(Direction::SendRecv), SUITE_80), said(&offer, SUITE_80), "nobody used it");
}

#[test]
fn an_offer_that_is_answered_twice_has_the_keys_that_it_said() {
    let mut a = who(1, Policy::Offer, BOTH);
    let offer = a.offer(Direction::SendRecv);
    let fork = |number| who(number, Policy::Offer, SDES).answer(&offer, Direction::SendRecv).unwrap();
    let ((first, there), plain) = (fork(2), theirs(&["m=audio 5000 RTP/AVP 0"]));
    let here = a.accept_answer(&first).unwrap();
    assert!(a.accept_answer(&plain).unwrap().protection.is_open());
    let again = a.accept_answer(&first).unwrap();
    assert_eq!(again.protection, here.protection);
    keys((again.protection, there.protection));
}

#[test]
fn somebody_else_there_is_answered_with_another_key() {
    let mut a = who(1, Policy::Offer, BOTH);
    let mut answer = |port, byte| {
        let (answer, plan) = a.answer(&offered(port, byte), Direction::SendRecv).unwrap();
        (said(&answer, SUITE_80), epoch(&plan))
    };
    let first = answer(5000, 1);
    assert_eq!(answer(5000, 1), first);
    assert_eq!(answer(6000, 1), first, "the same one elsewhere: it knows our counter");
    assert_eq!(answer(6000, 2), first, "the same place with another key: our counter goes on");
    let second = answer(7000, 3);
    assert!(second.0 != first.0 && second.1 == first.1 + 1);
    assert_eq!(answer(7000, 3), second);
    a.meet_another();
    assert_ne!(said(&a.offer(Direction::SendRecv), SUITE_80), second.0);
}

#[test]
fn what_was_said_is_never_printed() {
    let mut a = who(1, Policy::Offer, BOTH);
    let candidate = crate::ice::Candidate::read("1 1 udp 2130706431 192.0.2.1 4000 typ host").unwrap();
    a.set_local(a.config().rtp, 4001, Some(vec![candidate]));
    let offer = a.offer(Direction::SendRecv);
    let (answer, plan) = a.answer(&offered(5000, 1), Direction::SendRecv).unwrap();
    let printed = format!("{a:?} {plan:?}");
    let keys = text(&offer).lines().chain(text(&answer).lines());
    let secrets: Vec<&str> = keys
        .filter_map(|line| line.split_once("inline:").or_else(|| line.split_once("a=ice-pwd:")))
        .map(|(_, secret)| secret)
        .collect();
    assert!(secrets.len() > 2, "keys and passwords were said");
    for secret in secrets {
        assert!(!printed.contains(secret), "{secret}");
    }
    assert!(!printed.contains("inline"), "{printed}");
}

#[test]
fn who_answers_begins_the_handshake_and_roles_stay() {
    let (mut a, mut b) = (who(1, Policy::Offer, DTLS), who(2, Policy::Offer, DTLS));
    let (ours, theirs) = agree(&mut a, &mut b).unwrap();
    let (Protection::Handshake(passive), Protection::Handshake(active)) = (&ours, &theirs) else { panic!() };
    assert_eq!((passive.role, active.role), (Role::Passive, Role::Active));
    assert!(passive.fingerprint.fits(&[2; 300]) && active.fingerprint.fits(&[1; 300]));
    assert_eq!(agree(&mut a, &mut b).unwrap(), (ours.clone(), theirs.clone()));
    let (back, again) = agree(&mut b, &mut a).unwrap();
    assert_eq!((again, back), (ours, theirs), "whoever offers");
}

#[test]
fn the_profiles_of_others_are_answered_in_kind() {
    let fingerprint = format!("a=fingerprint:{}", Fingerprint::of(b"x").written());
    let mut b = who(1, Policy::Offer, BOTH);
    for (proto, setup, role) in [
        ("UDP/TLS/RTP/SAVPF", "a=setup:actpass", "a=setup:active"),
        ("UDP/TLS/RTP/SAVP", "a=setup:active", "a=setup:passive"),
        ("RTP/SAVPF", "a=setup:passive", "a=setup:active"),
        ("RTP/AVPF", "a=setup:active", "a=setup:passive"),
    ] {
        let offer = theirs(&[&format!("m=audio 5000 {proto} 0"), setup, &fingerprint]);
        let (answer, plan) = b.answer(&offer, Direction::SendRecv).unwrap();
        assert!(matches!(plan.protection, Protection::Handshake(_)));
        let answer = text(&answer);
        assert!(answer.contains(&format!("m=audio 4000 {proto} 0\r\n")) && answer.contains(role), "{answer}");
    }
    // For the whole session, before the first stream.
    let offer = theirs(&[&fingerprint, "a=setup:actpass", "m=audio 5000 UDP/TLS/RTP/SAVP 0"]);
    let agreed = who(1, Policy::Offer, BOTH).answer(&offer, Direction::SendRecv).unwrap().1;
    assert!(matches!(agreed.protection, Protection::Handshake(_)));
}

#[test]
fn of_two_streams_the_protected_one_is_taken() {
    let lines = ["m=audio 5000 RTP/AVP 0", "m=audio 5002 RTP/SAVP 0", CRYPTO_80];
    let mut b = who(1, Policy::Offer, BOTH);
    let (answer, plan) = b.answer(&theirs(&lines), Direction::SendRecv).unwrap();
    assert!(!plan.protection.is_open());
    assert!(
        text(&answer).contains("m=audio 0 RTP/AVP 0\r\n")
            && text(&answer).contains("m=audio 4000 RTP/SAVP 0")
    );
    let (_, plan) = who(1, Policy::Never, BOTH).answer(&theirs(&lines), Direction::SendRecv).unwrap();
    assert_eq!((plan.remote_rtp.port(), plan.protection.is_open()), (5000, true));
}

#[test]
fn an_answer_that_does_not_fit_our_offer_is_refused() {
    let refused = |policy, keys: &[KeyAgreement], lines: &[&str]| {
        let mut a = who(1, policy, keys);
        a.offer(Direction::SendRecv);
        a.accept_answer(&theirs(lines)).unwrap_err()
    };
    let fingerprint = format!("a=fingerprint:{}", Fingerprint::of(b"x").written());
    // A tag that was not offered with this suite, and no line at all.
    assert_eq!(refused(Policy::Offer, SDES, &["m=audio 5000 RTP/AVP 0", CRYPTO_32]), SdpError::Protection);
    assert_eq!(refused(Policy::Require, SDES, &["m=audio 5000 RTP/SAVP 0"]), SdpError::Protection);
    assert_eq!(refused(Policy::Require, SDES, &["m=audio 5000 RTP/AVP 0"]), SdpError::Protection);
    assert_eq!(refused(Policy::Require, DTLS, &["m=audio 5000 UDP/TLS/RTP/SAVP 0"]), SdpError::Protection);
    let both = ["m=audio 5000 UDP/TLS/RTP/SAVP 0", &fingerprint, "a=setup:actpass"];
    assert_eq!(refused(Policy::Require, DTLS, &both), SdpError::Protection);
    // A plain answer to a protected offer, though we may talk openly.
    for (protected, lines) in [
        (theirs(&["m=audio 5000 RTP/SAVP 0", CRYPTO_80]), ["m=audio 5000 RTP/AVP 0"]),
        (
            theirs(&["m=audio 5000 UDP/TLS/RTP/SAVP 0", "a=setup:actpass", &fingerprint]),
            ["m=audio 5000 RTP/AVP 0"],
        ),
    ] {
        let mut a = who(1, Policy::Offer, BOTH);
        a.answer(&protected, Direction::SendRecv).unwrap();
        assert!(!text(&a.offer(Direction::SendRecv)).contains(" RTP/AVP "));
        assert_eq!(a.accept_answer(&theirs(&lines)).unwrap_err(), SdpError::Protection);
    }
    // Our own key comes back.
    let mut a = who(1, Policy::Require, SDES);
    let offer = a.offer(Direction::SendRecv);
    let echoed = text(&offer).lines().find(|line| line.starts_with("a=crypto:1")).unwrap().to_owned();
    let answer = theirs(&["m=audio 5000 RTP/SAVP 0", &echoed]);
    assert_eq!(a.accept_answer(&answer).unwrap_err(), SdpError::Protection);
    assert_eq!(a.answer(&answer, Direction::SendRecv).unwrap_err(), SdpError::Protection);
}

#[test]
fn whoever_ignores_what_was_offered_best_effort_is_talked_to_openly() {
    let mut a = who(1, Policy::Offer, BOTH);
    a.offer(Direction::SendRecv);
    let plan = a.accept_answer(&theirs(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    assert!(plan.protection.is_open());
}

/// The profiles of the offers that follow one another where each is refused, with what they say of keys.
fn forms(policy: Policy, keys: &[KeyAgreement]) -> Vec<(String, usize, bool)> {
    let mut a = who(1, policy, keys);
    let mut offer = Some(a.offer(Direction::SendRecv));
    let mut forms = vec![];
    while let Some(sdp) = offer {
        let sdp = text(&sdp).to_owned();
        let proto = sdp.split_ascii_whitespace().find(|word| word.contains("RTP/")).unwrap().to_owned();
        forms.push((proto, sdp.matches("a=crypto").count(), sdp.contains("a=fingerprint")));
        offer = a.offer_otherwise();
    }
    forms
}

#[test]
fn what_is_refused_is_offered_otherwise_as_far_as_the_policy_allows() {
    let form = |proto: &str, lines, fingerprint| (proto.to_owned(), lines, fingerprint);
    let (sdes, dtls) = (form("RTP/SAVP", 5, false), form("UDP/TLS/RTP/SAVP", 0, true));
    let open = form("RTP/AVP", 0, false);
    let sdes_first = [KeyAgreement::Sdes, KeyAgreement::Dtls];
    let offered = forms(Policy::Offer, &sdes_first);
    assert_eq!(offered, [form("RTP/AVP", 2, false), sdes.clone(), dtls.clone(), open.clone()]);
    assert_eq!(forms(Policy::Offer, DTLS), [form("RTP/AVP", 0, true), dtls.clone(), open.clone()]);
    assert_eq!(forms(Policy::Require, BOTH), [dtls, sdes.clone()], "never open");
    assert_eq!(forms(Policy::Never, BOTH), [open]);
    // Without a certificate there is no handshake to demand.
    let security = Security { policy: Policy::Require, keys: BOTH.to_vec(), identity: None };
    let config = Config { security, ..Config::new(([192, 0, 2, 1], 4000).into()) };
    let offer = Negotiation::new(config, [1; 32]).offer(Direction::SendRecv);
    assert!(text(&offer).contains(" RTP/SAVP ") && text(&offer).contains("a=crypto:5 "));
}

#[test]
fn what_was_offered_otherwise_is_agreed_on_and_held() {
    let strict = |keys| who(2, Policy::Require, keys);
    for keys in [SDES, DTLS] {
        let mut a = who(1, Policy::Offer, &[KeyAgreement::Sdes, KeyAgreement::Dtls]);
        let mut b = strict(keys);
        a.offer(Direction::SendRecv);
        let mut offer = a.offer_otherwise();
        let agreed = loop {
            let sdp = offer.expect("one of them is taken");
            if let Ok(agreed) = b.answer(&sdp, Direction::SendRecv) {
                break agreed;
            }
            offer = a.offer_otherwise();
        };
        let first = a.accept_answer(&agreed.0).unwrap().protection;
        assert!(!first.is_open());
        let (held, _) = agree(&mut a, &mut b).unwrap();
        assert_eq!(held, first, "a hold changes nothing");
    }
}

#[test]
fn a_suite_of_theirs_that_is_not_usual_stays_in_a_hold_of_ours() {
    let offer = theirs(&["m=audio 5000 RTP/SAVP 0", CRYPTO_32]);
    let mut a = who(1, Policy::Offer, SDES);
    a.answer(&offer, Direction::SendRecv).unwrap();
    let hold = a.offer(Direction::SendOnly);
    assert!(text(&hold).contains("AES_CM_128_HMAC_SHA1_32"), "{}", text(&hold));
}
