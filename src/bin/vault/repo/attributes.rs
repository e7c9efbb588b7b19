//! Files of attributes, read as git reads them, and not by libgit2, which knows no pattern in quotes.

use std::path::{Path, PathBuf};

use gix_ignore::glob::Pattern;

/// Attributes by which git alters a file.
pub(super) const FILTER: &[u8] = b"filter";
pub(super) const ENCODING: &[u8] = b"working-tree-encoding";
pub(super) const IDENT: &[u8] = b"ident";
/// What a line begins with that gives a name to several attributes.
const MACRO: &[u8] = b"[attr]";
/// Bytes of a line from which on git does not read it, since 2.30.7; and the beginning of names that it does not read, since 2.45.
const LINE_LIMIT: usize = 2046;
const RESERVED: &[u8] = b"builtin_";

/// How git reads files of attributes: its versions differ, and so do the places that it reads them in.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    reads_long: bool,
    reads_reserved: bool,
    /// In the index and in commits a file ends at a NUL, in the work tree only the line.
    ends_at_nul: bool,
}

impl Reading {
    const fn of(reads_long: bool, reads_reserved: bool, ends_at_nul: bool) -> Self {
        Reading {
            reads_long,
            reads_reserved,
            ends_at_nul,
        }
    }

    /// All that there are: before 2.30.7, before 2.45, and since, each in both places.
    const ALL: [Self; 6] = [
        Reading::of(true, true, false),
        Reading::of(true, true, true),
        Reading::of(false, true, false),
        Reading::of(false, true, true),
        Reading::of(false, false, false),
        Reading::of(false, false, true),
    ];

    /// Those that differ for some files: mostly one.
    pub(super) fn of_all(sources: &[Source<'_>]) -> &'static [Self] {
        match sources.iter().any(|source| source.is_read_in_two_ways()) {
            true => &Reading::ALL,
            false => &Reading::ALL[..1],
        }
    }
}

/// The text of a file of attributes, which counts from a folder.
pub(super) struct Source<'f> {
    pub(super) file: &'f Path,
    pub(super) folder: &'f Path,
    pub(super) text: &'f [u8],
}

impl<'f> Source<'f> {
    /// One outside of the work tree counts from its top.
    pub(super) fn outside((file, text): &'f (PathBuf, Vec<u8>)) -> Self {
        Source {
            file,
            folder: Path::new(""),
            text,
        }
    }

    fn is_read_in_two_ways(&self) -> bool {
        let mut lines = self.text.split(|byte| *byte == b'\n');
        memchr::memchr(0, self.text).is_some()
            || memchr::memmem::find(self.text, RESERVED).is_some()
            || lines.any(|line| line.len() >= LINE_LIMIT)
    }
}

/// A file of attributes.
pub(super) struct Attributes<'f> {
    pub(super) file: &'f Path,
    pub(super) folder: &'f Path,
    pub(super) lines: Vec<Line<'f>>,
}

pub(super) struct Line<'f> {
    pub(super) number: usize,
    pub(super) subject: Subject,
    pub(super) words: Vec<Word<'f>>,
}

/// What a line is about.
pub(super) enum Subject {
    Paths(Pattern),
    /// The name that it gives to its attributes.
    Macro(Vec<u8>),
}

/// An attribute as a line gives it.
pub(super) struct Word<'f> {
    pub(super) text: &'f [u8],
    pub(super) name: &'f [u8],
    pub(super) value: Value<'f>,
}

pub(super) enum Value<'f> {
    Set,
    /// Unset or unspecified: git does the same with it.
    Not,
    Text(&'f [u8]),
}

impl<'f> Attributes<'f> {
    pub(super) fn of(source: &Source<'f>, reading: Reading) -> Self {
        let text = source.text.strip_prefix(b"\xef\xbb\xbf");
        let text = text.unwrap_or(source.text);
        let end = memchr::memchr(0, text).filter(|_| reading.ends_at_nul);
        let text = &text[..end.unwrap_or(text.len())];
        // Only the file at the top, and those outside, may give names.
        let may_name = source.folder.as_os_str().is_empty();
        let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
        let line = |(number, text)| Line::of(number, text, may_name, reading);
        Attributes {
            file: source.file,
            folder: source.folder,
            lines: lines.filter_map(line).collect(),
        }
    }
}

