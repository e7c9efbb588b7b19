//! What a sparse checkout leaves out: the index has it, and the work tree does not.

use std::path::Path;

use git2::{Index, IndexEntry};

use super::{Repo, kept::CHECKOUT, told};
use crate::{failure::Failure, shell};

/// The flag of a file that a sparse checkout leaves out (git's `CE_SKIP_WORKTREE`, libgit2's `GIT_INDEX_ENTRY_SKIP_WORKTREE`).
const SKIP_WORKTREE: u16 = 1 << 14;

/// What `git sparse-checkout` takes for a pattern where it is to be a folder.
const NO_FOLDER: [char; 5] = ['*', '?', '[', ']', '\\'];
/// What a pattern means that has no backslash before it.
const OF_PATTERNS: [char; 5] = ['*', '?', '[', '\\', ' '];

impl Repo {
    /// Whether a sparse checkout leaves out a file that the work tree does not have.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn is_left_out(&self, path: &Path) -> Result<bool, Failure> {
        let index = self.git.index().map_err(|error| told(&error))?;
        Ok(left_out_entry(&index, &self.path_at_top(path)).is_some())
    }

    /// The text of a file that a sparse checkout leaves out; `None` for any other file.
    ///
    /// # Errors
    /// An index that cannot be read, an object that is damaged or that a partial clone lacks.
    pub(crate) fn text_left_out(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let index = self.git.index().map_err(|error| told(&error))?;
        let entry = left_out_entry(&index, &self.path_at_top(path));
        entry.map(|entry| self.blob(entry.id)).transpose()
    }

    /// The text of a file that a sparse checkout leaves out; it counts from the top of the work tree.
    pub(super) fn left_out(&self, index: &Index, file: &Path) -> Option<Vec<u8>> {
        self.blob(left_out_entry(index, file)?.id).ok()
    }

    /// What somebody types in a directory to have a file as the index has it.
    pub(crate) fn brought_in(&self, file: &Path, directory: &Path) -> String {
        self.brought_in_from_top(&self.path_at_top(file), directory)
    }

    /// The same for a file that counts from the top of the work tree.
    pub(crate) fn brought_in_from_top(&self, path: &Path, directory: &Path) -> String {
        let file = self.named_from_top(path, directory);
        let is_left_out = self.is_flagged(path).unwrap_or(false);
        match self.included(path, directory) {
            Some(included) if is_left_out => included,
            // Somebody has set that flag by hand.
            None if is_left_out => format!("{CHECKOUT} --ignore-skip-worktree-bits -- {file}"),
            _ => format!("{CHECKOUT} -- {file}"),
        }
    }

    /// What somebody types before they bring back a file that a sparse checkout leaves out, or may leave out, and `commit --all` with it.
    pub(super) fn included_first(&self, path: &Path, directory: &Path) -> String {
        let included = match self.is_flagged(path) {
            Some(false) => None,
            Some(true) | None => self.included(path, directory),
        };
        included.map_or_else(String::new, |included| format!("{included} && "))
    }

    /// What has a sparse checkout take in a file, and the folder that it is in where it has nothing but whole folders. git counts from
    /// the top there, or refuses to count from elsewhere. `None` where it is in, and for a folder that cannot be named.
    fn included(&self, path: &Path, directory: &Path) -> Option<String> {
        if !self.says("core.sparseCheckout") {
            return None;
        }
        let what = match self.says("core.sparseCheckoutCone") {
            true => folder_to_name(path)?.to_owned(),
            false => format!("/{}", escaped(path.to_str()?)),
        };
        let what = shell::path(&what);
        Some(format!(
            "{} sparse-checkout add {what}",
            self.git_at_top(directory)
        ))
    }

    /// Whether the index has a file marked as one that is left out; `None` where it does not have it.
    fn is_flagged(&self, path: &Path) -> Option<bool> {
        let index = self.git.index().ok()?;
        let mut entries = (0..=3).filter_map(|stage| index.get_path(path, stage));
        let entry = entries.next()?;
        Some(is_left_out(&entry))
    }

    fn says(&self, key: &str) -> bool {
        let config = self.git.config();
        config.is_ok_and(|config| config.get_bool(key).unwrap_or(false))
    }
}

fn is_left_out(entry: &IndexEntry) -> bool {
    entry.flags_extended & SKIP_WORKTREE != 0
}

/// The folder of a file; not the top, which no sparse checkout of whole folders leaves out.
fn folder_to_name(path: &Path) -> Option<&str> {
    let folder = path.parent()?.to_str()?;
    (!folder.is_empty() && !folder.contains(NO_FOLDER)).then_some(folder)
}

/// A path in a pattern that means it alone.
fn escaped(path: &str) -> String {
    let letters = path.chars().flat_map(|letter| {
        let escape = OF_PATTERNS.contains(&letter).then_some('\\');
        escape.into_iter().chain([letter])
    });
    letters.collect()
}

/// A file from the top, where a sparse checkout leaves it out.
pub(super) fn left_out_entry(index: &Index, file: &Path) -> Option<IndexEntry> {
    let entry = index.get_path(file, 0)?;
    is_left_out(&entry).then_some(entry)
}
