//! What changes when a call is agreed on anew, and when RTCP goes with RTP.

use super::stories::{both_hear, found};
use super::*;
use Mapping::EndpointIndependent;

#[test]
fn rtcps_relay_is_given_back_when_rtcp_goes_with_rtp() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.gather(0, world.turn());
    world.gather(1, Servers::default());
    world.negotiate();
    world.until("a way", found);
    world.run(Duration::from_secs(50));
    let server = world.server.address;
    let asks = |world: &World| world.ends[0].sent.iter().filter(|(to, _)| *to == server).count();
    // What a server knows no more is not kept open: RTP's way is found, and what RTCP has rests.
    let before = asks(&world);
    world.run(Duration::from_secs(20));
    let released = asks(&world) - before;
    assert!(released >= 1, "RTCP's was given back");
    world.ends[0].sent.clear();
    world.ends[0].session.close(world.now);
    world.depart(0);
    assert_eq!(asks(&world), 1, "and RTP's alone was left");
}

#[test]
fn of_two_who_answer_the_second_may_want_rtcp_apart() {
    let mut world = World::new([Some(EndpointIndependent); 2]);
    for end in [0, 1] {
        world.gather(end, world.stun());
    }
    let text = |sdp: Bytes| String::from_utf8(sdp.to_vec()).unwrap();
    let [mut ours, mut theirs] = [0, 1].map(|end| world.ends[end].negotiation.take().unwrap());
    let offer = text(ours.offer(Direction::SendRecv));
    let (first, _) = theirs.answer(offer.as_bytes(), Direction::SendRecv).unwrap();
    let plan = ours.accept_answer(&first).unwrap();
    assert!(plan.rtcp_mux);
    world.ends[0].session.apply(world.now, &plan);
    world.run(Duration::from_secs(20));
    let offer = offer.replace("a=rtcp-mux\r\n", "");
    let (second, their_plan) = theirs.answer(offer.as_bytes(), Direction::SendRecv).unwrap();
    let plan = ours.accept_answer(&second).unwrap();
    assert!(!plan.rtcp_mux);
    for (end, plan) in [&plan, &their_plan].into_iter().enumerate() {
        world.ends[end].session.apply(world.now, plan);
        world.depart(end);
    }
    world.until("two ways", |world| world.ends.iter().all(|end| end.ways().len() == 2));
    both_hear(&mut world);
}

#[test]
fn candidates_of_many_offers_are_not_all_tried() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    for round in 0..8 {
        world.negotiate_by(1, |text| {
            let more = (0..30)
                .map(|n| format!("a=candidate:1 1 UDP {} 10.9.{round}.{n} 4000 typ host\r\n", 1000 + n));
            text.replacen("a=candidate:", &format!("{}a=candidate:", more.collect::<String>()), 1)
        });
        world.run(Duration::from_secs(2));
    }
    let tried: std::collections::BTreeSet<_> = world.ends[0].sent.iter().map(|(to, _)| to).collect();
    assert!((2..=32).contains(&tried.len()), "{}", tried.len());
}

#[test]
fn on_new_sockets_nothing_goes_unchecked_before_the_answer() {
    let mut world = World::new([Some(EndpointIndependent), None]);
    for end in [0, 1] {
        world.gather(end, world.stun());
    }
    world.negotiate();
    world.until("a way", found);
    world.ends[0].address.set_port(4_100);
    world.gather(0, world.stun());
    world.ends[0].sent.clear();
    world.run(Duration::from_secs(2));
    let media = |world: &World| world.ends[0].sent.iter().filter(|(_, first)| *first >= 0x80).count();
    assert_eq!(media(&world), 0, "nobody there has agreed to it");
    let packet = [&[0x80, 111, 0, 9][..], &[0; 168]].concat();
    let before = world.ends[0].received(world.now);
    let input = Input::Rtp { source: "192.0.2.66:4000".parse().unwrap(), bytes: &packet };
    assert!(world.ends[0].session.handle_input(world.now, input).is_err());
    assert_eq!(world.ends[0].received(world.now), before);
    world.negotiate();
    world.until("a way again", |world| media(world) > 0);
    both_hear(&mut world);
}

#[test]
fn towards_a_lite_side_we_choose_whatever_was_before() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    let [_, theirs] = world.negotiate();
    assert_eq!(theirs.ice.unwrap().role, super::super::Role::Controlled);
    // Another server takes the call over, and it is lite.
    world.gather(0, Servers::default());
    let [_, theirs] = world.negotiate_by(0, |text| text.replacen("m=audio", "a=ice-lite\r\nm=audio", 1));
    assert_eq!(theirs.ice.unwrap().role, super::super::Role::Controlling);
}
