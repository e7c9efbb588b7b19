//! Which keys differ between two versions of a file, with and without the values.

use std::collections::BTreeMap;

use vault::value::KeyPath;

use super::{Trouble, Version, Versions};
use crate::repo::Step;

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Added,
    Changed,
    Removed,
    /// The same value under another data key.
    Rekeyed,
    /// Another ciphertext under another data key, of which no identity at hand tells the value.
    Unclear,
}

/// One key that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) path: KeyPath,
    pub(crate) what: What,
}

impl Versions<'_, '_> {
    /// The keys that a commit changed, by its parents.
    ///
    /// # Errors
    /// As [`Versions::get`].
    pub(crate) fn changed_in(&mut self, step: &Step) -> Result<Vec<Difference>, Trouble> {
        let Some(blob) = step.blob else {
            return Ok(Vec::new());
        };
        let now = self.get(blob)?;
        let mut before = Vec::new();
        for blob in step.before.iter().flatten() {
            before.push(self.get(*blob)?);
        }
        // A parent that has no file has no key either, and everything is new to it.
        if before.len() < step.before.len() {
            return Ok(from_nothing(&now));
        }
        let parents: Vec<&Version> = before.iter().map(|version| &**version).collect();
        Ok(from_all(&parents, &now))
    }
}

/// Everything of a first version.
fn from_nothing(now: &Version) -> Vec<Difference> {
    let paths = now.ciphertexts.keys().cloned();
    let added = paths.map(|path| Difference {
        path,
        what: What::Added,
    });
    added.collect()
}

/// What no parent has like that: what a merge took over from one of them is told where it was done.
pub(crate) fn from_all(before: &[&Version], now: &Version) -> Vec<Difference> {
    let Some((first, others)) = before.split_first() else {
        return from_nothing(now);
    };
    let mut found = between(first, now);
    for other in others {
        let with_other = between(other, now);
        found.retain(|path, _| with_other.contains_key(path));
    }
    let difference = |(path, what)| Difference { path, what };
    found.into_iter().map(difference).collect()
}

fn between(before: &Version, now: &Version) -> BTreeMap<KeyPath, What> {
    let mut found = BTreeMap::new();
    for (path, ciphertext) in &now.ciphertexts {
        let what = match before.ciphertexts.get(path) {
            None => Some(What::Added),
            Some(old) if old == ciphertext => None,
            Some(_) => Some(changed(before, now, path)),
        };
        if let Some(what) = what {
            found.insert(path.clone(), what);
        }
    }
    let gone = before.ciphertexts.keys();
    let gone = gone.filter(|path| !now.ciphertexts.contains_key(*path));
    found.extend(gone.map(|path| (path.clone(), What::Removed)));
    found
}

/// What it means that a ciphertext is another one.
fn changed(before: &Version, now: &Version, path: &KeyPath) -> What {
    if let (Some(old), Some(new)) = (&before.values, &now.values) {
        return match old.get(path) == new.get(path) {
            true => What::Rekeyed,
            false => What::Changed,
        };
    }
    // Under one data key the ciphertext of a value that stays is copied.
    match before.wrapped.is_disjoint(&now.wrapped) {
        true => What::Unclear,
        false => What::Changed,
    }
}
