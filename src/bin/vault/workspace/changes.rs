//! Which keys a change is about, for those who want to know what happened without seeing a value.

use std::{collections::BTreeMap, fmt};

use vault::value::{KeyPath, Map, Node, Scalar};

/// One key that differs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeyChange {
    /// New.
    Added(KeyPath),
    /// With another value.
    Changed(KeyPath),
    /// Gone.
    Removed(KeyPath),
}

impl fmt::Display for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyChange::Added(path) => write!(f, "+ {path}"),
            KeyChange::Changed(path) => write!(f, "~ {path}"),
            KeyChange::Removed(path) => write!(f, "- {path}"),
        }
    }
}

/// The keys that differ between two trees: those of the new one in its order, then those that are gone.
pub(crate) fn differences(before: &Map, after: &Map) -> Vec<KeyChange> {
    let (before, after) = (Node::Map(before.clone()), Node::Map(after.clone()));
    let old: BTreeMap<KeyPath, &Scalar> = before.leaves().into_iter().collect();
    let new: BTreeMap<KeyPath, &Scalar> = after.leaves().into_iter().collect();
    let mut changes = Vec::new();
    for (path, scalar) in after.leaves() {
        match old.get(&path) {
            None => changes.push(KeyChange::Added(path)),
            Some(known) if *known != scalar => changes.push(KeyChange::Changed(path)),
            Some(_) => {}
        }
    }
    let gone = before
        .leaves()
        .into_iter()
        .filter(|(path, _)| !new.contains_key(path));
    changes.extend(gone.map(|(path, _)| KeyChange::Removed(path)));
    changes
}
