//! What git could not merge: the versions that its index has of a file, and the file put there again when somebody has.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, IndexEntry, ObjectType, Oid, RepositoryState};

use super::{BlobId, Repo, path, told};
use crate::failure::Failure;

/// A file of the index that is in conflict; the path counts from the top of the work tree.
pub(crate) struct Unmerged {
    pub(crate) path: PathBuf,
    /// What both sides began with.
    pub(crate) base: Option<BlobId>,
    /// What stands in the work tree's own branch.
    pub(crate) ours: Option<BlobId>,
    /// What comes in.
    pub(crate) theirs: Option<BlobId>,
    /// Whether a side has a link there, or a repository, and no file.
    pub(crate) is_no_file: bool,
}

/// What of a mode in git's index says what is there, and what it is for a file.
pub(super) const KIND: u32 = 0o170_000;
pub(super) const FILE: u32 = 0o100_000;

impl Repo {
    /// The files that git could not merge, in the order of their paths.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn unmerged(&self) -> Result<Vec<Unmerged>, Failure> {
        let mut index = self.git.index().map_err(|error| told(&error))?;
        // Git itself may have written it since it was read.
        index.read(true).map_err(|error| told(&error))?;
        let conflicts = index.conflicts().map_err(|error| told(&error))?;
        let mut found = Vec::new();
        for conflict in conflicts {
            let conflict = conflict.map_err(|error| told(&error))?;
            let id = |entry: &Option<IndexEntry>| entry.as_ref().map(|entry| BlobId(entry.id));
            let one = [&conflict.our, &conflict.their, &conflict.ancestor];
            let Some(entry) = one.into_iter().flatten().next() else {
                continue;
            };
            found.extend(path(&entry.path).map(|path| {
                Unmerged {
                    path,
                    base: id(&conflict.ancestor),
                    ours: id(&conflict.our),
                    theirs: id(&conflict.their),
                    is_no_file: [&conflict.our, &conflict.their]
                        .into_iter()
                        .flatten()
                        .any(|entry| entry.mode & KIND != FILE),
                }
            }));
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    /// A version of a file by the whole of its id; `None` where git does not have it.
    ///
    /// # Errors
    /// Objects that are damaged.
    pub(crate) fn version_by_id(&self, id: &str) -> Result<Option<Vec<u8>>, Failure> {
        let Ok(id) = Oid::from_str(id) else {
            return Ok(None);
        };
        match self.git.find_object(id, Some(ObjectType::Blob)) {
            Ok(_) => self.blob(id).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(told(&error)),
        }
    }

    /// Has git keep a version of a file, unless it does already, and tells the whole of its id.
    ///
    /// # Errors
    /// The object cannot be written.
    pub(crate) fn keep(&self, bytes: &[u8]) -> Result<String, Failure> {
        let id = self.git.blob(bytes).map_err(|error| told(&error))?;
        Ok(id.to_string())
    }

    /// Puts a file of the work tree into the index, and with it out of conflict; a file that is not there goes from the index.
    ///
    /// # Errors
    /// An index that cannot be written, for one because another git is at work.
    pub(crate) fn stage(&self, relative: &Path) -> Result<(), Failure> {
        let change = || {
            let mut index = self.git.index()?;
            // What another program has written since.
            index.read(false)?;
            match self.work_tree.join(relative).symlink_metadata() {
                Ok(_) => index.add_path(relative)?,
                Err(_) => {
                    index.remove_path(relative)?;
                }
            }
            index.write()
        };
        change().map_err(|error| told(&error))
    }

    /// What somebody types to go on with what git has begun.
    pub(crate) fn goes_on_with(&self) -> &'static str {
        match self.git.state() {
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => {
                "git cherry-pick --continue"
            }
            RepositoryState::Revert | RepositoryState::RevertSequence => "git revert --continue",
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge => "git rebase --continue",
            _ => "git commit",
        }
    }

    /// Whether git has begun something, or there is something to commit: after `git stash pop` the side that was taken may be that of HEAD.
    ///
    /// # Errors
    /// An index that cannot be read, objects that are missing or damaged.
    pub(crate) fn has_to_go_on(&self) -> Result<bool, Failure> {
        if self.git.state() != RepositoryState::Clean {
            return Ok(true);
        }
        let head = self.head()?.map(|head| head.tree()).transpose();
        let head = head.map_err(|error| told(&error))?;
        let diff = self.git.diff_tree_to_index(head.as_ref(), None, None);
        let diff = diff.map_err(|error| told(&error))?;
        Ok(diff.deltas().len() > 0)
    }

    /// What somebody types to give up what git has begun; `None` where it is at nothing that can be, as after `git stash pop`.
    pub(crate) fn gives_up_with(&self) -> Option<&'static str> {
        match self.git.state() {
            RepositoryState::Merge => Some("git merge --abort"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => {
                Some("git cherry-pick --abort")
            }
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("git revert --abort"),
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge => Some("git rebase --abort"),
            _ => None,
        }
    }

    /// The stash whose version of an unmerged file comes in, as git calls it: where that ended in a conflict, git keeps it.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn popped_stash(&self) -> Result<Option<String>, Failure> {
        // A merge or the like brings in a commit that stays by itself.
        if self.git.state() != RepositoryState::Clean {
            return Ok(None);
        }
        let unmerged = self.unmerged()?;
        let Ok(stashes) = self.git.reflog("refs/stash") else {
            return Ok(None);
        };
        let holds = |stash: Oid| {
            let tree = self.git.find_commit(stash).and_then(|it| it.tree());
            let is_its = |file: &Unmerged| {
                let entry = tree.as_ref().ok()?.get_path(&file.path).ok()?;
                Some(file.theirs? == BlobId(entry.id()))
            };
            unmerged.iter().any(|file| is_its(file) == Some(true))
        };
        let at = stashes.iter().position(|entry| holds(entry.id_new()));
        Ok(at.map(|at| format!("stash@{{{at}}}")))
    }

    /// Where a path of the folder that is looked at stands, from the top of the work tree.
    pub(crate) fn path_at_top(&self, inside: &Path) -> PathBuf {
        self.folder.join(inside)
    }
}
