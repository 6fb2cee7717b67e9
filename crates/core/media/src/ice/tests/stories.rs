//! What happens between two ends.

use super::*;
use crate::quality::Cause;
use Mapping::{EndpointIndependent, Symmetric};

pub(super) fn both_hear(world: &mut World) {
    let before = [0, 1].map(|end| world.ends[end].received(world.now));
    world.run(Duration::from_secs(2));
    for end in [0, 1] {
        let heard = world.ends[end].received(world.now) - before[end];
        assert!(heard > 60, "end {end} heard {heard} packets in two seconds");
    }
}

pub(super) fn found(world: &World) -> bool {
    world.ends.iter().all(|end| !end.ways().is_empty())
}

#[test]
fn two_behind_ordinary_nats_find_each_other_directly() {
    let mut world = World::new([Some(EndpointIndependent); 2]);
    for end in [0, 1] {
        let took = world.gather(end, world.turn());
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
    world.negotiate();
    let took = world.until("a way", found);
    assert!(took < Duration::from_secs(1), "{took:?}");
    both_hear(&mut world);
    for end in &world.ends {
        let [way] = end.ways()[..] else { panic!("one component: {:?}", end.ways()) };
        assert_eq!((way.local_kind, way.channel), (Kind::ServerReflexive, Channel::Rtp));
        assert_ne!(way.remote_kind, Kind::Relayed);
    }
}

#[test]
fn behind_two_symmetric_nats_it_takes_the_relay() {
    let mut world = World::new([Some(Symmetric); 2]);
    for end in [0, 1] {
        world.gather(end, world.stun());
    }
    world.negotiate();
    world.run(Duration::from_secs(10));
    assert!(!found(&world), "there is no way without a relay");
    for end in &world.ends {
        assert_eq!(end.session.quality(world.now).cause, Some(Cause::NoWay), "and it is said");
    }
    assert!(world.ends.iter().all(|end| end.received(world.now) == 0));

    let mut world = World::new([Some(Symmetric); 2]);
    for end in [0, 1] {
        world.gather(end, world.turn());
    }
    world.negotiate();
    world.until("a way", found);
    both_hear(&mut world);
    let kinds = world.ends.each_ref().map(|end| (end.ways()[0].local_kind, end.ways()[0].remote_kind));
    assert!(
        kinds.iter().any(|(local, remote)| *local == Kind::Relayed || *remote == Kind::Relayed),
        "{kinds:?}"
    );
}

#[test]
fn relay_only_tells_and_uses_nothing_else() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    let only = Servers { relay_only: true, ..world.turn() };
    world.gather(0, only);
    world.gather(1, Servers::default());
    let (_, candidates) = world.ends[0].gathered.clone().unwrap();
    assert!(candidates.iter().all(|candidate| candidate.kind == Kind::Relayed), "{candidates:?}");
    assert_eq!(candidates.len(), 2, "RTP and RTCP");
    let mut both = 0;
    world.negotiate();
    world.until("a way", found);
    both_hear(&mut world);
    let server = world.server.address;
    for (to, _) in &world.ends[0].sent {
        assert_eq!(*to, server);
        both += 1;
    }
    assert!(both > 100);
}

#[test]
fn without_a_server_two_in_the_open_use_their_own_addresses() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        assert_eq!(world.gather(end, Servers::default()), Duration::ZERO, "nothing is waited for");
    }
    let [ours, theirs] = world.negotiate().map(|plan| plan.ice.unwrap().role);
    assert_eq!((ours, theirs), (super::super::Role::Controlling, super::super::Role::Controlled));
    world.until("a way", found);
    both_hear(&mut world);
    assert_eq!(world.ends[0].ways()[0].local_kind, Kind::Host);
    assert_eq!(world.ends[0].ways()[0].remote, world.ends[1].address);
}

#[test]
fn gathering_ends_after_two_seconds_though_no_server_answers() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.serves = false;
    let took = world.gather(0, world.turn());
    assert!((1_990..=2_010).contains(&took.as_millis()), "{took:?}");
    let (_, candidates) = world.ends[0].gathered.clone().unwrap();
    assert!(candidates.iter().all(|candidate| candidate.kind == Kind::Host), "what there is goes");
    assert_eq!(candidates.len(), 2);
}

#[test]
fn a_server_that_was_silent_costs_the_next_call_little_until_it_answers_again() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    let address = world.server.address;
    world.serves = false;
    world.gather(0, world.turn());
    let silent = News::Server { address, answers: false };
    assert_eq!(world.ends[0].news.iter().filter(|news| **news == silent).count(), 1);

    let doubted = Servers { silent: [address].into(), ..world.turn() };
    world.ends[0].news.clear();
    let took = world.gather(0, doubted.clone());
    assert!((295..=305).contains(&took.as_millis()), "{took:?}");
    assert!(!world.ends[0].news.contains(&silent), "that was known");

    // It is back, too late for this offer: the next one waits for it again.
    world.serves = true;
    world.until("an answer", |world| world.ends[0].news.contains(&News::Server { address, answers: true }));
    let took = world.gather(0, doubted);
    assert!(took < Duration::from_millis(200), "{took:?}");
    let (_, candidates) = world.ends[0].gathered.clone().unwrap();
    assert!(candidates.iter().any(|candidate| candidate.kind == Kind::ServerReflexive));
}

