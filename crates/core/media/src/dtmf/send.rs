//! Sending digits: one after the other, each a row of packets with one timestamp and a growing duration.
//!
//! RFC 4733 section 2.5.1: the marker on the first packet, the end three times, a pause between two digits.

use super::event_of;
use std::collections::VecDeque;

/// How many digits can wait.
const MOST_WAITING: usize = 64;
/// The end is said so often, since any packet may be lost.
const ENDS: u8 = 3;
/// -10 dBm0, as most do.
const VOLUME: u8 = 10;
/// The least tone and pause that exchanges must recognise (ITU-T Q.24) are 40 ms; a longer pause is safer.
const LEAST_TONE_MS: u32 = 40;
const PAUSE_MS: u32 = 60;

/// What goes out instead of sound, or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// No digit: sound goes out.
    Sound,
    /// A digit sounds: this packet, and no sound. `copies` times in a row.
    Event {
        /// The payload.
        payload: [u8; 4],
        /// How long ago the digit began; the packet's timestamp is that of its beginning.
        begun_ms: u32,
        /// The first packet of the digit.
        first: bool,
        /// How often it is sent at once.
        copies: u8,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Sounding { event: u8, elapsed_ms: u32 },
    Pausing { left_ms: u32 },
}

/// The digits that wait, and the one that sounds.
pub(crate) struct Keypad {
    waiting: VecDeque<u8>,
    state: State,
    tone_ms: u32,
}

impl std::fmt::Debug for Keypad {
    /// Digits may be a card number: only how many there are is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keypad").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl Keypad {
    pub(crate) fn new(tone_ms: u32) -> Keypad {
        let waiting = VecDeque::with_capacity(MOST_WAITING);
        Keypad { waiting, state: State::Idle, tone_ms: tone_ms.clamp(LEAST_TONE_MS, 6_000) }
    }

    /// Puts a digit at the end; `false` where it is none, or too many wait.
    pub(crate) fn press(&mut self, digit: char) -> bool {
        let Some(event) = event_of(digit) else { return false };
        if self.waiting.len() >= MOST_WAITING {
            return false;
        }
        self.waiting.push_back(event);
        true
    }

    /// Forgets everything: the other side no longer understands digits.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.state = State::Idle;
    }

    /// What sounds is over: there is no more to be sent, or its timestamps would be another clock's. It was heard at its
    /// first packet (RFC 4733 section 2.5.2.2), and going on with it later would be another one.
    pub(crate) fn interrupt(&mut self) {
        if let State::Sounding { .. } = self.state {
            self.state = State::Pausing { left_ms: PAUSE_MS };
        }
    }

    /// The next `packet_ms`, with durations in ticks of `clock_rate`.
    pub(crate) fn step(&mut self, packet_ms: u32, clock_rate: u32) -> Step {
        match self.state {
            State::Idle => {
                let Some(event) = self.waiting.pop_front() else { return Step::Sound };
                self.sound(event, 0, packet_ms, clock_rate)
            }
            State::Sounding { event, elapsed_ms } => self.sound(event, elapsed_ms, packet_ms, clock_rate),
            State::Pausing { left_ms } => {
                let left_ms = left_ms.saturating_sub(packet_ms);
                self.state = if left_ms == 0 { State::Idle } else { State::Pausing { left_ms } };
                Step::Sound
            }
        }
    }

    fn sound(&mut self, event: u8, begun_ms: u32, packet_ms: u32, clock_rate: u32) -> Step {
        let elapsed_ms = begun_ms + packet_ms;
        let end = elapsed_ms >= self.tone_ms;
        self.state =
            if end { State::Pausing { left_ms: PAUSE_MS } } else { State::Sounding { event, elapsed_ms } };
        let ticks = u64::from(elapsed_ms) * u64::from(clock_rate) / 1000;
        let [high, low] = u16::try_from(ticks).unwrap_or(u16::MAX).to_be_bytes();
        let flags = if end { 0x80 | VOLUME } else { VOLUME };
        Step::Event {
            payload: [event, flags, high, low],
            begun_ms,
            first: begun_ms == 0,
            copies: if end { ENDS } else { 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Event, end, duration, begun, first, copies.
    type Seen = (u8, bool, u16, u32, bool, u8);

    /// What each step sent; `None` for sound.
    fn steps(keypad: &mut Keypad, count: usize) -> Vec<Option<Seen>> {
        (0..count)
            .map(|_| match keypad.step(20, 8000) {
                Step::Sound => None,
                Step::Event { payload: [event, flags, high, low], begun_ms, first, copies } => {
                    assert_eq!(flags & 0x7F, 10);
                    let duration = u16::from_be_bytes([high, low]);
                    Some((event, flags & 0x80 != 0, duration, begun_ms, first, copies))
                }
            })
            .collect()
    }

    #[test]
    fn a_digit_is_five_packets_and_three_ends_then_a_pause_then_the_next() {
        let mut keypad = Keypad::new(100);
        assert!(keypad.press('5') && keypad.press('#') && !keypad.press('x'));
        let five =
            |n: u16| Some((5, n == 5, 160 * n, 20 * u32::from(n - 1), n == 1, if n == 5 { 3 } else { 1 }));
        let expected = [five(1), five(2), five(3), five(4), five(5), None, None, None];
        assert_eq!(steps(&mut keypad, 8), expected);
        assert_eq!(steps(&mut keypad, 1)[0].unwrap().0, 11);
        steps(&mut keypad, 7);
        assert_eq!(steps(&mut keypad, 50), vec![None; 50]);
    }

    #[test]
    fn durations_follow_the_clock() {
        let mut keypad = Keypad::new(100);
        keypad.press('1');
        assert!(matches!(keypad.step(20, 48_000), Step::Event { payload: [1, _, 0x03, 0xC0], .. }));
    }

    #[test]
    fn sixty_four_wait_and_no_more() {
        let mut keypad = Keypad::new(100);
        assert!((0..64).all(|_| keypad.press('0')));
        assert!(!keypad.press('0'));
    }
}
