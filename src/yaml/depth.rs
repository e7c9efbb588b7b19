//! How deep a text nests that another parser is to read: some of them take time with the square of that before they refuse it.

use granit_parser::{Event, Parser};

use super::parse::DEPTH_LIMIT;

/// Brackets in a text of which our parser does not see the end: nested all of them, they cost no time worth a word.
const BRACKETS: usize = 1_000;

/// Whether a text nests deeper than vault reads, or may do so.
pub(crate) fn is_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::SequenceStart(..) | Event::MappingStart(..), _)) => depth += 1,
            Ok((Event::SequenceEnd | Event::MappingEnd, _)) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(_) => return memchr::memchr2_iter(b'[', b'{', text.as_bytes()).count() > BRACKETS,
        }
        if depth > DEPTH_LIMIT {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_open_at_the_same_time_counts() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (text, expected) in [
            (String::new(), false),
            (nested(DEPTH_LIMIT), false),
            (nested(DEPTH_LIMIT + 1), true),
            (format!("a: {}", nested(DEPTH_LIMIT)), true),
            ("- ".repeat(DEPTH_LIMIT + 1) + "a", true),
            (format!("a: [{}]", "[], ".repeat(100_000)), false),
            (format!("a: '{}'", "[".repeat(100_000)), false),
            // What our parser stops at.
            ("a: [".to_owned(), false),
            (format!("a: [\n{}", "{".repeat(20)), false),
            ("&".to_owned() + &"[".repeat(100_000), true),
        ] {
            assert_eq!(is_deep(&text), expected, "{:.20}", text);
        }
    }
}
