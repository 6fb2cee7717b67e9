//! Stray Latin-1 bytes become UTF-8. RFC 3261 section 7 wants UTF-8, but old exchanges put display names in Latin-1,
//! and a call must not be lost for an umlaut. Text that is UTF-8 already is left alone.

use std::borrow::Cow;

/// Valid UTF-8 stays; every other byte is read as Latin-1.
pub(crate) fn to_utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&b| char::from(b)));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stray_bytes_change() {
        assert_eq!(to_utf8("Müller".as_bytes()), "Müller");
        assert_eq!(to_utf8(b"M\xfcller"), "Müller");
        assert_eq!(to_utf8(b"\xc3\xbc and \xfc\xff"), "ü and üÿ");
    }
}
