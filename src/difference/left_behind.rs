//! What a version that should hold both sides of a merge does not have of one of them.

use std::collections::BTreeMap;

use super::{Sketch, What, between};
use crate::value::KeyPath;

/// Keys that one side of a merge has changed, and that are in what came of it as if it had not, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Nobody has decided so: the other side did not touch them, or nobody can tell whether it did.
    pub lost: Vec<KeyPath>,
    /// The other side has changed them too, and to something else: somebody may have decided for it.
    pub outvoted: Vec<KeyPath>,
}

/// Compares what came of a merge with the side `of`, where it has what `other` has, or lacks what no side has taken out; in the order of `of`, then what is gone there.
///
/// From ciphertext alone. Where everything was encrypted anew it finds what was added and removed.
pub fn left_behind(base: &Sketch, of: &Sketch, other: &Sketch, merged: &Sketch) -> LeftBehind {
    let elsewhere = by_path(base, other);
    let since = by_path(other, merged);
    let apart = by_path(of, merged);
    let mut left = LeftBehind::default();
    for difference in between(base, of) {
        let path = difference.path;
        let is_as_other = match (of.kind(&path), merged.kind(&path)) {
            (None, Some(_)) => true,
            _ => !since.contains_key(&path),
        };
        let is_missing = of.kind(&path).is_some() && merged.kind(&path).is_none();
        if !apart.contains_key(&path) {
            continue;
        }
        match elsewhere.get(&path) {
            None | Some(What::Unclear) if is_as_other || is_missing => left.lost.push(path),
            Some(_) if is_as_other => left.outvoted.push(path),
            _ => {}
        }
    }
    left
}

fn by_path(before: &Sketch, after: &Sketch) -> BTreeMap<KeyPath, What> {
    let differences = between(before, after).into_iter();
    differences
        .map(|difference| (difference.path, difference.what))
        .collect()
}
