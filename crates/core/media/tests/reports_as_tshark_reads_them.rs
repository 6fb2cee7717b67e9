//! Our reports as another program reads them: every compound of a lossy call goes through tshark's dissector.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use sidetone_media::{
    Codec, Direction, Negotiation, Session,
    pcm::SILENCE,
    sdp,
    session::{Config, Input, Output},
};
use std::{
    io::Write,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ADDRESSES: [([u8; 4], u16); 2] = [([192, 0, 2, 1], 4000), ([192, 0, 2, 2], 5000)];

/// What the first end sent by RTCP in half a minute of a call of which every seventh packet was lost.
fn reports() -> Vec<Vec<u8>> {
    let address = |end: usize| SocketAddr::from(ADDRESSES[end]);
    let mut negotiations: Vec<Negotiation> = (0..2)
        .map(|end| {
            let config = sdp::Config { codecs: vec![Codec::Pcmu], ..sdp::Config::new(address(end)) };
            Negotiation::new(config, [end as u8; 32])
        })
        .collect();
    let offer = negotiations[0].offer(Direction::SendRecv);
    let (answer, theirs) = negotiations[1].answer(&offer, Direction::SendRecv).unwrap();
    let plans = [negotiations[0].accept_answer(&answer).unwrap(), theirs];
    let mut sessions: Vec<Session> =
        (0..2).map(|end| Session::new(Config::default(), [7 + end; 32])).collect();
    let mut now = start();
    let (mut reports, mut count) = (vec![], 0);
    sessions.iter_mut().zip(&plans).for_each(|(session, plan)| session.apply(now, plan));
    for tick in 0..=3_000 {
        for me in 0..2 {
            let mut block = SILENCE;
            sessions[me].capture(now, &SILENCE);
            sessions[me].play(now, &mut block);
            if sessions[me].poll_timeout().is_some_and(|(due, _)| due <= now) {
                sessions[me].handle_timeout(now);
            }
            if tick == 3_000 {
                sessions[me].close(now);
            }
            while let Some(output) = sessions[me].poll_output() {
                let Output::Transmit(transmit) = output else { continue };
                let is_rtcp = (192..=223).contains(&transmit.payload[1]);
                if is_rtcp && me == 0 {
                    reports.push(transmit.payload.to_vec());
                }
                count += 1;
                if is_rtcp || count % 7 != 0 {
                    let input = Input::Rtp { source: address(me), bytes: &transmit.payload };
                    let _ = sessions[1 - me].handle_input(now, input);
                }
            }
        }
        now += Duration::from_millis(10);
    }
    reports
}

/// A capture of datagrams to one port: raw IPv4, a second apart.
fn capture(datagrams: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![];
    for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        file.extend(word.to_le_bytes());
    }
    for (second, payload) in (0u32..).zip(datagrams) {
        let (udp, ip) = (8 + payload.len() as u16, 28 + payload.len() as u16);
        for word in [second, 0, ip.into(), ip.into()] {
            file.extend(word.to_le_bytes());
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

/// The fields of each packet, and among them what tshark thinks is wrong with it.
fn dissected(capture: &[u8], fields: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-r", "-", "-d", "udp.port==5001,rtcp", "-T", "fields", "-E", "separator=;"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let mut tshark = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    tshark.stdin.take().unwrap().write_all(capture).unwrap();
    let out = tshark.wait_with_output().unwrap();
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines().map(|line| line.split(';').map(str::to_owned).collect()).collect()
}

#[test]
fn every_compound_is_well_formed_and_says_what_was_lost() {
    let reports = reports();
    let fields = [
        "_ws.malformed",
        "rtcp.length_check.bad",
        "rtcp.pt",
        "rtcp.xr.bt",
        "rtcp.xr.voipmetrics.gmin",
        "rtcp.xr.voipmetrics.moslq",
        "rtcp.ssrc.fraction",
    ];
    let packets = dissected(&capture(&reports), &fields);
    assert_eq!(packets.len(), reports.len());
    assert!((5..15).contains(&packets.len()), "{} reports", packets.len());
    for packet in &packets {
        assert_eq!((packet[0].as_str(), packet[1].as_str()), ("", ""), "{packet:?}");
    }
    let last = packets.last().unwrap();
    assert_eq!(last[2], "200,202,207,203", "SR, SDES, XR, BYE: {last:?}");
    assert_eq!((last[3].as_str(), last[4].as_str()), ("4,5,7", "16"), "{last:?}");
    let mos: f32 = last[5].parse().unwrap();
    assert!((2.0..4.3).contains(&mos), "{last:?}");
    // Every seventh packet, of both ends together: 14 % of 256, lately by the report block, and of the whole call by XR.
    let shares: Vec<u32> = last[6].split(',').map(|share| share.parse().unwrap()).collect();
    assert!((16..=60).contains(&shares[0]) && (26..=46).contains(&shares[1]), "{last:?}");
}

#[allow(clippy::disallowed_methods, reason = "the time of the call has to begin somewhere")]
fn start() -> Instant {
    Instant::now()
}
