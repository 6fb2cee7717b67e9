//! Both ends against a model that knows every packet's index: in any order, over losses, over the ends of sequence numbers
//! and rollover counters, through changes of keys.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// How far back a packet may come.
const WIDTH: u64 = 128;
/// The longest row of losses: half of the sequence numbers cannot be told from the other half.
const LONGEST_LOSS: u64 = 0x7FFF;
const LAST: u64 = (1 << 48) - 1;

#[derive(Debug, Clone)]
enum Act {
    /// So many packets on, one is sent.
    Send(u64),
    /// A packet arrives: the so-manieth last that was sent, as often as it likes.
    Deliver(usize),
    /// Both go on with this key.
    Turn(usize),
    /// A report is sent, and arrives.
    Report,
    /// A report arrives again.
    ReportAgain(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop_oneof![Just(1), 1..4_u64, 1..200_u64, 1..12_000_u64].prop_map(Act::Send),
        6 => prop_oneof![Just(0_usize), 0..6_usize, 0..200_usize].prop_map(Act::Deliver),
        1 => (0..3_usize).prop_map(Act::Turn),
        1 => Just(Act::Report),
        1 => (0..20_usize).prop_map(Act::ReportAgain),
    ]
}

/// Where a stream may be when it is watched: at its beginning, before every end there is.
fn beginning() -> impl Strategy<Value = u64> {
    prop_oneof![0..0x8000_u64, 0xFF00..0x1_0000_u64, Just((1 << 32) - 300), (LAST - 200_000)..(LAST - 10)]
}

/// What came with one key.
#[derive(Default)]
struct Known {
    indices: BTreeSet<u64>,
    reports: BTreeSet<usize>,
}

impl Known {
    fn admits(&self, index: u64) -> bool {
        !self.indices.contains(&index) && self.indices.last().is_none_or(|highest| index + WIDTH > *highest)
    }
}

/// A packet that was sent.
struct Sent {
    key: usize,
    index: u64,
    packet: BytesMut,
}

struct Model {
    ends: Vec<(Outbound, Inbound)>,
    known: [Known; 3],
    now: usize,
    index: u64,
    /// The highest that came, with whatever key.
    heard: Option<u64>,
    sent: Vec<Sent>,
    reports: Vec<(usize, BytesMut)>,
}

impl Model {
    fn new(suite: Suite, index: u64) -> Model {
        let end = |byte: u8| {
            let key = MasterKey::new(suite, &vec![byte; suite.key_length() + suite.salt_length()]).unwrap();
            let inbound = Inbound::new(suite, &key, Mki::default()).unwrap();
            (Outbound::new(suite, &key).unwrap(), inbound)
        };
        let mut ends: Vec<_> = (1..4).map(end).collect();
        let heard = (index >= 0x1_0000).then_some(index);
        if heard.is_some() {
            let (outbound, mut inbound) = ends.remove(0);
            inbound.was_at(1, index);
            ends.insert(0, (outbound.at(1, index, 0), inbound));
        }
        let known = Default::default();
        Model { ends, known, now: 0, index, heard, sent: vec![], reports: vec![] }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Send(on) => self.send(on),
            Act::Deliver(back) => self.deliver(back),
            Act::Turn(key) => self.turn(key),
            Act::Report => {
                let mut packet = report();
                self.ends[self.now].0.rtcp(&mut packet).unwrap();
                self.reports.push((self.now, packet));
                self.hear_report(self.reports.len() - 1);
            }
            Act::ReportAgain(at) if at < self.reports.len() => self.hear_report(at),
            Act::ReportAgain(_) => {}
        }
    }

    fn send(&mut self, on: u64) {
        // Nobody can follow a longer row of losses.
        if self.heard.is_some_and(|heard| self.index + on > heard + LONGEST_LOSS)
            || (self.heard.is_none() && self.index + on > 0xFFFF)
        {
            self.deliver(0);
            return;
        }
        let index = self.index + on;
        let mut packet = rtp(1, index as u16);
        let outcome = self.ends[self.now].0.rtp(&mut packet);
        if index > LAST {
            assert_eq!(outcome, Err(Error::UsedUp));
            return;
        }
        outcome.unwrap();
        self.index = index;
        self.sent.push(Sent { key: self.now, index, packet });
    }

    fn deliver(&mut self, back: usize) {
        let Some(at) = self.sent.len().checked_sub(back + 1) else { return };
        let Sent { key, index, packet } = &self.sent[at];
        // What is as late as that is of another round of the sequence numbers.
        if self.heard.is_some_and(|heard| index + LONGEST_LOSS < heard) {
            return;
        }
        let known = &mut self.known[self.now];
        let wanted = *key == self.now && known.admits(*index);
        let mut opened = Vec::new();
        let outcome = self.ends[self.now].1.rtp(packet, &mut opened);
        assert_eq!(outcome.is_ok(), wanted, "{index:#x} of key {key}: {outcome:?}");
        if wanted {
            assert_eq!(opened, rtp(1, *index as u16));
            known.indices.insert(*index);
            self.heard = self.heard.max(Some(*index));
        }
    }

    /// Both turn at once; what is on its way is lost.
    fn turn(&mut self, key: usize) {
        if key == self.now {
            return;
        }
        let before = self.now;
        self.now = key;
        let [former, next] = self.ends.get_disjoint_mut([before, key]).unwrap();
        next.0.go_on_from(&former.0);
        next.1.go_on_from(&former.1);
    }

    fn hear_report(&mut self, at: usize) {
        let (key, packet) = &self.reports[at];
        let known = &mut self.known[self.now].reports;
        let wanted = *key == self.now && known.insert(at);
        let outcome = self.ends[self.now].1.rtcp(packet, &mut Vec::new());
        assert_eq!(outcome.is_ok(), wanted, "report {at} of key {key}: {outcome:?}");
    }
}

fn report() -> BytesMut {
    let mut packet = BytesMut::from(&[0x80, 201, 0, 1, 0, 0, 0, 1][..]);
    packet.extend_from_slice(&[9; 24]);
    packet
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_packet_is_opened_once_where_it_can_be_known(
        suite in prop::sample::select(&Suite::ALL[..]),
        beginning in beginning(),
        acts in prop::collection::vec(act(), 1..300),
    ) {
        let mut model = Model::new(suite, beginning);
        acts.into_iter().for_each(|act| model.act(act));
    }
}
