//! One call's media without I/O: offer/answer, RTP, jitter buffer, codecs, DTMF, levels, quality.

pub mod pcm;
