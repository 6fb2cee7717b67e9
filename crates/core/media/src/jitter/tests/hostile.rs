//! Packets that no honest network brings: whatever they say, sound goes on, and waits no longer than it may.

use super::*;
use proptest::prelude::*;

/// What happens to one packet.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    IsLost,
    IsLate {
        ms: u16,
    },
    ComesTwice,
    /// Its timestamp is wrong, that of the next is right again.
    LiesOnce {
        by: i32,
    },
    /// From here on timestamps are others.
    ClockJumps {
        by: i32,
    },
    /// From here on sequence numbers are further.
    NumbersJump {
        by: u16,
    },
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        30 => Just(Fate::Arrives),
        4 => Just(Fate::IsLost),
        6 => (0..300u16).prop_map(|ms| Fate::IsLate { ms }),
        2 => Just(Fate::ComesTwice),
        2 => any::<i32>().prop_map(|by| Fate::LiesOnce { by }),
        2 => (-120_000..120_000).prop_map(|by| Fate::LiesOnce { by }),
        1 => any::<i32>().prop_map(|by| Fate::ClockJumps { by }),
        1 => (-120_000..120_000).prop_map(|by| Fate::ClockJumps { by }),
        1 => (1..200u16).prop_map(|by| Fate::NumbersJump { by }),
    ]
}

/// A tone as packets with these fates, in the order they come.
fn suffered(codec: Codec, fates: &[Fate]) -> Vec<Sent> {
    let second = stream(codec, 1);
    let (mut jump, mut further) = (0i64, 0u64);
    let mut trace = Vec::new();
    for (n, fate) in (0u64..).zip(fates) {
        match fate {
            Fate::ClockJumps { by } => jump += i64::from(*by) * 6,
            Fate::NumbersJump { by } => further += u64::from(*by),
            _ => {}
        }
        let mut sent = Sent {
            arrival_us: 1_000_000 + n * 20_000,
            sequence: 70_000 + n + further,
            timestamp: n as i64 * 960 + jump,
            payload: second[(n % 50) as usize].payload.clone(),
        };
        match fate {
            Fate::IsLost => continue,
            Fate::IsLate { ms } => sent.arrival_us += u64::from(*ms) * 1_000,
            Fate::LiesOnce { by } => sent.timestamp += i64::from(*by) * 6,
            Fate::ComesTwice => trace.push(sent.clone()),
            Fate::Arrives | Fate::ClockJumps { .. } | Fate::NumbersJump { .. } => {}
        }
        trace.push(sent);
    }
    trace.sort_by_key(|sent| sent.arrival_us);
    trace
}

