//! A call for a collector: a session report (RFC 6035 section 4.6) of its [`Summary`] and of what only the signalling knows.
//!
//! Lines and parameters stand in the order of the grammar of section 4.6.1; in the RFC's own examples the groups come before
//! the addresses. No line is folded, and what is not known is not there. Loss and delay are of the call as we heard it in
//! `LocalMetrics`, and as they did, by their last extended report (RFC 3611), in `RemoteMetrics`.

use super::{GMIN, Summary};
use crate::{Codec, rtcp::VoipMetrics};
use std::{fmt::Write as _, net::SocketAddr, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The body's type.
pub const CONTENT_TYPE: &str = "application/vq-rtcpxr";

/// Enhanced concealment, and an adaptive jitter buffer (RFC 3611 sections 4.7.6 and 4.7.7).
const PLC: u8 = 2;
const JBA: u8 = 3;

/// What the signalling knows of a call that is over.
#[derive(Clone, Copy)]
pub struct Signalling<'a> {
    /// Call-ID.
    pub call_id: &'a str,
    /// Our tag, and theirs.
    pub tags: (&'a str, &'a str),
    /// Our URI, without brackets.
    pub local: &'a str,
    /// Theirs, or what stands for it.
    pub remote: &'a str,
    /// Domains, by which a collector adds up: ours, and theirs.
    pub domains: (&'a str, &'a str),
    /// We called.
    pub ours: bool,
    /// Where we were told to be reached by RTP.
    pub address: SocketAddr,
    /// When it was over: seconds since 1970.
    pub ended_s: i64,
}

/// What a [`Summary`] knows for the collector alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Detail {
    /// What we found.
    pub(crate) found: Option<VoipMetrics>,
    /// What the other side says of our sound.
    pub(crate) told: Option<VoipMetrics>,
    pub(crate) stream: Option<Stream>,
}

/// What was spoken, and by whom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stream {
    pub(crate) codec: Codec,
    pub(crate) payload_type: u8,
    pub(crate) ptime: Duration,
    pub(crate) leaves_silence_out: bool,
    pub(crate) ssrc: u32,
    pub(crate) their_ssrc: Option<u32>,
    /// Where theirs came from.
    pub(crate) from: Option<SocketAddr>,
}

/// The report at the end of a call; `None` where nothing was heard in it, since then there is nothing to tell of.
pub fn session(call: &Signalling<'_>, summary: &Summary) -> Option<String> {
    let stream = summary.detail.stream.as_ref()?;
    let (their_ssrc, from) = (stream.their_ssrc?, stream.from?);
    let mut report = Report(String::with_capacity(2_048));
    report.line("VQSessionReport", "CallTerm");
    report.line("CallID", call.call_id);
    let caller = if call.ours { call.local } else { call.remote };
    for (name, uri) in [("LocalID", call.local), ("RemoteID", call.remote), ("OrigID", caller)] {
        report.line(name, &format!("<{uri}>"));
    }
    report.line("LocalAddr", &address(call.address, stream.ssrc));
    report.line("RemoteAddr", &address(from, their_ssrc));
    report.line("LocalGroup", call.domains.0);
    report.line("RemoteGroup", call.domains.1);
    let lasted = i64::try_from(summary.lasted.as_secs()).unwrap_or_default();
    let times = format!("START={} STOP={}", date(call.ended_s - lasted), date(call.ended_s));
    report.0.push_str("LocalMetrics:\r\n");
    report.line("Timestamps", &times);
    report.local(stream, summary);
    if let Some(told) = &summary.detail.told {
        report.0.push_str("RemoteMetrics:\r\n");
        report.line("Timestamps", &times);
        report.remote(told);
    }
    let (ours, theirs) = call.tags;
    let (caller, called) = if call.ours { (ours, theirs) } else { (theirs, ours) };
    report.line("DialogID", &format!("{};to-tag={called};from-tag={caller}", call.call_id));
    Some(report.0)
}

/// The text so far: whole lines.
struct Report(String);

