//! Recordings: Ogg Opus (RFC 7845), written as they are spoken and read as a whole; and the trimming of short ones.
//!
//! [`Tape`] makes the bytes of a file, [`read`] gives the sound of one, [`mend`] says what is to be done to one that was
//! cut off. Files, folders and clocks are other people's.

mod mend;
mod page;
mod read;
mod tape;
#[cfg(test)]
mod tests;
mod trim;

pub use mend::{Mending, mend};
pub use read::{ReadError, Sound, length, read};
pub use tape::{Channels, Tape};
pub use trim::trim;