impl<'f> Line<'f> {
    /// A line; nothing if it says nothing to git.
    pub(super) fn of(
        number: usize,
        text: &'f [u8],
        may_name: bool,
        reading: Reading,
    ) -> Option<Self> {
        // To git a line ends at a NUL.
        let text = text.split(|byte| *byte == 0).next()?;
        if text.len() >= LINE_LIMIT && !reading.reads_long {
            return None;
        }
        let text = &text[text.iter().position(|byte| !is_blank(byte))?..];
        if text[0] == b'#' {
            return None;
        }
        let plain = || {
            let end = text.iter().position(is_blank).unwrap_or(text.len());
            (text[..end].to_vec(), &text[end..])
        };
        let (subject, rest) = unquoted(text).unwrap_or_else(plain);
        let named = subject.strip_prefix(MACRO).filter(|it| !it.is_empty());
        let subject = match named {
            Some(_) if !may_name => return None,
            Some(name) if name.starts_with(RESERVED) && !reading.reads_reserved => return None,
            Some(name) => Subject::Macro(name.to_vec()),
            None => Subject::Paths(pattern(&subject)?),
        };
        let words = rest.split(is_blank).filter(|word| !word.is_empty());
        let words: Vec<Word<'_>> = words.map(Word::of).collect::<Option<_>>()?;
        let is_reserved = words.iter().any(|word| word.name.starts_with(RESERVED));
        let is_read = !is_reserved || reading.reads_reserved;
        (is_read && !words.is_empty()).then_some(Line {
            number,
            subject,
            words,
        })
    }
}

impl<'f> Word<'f> {
    pub(super) fn of(text: &'f [u8]) -> Option<Self> {
        let (word, value) = match text.iter().position(|byte| *byte == b'=') {
            Some(at) => (&text[..at], Value::Text(&text[at + 1..])),
            None => (text, Value::Set),
        };
        let (name, value) = match word.first()? {
            b'-' | b'!' => (&word[1..], Value::Not),
            _ => (word, value),
        };
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
        let is_name = !name.is_empty() && name[0] != b'-' && name.iter().all(is_of_name);
        is_name.then_some(Word { text, name, value })
    }

    pub(super) fn alters(&self, has_id: bool) -> bool {
        match (self.name, &self.value) {
            // No driver has an empty name.
            (FILTER, Value::Text(name)) => !name.is_empty(),
            (ENCODING, Value::Text(name)) => {
                let same: [&[u8]; 3] = [b"", b"utf-8", b"utf8"];
                !same.iter().any(|same| same.eq_ignore_ascii_case(name))
            }
            (IDENT, Value::Set) => has_id,
            _ => false,
        }
    }
}

fn is_blank(byte: &u8) -> bool {
    b" \t\r\n".contains(byte)
}

/// A pattern as git reads it; nothing if that is none.
fn pattern(text: &[u8]) -> Option<Pattern> {
    Pattern::from_bytes(text).filter(|pattern| !pattern.is_negative())
}

/// What stands in quotes at the beginning of a line, and the rest; nothing where git would take the quote for a part of the pattern.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut bytes = text.strip_prefix(b"\"")?.iter();
    let mut found = Vec::new();
    loop {
        match bytes.next()? {
            b'"' => return Some((found, bytes.as_slice())),
            b'\\' => found.push(match bytes.next()? {
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 11,
                byte @ (b'\\' | b'"') => *byte,
                first @ b'0'..=b'3' => {
                    let mut digit = || bytes.next().filter(|it| (b'0'..=b'7').contains(it));
                    let (second, third) = (digit()?, digit()?);
                    ((first - b'0') << 6) | ((second - b'0') << 3) | (third - b'0')
                }
                _ => return None,
            }),
            byte => found.push(*byte),
        }
    }
}
