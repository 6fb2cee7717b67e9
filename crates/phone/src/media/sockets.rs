//! What one leg's media goes by: its pair of sockets, and where a way is looked for further sockets and connections to
//! relays. All of it is non-blocking.

use sidetone_media::Session;
use sidetone_media::ice::{Framer, Line, Servers, Setup, TurnServer, Via};
use sidetone_media::session::{Channel, Input, Transmit};
use sidetone_net::{MediaLine, RtpPair};
use std::net::UdpSocket;
use std::time::Instant;

/// Larger than any RTP packet we agree to; what is longer is cut, and then refused by the session.
const DATAGRAM: usize = 2048;

/// So many datagrams at most a step and socket: a flood must not hold up the sound of the other calls.
const BURST: usize = 64;

/// Who and what helps to find a way.
#[derive(Debug, Default)]
pub(crate) struct Help {
    pub(crate) servers: Servers,
    /// Sockets for RTP at other addresses of this machine.
    pub(crate) further: Vec<UdpSocket>,
    /// Connections to relays, and who we are there.
    pub(crate) lines: Vec<(MediaLine, TurnServer)>,
}

/// A connection; `None`: it is over.
struct Carried {
    line: Option<MediaLine>,
    framer: Framer,
}

/// A leg's sockets.
pub(super) struct Sockets {
    pair: RtpPair,
    further: Vec<UdpSocket>,
    lines: Vec<Carried>,
}

impl Sockets {
    pub(super) const fn new(pair: RtpPair) -> Sockets {
        Sockets { pair, further: Vec::new(), lines: Vec::new() }
    }

    /// Takes the help in, and says what to gather from; `None`: the sockets have no address to tell.
    pub(super) fn help(&mut self, help: Help, since: Instant) -> Option<Setup> {
        let rtp = self.pair.rtp.local_addr().ok()?;
        let rtcp = self.pair.rtcp.local_addr().ok();
        let further = help.further.into_iter().filter_map(|socket| Some((socket.local_addr().ok()?, socket)));
        let (addresses, further) = further.unzip();
        let lines =
            help.lines.iter().map(|(line, server)| Line { local: line.local(), server: server.clone() });
        let lines = lines.collect();
        self.further = further;
        let carried = |(line, _)| Carried { line: Some(line), framer: Framer::default() };
        self.lines = help.lines.into_iter().map(carried).collect();
        Some(Setup { rtp, rtcp, further: addresses, lines, servers: help.servers, since })
    }

    /// Takes in what arrived.
    pub(super) fn receive(&mut self, now: Instant, session: &mut Session) {
        // Why a datagram is of no use interests nobody: the quality figures tell.
        let mut take = |input: Input<'_>| {
            let _ = session.handle_input(now, input);
        };
        each(&self.pair.rtp, |source, bytes| take(Input::Rtp { source, bytes }));
        each(&self.pair.rtcp, |source, bytes| take(Input::Rtcp { source, bytes }));
        for (socket, further) in self.further.iter().enumerate() {
            each(further, |source, bytes| take(Input::Further { socket, source, bytes }));
        }
        for (line, carried) in self.lines.iter_mut().enumerate() {
            carried.receive(|bytes| take(Input::Line { line, bytes }));
        }
    }

    /// Sends it. A packet that the network does not take is a lost packet.
    pub(super) fn send(&mut self, transmit: &Transmit) {
        let socket = match (transmit.via, transmit.channel) {
            (Via::Own, Channel::Rtp) => Some(&self.pair.rtp),
            (Via::Own, Channel::Rtcp) => Some(&self.pair.rtcp),
            (Via::Further(number), _) => self.further.get(number),
            (Via::Line(number), _) => {
                let line = self.lines.get_mut(number).and_then(|carried| carried.line.as_mut());
                // That it is over is seen when it is read.
                let _ = line.map(|line| line.send(&transmit.payload));
                return;
            }
        };
        let _ = socket.map(|socket| socket.send_to(&transmit.payload, transmit.to));
    }
}

impl Carried {
    /// Reads what there is; an empty message says that the connection is over.
    fn receive(&mut self, mut take: impl FnMut(&[u8])) {
        let mut chunk = [0; DATAGRAM];
        for _ in 0..BURST {
            let Some(line) = &mut self.line else { return };
            let read = line.receive(&mut chunk);
            if let Ok(0) = read {
                return;
            }
            self.framer.push(chunk.get(..read.as_ref().copied().unwrap_or(0)).unwrap_or_default());
            let whole = loop {
                match self.framer.next_frame() {
                    Ok(Some(frame)) => take(frame),
                    Ok(None) => break true,
                    Err(_) => break false,
                }
            };
            if read.is_err() || !whole {
                self.line = None;
                return take(&[]);
            }
        }
    }
}

fn each(socket: &UdpSocket, mut take: impl FnMut(std::net::SocketAddr, &[u8])) {
    let mut datagram = [0; DATAGRAM];
    for _ in 0..BURST {
        let Ok((length, source)) = socket.recv_from(&mut datagram) else { return };
        take(source, datagram.get(..length).unwrap_or_default());
    }
}
