//! The small pieces that SIP header values are made of: tokens, quoted strings, lists (RFC 3261 section 25.1).
//! Works on unfolded text; refuses nothing by itself, its callers do.

use std::fmt;

/// A character of a token.
pub(crate) fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '!' | '%' | '*' | '_' | '+' | '`' | '\'' | '~')
}

/// One or more token characters.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_char)
}

/// Linear whitespace, after unfolding.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Without whitespace around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// A quoted string at the start: its unescaped content, and what follows the closing quote.
pub(crate) fn take_quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut content = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((content, &inner[at + 1..])),
            '\\' => content.push(chars.next()?.1),
            other => content.push(other),
        }
    }
    None
}

/// Writes a quoted string: quotes and backslashes escaped, line ends and other controls as spaces.
pub(crate) fn write_quoted(f: &mut impl fmt::Write, content: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in content.chars() {
        match c {
            '"' | '\\' => {
                f.write_char('\\')?;
                f.write_char(c)?;
            }
            control if control.is_ascii_control() => f.write_char(' ')?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

/// Splits at `separator`, but not inside quoted strings and angle brackets. Pieces are trimmed; empty ones stay.
pub(crate) fn split_outside(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match find_outside(text, separator) {
            Some(at) => {
                rest = Some(&text[at + separator.len_utf8()..]);
                Some(trim(&text[..at]))
            }
            None => {
                rest = None;
                Some(trim(text))
            }
        }
    })
}

/// Where `wanted` first stands outside quoted strings and angle brackets.
pub(crate) fn find_outside(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    for (at, c) in text.char_indices() {
        if quoted {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = false,
                _ => {}
            }
        } else if c == wanted && !bracketed {
            return Some(at);
        } else {
            match c {
                '"' => quoted = true,
                '<' => bracketed = true,
                '>' => bracketed = false,
                _ => {}
            }
        }
    }
    None
}

/// Decimal digits only (no sign), in the range of the type.
pub(crate) fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The same text with line ends made spaces: what is written can't grow a line.
pub(crate) fn one_line(text: String) -> String {
    if text.contains(['\r', '\n']) { text.replace(['\r', '\n'], " ") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_outside_quotes_and_brackets() {
        let pieces: Vec<_> = split_outside(r#""a, \", b" <sip:x,y@h> , <sip:z@h>,"#, ',').collect();
        assert_eq!(pieces, [r#""a, \", b" <sip:x,y@h>"#, "<sip:z@h>", ""]);
    }

    #[test]
    fn quoting_and_unquoting_are_inverse() {
        let mut written = String::new();
        write_quoted(&mut written, "J \"R\" \\ é").unwrap();
        assert_eq!(written, r#""J \"R\" \\ é""#);
        assert_eq!(take_quoted(&written), Some(("J \"R\" \\ é".to_owned(), "")));
        assert_eq!(take_quoted("\"open"), None);
        assert_eq!(take_quoted("\"open\\"), None);
    }

    #[test]
    fn numbers_have_no_sign() {
        assert_eq!(number::<u32>("0009"), Some(9));
        assert_eq!(number::<u32>("+9"), None);
        assert_eq!(number::<u32>("4294967296"), None);
        assert_eq!(number::<u32>(""), None);
    }
}
