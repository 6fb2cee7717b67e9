//! What a phone on an open network has to bear, and what shows whether it bears it: thousands of INVITEs a second from
//! [`strangers`], thousands of connections that say next to nothing, and an [`exchange`] that the phone is registered at
//! and that asks it now and then whether it is there. Loopback only. It speaks just enough SIP for that.

mod exchange;
mod strangers;

pub use exchange::Exchange;
pub use strangers::{HalfOpen, Invites, invite};

use std::io;

/// Lets this process open so many files, as far as the system allows; says how many it may now.
///
/// # Errors
/// When the system does not say.
#[cfg(unix)]
pub fn allow_files(wanted: u64) -> io::Result<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let current = now.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return Ok(current);
    }
    let most = now.maximum.map_or(wanted, |most| most.min(wanted));
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: now.maximum })?;
    Ok(most)
}

/// Elsewhere there is no such limit to be moved.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn allow_files(wanted: u64) -> io::Result<u64> {
    Ok(wanted)
}

/// The value of a header field that stands on one line.
fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::time::Duration;

    #[test]
    fn a_phone_is_registered_and_asked() {
        let exchange = Exchange::start().unwrap();
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        let register = "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\n\
                        To: <sip:a@x>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContact: <sip:a@h>\r\n\r\n";
        phone.send_to(register.as_bytes(), exchange.address()).unwrap();
        let mut buffer = [0; 2048];
        let length = phone.recv(&mut buffer).unwrap();
        let ok = String::from_utf8_lossy(&buffer[..length]).into_owned();
        assert!(ok.starts_with("SIP/2.0 200 ") && ok.contains("Contact: <sip:a@h>;expires="), "{ok}");
        assert_eq!(exchange.registered(Duration::from_secs(5)), phone.local_addr().ok());
        let answering = std::thread::spawn(move || {
            let (length, from) = phone.recv_from(&mut buffer).unwrap();
            let options = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let answer = options.replacen("OPTIONS sip:phone SIP/2.0", "SIP/2.0 200 OK", 1);
            phone.send_to(answer.as_bytes(), from).unwrap();
        });
        assert!(exchange.ask(Duration::from_secs(5)).unwrap().is_some());
        answering.join().unwrap();
        assert_eq!(exchange.ask(Duration::from_millis(1)).unwrap(), None, "nobody is there any more");
    }

    #[test]
    fn strangers_come_at_their_rate_from_several_addresses() {
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        let target = phone.local_addr().unwrap();
        let flood =
            std::thread::spawn(move || Invites::send(target, 1_000, Duration::from_millis(200)).unwrap());
        phone.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let (mut sources, mut buffer) = (std::collections::BTreeSet::new(), [0; 2048]);
        while let Ok((_, from)) = phone.recv_from(&mut buffer) {
            sources.insert(from);
        }
        let sent = flood.join().unwrap();
        assert!((150..=210).contains(&sent.sent) && sent.answered == 0, "{sent:?}");
        assert!(sources.len() > 8, "{sources:?}");
    }

    #[test]
    fn who_is_closed_is_counted_out() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        let mut crowd = HalfOpen::open(target, 20);
        assert_eq!(crowd.opened(), 20);
        let mut kept: Vec<_> = (0..20).map(|_| listener.accept().unwrap()).collect();
        kept.truncate(5);
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        while crowd.drip() > 5 && std::time::Instant::now() < deadline {}
        assert_eq!(crowd.drip(), 5);
    }
}
