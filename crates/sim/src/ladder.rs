//! What was sent, as a picture: one column an endpoint, one arrow a message, with the time it left and what became of
//! it. Shows methods, status codes and CSeq only; bodies and numbers stay out of it.

use std::{fmt, time::Duration};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Delivered,
    /// The link lost it.
    Lost,
    /// Nobody lives at its address.
    Unroutable,
}

#[derive(Debug, Clone)]
struct Arrow {
    at: Duration,
    from: usize,
    to: usize,
    label: String,
    fate: Fate,
}

/// Every message of a run, in the order they were sent.
#[derive(Debug, Clone, Default)]
pub struct Ladder {
    columns: Vec<String>,
    arrows: Vec<Arrow>,
}

/// Characters from one column to the next.
const WIDTH: usize = 34;

impl Ladder {
    pub(crate) fn add_column(&mut self, name: &str) {
        self.columns.push(name.to_owned());
    }

    pub(crate) fn add_arrow(&mut self, at: Duration, between: (usize, usize), payload: &[u8], fate: Fate) {
        let (from, to) = between;
        self.arrows.push(Arrow { at, from, to, label: label(payload), fate });
    }

    /// How many messages whose label starts with this were sent, lost ones included. A label is `INVITE 1` for a
    /// request and its CSeq number, `200 INVITE 1` for a response.
    pub fn count(&self, start: &str) -> usize {
        self.arrows.iter().filter(|arrow| arrow.label.starts_with(start)).count()
    }

    /// The labels in order.
    pub fn labels(&self) -> Vec<&str> {
        self.arrows.iter().map(|arrow| arrow.label.as_str()).collect()
    }
}

/// `INVITE 1`, `200 INVITE 1`, the name of a keep-alive, or the size of what is no SIP.
fn label(payload: &[u8]) -> String {
    match payload {
        b"\r\n\r\n" => return "ping".to_owned(),
        b"\r\n" => return "pong".to_owned(),
        [0, 1, ..] => return "STUN request".to_owned(),
        [1, _, ..] => return "STUN answer".to_owned(),
        _ => {}
    }
    let text = String::from_utf8_lossy(payload);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let cseq = lines
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.split_once(':').filter(|(name, _)| name.trim().eq_ignore_ascii_case("cseq")))
        .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>());
    let number = cseq.as_ref().and_then(|cseq| cseq.first()).copied().unwrap_or("?");
    let method = cseq.as_ref().and_then(|cseq| cseq.get(1)).copied().unwrap_or("?");
    let mut words = first.split_whitespace();
    match (words.next(), words.next()) {
        (Some("SIP/2.0"), Some(code)) => format!("{code} {method} {number}"),
        (Some(name), Some(_)) if first.ends_with("SIP/2.0") => format!("{name} {number}"),
        (Some(_) | None, Some(_) | None) => format!("{} bytes", payload.len()),
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10} ", "")?;
        for name in &self.columns {
            write!(f, "{name:<WIDTH$}")?;
        }
        writeln!(f)?;
        for arrow in &self.arrows {
            let line = self.line(arrow);
            writeln!(f, "{:>9.3}s {}", arrow.at.as_secs_f64(), line.trim_end())?;
        }
        Ok(())
    }
}

impl Ladder {
    fn line(&self, arrow: &Arrow) -> String {
        let mut row = vec![' '; WIDTH * self.columns.len().max(1)];
        for column in 0..self.columns.len() {
            row[column * WIDTH] = '|';
        }
        let (left, right) = (arrow.from.min(arrow.to) * WIDTH, arrow.from.max(arrow.to) * WIDTH);
        let end = if left == right { (left + WIDTH).min(row.len()) } else { right };
        for cell in row.iter_mut().take(end).skip(left + 1) {
            *cell = if arrow.fate == Fate::Delivered { '-' } else { '.' };
        }
        let label = format!(" {} ", arrow.label);
        for (cell, c) in row.iter_mut().skip(left + 4).zip(label.chars().take(WIDTH - 8)) {
            *cell = c;
        }
        let head = if arrow.from <= arrow.to { (end - 1, '>') } else { (left + 1, '<') };
        row[head.0] = match arrow.fate {
            Fate::Delivered => head.1,
            Fate::Lost => 'x',
            Fate::Unroutable => '?',
        };
        row.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_from_sender_to_receiver() {
        let mut ladder = Ladder::default();
        ladder.add_column("agent");
        ladder.add_column("server");
        let invite = b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n";
        ladder.add_arrow(Duration::ZERO, (0, 1), invite, Fate::Delivered);
        ladder.add_arrow(
            Duration::from_millis(10),
            (1, 0),
            b"SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n",
            Fate::Lost,
        );
        let drawn = ladder.to_string();
        let lines: Vec<_> = drawn.lines().collect();
        assert!(lines[1].contains("|--- INVITE 1 ---") && lines[1].ends_with(">|"), "{drawn}");
        assert!(lines[2].contains("|x.. 180 INVITE 1 ...") && lines[2].ends_with("|"), "{drawn}");
        assert_eq!(ladder.count("INVITE"), 1);
    }

    #[test]
    fn what_is_no_sip_is_shown_by_size() {
        assert_eq!(label(&[0x80, 0, 1, 2]), "4 bytes");
        assert_eq!(label(b""), "0 bytes");
    }
}
