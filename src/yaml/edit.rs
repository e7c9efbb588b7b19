//! Changing a document where it stands: every byte that is not part of the change stays.
//!
//! Where things go (measured on what people write and on what sops does to comments): a new key after its map's last key and side comment,
//! before trailing comments and blank lines, indented as its siblings; a removed key takes its side comment and the own-line comments
//! directly above it along, and a map or list what stands in it; what is left of one that becomes empty goes above it.

mod moves;
mod raise;
mod remove;
mod replace;

pub use moves::Moves;

use std::ops::Range;

use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    Document, Entry, NodeRef, Part,
    lines::{line_start, next_line, skip_blank},
    write::{Draft, INDENT, string},
};

/// Bytes to be replaced by a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub text: String,
}

/// Two edits that touch the same bytes: a mistake in this program, never written.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("two changes to the same place of the file")]
pub struct Overlap;

impl Edit {
    /// An edit.
    pub fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Edit {
            range,
            text: text.into(),
        }
    }
}

/// Makes the edits; those at one place in the order in which they are given.
///
/// # Errors
///
/// [`Overlap`].
pub fn apply(text: &str, mut edits: Vec<Edit>) -> Result<Zeroizing<String>, Overlap> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let grown: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut out = Zeroizing::new(String::with_capacity(text.len() + grown));
    let mut from = 0;
    for edit in &edits {
        let kept = text.get(from..edit.range.start).ok_or(Overlap)?;
        out.push_str(kept);
        out.push_str(&edit.text);
        from = edit.range.end;
    }
    out.push_str(text.get(from..).ok_or(Overlap)?);
    Ok(out)
}

impl Document {
    /// The line end in use at a place: that of its own line, else that of the line before.
    pub fn eol_at(&self, offset: usize) -> &'static str {
        let text = self.text();
        let end = next_line(text, offset);
        let line = if offset == text.len() {
            &text[..offset]
        } else {
            &text[..end]
        };
        if line.ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// The column of a byte, counted in bytes from zero.
    pub fn column_at(&self, offset: usize) -> usize {
        offset - line_start(self.text(), offset)
    }

    /// Where an item ends, its block lines included.
    pub fn end_of(&self, index: usize) -> usize {
        let item = &self.items()[index];
        item.range().end.max(item.body().end)
    }

    /// The end of the line on which an item ends.
    pub fn line_end_of(&self, index: usize) -> usize {
        let end = self.end_of(index);
        if self.items()[index].body().end == end && end > 0 && self.text()[..end].ends_with('\n') {
            return end;
        }
        match (
            self.text()[..end].ends_with('\n'),
            self.items()[index].range().is_empty(),
        ) {
            // An end of a block collection whose last node is a block scalar.
            (true, true) => end,
            _ => next_line(self.text(), end),
        }
    }

    /// Where another key of the root could follow everything, comments included: the end of the text, or the line of a closing `...`.
    pub fn end_of_data(&self) -> usize {
        let mut offset = self
            .root()
            .map_or(0, |root| self.line_end_of(root.last_index()));
        while offset < self.text().len() {
            let end = next_line(self.text(), offset);
            if is_document_end(&self.text()[offset..end]) {
                return offset;
            }
            offset = end;
        }
        self.text().len()
    }

    /// The start of the line on which an item begins.
    pub fn line_start_of(&self, index: usize) -> usize {
        line_start(self.text(), self.items()[index].range().start)
    }

    /// Where an entry begins: at its key, or at the `?` before it.
    fn entry_start(&self, key_index: usize) -> usize {
        let start = self.items()[key_index].range().start;
        let before = self.text()[..start].trim_end_matches([' ', '\t']);
        match before.len() < start && before.ends_with('?') {
            true => before.len() - 1,
            false => start,
        }
    }

    /// Adds keys on the lines before another one.
    pub fn insert_before(&self, entry: Entry<'_>, new: &[(String, Draft)]) -> Vec<Edit> {
        let start = self.items()[entry.key_index].range().start;
        let (at, column) = (line_start(self.text(), start), self.column_at(start));
        let eol = self.eol_at(start);
        let mut text = " ".repeat(column);
        Draft::Map(new.to_vec()).push_block(&mut text, column, eol);
        text.push_str(eol);
        vec![Edit::new(empty(at), text)]
    }

