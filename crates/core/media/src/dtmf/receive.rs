//! Receiving digits: one event for each, however many of its packets come, double, late or never.
//!
//! RFC 4733 section 2.5.2: packets of one digit have one timestamp. So the end needs not to come.

use super::digit_of;

/// A packet of a digit that is over can be so late, in ticks; one that is older has another clock.
const LATE: i64 = 240_000;

/// A digit that is held down longer goes on in another event, which begins there (RFC 4733 section 2.5.1.3).
const LONGEST: i64 = 0xFFFF;

/// Follows the events of one stream.
#[derive(Default)]
pub(crate) struct Receiver {
    /// The timestamp of the last digit, and its code.
    last: Option<(i64, u8)>,
}

impl std::fmt::Debug for Receiver {
    /// Digits may be a card number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver(_)")
    }
}

impl Receiver {
    /// Takes an event packet's payload; the digit where one begins. `Err`: it is no event.
    pub(crate) fn packet(&mut self, timestamp: i64, payload: &[u8]) -> Result<Option<char>, ()> {
        let [event, _flags, _, _, ..] = *payload else { return Err(()) };
        let before = self.last;
        let is_older = before.is_some_and(|(known, _)| (1..LATE).contains(&(known - timestamp)));
        if is_older || before == Some((timestamp, event)) {
            return Ok(None);
        }
        self.last = Some((timestamp, event));
        let goes_on = before == Some((timestamp - LONGEST, event));
        Ok(digit_of(event).filter(|_| !goes_on))
    }

    /// Another stream begins: its timestamps are others.
    pub(crate) fn restart(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(packets: &[(i64, u8, bool)]) -> String {
        let mut receiver = Receiver::default();
        let packet = |&(timestamp, event, end): &(i64, u8, bool)| {
            receiver.packet(timestamp, &[event, if end { 0x8A } else { 0x0A }, 0, 160]).unwrap()
        };
        packets.iter().filter_map(packet).collect()
    }

    #[test]
    fn one_digit_however_many_packets() {
        assert_eq!(digits(&[(0, 1, false), (0, 1, false), (0, 1, true), (0, 1, true), (0, 1, true)]), "1");
        assert_eq!(digits(&[(0, 1, true)]), "1", "all but one end lost");
        assert_eq!(
            digits(&[(0, 1, false), (1280, 1, false), (1280, 1, true)]),
            "11",
            "the first one's end lost"
        );
    }

    #[test]
    fn a_late_end_is_not_another_digit() {
        assert_eq!(digits(&[(0, 1, false), (1280, 2, false), (0, 1, true), (1280, 2, true)]), "12");
    }

    #[test]
    fn a_digit_held_down_is_one_digit() {
        assert_eq!(digits(&[(0, 1, false), (65_535, 1, false), (131_070, 1, true)]), "1");
    }

    #[test]
    fn digits_go_on_when_the_clock_jumps_back() {
        assert_eq!(digits(&[(9_000_000, 1, true), (0, 2, true)]), "12");
    }

    #[test]
    fn the_last_digit_is_not_printed() {
        let mut receiver = Receiver::default();
        receiver.packet(0, &[7, 0x0A, 0, 160]).unwrap();
        assert_eq!(format!("{receiver:?}"), "Receiver(_)");
    }

    #[test]
    fn what_is_no_digit_is_none() {
        assert_eq!(digits(&[(0, 16, false), (0, 16, true)]), "");
        assert_eq!(Receiver::default().packet(0, &[1, 2, 3]), Err(()));
    }
}
