//! Another node where one stands. Comments beside the key or dash stay there; those inside of a collection go with it, but for
//! those at its beginning and end where a scalar comes: they go above.

use super::{Edit, empty};
use crate::yaml::{
    Document, Entry, NodeRef, Part,
    lines::{line_start, next_line},
    write::{Draft, INDENT},
};

/// The place of a node in a block collection.
struct Slot {
    /// The byte after the `:` or `-` that leads the node.
    lead_end: usize,
    /// Where the lines of a block below it begin.
    column: usize,
    is_item: bool,
}

impl Document {
    /// Puts another scalar where a scalar stands.
    pub fn replace_scalar(&self, node: NodeRef<'_>, written: &str) -> Vec<Edit> {
        let item = node.item();
        let mut text = String::new();
        if item.range().is_empty()
            && !self.text()[..item.range().start].ends_with([' ', '\t', '\n'])
        {
            text.push(' ');
        }
        match item.is_flow {
            true => Draft::Scalar(written.to_owned()).push_flow(&mut text),
            false => text.push_str(written),
        }
        self.overwrite(node.index(), text)
    }

    /// Puts a text where a scalar is written: for a block in the place of its header, and its lines go.
    pub fn overwrite(&self, index: usize, text: impl Into<String>) -> Vec<Edit> {
        let item = &self.items()[index];
        let mut edits = vec![Edit::new(item.range(), text)];
        if !item.body().is_empty() {
            edits.push(Edit::new(item.body(), ""));
        }
        edits
    }

    /// Puts any node where another stands under a key.
    pub fn replace_entry(&self, entry: Entry<'_>, draft: &Draft) -> Vec<Edit> {
        let lead_end = self.after_colon(entry.key_index);
        let column = self.column_at(self.entry_start(entry.key_index));
        if lead_end == self.end_of(entry.key_index) {
            return self.add_value(entry.key_index, column, draft);
        }
        if self.items()[entry.key_index].is_flow {
            return self.replace_in_flow(entry.node, draft);
        }
        let slot = Slot {
            lead_end,
            column: column + INDENT,
            is_item: false,
        };
        self.replace_in_block(&slot, entry.node, draft)
    }

    /// Puts any node where another stands in a list.
    pub fn replace_item(&self, node: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        let is_in_flow = |list: usize| self.items()[list].is_flow;
        if self.parent_of(node).is_some_and(is_in_flow) {
            return self.replace_in_flow(node, draft);
        }
        let dash = self.dash_before(node);
        let slot = Slot {
            lead_end: dash + 1,
            column: self.column_at(dash) + 2,
            is_item: true,
        };
        self.replace_in_block(&slot, node, draft)
    }

    /// A key that stands alone gets its `:` and a value: `{a}`, or `? a` without a second line.
    fn add_value(&self, key_index: usize, column: usize, draft: &Draft) -> Vec<Edit> {
        let end = self.end_of(key_index);
        let mut text = String::new();
        if self.items()[key_index].is_flow {
            text.push_str(": ");
            draft.push_flow(&mut text);
            return vec![Edit::new(empty(end), text)];
        }
        let (at, eol) = (self.line_end_of(key_index), self.eol_at(end));
        text.push_str(&" ".repeat(column));
        text.push(':');
        draft.push_after_key(&mut text, column, eol);
        text.push_str(eol);
        vec![Edit::new(empty(at), text)]
    }

    fn replace_in_flow(&self, node: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        if let (Draft::Scalar(written), Part::Value) = (draft, node.item().part) {
            return self.replace_scalar(node, written);
        }
        let start = node.item().range().start;
        let mut text = String::new();
        if node.item().range().is_empty() && self.text()[..start].ends_with(':') {
            text.push(' ');
        }
        draft.push_flow(&mut text);
        vec![Edit::new(start..self.end_of(node.last_index()), text)]
    }

