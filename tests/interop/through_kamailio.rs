//! Two of our phones with Kamailio between them: digest, Record-Route, forking.

use crate::rig::{
    Baresip, Kamailio, Manner, PACKETS_OF_SPEECH, aor, assert_golden, assert_heard, phone_at as phone, speech,
};

fn call(server: &mut Kamailio, transport: &str) {
    let mut bob = phone(server, "bob", "agent-greeting", &["--auto-answer", "--transport", transport]);
    let to_bob = aor("bob");
    let mut ann = phone(server, "ann", "customer-impatient", &["--transport", transport, "--call", &to_bob]);
    bob.event("connected");
    ann.event("connected");
    bob.talk(PACKETS_OF_SPEECH);
    ann.talk(PACKETS_OF_SPEECH);
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    bob.event("ended");
    // To the one instance that answered, by its GRUU (RFC 5627).
    server.says("in dialog: BYE to sip:bob@proxy.test;gr=urn:uuid:");
    bob.interrupt();
    assert_eq!(bob.ends(), Some(0));
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    assert_heard("ann", &agent, &customer, &ann.heard());
    assert_heard("bob", &customer, &agent, &bob.heard());
    assert_golden(&format!("kamailio-{transport}-caller"), &ann.ladder());
    assert_golden(&format!("kamailio-{transport}-callee"), &bob.ladder());
}

#[test]
fn with_md5_over_udp() {
    call(&mut Kamailio::start(), "udp");
}

#[test]
fn with_sha_256_over_tcp() {
    call(&mut Kamailio::with(Manner { algorithm: "SHA-256", ..Manner::default() }), "tcp");
}

#[test]
fn baresip_calls_us_and_we_call_baresip() {
    let mut server = Kamailio::start();
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    let mut bob = phone(&server, "bob", "agent-greeting", &["--auto-answer"]);
    let mut carol = Baresip::registered(&mut server, "carol", "opus", &customer);
    carol.tell("dial", &aor("bob"));
    bob.event("connected");
    bob.talk(PACKETS_OF_SPEECH);
    carol.tell("hangup", "");
    assert_eq!(bob.event("ended")["cause"], "party");
    let mut ann = phone(&server, "ann", "agent-greeting", &["--call", &aor("carol")]);
    carol.event("CALL_INCOMING");
    carol.tell("accept", "");
    ann.event("connected");
    ann.talk(PACKETS_OF_SPEECH);
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    bob.interrupt();
    assert_eq!(bob.ends(), Some(0));
    assert_heard("bob", &customer, &agent, &bob.heard());
    assert_heard("baresip", &agent, &customer, &carol.heard());
}

#[test]
fn a_call_for_two_phones_is_taken_by_one_and_not_missed_by_the_other() {
    let server = Kamailio::start();
    let mut silent = phone(&server, "bob", "agent-greeting", &[]);
    let mut quick = phone(&server, "bob", "agent-greeting", &["--auto-answer"]);
    let to_bob = aor("bob");
    let mut ann = phone(&server, "ann", "customer-impatient", &["--call", &to_bob]);
    silent.event("incoming");
    quick.event("connected");
    ann.event("connected");
    let ended = silent.event("ended");
    assert_eq!(ended["cause"], "answered_elsewhere", "{ended}");
    for (phone, talked) in [(&mut ann, 0), (&mut quick, 0), (&mut silent, 1)] {
        phone.interrupt();
        assert_eq!(phone.ends(), Some(talked));
    }
}
