//! What a sparse checkout leaves out: the index has it, and the work tree does not.

use std::path::Path;

use git2::{Index, IndexEntry};

use super::{Repo, told};
use crate::failure::Failure;

/// The flag of a file that a sparse checkout leaves out (git's `CE_SKIP_WORKTREE`, libgit2's `GIT_INDEX_ENTRY_SKIP_WORKTREE`).
const SKIP_WORKTREE: u16 = 1 << 14;

/// What brings files back that a sparse checkout leaves out, beside all others.
pub(crate) const CHECKOUT_OF_SPARSE: &str = "git checkout --ignore-skip-worktree-bits";

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

    /// What somebody types in a directory to have a file that a sparse checkout leaves out.
    pub(crate) fn brought_in(&self, file: &Path, directory: &Path) -> String {
        let file = self.named_in(file, directory);
        format!("{CHECKOUT_OF_SPARSE} -- {file}")
    }

    pub(super) fn is_sparse(&self) -> bool {
        let config = self.git.config();
        config.is_ok_and(|config| config.get_bool("core.sparseCheckout").unwrap_or(false))
    }
}

/// A file from the top, where a sparse checkout leaves it out.
pub(super) fn left_out_entry(index: &Index, file: &Path) -> Option<IndexEntry> {
    let entry = index.get_path(file, 0)?;
    (entry.flags_extended & SKIP_WORKTREE != 0).then_some(entry)
}
