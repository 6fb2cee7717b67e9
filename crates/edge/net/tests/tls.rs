//! SIP over TLS on the real loopback: who is trusted, and which check it was that failed.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::authority::{
    Authority, Server, Signed, expired, for_client, for_server, for_sip_uri, not_yet_valid,
};
use common::*;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa};
use sidetone_net::{CertificateProblem, FlowError, Received, Setup, Transports};
use sidetone_sip::api::{Flow, Transport};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

const DOMAIN: &str = "sip.example.org";

async fn path(transports: &Transports, server: &Server, domain: &str) -> Flow {
    path_to(transports, Transport::Tls, server.port(), domain).await
}

/// What comes of sending to a server that shows a certificate like this.
async fn outcome_with(setup: Setup, server: Server, domain: &str) -> Result<(), FlowError> {
    let (phone, mut received) = open(setup).await;
    let there = path(&phone, &server, domain).await;
    phone.send(transmit(there, options("1", "")));
    let serve = async {
        // What fails here is told by the phone.
        let Ok(mut peer) = server.accept().await else { return std::future::pending().await };
        let mut bytes = vec![0; options("1", "").len()];
        if peer.read_exact(&mut bytes).await.is_err() {
            return std::future::pending().await;
        }
        assert_eq!(bytes, options("1", ""));
    };
    tokio::select! {
        () = async { timeout(DEADLINE, serve).await.unwrap() } => Ok(()),
        received = received.recv() => match received.unwrap() {
            Received::FlowFailed { flow, why } => {
                assert_eq!(flow, there);
                assert_eq!(phone.connections(), 0);
                Err(why)
            }
            Received::Message { .. } => panic!("a message came"),
        },
    }
}

async fn outcome(params: &CertificateParams, domain: &str) -> Result<(), FlowError> {
    let authority = Authority::new("ours");
    let server = Server::new(&authority.sign(params), None).await;
    outcome_with(authority.trusted(), server, domain).await
}

