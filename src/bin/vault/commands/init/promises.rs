//! Names that hints give: none is of something that is there, and none is given twice.

use std::collections::{BTreeMap, BTreeSet};

use vault::vault::Root;

/// What was promised up to now.
#[derive(Default)]
pub(super) struct Promises {
    /// In small letters: on some disks names that differ in case alone are one.
    names: BTreeSet<String>,
    /// The new name of what is moved, by the old one: files of one folder move together.
    moves: BTreeMap<String, String>,
}

impl Promises {
    /// The first of these names that is free, and is not any more.
    pub(super) fn first(
        &mut self,
        root: &Root,
        mut names: impl Iterator<Item = String>,
    ) -> Option<String> {
        let is_free = |name: &String| {
            let place = root.directory().join(name);
            place.symlink_metadata().is_err() && !self.names.contains(&name.to_lowercase())
        };
        let name = names.find(is_free)?;
        self.names.insert(name.to_lowercase());
        Some(name)
    }

    /// The first of these names that is free, for something that is moved; the same one whenever it is asked for.
    pub(super) fn place_of(
        &mut self,
        root: &Root,
        from: &str,
        names: impl Iterator<Item = String>,
    ) -> Option<String> {
        if let Some(to) = self.moves.get(from) {
            return Some(to.clone());
        }
        let to = self.first(root, names)?;
        self.moves.insert(from.to_owned(), to.clone());
        Some(to)
    }
}
