//! The grammar of voice quality reports (RFC 6035 section 4.6.1), as far as a report of ours has a use for it: which lines, in
//! which order, with which parameters, of which form. Written from the grammar, and not from what we write.

use std::collections::BTreeMap;

/// What a value may be.
#[derive(Clone, Copy)]
enum Form {
    /// At most so many digits, and no more than this.
    Number(usize, u32),
    /// `1*3DIGIT ["." 1*2DIGIT]`, up to 100.
    Percent,
    /// `["-"] 1*2DIGIT`.
    Level,
    /// `DIGIT ["." 1*3DIGIT]`, 1 to 5.
    Score,
    Word,
    OnOff,
    /// An address.
    Ip,
    /// `0x` and up to eight hexadecimal digits.
    Ssrc,
    /// RFC 3339.
    Date,
}
use Form::{Date, Ip, Level, Number, OnOff, Percent, Score, Ssrc, Word};

type Parameters = &'static [(&'static str, Form)];

const MS: Form = Number(5, 65_535);
const R: Form = Number(3, 120);
const ADDRESS: Parameters = &[("IP", Ip), ("PORT", Number(5, 65_535)), ("SSRC", Ssrc)];
const METRICS: [(&str, Parameters); 8] = [
    ("Timestamps", &[("START", Date), ("STOP", Date)]),
    (
        "SessionDesc",
        &[
            ("PT", Number(3, 127)),
            ("PD", Word),
            ("SR", Number(6, 192_000)),
            ("PPS", Number(5, 1_000)),
            ("FD", Number(4, 9_999)),
            ("FO", Number(5, 65_535)),
            ("FPP", Number(2, 99)),
            ("PLC", Number(1, 3)),
            ("SSUP", OnOff),
        ],
    ),
    ("JitterBuffer", &[("JBA", Number(1, 3)), ("JBR", Number(2, 15)), ("JBN", MS), ("JBM", MS), ("JBX", MS)]),
    ("PacketLoss", &[("NLR", Percent), ("JDR", Percent)]),
    (
        "BurstGapLoss",
        &[
            ("BLD", Percent),
            ("BD", Number(7, 3_600_000)),
            ("GLD", Percent),
            ("GD", Number(7, 3_600_000)),
            ("GMIN", Number(3, 255)),
        ],
    ),
    ("Delay", &[("RTD", MS), ("ESD", MS), ("OWD", MS), ("SOWD", MS), ("IAJ", MS), ("MAJ", MS)]),
    ("Signal", &[("SL", Level), ("NL", Level), ("RERL", Number(3, 127))]),
    (
        "QualityEst",
        &[("RLQ", R), ("RCQ", R), ("EXTRI", R), ("MOSLQ", Score), ("MOSCQ", Score), ("QoEEstAlg", Word)],
    ),
];

/// Lines of a report: names, and parameters by `LocalMetrics`, `RemoteMetrics` or nothing, line and key.
pub(crate) type Read = BTreeMap<String, String>;

/// Reads a report's lines; panics at the first that the grammar does not have there.
pub(crate) fn read(lines: &[&str]) -> Read {
    let mut lines = lines.iter().copied().peekable();
    let mut read = Read::new();
    assert_eq!(lines.next(), Some("VQSessionReport: CallTerm"));
    for name in ["CallID", "LocalID", "RemoteID", "OrigID"] {
        let value = value(lines.next(), name);
        if name != "CallID" {
            assert!(value.starts_with("<sip:") && value.ends_with('>'), "{name}: {value}");
        }
        read.insert(name.to_owned(), value.to_owned());
    }
    for name in ["LocalAddr", "RemoteAddr"] {
        take(&mut read, name, value(lines.next(), name), ADDRESS);
    }
    for name in ["LocalGroup", "RemoteGroup"] {
        read.insert(name.to_owned(), value(lines.next(), name).to_owned());
    }
    for block in ["LocalMetrics", "RemoteMetrics"] {
        if lines.next_if_eq(&format!("{block}:").as_str()).is_none() {
            assert_eq!(block, "RemoteMetrics", "no local metrics");
            continue;
        }
        for (name, parameters) in METRICS {
            let here = lines.next_if(|line| line.starts_with(&format!("{name}: ")));
            assert!(here.is_some() || name != "Timestamps", "{block} without timestamps");
            if here.is_some() {
                take(&mut read, &format!("{block}.{name}"), value(here, name), parameters);
            }
        }
    }
    read.insert("DialogID".to_owned(), value(lines.next(), "DialogID").to_owned());
    assert_eq!(lines.next(), None, "a line too many");
    read
}

fn value<'a>(line: Option<&'a str>, name: &str) -> &'a str {
    let value = line.and_then(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_else(|| panic!("{name} is not where the grammar has it, but {line:?}"))
}

/// Every parameter once at most, in the order of the grammar, one space between.
fn take(read: &mut Read, line: &str, text: &str, parameters: Parameters) {
    let mut known = parameters.iter();
    for parameter in text.split(' ') {
        let (key, value) = parameter.split_once('=').unwrap_or_else(|| panic!("{line}: {text}"));
        let form = known.find(|(name, _)| *name == key);
        let (_, form) = form.unwrap_or_else(|| panic!("{key} has no place there in {line}: {text}"));
        assert!(fits(*form, value), "{line}: {key} is {value:?}");
        read.insert(format!("{line}.{key}"), value.to_owned());
    }
}

fn fits(form: Form, value: &str) -> bool {
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let decimal = |text: &str, before: usize, after: usize| match text.split_once('.') {
        Some((whole, part)) => digits(whole, before) && digits(part, after),
        None => digits(text, before),
    };
    let between = |least: f32, most: f32| value.parse::<f32>().is_ok_and(|v| (least..=most).contains(&v));
    match form {
        Number(length, most) => digits(value, length) && value.parse::<u32>().is_ok_and(|v| v <= most),
        Percent => decimal(value, 3, 2) && between(0.0, 100.0),
        Level => digits(value.strip_prefix('-').unwrap_or(value), 2),
        Score => decimal(value, 1, 3) && between(1.0, 5.0),
        Word => !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)),
        OnOff => matches!(value, "on" | "off"),
        Ip => value.parse::<std::net::IpAddr>().is_ok(),
        Ssrc => value.strip_prefix("0x").is_some_and(|hex| u32::from_str_radix(hex, 16).is_ok()),
        Date => {
            let pattern = "0000-00-00T00:00:00Z";
            let same = |(found, wanted): (char, char)| match wanted {
                '0' => found.is_ascii_digit(),
                other => found == other,
            };
            value.len() == pattern.len() && value.chars().zip(pattern.chars()).all(same)
        }
    }
}

#[test]
fn what_the_grammar_does_not_have_is_found() {
    for (form, bad) in [
        (Number(3, 255), "256"),
        (Number(1, 3), "03"),
        (Percent, "100.5"),
        (Percent, "5.123"),
        (Level, "-127"),
        (Score, "5.1"),
        (Score, "0.9"),
        (Ssrc, "2468abcd"),
        (Date, "2026-11-21 18:00:00Z"),
        (OnOff, "yes"),
    ] {
        assert!(!fits(form, bad), "{bad}");
    }
}
