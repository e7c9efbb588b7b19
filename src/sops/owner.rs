//! Which collection a comment belongs to for sops: its path is the additional data of the comment.
//!
//! sops takes a comment from the node to which go-yaml attaches it, and go-yaml attaches comments while it reads, by line and column and by what
//! it has read so far. There is no short rule that is always right, so this module does what go-yaml does: `tokens` finds the comments,
//! `nodes` attaches them, and here they get their owner as in `stores/yaml/store.go` of sops 3.13:
//!
//! * a comment of a key, or of the scalar that it holds: the map,
//! * a comment of a map or list that a key holds: that map or list,
//! * a comment of an item, whatever it is: the list,
//! * a comment at the end of the document: the root.
//!
//! Where a formatter has moved a comment, the reader tries the other collections of the file as well; only the writer depends on this.

mod nodes;
mod tokens;

use super::error::{Reason, SopsError};
use crate::yaml::{Document, Outline, Place};
use nodes::{Attached, Content, Node, Tree};

/// The owners of all comments of a document.
pub(super) struct Owners {
    owners: Vec<Option<usize>>,
    /// Where go-yaml does not find what the document has: then the owners are not known.
    unread_from: Option<usize>,
}

impl Owners {
    /// Goes through the document once.
    pub(super) fn new(outline: &Outline<'_>) -> Self {
        let document = outline.document();
        let count = document.items().len();
        // What go-yaml loses belongs to what is around it; sops never sees it.
        let mut owners = Owners {
            owners: (0..count).map(|item| outline.holder(item)).collect(),
            unread_from: None,
        };
        let Some(root) = document.root() else {
            return owners;
        };
        match nodes::tree(document) {
            Ok(tree) => owners.document(tree, root.index()),
            Err(differs) => owners.unread_from = Some(differs.at),
        }
        owners
    }

    /// The start of the collection that a comment belongs to; `None` for a document without keys.
    pub(super) fn of(&self, comment: usize) -> Option<usize> {
        self.owners.get(comment).copied().flatten()
    }

    /// Where go-yaml, and with it sops, stops reading; `None` if it reads all of it.
    pub(super) fn unread_from(&self) -> Option<usize> {
        self.unread_from
    }

    /// Refuses a document that sops could not read.
    ///
    /// # Errors
    ///
    /// [`Reason::Unreadable`] with the place.
    pub(super) fn check(&self, document: &Document) -> Result<(), SopsError> {
        match self.unread_from {
            None => Ok(()),
            Some(offset) => Err(SopsError {
                place: Some(Place::of(document.text(), offset)),
                path: None,
                reason: Reason::Unreadable,
            }),
        }
    }

    fn give(&mut self, owner: usize, comments: Attached) {
        for comments in [comments.above, comments.beside, comments.below] {
            self.give_all(owner, comments);
        }
    }

    fn give_all(&mut self, owner: usize, comments: Vec<usize>) {
        for comment in comments {
            self.owners[comment] = Some(owner);
        }
    }

    fn document(&mut self, tree: Tree, root: usize) {
        self.give_all(root, tree.below);
        self.give(root, tree.root.comments);
        self.content(tree.root.content);
    }

    fn content(&mut self, content: Content) {
        match content {
            Content::Scalar => {}
            Content::Map(map, entries) => {
                for (key, value) in entries {
                    self.give(map, key.comments);
                    self.value(map, value);
                }
            }
            Content::List(list, items) => {
                for item in items {
                    self.give(list, item.comments);
                    self.content(item.content);
                }
            }
        }
    }

    fn value(&mut self, map: usize, value: Node) {
        let owner = match &value.content {
            Content::Scalar => map,
            Content::Map(start, _) | Content::List(start, _) => *start,
        };
        self.give(owner, value.comments);
        self.content(value.content);
    }
}

#[cfg(test)]
mod tests;