#[test]
fn where_one_server_answered_another_is_not_waited_for_long() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    let dead: SocketAddr = "203.0.113.66:3478".parse().unwrap();
    let mut servers = world.turn();
    servers.stun = vec![dead];
    servers.turn.insert(0, TurnServer { address: dead, ..servers.turn[0].clone() });
    let took = world.gather(0, servers);
    assert!(took < Duration::from_millis(300), "{took:?}");
    let (_, candidates) = world.ends[0].gathered.clone().unwrap();
    let kinds = [Kind::Host, Kind::ServerReflexive, Kind::Relayed];
    assert!(kinds.iter().all(|kind| candidates.iter().any(|it| it.kind == *kind)), "{candidates:?}");
}

#[test]
fn a_wrong_password_at_the_relay_costs_no_time_and_no_call() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    let mut servers = world.turn();
    servers.turn[0].password = super::super::Secret::new("wrong");
    assert!(world.gather(0, servers) <= Duration::from_secs(2));
    let (_, candidates) = world.ends[0].gathered.clone().unwrap();
    assert!(candidates.iter().any(|candidate| candidate.kind == Kind::ServerReflexive));
    assert!(candidates.iter().all(|candidate| candidate.kind != Kind::Relayed));
}

#[test]
fn a_third_of_the_checks_lost_is_no_matter() {
    let mut world = World::new([Some(EndpointIndependent), Some(Symmetric)]);
    world.loss_percent = 30;
    for end in [0, 1] {
        let took = world.gather(end, world.turn());
        assert!(took <= Duration::from_millis(2_005), "{took:?}");
    }
    world.negotiate();
    world.until("a way", found);
    let before = [0, 1].map(|end| world.ends[end].received(world.now));
    world.run(Duration::from_secs(20));
    for end in [0, 1] {
        let heard = world.ends[end].received(world.now) - before[end];
        // By a relay what is lost is lost on both legs.
        assert!(heard > 400, "end {end} heard {heard} of 1000");
        assert!(!world.ends[end].news.contains(&News::Lost));
    }
}

#[test]
fn who_speaks_no_ice_is_talked_to_as_ever() {
    for between in ["both ways", "their answer"] {
        let mut world = World::new([Some(EndpointIndependent), None]);
        world.gather(0, world.stun());
        world.negotiator(1, None);
        let [ours, theirs] = world.negotiate_by(0, |text| match between {
            "both ways" => {
                let lines = text.lines().filter(|line| !line.contains("ice-") && !line.contains("candidate"));
                lines.map(|line| format!("{line}\r\n")).collect()
            }
            _ => text,
        });
        assert_eq!((ours.ice, theirs.ice), (None, None));
        both_hear(&mut world);
    }
}

#[test]
fn an_address_changed_on_the_way_is_answered_by_mismatch_and_plain_media() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    let told = std::cell::RefCell::new(Vec::new());
    let plans = world.negotiate_by(0, |text| {
        told.borrow_mut().push(text.clone());
        // A border controller that takes the media and knows no ICE: here it is at the same host's other port.
        if told.borrow().len() == 1 { text.replace("m=audio 4000", "m=audio 4002") } else { text }
    });
    assert!(plans.iter().all(|plan| plan.ice.is_none()));
    assert!(told.borrow()[1].contains("a=ice-mismatch\r\n"), "{}", told.borrow()[1]);
    assert!(!told.borrow()[1].contains("candidate"));
}

#[test]
fn two_who_both_want_to_choose_settle_it() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    // Who answers a lite side chooses, and so does who offers.
    let mut plans = world.negotiate();
    for plan in &mut plans {
        let terms = plan.ice.as_mut().unwrap();
        terms.role = super::super::Role::Controlling;
        let swap = terms.local.ufrag.clone();
        terms.local.ufrag = format!("{swap}x");
        terms.remote.ufrag = format!("{}x", terms.remote.ufrag);
    }
    for end in [0, 1] {
        world.ends[end].news.clear();
        world.ends[end].session.apply(world.now, &plans[end]);
        world.depart(end);
    }
    world.until("a way", found);
    both_hear(&mut world);
}

#[test]
fn a_lite_side_answers_and_we_choose() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.gather(0, world.stun());
    world.gather(1, Servers::default());
    // It offers; being lite it never checks first, which here is shown by the roles.
    let [ours, _] = world.negotiate_by(1, |text| text.replacen("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n", 1));
    assert_eq!(ours.ice.unwrap().role, super::super::Role::Controlling);
    world.until("a way", |world| !world.ends[0].ways().is_empty());
    both_hear(&mut world);
}