    /// The byte after the `:` of a key, or where one would stand.
    pub fn after_colon(&self, key_index: usize) -> usize {
        let end = self.end_of(key_index);
        let colon = skip_blank(self.text(), end);
        let after = &self.text()[colon..];
        let is_colon = match self.items()[key_index].is_flow {
            true => after.starts_with(':'),
            false => {
                after.starts_with(": ")
                    || after.starts_with(":\t")
                    || after.starts_with(":\n")
                    || after.starts_with(":\r")
            }
        };
        if is_colon { colon + 1 } else { end }
    }

    /// Adds one key to a map, as [`Document::insert_entries`] does several.
    pub fn insert_entry(
        &self,
        map: NodeRef<'_>,
        after: Option<Entry<'_>>,
        key: &str,
        draft: &Draft,
    ) -> Vec<Edit> {
        self.insert_entries(map, after, &[(key.to_owned(), draft.clone())])
    }

    /// Adds keys to a map; `after` is the entry that they follow (the last one that counts), `None` for an empty map.
    pub fn insert_entries(
        &self,
        map: NodeRef<'_>,
        after: Option<Entry<'_>>,
        new: &[(String, Draft)],
    ) -> Vec<Edit> {
        let block = Draft::Map(new.to_vec());
        match after {
            Some(last) if map.item().is_flow => {
                let mut text = String::new();
                for (key, draft) in new {
                    text.push_str(", ");
                    push_flow_entry(&mut text, key, draft);
                }
                let end = self
                    .end_of(last.node.last_index())
                    .max(self.after_colon(last.key_index));
                if !map.item().range().is_empty() {
                    return vec![Edit::new(empty(end), text)];
                }
                // `[a: 1]`: only braces hold two keys.
                let start = map.item().range().start;
                vec![
                    Edit::new(empty(start), "{"),
                    Edit::new(empty(end), format!("{text}}}")),
                ]
            }
            Some(last) => {
                let column = self.column_at(map.item().range().start);
                let end = self
                    .end_of(last.node.last_index())
                    .max(self.after_colon(last.key_index));
                self.insert_lines(end, column, |text, eol| block.push_block(text, column, eol))
            }
            None => self.fill_empty(map, &block),
        }
    }

    /// Adds an item at the end of a list.
    pub fn push_item(&self, list: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        self.push_item_after(list, None, draft)
    }

    /// The same; `last` is the item that it follows, where it is not to be the last one of all.
    pub fn push_item_after(
        &self,
        list: NodeRef<'_>,
        last: Option<NodeRef<'_>>,
        draft: &Draft,
    ) -> Vec<Edit> {
        self.push_items_after(list, last, std::slice::from_ref(draft))
    }

    /// The same for several.
    pub fn push_items_after(
        &self,
        list: NodeRef<'_>,
        last: Option<NodeRef<'_>>,
        drafts: &[Draft],
    ) -> Vec<Edit> {
        let block = Draft::List(drafts.to_vec());
        let Some(last) = last.or_else(|| list.items().last()) else {
            return self.fill_empty(list, &block);
        };
        let end = self.end_of(last.last_index());
        if list.item().is_flow {
            let mut text = String::new();
            for draft in drafts {
                text.push_str(", ");
                draft.push_flow(&mut text);
            }
            return vec![Edit::new(empty(end), text)];
        }
        let column = self.column_at(list.item().range().start);
        let end = self.inner_end_of(last, end.max(self.after_dash(last)), column);
        self.insert_lines(end, column, |text, eol| {
            block.push_block(text, column, eol);
        })
    }

    /// Adds items before another one of their list, above the comments directly above it.
    pub fn push_items_before(&self, item: NodeRef<'_>, drafts: &[Draft]) -> Vec<Edit> {
        let is_in_flow = |list: usize| self.items()[list].is_flow;
        let (mut text, start) = (String::new(), item.item().range().start);
        if self.parent_of(item).is_some_and(is_in_flow) {
            for draft in drafts {
                draft.push_flow(&mut text);
                text.push_str(", ");
            }
            return vec![Edit::new(empty(start), text)];
        }
        let dash = self.dash_before(item);
        let (column, eol) = (self.column_at(dash), self.eol_at(dash));
        let line = line_start(self.text(), dash);
        let above = self.comments_above(line, column);
        let is_first = self.text()[line..dash].trim().is_empty();
        let at = if is_first { above + column } else { dash };
        Draft::List(drafts.to_vec()).push_block(&mut text, column, eol);
        text.push_str(eol);
        text.push_str(&" ".repeat(column));
        vec![Edit::new(empty(at), text)]
    }

