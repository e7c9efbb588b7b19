//! What the trees of commits have. An object that this clone does not have is no answer: what it has is not known then.

use std::path::{Path, PathBuf};

use git2::TreeWalkResult;
use git2::{Commit, ErrorClass, ErrorCode, ObjectType, Oid, Tree, TreeEntry, TreeWalkMode};

use super::{Repo, told};
use crate::failure::Failure;

/// What a tree has at a path; `None` if it has nothing there.
///
/// # Errors
/// A tree on the way is missing or damaged.
pub(super) fn entry_at(
    tree: &Tree<'_>,
    path: &Path,
) -> Result<Option<TreeEntry<'static>>, Failure> {
    match tree.get_path(path) {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Tree => {
            Ok(None)
        }
        Err(error) => Err(told(&error)),
    }
}

/// The file that a tree has at a path; `None` if it has none.
///
/// # Errors
/// As `entry_at`.
pub(super) fn file_at(tree: &Tree<'_>, path: &Path) -> Result<Option<Oid>, Failure> {
    let entry = entry_at(tree, path)?;
    let is_file = |entry: &TreeEntry<'_>| entry.kind() == Some(ObjectType::Blob);
    Ok(entry.filter(is_file).map(|entry| entry.id()))
}

impl Repo {
    /// What a commit has in the folder that is looked at; `None` if it has no such folder.
    pub(super) fn tree<'r>(&'r self, commit: &Commit<'r>) -> Result<Option<Tree<'r>>, Failure> {
        self.tree_in(commit, &self.folder)
    }

    /// The same for another folder, from the top.
    pub(super) fn tree_in<'r>(
        &'r self,
        commit: &Commit<'_>,
        folder: &Path,
    ) -> Result<Option<Tree<'r>>, Failure> {
        let top = self.git.find_tree(commit.tree_id());
        let top = top.map_err(|error| told(&error))?;
        if folder.as_os_str().is_empty() {
            return Ok(Some(top));
        }
        let entry = entry_at(&top, folder)?;
        let folder = entry.filter(|entry| entry.kind() == Some(ObjectType::Tree));
        let tree = folder.map(|folder| self.git.find_tree(folder.id()));
        tree.transpose().map_err(|error| told(&error))
    }

    fn head_tree(&self) -> Result<Option<Tree<'_>>, Failure> {
        let head = self.head()?;
        Ok(head.map(|head| self.tree(&head)).transpose()?.flatten())
    }

    /// The bytes of every `.yaml` and `.yml` file of HEAD; none where nothing is committed yet.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn yaml_of_head(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
        let Some(tree) = self.head_tree()? else {
            return Ok(Vec::new());
        };
        let mut found: Vec<(PathBuf, Oid)> = Vec::new();
        let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if let (Some(ObjectType::Blob), Ok(name)) = (entry.kind(), entry.name())
                && (name.ends_with(".yaml") || name.ends_with(".yml"))
            {
                found.push((Path::new(folder).join(name), entry.id()));
            }
            TreeWalkResult::Ok
        });
        walked.map_err(|error| told(&error))?;
        found
            .into_iter()
            .map(|(path, id)| Ok((path, self.blob(id)?)))
            .collect()
    }

    /// A file of HEAD; `None` if it has none, or nothing is committed yet.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn file_of_head(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let Some(tree) = self.head_tree()? else {
            return Ok(None);
        };
        let entry = entry_at(&tree, path)?;
        entry.map(|entry| self.blob(entry.id())).transpose()
    }
}
