//! Brings together two trees that began as one, key by key.
//!
//! Maps merge by key at every depth; a list and a scalar are one value each. Where keys stand is nobody's change: two
//! maps with the same keys and values are the same.

use std::fmt;

use thiserror::Error;

use crate::value::{KeyPath, Map, Node, Step};

/// The three trees of a merge.
#[derive(Clone, Copy, Debug)]
pub struct Merge<'a> {
    /// What both sides began with; an empty map if there was nothing.
    pub base: &'a Node,
    /// What we made of it.
    pub ours: &'a Node,
    /// What others made of it: the tree that the changes are for.
    pub theirs: &'a Node,
}

/// What came out of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// What our side did that theirs lacks. No path lies below another.
    ///
    /// New and changed keys first, in the order of our tree, then removals: a map whose only key got another name is
    /// never empty in between.
    pub changes: Vec<Change>,
    /// Where the sides contradict each other. The changes leave these places as they are in `theirs`.
    pub conflicts: Vec<Conflict>,
}

/// One thing to do to a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where; keys only, never a position in a list.
    pub path: KeyPath,
    /// What stands there afterwards; nothing means that the key goes.
    pub to: Option<Node>,
}

/// A place that both sides changed, and not alike.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{path}` was {kind}")]
pub struct Conflict {
    /// Where.
    pub path: KeyPath,
    /// How.
    pub kind: ConflictKind,
}

/// How two sides contradict each other; "here" is our side, "there" is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// Both sides gave a new key different values.
    BothAdded,
    /// Both sides gave the key different new values.
    BothChanged,
    /// Our side removed what theirs changed.
    RemovedHere,
    /// Their side removed what ours changed.
    RemovedThere,
}

impl ConflictKind {
    /// How the sides differ, where nobody can tell what they began with, and so not who changed what.
    pub fn without_base(self) -> &'static str {
        match self {
            ConflictKind::BothAdded | ConflictKind::BothChanged => "differs on the two sides",
            ConflictKind::RemovedHere => "is only there",
            ConflictKind::RemovedThere => "is only here",
        }
    }
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConflictKind::BothAdded => "added on both sides with different values",
            ConflictKind::BothChanged => "changed on both sides to different values",
            ConflictKind::RemovedHere => "removed here, changed there",
            ConflictKind::RemovedThere => "changed here, removed there",
        })
    }
}

/// A change does not fit the tree: there is no map for its key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no map that could hold `{path}`")]
pub struct NoPlace {
    /// The place of the change.
    pub path: KeyPath,
}

/// Finds what must be done to `theirs` to have both sides' work in it.
pub fn three_way(merge: Merge<'_>) -> Merged {
    let mut walk = Walk::default();
    let Merge { base, ours, theirs } = merge;
    walk.node(&KeyPath::default(), [Some(base), Some(ours), Some(theirs)]);
    walk.merged.changes.append(&mut walk.removals);
    walk.merged
}

/// Makes changes to a tree, one after the other.
///
/// # Errors
/// At the first change that needs a map where there is none; those before it are made.
pub fn apply(root: &mut Node, changes: &[Change]) -> Result<(), NoPlace> {
    changes.iter().try_for_each(|change| {
        let path = change.path.clone();
        make(root, change).ok_or(NoPlace { path })
    })
}

fn make(root: &mut Node, change: &Change) -> Option<()> {
    let Some((last, front)) = change.path.steps().split_last() else {
        *root = change.to.clone()?;
        return Some(());
    };
    let Step::Key(key) = last else { return None };
    let map = map_at(root, front)?;
    match &change.to {
        Some(node) => map.insert(key.clone(), node.clone()),
        None => map.remove(key),
    };
    Some(())
}

fn map_at<'a>(root: &'a mut Node, path: &[Step]) -> Option<&'a mut Map> {
    let mut at = root;
    for step in path {
        at = match (at, step) {
            (Node::Map(map), Step::Key(key)) => map.get_mut(key)?,
            (Node::List(items), Step::Index(index)) => items.get_mut(*index)?,
            _ => return None,
        };
    }
    match at {
        Node::Map(map) => Some(map),
        _ => None,
    }
}

#[derive(Default)]
struct Walk {
    merged: Merged,
    removals: Vec<Change>,
}

impl Walk {
    fn node(&mut self, path: &KeyPath, [base, ours, theirs]: [Option<&Node>; 3]) {
        if let Some((base, ours, theirs)) = all_maps(base, ours, theirs) {
            self.maps(path, base, ours, theirs);
        } else if same(ours, theirs) || same(ours, base) {
            // Theirs is what both want.
        } else if same(theirs, base) {
            self.change(path, ours);
        } else {
            let kind = kind(base, ours, theirs);
            self.merged.conflicts.push(Conflict {
                path: path.clone(),
                kind,
            });
        }
    }

    fn maps(&mut self, path: &KeyPath, base: Option<&Map>, ours: &Map, theirs: &Map) {
        let only_theirs = theirs.iter().filter(|(key, _)| ours.get(key).is_none());
        for (key, _) in ours.iter().chain(only_theirs) {
            let child = path.child(Step::Key(key.to_owned()));
            let base = base.and_then(|base| base.get(key));
            self.node(&child, [base, ours.get(key), theirs.get(key)]);
        }
    }

    fn change(&mut self, path: &KeyPath, to: Option<&Node>) {
        let list = match to {
            Some(_) => &mut self.merged.changes,
            None => &mut self.removals,
        };
        list.push(Change {
            path: path.clone(),
            to: to.cloned(),
        });
    }
}

/// Maps on both sides that began as a map, or as nothing.
fn all_maps<'a>(
    base: Option<&'a Node>,
    ours: Option<&'a Node>,
    theirs: Option<&'a Node>,
) -> Option<(Option<&'a Map>, &'a Map, &'a Map)> {
    let base = match base {
        Some(node) => Some(node.as_map()?),
        None => None,
    };
    Some((base, ours?.as_map()?, theirs?.as_map()?))
}

fn kind(base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> ConflictKind {
    match (base, ours, theirs) {
        (None, ..) => ConflictKind::BothAdded,
        (_, None, _) => ConflictKind::RemovedHere,
        (_, _, None) => ConflictKind::RemovedThere,
        _ => ConflictKind::BothChanged,
    }
}

/// Whether two trees say the same, wherever in a map a key stands.
pub(crate) fn is_same(one: &Node, other: &Node) -> bool {
    same(Some(one), Some(other))
}

/// Equality that does not care where in a map a key stands.
fn same(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (Some(Node::Map(one)), Some(Node::Map(other))) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, node)| same(Some(node), other.get(key)))
        }
        (Some(Node::List(one)), Some(Node::List(other))) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| same(Some(one), Some(other)))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests;
