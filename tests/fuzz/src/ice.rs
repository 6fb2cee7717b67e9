//! STUN, TURN and whatever else comes to sockets that look for a way: from servers, over a connection, from the other side
//! and from strangers.

use crate::{media::start, pieces};
use sidetone_media::{
    Direction, Negotiation, Session,
    ice::{Framer, Line, News, Secret, Servers, Setup, TurnServer, default_candidate},
    pcm::SILENCE,
    sdp,
    session::{Config, Event, Input, Output},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const OURS: ([u8; 4], u16) = ([192, 0, 2, 1], 4000);
const THEIRS: ([u8; 4], u16) = ([192, 0, 2, 2], 5000);
const SERVER: ([u8; 4], u16) = ([192, 0, 2, 3], 3478);
const STRANGER: ([u8; 4], u16) = ([192, 0, 2, 66], 6666);

/// A server's answer may make one request more; a check is answered, and asks back.
const MOST_AT_ONCE: usize = 16;

/// Each piece is a datagram 20 ms after the one before; its first byte says where it came from.
pub(crate) fn ice(bytes: &[u8]) {
    let start = start();
    let mut session = Session::new(Config::default(), [2; 32]);
    session.gather(start, &setup(start));
    let mut negotiation = None;
    let mut framer = Framer::default();
    let (mut now, mut framed) = (start, true);
    for piece in pieces(bytes).take(256) {
        let Some((from, datagram)) = piece.split_first() else { continue };
        let [theirs, server, stranger] = [THEIRS, SERVER, STRANGER].map(SocketAddr::from);
        // What is of no use to it is refused, and that is all.
        let take = |session: &mut Session, input: Input<'_>| {
            let _ = session.handle_input(now, input);
        };
        match from % 6 {
            0 => take(&mut session, Input::Rtp { source: server, bytes: datagram }),
            1 => take(&mut session, Input::Rtp { source: theirs, bytes: datagram }),
            2 => take(&mut session, Input::Rtp { source: stranger, bytes: datagram }),
            3 => take(&mut session, Input::Rtcp { source: server, bytes: datagram }),
            4 => take(&mut session, Input::Further { socket: 0, source: theirs, bytes: datagram }),
            _ if framed => {
                framer.push(datagram);
                framed = loop {
                    match framer.next_frame() {
                        Ok(Some(bytes)) => take(&mut session, Input::Line { line: 0, bytes }),
                        Ok(None) => break true,
                        Err(_) => break false,
                    }
                };
            }
            _ => {}
        }
        session.capture(now, &SILENCE);
        settle(&mut session, now, &mut negotiation);
        now += Duration::from_millis(20);
        if session.poll_timeout().is_some_and(|(at, _)| at <= now) {
            session.handle_timeout(now);
        }
        settle(&mut session, now, &mut negotiation);
    }
    session.close(now);
    settle(&mut session, now, &mut negotiation);
    assert_eq!(session.poll_timeout(), None, "it is over");
}

fn setup(since: Instant) -> Setup {
    let secret = |text: &str| Secret::new(text);
    let address = SocketAddr::from(SERVER);
    let server = || TurnServer { address, user: secret("user"), password: secret("password") };
    Setup {
        rtp: SocketAddr::from(OURS),
        rtcp: Some(SocketAddr::from((OURS.0, OURS.1 + 1))),
        further: vec![SocketAddr::from(([198, 51, 100, 1], 4002))],
        lines: vec![Line { local: SocketAddr::from((OURS.0, 50_000)), server: server() }],
        servers: Servers { turn: vec![server()], ..Servers::default() },
        since,
    }
}

/// Takes what comes of it. Once the addresses are known the other side, which speaks ICE as we do, agrees.
fn settle(session: &mut Session, now: Instant, negotiation: &mut Option<Negotiation>) {
    let (mut sent, mut gathered) = (0, None);
    while let Some(output) = session.poll_output() {
        match output {
            Output::Transmit(transmit) => {
                sent += 1;
                assert!(transmit.payload.len() < 2_000, "a packet that is cut");
            }
            Output::Event(Event::Path(News::Gathered(candidates))) => gathered = Some(candidates),
            Output::Event(_) => {}
        }
    }
    assert!(sent <= MOST_AT_ONCE, "{sent} at once");
    let (Some(candidates), None) = (gathered, &negotiation) else { return };
    let ours = default_candidate(&candidates).map_or(SocketAddr::from(OURS), |default| default.address);
    let side = |address, seed, candidates| {
        Negotiation::new(
            sdp::Config { candidates: Some(candidates), ..sdp::Config::new(address) },
            [seed; 32],
        )
    };
    let (mut caller, callee) = (side(ours, 1, candidates), SocketAddr::from(THEIRS));
    let offer = caller.offer(Direction::SendRecv);
    let Ok((answer, _)) = side(callee, 3, Vec::new()).answer(&offer, Direction::SendRecv) else { return };
    if let Ok(plan) = caller.accept_answer(&answer) {
        session.apply(now, &plan);
    }
    *negotiation = Some(caller);
}
