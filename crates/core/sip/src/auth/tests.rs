//! Client and server of digest authentication against each other, and the client against servers that err.

use super::{
    Algorithm, Authenticator, Refused, Side,
    server::{Guard, Verdict},
};
use crate::message::{Method, Request, Response, Uri, name};
use bytes::Bytes;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

fn request() -> Request {
    let mut request =
        Request::new(Method::Invite, Uri::parse("sip:+15551234@example.org;user=phone").unwrap());
    request.body = Bytes::from_static(b"v=0\r\n");
    request
}

fn response(code: u16, challenges: impl IntoIterator<Item = (&'static str, String)>) -> Response {
    let mut response = Response::to(&request(), code);
    for (name, value) in challenges {
        response.headers.push(name, value);
    }
    response
}

fn challenged(value: &str) -> Response {
    response(401, [(name::WWW_AUTHENTICATE, value.to_owned())])
}

fn rng() -> StdRng {
    StdRng::from_seed([7; 32])
}

fn guard(algorithms: &[Algorithm]) -> Guard {
    Guard::new(Side::Server, "practice", algorithms, HOUR)
}

fn given(request: &Request) -> &str {
    request.headers.get(name::AUTHORIZATION).unwrap()
}

/// A clock that stands.
#[allow(clippy::disallowed_methods, reason = "a test needs some instant to begin with")]
fn start() -> Instant {
    Instant::now()
}

proptest! {
    #[test]
    fn the_server_takes_what_the_client_makes(
        user in "[^\\x00-\\x1f\\x7f]{1,20}",
        password in any::<String>(),
        realm in "[^\\x00-\\x1f\\x7f]{0,20}",
        sha in any::<bool>(),
        seed in any::<[u8; 32]>(),
    ) {
        let (mut rng, now) = (StdRng::from_seed(seed), start());
        let algorithm = if sha { Algorithm::Sha256 } else { Algorithm::Md5 };
        for side in [Side::Server, Side::Proxy] {
            let mut guard = Guard::new(side, realm.clone(), &[algorithm], HOUR);
            let mut client = Authenticator::new(user.clone(), password.clone());
            let mut request = request();
            prop_assert_eq!(guard.verify(now, &request, &password), Verdict::Missing);
            let challenge = response(side.code(), guard.challenge(now, false, &mut rng));
            prop_assert_eq!(client.on_challenge(&request, &challenge), Ok(()));
            client.authorize(&mut request, &mut rng);
            let mut wrong = Guard::new(side, realm.clone(), &[algorithm], HOUR);
            prop_assert_eq!(wrong.verify(now, &request, &format!("{password}x")), Verdict::Wrong);
            prop_assert_eq!(guard.claimed_user(&request), Some(user.clone()));
            prop_assert_eq!(guard.verify(now, &request, &password), Verdict::Accepted);
            // The same again is a replay.
            prop_assert_eq!(guard.verify(now, &request, &password), Verdict::Stale);
            client.authorize(&mut request, &mut rng);
            prop_assert_eq!(guard.verify(now, &request, &password), Verdict::Accepted);
        }
    }

    #[test]
    fn no_challenge_brings_the_client_down(value in "(Digest )?[ -~é]{0,80}") {
        let mut client = Authenticator::new("u", "p");
        let mut request = request();
        if client.on_challenge(&request, &challenged(&value)).is_ok() {
            client.authorize(&mut request, &mut rng());
        }
    }
}

#[test]
fn the_stronger_algorithm_is_taken_wherever_it_stands() {
    let (mut rng, now) = (rng(), start());
    for algorithms in [[Algorithm::Md5, Algorithm::Sha256], [Algorithm::Sha256, Algorithm::Md5]] {
        let mut client = Authenticator::new("u", "p");
        let mut request = request();
        let challenge = response(401, guard(&algorithms).challenge(now, false, &mut rng));
        client.on_challenge(&request, &challenge).unwrap();
        client.authorize(&mut request, &mut rng);
        assert_eq!(request.headers.all(name::AUTHORIZATION).count(), 1);
        assert!(given(&request).contains("algorithm=SHA-256"));
    }
}

#[test]
fn server_and_proxies_are_answered_together() {
    let mut client = Authenticator::new("u", "p");
    let mut request = request();
    client.on_challenge(&request, &challenged("Digest realm=\"a\", nonce=\"1\"")).unwrap();
    client.authorize(&mut request, &mut rng());
    let proxies = [
        (
            name::PROXY_AUTHENTICATE,
            "Digest realm=\"b\", nonce=\"2\", Digest realm=\"c\", nonce=\"3\"".to_owned(),
        ),
        (name::PROXY_AUTHENTICATE, "Basic realm=\"d\"".to_owned()),
    ];
    client.on_challenge(&request, &response(407, proxies)).unwrap();
    client.authorize(&mut request, &mut rng());
    assert_eq!(request.headers.all(name::AUTHORIZATION).count(), 1);
    assert_eq!(request.headers.all(name::PROXY_AUTHORIZATION).count(), 2);
}

#[test]
fn without_qop_it_is_answered_as_in_rfc_2069() {
    let mut client = Authenticator::new("u", "p");
    let mut request = request();
    client.on_challenge(&request, &challenged("Digest realm=\"a\", nonce=\"1\", opaque=\"x\"")).unwrap();
    client.authorize(&mut request, &mut rng());
    let given = given(&request);
    assert!(given.contains("opaque=\"x\""));
    for absent in ["qop", "nc=", "cnonce", "algorithm"] {
        assert!(!given.contains(absent), "{given}");
    }
}

#[test]
fn a_wrong_password_is_tried_once() {
    let mut client = Authenticator::new("u", "p");
    let mut request = request();
    client.on_challenge(&request, &challenged("Digest realm=\"a\", nonce=\"1\", qop=\"auth\"")).unwrap();
    client.authorize(&mut request, &mut rng());
    for nonce in ["1", "2"] {
        let again = challenged(&format!("Digest realm=\"a\", nonce=\"{nonce}\", qop=\"auth\""));
        assert_eq!(client.on_challenge(&request, &again), Err(Refused::Credentials));
    }
}

#[test]
fn two_requests_challenged_side_by_side_are_both_answered() {
    let mut client = Authenticator::new("u", "p");
    let (mut first, second) = (request(), request());
    client.on_challenge(&first, &challenged("Digest realm=\"a\", nonce=\"1\", qop=\"auth\"")).unwrap();
    client.authorize(&mut first, &mut rng());
    assert_eq!(
        client.on_challenge(&second, &challenged("Digest realm=\"a\", nonce=\"2\", qop=\"auth\"")),
        Ok(())
    );
}

#[test]
fn a_stale_nonce_is_no_refusal_but_not_for_ever() {
    let mut client = Authenticator::new("u", "p");
    let mut request = request();
    client.on_challenge(&request, &challenged("Digest realm=\"a\", nonce=\"0\", qop=\"auth\"")).unwrap();
    let mut tries = 0;
    loop {
        client.authorize(&mut request, &mut rng());
        tries += 1;
        let stale = format!("Digest realm=\"a\", nonce=\"{tries}\", qop=\"auth\", stale=TRUE");
        if client.on_challenge(&request, &challenged(&stale)) == Err(Refused::Credentials) {
            break;
        }
    }
    assert_eq!(tries, 5);
}

#[test]
fn a_nonce_that_served_may_run_out_without_the_word_stale() {
    let mut client = Authenticator::new("u", "p");
    let mut request = request();
    client.on_challenge(&request, &challenged("Digest realm=\"a\", nonce=\"1\", qop=\"auth\"")).unwrap();
    client.authorize(&mut request, &mut rng());
    assert!(given(&request).contains("nc=00000001"));
    client.authorize(&mut request, &mut rng());
    assert!(given(&request).contains("nc=00000002"));
    client.on_challenge(&request, &challenged("Digest realm=\"a\", nonce=\"2\", qop=\"auth\"")).unwrap();
    client.authorize(&mut request, &mut rng());
    assert!(given(&request).contains("nonce=\"2\"") && given(&request).contains("nc=00000001"));
}

#[test]
fn an_old_nonce_is_stale_at_the_server() {
    let (mut rng, now) = (rng(), start());
    let mut guard = guard(&[Algorithm::Sha256]);
    let mut client = Authenticator::new("u", "p");
    let mut request = request();
    let first = response(401, guard.challenge(now, false, &mut rng));
    client.on_challenge(&request, &first).unwrap();
    client.authorize(&mut request, &mut rng);
    let later = now + HOUR;
    assert_eq!(guard.verify(later, &request, "p"), Verdict::Stale);
    let second = response(401, guard.challenge(later, true, &mut rng));
    client.on_challenge(&request, &second).unwrap();
    client.authorize(&mut request, &mut rng);
    assert_eq!(guard.verify(later, &request, "p"), Verdict::Accepted);
}

#[test]
fn what_can_not_be_answered_is_said() {
    let client = || Authenticator::new("u", "p");
    for value in [
        "Basic realm=\"a\"",
        "Digest realm=\"a\", nonce=\"1\", algorithm=AKAv1-MD5",
        "Digest realm=\"a\"",
        "Digest realm=\"a\", nonce=\"1\", qop=\"other\"",
    ] {
        assert_eq!(
            client().on_challenge(&request(), &challenged(value)),
            Err(Refused::Unsupported),
            "{value}"
        );
    }
    assert_eq!(client().on_challenge(&request(), &response(401, [])), Err(Refused::Unsupported));
}

#[test]
fn nothing_secret_is_printed() {
    let client = Authenticator::new("alice-user", "secret-password");
    assert_eq!(format!("{client:?}"), "Authenticator(0 realms)");
}
