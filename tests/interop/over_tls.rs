//! TLS to Kamailio: calls, and certificates that are no good.

use crate::rig::{
    Certificate, Kamailio, Manner, PACKETS_OF_SPEECH, PASSWORD, Setup, Sidetone, assert_golden, assert_heard,
    speech,
};

fn server(certificate: Certificate) -> Kamailio {
    Kamailio::with(Manner { certificate: Some(certificate), ..Manner::default() })
}

/// A phone of this user that trusts the server's authority.
fn phone(server: &Kamailio, user: &str, transport: &str) -> Setup {
    let authority = server.authority();
    Sidetone::at(&format!("sip:{user}@proxy.test"))
        .env("SIDETONE_TEST_PASSWORD", PASSWORD)
        .args(["--password-env", "SIDETONE_TEST_PASSWORD", "--transport", transport])
        .args(["--server", &server.secure(), "--ca"])
        .arg(authority)
}

fn call(transport: &str) {
    let server = server(Certificate::Good);
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    let mut bob = phone(&server, "bob", transport).arg("--auto-answer").speaking(&agent).start();
    bob.event("registered");
    let mut ann =
        phone(&server, "ann", transport).args(["--call", "sip:bob@proxy.test"]).speaking(&customer).start();
    bob.event("connected");
    ann.event("connected");
    bob.talk(PACKETS_OF_SPEECH);
    ann.talk(PACKETS_OF_SPEECH);
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    bob.event("ended");
    bob.interrupt();
    assert_eq!(bob.ends(), Some(0));
    assert_heard("ann", &agent, &customer, &ann.heard());
    assert_heard("bob", &customer, &agent, &bob.heard());
    assert_golden(&format!("kamailio-{transport}-caller"), &ann.ladder());
}

#[test]
fn a_call_over_tls() {
    call("tls");
}

#[test]
fn a_call_over_a_secure_websocket() {
    call("wss");
}

fn refused(phone: Setup) -> String {
    let mut phone = phone.start();
    let error = phone.event("error")["detail"].as_str().unwrap().to_owned();
    assert_eq!(phone.ends(), Some(1));
    assert_eq!(phone.count("registered"), 0);
    error
}

#[test]
fn a_certificate_for_somebody_else_is_refused_and_says_so() {
    let error = refused(phone(&server(Certificate::WrongName), "bob", "tls"));
    assert!(error.contains("elsewhere.test"), "{error}");
}

#[test]
fn a_certificate_that_has_run_out_is_refused_and_says_so() {
    let error = refused(phone(&server(Certificate::Expired), "bob", "tls"));
    assert!(error.contains("has expired"), "{error}");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_and_says_so() {
    let server = server(Certificate::Good);
    let stranger = Sidetone::at("sip:bob@proxy.test")
        .env("SIDETONE_TEST_PASSWORD", PASSWORD)
        .args(["--password-env", "SIDETONE_TEST_PASSWORD", "--transport", "tls"])
        .args(["--server", &server.secure()]);
    let error = refused(stranger);
    assert!(error.contains("authority"), "{error}");
}