/// Plays it; the longest silence in which packets came, in ms, and the longest that a packet waited.
fn endured(codec: Codec, trace: &[Sent]) -> (u64, u64) {
    let start = start();
    let at = |us| start + Duration::from_micros(us);
    let (mut buffer, mut decoder) = (Buffer::new(Duration::from_millis(400)), Decoder::new(codec).unwrap());
    let (mut next, mut block) = (0, SILENCE);
    let (mut silent, mut longest, mut waited) = (0, 0, 0);
    for now_us in (1_000_000..trace.last().map_or(0, |sent| sent.arrival_us)).step_by(10_000) {
        while let Some(sent) = trace.get(next).filter(|sent| sent.arrival_us <= now_us) {
            buffer.insert(at(sent.arrival_us), sent.sequence, sent.timestamp, Carries::Sound(&sent.payload));
            next += 1;
        }
        let oldest = buffer.store.first_from(buffer.head.sequence);
        buffer.pull(at(now_us), &mut decoder, &mut block);
        assert!(block.iter().all(|sample| sample.is_finite() && sample.abs() < 2.0));
        // Who is the oldest and is still there waits on.
        if let Some(Content::Sound { arrival, .. }) = oldest.and_then(|oldest| buffer.store.get(oldest)) {
            waited = waited.max((buffer.now - arrival) / MILLISECOND);
        }
        silent = if rms_dbfs(&block) < -50.0 { silent + 10 } else { 0 };
        longest = longest.max(silent);
    }
    (longest, waited.unsigned_abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn sound_goes_on_whatever_comes(fates in proptest::collection::vec(fate(), 100..500)) {
        for codec in [Codec::Pcmu, Codec::Opus] {
            let (silent_ms, waited_ms) = endured(codec, &suffered(codec, &fates));
            prop_assert!(silent_ms <= 1_000, "{codec:?}: silent for {silent_ms} ms");
            prop_assert!(waited_ms <= 420, "{codec:?}: a packet waited {waited_ms} ms");
        }
    }
}

#[test]
fn no_timestamp_makes_sound_wait_longer_than_it_may() {
    for by_ms in [-1_999, -1_000, -300, -150, 150, 199, 201, 500, 1_000, 1_900, 1_999, 2_001, 3_600_000] {
        for lies in [1, 2, 3, 10, 400] {
            let mut trace = suffered(Codec::Pcmu, &[Fate::Arrives; 750]);
            trace[250..250 + lies].iter_mut().for_each(|sent| sent.timestamp += by_ms * MILLISECOND);
            let (silent_ms, waited_ms) = endured(Codec::Pcmu, &trace);
            assert!(waited_ms <= 410, "{by_ms} ms off, {lies} times: waited {waited_ms} ms");
            assert!(silent_ms <= 500, "{by_ms} ms off, {lies} times: silent for {silent_ms} ms");
            // Those that agree are another network, which is not forgotten within seconds.
            if lies == 1 {
                let last_ms = play(Codec::Pcmu, trace, CLOCK_US).last_delay;
                assert!(last_ms < 60.0, "{by_ms} ms off: {last_ms} ms at the end");
            }
        }
    }
}

#[test]
fn timestamps_that_never_fit_are_still_heard() {
    let mut rng = StdRng::seed_from_u64(5);
    let mut trace = suffered(Codec::Pcmu, &[Fate::Arrives; 500]);
    trace.iter_mut().for_each(|sent| sent.timestamp = i64::from(rng.random::<u32>()) * 6);
    let (silent_ms, _) = endured(Codec::Pcmu, &trace);
    assert!(silent_ms <= 300, "silent for {silent_ms} ms");
}

#[test]
fn the_first_packets_of_a_call_are_heard_at_once_and_whole() {
    for first_late_ms in [0, 15, 40, 60] {
        let mut trace = stream(Codec::Pcmu, 4);
        trace[0].arrival_us += first_late_ms * 1_000;
        let first_us = trace.iter().map(|sent| sent.arrival_us).min().unwrap();
        let start = start();
        let (mut buffer, mut decoder) =
            (Buffer::new(Duration::from_millis(400)), Decoder::new(Codec::Pcmu).unwrap());
        let (mut begun_us, mut block) = (None, SILENCE);
        trace.sort_by_key(|sent| sent.arrival_us);
        let mut due = trace.iter().peekable();
        for now_us in (900_000..4_500_000).step_by(10_000) {
            let at = |us| start + Duration::from_micros(us);
            while let Some(sent) = due.next_if(|sent| sent.arrival_us <= now_us) {
                buffer.insert(
                    at(sent.arrival_us),
                    sent.sequence,
                    sent.timestamp,
                    Carries::Sound(&sent.payload),
                );
            }
            if buffer.pull(at(now_us), &mut decoder, &mut block) {
                begun_us = begun_us.or(Some(now_us));
            }
        }
        let wait_ms = (begun_us.unwrap() - first_us) / 1_000;
        assert!(wait_ms <= 30, "{first_late_ms}: began after {wait_ms} ms");
        assert_eq!(buffer.counts().late, u64::from(first_late_ms > 40), "{first_late_ms}: cut");
    }
}
