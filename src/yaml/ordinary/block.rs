//! The lines of a literal block scalar.

use zeroize::Zeroizing;

use super::{
    super::{Item, Part, Style, item::Text},
    value::is_printable,
};

/// A literal block scalar whose lines are being read.
pub(super) struct Block {
    header: usize,
    /// The column of the map that holds it.
    outside: usize,
    /// The lines: how far they are indented, and their bytes.
    lines: Option<Lines>,
}

struct Lines {
    indent: usize,
    count: usize,
    start: usize,
    end: usize,
}

impl Block {
    /// One whose `|` stands at `header`.
    pub(super) fn new(header: usize, outside: usize) -> Self {
        Block {
            header,
            outside,
            lines: None,
        }
    }

    /// Takes a line; `false` if it stands outside. `None` where only the parser knows: blank lines, odd bytes, no line at all.
    pub(super) fn take(&mut self, start: usize, column: usize, content: &str) -> Option<bool> {
        let indent = self
            .lines
            .as_ref()
            .map_or(self.outside + 1, |lines| lines.indent);
        if content.is_empty() || !is_printable(content) {
            return None;
        }
        if column < indent {
            return self.lines.is_some().then_some(false);
        }
        let lines = self.lines.get_or_insert(Lines {
            indent: column,
            count: 0,
            start,
            end: start,
        });
        lines.count += 1;
        lines.end = start + column + content.len() + 1;
        Some(true)
    }

    /// The value.
    pub(super) fn item(self, text: &str) -> Item {
        let header = self.header..self.header + 1;
        let (body, said) = match self.lines {
            Some(lines) => (lines.start..lines.end, lines.said(text)),
            None => (0..0, String::new()),
        };
        let said = Text::Owned(Zeroizing::new(said.into_boxed_str()));
        Item::new(Part::Value, Style::Literal, header, body, said)
    }
}

impl Lines {
    /// The lines without their indentation.
    fn said(&self, text: &str) -> String {
        let body = &text[self.start..self.end];
        // Exactly as long as it becomes: what grew would leave copies.
        let mut said = String::with_capacity(body.len() - self.indent * self.count);
        for line in body.split_inclusive('\n') {
            said.push_str(&line[self.indent..]);
        }
        said
    }
}
