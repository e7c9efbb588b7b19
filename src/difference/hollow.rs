//! Maps and lists without anything in them: they count as values where nothing else tells of them.

use std::collections::BTreeSet;

use super::{Difference, Sketch, What};
use crate::value::KeyPath;

/// Those of the new version that are new or stand in the place of a value; one that was emptied is told by what it held.
pub(super) fn here(before: &Sketch, after: &Sketch) -> Vec<Difference> {
    let held = Holders::of(before, after);
    let differences = after.empty.iter().filter_map(|(path, part)| {
        let what = match before.empty.get(path) {
            Some(old) if old == part => return None,
            Some(_) => What::Changed,
            None if before.leaves.contains_key(path) => What::Changed,
            None if held.has_below(path) => return None,
            None => What::Added,
        };
        let path = path.clone();
        Some(Difference { path, what })
    });
    differences.collect()
}

/// Those that are gone; one that was filled is told by what it holds.
pub(super) fn gone<'s>(before: &'s Sketch, after: &Sketch) -> Vec<&'s KeyPath> {
    let holds = Holders::of(after, before);
    let paths = before.empty.keys();
    let is_gone = |path: &&KeyPath| {
        let is_there = after.empty.contains_key(*path) || after.leaves.contains_key(*path);
        !is_there && !holds.has_below(path)
    };
    paths.filter(is_gone).collect()
}

/// The keys of a version in their order, in which those below a map follow it.
struct Holders<'s>(BTreeSet<&'s KeyPath>);

impl<'s> Holders<'s> {
    /// Nothing where the other version has no empty map or list to ask for.
    fn of(sketch: &'s Sketch, other: &Sketch) -> Self {
        match other.empty.is_empty() {
            true => Holders(BTreeSet::new()),
            false => Holders(sketch.leaves.keys().chain(sketch.empty.keys()).collect()),
        }
    }

    fn has_below(&self, path: &KeyPath) -> bool {
        let next = self
            .0
            .range::<&KeyPath, _>(path..)
            .find(|found| **found != path);
        next.is_some_and(|found| found.steps().starts_with(path.steps()))
    }
}
