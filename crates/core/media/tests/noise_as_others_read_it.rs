//! Our comfort noise as other programs read it: ffmpeg makes sound of what we say of a room, and tshark finds it in the stream.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    level::rms_dbfs,
    pcm::{BLOCK_SAMPLES, Block},
    sdp,
    session::{Config, Output},
};
use std::{
    io::Write,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// A room, darker the nearer `dark` is to 1.
fn room(dbfs: f32, dark: f32, seconds: usize) -> Vec<Block> {
    let (mut random, mut low) = (7u32, 0.0f32);
    let mut sound: Vec<f32> = (0..seconds * 48_000)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            low = low * dark + (random as f32 / u32::MAX as f32 * 2.0 - 1.0) * (1.0 - dark);
            low
        })
        .collect();
    let gain = 10f32.powf((dbfs - rms_dbfs(&sound)) / 20.0);
    sound.iter_mut().for_each(|sample| *sample *= gain);
    sound.as_chunks::<BLOCK_SAMPLES>().0.to_vec()
}

/// What a session sends of it.
fn sent(room: &[Block]) -> Vec<Vec<u8>> {
    let mut negotiations = [1u8, 2].map(|n| {
        let address = SocketAddr::from(([192, 0, 2, n], 4_000));
        let codecs = vec![Codec::Pcmu];
        let config = sdp::Config { codecs, comfort_noise: true, ..sdp::Config::new(address) };
        Negotiation::new(config, [n; 32])
    });
    let offer = negotiations[0].offer(Direction::SendRecv);
    let (_, plan) = negotiations[1].answer(&offer, Direction::SendRecv).unwrap();
    let (mut session, start) = (Session::new(Config::default(), [3; 32]), start());
    session.apply(start, &plan);
    let mut packets = vec![];
    for (n, block) in (0u32..).zip(room) {
        session.capture(start + Duration::from_millis(10) * n, block);
        while let Some(output) = session.poll_output() {
            if let Output::Transmit(transmit) = output {
                packets.push(transmit.payload.to_vec());
            }
        }
    }
    packets
}

/// What a program writes of what it reads, which fits into a pipe.
fn through(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    assert!(input.len() < 65_536);
    child.stdin.take().unwrap().write_all(input).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    out.stdout
}

/// A second and more of sound at 8 kHz by ffmpeg's decoder: it is given the description as packets of its own raw format,
/// whose rest says nothing of the spectrum.
fn by_ffmpeg(description: &[u8]) -> Vec<f32> {
    let mut packet = vec![127; 1_024];
    packet[..description.len()].copy_from_slice(description);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "s8", "-ar", "8000", "-ac", "1", "-c:a", "comfortnoise", "-i", "-"]);
    command.args(["-f", "f32le", "-ar", "8000", "-"]);
    let bytes = through(&mut command, &packet.repeat(40));
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// By how much neighbours are alike, -1 to 1: what a spectrum's tilt is.
fn alike(sound: &[f32]) -> f32 {
    let energy: f32 = sound.iter().map(|sample| sample * sample).sum();
    sound.windows(2).map(|two| two[0] * two[1]).sum::<f32>() / energy
}

#[test]
fn ffmpeg_makes_louder_rooms_louder_and_darker_ones_darker() {
    let heard = |dbfs, dark| {
        let packets = sent(&room(dbfs, dark, 3));
        let noise = packets.iter().rfind(|packet| packet[1] & 0x7F == 13).expect("comfort noise");
        let sound = by_ffmpeg(&noise[12..]);
        let sound = &sound[sound.len() / 2..];
        (rms_dbfs(sound), alike(sound))
    };
    let rooms =
        [(-40.0, 0.0), (-50.0, 0.0), (-50.0, 0.7), (-50.0, 0.95)].map(|(dbfs, dark)| heard(dbfs, dark));
    println!("level and likeness of neighbours: {rooms:?}");
    // Whatever it is told, ffmpeg's noise is 18 dB below what the RFC says, so its levels are compared with each other.
    assert!((rooms[0].0 - rooms[1].0 - 10.0).abs() < 1.5, "{rooms:?}");
    // Dark rooms lose nothing on the way to 8 kHz, white ones what is above.
    assert!(rooms[3].0 - rooms[1].0 > 4.0, "{rooms:?}");
    assert!(rooms[1].1 + 0.05 < rooms[2].1 && rooms[2].1 + 0.02 < rooms[3].1, "{rooms:?}");
}

#[test]
fn tshark_finds_noise_in_the_stream_and_nothing_wrong() {
    let packets = sent(&room(-50.0, 0.7, 3));
    let mut command = Command::new("tshark");
    command.args(["-n", "-r", "-", "-d", "udp.port==5001,rtp", "-T", "fields", "-E", "separator=;"]);
    command.args(["-e", "rtp.p_type", "-e", "rtp.marker", "-e", "_ws.malformed", "-e", "rtp.payload"]);
    let lines = String::from_utf8(through(&mut command, &capture(&packets))).unwrap();
    let lines: Vec<Vec<&str>> = lines.lines().map(|line| line.split(';').collect()).collect();
    assert_eq!(lines.len(), packets.len());
    let noises: Vec<_> = lines.iter().filter(|line| line[0] == "13").collect();
    assert!((4..=10).contains(&noises.len()), "{}", noises.len());
    for noise in noises {
        assert!(noise[1] == "0" || noise[1] == "False", "{noise:?}");
        assert_eq!((noise[2], noise[3].replace(':', "").len()), ("", 22), "{noise:?}");
    }
}

/// A capture of datagrams to one port: raw IPv4.
fn capture(datagrams: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![];
    for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        file.extend(word.to_le_bytes());
    }
    for payload in datagrams {
        let (udp, ip) = (8 + payload.len() as u16, 28 + payload.len() as u16);
        for word in [0, 0, ip.into(), ip.into()] {
            file.extend(u32::to_le_bytes(word));
        }
        file.extend([0x45, 0]);
        file.extend(ip.to_be_bytes());
        file.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        for half in [5001u16, 5001, udp, 0] {
            file.extend(half.to_be_bytes());
        }
        file.extend(payload);
    }
    file
}

#[allow(clippy::disallowed_methods, reason = "the time of the call has to begin somewhere")]
fn start() -> Instant {
    Instant::now()
}
