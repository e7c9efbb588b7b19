//! The text of the metadata: made for new files, changed in place in others.

use super::{METADATA_KEY, Metadata, metadata::AgeEntry};
use crate::yaml::{
    Document, Entry, NodeRef,
    edit::Edit,
    lines::line_start,
    write::{Draft, INDENT, double_quoted, string},
};

/// The version of sops for which new files are written: the oldest that has no known fault with them.
pub const SOPS_VERSION: &str = "3.13.3";

/// The metadata of a file without values; its MAC is still to come.
pub(super) fn new_file(
    entries: &[AgeEntry],
    rule_keys: &[(&str, String)],
    lastmodified: &str,
    mac: &str,
) -> String {
    let mut text = format!("{METADATA_KEY}:\n{}age:", " ".repeat(INDENT));
    push_age(&mut text, INDENT, entries, "\n");
    let mut fields: Vec<(&str, String)> = vec![
        ("lastmodified", double_quoted(lastmodified)),
        ("mac", mac.to_owned()),
        ("version", SOPS_VERSION.to_owned()),
    ];
    fields.extend(
        rule_keys
            .iter()
            .map(|(key, text)| (*key, written_rule(key, text))),
    );
    fields.sort();
    for (key, value) in fields {
        text.push_str(&format!("{}{key}: {value}\n", " ".repeat(INDENT)));
    }
    text
}

fn written_rule(key: &str, text: &str) -> String {
    if key == "mac_only_encrypted" {
        text.to_owned()
    } else {
        string(text)
    }
}

/// Appends the age entries after `age:` at `column`, each with its name above it; ends with a line break.
fn push_age(text: &mut String, column: usize, entries: &[AgeEntry], eol: &str) {
    let width = if column == 0 { INDENT } else { column };
    let dash = " ".repeat(column + width);
    text.push_str(eol);
    for entry in entries {
        if let Some(name) = &entry.name {
            text.push_str(&format!("{dash}# {name}{eol}"));
        }
        text.push_str(&format!("{dash}- enc: |{eol}"));
        for line in entry.armor.lines() {
            text.push_str(&format!("{dash}    {line}{eol}"));
        }
        text.push_str(&format!(
            "{dash}  recipient: {}{eol}",
            string(&entry.recipient)
        ));
    }
}

/// The metadata of a document, to be changed.
pub(super) struct Header<'d> {
    document: &'d Document,
    node: NodeRef<'d>,
}

impl<'d> Header<'d> {
    /// `None` where the metadata is written in flow style.
    pub(super) fn of(document: &'d Document, metadata: &Metadata) -> Option<Self> {
        let root = document.root()?;
        let entry = root
            .entries()
            .find(|entry| entry.key_index == metadata.key_index())?;
        (!root.item().is_flow && !entry.node.item().is_flow).then_some(Header {
            document,
            node: entry.node,
        })
    }

    fn entry(&self, key: &str) -> Option<Entry<'d>> {
        self.node.entry(key)
    }

    fn column(&self) -> usize {
        self.document.column_at(self.node.item().range().start)
    }

    /// Sets a scalar of the metadata; a missing one goes before vault's own block, which is the last.
    pub(super) fn set(&self, key: &str, written: &str) -> Vec<Edit> {
        match self.entry(key) {
            Some(entry) => self.document.replace_scalar(entry.node, written),
            None => {
                let last = self
                    .node
                    .entries()
                    .filter(|entry| entry.key != super::BLOCK_KEY)
                    .last();
                self.document
                    .insert_entry(self.node, last, key, &Draft::Scalar(written.to_owned()))
            }
        }
    }

    /// Sets a rule key.
    pub(super) fn set_rule(&self, key: &str, text: &str) -> Vec<Edit> {
        self.set(key, &written_rule(key, text))
    }

    /// Writes the age entries anew.
    pub(super) fn set_age(&self, entries: &[AgeEntry]) -> Vec<Edit> {
        let Some(entry) = self.entry("age") else {
            return Vec::new();
        };
        let start = self.document.after_colon(entry.key_index);
        let end = self.document.end_of(entry.node.last_index());
        let eol = self.document.eol_at(start);
        let mut text = String::new();
        push_age(&mut text, self.column(), entries, eol);
        if !self.document.text()[..end].ends_with('\n') {
            text.truncate(text.len() - eol.len());
        }
        vec![Edit::new(start..end, text)]
    }

    /// Writes vault's own block, last.
    pub(super) fn set_block(&self, draft: &Draft) -> Vec<Edit> {
        match self.entry(super::BLOCK_KEY) {
            Some(entry) => self.document.replace_entry(entry, draft),
            None => self.document.insert_entry(
                self.node,
                self.node.entries().last(),
                super::BLOCK_KEY,
                draft,
            ),
        }
    }

    /// Takes vault's own block out.
    pub(super) fn remove_block(&self) -> Vec<Edit> {
        self.entry(super::BLOCK_KEY)
            .map(|entry| self.document.remove_entry(self.node, entry))
            .unwrap_or_default()
    }

    /// Moves the metadata to the end of the document, where sops writes it; nothing if it stands there.
    pub(super) fn move_last(&self) -> Vec<Edit> {
        let Some(root) = self.document.root() else {
            return Vec::new();
        };
        let Some(last) = root.entries().last() else {
            return Vec::new();
        };
        let Some(own) = self.entry_of(root) else {
            return Vec::new();
        };
        if last.key_index == own.key_index {
            return Vec::new();
        }
        let text = self.document.text();
        let start = line_start(text, self.document.items()[own.key_index].range().start);
        let end = self.document.line_end_of(own.node.last_index());
        let after = self.document.line_end_of(last.node.last_index());
        vec![
            Edit::new(start..end, ""),
            Edit::new(after..after, &text[start..end]),
        ]
    }

    fn entry_of(&self, root: NodeRef<'d>) -> Option<Entry<'d>> {
        root.entries()
            .find(|entry| entry.node.index() == self.node.index())
    }
}
