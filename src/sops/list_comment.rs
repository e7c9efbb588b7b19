//! Comments that sops wrote as items of a list, put on lines of their own again.

use super::change::find;
use crate::{
    cipher::{Ciphertext, Tag},
    value::Form,
    yaml::{Document, Outline, Part, edit::Edit},
};

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
    let is_comment = |at: &usize| {
        document.items()[*at].part == Part::Value
            && Ciphertext::parse(document.str_at(*at), Form::Lenient)
                .is_ok_and(|sealed| sealed.tag() == Tag::Comment)
    };
    if nodes.first() != Some(&index) || !nodes.iter().all(is_comment) {
        return None;
    }
    find(document, &outline.path(list)).map(|list| document.lead_end(list))
}
