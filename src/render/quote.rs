//! Text between double quotes, for JSON and YAML.

use super::buffer::Sink;

/// What stands for a character.
pub(super) enum Escape {
    /// This text.
    Text(&'static str),
    /// This prefix, then the number of the character in so many hexadecimal digits.
    Number(&'static str, u32),
}

/// Writes `text` in double quotes; what `escape` has an answer for is replaced, the rest stays.
pub(super) fn quoted(sink: &mut dyn Sink, text: &str, escape: fn(char) -> Option<Escape>) {
    sink.put("\"");
    let mut kept = 0;
    for (at, c) in text.char_indices() {
        if let Some(escape) = escape(c) {
            sink.put(&text[kept..at]);
            put(sink, c, escape);
            kept = at + c.len_utf8();
        }
    }
    sink.put(&text[kept..]);
    sink.put("\"");
}

// Digit by digit: `format!` would leave a part of the secret on the heap.
fn put(sink: &mut dyn Sink, c: char, escape: Escape) {
    match escape {
        Escape::Text(text) => sink.put(text),
        Escape::Number(prefix, digits) => {
            sink.put(prefix);
            for place in (0..digits).rev() {
                let digit = (u32::from(c) >> (4 * place)) as usize & 0xf;
                sink.put(&"0123456789abcdef"[digit..=digit]);
            }
        }
    }
}

/// Whether a character changes how a terminal or an editor shows its neighbours: control characters, line
/// separators, marks of direction, the byte order mark.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
