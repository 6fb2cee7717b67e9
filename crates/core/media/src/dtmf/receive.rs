//! Receiving digits: one event for each, however many of its packets come, double, late or never.
//!
//! RFC 4733 section 2.5.2: packets of one digit have one timestamp. So the end needs not to come.

use super::digit_of;

/// Follows the events of one stream.
#[derive(Debug, Default)]
pub(crate) struct Receiver {
    /// The timestamp of the last digit, and its code.
    last: Option<(i64, u8)>,
}

impl Receiver {
    /// Takes an event packet's payload; the digit where one begins. `Err`: it is no event.
    pub(crate) fn packet(&mut self, timestamp: i64, payload: &[u8]) -> Result<Option<char>, ()> {
        let [event, _flags, _, _, ..] = *payload else { return Err(()) };
        // Older than what we know: a packet of a digit that is over.
        if self.last.is_some_and(|(known, code)| timestamp < known || (timestamp, event) == (known, code)) {
            return Ok(None);
        }
        self.last = Some((timestamp, event));
        Ok(digit_of(event))
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
    fn what_is_no_digit_is_none() {
        assert_eq!(digits(&[(0, 16, false), (0, 16, true)]), "");
        assert_eq!(Receiver::default().packet(0, &[1, 2, 3]), Err(()));
    }
}
