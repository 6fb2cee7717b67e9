//! Two Kamailios, of which one is killed: while a phone is registered there, and in the middle of a call.

use crate::rig::{Kamailio, PACKETS_OF_SPEECH, PASSWORD, Setup, Sidetone, speech};

/// A phone of this user that knows both servers and prefers the first.
fn phone([first, second]: &[Kamailio; 2], user: &str) -> Setup {
    Sidetone::at(&format!("sip:{user}@proxy.test"))
        .env("SIDETONE_TEST_PASSWORD", PASSWORD)
        .args(["--password-env", "SIDETONE_TEST_PASSWORD", "--transport", "tcp"])
        .args(["--server", &first.address(), "--server", &second.address()])
}

#[test]
fn a_server_killed_while_registered_gives_way_to_the_other() {
    let mut servers = Kamailio::pair();
    let mut bob = phone(&servers, "bob").arg("--auto-answer").start();
    bob.event("registered");
    servers[0].says("registered bob");
    servers[0].kill();
    bob.event("registered");
    servers[1].says("registered bob");
    // And he can be called there.
    let mut ann = phone(&servers, "ann").args(["--call", "sip:bob@proxy.test"]).start();
    ann.event("connected");
    bob.event("connected");
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
}

#[test]
fn a_server_that_was_never_there_gives_way_to_the_other() {
    let mut servers = Kamailio::pair();
    servers[0].kill();
    let mut bob = phone(&servers, "bob").args(["--duration", "1"]).start();
    bob.event("registered");
    servers[1].says("registered bob");
    assert_eq!(bob.ends(), Some(0));
}

#[test]
fn a_server_killed_during_a_call_leaves_the_call_alive_and_it_can_be_ended() {
    let mut servers = Kamailio::pair();
    let mut bob = phone(&servers, "bob").arg("--auto-answer").speaking(&speech("agent-greeting")).start();
    bob.event("registered");
    let mut ann = phone(&servers, "ann")
        .args(["--call", "sip:bob@proxy.test"])
        .speaking(&speech("customer-impatient"))
        .start();
    ann.event("connected");
    bob.event("connected");
    servers[0].kill();
    ann.event("registered");
    bob.event("registered");
    ann.talk(PACKETS_OF_SPEECH);
    bob.talk(PACKETS_OF_SPEECH);
    assert_eq!(bob.count("ended"), 0, "the call outlives the server");
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    servers[1].says("in dialog: BYE");
    assert_eq!(bob.event("ended")["cause"], "party");
}
