//! A list in the place of another: part by part, where comments stand in it, so that they stay.

mod features;
mod moving;
mod pairs;

use super::{ChangeError, OpenFile, change::node_at, list_comment::is_comment};
use crate::{
    value::{KeyPath, Map, Node, Step},
    yaml::Part,
};
use pairs::{Pairing, pairing};

/// What makes lists others: what takes the place of something, what is new and what goes. Everything else stays.
#[derive(Default)]
pub(super) struct Changes<'n> {
    /// Nodes in the place of others.
    pub(super) replaced: Vec<(KeyPath, &'n Node)>,
    /// New keys of maps.
    pub(super) keys: Vec<(KeyPath, String, &'n Node)>,
    /// What moves others.
    pub(super) moves: Vec<Move<'n>>,
}

/// What moves the items behind it.
pub(super) enum Move<'n> {
    /// New items, before the one at the path.
    In(KeyPath, &'n [Node]),
    /// A key or an item goes.
    Out(KeyPath),
}

impl Move<'_> {
    fn path(&self) -> &KeyPath {
        match self {
            Move::In(path, _) | Move::Out(path) => path,
        }
    }

    /// Inner ones come before outer ones, and later items before earlier ones: so none of them moves another one's place. New items go before
    /// one that stays, or behind all: they come before what goes in front of it. The keys of a map stay as they are.
    fn order(&self) -> std::cmp::Reverse<(usize, KeyPath)> {
        let path = self.path();
        let place = match path.split_last() {
            Some((map, Step::Key(_))) => map,
            _ => path.clone(),
        };
        std::cmp::Reverse((path.steps().len(), place))
    }
}

impl<'n> Changes<'n> {
    /// What makes the node at a path another one.
    pub(super) fn between(&mut self, path: &KeyPath, old: &Node, new: &'n Node) {
        match (old, new) {
            _ if old == new => {}
            (Node::Map(old), Node::Map(new)) if !old.is_empty() => {
                self.keys_between(path, old, new);
            }
            (Node::List(old), Node::List(new)) if !old.is_empty() => {
                self.items_between(path, old, new);
            }
            _ => self.replaced.push((path.clone(), new)),
        }
    }

    fn keys_between(&mut self, path: &KeyPath, old: &Map, new: &'n Map) {
        let at = |key: &str| path.child(Step::Key(key.to_owned()));
        for (key, node) in new.iter() {
            match old.get(key) {
                Some(before) => self.between(&at(key), before, node),
                None => self.keys.push((path.clone(), key.to_owned(), node)),
            }
        }
        let gone = old.iter().filter(|(key, _)| new.get(key).is_none());
        let gone: Vec<_> = gone.map(|(key, _)| Move::Out(at(key))).collect();
        // The last one first: what stands above it is of no key before it then.
        self.moves.extend(gone.into_iter().rev());
    }

    fn items_between(&mut self, path: &KeyPath, old: &[Node], new: &'n [Node]) {
        let at = |index: usize| path.child(Step::Index(index));
        let Pairing { pairs, gone, runs } = pairing(old, new);
        for (before, after) in pairs {
            self.between(&at(before), &old[before], &new[after]);
        }
        let gone = gone.into_iter().map(|index| Move::Out(at(index)));
        self.moves.extend(gone);
        let runs = runs.into_iter();
        let runs = runs.map(|(before, run)| Move::In(at(before), &new[run]));
        self.moves.extend(runs);
    }

    /// Everything that is to be written, with its path.
    fn written(&self) -> impl Iterator<Item = (KeyPath, &'n Node)> {
        let replaced = self.replaced.iter().cloned();
        let child = |(map, key, node): &(KeyPath, String, &'n Node)| {
            (map.child(Step::Key(key.clone())), *node)
        };
        let items = self.moves.iter().flat_map(|one| match one {
            Move::In(path, run) => run.iter().map(|node| (path.clone(), node)).collect(),
            Move::Out(_) => Vec::new(),
        });
        replaced.chain(self.keys.iter().map(child)).chain(items)
    }
}

impl OpenFile {
    /// Whether a list is to take the place of one in which comments stand.
    pub(super) fn is_among_comments(&self, path: &KeyPath, node: &Node) -> bool {
        let document = self.file.document();
        let list = self.file.find(path).filter(|list| {
            let item = list.item();
            item.part == Part::ListStart && !item.is_flow && matches!(node, Node::List(_))
        });
        let Some(list) = list else {
            return false;
        };
        let parts = document.items();
        let is_end = |part: Part| matches!(part, Part::MapEnd | Part::ListEnd);
        let mut below = parts[list.last_index()..].iter().map(|item| item.part);
        let above = parts[..list.index()].last().map(|item| item.part);
        let around = [above, below.find(|part| !is_end(*part))];
        let is_comment = |at: usize| match parts[at].part {
            Part::Comment => true,
            Part::Value => is_comment(document.str_at(at)),
            _ => false,
        };
        around.contains(&Some(Part::Comment)) || (list.index()..=list.last_index()).any(is_comment)
    }

    /// Adds what makes the list at a path another one.
    ///
    /// # Errors
    ///
    /// For values that the rule of the file would leave in clear.
    pub(super) fn relist<'n>(
        &self,
        path: &KeyPath,
        new: &'n Node,
        changes: &mut Changes<'n>,
    ) -> Result<(), ChangeError> {
        let missing = || ChangeError::Missing(path.clone());
        let old = node_at(&self.tree, path.steps()).ok_or_else(missing)?;
        let mut own = Changes::default();
        own.between(path, old, new);
        for (path, node) in own.written() {
            for (below, _) in node.leaves() {
                let leaf = [path.steps(), below.steps()].concat();
                self.check_rule(&KeyPath::from_steps(leaf))?;
            }
        }
        changes.replaced.append(&mut own.replaced);
        changes.keys.append(&mut own.keys);
        changes.moves.append(&mut own.moves);
        Ok(())
    }
}
