//! Two sketches compared, key by key.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Imprint, Sketch, hollow,
    sketch::{Leaf, Remarks, State},
};
use crate::value::{KeyPath, Kind};

/// What happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// Another value.
    Changed,
    /// It is gone.
    Removed,
    /// New, with the value of a key that is gone.
    Renamed {
        /// That key.
        from: KeyPath,
    },
    /// A value of another type; the text may be another one, too.
    Retyped {
        /// As it was.
        from: Kind,
        /// As it is.
        to: Kind,
    },
    /// In clear, where it was encrypted: everybody who has the file can read it.
    Bared,
    /// Encrypted, where it was in clear.
    Covered,
    /// The same value with another ciphertext.
    Rekeyed,
    /// Another ciphertext under another data key: without an identity that opens both versions nobody can tell whether the value changed.
    Unclear,
}

/// One key that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub path: KeyPath,
    /// How.
    pub what: What,
}

/// The keys that differ: those of the new version in its order, then those that are gone. Exact where both have their values.
pub fn between(before: &Sketch, after: &Sketch) -> Vec<Difference> {
    let has_same_key = after.has_data_key_of(before);
    let here = after.leaves.iter().filter_map(|(path, leaf)| {
        let what = match before.leaves.get(path) {
            None => What::Added,
            Some(old) if old.imprint == leaf.imprint => return None,
            Some(old) => changed(old, leaf, values_at(before, after, path), has_same_key),
        };
        let path = path.clone();
        Some(Difference { path, what })
    });
    let is_gone =
        |path: &&KeyPath| !after.leaves.contains_key(*path) && !after.empty.contains_key(*path);
    let gone = before.keys().filter(is_gone);
    let gone = gone
        .chain(hollow::gone(before, after))
        .map(|path| Difference {
            path: path.clone(),
            what: What::Removed,
        });
    here.chain(hollow::here(before, after))
        .chain(gone)
        .collect()
}

/// What no earlier version has like that: what a merge took over from one of them is told where it was done.
///
/// Without any earlier version everything is new.
pub fn from_all(before: &[&Sketch], after: &Sketch) -> Vec<Difference> {
    let Some((first, others)) = before.split_first() else {
        return between(&Sketch::default(), after);
    };
    let mut found = between(first, after);
    for other in others {
        let theirs = between(other, after).into_iter();
        let theirs: BTreeSet<KeyPath> = theirs.map(|difference| difference.path).collect();
        found.retain(|difference| theirs.contains(&difference.path));
    }
    found
}

/// Whether a value is the same one, if that is known.
fn values_at(before: &Sketch, after: &Sketch, path: &KeyPath) -> Option<bool> {
    let (before, after) = (before.values.as_ref()?, after.values.as_ref()?);
    Some(before.get(path) == after.get(path))
}

/// What it means that something else stands at a key.
fn changed(old: &Leaf, new: &Leaf, is_same: Option<bool>, has_same_key: bool) -> What {
    match (old.state, new.state) {
        (State::Sealed, State::Clear) => What::Bared,
        (State::Clear, State::Sealed) => What::Covered,
        _ if old.kind != new.kind => What::Retyped {
            from: old.kind,
            to: new.kind,
        },
        (State::Sealed, State::Sealed) => match is_same {
            Some(true) => What::Rekeyed,
            Some(false) => What::Changed,
            None if has_same_key => What::Changed,
            None => What::Unclear,
        },
        _ => What::Changed,
    }
}

/// Tells keys that only have another name now, where both versions have their values: of the keys that are new and those that are gone one each
/// has the value, and it is one that says something.
pub fn renamed(differences: Vec<Difference>, before: &Sketch, after: &Sketch) -> Vec<Difference> {
    let gone = of_one_key(&differences, &What::Removed, before);
    let new = of_one_key(&differences, &What::Added, after);
    let pairs = new.iter().filter_map(|(imprint, path)| {
        let from = gone.get(imprint)?;
        Some(((*path).clone(), (*from).clone()))
    });
    let pairs: BTreeMap<KeyPath, KeyPath> = pairs.collect();
    let froms: BTreeSet<&KeyPath> = pairs.values().collect();
    let is_told = |difference: &Difference| {
        difference.what == What::Removed && froms.contains(&difference.path)
    };
    let rest = differences.iter().filter(|difference| !is_told(difference));
    rest.map(|difference| match pairs.get(&difference.path) {
        Some(from) => Difference {
            path: difference.path.clone(),
            what: What::Renamed { from: from.clone() },
        },
        None => difference.clone(),
    })
    .collect()
}

/// Values that exactly one of the keys of this kind has, with that key; not those that many keys have by chance.
fn of_one_key<'d>(
    differences: &'d [Difference],
    what: &What,
    sketch: &Sketch,
) -> BTreeMap<Imprint, &'d KeyPath> {
    let mut found: BTreeMap<Imprint, Vec<&KeyPath>> = BTreeMap::new();
    for Difference { path, .. } in differences.iter().filter(|found| found.what == *what) {
        let says_something = sketch
            .leaves
            .get(path)
            .is_some_and(|leaf| leaf.state != State::Blank && leaf.kind != Kind::Bool);
        let imprint = sketch.values.as_ref().and_then(|values| values.get(path));
        if let Some(imprint) = imprint.filter(|_| says_something) {
            found.entry(*imprint).or_default().push(path);
        }
    }
    let only = |(imprint, paths): (Imprint, Vec<&'d KeyPath>)| match paths.as_slice() {
        [path] => Some((imprint, *path)),
        _ => None,
    };
    found.into_iter().filter_map(only).collect()
}

/// The keys whose comments differ, of those that both versions have, and the places below all keys of a map or list; in the order of their paths.
///
/// `Added`, `Changed`, `Removed`, or `Unclear`.
pub fn comments_between(before: &Sketch, after: &Sketch) -> Vec<Difference> {
    let has_same_key = after.has_data_key_of(before);
    let paths: BTreeSet<&KeyPath> = before
        .comments
        .keys()
        .chain(after.comments.keys())
        .collect();
    let is_in_both =
        |path: &KeyPath| before.leaves.contains_key(path) == after.leaves.contains_key(path);
    let paths = paths.into_iter().filter(|path| is_in_both(path));
    let difference = |path: &KeyPath| {
        let what = match (before.comments.get(path), after.comments.get(path)) {
            (None, _) => What::Added,
            (_, None) => What::Removed,
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => {
                remarked(old, new, texts_at(before, after, path), has_same_key)?
            }
        };
        let path = path.clone();
        Some(Difference { path, what })
    };
    paths.filter_map(difference).collect()
}

fn texts_at(before: &Sketch, after: &Sketch, path: &KeyPath) -> Option<bool> {
    let (before, after) = (before.texts.as_ref()?, after.texts.as_ref()?);
    Some(before.get(path) == after.get(path))
}

fn remarked(
    old: &Remarks,
    new: &Remarks,
    is_same: Option<bool>,
    has_same_key: bool,
) -> Option<What> {
    let is_sealed = old.has_sealed && new.has_sealed;
    match is_same {
        Some(true) => None,
        None if is_sealed && !has_same_key && old.imprints.len() == new.imprints.len() => {
            Some(What::Unclear)
        }
        _ => Some(What::Changed),
    }
}
