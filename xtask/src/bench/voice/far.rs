//! The far end of a call in real time: it sends a stream as a bad network would let it come, and keeps what it gets.
//!
//! The network sits in the sender: what is lost is not sent, and what is late is sent late. So every phone gets the very
//! same packets at the very same moments.

use crate::bench::probe::{Established, Probe};
use crate::console::Trouble;
use sidetone_lab::impair::{Impairment, Network};
use sidetone_lab::packets::Packet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Sound in a packet of ours.
const PTIME: Duration = Duration::from_millis(20);
const OPUS: u8 = 96;
const SSRC: u32 = 0x5EED;
/// How long nothing may come before it is looked whether listening is over.
const GLANCE: Duration = Duration::from_millis(50);

/// What is spoken in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Codec {
    /// RFC 7587.
    Opus,
    /// ITU-T G.711 mu-law.
    Pcmu,
}

impl Codec {
    /// For the listening tests' program.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Pcmu => "pcmu",
        }
    }

    fn payload_type(self) -> u8 {
        match self {
            Self::Opus => OPUS,
            Self::Pcmu => 0,
        }
    }

    fn media_lines(self) -> &'static str {
        match self {
            Self::Opus => "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n",
            Self::Pcmu => "a=rtpmap:0 PCMU/8000\r\n",
        }
    }

    /// Ticks of the timestamp in a packet.
    fn ticks(self) -> u32 {
        match self {
            Self::Opus => 960,
            Self::Pcmu => 160,
        }
    }
}

/// A call with a phone.
pub(super) struct Far {
    probe: Probe,
    call: Established,
    sound: UdpSocket,
    codec: Codec,
}

impl Far {
    /// Calls the phone at this port of loopback.
    pub(super) fn call(port: u16, codec: Codec) -> Result<Self, Trouble> {
        let sound = UdpSocket::bind("127.0.0.1:0")?;
        let mut probe = Probe::to(port)?;
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP {}\r\n{}a=ptime:20\r\n",
            sound.local_addr()?.port(),
            codec.payload_type(),
            codec.media_lines()
        );
        let call = probe.establish(&offer)?;
        let there = audio_port(&call.description);
        let there = there.ok_or_else(|| Trouble::new("the phone's answer has no audio"))?;
        sound.connect(SocketAddr::from(([127, 0, 0, 1], there)))?;
        Ok(Self { probe, call, sound, codec })
    }

    /// Sends a stream through a network, in real time. Says how late a packet was sent at most.
    pub(super) fn send(
        &self,
        stream: &[Packet],
        (network, seed): (Network, u64),
    ) -> Result<Duration, Trouble> {
        let mut due = schedule(stream, network, seed);
        due.sort_by_key(|(at, _)| *at);
        let began = Instant::now();
        let mut latest = Duration::ZERO;
        for (at, packet) in due {
            std::thread::sleep(at.saturating_sub(began.elapsed()));
            latest = latest.max(began.elapsed().saturating_sub(at));
            match self.sound.send(&self.datagram(packet)) {
                Ok(_) => {}
                // Nobody listens at the port where it said it would: that is seen by what is heard.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(latest)
    }

    /// Keeps what the phone sends for so long.
    pub(super) fn listen(&self, length: Duration) -> Result<Vec<Packet>, Trouble> {
        self.sound.set_read_timeout(Some(GLANCE))?;
        let ends = Instant::now() + length;
        let mut stream = Received { codec: self.codec, first: None, packets: Vec::new() };
        let mut datagram = [0; 2_048];
        while Instant::now() < ends {
            match self.sound.recv(&mut datagram) {
                Ok(length) => stream.take(datagram.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(stream.packets)
    }

    /// Ends the call.
    pub(super) fn hang_up(self) -> Result<(), Trouble> {
        self.probe.hang_up(&self.call)
    }

    /// RFC 3550 section 5.1.
    fn datagram(&self, packet: &Packet) -> Vec<u8> {
        let mut bytes = vec![0x80, self.codec.payload_type()];
        bytes.extend((packet.place as u16).to_be_bytes());
        bytes.extend(packet.place.wrapping_mul(self.codec.ticks()).to_be_bytes());
        bytes.extend(SSRC.to_be_bytes());
        bytes.extend(&packet.payload);
        bytes
    }
}

/// When each packet is sent, of those that are.
fn schedule(stream: &[Packet], network: Network, seed: u64) -> Vec<(Duration, &Packet)> {
    let mut impairment = Impairment::new(network, seed);
    let arrivals = stream.iter().map(|packet| (impairment.arrival(PTIME * packet.place), packet));
    arrivals.filter_map(|(at, packet)| Some((at?, packet))).collect()
}

/// What of `stream` comes through.
pub(super) fn survivors(stream: &[Packet], network: Network, seed: u64) -> Vec<Packet> {
    schedule(stream, network, seed).into_iter().map(|(_, packet)| packet.clone()).collect()
}

/// A phone's stream, placed by its timestamps.
struct Received {
    codec: Codec,
    first: Option<u32>,
    packets: Vec<Packet>,
}

impl Received {
    fn take(&mut self, datagram: &[u8]) {
        let (Some(head), Some(payload)) = (datagram.first_chunk::<12>(), datagram.get(12..)) else { return };
        let [version, kind, _, _, a, b, c, d, ..] = *head;
        // Without contributors and extensions: no phone here sends any.
        if version != 0x80 || kind & 0x7F != self.codec.payload_type() || payload.is_empty() {
            return;
        }
        let timestamp = u32::from_be_bytes([a, b, c, d]);
        let first = *self.first.get_or_insert(timestamp);
        let place = timestamp.wrapping_sub(first) / self.codec.ticks();
        self.packets.push(Packet { place, payload: payload.to_vec() });
    }
}

fn audio_port(description: &str) -> Option<u16> {
    let line = description.lines().find_map(|line| line.strip_prefix("m=audio "))?;
    line.split_whitespace().next()?.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_placed_by_their_timestamps() {
        let mut stream = Received { codec: Codec::Pcmu, first: None, packets: Vec::new() };
        let datagram = |kind: u8, timestamp: u32| {
            let mut bytes = vec![0x80, kind, 0, 1];
            bytes.extend(timestamp.to_be_bytes());
            bytes.extend([0, 0, 0, 1, 9]);
            bytes
        };
        stream.take(&datagram(0x80, u32::MAX - 159));
        stream.take(&datagram(0, 0));
        stream.take(&datagram(0, 320));
        stream.take(&datagram(101, 480));
        stream.take(&[0x80, 0, 0]);
        assert_eq!(stream.packets.iter().map(|it| it.place).collect::<Vec<_>>(), [0, 1, 3]);
    }

    #[test]
    fn what_survives_is_what_is_sent() {
        let stream: Vec<Packet> = (0..500).map(|place| Packet { place, payload: vec![1] }).collect();
        let network = Network::Loss(20);
        let sent: Vec<u32> = schedule(&stream, network, 3).iter().map(|(_, packet)| packet.place).collect();
        let survived: Vec<u32> = survivors(&stream, network, 3).iter().map(|it| it.place).collect();
        assert!(sent == survived && (350..450).contains(&sent.len()), "{}", sent.len());
    }

    #[test]
    fn an_answer_says_where_sound_goes() {
        assert_eq!(audio_port("v=0\r\nm=audio 4000 RTP/AVP 96\r\n"), Some(4_000));
        assert_eq!(audio_port("v=0\r\nm=audio 0 RTP/AVP 96\r\n"), None);
    }
}
