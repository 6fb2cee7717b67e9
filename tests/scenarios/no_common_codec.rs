//! A call that could never be talked in is refused with 488 and does not ring (RFC 3261 section 21.4.26).

use crate::story::Story;
use bytes::Bytes;
use sidetone_desk::view::StateLabel;
use sidetone_phone::What;
use sidetone_sip::api::{EndCause, Failure};

const ONLY_GSM: &[u8] = b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n\
    m=audio 30000 RTP/AVP 3\r\na=rtpmap:3 GSM/8000\r\n";

#[test]
fn an_offer_without_a_codec_of_ours_never_rings() {
    let mut story = Story::available();
    let call = story.calls_with("Ada", "+15550100", Bytes::from_static(ONLY_GSM));
    story.until("refused", |story| story.ended(call).is_some());
    assert!(matches!(story.ended(call), Some(EndCause::Failed(Failure::Status { code: 488, .. }))));
    assert_eq!(story.label(), StateLabel::Available);
    assert!(story.desk().rows.is_empty());
    assert!(!story.desk().happened.iter().any(|(_, what)| matches!(what, What::Incoming { .. })));
}
