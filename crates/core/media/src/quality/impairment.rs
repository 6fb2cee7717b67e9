//! What each codec does to speech, as the E-model wants it.
//!
//! | codec | scale | Ie | Bpl | origin |
//! |---|---|---|---|---|
//! | PCMU, PCMA | narrow | 0 | 25.1 | G.113 appendix I: G.711 with the concealment of its appendix I |
//! | G.722 at 64 kbit/s | wide | 13 | 10 | G.113 appendix IV for Ie; Bpl provisional, lower than G.711's for its adaptive predictor |
//! | Opus with FEC | wide | 5 | 45 | provisional: Bpl fitted to the PESQ of Opus with in-band FEC at 5, 10 and 20 % loss |
//! | Opus without | wide | 5 | 18 | provisional: as CELP codecs of its rate |

use super::emodel::{Band, Impairment};
use crate::Codec;

/// Of this codec; `repaired`: most of what was lost came back by forward error correction.
pub(crate) fn of(codec: Codec, repaired: bool) -> Impairment {
    match codec {
        Codec::Opus if repaired => Impairment { band: Band::Wide, ie: 5.0, bpl: 45.0 },
        Codec::Opus => Impairment { band: Band::Wide, ie: 5.0, bpl: 18.0 },
        Codec::G722 => Impairment { band: Band::Wide, ie: 13.0, bpl: 10.0 },
        Codec::Pcmu | Codec::Pcma => Impairment { band: Band::Narrow, ie: 0.0, bpl: 25.1 },
    }
}
