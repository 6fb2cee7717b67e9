//! Where the daemon listens and with what cookie it knows us, as `pulse-client.conf(5)` and the environment of
//! PulseAudio say. Daemons on other machines are passed over.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// A cookie is 256 bytes; what is longer is none.
const COOKIE: u64 = 256;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The sockets to try, best first.
pub(crate) fn sockets() -> Vec<PathBuf> {
    if let Some(servers) = variable("PULSE_SERVER") {
        return local(&servers);
    }
    let below = |name, rest| variable(name).map(|folder| PathBuf::from(folder).join(rest));
    let own = [below("PULSE_RUNTIME_PATH", "native"), below("XDG_RUNTIME_DIR", "pulse/native")];
    own.into_iter().flatten().chain([PathBuf::from("/run/pulse/native")]).collect()
}

/// The sockets among `servers`: entries `[{machine}][unix:]/path` or `tcp:...`, with spaces between.
fn local(servers: &str) -> Vec<PathBuf> {
    let path = |entry: &str| {
        let server = entry.rsplit('}').next()?;
        let path = server.strip_prefix("unix:").unwrap_or(server);
        path.starts_with('/').then(|| PathBuf::from(path))
    };
    servers.split_whitespace().filter_map(path).collect()
}

/// The cookie; empty without one, and then the daemon goes by the user.
pub(crate) fn cookie() -> Vec<u8> {
    let below = |name, rest| variable(name).map(|folder| PathBuf::from(folder).join(rest));
    let places = [
        variable("PULSE_COOKIE").map(PathBuf::from),
        below("XDG_CONFIG_HOME", "pulse/cookie"),
        below("HOME", ".config/pulse/cookie"),
        below("HOME", ".pulse-cookie"),
    ];
    let read = |path: PathBuf| {
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(COOKIE + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == COOKIE).then_some(bytes)
    };
    places.into_iter().flatten().find_map(read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_daemons_of_this_machine_are_tried() {
        let servers = "tcp:sound.example.net {0123abcd}unix:/run/user/1000/pulse/native /tmp/native";
        let paths = ["/run/user/1000/pulse/native", "/tmp/native"].map(PathBuf::from);
        assert_eq!(local(servers), paths);
        assert_eq!(local("sound.example.net"), Vec::<PathBuf>::new());
    }
}
