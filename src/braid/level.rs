//! A document taken apart into the lines of its keys.

use std::ops::Range;

use indexmap::IndexMap;

use crate::yaml::{Document, Entry, NodeRef, Part, Style, edit::is_document_end, lines::next_line};

/// A document with its comments at hand.
pub(super) struct Side<'d> {
    pub(super) document: &'d Document,
    /// The items that are comments, in the order of the text.
    comments: Vec<usize>,
}

impl<'d> Side<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let is_comment = |index: &usize| document.items()[*index].part == Part::Comment;
        Side {
            document,
            comments: (0..document.items().len()).filter(is_comment).collect(),
        }
    }

    pub(super) fn text(&self, range: &Range<usize>) -> &'d str {
        &self.document.text()[range.clone()]
    }

    /// The lines of a range without blanks around them.
    pub(super) fn lines(&self, range: &Range<usize>) -> Vec<&'d str> {
        self.text(range).lines().map(str::trim).collect()
    }

    /// The comments that begin in a range, by their bytes.
    pub(super) fn places(&self, range: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        self.items(range)
            .iter()
            .map(|index| self.document.items()[*index].range().clone())
    }

    /// The comments that begin in a range: what follows the `#`, without blanks at the end.
    pub(super) fn comments(&self, range: &Range<usize>) -> Vec<&'d str> {
        let text = |index: &usize| self.document.str_at(*index).trim_end();
        self.items(range).iter().map(text).collect()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<&'d str> {
        self.comments(&(0..self.document.text().len()))
    }

    fn items(&self, range: &Range<usize>) -> &[usize] {
        let before = |offset: usize| {
            let start = |index: &usize| self.document.items()[*index].range().start;
            self.comments.partition_point(|index| start(index) < offset)
        };
        &self.comments[before(range.start)..before(range.end)]
    }
}

/// A key of a map in lines.
pub(super) struct Piece<'d> {
    pub(super) entry: Entry<'d>,
    /// The lines above it: comments and blank ones.
    pub(super) gap: Range<usize>,
    /// Its own lines.
    pub(super) body: Range<usize>,
}

impl Piece<'_> {
    /// Gap and body.
    pub(super) fn whole(&self) -> Range<usize> {
        self.gap.start..self.body.end
    }

    /// Whether blank lines below it would become part of its value.
    pub(super) fn keeps_blank_lines(&self, document: &Document) -> bool {
        let last = self.entry.node.last_index();
        let scalar = document.items()[..=last]
            .iter()
            .rfind(|item| item.part == Part::Value);
        scalar.is_some_and(|item| {
            matches!(item.style, Style::Literal | Style::Folded)
                && document.text()[item.range().clone()].contains('+')
        })
    }
}

/// A map in lines.
pub(super) struct Level<'d> {
    pub(super) column: usize,
    pub(super) pieces: IndexMap<&'d str, Piece<'d>>,
    /// Where the lines of the first key begin, the gap above it included.
    pub(super) start: usize,
    /// Where the lines of the last key end.
    pub(super) end: usize,
}

impl<'d> Level<'d> {
    /// Takes a map apart whose lines begin at `start`; `None` where a key does not begin a line.
    fn of(document: &'d Document, map: NodeRef<'d>, start: usize) -> Option<Self> {
        if !map.is_map() || map.item().is_flow {
            return None;
        }
        let text = document.text();
        let first = map.entries().next()?;
        let line = &text[document.line_start_of(first.key_index)..];
        let mut level = Level {
            column: line.len() - line.trim_start_matches(' ').len(),
            pieces: IndexMap::new(),
            start,
            end: start,
        };
        for entry in map.entries() {
            let key = document.items()[entry.key_index].range().start;
            let line = document.line_start_of(entry.key_index);
            if line < level.end || !is_lead(&text[line..key]) || !is_gap(&text[level.end..line]) {
                return None;
            }
            let end = next_line(text, document.after_colon(entry.key_index))
                .max(document.line_end_of(entry.node.last_index()));
            let piece = Piece {
                entry,
                gap: level.end..line,
                body: line..end,
            };
            level.pieces.insert(entry.key, piece);
            level.end = end;
        }
        Some(level)
    }

    /// The map that a key holds, if it has lines of its own below the key's.
    pub(super) fn below(document: &'d Document, piece: &Piece<'d>) -> Option<Self> {
        let start = next_line(document.text(), document.after_colon(piece.entry.key_index));
        let level = Level::of(document, piece.entry.node, start)?;
        (level.end == piece.body.end).then_some(level)
    }
}

/// The map at the top, and what is around it.
pub(super) struct Root<'d> {
    /// Everything up to a `---`.
    pub(super) prelude: Range<usize>,
    pub(super) level: Level<'d>,
    /// The lines below the last key.
    pub(super) tail: Range<usize>,
    /// From a `...` on.
    pub(super) postlude: Range<usize>,
}

impl<'d> Root<'d> {
    pub(super) fn of(side: &Side<'d>) -> Option<Self> {
        let document = side.document;
        let (text, end) = (document.text(), document.end_of_data());
        let first = document
            .root()
            .map_or(end, |root| root.item().range().start);
        let start = start_of_data(&text[..first]);
        let level = match document.root() {
            Some(root) => Level::of(document, root, start)?,
            None => Level {
                column: 0,
                pieces: IndexMap::new(),
                start,
                end: start,
            },
        };
        let tail = level.end..end;
        (level.end <= end && is_gap(&text[tail.clone()])).then_some(Root {
            prelude: 0..start,
            level,
            tail,
            postlude: end..text.len(),
        })
    }
}

/// The line below a `---`, or the start of the text.
fn start_of_data(text: &str) -> usize {
    let mut offset = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        offset += line.len();
        if line.starts_with("---") {
            start = offset;
        }
    }
    start
}

/// What may stand before a key on its line.
fn is_lead(text: &str) -> bool {
    let text = text.trim_start_matches(' ');
    text.is_empty()
        || text
            .strip_prefix('?')
            .is_some_and(|rest| rest.trim().is_empty())
}

fn is_gap(text: &str) -> bool {
    let is_between = |line: &str| line.is_empty() || line.starts_with('#');
    text.lines()
        .all(|line| is_between(line.trim_start()) && !is_document_end(line))
}
