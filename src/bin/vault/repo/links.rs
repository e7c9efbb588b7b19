//! What git has as a symbolic link: a commit has the text of the link and no more, so nobody sees through git what lies behind it.

use std::path::Path;

use git2::{Index, Tree};

use super::{Repo, stages::KIND, told, trees};
use crate::failure::Failure;

/// What git notes as the mode of a symbolic link.
pub(super) const LINK: u32 = 0o120_000;

impl Repo {
    /// Whether the index or HEAD has a symbolic link there, or in the place of a folder on the way.
    ///
    /// # Errors
    /// An index that cannot be read, objects that are missing or damaged.
    pub(crate) fn has_link(&self, path: &Path) -> Result<bool, Failure> {
        let path = self.folder.join(path);
        let index = self.git.index().map_err(|error| told(&error))?;
        if is_in(&index, &path) {
            return Ok(true);
        }
        let tree = self.head()?.map(|head| head.tree()).transpose();
        let tree = tree.map_err(|error| told(&error))?;
        let leads = tree.map(|tree| leads_through_link(&tree, &path));
        leads.unwrap_or(Ok(false))
    }

    /// The same for a revision.
    ///
    /// # Errors
    /// There is no such revision, or objects are missing or damaged.
    pub(crate) fn has_link_at(&self, revision: &str, path: &Path) -> Result<bool, Failure> {
        let tree = self.commit(revision)?.tree();
        let tree = tree.map_err(|error| told(&error))?;
        leads_through_link(&tree, &self.folder.join(path))
    }

    /// Whether the index has a file there.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn is_tracked(&self, path: &Path) -> Result<bool, Failure> {
        let index = self.git.index().map_err(|error| told(&error))?;
        Ok(index.get_path(&self.folder.join(path), 0).is_some())
    }
}

/// Whether an index has a symbolic link at a path from the top, or in the place of a folder on the way.
pub(super) fn is_in(index: &Index, path: &Path) -> bool {
    let mut steps = path.ancestors().filter(|path| !path.as_os_str().is_empty());
    steps.any(|path| {
        let mut entries = (0..=3).filter_map(|stage| index.get_path(path, stage));
        entries.any(|entry| entry.mode & KIND == LINK)
    })
}

fn leads_through_link(tree: &Tree<'_>, path: &Path) -> Result<bool, Failure> {
    for step in path.ancestors().filter(|path| !path.as_os_str().is_empty()) {
        let entry = trees::entry_at(tree, step)?;
        if entry.is_some_and(|entry| entry.filemode().cast_unsigned() & KIND == LINK) {
            return Ok(true);
        }
    }
    Ok(false)
}
