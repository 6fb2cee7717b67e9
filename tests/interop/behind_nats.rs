//! Two phones behind two NATs of the kernel's, in networks of the test's own: what a NAT maps for one server it maps for
//! everybody, and there is a way between the two; or it does not, and there is none but by a relay. SIP goes by TCP, which is
//! routed; UDP is masqueraded, and let in only as an answer.

use crate::rig::{
    By, Coturn, PACKETS_OF_SPEECH, Sidetone, assert_heard, assert_nearly_nothing_lost, inside_a_namespace,
    ip, speech,
};
use std::process::Command;

/// Where the server is, outside.
const OUTSIDE: &str = "203.0.113.1";

fn sh(script: &str) {
    let output = Command::new("sh").args(["-ec", script]).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `phone-N` at 10.0.N.2 behind `nat-N` at 203.0.113.N.
fn household(n: u8, other: u8, masquerade: &str) {
    let (nat, phone) = (format!("nat-{n}"), format!("phone-{n}"));
    for namespace in [&nat, &phone] {
        ip(&format!("netns add {namespace}"));
        ip(&format!("-n {namespace} link set lo up"));
    }
    ip(&format!("link add outside-{n} type veth peer name wan netns {nat}"));
    ip(&format!("link set outside-{n} master outside up"));
    ip(&format!("-n {nat} addr add 203.0.113.{n}/24 dev wan"));
    ip(&format!("-n {nat} link set wan up"));
    ip(&format!("-n {nat} link add name lan type veth peer name eth0 netns {phone}"));
    ip(&format!("-n {nat} addr add 10.0.{n}.1/24 dev lan"));
    ip(&format!("-n {nat} link set lan up"));
    ip(&format!("-n {nat} route add 10.0.{other}.0/24 via 203.0.113.{other}"));
    ip(&format!("-n {phone} addr add 10.0.{n}.2/24 dev eth0"));
    ip(&format!("-n {phone} link set eth0 up"));
    ip(&format!("-n {phone} route add default via 10.0.{n}.1"));
    ip(&format!("route add 10.0.{n}.0/24 via 203.0.113.{n}"));
    sh(&format!("ip netns exec {nat} sysctl -qw net.ipv4.ip_forward=1"));
    for rules in [
        "add table ip nat".to_owned(),
        "add chain ip nat leaving { type nat hook postrouting priority 100; }".to_owned(),
        "add chain ip nat passing { type filter hook forward priority 0; }".to_owned(),
        format!("add rule ip nat leaving oifname wan meta l4proto udp {masquerade}"),
        "add rule ip nat passing iifname wan meta l4proto udp ct state != established drop".to_owned(),
        // As every router has it: a stranger's packet must not take the port that an answer would need.
        "add chain ip nat entering { type filter hook input priority 0; }".to_owned(),
        "add rule ip nat entering iifname wan meta l4proto udp drop".to_owned(),
    ] {
        sh(&format!("ip netns exec {nat} nft '{rules}'"));
    }
}

/// Two phones talk, each behind a NAT like that, by a way between two ends of such kinds.
fn talk_behind(masquerade: &str, is_wanted: fn([&str; 2]) -> bool) {
    sh("mount -t tmpfs none /run && mkdir /run/netns");
    ip("link add outside type bridge");
    ip(&format!("addr add {OUTSIDE}/24 dev outside"));
    ip("link set outside up");
    household(10, 20, masquerade);
    household(20, 10, masquerade);

    let (customer, agent) = (speech("customer-echo"), speech("agent-greeting"));
    let relay = Coturn::at(OUTSIDE, By::Udp);
    let callee = Sidetone::within("phone-20", "alice").args(["--auto-answer"]).speaking(&customer);
    let mut callee = relay.helps(callee).start();
    let target = format!("sip:alice@10.0.20.2:{};transport=tcp", callee.port());
    let caller = Sidetone::within("phone-10", "bob").args(["--transport", "tcp", "--call", &target]);
    let mut caller = relay.helps(caller.speaking(&agent)).start();
    caller.event("connected");
    // Another one may have been found first.
    caller.event_that("path", |path| is_wanted(["local", "remote"].map(|end| path[end].as_str().unwrap())));
    assert_nearly_nothing_lost(&caller.talk(PACKETS_OF_SPEECH));
    callee.talk(PACKETS_OF_SPEECH);
    caller.interrupt();
    callee.event("ended");
    assert_eq!(caller.ends(), Some(0));
    callee.interrupt();
    callee.ends();
    assert_heard("the caller", &customer, &agent, &caller.heard());
    assert_heard("the callee", &agent, &customer, &callee.heard());
}

#[test]
fn behind_two_nats_that_keep_a_port_words_go_directly() {
    if inside_a_namespace("behind_nats::behind_two_nats_that_keep_a_port_words_go_directly") {
        talk_behind("masquerade", |ends| ends.iter().all(|kind| ["srflx", "prflx"].contains(kind)));
    }
}

#[test]
fn behind_two_nats_that_take_any_port_words_go_by_the_relay() {
    if inside_a_namespace("behind_nats::behind_two_nats_that_take_any_port_words_go_by_the_relay") {
        talk_behind("masquerade fully-random", |ends| ends.contains(&"relay"));
    }
}
