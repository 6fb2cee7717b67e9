//! We register with digest (RFC 8760, RFC 3261 section 22), a call comes by the registration, we leave. sipp is the
//! registrar: it checks our answer to its challenge by its own arithmetic.

use crate::rig::{Sidetone, Sipp};

const PASSWORD: &str = "open sesame";

fn phone(registrar: &Sipp, password: &str) -> Sidetone {
    Sidetone::at(&format!("sip:bob@127.0.0.1:{}", registrar.port()))
        .env("SIDETONE_TEST_PASSWORD", password)
        .args(["--password-env", "SIDETONE_TEST_PASSWORD", "--duration", "1"])
        .start()
}

#[test]
fn with_the_right_password_and_leaves() {
    let mut registrar = Sipp::serving("registrar", &["-m", "1", "-key", "password", PASSWORD]);
    let mut phone = phone(&registrar, PASSWORD);
    let registered = phone.event("registered");
    assert_eq!(registered["expires_s"], 120, "the registrar's word counts: {registered}");
    assert_eq!(phone.ends(), Some(0));
    registrar.succeeds();
}

#[test]
fn with_the_wrong_password_and_is_told_so() {
    let mut registrar = Sipp::serving("registrar-refusing", &["-m", "1"]);
    let mut phone = phone(&registrar, "guess");
    let error = phone.event("error");
    assert!(!error["detail"].as_str().unwrap().contains("guess"), "{error}");
    assert_eq!(phone.ends(), Some(1));
    assert_eq!(phone.count("registered"), 0);
    registrar.succeeds();
}