#[test]
fn rtcp_has_a_way_of_its_own_where_it_is_not_multiplexed() {
    let mut world = World::new([Some(EndpointIndependent); 2]);
    for end in [0, 1] {
        world.gather(end, world.stun());
    }
    world.negotiate_by(0, |text| text.replace("a=rtcp-mux\r\n", ""));
    world.until("two ways", |world| world.ends.iter().all(|end| end.ways().len() == 2));
    world.run(Duration::from_secs(20));
    for end in &world.ends {
        assert!(end.session.quality(world.now).round_trip_ms.is_some(), "reports arrive");
    }
}

#[test]
fn call_12_a_path_that_dies_is_left_for_another_that_works() {
    let mut world = World::new([Some(EndpointIndependent); 2]);
    for end in [0, 1] {
        world.gather(end, world.turn());
    }
    world.negotiate();
    world.until("a way", found);
    both_hear(&mut world);
    let outsides = world.ends.each_ref().map(|end| end.nat.as_ref().unwrap().outside);
    world.cut.push((outsides[0], outsides[1]));
    let relayed = |world: &World| {
        world.ends.iter().all(|end| {
            let way = end.ways()[0];
            way.local_kind == Kind::Relayed || way.remote_kind == Kind::Relayed
        })
    };
    let took = world.until("the relay", relayed);
    assert!(took < Duration::from_secs(25), "{took:?}");
    both_hear(&mut world);
}

#[test]
fn consent_ends_within_half_a_minute_and_comes_back_with_the_network() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    world.negotiate();
    world.until("a way", found);
    both_hear(&mut world);
    world.cut.push((world.ends[0].address.ip(), world.ends[1].address.ip()));
    world.run(Duration::from_secs(30));
    for end in &mut world.ends {
        assert_eq!(end.news.last(), Some(&News::Lost));
        end.sent.clear();
    }
    world.run(Duration::from_secs(5));
    for end in &world.ends {
        // RFC 7675 section 5.1: nothing but checks.
        assert!(end.sent.iter().all(|(_, first)| *first < 4), "{:?}", end.sent);
    }
    world.cut.clear();
    world.ends.iter_mut().for_each(|end| end.news.clear());
    world.until("the way back", found);
    both_hear(&mut world);
}

#[test]
fn call_12_another_network_restarts() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.gather(0, world.turn());
    world.gather(1, Servers::default());
    let before = world.negotiate()[0].ice.clone().unwrap();
    world.until("a way", found);
    // From Wi-Fi to cable: another address, another NAT.
    world.ends[0].address = SocketAddr::from(([10, 9, 0, 2], 4_000));
    world.ends[0].nat = Some(Nat::new(IpAddr::from([198, 51, 100, 9]), Symmetric));
    world.gather(0, world.turn());
    world.ends.iter_mut().for_each(|end| end.news.clear());
    let after = world.negotiate()[0].ice.clone().unwrap();
    assert_ne!(after.local, before.local);
    assert_ne!(after.remote, before.remote, "they restart too");
    assert_eq!(after.role, before.role);
    world.until("a way", found);
    both_hear(&mut world);
}

#[test]
fn a_hold_names_the_chosen_way_and_does_not_restart() {
    let mut world = World::new([Some(EndpointIndependent); 2]);
    for end in [0, 1] {
        world.gather(end, world.stun());
    }
    let before = world.negotiate().map(|plan| plan.ice.unwrap());
    world.until("a way", found);
    let said = std::cell::RefCell::new(Vec::new());
    let after = world.negotiate_by(0, |text| {
        said.borrow_mut().push(text.clone());
        text
    });
    let after = after.map(|plan| plan.ice.unwrap());
    for end in [0, 1] {
        assert_eq!((&before[end].local, &before[end].remote), (&after[end].local, &after[end].remote));
    }
    let (way, offer) = (world.ends[0].ways()[0], said.borrow()[0].clone());
    let remote = format!("a=remote-candidates:1 {} {}\r\n", way.remote.ip(), way.remote.port());
    assert!(offer.contains(&remote), "{offer}");
    assert!(offer.contains(&format!("m=audio {} ", way.local.port())), "{offer}");
    assert!(!said.borrow()[1].contains("remote-candidates"), "who is controlled names none");
    both_hear(&mut world);
}

#[test]
fn what_a_server_keeps_for_us_is_given_back() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.gather(0, world.turn());
    assert_eq!(world.server.relays(), 2, "RTP and RTCP");
    world.run(Duration::from_secs(1));
    world.ends[0].sent.clear();
    world.ends[0].session.close(world.now);
    world.depart(0);
    let to_server = world.ends[0].sent.iter().filter(|(to, _)| *to == world.server.address).count();
    assert_eq!(to_server, 2);
    assert_eq!(world.ends[0].session.poll_timeout(), None);
}

#[test]
fn no_secret_is_in_what_is_printed() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.gather(0, world.turn());
    world.gather(1, Servers::default());
    let plans = world.negotiate();
    let terms = plans[0].ice.clone().unwrap();
    world.until("a way", found);
    let printed = format!("{:?} {:?} {:?}", world.turn(), plans, world.ends[0].session);
    for secret in [PASSWORD, terms.local.pwd.reveal()] {
        assert!(!printed.contains(secret), "{secret}");
    }
}