impl Report {
    /// A value of others cannot make a line of its own.
    fn line(&mut self, name: &str, value: &str) {
        self.0.push_str(name);
        self.0.push_str(": ");
        self.0.extend(value.chars().filter(|c| !c.is_control()));
        self.0.push_str("\r\n");
    }

    fn parameters<const N: usize>(&mut self, name: &str, values: [(&str, Option<String>); N]) {
        let mut text = String::new();
        for (key, value) in values.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a String does not fail.
            let _ = write!(text, "{space}{key}={value}");
        }
        if !text.is_empty() {
            self.line(name, &text);
        }
    }

    fn local(&mut self, stream: &Stream, summary: &Summary) {
        let ptime_ms = stream.ptime.as_millis().max(1);
        self.parameters(
            "SessionDesc",
            [
                ("PT", Some(stream.payload_type.to_string())),
                ("PD", Some(stream.codec.name().to_owned())),
                ("SR", Some(sampled_at(stream.codec).to_string())),
                ("PPS", Some((1_000 / ptime_ms).to_string())),
                ("FD", Some(ptime_ms.to_string())),
                ("FPP", Some("1".to_owned())),
                ("PLC", Some(PLC.to_string())),
                ("SSUP", Some(if stream.leaves_silence_out { "on" } else { "off" }.to_owned())),
            ],
        );
        if let Some(found) = &summary.detail.found {
            self.buffer(found, Some(JBA));
            self.loss(found, Some(GMIN));
        }
        let found = summary.detail.found.as_ref();
        self.parameters(
            "Delay",
            [
                ("RTD", summary.round_trip_ms.map(rounded)),
                ("ESD", found.map(|found| ms(found.end_system))),
                ("SOWD", summary.delay_ms.map(rounded)),
                ("IAJ", Some(rounded(summary.jitter_ms.0))),
            ],
        );
        found.into_iter().for_each(|found| self.signal(found));
        let listening = summary.opinion.map(|opinion| opinion.listening);
        let conversation = summary.opinion.and_then(|opinion| opinion.conversation);
        let of = match stream.codec {
            Codec::Opus | Codec::G722 => "G.107.1",
            Codec::Pcmu | Codec::Pcma => "G.107",
        };
        self.parameters(
            "QualityEst",
            [
                ("RLQ", listening.map(|rating| rounded(rating.r()))),
                ("RCQ", conversation.map(|rating| rounded(rating.r()))),
                ("MOSLQ", listening.map(|rating| score(rating.mos()))),
                ("MOSCQ", conversation.map(|rating| score(rating.mos()))),
                ("QoEEstAlg", listening.map(|_| of.to_owned())),
            ],
        );
    }

    /// How they reckon, and what they heard it by, no report tells.
    fn remote(&mut self, told: &VoipMetrics) {
        self.buffer(told, None);
        self.loss(told, None);
        let end_system = (!told.end_system.is_zero()).then(|| ms(told.end_system));
        self.parameters("Delay", [("RTD", told.round_trip.map(ms)), ("ESD", end_system)]);
        self.signal(told);
        self.parameters(
            "QualityEst",
            [
                ("RCQ", told.opinion.r.map(rounded)),
                ("MOSLQ", told.opinion.mos_lq.map(score)),
                ("MOSCQ", told.opinion.mos_cq.map(score)),
            ],
        );
    }

    fn buffer(&mut self, metrics: &VoipMetrics, adaptive: Option<u8>) {
        self.parameters(
            "JitterBuffer",
            [
                ("JBA", adaptive.map(|code| code.to_string())),
                ("JBN", Some(ms(metrics.playout.nominal))),
                ("JBM", Some(ms(metrics.playout.most_now))),
                ("JBX", Some(ms(metrics.playout.most_ever))),
            ],
        );
    }

    fn loss(&mut self, metrics: &VoipMetrics, gmin: Option<u32>) {
        let shares = [("NLR", metrics.lost_percent), ("JDR", metrics.discarded_percent)];
        self.parameters("PacketLoss", shares.map(|(key, percent)| (key, Some(share(percent)))));
        self.parameters(
            "BurstGapLoss",
            [
                ("BLD", Some(share(metrics.bursts.missing_percent))),
                ("BD", Some(ms(metrics.bursts.length))),
                ("GLD", Some(share(metrics.gaps.missing_percent))),
                ("GD", Some(ms(metrics.gaps.length))),
                ("GMIN", gmin.map(|packets| packets.to_string())),
            ],
        );
    }

    fn signal(&mut self, metrics: &VoipMetrics) {
        // Two digits are all that the grammar has room for.
        let level = |dbm0: Option<f32>| dbm0.map(|dbm0| rounded(dbm0.clamp(-99.0, 99.0)));
        let loudness = &metrics.loudness;
        self.parameters("Signal", [("SL", level(loudness.signal_dbm0)), ("NL", level(loudness.noise_dbm0))]);
    }
}

