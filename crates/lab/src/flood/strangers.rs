//! Who floods: senders of INVITEs at a rate, and connections that send a byte now and then.

use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// Hosts of loopback that they come from, and sockets on each.
const HOSTS: std::ops::Range<u8> = 11..19;
const SOCKETS: u32 = 4;

/// How often a burst is sent: smaller ones than a buffer is large.
const BEAT: Duration = Duration::from_millis(2);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_millis(500);
/// So many connect at the same time.
const THREADS: usize = 16;

/// What became of a flood of INVITEs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invites {
    /// INVITEs that left.
    pub sent: u64,
    /// Answers that came.
    pub answered: u64,
}

impl Invites {
    /// Sends so many a second for so long, each another call from one of 32 sockets.
    ///
    /// # Errors
    /// When there are no sockets to be had.
    pub fn send(phone: SocketAddr, a_second: u32, time: Duration) -> io::Result<Self> {
        let sockets = HOSTS
            .flat_map(|host| (0..SOCKETS).map(move |_| SocketAddr::from(([127, 0, 0, host], 0))))
            .map(|address| {
                let socket = UdpSocket::bind(address)?;
                socket.set_nonblocking(true)?;
                Ok((socket.local_addr()?, socket))
            })
            .collect::<io::Result<Vec<_>>>()?;
        let mut outcome = Self { sent: 0, answered: 0 };
        let began = Instant::now();
        let mut elapsed = Duration::ZERO;
        while elapsed < time {
            let due = (elapsed.as_secs_f64() * f64::from(a_second)) as u64;
            for (from, socket) in sockets.iter().cycle().skip(outcome.sent as usize % sockets.len()) {
                if outcome.sent >= due {
                    break;
                }
                let number = outcome.sent;
                outcome.sent += 1;
                // A full buffer loses, as the network does.
                let _ = socket.send_to(invite(*from, phone, number).as_bytes(), phone);
            }
            outcome.answered += sockets.iter().map(|(_, socket)| heard(socket)).sum::<u64>();
            std::thread::sleep(BEAT);
            elapsed = began.elapsed();
        }
        outcome.answered += sockets.iter().map(|(_, socket)| heard(socket)).sum::<u64>();
        Ok(outcome)
    }
}

fn heard(socket: &UdpSocket) -> u64 {
    let mut datagram = [0; 2048];
    std::iter::from_fn(|| socket.recv(&mut datagram).ok()).count() as u64
}

fn connect(host: u8, phone: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::from(([127, 0, 0, host], 0)).into())?;
    socket.connect_timeout(&phone.into(), CONNECT)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// An INVITE with an offer.
#[must_use]
pub fn invite(from: SocketAddr, phone: SocketAddr, number: u64) -> String {
    let body =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
    format!(
        "INVITE sip:phone@{phone} SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bKf{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:stranger@{from}>;tag=s{number}\r\nTo: <sip:phone@{phone}>\r\n\
         Call-ID: flood-{number}-{}\r\nCSeq: 1 INVITE\r\nContact: <sip:stranger@{from}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        from.port(),
        body.len()
    )
}

/// Connections that began a message and send it byte by byte.
#[derive(Debug)]
pub struct HalfOpen {
    message: String,
    opened: usize,
    streams: Vec<(TcpStream, usize)>,
}

impl HalfOpen {
    /// Makes so many, as far as the phone and the system take them.
    #[must_use]
    pub fn open(phone: SocketAddr, count: usize) -> Self {
        let connect = |many: usize| {
            let hosts = HOSTS.cycle().take(many);
            hosts.filter_map(|host| Some((connect(host, phone).ok()?, 0))).collect::<Vec<_>>()
        };
        let shares = (0..THREADS).map(|n| count / THREADS + usize::from(n < count % THREADS));
        let streams: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = shares.map(|share| scope.spawn(move || connect(share))).collect();
            running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
        });
        let message = invite(SocketAddr::from(([127, 0, 0, 1], 5060)), phone, 0);
        Self { message, opened: streams.len(), streams }
    }

    /// How many were made.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.opened
    }

    /// One byte more on each; how many are still open.
    pub fn drip(&mut self) -> usize {
        let message = self.message.as_bytes();
        self.streams.retain_mut(|(stream, sent)| {
            let byte = message.get(*sent % message.len()..).and_then(|rest| rest.get(..1)).unwrap_or(b"x");
            *sent += 1;
            let written = match stream.write(byte) {
                Ok(_) => true,
                Err(error) => error.kind() == ErrorKind::WouldBlock,
            };
            written
                && matches!(stream.read(&mut [0; 64]), Err(error) if error.kind() == ErrorKind::WouldBlock)
        });
        self.streams.len()
    }
}
