//! What must hold whatever bytes come in, one function for each door that the network has: it takes any bytes, and
//! panics where something does not hold. libFuzzer calls them (`cargo xtask fuzz`), and every test run calls them with
//! the corpus of `tests/corpus`. Nothing here knows the fuzzer.

mod agent;
mod codecs;
mod ice;
mod media;
mod message;
mod protected;

/// Takes any bytes, panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name, which is its folder's in `tests/corpus`.
pub const TARGETS: [(&str, Target); 10] = [
    ("message", message::message),
    ("framer", message::framer),
    ("agent", agent::agent),
    ("sdp", media::sdp),
    ("rtp", media::rtp),
    ("rtcp", media::rtcp),
    ("srtp", protected::srtp),
    ("dtls", protected::dtls),
    ("ice", ice::ice),
    ("codecs", codecs::codecs),
];

/// Cuts bytes into pieces, each behind its length in two bytes. The last may be shorter than it says.
fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (piece, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
        bytes = rest;
        Some(piece)
    })
}
