//! The best that can be made of packets: all that ever arrive are there in time. What is lost comes from the redundancy
//! of the next packet, and is concealed by libopus where that is lost too.

use crate::sender::{FRAME, RATE};
use opus::{Channels, Decoder};
use sidetone_lab::ears::Recording;

/// Decodes a stream; `None` is a packet that never arrived.
///
/// # Errors
/// libopus refuses a packet.
pub(crate) fn decode(packets: &[Option<&[u8]>]) -> opus::Result<Recording> {
    let mut decoder = Decoder::new(RATE, Channels::Mono)?;
    let mut samples = Vec::with_capacity(packets.len() * FRAME);
    let mut frame = [0.0; FRAME];
    for (n, packet) in packets.iter().enumerate() {
        let next = packets.get(n + 1).copied().flatten();
        let made = match (packet, next) {
            (Some(packet), _) => decoder.decode_float(packet, &mut frame, false)?,
            (None, Some(next)) => decoder.decode_float(next, &mut frame, true)?,
            (None, None) => decoder.decode_float(&[], &mut frame, false)?,
        };
        samples.extend(frame.iter().take(made));
    }
    Ok(Recording { samples, rate: RATE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender;
    use sidetone_lab::ears;
    use std::path::Path;

    #[test]
    fn redundancy_is_better_than_a_guess_and_a_packet_better_than_both() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/speech/customer-billing.wav");
        let speech = Recording::load(&file).unwrap();
        let sent = sender::packets(&speech, 20).unwrap();
        let without = |lost: &dyn Fn(usize) -> bool| {
            let packets: Vec<_> =
                sent.iter().enumerate().map(|(n, it)| (!lost(n)).then_some(it.as_slice())).collect();
            decode(&packets).unwrap()
        };
        let all = without(&|_| false);
        assert!(ears::carries_words(&speech, &all));
        let error = |heard: &Recording| {
            let pairs = all.samples.iter().zip(&heard.samples);
            pairs.map(|(a, b)| f64::from((a - b).powi(2))).sum::<f64>()
        };
        // The same number of packets, singly and in pairs: of a pair only the second one can be had from redundancy.
        let (singles, pairs) = (error(&without(&|n| n % 5 == 4)), error(&without(&|n| n % 10 > 7)));
        assert!(0.0 < singles && singles < pairs, "{singles} {pairs}");
    }
}
