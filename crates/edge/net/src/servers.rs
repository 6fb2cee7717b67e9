//! Where servers for media are: addresses of a name, as the system knows them.

use std::net::{IpAddr, SocketAddr};

/// The addresses of `host`, an address or a name, with this port; none where it has none, or nobody knows.
pub async fn addresses(host: &str, port: u16) -> Vec<SocketAddr> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return vec![SocketAddr::new(ip, port)];
    }
    tokio::net::lookup_host((host, port)).await.map(Iterator::collect).unwrap_or_default()
}
