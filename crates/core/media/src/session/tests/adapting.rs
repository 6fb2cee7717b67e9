//! What is sent follows what the other side says: how long packets are, and how much is lost on the way.

use super::*;
use crate::{codec::Decoder, testing::voice};
use std::sync::OnceLock;

fn talk(n: u64) -> f32 {
    static VOICE: OnceLock<Vec<f32>> = OnceLock::new();
    VOICE.get_or_init(|| voice(4))[(n % 192_000) as usize]
}

/// RTP of the first end, from its n-th packet on.
fn rtp_from(call: &Call, n: usize) -> Vec<&Bytes> {
    let rtp = call.ends[0].sent.iter().map(|(_, bytes)| bytes).filter(|bytes| !is_rtcp(bytes));
    rtp.skip(n).collect()
}

#[test]
fn packets_are_as_long_as_was_agreed() {
    for codec in Codec::ALL {
        for ms in [10u64, 20, 30, 40, 50, 60] {
            let ends = [1, 2].map(|n| {
                let mut end = End::new(n, &[codec]);
                let config = end.negotiation.config().clone();
                let config = sdp::Config { ptime: Duration::from_millis(ms), ..config };
                (end.negotiation, end.says) = (Negotiation::new(config, [n; 32]), tone);
                end
            });
            let mut call = Call::between(ends, GOOD);
            call.run(3.0);
            // Opus has no frames of 30 and 50 ms: the next shorter ones go.
            let sent_ms = if codec == Codec::Opus && ms % 20 == 10 && ms > 10 { ms - 10 } else { ms };
            let ticks = sent_ms as u32 * codec.clock_rate().hz() / 1_000;
            let timestamp = |bytes: &Bytes| u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            let sent = rtp_from(&call, 0);
            assert!(sent.windows(2).all(|two| timestamp(two[1]).wrapping_sub(timestamp(two[0])) == ticks));
            assert_eq!(sent.len() as u64, 3_000 / sent_ms, "{codec:?} {ms} ms");
            assert!(purity(&call.ends[1].heard, 440.0, 1.5) > 95.0, "{codec:?} {ms} ms");
            assert_eq!(call.quality(1).concealed_percent, 0.0, "{codec:?} {ms} ms");
        }
    }
}

/// Bytes in a packet of sound on average, and the share of packets that tell of more than the one before.
fn spent(packets: &[&Bytes]) -> (f32, f32) {
    let decoder = Decoder::new(Codec::Opus).unwrap();
    let bytes: usize = packets.iter().map(|packet| packet.len() - 12).sum();
    let deep = packets.iter().filter(|packet| decoder.reach(&packet[12..]) > 960).count();
    (bytes as f32 / packets.len() as f32, deep as f32 / packets.len() as f32)
}

#[test]
fn what_reports_say_is_lost_makes_redundancy_and_takes_bits_and_gives_them_back() {
    let mut call = Call::new(&[Codec::Opus], GOOD);
    call.ends[0].says = talk;
    let last_ten_seconds = |call: &mut Call, seconds: f32, loss_percent: u32| {
        call.link.loss_percent = loss_percent;
        call.run(seconds - 10.0);
        let before = call.ends[0].rtp_sent();
        call.run(10.0);
        let remote = call.quality(0).remote_loss_percent;
        (spent(&rtp_from(call, before)), remote)
    };
    let ((calm, calm_deep), _) = last_ten_seconds(&mut call, 20.0, 0);
    let ((_, lossy_deep), _) = last_ten_seconds(&mut call, 16.0, 25);
    let ((lossy, lasting_deep), remote) = last_ten_seconds(&mut call, 25.0, 25);
    let ((again, again_deep), _) = last_ten_seconds(&mut call, 100.0, 0);
    println!(
        "bytes a packet {calm} {lossy} {again}, deep {calm_deep} {lossy_deep} {lasting_deep} {again_deep}"
    );
    assert!(remote.is_some_and(|percent| percent > 10.0), "{remote:?} was reported");
    assert!(lossy < calm * 0.95, "{lossy} bytes a packet with loss, {calm} without");
    assert!(again > calm * 0.9, "{again} bytes a packet when it was over, {calm} before");
    assert!(
        calm_deep == 0.0 && again_deep == 0.0 && lossy_deep.min(lasting_deep) > 0.1,
        "{calm_deep} {lossy_deep} {lasting_deep} {again_deep}"
    );
}
