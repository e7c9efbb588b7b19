//! A list in the place of another: item by item, where comments stand among the items, so that they stay.

use super::{ChangeError, OpenFile, change::node_at, list_comment::is_comment};
use crate::{
    value::{KeyPath, Map, Node, Step},
    yaml::Part,
};

impl OpenFile {
    /// The items of a list that is to take the place of one in which comments stand.
    pub(super) fn among_comments<'n>(&self, path: &KeyPath, node: &'n Node) -> Option<&'n [Node]> {
        let Node::List(items) = node else {
            return None;
        };
        let document = self.file.document();
        let list = self.file.find(path)?;
        if list.item().part != Part::ListStart || list.item().is_flow {
            return None;
        }
        let parts = document.items();
        let above = parts[..list.index()].last().map(|item| item.part);
        let is_comment = |at: usize| match parts[at].part {
            Part::Comment => true,
            Part::Value => is_comment(document.str_at(at)),
            _ => false,
        };
        let has_comments =
            above == Some(Part::Comment) || (list.index()..=list.last_index()).any(is_comment);
        has_comments.then_some(items)
    }

    /// Makes the items of a list those of another one: what is the same at both ends stays, each of the others takes the place of one, and one
    /// that is too many goes with the comments directly above it.
    ///
    /// # Errors
    ///
    /// As [`OpenFile::set`].
    pub(super) fn relist(&mut self, path: &KeyPath, new: &[Node]) -> Result<(), ChangeError> {
        let old = match node_at(&self.tree, path.steps()) {
            Some(Node::List(items)) => items.clone(),
            _ => return Err(ChangeError::Missing(path.clone())),
        };
        let (before, after) = same_at_both_ends(&old, new);
        let (old, new_end) = (old.len() - after, new.len() - after);
        let at = |index: usize| path.child(Step::Index(index));
        let items = || new.iter().enumerate().take(new_end);
        for (index, node) in items().take(old).skip(before) {
            self.set(&at(index), node)?;
        }
        for index in (new_end..old).rev() {
            self.unset(&at(index))?;
        }
        for (index, node) in items().skip(old) {
            self.insert_item(path, index, node)?;
        }
        Ok(())
    }

    fn insert_item(
        &mut self,
        list: &KeyPath,
        index: usize,
        node: &Node,
    ) -> Result<(), ChangeError> {
        let path = list.child(Step::Index(index));
        let is_last = node_at(&self.tree, path.steps()).is_none();
        let Some(before) = index.checked_sub(1).filter(|_| !is_last) else {
            return self.set(&path, node).map(drop);
        };
        let missing = || ChangeError::Missing(list.clone());
        let draft = self.draft(&path, node)?;
        let holder = self.file.find(list).ok_or_else(missing)?;
        let before = self.file.find(&list.child(Step::Index(before)));
        let edits = self.file.document().push_item_after(holder, before, &draft);
        self.edit(edits)?;
        push_at(&mut self.tree, list.steps(), index, node.clone());
        Ok(())
    }
}

/// How many items are the same at the beginning, and how many at the end. A new one always has one before it that is among those that differ:
/// what comes first keeps the comments above it.
fn same_at_both_ends(old: &[Node], new: &[Node]) -> (usize, usize) {
    let same = old.iter().zip(new).take_while(|(one, other)| one == other);
    let before = same.count();
    let rest = old.len().min(new.len()) - before;
    let ends = old.iter().rev().zip(new.iter().rev()).take(rest);
    let after = ends.take_while(|(one, other)| one == other).count();
    let is_put_first = before == 0 && after == old.len() && new.len() > old.len();
    (before, after - usize::from(is_put_first && after > 0))
}

/// Puts an item into a list of the tree, before the one that stands there.
fn push_at(tree: &mut Map, list: &[Step], index: usize, node: Node) {
    let Some((Step::Key(key), rest)) = list.split_first() else {
        return;
    };
    let Some(found) = tree.get_mut(key) else {
        return;
    };
    if let Some(Node::List(items)) = below(found, rest) {
        items.insert(index, node);
    }
}

fn below<'t>(node: &'t mut Node, steps: &[Step]) -> Option<&'t mut Node> {
    let Some((first, rest)) = steps.split_first() else {
        return Some(node);
    };
    match (node, first) {
        (Node::Map(map), Step::Key(key)) => below(map.get_mut(key)?, rest),
        (Node::List(items), Step::Index(index)) => below(items.get_mut(*index)?, rest),
        _ => None,
    }
}
