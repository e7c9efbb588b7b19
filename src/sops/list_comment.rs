//! Comments that sops wrote as items of a list: they are no items, and are put on lines of their own again where that is wanted.

use super::{File, OpenFile, error::SopsError};
use crate::{
    cipher::{Ciphertext, Tag},
    value::{Form, KeyPath, Step},
    yaml::{Document, NodeRef, Outline, Part, edit::Edit},
};

impl File {
    /// What stands at a path.
    pub(super) fn find(&self, path: &KeyPath) -> Option<NodeRef<'_>> {
        let mut steps = path.steps().iter().enumerate();
        steps.try_fold(self.document.root()?, |node, (depth, step)| match step {
            Step::Key(key) => node.get(key),
            Step::Index(index) => self.items_of(node, &path.steps()[..depth]).nth(*index),
        })
    }

    /// The items of the list at a path; comments are none.
    pub(super) fn items_of<'f>(
        &self,
        list: NodeRef<'f>,
        path: &[Step],
    ) -> impl Iterator<Item = NodeRef<'f>> + use<'f> {
        let encrypts = self.has_comment_items(path);
        list.items()
            .filter(move |item| !(encrypts && is_comment_item(*item)))
    }

    /// An item of the list at a path, or the first of the comments directly above it that are items themselves.
    pub(super) fn first_of<'f>(
        &self,
        list: NodeRef<'f>,
        item: NodeRef<'f>,
        path: &[Step],
    ) -> NodeRef<'f> {
        let encrypts = self.has_comment_items(path);
        let before = list
            .items()
            .take_while(|other| other.index() < item.index());
        let above = before.fold(None, |first, other| {
            let is_comment = encrypts && is_comment_item(other);
            first.or(Some(other)).filter(|_| is_comment)
        });
        above.unwrap_or(item)
    }

    /// Whether a comment could be an item there: what the rule leaves in clear is text, whatever it looks like.
    fn has_comment_items(&self, list: &[Step]) -> bool {
        let keys = list.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        self.metadata.rule.encrypts(keys)
    }
}

impl OpenFile {
    /// Puts the comments of a list on lines of their own, where it is about to lose its last item: with comments for items it would not be
    /// empty to everybody.
    pub(super) fn free_comments(&mut self, list: &KeyPath) -> Result<(), SopsError> {
        let (file, document) = (&self.file, self.file.document());
        let found = file.find(list).filter(|list| !list.item().is_flow);
        let Some(found) = found.filter(|_| file.has_comment_items(list.steps())) else {
            return Ok(());
        };
        let comments = found.items().filter(|item| is_comment_item(*item));
        let edits: Vec<Edit> = comments
            .flat_map(|item| {
                let written = format!("#{}", document.str_at(item.index()));
                comment_edits(document, item.index(), written)
            })
            .collect();
        match edits.is_empty() {
            true => Ok(()),
            false => self.edit(edits),
        }
    }
}

fn is_comment_item(item: NodeRef<'_>) -> bool {
    item.text().is_some_and(is_comment)
}

/// Whether a text is an encrypted comment.
pub(crate) fn is_comment(text: &str) -> bool {
    Ciphertext::looks_like(text)
        && Ciphertext::parse(text, Form::Lenient).is_ok_and(|sealed| sealed.tag() == Tag::Comment)
}

/// The edits that put `written`, a comment, where an encrypted comment stands.
///
/// A list without other items keeps its `[]`: it is empty, not null.
pub(super) fn comment_edits(document: &Document, index: usize, written: String) -> Vec<Edit> {
    let item = &document.items()[index];
    if item.part == Part::Comment {
        return vec![Edit::new(item.range(), written)];
    }
    let dash = document.text()[..item.range().start]
        .rfind('-')
        .unwrap_or(item.range().start);
    let mut edits = vec![Edit::new(dash..item.range().end, written)];
    if let Some(at) = end_of_lead(document, index) {
        edits.push(Edit::new(at..at, " []"));
    }
    edits
}

/// Where the `[]` goes, if the item is the first of a list of comments only.
fn end_of_lead(document: &Document, index: usize) -> Option<usize> {
    let outline = Outline::new(document);
    let list = outline.holder(index)?;
    let is_node = |at: &usize| {
        let part = document.items()[*at].part;
        outline.holder(*at) == Some(list) && part != Part::Comment
    };
    let nodes: Vec<usize> = (list + 1..document.partner(list)).filter(is_node).collect();
    let is_comment = |at: &usize| is_comment_item(document.node_at(*at));
    if nodes.first() != Some(&index) || !nodes.iter().all(is_comment) {
        return None;
    }
    Some(document.lead_end(document.node_at(list)))
}
