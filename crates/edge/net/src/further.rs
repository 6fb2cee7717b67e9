//! At which other addresses this machine may be reached.

use crate::{locals::can_be_bound, watch};
use std::{collections::VecDeque, net::IpAddr};

/// With the first address so many are told to the other side of a call.
const MOST: usize = 7;

/// The addresses of this machine beside `first`, best first: those that face the world before others, and the two families by
/// turns, so that a network in which one of them is broken delays nothing (RFC 8421). Loopback and link-local ones are
/// none, and on loopback nobody is told of others.
#[must_use]
pub fn further_addresses(first: IpAddr) -> Vec<IpAddr> {
    let facing = watch::Facing::now();
    let facing = facing.v4.into_iter().chain(facing.v6);
    by_turns(first, facing.chain(watch::addresses_in_use()))
}

fn by_turns(first: IpAddr, all: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut seen = vec![first];
    let (mut same, mut other) = (VecDeque::new(), VecDeque::new());
    for ip in all.filter(|ip| !first.is_loopback() && !ip.is_loopback() && can_be_bound(*ip)) {
        if !seen.contains(&ip) {
            seen.push(ip);
            if ip.is_ipv4() == first.is_ipv4() { &mut same } else { &mut other }.push_back(ip);
        }
    }
    let mut found = Vec::new();
    while found.len() < MOST
        && let Some(ip) = other.pop_front().or_else(|| same.pop_front())
    {
        found.push(ip);
        std::mem::swap(&mut same, &mut other);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn further(first: &str, all: &[&str]) -> Vec<String> {
        let all = all.iter().map(|ip| ip.parse().unwrap());
        by_turns(first.parse().unwrap(), all).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn families_take_turns_and_nothing_is_told_twice() {
        let all =
            ["192.0.2.1", "2001:db8::1", "10.0.0.1", "127.0.0.1", "::1", "fe80::1", "10.0.0.1", "10.0.0.2"];
        assert_eq!(further("192.0.2.1", &all), ["2001:db8::1", "10.0.0.1", "10.0.0.2"]);
        assert_eq!(further("2001:db8::1", &all), ["192.0.2.1", "10.0.0.1", "10.0.0.2"]);
    }

    #[test]
    fn a_machine_with_a_hundred_addresses_tells_of_few() {
        let all: Vec<String> = (0..100).map(|n| format!("10.0.0.{n}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(further("192.0.2.1", &all).len(), MOST);
    }

    #[test]
    fn on_loopback_others_are_nobodys_business() {
        assert!(further("127.0.0.1", &["192.0.2.1", "2001:db8::1"]).is_empty());
    }
}