fn problem(outcome: Result<(), FlowError>) -> CertificateProblem {
    match outcome {
        Err(FlowError::Certificate(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_is_made_once_and_used_both_ways() {
    let authority = Authority::new("ours");
    let server = Server::new(&authority.sign(&for_server(&[DOMAIN])), None).await;
    let (phone, mut received) = open(authority.trusted()).await;
    let there = path(&phone, &server, DOMAIN).await;
    assert_eq!(there.local.port(), phone.local_addr().port());
    phone.send(transmit(there, options("1", "one")));
    phone.send(transmit(there, options("2", "")));
    let mut peer = timeout(DEADLINE, server.accept()).await.unwrap().unwrap();
    assert_eq!(peer.get_ref().1.server_name(), Some(DOMAIN), "the name is said before the handshake");
    let sent = [options("1", "one"), options("2", "")].concat();
    let mut bytes = vec![0; sent.len()];
    timeout(DEADLINE, peer.read_exact(&mut bytes)).await.unwrap().unwrap();
    assert_eq!(bytes, sent);
    peer.write_all(&options("3", "")).await.unwrap();
    assert_eq!(message(&mut received).await, (there, options("3", "")));
    // The answer to our ping goes up, and theirs is answered below.
    phone.send(transmit(there, "\r\n\r\n".into()));
    let mut ping = [0; 4];
    timeout(DEADLINE, peer.read_exact(&mut ping)).await.unwrap().unwrap();
    peer.write_all(b"\r\n").await.unwrap();
    assert_eq!(message(&mut received).await, (there, "\r\n".into()));
    assert_eq!(phone.connections(), 1);
    drop(peer);
    assert_eq!(failure(&mut received).await, (there, FlowError::Closed));
}

#[tokio::test]
async fn both_versions_are_spoken() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = Authority::new("ours");
        let signed = authority.sign(&for_server(&[DOMAIN]));
        let server = Server::of_versions(&signed, None, &[version]).await;
        assert_eq!(outcome_with(authority.trusted(), server, DOMAIN).await, Ok(()), "{version:?}");
    }
}

#[tokio::test]
async fn a_certificate_fits_by_name_by_sip_uri_and_by_address() {
    assert_eq!(outcome(&for_server(&["other.example.org", DOMAIN]), DOMAIN).await, Ok(()));
    assert_eq!(outcome(&for_sip_uri("sip:sip.example.org"), DOMAIN).await, Ok(()));
    assert_eq!(outcome(&for_server(&["127.0.0.1"]), "127.0.0.1").await, Ok(()));
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused_and_says_which_names_it_has() {
    let wrong = |names: &[&str], wanted: &str| CertificateProblem::WrongName {
        wanted: wanted.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let others = ["a.example.org", "b.example.org"];
    assert_eq!(problem(outcome(&for_server(&others), DOMAIN).await), wrong(&others, DOMAIN));
    // A person's, and another scheme's.
    for uri in ["sip:ann@sip.example.org", "https:sip.example.org", "sip:example.org"] {
        let problem = problem(outcome(&for_sip_uri(uri), DOMAIN).await);
        assert!(matches!(problem, CertificateProblem::WrongName { .. }), "{uri}: {problem:?}");
    }
    let problem = problem(outcome(&for_server(&[DOMAIN]), "127.0.0.1").await);
    assert!(matches!(problem, CertificateProblem::WrongName { .. }), "{problem:?}");
}

#[tokio::test]
async fn without_a_look_up_the_address_itself_must_be_in_the_certificate() {
    for (name, fits) in [("127.0.0.1", true), (DOMAIN, false)] {
        let authority = Authority::new("ours");
        let server = Server::new(&authority.sign(&for_server(&[name])), None).await;
        let (phone, mut received) = open(authority.trusted()).await;
        let there = phone.flow_to(Transport::Tls, server.listener.local_addr().unwrap()).unwrap();
        phone.send(transmit(there, options("1", "")));
        let accepted = timeout(DEADLINE, server.accept()).await.unwrap();
        assert_eq!(accepted.is_ok(), fits);
        if !fits {
            let (_, why) = failure(&mut received).await;
            assert!(matches!(why, FlowError::Certificate(CertificateProblem::WrongName { .. })), "{why:?}");
        }
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let since = Some(Duration::from_secs(1_577_836_800));
    let problem = problem(outcome(&expired(for_server(&[DOMAIN])), DOMAIN).await);
    assert_eq!(problem, CertificateProblem::Expired { since });
}

#[tokio::test]
async fn a_certificate_whose_time_has_not_begun_is_refused() {
    let problem = problem(outcome(&not_yet_valid(for_server(&[DOMAIN])), DOMAIN).await);
    assert!(matches!(problem, CertificateProblem::NotYetValid { from: Some(_) }), "{problem:?}");
}

#[tokio::test]
async fn an_authority_that_nobody_trusts_is_refused() {
    let server = Server::new(&Authority::new("theirs").sign(&for_server(&[DOMAIN])), None).await;
    let outcome = outcome_with(Authority::new("ours").trusted(), server, DOMAIN).await;
    assert_eq!(problem(outcome), CertificateProblem::UnknownAuthority);
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_trusted_where_it_is_named_and_not_otherwise() {
    let itself = Signed::by_itself(&for_server(&[DOMAIN]));
    let authority = Authority::new("ours");
    let server = Server::new(&itself, None).await;
    assert_eq!(
        problem(outcome_with(authority.trusted(), server, DOMAIN).await),
        CertificateProblem::UnknownAuthority
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), itself.pem()).unwrap();
    let mut setup = authority.trusted();
    setup.tls.extra_authorities = Some(file.path().to_owned());
    let server = Server::new(&itself, None).await;
    assert_eq!(outcome_with(setup, server, DOMAIN).await, Ok(()));
}

#[tokio::test]
async fn a_certificate_that_is_not_for_servers_is_refused() {
    let mut for_mail = for_server(&[DOMAIN]);
    for_mail.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    assert_eq!(problem(outcome(&for_mail, DOMAIN).await), CertificateProblem::NotForServers);
    let mut authority = for_server(&[DOMAIN]);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(problem(outcome(&authority, DOMAIN).await), CertificateProblem::NotForServers);
}

#[tokio::test]
async fn a_server_that_wants_our_certificate_gets_it() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = Authority::new("ours");
        let (theirs, ours) = (authority.sign(&for_server(&[DOMAIN])), authority.sign(&for_client()));
        let server = Server::of_versions(&theirs, Some(&authority), &[version]).await;
        let outcome = outcome_with(authority.trusted_by(&ours), server, DOMAIN).await;
        assert_eq!(outcome, Ok(()), "{version:?}");
    }
}

#[tokio::test]
async fn a_server_that_wants_our_certificate_says_that_it_is_missing_or_refused() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("theirs"));
    let signed = authority.sign(&for_server(&[DOMAIN]));
    let server = Server::new(&signed, Some(&authority)).await;
    let missing = outcome_with(authority.trusted(), server, DOMAIN).await;
    assert_eq!(problem(missing), CertificateProblem::OursMissing);
    let server = Server::new(&signed, Some(&authority)).await;
    let refused = outcome_with(authority.trusted_by(&stranger.sign(&for_client())), server, DOMAIN).await;
    assert_eq!(problem(refused), CertificateProblem::OursRefused);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_from_one_that_is_not_there() {
    let authority = Authority::new("ours");
    let (phone, mut received) = open(authority.trusted()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let there = path_to(&phone, Transport::Tls, port, DOMAIN).await;
    phone.send(transmit(there, options("1", "")));
    let (mut peer, _) = listener.accept().await.unwrap();
    peer.write_all(b"SIP/2.0 400 Bad Request\r\n\r\n").await.unwrap();
    let (flow, why) = failure(&mut received).await;
    assert!(flow == there && matches!(why, FlowError::Tls(_)), "{why:?}");
    drop(listener);
    phone.send(transmit(there, options("1", "")));
    assert_eq!(failure(&mut received).await, (there, FlowError::Refused));
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_given_up() {
    let authority = Authority::new("ours");
    let mut setup = authority.trusted();
    setup.limits.connect = Duration::from_millis(100);
    let (phone, mut received) = open(setup).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = path_to(&phone, Transport::Tls, listener.local_addr().unwrap().port(), DOMAIN).await;
    phone.send(transmit(there, options("1", "")));
    let _peer = listener.accept().await.unwrap();
    assert_eq!(failure(&mut received).await, (there, FlowError::TimedOut));
}

#[tokio::test]
async fn a_second_domain_at_an_address_has_a_connection_of_its_own_and_takes_nothing_from_the_first() {
    let authority = Authority::new("ours");
    let server = Server::new(&authority.sign(&for_server(&[DOMAIN, "b.example.org"])), None).await;
    let (phone, mut received) = open(authority.trusted()).await;
    let there = path(&phone, &server, DOMAIN).await;
    phone.send(transmit(there, options("1", "")));
    let mut peer = timeout(DEADLINE, server.accept()).await.unwrap().unwrap();
    let second = path(&phone, &server, "b.example.org").await;
    assert!(second != there && second.remote == there.remote);
    phone.send(transmit(second, options("2", "")));
    let mut other = timeout(DEADLINE, server.accept()).await.unwrap().unwrap();
    assert_eq!(other.get_ref().1.server_name(), Some("b.example.org"));
    other.write_all(&options("3", "")).await.unwrap();
    assert_eq!(message(&mut received).await, (second, options("3", "")));
    // To close the one is not to close the other.
    phone.close(second);
    let mut rest = Vec::new();
    // Without a TLS farewell, it may be.
    let _ = timeout(DEADLINE, other.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(rest, options("2", ""));
    assert_eq!(phone.connections(), 1);
    // Somebody made us look up a name of theirs that leads to our server.
    let theirs = path(&phone, &server, "elsewhere.example.org").await;
    phone.send(transmit(theirs, options("4", "")));
    assert!(timeout(DEADLINE, server.accept()).await.unwrap().is_err());
    let (flow, why) = failure(&mut received).await;
    assert!(flow == theirs && matches!(why, FlowError::Certificate(CertificateProblem::WrongName { .. })));
    phone.send(transmit(there, options("5", "")));
    let sent = [options("1", ""), options("5", "")].concat();
    let mut bytes = vec![0; sent.len()];
    timeout(DEADLINE, peer.read_exact(&mut bytes)).await.unwrap().unwrap();
    assert_eq!(bytes, sent);
}

#[tokio::test]
async fn a_file_that_holds_no_certificate_is_said_at_once() {
    let mut setup = Authority::new("ours").trusted();
    let file = tempfile::NamedTempFile::new().unwrap();
    setup.tls.extra_authorities = Some(file.path().to_owned());
    let refused = Transports::open(setup).await.err().unwrap();
    assert!(
        matches!(&refused, sidetone_net::Error::Pem { file: named, .. } if named == file.path()),
        "{refused}"
    );
}
