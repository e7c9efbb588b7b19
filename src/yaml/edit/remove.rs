//! What goes: a key with its comments, an item with its dash.

use std::ops::Range;

use super::{Edit, empty};
use crate::yaml::{
    Document, Entry, NodeRef, Part,
    lines::{line_start, skip_blank},
};

impl Document {
    /// Takes a key out of a map that has others (of those that `counts`), else empties the map.
    pub fn remove_entry(&self, map: NodeRef<'_>, entry: Entry<'_>) -> Vec<Edit> {
        let start = self.entry_start(entry.key_index);
        let end = self
            .end_of(entry.node.last_index())
            .max(self.after_colon(entry.key_index));
        let end = self.inner_end_of(entry.node, end, self.column_at(start));
        self.remove(map, start, end, map.entries().count(), "{}")
    }

    /// Takes an item out of a list; the ones behind it move up.
    pub fn remove_item(&self, list: NodeRef<'_>, item: NodeRef<'_>) -> Vec<Edit> {
        self.remove_items(list, item, item)
    }

    /// The same for several that follow each other; a list with several keeps others.
    pub fn remove_items(
        &self,
        list: NodeRef<'_>,
        first: NodeRef<'_>,
        last: NodeRef<'_>,
    ) -> Vec<Edit> {
        let end = self.end_of(last.last_index());
        let start = match list.item().is_flow {
            true => first.item().range().start,
            false => self.dash_before(first),
        };
        let end = self.inner_end_of(last, end, self.column_at(start));
        self.remove(list, start, end, list.items().count(), "[]")
    }

    /// Where a node that ends at `end` ends with the comments below it that stand further in than a column, where it is a block.
    pub(super) fn inner_end_of(&self, node: NodeRef<'_>, end: usize, column: usize) -> usize {
        let line_end = self.after_line(end);
        let is_block = node.item().part != Part::Value && !node.item().is_flow;
        match self.inner_end(line_end, column) {
            inner if is_block && inner > line_end => inner,
            _ => end,
        }
    }

    fn remove(
        &self,
        parent: NodeRef<'_>,
        start: usize,
        end: usize,
        count: usize,
        empty_form: &str,
    ) -> Vec<Edit> {
        let is_root = parent.index() == self.root().map_or(0, NodeRef::index);
        if count == 1 && !is_root {
            return self.empty_out(parent, end, empty_form);
        }
        if parent.item().is_flow {
            return vec![Edit::new(self.with_comma(start, end), "")];
        }
        let line = line_start(self.text(), start);
        let line_end = self.after_line(end);
        if !self.text()[line..start].trim().is_empty() {
            // The first key after a dash: the next one takes its place there.
            let next = line_end + self.text()[line_end..].len()
                - self.text()[line_end..].trim_start().len();
            return vec![Edit::new(start..next, "")];
        }
        vec![Edit::new(
            self.comments_above(line, start - line)..line_end,
            "",
        )]
    }

    /// Takes away the last entry of a collection, which ends at `entry_end`; the comments that are left of it go above what leads it.
    fn empty_out(&self, node: NodeRef<'_>, entry_end: usize, form: &str) -> Vec<Edit> {
        let start = node.item().range().start;
        let end = self.end_of(node.last_index());
        if node.item().is_flow {
            return vec![Edit::new(start..end, form)];
        }
        let line_end = self.after_line(end.max(entry_end));
        let lead_end = self.lead_end(node);
        let line = line_start(self.text(), start);
        let (mut edits, from) = match self.text()[line..start].trim().is_empty() {
            // After a dash.
            false => {
                let written = format!("{form}{}", self.eol_at(start));
                (vec![Edit::new(start..line_end, written)], start)
            }
            true => {
                let from = self.comments_above(line, start - line);
                let emptied = Edit::new(empty(lead_end), format!(" {form}"));
                (vec![emptied, Edit::new(from..line_end, "")], from)
            }
        };
        edits.extend(self.raise(lead_end, from..line_end));
        edits
    }

    /// An entry of a flow collection with the comma before it, or with the one after it if it is the first.
    fn with_comma(&self, start: usize, end: usize) -> Range<usize> {
        let before = self.text()[..start].trim_end();
        if before.ends_with(',') {
            return before.len() - 1..end;
        }
        let after = skip_blank(self.text(), end);
        match self.text()[after..].starts_with(',') {
            true => start..skip_blank(self.text(), after + 1),
            false => start..end,
        }
    }

    /// Where the own-line comments directly above a line begin, those of the same column.
    pub(super) fn comments_above(&self, line: usize, column: usize) -> usize {
        let mut from = line;
        while from > 0 {
            let above = line_start(self.text(), from - 1);
            let text = &self.text()[above..from];
            let is_beside = text.len() - text.trim_start_matches([' ', '\t']).len() == column
                && text.trim_start().starts_with('#');
            // A line of a block scalar may look like a comment.
            let is_comment = self
                .items()
                .binary_search_by(|item| item.range().start.cmp(&(above + column)))
                .is_ok_and(|at| self.items()[at].part == Part::Comment);
            if !is_beside || !is_comment {
                break;
            }
            from = above;
        }
        from
    }
}
