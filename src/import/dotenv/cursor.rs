//! A text that is read from the front, and the lines of what was read.

use zeroize::Zeroizing;

use super::{Fault, Found};
use crate::secret::secret;

/// A place in a text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    /// Where lines were last counted to, and how many there were.
    counted: (usize, usize),
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Cursor {
            text,
            at: 0,
            counted: (0, 1),
        }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Reads one character.
    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    /// Reads a text if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    /// Reads as many bytes of what comes next.
    pub(super) fn take(&mut self, bytes: usize) -> &'t str {
        let taken = &self.rest()[..bytes];
        self.at += bytes;
        taken
    }

    /// Reads while characters are of a kind.
    pub(super) fn take_while(&mut self, is_it: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|letter| !is_it(letter)).unwrap_or(rest.len());
        self.take(end)
    }

    /// Reads up to the end of the line, which stays.
    pub(super) fn take_line(&mut self) -> &'t str {
        self.take_while(|letter| letter != '\n')
    }

    /// The line that is being read, counted from 1.
    pub(super) fn line(&mut self) -> usize {
        let (from, lines) = self.counted;
        let new = self.text[from..self.at].bytes().filter(|b| *b == b'\n');
        self.counted = (self.at, lines + new.count());
        self.counted.1
    }

    /// The comment that stands between here and the end of the line, if nothing else does.
    pub(super) fn comment_beside(&self) -> Option<String> {
        let line = self.rest().split('\n').next().unwrap_or_default();
        let comment = line.trim_start().strip_prefix('#')?;
        Some(comment.trim_end_matches('\r').to_owned())
    }
}

/// The text of a value that is being put together; it never outgrows what it is read from.
pub(super) struct Value(Zeroizing<String>);

impl Value {
    /// For a value that stands in `source`.
    pub(super) fn within(source: &str) -> Self {
        Value(Zeroizing::new(String::with_capacity(source.len())))
    }

    pub(super) fn push(&mut self, letter: char) {
        self.0.push(letter);
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.0.push_str(text);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Found {
    /// A key whose value is known.
    pub(super) fn value(key: &str, line: usize, value: &str) -> Self {
        Found::with(key, line, super::Reading::Value(secret(value)))
    }

    pub(super) fn with(key: &str, line: usize, reading: super::Reading) -> Self {
        Found {
            key: key.to_owned(),
            line,
            end_line: line,
            beside: None,
            reading,
        }
    }
}

/// `\r\n` as `\n`, where a reader does not tell them apart.
pub(super) fn with_plain_line_ends(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.replace("\r\n", "\n"))
}

/// The line of a byte, counted from 1.
pub(super) fn lines_before(text: &str, at: usize) -> usize {
    text[..at].bytes().filter(|b| *b == b'\n').count() + 1
}

pub(super) const ODD_LINE_END: &str =
    "a character that only some readers take for the end of a line";

/// The first character that only some readers take for the end of a line.
pub(super) fn odd_line_end(text: &str, odd: &[char]) -> Option<Fault> {
    text.find(odd).map(|at| Fault {
        line: lines_before(text, at),
        why: ODD_LINE_END,
    })
}
