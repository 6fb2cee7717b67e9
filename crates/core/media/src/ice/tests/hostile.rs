//! Datagrams of the wrong kind, at every point of a call.

use super::*;

/// Real STUN and TURN datagrams of a call, to be spoilt.
fn recorded() -> (World, Vec<(SocketAddr, Bytes)>) {
    let mut world = World::new([Some(Mapping::Symmetric), None]);
    let mut seen = Vec::new();
    for end in [0, 1] {
        world.gather(end, world.turn());
    }
    world.negotiate();
    for _ in 0..400 {
        world.step();
        let flying = world.flying.iter().filter(|flying| flying.to.ip() != world.server.address.ip());
        let stun = flying.filter(|flying| flying.bytes[0] < 0x80);
        seen.extend(stun.map(|flying| (flying.from, flying.bytes.clone())));
    }
    assert!(seen.len() > 20, "{} datagrams", seen.len());
    (world, seen)
}

#[test]
fn a_hundred_thousand_spoilt_datagrams_harm_nothing() {
    let (mut world, seen) = recorded();
    let mut rng = StdRng::from_seed([5; 32]);
    for _ in 0..100_000 {
        let (source, bytes) = &seen[rng.random_range(0..seen.len())];
        let mut bytes = bytes.to_vec();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => bytes[at] ^= 1 << rng.random_range(0..8),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, rng.random()),
            }
        }
        let end = rng.random_range(0..2);
        let source = *source;
        let _ = world.ends[end].session.handle_input(world.now, Input::Rtp { source, bytes: &bytes });
        world.depart(end);
        world.flying.clear();
    }
    world.until("a way", |world| world.ends.iter().all(|end| !end.ways().is_empty()));
    let before = world.ends[1].received(world.now);
    world.run(Duration::from_secs(2));
    assert!(world.ends[1].received(world.now) > before + 60, "the call goes on");
}

#[test]
fn who_passed_no_check_is_not_heard() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    world.negotiate();
    world.until("a way", |world| world.ends.iter().all(|end| !end.ways().is_empty()));
    world.run(Duration::from_secs(1));
    let stranger = SocketAddr::from(([192, 0, 2, 66], 4_000));
    let other_port = SocketAddr::new(world.ends[1].address.ip(), 4_444);
    let mut packet = [0; 172];
    packet[0] = 0x80;
    for source in [stranger, other_port] {
        let input = Input::Rtp { source, bytes: &packet };
        let refused = world.ends[0].session.handle_input(world.now, input);
        assert_eq!(refused, Err(crate::session::InputError::Stranger));
    }
}

#[test]
fn a_thousand_sources_with_the_right_password_are_not_all_kept() {
    let mut world = World::new([None, None]);
    for end in [0, 1] {
        world.gather(end, Servers::default());
    }
    world.negotiate();
    world.until("a way", |world| world.ends.iter().all(|end| !end.ways().is_empty()));
    let check = loop {
        world.step();
        let to = world.ends[0].address;
        // Requests alone: their type is 1.
        let found = world.flying.iter().find(|it| it.to == to && it.bytes[..2] == [0, 1]);
        if let Some(flying) = found {
            break flying.bytes.clone();
        }
    };
    world.ends[0].sent.clear();
    for n in 0..1_000u16 {
        let source = SocketAddr::from(([192, 0, 2, 1], 10_000 + n));
        let _ = world.ends[0].session.handle_input(world.now, Input::Rtp { source, bytes: &check });
        world.depart(0);
    }
    let answered = world.ends[0].sent.len();
    assert!((10..=40).contains(&answered), "{answered} were answered");
}
