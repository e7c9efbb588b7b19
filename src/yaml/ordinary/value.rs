//! What stands behind a key or a dash, told by its shape alone.

use std::{iter, ops::Range};

use super::super::{Item, Part, Style, parse::KEY_LIMIT, resolve::resolve};
use crate::value::Kind;

/// What stands behind a key.
pub(super) enum Value {
    /// Nothing: a map or a list follows.
    None,
    /// `|`, the header of a literal block.
    Block,
    /// A scalar of so many bytes.
    Scalar(Style, usize),
    /// `[a, "b"]`, of so many bytes.
    Words(usize),
}

/// What stands behind a dash.
pub(super) enum Element<'t> {
    /// A value.
    Value(Value),
    /// A map whose first key and value stand there.
    Map(&'t str, Value),
}

impl<'t> Element<'t> {
    pub(super) fn of(text: &'t str) -> Option<Self> {
        if let Some((key, value)) = entry(text) {
            return Some(Element::Map(key, value));
        }
        // A scalar here is no key only if no colon can make it one.
        scalar(text)
            .filter(|_| !text.contains(": "))
            .map(Element::Value)
    }
}

/// A key and what stands behind its colon.
pub(super) fn entry(text: &str) -> Option<(&str, Value)> {
    let is_start = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    text.as_bytes().first().filter(|b| is_start(b))?;
    let colon = memchr::memchr(b':', text.as_bytes())?;
    let value = Value::of(&text[colon + 1..])?;
    let key = &text[..colon];
    is_key(key).then_some((key, value))
}

impl Value {
    /// Takes what stands behind the colon.
    fn of(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Value::None);
        }
        let text = text.strip_prefix(' ')?;
        match text.as_bytes().first()? {
            b'|' => (text == "|").then_some(Value::Block),
            b'[' => is_words(text).then_some(Value::Words(text.len())),
            _ => scalar(text),
        }
    }
}

/// A scalar that fills the rest of its line.
fn scalar(text: &str) -> Option<Value> {
    let style = match text.as_bytes().first()? {
        b'"' => is_quoted(text).then_some(Style::Double)?,
        first if is_plain_start(*first) => is_plain(text).then_some(Style::Plain)?,
        _ => return None,
    };
    Some(Value::Scalar(style, text.len()))
}

/// Whether a text in `"` says what stands there.
fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.is_some_and(|inner| is_printable(inner) && !inner.contains(['"', '\\']))
}

/// No indicator of YAML, and nothing that begins a number with a sign.
fn is_plain_start(first: u8) -> bool {
    first.is_ascii_alphanumeric() || matches!(first, b'_' | b'^' | b'/' | b'+' | b'.' | b'(')
}

/// Without blanks nothing ends a plain scalar within a line, outside of flow collections, but a colon at its end; with them, colons and
/// comments could.
fn is_plain(text: &str) -> bool {
    match are_all(text, b'!') {
        true => !text.ends_with(':'),
        false => is_printable(text) && !text.ends_with(' ') && !text.contains([':', '#']),
    }
}

/// Whether a text is made of printable ASCII.
pub(super) fn is_printable(text: &str) -> bool {
    are_all(text, b' ')
}

/// Whether all bytes are between `first` and `~`; eight at once, however the compiler sees loops.
fn are_all(text: &str, first: u8) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let each = |b: u8| u64::from_ne_bytes([b; 8]);
    let (first_of_each, beyond) = (each(first), each(0x7f - b'~'));
    let seen = words.iter().fold(0, |seen, word| {
        let word = u64::from_ne_bytes(*word);
        // The upper bit of a byte is set where it is smaller, or larger; what is carried comes from such a byte alone.
        seen | word.wrapping_sub(first_of_each) | word.wrapping_add(beyond) | word
    });
    seen & each(0x80) == 0 && rest.iter().all(|b| (first..=b'~').contains(b))
}

/// Whether a list in brackets holds words alone, quoted or not.
fn is_words(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inner.is_some_and(|inner| inner.is_empty() || inner.split(", ").all(is_word))
}

fn is_word(word: &str) -> bool {
    let mut bytes = word.bytes();
    match bytes.next() {
        Some(b'"') => is_quoted(word) && !word.contains(','),
        first => first.is_some_and(|b| b.is_ascii_alphanumeric()) && bytes.all(is_word_byte),
    }
}

fn is_word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

/// The items of a list in brackets, which holds words alone.
pub(super) fn words(text: &str, list: Range<usize>) -> impl Iterator<Item = Item> {
    let inner = list.start + 1..list.end - 1;
    let mut at = inner.start;
    let words = text[inner.clone()]
        .split(", ")
        .filter(|word| !word.is_empty())
        .map(move |word| {
            let start = at;
            at += word.len() + 2;
            let style = match word.starts_with('"') {
                true => Style::Double,
                false => Style::Plain,
            };
            in_flow(Part::Value, style, start..start + word.len())
        });
    let bracket = |part, range| iter::once(in_flow(part, Style::Plain, range));
    bracket(Part::ListStart, list.start..inner.start)
        .chain(words)
        .chain(bracket(Part::ListEnd, inner.end..list.end))
}

fn in_flow(part: Part, style: Style, range: Range<usize>) -> Item {
    let mut item = Item::usual(part, style, range);
    item.is_flow = true;
    item
}

/// Whether a word is a plain key that is a string.
fn is_key(word: &str) -> bool {
    word.len() <= KEY_LIMIT
        && word.bytes().all(is_word_byte)
        && resolve(word).is_ok_and(|resolved| resolved.kind == Kind::Str)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bytes_at_once_are_seen_as_each_of_them(text in "([ -~]{6,10}|[ !~\u{7f}\u{1f}\u{80}\u{ff}]){0,3}") {
            for first in [b' ', b'!'] {
                let expected = text.bytes().all(|b| (first..=b'~').contains(&b));
                prop_assert_eq!(are_all(&text, first), expected);
            }
        }
    }
}
