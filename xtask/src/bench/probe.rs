//! A small caller: sends an INVITE by UDP and takes the time until it is answered. It speaks just enough SIP for that
//! and is no phone.

use crate::console::Trouble;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long a phone may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it took, from the INVITE's sending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// Until the 180, where one came.
    pub(super) ringing: Option<Duration>,
    /// Until the 200.
    pub(super) answered: Duration,
}

/// A call that is answered.
#[derive(Debug, Clone)]
pub(super) struct Established {
    /// Their `To`, with their tag.
    to: String,
    /// What they answered to the offer.
    pub(super) description: String,
    took: Answer,
}

/// The caller.
pub(super) struct Probe {
    socket: UdpSocket,
    /// Takes the phone's sound, so that it is not told that nobody is there.
    sound: UdpSocket,
    phone: SocketAddr,
    calls: u32,
}

impl Probe {
    /// To the phone at this port of loopback.
    pub(super) fn to(port: u16) -> Result<Self, Trouble> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let sound = UdpSocket::bind("127.0.0.1:0")?;
        let phone = SocketAddr::from(([127, 0, 0, 1], port));
        socket.connect(phone)?;
        Ok(Self { socket, sound, phone, calls: 0 })
    }

    /// One call, hung up as soon as it is answered.
    pub(super) fn call(&mut self) -> Result<Answer, Trouble> {
        let call = self.establish(&self.offer()?)?;
        self.hang_up(&call)?;
        Ok(call.took)
    }

    /// A call by this offer, until it is answered and acknowledged.
    pub(super) fn establish(&mut self, offer: &str) -> Result<Established, Trouble> {
        self.calls += 1;
        let invite = self.request("INVITE", 1, "", offer)?;
        let began = Instant::now();
        self.socket.send(invite.as_bytes())?;
        let mut ringing = None;
        let (answered, ok) = loop {
            let text = self.receive()?;
            let took = began.elapsed();
            match status(&text) {
                Some(180) => ringing = ringing.or(Some(took)),
                Some(200) => break (took, text),
                Some(100..200) | None => {}
                Some(code) => return Err(Trouble::new(format!("the phone answered {code}"))),
            }
        };
        let to = header(&ok, "To").unwrap_or_default().to_owned();
        self.socket.send(self.request("ACK", 1, &to, "")?.as_bytes())?;
        let description = ok.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
        Ok(Established { to, description, took: Answer { ringing, answered } })
    }

    /// Ends a call.
    pub(super) fn hang_up(&self, call: &Established) -> Result<(), Trouble> {
        self.socket.send(self.request("BYE", 2, &call.to, "")?.as_bytes())?;
        while header(&self.receive()?, "CSeq").is_none_or(|cseq| !cseq.ends_with("BYE")) {}
        Ok(())
    }

    /// The next response. A request of the phone's is nothing that the probe understands.
    fn receive(&self) -> Result<String, Trouble> {
        let mut datagram = [0; 4096];
        let length = self.socket.recv(&mut datagram).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Trouble::new(format!("the phone said nothing for {PATIENCE:?}"))
            }
            _ => error.into(),
        })?;
        Ok(String::from_utf8_lossy(datagram.get(..length).unwrap_or_default()).into_owned())
    }

    fn request(&self, method: &str, cseq: u32, to: &str, body: &str) -> Result<String, Trouble> {
        let (here, phone, number) = (self.socket.local_addr()?, self.phone, self.calls);
        let to = if to.is_empty() { format!("<sip:phone@{phone}>") } else { to.to_owned() };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        Ok(format!(
            "{method} sip:phone@{phone} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK-{number}-{method}\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:probe@{here}>;tag=p{number}\r\n\
             To: {to}\r\n\
             Call-ID: {number}-{port}@probe\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: <sip:probe@{here}>\r\n\
             {kind}Content-Length: {length}\r\n\r\n{body}",
            port = here.port(),
            length = body.len(),
        ))
    }

    fn offer(&self) -> Result<String, Trouble> {
        let port = self.sound.local_addr()?.port();
        Ok(format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 96 0\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\n"
        ))
    }
}

fn status(text: &str) -> Option<u16> {
    text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_read() {
        let text = "SIP/2.0 180 Ringing\r\nTo: <sip:a@b>;tag=1\r\nCSeq: 1 INVITE\r\n\r\n";
        assert_eq!((status(text), header(text, "CSeq")), (Some(180), Some("1 INVITE")));
        assert_eq!((status("BYE sip:a SIP/2.0"), header(text, "Via")), (None, None));
    }
}
