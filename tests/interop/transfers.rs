//! Transfers through Kamailio: baresip follows ours, we follow baresip's, and one call takes another's place.

use crate::rig::{
    Baresip, Kamailio, PACKETS_OF_SPEECH, Sidetone, account_at, aor, assert_heard, phone_at, registered,
    speech,
};

/// A phone that goes where its server sends it.
fn obedient(server: &Kamailio, user: &str, sentence: &str, words: &[&str]) -> Sidetone {
    registered(account_at(server, user, sentence, words).configured("[sip]\nfollow_refers = true\n"))
}

#[test]
fn transfer_1_we_send_baresip_to_a_colleague() {
    let mut server = Kamailio::start();
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    let mut bob = phone_at(&server, "bob", "agent-greeting", &["--auto-answer"]);
    let mut carol = Baresip::registered(&mut server, "carol", "opus", &customer);
    let mut ann = phone_at(&server, "ann", "colleague-hello", &["--auto-answer", "--control"]);
    carol.tell("dial", &aor("ann"));
    ann.event("connected");
    ann.tell(&format!("transfer {}", aor("bob")));
    ann.event("transferred");
    bob.event("connected");
    ann.event("ended");
    bob.talk(PACKETS_OF_SPEECH);
    bob.interrupt();
    assert_eq!(bob.ends(), Some(0));
    assert_heard("bob", &customer, &agent, &bob.heard());
    assert_heard("baresip", &agent, &customer, &carol.heard());
}

#[test]
fn transfer_1_to_nobody_leaves_the_call_as_it_was() {
    let mut server = Kamailio::start();
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    let mut carol = Baresip::registered(&mut server, "carol", "opus", &customer);
    let mut ann = phone_at(&server, "ann", "agent-greeting", &["--auto-answer", "--control"]);
    carol.tell("dial", &aor("ann"));
    ann.event("connected");
    ann.tell(&format!("transfer {}", aor("nobody")));
    let failed = ann.event("transfer_failed");
    assert_eq!(failed["code"], 404, "{failed}");
    ann.tell("resume");
    ann.talk(PACKETS_OF_SPEECH);
    assert_eq!(ann.count("ended"), 0);
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    assert_heard("ann", &customer, &agent, &ann.heard());
}

#[test]
fn transfer_2_we_bring_two_parties_together() {
    let server = Kamailio::start();
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    let mut bob = phone_at(&server, "bob", "agent-greeting", &["--auto-answer"]);
    let mut carol = obedient(&server, "carol", "customer-impatient", &["--control"]);
    let mut ann = phone_at(&server, "ann", "colleague-hello", &["--auto-answer", "--control"]);
    carol.tell(&format!("call {}", aor("ann")));
    ann.event("connected");
    ann.tell("hold 1");
    ann.event("held");
    ann.tell(&format!("call {}", aor("bob")));
    ann.event("connected");
    bob.event("connected");
    ann.tell("attended 1 2");
    ann.event("transferred");
    ann.event("ended");
    assert_eq!(ann.count("ended"), 2, "the consult call was taken over, the customer's was hung up");
    let before = bob.talk(1)["packets_received"].as_u64().unwrap();
    bob.talk(before + PACKETS_OF_SPEECH);
    for phone in [&mut bob, &mut carol, &mut ann] {
        phone.interrupt();
        assert_eq!(phone.ends(), Some(0));
    }
    assert_heard("bob", &customer, &agent, &bob.heard());
    assert_heard("carol", &agent, &customer, &carol.heard());
}

#[test]
fn baresip_sends_us_to_a_colleague() {
    let mut server = Kamailio::start();
    let [agent, customer] = ["agent-greeting", "customer-impatient"].map(speech);
    let mut bob = phone_at(&server, "bob", "agent-greeting", &["--auto-answer"]);
    let mut ann = obedient(&server, "ann", "customer-impatient", &["--auto-answer", "--control"]);
    let mut carol = Baresip::registered(&mut server, "carol", "opus", &speech("colleague-hello"));
    carol.tell("dial", &aor("ann"));
    ann.event("connected");
    carol.tell("transfer", &aor("bob"));
    bob.event("connected");
    bob.talk(PACKETS_OF_SPEECH);
    bob.interrupt();
    assert_eq!(bob.ends(), Some(0));
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    assert_heard("bob", &customer, &agent, &bob.heard());
}