fn address(at: SocketAddr, ssrc: u32) -> String {
    format!("IP={} PORT={} SSRC=0x{ssrc:08x}", at.ip().to_canonical(), at.port())
}

/// G.722's RTP clock is not what it samples at.
const fn sampled_at(codec: Codec) -> u32 {
    match codec {
        Codec::Opus => 48_000,
        Codec::G722 => 16_000,
        Codec::Pcmu | Codec::Pcma => 8_000,
    }
}

fn rounded(value: f32) -> String {
    let value = if value.is_finite() { value.round().clamp(-65_535.0, 65_535.0) } else { 0.0 };
    // Without the sign of a zero.
    format!("{}", value as i32)
}

fn ms(time: Duration) -> String {
    time.as_millis().min(65_535).to_string()
}

fn share(percent: f32) -> String {
    format!("{:.2}", if percent.is_finite() { percent.clamp(0.0, 100.0) } else { 0.0 })
}

fn score(mos: f32) -> String {
    format!("{:.2}", if mos.is_finite() { mos.clamp(1.0, 5.0) } else { 1.0 })
}

/// RFC 3339, in UTC.
fn date(unix_s: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(unix_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        quality::{Totals, Watch},
        rtcp::{Loudness, Opinion, Period, Playout},
    };

    fn metrics() -> VoipMetrics {
        let ms = Duration::from_millis;
        VoipMetrics {
            ssrc: 7,
            lost_percent: 4.996,
            discarded_percent: 0.0,
            bursts: Period { missing_percent: 50.0, length: ms(180) },
            gaps: Period { missing_percent: 1.0, length: ms(9_000) },
            round_trip: Some(ms(80)),
            end_system: ms(95),
            loudness: Loudness { signal_dbm0: Some(-19.4), noise_dbm0: None },
            opinion: Opinion { r: Some(88.0), mos_lq: Some(4.3), mos_cq: None },
            playout: Playout { nominal: ms(40), most_now: ms(120), most_ever: ms(400) },
        }
    }

    fn summary(told: Option<VoipMetrics>, their_ssrc: Option<u32>) -> Summary {
        let stream = Stream {
            codec: Codec::G722,
            payload_type: 9,
            ptime: Duration::from_millis(20),
            leaves_silence_out: false,
            ssrc: 0xAB,
            their_ssrc,
            from: Some("[::ffff:198.51.100.7]:4000".parse().unwrap()),
        };
        let detail = Detail { found: Some(metrics()), told, stream: Some(stream) };
        let totals = Totals::default();
        Summary { lasted: Duration::from_secs(139), ..Watch::default().summary(Codec::G722, &totals, detail) }
    }

    fn call() -> Signalling<'static> {
        Signalling {
            call_id: "6dg37f@example.org",
            tags: ("ours", "theirs"),
            local: "sip:ann@example.org",
            remote: "sip:anonymous@example.net",
            domains: ("example.org", "example.net"),
            ours: false,
            address: "192.0.2.100:5000".parse().unwrap(),
            ended_s: 1_097_432_762,
        }
    }

    #[test]
    fn the_lines_are_those_of_the_grammar_in_its_order() {
        let report = session(&call(), &summary(Some(metrics()), Some(0x2468_ABCD))).unwrap();
        let expected = [
            "VQSessionReport: CallTerm",
            "CallID: 6dg37f@example.org",
            "LocalID: <sip:ann@example.org>",
            "RemoteID: <sip:anonymous@example.net>",
            "OrigID: <sip:anonymous@example.net>",
            "LocalAddr: IP=192.0.2.100 PORT=5000 SSRC=0x000000ab",
            "RemoteAddr: IP=198.51.100.7 PORT=4000 SSRC=0x2468abcd",
            "LocalGroup: example.org",
            "RemoteGroup: example.net",
            "LocalMetrics:",
            "Timestamps: START=2004-10-10T18:23:43Z STOP=2004-10-10T18:26:02Z",
            "SessionDesc: PT=9 PD=G722 SR=16000 PPS=50 FD=20 FPP=1 PLC=2 SSUP=off",
            "JitterBuffer: JBA=3 JBN=40 JBM=120 JBX=400",
            "PacketLoss: NLR=5.00 JDR=0.00",
            "BurstGapLoss: BLD=50.00 BD=180 GLD=1.00 GD=9000 GMIN=16",
            "Delay: ESD=95 IAJ=0",
            "Signal: SL=-19",
            "RemoteMetrics:",
            "Timestamps: START=2004-10-10T18:23:43Z STOP=2004-10-10T18:26:02Z",
            "JitterBuffer: JBN=40 JBM=120 JBX=400",
            "PacketLoss: NLR=5.00 JDR=0.00",
            "BurstGapLoss: BLD=50.00 BD=180 GLD=1.00 GD=9000",
            "Delay: RTD=80 ESD=95",
            "Signal: SL=-19",
            "QualityEst: RCQ=88 MOSLQ=4.30",
            "DialogID: 6dg37f@example.org;to-tag=ours;from-tag=theirs",
            "",
        ];
        assert_eq!(report.split("\r\n").collect::<Vec<_>>(), expected);
    }

    #[test]
    fn who_called_is_the_originator() {
        let ours = Signalling { ours: true, ..call() };
        let report = session(&ours, &summary(None, Some(1))).unwrap();
        assert!(report.contains("\r\nOrigID: <sip:ann@example.org>\r\n"), "{report}");
        assert!(report.ends_with(";to-tag=theirs;from-tag=ours\r\n"), "{report}");
        assert!(!report.contains("RemoteMetrics"), "{report}");
    }

    #[test]
    fn of_a_call_in_which_nobody_was_heard_there_is_nothing_to_report() {
        assert_eq!(session(&call(), &summary(None, None)), None);
    }

    #[test]
    fn nobody_writes_lines_of_their_own_into_a_report() {
        let hostile = Signalling { remote: "sip:a@b\r\nLocalMetrics:", call_id: "c\nOrigID: x", ..call() };
        let report = session(&hostile, &summary(None, Some(1))).unwrap();
        assert_eq!(report.matches("\r\nLocalMetrics:").count(), 1);
        assert!(!report.replace("\r\n", "").contains(['\r', '\n']));
    }

    #[test]
    fn no_figure_leaves_the_room_that_the_grammar_has_for_it() {
        let wild = VoipMetrics {
            lost_percent: f32::NAN,
            end_system: Duration::from_secs(600),
            loudness: Loudness { signal_dbm0: Some(-127.0), noise_dbm0: Some(f32::INFINITY) },
            opinion: Opinion { r: Some(f32::NAN), mos_lq: Some(9.0), mos_cq: Some(-1.0) },
            ..metrics()
        };
        let report = session(&call(), &summary(Some(wild), Some(1))).unwrap();
        for line in [
            "PacketLoss: NLR=0.00 JDR=0.00",
            "Delay: RTD=80 ESD=65535",
            "Signal: SL=-99 NL=99",
            "QualityEst: RCQ=0 MOSLQ=5.00 MOSCQ=1.00",
        ] {
            assert!(report.contains(&format!("\r\n{line}\r\n")), "{line} is not in {report}");
        }
    }
}
