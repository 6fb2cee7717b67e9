//! The far end of a call behind a bad network: a user agent of ours at the server, and a session of ours of which packets of
//! sound are lost both ways, by a seed. Reports pass, as they would between losses.

use super::{Bare, Kamailio, aor};
use sidetone_lab::impair::{Impairment, Network};
use sidetone_media::sdp::Config;
use sidetone_media::session::{self, Input, Output};
use sidetone_media::{Codec, Direction, Negotiation, Session};
use sidetone_sip::api::{Command, Event};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const BLOCK: Duration = Duration::from_millis(10);

/// It, in a call.
pub(crate) struct Far {
    signalling: Bare,
    session: Session,
    socket: UdpSocket,
    local: SocketAddr,
    /// What becomes of its packets, and of those for it.
    networks: [Impairment; 2],
    blocks: u32,
}

impl Far {
    /// Is called by nobody else than this user's name, and takes the first call.
    pub(crate) fn answering(
        server: &Kamailio,
        user: &str,
        network: Network,
        call: impl FnOnce(String),
    ) -> Self {
        let mut signalling = Bare::registered(server, user);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = socket.local_addr().unwrap();
        call(aor(user));
        let (key, offer) = signalling.wait("a call", |event| match event {
            Event::IncomingCall(call) => Some((call.call, call.sdp.clone()?)),
            _ => None,
        });
        let config = Config { codecs: vec![Codec::Pcmu], ..Config::new(local) };
        let mut negotiation = Negotiation::new(config, [7; 32]);
        let (sdp, plan) = negotiation.answer(&offer, Direction::SendRecv).unwrap();
        let mut session = Session::new(session::Config::default(), [8; 32]);
        session.apply(Instant::now(), &plan);
        signalling.command(Command::Answer { call: key, sdp });
        signalling.wait("the ACK", |event| matches!(event, Event::Confirmed { .. }).then_some(()));
        let networks = [3, 4].map(|seed| Impairment::new(network, seed));
        Far { signalling, session, socket, local, networks, blocks: 0 }
    }

    /// Talks for so long, in real time.
    pub(crate) fn talk(&mut self, length: Duration) {
        let mut next = Instant::now();
        let ends = next + length;
        while next < ends {
            let left = next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.block(Instant::now());
                next += BLOCK;
            } else {
                self.receive(left);
            }
        }
    }

    /// Until the other side hangs up.
    pub(crate) fn until_left(mut self) {
        self.signalling.wait("the end", |event| matches!(event, Event::Ended { .. }).then_some(()));
    }

    fn receive(&mut self, patience: Duration) {
        self.socket.set_read_timeout(Some(patience.max(Duration::from_millis(1)))).unwrap();
        let mut datagram = [0; 2_048];
        let Ok((length, source)) = self.socket.recv_from(&mut datagram) else { return };
        let bytes = &datagram[..length];
        if is_report(bytes) || self.networks[1].arrival(Duration::ZERO).is_some() {
            let _ = self.session.handle_input(Instant::now(), Input::Rtp { source, bytes });
        }
    }

    /// Loud and soft by turns, as speech is.
    fn block(&mut self, now: Instant) {
        self.blocks += 1;
        let amplitude = if self.blocks % 100 < 60 { 0.1 } else { 0.0 };
        let mut block = [0.0; 480];
        for (sample, n) in block.iter_mut().zip(0_u16..) {
            *sample = amplitude * (f32::from(n) * std::f32::consts::TAU / 96.0).sin();
        }
        self.session.capture(now, &block);
        self.session.play(now, &mut block);
        self.session.handle_timeout(now);
        while let Some(output) = self.session.poll_output() {
            let Output::Transmit(packet) = output else { continue };
            assert_ne!(packet.to, self.local);
            if is_report(&packet.payload) || self.networks[0].arrival(Duration::ZERO).is_some() {
                // Whoever left hears nothing any more.
                let _ = self.socket.send_to(&packet.payload, packet.to);
            }
        }
    }
}

/// RTCP on the same port (RFC 5761 section 4).
fn is_report(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}
