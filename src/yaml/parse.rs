//! From text to a tape: the events of one document in the order of the text, each with its bytes.

use granit_parser::Parser;

use super::{
    Item,
    builder::Builder,
    error::{Place, Problem, YamlError},
    ordinary::{self, Head, Show},
    weave::{link, weave},
};

/// Bytes in a file: 64 MiB.
const FILE_LIMIT: usize = 64 << 20;
/// Nested collections, the map at the top included.
pub(crate) const DEPTH_LIMIT: usize = 64;
/// Bytes in a key.
pub(super) const KEY_LIMIT: usize = 255;

/// Reads the events of `text`, which ends in a line break; says how many of the first ones were shown before.
pub(super) fn tape(text: &str, show: &mut Show<'_>) -> Result<(Vec<Item>, usize), YamlError> {
    if text.len() > FILE_LIMIT {
        return Err(at(text, 0, Problem::TooLarge));
    }
    refuse_odd_line_breaks(text)?;
    // Whatever is wrong in a text, the parser says it, of the whole text.
    let short = ordinary::read(text, show).and_then(|head| {
        let shown = head.shown;
        Some((parsed(text, Some(head)).ok()?, shown))
    });
    short.map_or_else(
        || match parsed(text, None) {
            Ok(items) => Ok((items, 0)),
            Err(error) => Err(clearer(text, error)),
        },
        Ok,
    )
}

/// What the parser says of a text with both sides of a conflict in it helps nobody.
fn clearer(text: &str, error: YamlError) -> YamlError {
    match conflict(text.as_bytes()) {
        Some(offset) => at(text, offset, Problem::Conflict),
        None => error,
    }
}

/// Where the first line is with which git begins a conflict that it leaves in a file. Within a value such a line is indented.
pub fn conflict(text: &[u8]) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"<<<<<<< ") {
            return Some(offset);
        }
        offset += line.len();
    }
    None
}

/// Reads a text with the parser, from where its head ends; if that is before its end.
pub(super) fn parsed(text: &str, head: Option<Head>) -> Result<Vec<Item>, YamlError> {
    let head = match head {
        Some(Head {
            mut items, rest, ..
        }) if rest == text.len() => {
            link(&mut items);
            return Ok(items);
        }
        head => head,
    };
    let mut builder = Builder::new(text, head);
    let base = builder.base;
    let options = granit_parser::options! {
        strict_indentation: false,
        disallow_directives: true,
        emit_anchor_events: true,
        max_buffered_comment_events: 1_000_000,
    };
    for event in Parser::new_from_str_with_options(&text[base..], options) {
        let (event, span) = event.map_err(|error| {
            let offset = error.marker().byte_offset().unwrap_or(0);
            at(text, base + offset, Problem::Syntax(error.info()))
        })?;
        builder.take(event, span)?;
    }
    let Builder {
        items,
        mut comments,
        ..
    } = builder;
    comments.sort_by_key(|comment| comment.range().start);
    weave(text, items, comments)
}

pub(super) fn at(text: &str, offset: usize, problem: Problem) -> YamlError {
    YamlError {
        place: Place::of(text, offset),
        problem,
    }
}

/// U+0085, U+2028 and U+2029 end a line for go-yaml but not for YAML 1.2: a comment could hide a key. A lone CR is the same in reverse.
fn refuse_odd_line_breaks(text: &str) -> Result<(), YamlError> {
    let bytes = text.as_bytes();
    let is_odd = |offset: &usize| match bytes[*offset..] {
        [b'\r', b'\n', ..] => false,
        [b'\r', ..] | [0xc2, 0x85, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..] => true,
        _ => false,
    };
    match memchr::memchr3_iter(b'\r', 0xc2, 0xe2, bytes).find(is_odd) {
        Some(offset) => Err(at(text, offset, Problem::LineBreak)),
        None => Ok(()),
    }
}
