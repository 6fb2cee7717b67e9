//! What an Opus packet says of itself without being decoded: its table of contents and framing (RFC 6716 section 3),
//! and which redundancy it carries.

/// Samples of 48 kHz in 20 ms: SILK's longest frame.
const SILK_FRAME: usize = 960;

/// Extension of the padding for deep redundancy, and its marks while its document is a draft
/// (draft-ietf-mlcodec-opus-dred).
const DRED: u8 = 126;

/// An Opus packet taken apart as far as we need.
struct Parts<'a> {
    toc: u8,
    first_frame: &'a [u8],
    padding: &'a [u8],
}

/// Samples of 48 kHz that low bit-rate redundancy gives back of what was before the packet; `None` without any.
pub(super) fn redundancy(packet: &[u8]) -> Option<usize> {
    let Parts { toc, first_frame, .. } = parts(packet)?;
    let config = toc >> 3;
    let samples = frame_samples(config)?;
    // RFC 6716 section 4.2.3: a VAD bit for each SILK frame, then the flag of redundancy; mid channel first.
    let silk_frames = samples.div_ceil(SILK_FRAME);
    let flagged = first_frame.first()? >> (7 - silk_frames) & 1 == 1;
    flagged.then_some(samples)
}

/// Whether the packet describes what was before it as deep redundancy.
pub(super) fn has_deep_redundancy(packet: &[u8]) -> bool {
    let Some(Parts { mut padding, .. }) = parts(packet) else { return false };
    // draft-ietf-mlcodec-opus-extension section 3: id and flag; ours may stand behind padding and separators of frames.
    while let [head, rest @ ..] = padding {
        match (head >> 1, head & 1) {
            (DRED, _) => return rest.len() > 8,
            (0, 0) => return false,
            (0, _) | (1, 0) => padding = rest,
            (1, _) => padding = rest.get(1..).unwrap_or_default(),
            _ => return false,
        }
    }
    false
}

/// Frame lengths of the configurations that have SILK (RFC 6716 section 3.1, table 2).
fn frame_samples(config: u8) -> Option<usize> {
    Some(match config {
        0..12 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        12..16 => [480, 960][usize::from(config & 1)],
        _ => return None,
    })
}

/// RFC 6716 section 3.2: codes 0 to 3.
fn parts(packet: &[u8]) -> Option<Parts<'_>> {
    let (toc, rest) = packet.split_first()?;
    let (toc, none) = (*toc, &[][..]);
    match toc & 3 {
        0 | 1 => Some(Parts { toc, first_frame: rest, padding: none }),
        2 => {
            let (_, first_frame) = length(rest)?;
            Some(Parts { toc, first_frame, padding: none })
        }
        _ => {
            let (head, rest) = rest.split_first()?;
            let (padded, rest) = if head & 0x40 == 0 { (0, rest) } else { padding(rest)? };
            let (mut rest, padding) = rest.split_at_checked(rest.len().checked_sub(padded)?)?;
            if head & 0x80 != 0 {
                for _ in 1..head & 0x3F {
                    (_, rest) = length(rest)?;
                }
            }
            Some(Parts { toc, first_frame: rest, padding })
        }
    }
}

/// How much padding there is: 255 stands for 254 and another byte.
fn padding(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut sum = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        bytes = rest;
        if *byte < 255 {
            return Some((sum + usize::from(*byte), rest));
        }
        sum += 254;
    }
}

/// A frame's length (RFC 6716 section 3.2.1).
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [short @ 0..252, rest @ ..] => Some((usize::from(*short), rest)),
        [long, more, rest @ ..] => Some((usize::from(*long) + 4 * usize::from(*more), rest)),
        [] | [_] => None,
    }
}
