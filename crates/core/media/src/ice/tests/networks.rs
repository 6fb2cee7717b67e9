//! A machine in two networks.

use super::stories::{both_hear, found};
use super::*;
use Mapping::EndpointIndependent;

fn in_two_networks() -> World {
    let mut world = World::new([Some(EndpointIndependent), None]);
    world.ends[0].further = Some("192.0.2.1:4002".parse().unwrap());
    world
}

#[test]
fn a_machine_in_two_networks_tells_of_both_best_first() {
    let mut world = in_two_networks();
    world.gather(0, world.stun());
    let (_, candidates) = world.ends[0].gathered.clone().unwrap();
    let rtp = candidates.iter().filter(|it| it.component == Channel::Rtp);
    let told: Vec<_> = rtp.map(|it| (it.kind, it.address.ip().to_string(), it.priority)).collect();
    let addresses: Vec<_> = told.iter().map(|(kind, ip, _)| (*kind, ip.as_str())).collect();
    let expected =
        [(Kind::Host, "10.1.0.2"), (Kind::Host, "192.0.2.1"), (Kind::ServerReflexive, "198.51.100.1")];
    assert_eq!(addresses, expected, "and where no NAT is, nothing twice");
    assert!(told.windows(2).all(|two| two[0].2 > two[1].2), "{told:?}");
}

#[test]
fn call_12_when_one_network_goes_dark_the_other_carries_on_without_an_offer() {
    let mut world = in_two_networks();
    for end in [0, 1] {
        world.gather(end, world.stun());
    }
    world.negotiate();
    world.until("a way", found);
    both_hear(&mut world);
    let ip = |address: SocketAddr| address.ip().to_string();
    let first = ip(world.ends[1].ways()[0].remote);
    let (dark, other) =
        if first == "192.0.2.1" { (&first[..], "198.51.100.1") } else { (&first[..], "192.0.2.1") };
    world.cut.push((dark.parse().unwrap(), world.ends[1].address.ip()));
    let took = world.until("the other network", |world| {
        world.ends[1].ways().first().is_some_and(|way| ip(way.remote) == other)
            && world.ends[0].ways().first().is_some_and(|way| ip(way.local) == other)
    });
    assert!(took < Duration::from_secs(25), "each side by its own checks: {took:?}");
    both_hear(&mut world);
}

#[test]
fn what_comes_to_a_further_socket_without_ice_is_nothing() {
    let mut world = in_two_networks();
    world.gather(0, world.stun());
    world.negotiator(1, None);
    let plans = world.negotiate();
    assert!(plans.iter().all(|plan| plan.ice.is_none()));
    both_hear(&mut world);
    let before = world.ends[0].received(world.now);
    let packet = [&[0x80, 0, 0, 9][..], &[0; 168]].concat();
    let input = Input::Further { socket: 0, source: world.ends[1].address, bytes: &packet };
    let _ = world.ends[0].session.handle_input(world.now, input);
    assert_eq!(world.ends[0].received(world.now), before);
}
