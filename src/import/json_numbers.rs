//! The numbers of a JSON text as they are written; serde_json hands on what is left of their digits.

use crate::{
    value::{
        Kind,
        number::{is_canonical_float, is_canonical_int},
    },
    yaml::Place,
};

/// The numbers of a valid JSON text that would come back in another spelling, each with its place.
pub(super) fn odd(text: &str) -> Vec<(Place, Kind)> {
    let mut odd = Vec::new();
    let mut place = Place { line: 1, column: 1 };
    let mut rest = text;
    while !rest.is_empty() {
        let (token, after) = rest.split_at(length(rest));
        odd.extend(odd_kind(token).map(|kind| (place, kind)));
        place = match token {
            "\n" => Place {
                line: place.line + 1,
                column: 1,
            },
            _ => Place {
                column: place.column + token.chars().count(),
                ..place
            },
        };
        rest = after;
    }
    odd
}

/// The length of the string, number or single character that a text begins with.
fn length(text: &str) -> usize {
    match text.chars().next() {
        Some('"') => string(text),
        Some('-' | '0'..='9') => number(text),
        Some(other) => other.len_utf8(),
        None => 0,
    }
}

/// The type of a number whose spelling would not be kept; `None` for everything else.
fn odd_kind(token: &str) -> Option<Kind> {
    if !token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    match token.contains(['.', 'e', 'E']) {
        true => (!is_canonical_float(token)).then_some(Kind::Float),
        false => (!is_canonical_int(token)).then_some(Kind::Int),
    }
}

/// The length of the string that a text begins with, its quotes too.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the number that a text begins with.
fn number(text: &str) -> usize {
    let is_part = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E');
    text.bytes().position(|b| !is_part(b)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_come_back_as_they_are_written_are_not_odd() {
        for text in [
            "0",
            "-7",
            "9223372036854775807",
            "-9223372036854775808",
            "1.5",
            "-0.0",
            "0.1",
            "1000.0",
            "18446744073709552000.0",
        ] {
            assert_eq!(odd(&format!("{{\"a\": [{text}]}}")), [], "{text}");
        }
        let in_strings = r#"{"1e3": "1e3", "b": "\"1.50", "c\\": "\\"}"#;
        assert_eq!(odd(in_strings), []);
    }

    #[test]
    fn numbers_whose_digits_or_spelling_would_be_lost_are_odd() {
        for (text, kind) in [
            ("9223372036854775808", Kind::Int),
            ("18446744073709551615", Kind::Int),
            ("18446744073709551616", Kind::Int),
            ("-9223372036854775809", Kind::Int),
            ("12345678901234567890123", Kind::Int),
            ("-0", Kind::Int),
            ("0.1000000000000000055", Kind::Float),
            ("12345678901234567890123.5", Kind::Float),
            ("1.10", Kind::Float),
            ("1e3", Kind::Float),
            ("1E999", Kind::Float),
            ("1e-999", Kind::Float),
        ] {
            let place = Place { line: 2, column: 7 };
            let text = format!("{{\"ä\":\n\"ä\\\"\",{text}}}");
            assert_eq!(odd(&text), [(place, kind)], "{text}");
        }
    }
}
