//! What a packet leaves by. Only Linux tells; elsewhere it is not known, and so not wireless.

use std::net::IpAddr;

/// Whether packets from this address of ours leave by radio.
#[must_use]
pub fn is_wireless(local: IpAddr) -> bool {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().any(|interface| interface.ip() == local && has_radio(&interface.name))
}

#[cfg(target_os = "linux")]
fn has_radio(name: &str) -> bool {
    let interface = std::path::Path::new("/sys/class/net").join(name);
    ["wireless", "phy80211"].iter().any(|mark| interface.join(mark).exists())
}

#[cfg(not(target_os = "linux"))]
fn has_radio(_: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn neither_the_loopback_nor_a_stranger_is_wireless() {
        assert!(!is_wireless(Ipv4Addr::LOCALHOST.into()));
        assert!(!is_wireless(Ipv4Addr::new(192, 0, 2, 77).into()));
    }
}
