//! Which packets of a stream were seen (RFC 3711 section 3.3.2), and where a sequence number lies (appendix A).

/// How far back a packet may come.
const WIDTH: u64 = 128;

/// The indices of one stream that came: the highest, and which of the 127 before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    highest: u64,
    /// Bit `n`: the index `highest - n` came.
    seen: u128,
}

impl Window {
    /// Begins with this one.
    pub(super) const fn new(first: u64) -> Window {
        Window { highest: first, seen: 1 }
    }

    pub(super) const fn highest(self) -> u64 {
        self.highest
    }

    /// Whether it did not come yet, as far as can be known.
    pub(super) const fn admits(self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(back) => back < WIDTH && self.seen >> back & 1 == 0,
        }
    }

    /// It came, and was authentic.
    pub(super) const fn saw(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            Some(back) if back < WIDTH => self.seen |= 1 << back,
            Some(_) => {}
            None => {
                let on = index - self.highest;
                self.seen = if on < WIDTH { self.seen << on | 1 } else { 1 };
                self.highest = index;
            }
        }
    }
}

/// The index nearest to the highest one that ends with this sequence number; `None`: it lies before the stream's
/// beginning.
pub(super) const fn nearest(highest: u64, sequence: u16) -> Option<u64> {
    let (roc, last) = (highest >> 16, highest as u16);
    let ahead = sequence.wrapping_sub(last);
    let roc = if ahead < 0x8000 {
        if sequence < last { roc + 1 } else { roc }
    } else if sequence > last {
        match roc.checked_sub(1) {
            Some(roc) => roc,
            None => return None,
        }
    } else {
        roc
    };
    Some(roc << 16 | sequence as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sequence_number_is_found_over_its_end() {
        assert_eq!(nearest(10, 11), Some(11));
        assert_eq!(nearest(0xFFFF, 0), Some(0x1_0000));
        assert_eq!(nearest(0x1_0000, 0xFFFF), Some(0xFFFF));
        assert_eq!(nearest(0x1_0000, 0), Some(0x1_0000));
        assert_eq!(nearest(5, 0xFFFF), None);
        assert_eq!(nearest(0x2_8001, 0), Some(0x3_0000));
    }

    proptest! {
        #[test]
        fn the_window_is_a_set_with_a_far_end(indices in prop::collection::vec(0..600_u64, 1..200)) {
            let mut window = Window::new(indices[0]);
            let mut seen = BTreeSet::from([indices[0]]);
            for index in indices.into_iter().skip(1) {
                let highest = *seen.last().unwrap();
                let fresh = !seen.contains(&index) && index + WIDTH > highest;
                prop_assert_eq!(window.admits(index), fresh);
                if fresh {
                    window.saw(index);
                    seen.insert(index);
                }
                prop_assert_eq!(window.highest(), *seen.last().unwrap());
            }
        }
    }
}
