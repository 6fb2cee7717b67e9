//! Personal data that must not reach a log. [`Pii`] hides what it holds from `Debug`, and has no `Display`: whoever
//! needs the value has to ask for it by name, which is what a reviewer looks for.

use std::fmt;

/// A value about a person: a number, a name, a note. `Debug` prints `…` in its place.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Hides `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, in the clear.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value, in the clear, taken out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_keeps_the_value_to_itself() {
        let number = Pii::new("+15551234".to_owned());
        assert_eq!(format!("{number:?} {:?}", Some(&number)), "… Some(…)");
        assert_eq!(number.reveal(), "+15551234");
    }
}
