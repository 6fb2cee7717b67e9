//! Digits as telephone-event packets (RFC 4733).

mod receive;
mod send;

pub(crate) use receive::Receiver;
pub(crate) use send::{Keypad, Step};

/// The digits, at the place of their event code (RFC 4733 section 3.2).
const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

fn event_of(digit: char) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    DIGITS.iter().position(|known| *known == digit).and_then(|place| u8::try_from(place).ok())
}

fn digit_of(event: u8) -> Option<char> {
    DIGITS.get(usize::from(event)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_its_own_image() {
        for digit in "0123456789*#ABCD".chars() {
            assert_eq!(event_of(digit).and_then(digit_of), Some(digit));
        }
        assert_eq!(event_of('d'), Some(15));
        assert_eq!(event_of('x'), None);
        assert_eq!(digit_of(16), None);
    }
}