    fn replace_in_block(&self, slot: &Slot, node: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        let is_block = node.item().part != Part::Value && !node.item().is_flow;
        match (draft.inline(), is_block) {
            (Some(text), true) => self.inline_for_block(slot, node, text),
            (Some(text), false) if node.item().part == Part::Value => {
                self.replace_scalar(node, &text)
            }
            (Some(text), false) => {
                vec![Edit::new(
                    node.item().range().start..self.end_of(node.last_index()),
                    text,
                )]
            }
            (None, true) => self.block_for_block(slot, node, draft),
            (None, false) => self.block_for_inline(slot, node, draft),
        }
    }

    fn is_beside(&self, slot: &Slot, node: NodeRef<'_>) -> bool {
        !self.text()[slot.lead_end..node.item().range().start].contains('\n')
    }

    fn inline_for_block(&self, slot: &Slot, node: NodeRef<'_>, text: String) -> Vec<Edit> {
        let (start, end) = (
            node.item().range().start,
            self.line_end_of(node.last_index()),
        );
        let (mut edits, from) = match self.is_beside(slot, node) {
            true => {
                let written = text + self.eol_at(start);
                (vec![Edit::new(start..end, written)], start)
            }
            false => {
                let line = line_start(self.text(), start);
                let inline = Edit::new(empty(slot.lead_end), format!(" {text}"));
                (vec![inline, Edit::new(line..end, "")], line)
            }
        };
        edits.extend(self.raise(slot.lead_end, from..end));
        edits
    }

    fn block_for_block(&self, slot: &Slot, node: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        let (start, end) = (
            node.item().range().start,
            self.line_end_of(node.last_index()),
        );
        let eol = self.eol_at(start);
        if self.is_beside(slot, node) {
            let mut text = String::new();
            draft.push_block(&mut text, self.column_at(start), eol);
            return vec![Edit::new(start..end, text + eol)];
        }
        let lines = lines_of(draft, slot.column, eol);
        vec![Edit::new(line_start(self.text(), start)..end, lines)]
    }

    fn block_for_inline(&self, slot: &Slot, node: NodeRef<'_>, draft: &Draft) -> Vec<Edit> {
        let item = node.item();
        let (start, eol) = (item.range().start, self.eol_at(item.range().start));
        // A block scalar has its comment in the header, a collection in brackets after the last of them.
        let written_end = match item.part {
            Part::Value => item.range().end,
            _ => self.end_of(node.last_index()),
        };
        let line_end = next_line(self.text(), written_end);
        let has_comment = !self.text()[written_end..line_end].trim().is_empty();
        let is_beside = self.is_beside(slot, node);
        let mut edits = Vec::new();
        if !item.body().is_empty() {
            edits.push(Edit::new(item.body(), ""));
        }
        if !has_comment && (slot.is_item || !is_beside) {
            let mut text = String::new();
            let mut column = self.column_at(start);
            if item.range().is_empty() {
                text.push(' ');
                column += 1;
            }
            draft.push_block(&mut text, column, eol);
            edits.push(Edit::new(start..written_end, text));
            return edits;
        }
        let column = if is_beside {
            slot.column
        } else {
            self.column_at(start)
        };
        // What is left of the line is the comment: behind the key or dash, or where the value stood. sops reads no tab there.
        let rest = &self.text()[written_end..line_end];
        let comment = written_end + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let (from, gap) = match is_beside {
            true => (slot.lead_end, if has_comment { " " } else { "" }),
            false => (start, ""),
        };
        edits.push(Edit::new(from..comment, gap));
        edits.push(Edit::new(
            empty(line_end.max(item.body().end)),
            lines_of(draft, column, eol),
        ));
        edits
    }
}

/// A block as whole lines.
fn lines_of(draft: &Draft, column: usize, eol: &str) -> String {
    let mut text = " ".repeat(column);
    draft.push_block(&mut text, column, eol);
    text.push_str(eol);
    text
}
