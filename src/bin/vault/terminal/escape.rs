//! Text from elsewhere, made harmless for a terminal and for whoever reads it.

use std::{borrow::Cow, fmt::Write};

use vault::keys::PrivateKey;

/// Escapes what a line must not hold: control characters (line ends too), and characters that hide or turn text. A private key, typed or
/// named where it does not belong, is left out.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    match PrivateKey::hidden(text) {
        Cow::Borrowed(text) => escape(text, is_harmful),
        Cow::Owned(text) => Cow::Owned(escape(&text, is_harmful).into_owned()),
    }
}

/// As `escaped`, but keeps line feeds and tabs: for data of several lines.
pub(crate) fn escaped_lines(text: &str) -> Cow<'_, str> {
    escape(text, |letter| {
        !matches!(letter, '\n' | '\t') && is_harmful(letter)
    })
}

fn escape(text: &str, must_be: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&must_be) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' if must_be(letter) => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' if must_be(letter) => safe.push_str("\\t"),
            _ if must_be(letter) => {
                write!(safe, "\\u{{{:x}}}", u32::from(letter)).expect("a string takes everything");
            }
            _ => safe.push(letter),
        }
    }
    Cow::Owned(safe)
}

fn is_harmful(letter: char) -> bool {
    letter.is_control() || turns(letter) || hides(letter)
}

/// Bidirectional formatting (Unicode UAX 9, section 2; CVE-2021-42574), and line ends that are no control characters.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without width, with which two names look the same.
fn hides(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_of_any_language_is_left_alone() {
        for text in ["", "DATABASE_URL", "schlüssel 鍵 ключ 🔑", r"C:\a"] {
            assert!(matches!(escaped(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn nothing_reaches_a_terminal_that_it_would_obey() {
        assert_eq!(
            escaped("\x1b[2J\x07\u{9b}m\x7f"),
            r"\u{1b}[2J\u{7}\u{9b}m\u{7f}"
        );
        assert_eq!(escaped("a\nvault: hint: b\r\tc"), r"a\nvault: hint: b\r\tc");
        assert_eq!(
            escaped("a\u{202e}b\u{2066}c\u{2028}"),
            r"a\u{202e}b\u{2066}c\u{2028}"
        );
        assert_eq!(escaped("pro\u{200b}d\u{e0041}"), r"pro\u{200b}d\u{e0041}");
    }

    #[test]
    fn lines_stay_lines_where_they_are_meant() {
        assert_eq!(escaped_lines("a\n\tb\r\n\x1bc"), "a\n\tb\\r\n\\u{1b}c");
        let all: String = (0..=0x11_ffff_u32).filter_map(char::from_u32).collect();
        assert!(!escaped(&all).contains(char::is_control));
    }
}
