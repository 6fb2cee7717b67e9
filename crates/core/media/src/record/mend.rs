//! A recording that was cut off by a crash: what is whole of it stays, and its last page is marked as the last.

use super::page::{ENDS, ending, pages};

/// What is to be done to a file that may have been cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mending {
    /// It is whole.
    Nothing,
    /// Put this at this place, and let the file end behind it.
    LastPage {
        /// In bytes from the file's beginning.
        at: usize,
        /// The page.
        page: Vec<u8>,
    },
    /// Nothing was recorded: it has not even a whole head.
    Empty,
}

/// Looks at a file's bytes.
pub fn mend(bytes: &[u8]) -> Mending {
    let (mut count, mut last) = (0, None);
    for (range, page) in pages(bytes) {
        count += 1;
        last = Some((range, page.flags));
    }
    match last {
        Some((range, flags)) if flags & ENDS != 0 && range.end == bytes.len() => Mending::Nothing,
        // Behind the two pages of the head.
        Some((range, _)) if count > 2 => {
            Mending::LastPage { at: range.start, page: ending(bytes.get(range).unwrap_or_default()) }
        }
        Some(_) | None => Mending::Empty,
    }
}
