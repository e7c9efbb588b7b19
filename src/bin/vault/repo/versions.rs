//! The versions that files had in a history. All of it is looked at: whatever bounded that, somebody could put more commits on top. Most
//! commits leave a vault as it was, and cost a look at the id of their tree.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use git2::Oid;

use super::{Reach, Repo, shown, told, trees};
use crate::failure::Failure;

/// A version of a file in a history.
pub(crate) struct Version<'v> {
    /// The beginning of the id of the last commit that has it.
    pub(crate) commit: &'v str,
    /// Where that has it, from the top of the work tree.
    pub(crate) path: &'v Path,
    /// Where the map lies that belongs to it, in the same way.
    pub(crate) map: &'v Path,
    /// What it is.
    pub(crate) bytes: &'v [u8],
}

impl Repo {
    /// The versions of files in a history, the newest first and each once, until `is_it` says that one is it.
    ///
    /// The files may have had other paths: `places` tells them from the text that the file at `map` had in a commit. All of these count
    /// from a folder, which counts from the top.
    ///
    /// # Errors
    /// Objects that are missing or damaged, a revision that there is not.
    pub(crate) fn version_of<T>(
        &self,
        reach: Reach<'_>,
        folder: &Path,
        map: &Path,
        mut places: impl FnMut(Option<&[u8]>) -> Vec<PathBuf>,
        mut is_it: impl FnMut(&Version<'_>) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let (mut trees, mut blobs) = (HashSet::new(), HashSet::new());
        let mut known: Option<(Option<Oid>, Vec<PathBuf>)> = None;
        for commit in self.walk(reach, &self.starts(reach)?)? {
            let commit = commit
                .and_then(|id| self.history().find_commit(id))
                .map_err(|error| told(&error))?;
            // What a tree has, all of its commits have.
            if !trees.insert(commit.tree_id()) {
                continue;
            }
            let Some(tree) = self.tree_at(&commit, folder)? else {
                continue;
            };
            let is_top = tree.id() == commit.tree_id();
            if !is_top && !trees.insert(tree.id()) {
                continue;
            }
            let at = trees::entry_at(&tree, map)?.map(|entry| entry.id());
            if known.as_ref().is_none_or(|(of, _)| *of != at) {
                let text = at.map(|id| self.blob(id)).transpose()?;
                known = Some((at, places(text.as_deref())));
            }
            for path in known.iter().flat_map(|(_, paths)| paths) {
                let Some(entry) = trees::entry_at(&tree, path)? else {
                    continue;
                };
                if !blobs.insert(entry.id()) {
                    continue;
                }
                let (id, bytes) = (commit.id().to_string(), self.blob(entry.id())?);
                let version = Version {
                    commit: shown(&id),
                    path: &folder.join(path),
                    map: &folder.join(map),
                    bytes: &bytes,
                };
                if let Some(found) = is_it(&version) {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }
}