    fn after_dash(&self, item: NodeRef<'_>) -> usize {
        item.item().range().start
    }

    /// Adds lines after the line on which something ends.
    fn insert_lines(
        &self,
        end: usize,
        column: usize,
        write: impl FnOnce(&mut String, &str),
    ) -> Vec<Edit> {
        let at = if self.text()[..end].ends_with('\n') && end > 0 {
            end
        } else {
            next_line(self.text(), end)
        };
        let eol = self.eol_at(at.saturating_sub(1));
        let mut text = " ".repeat(column);
        write(&mut text, eol);
        text.push_str(eol);
        vec![Edit::new(empty(at), text)]
    }

    /// Gives `{}` or `[]` its first entry: as a block, unless it stands in a flow collection itself.
    fn fill_empty(&self, node: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        let (start, end) = (node.item().range().start, self.end_of(node.last_index()));
        let eol = self.eol_at(start);
        let mut text = String::new();
        let holds_comment = node.last_index() > node.index() + 1;
        let parent = self.parent_of(node);
        if holds_comment || parent.is_none_or(|parent| self.items()[parent].is_flow) {
            draft.push_flow(&mut text);
            text.pop();
            return vec![Edit::new(start..start + 1, text)];
        }
        if parent.is_some_and(|parent| self.items()[parent].part == Part::ListStart) {
            draft.push_block(&mut text, self.column_at(start), eol);
            return vec![Edit::new(start..end, text)];
        }
        let key = self.items()[..node.index()]
            .iter()
            .rfind(|item| item.part == Part::Key);
        let indent = key.map_or(0, |key| self.column_at(key.range().start)) + INDENT;
        text.push_str(&" ".repeat(indent));
        draft.push_block(&mut text, indent, eol);
        text.push_str(eol);
        let blank = self.text()[..start].trim_end_matches(' ').len();
        vec![
            Edit::new(blank..end, ""),
            Edit::new(empty(next_line(self.text(), end)), text),
        ]
    }

    /// The collection that holds a node.
    fn parent_of(&self, node: NodeRef<'_>) -> Option<usize> {
        let holds = |index: &usize| self.items()[*index].partner() > node.index();
        (0..node.index()).rev().find(holds)
    }

    /// The dash that leads an item of a block list.
    fn dash_before(&self, item: NodeRef<'_>) -> usize {
        let mut before = item.item().range().start;
        for comment in self.items()[..item.index()]
            .iter()
            .rev()
            .take_while(|item| item.part == Part::Comment)
        {
            if self.text()[comment.range().end..before].trim().is_empty() {
                before = comment.range().start;
            }
        }
        self.text()[..before].rfind('-').unwrap_or(before)
    }

    /// The byte after the `:` or `-` that leads a node.
    pub fn lead_end(&self, node: NodeRef<'_>) -> usize {
        let is_item = self
            .parent_of(node)
            .is_some_and(|parent| self.items()[parent].part == Part::ListStart);
        if is_item {
            return self.dash_before(node) + 1;
        }
        self.items()[..node.index()]
            .iter()
            .rposition(|item| item.part == Part::Key)
            .map_or(node.item().range().start, |key| self.after_colon(key))
    }
}

/// Whether a line is `...`, alone or with a comment.
pub(crate) fn is_document_end(line: &str) -> bool {
    let rest = line
        .strip_prefix("...")
        .map(|rest| (rest, rest.trim_start()));
    rest.is_some_and(|(rest, text)| {
        text.is_empty() || (text.len() < rest.len() && text.starts_with('#'))
    })
}

fn empty(at: usize) -> Range<usize> {
    at..at
}

fn push_flow_entry(out: &mut String, key: &str, draft: &Draft) {
    out.push_str(&string(key));
    out.push_str(": ");
    draft.push_flow(out);
}

#[cfg(test)]
mod tests;
