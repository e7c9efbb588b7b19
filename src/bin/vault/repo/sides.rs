//! What there is to compare: revisions, and what is about to be committed.

use std::path::Path;

use git2::ErrorCode;

use super::{Repo, told};
use crate::failure::Failure;

/// A file as the index has it.
pub(crate) enum Staged {
    /// It has none.
    Missing,
    /// What the next commit will have.
    File(Vec<u8>),
    /// Both sides of a merge that is not finished.
    Unmerged,
}

impl Repo {
    /// Whether git knows a commit by this name.
    pub(crate) fn is_revision(&self, text: &str) -> bool {
        let object = self.git.revparse_single(text);
        object.is_ok_and(|object| object.peel_to_commit().is_ok())
    }

    /// Whether nothing is committed yet.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub(crate) fn is_unborn(&self) -> Result<bool, Failure> {
        Ok(self.head()?.is_none())
    }

    /// The commit from which two revisions went apart, by its whole id.
    ///
    /// # Errors
    /// There is no such revision, or nothing that they have in common.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Result<String, Failure> {
        let (one, other) = (self.commit(one)?.id(), self.commit(other)?.id());
        match self.history().merge_base(one, other) {
            Ok(base) => Ok(base.to_string()),
            Err(error) if error.code() == ErrorCode::NotFound => {
                let failure = Failure::new("the two revisions have no commit in common");
                Err(match self.is_shallow() {
                    true => failure.hint("the clone is shallow: git fetch --unshallow"),
                    false => failure.hint("with two dots they are compared as they are"),
                })
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// A file that the next commit will have.
    ///
    /// # Errors
    /// An index that cannot be read, an object that is missing or damaged.
    pub(crate) fn staged(&self, path: &Path) -> Result<Staged, Failure> {
        let index = self.git.index().map_err(|error| told(&error))?;
        let path = self.folder.join(path);
        if let Some(entry) = index.get_path(&path, 0) {
            return Ok(Staged::File(self.blob(entry.id)?));
        }
        let is_there = |stage: i32| index.get_path(&path, stage).is_some();
        Ok(match (1..=3).any(is_there) {
            true => Staged::Unmerged,
            false => Staged::Missing,
        })
    }
}
