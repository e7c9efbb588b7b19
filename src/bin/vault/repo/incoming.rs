//! What the next commit brings in besides its own changes: a merge or a cherry-pick that git has begun.

use std::{fs, io::ErrorKind};

use git2::{Oid, RepositoryState};

use super::{Repo, told};
use crate::failure::Failure;

/// Where git notes what is about to be merged into what is checked out.
pub(super) const MERGE_HEAD: &str = "MERGE_HEAD";

/// Where git notes the commit that a branch had before it is put on top of another one.
const REBASED: [&str; 2] = ["rebase-merge/orig-head", "rebase-apply/orig-head"];
/// Where git notes the commits that are still to be picked.
const TODO: &str = "sequencer/todo";

/// A commit that comes in, and where it began; both by their whole ids.
pub(crate) struct Incoming {
    pub(crate) theirs: String,
    /// `None` where nothing is in common.
    pub(crate) base: Option<String>,
    /// What somebody types to begin again.
    pub(crate) abort: &'static str,
}

impl Repo {
    /// The commits that come in; none where git is not in the middle of such a thing.
    ///
    /// # Errors
    /// What git has noted of it cannot be read, or objects are missing or damaged.
    pub(crate) fn incoming(&self) -> Result<Vec<Incoming>, Failure> {
        match self.git.state() {
            RepositoryState::Merge => self.merged(),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => self.picked(),
            _ => Ok(Vec::new()),
        }
    }

    fn merged(&self) -> Result<Vec<Incoming>, Failure> {
        let Some(head) = self.head()? else {
            return Ok(Vec::new());
        };
        let incoming = |theirs: Oid| Incoming {
            theirs: theirs.to_string(),
            base: self
                .history()
                .merge_base(head.id(), theirs)
                .ok()
                .map(|base| base.to_string()),
            abort: "git merge --abort",
        };
        Ok(self.noted(MERGE_HEAD)?.into_iter().map(incoming).collect())
    }

    fn picked(&self) -> Result<Vec<Incoming>, Failure> {
        let noted = self.noted("CHERRY_PICK_HEAD")?.into_iter();
        let incoming = |theirs: Oid| {
            let commit = self.history().find_commit(theirs);
            let commit = commit.map_err(|error| told(&error))?;
            Ok(Incoming {
                theirs: theirs.to_string(),
                base: commit.parent_ids().next().map(|base| base.to_string()),
                abort: "git cherry-pick --abort",
            })
        };
        noted.map(incoming).collect()
    }

    /// The commit at the end of those that git puts on top of each other, by its whole id: of a rebase, or of several that are picked.
    ///
    /// # Errors
    /// What git has noted of it cannot be read.
    pub(crate) fn last_to_come(&self) -> Result<Option<String>, Failure> {
        for name in REBASED {
            if let Some(id) = self.noted(name)?.last() {
                return Ok(Some(id.to_string()));
            }
        }
        let todo = self.git.path().join(TODO);
        let text = fs::read_to_string(todo).unwrap_or_default();
        let last = text.lines().rev().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("pick")).then(|| words.next())?
        });
        let last = last.filter(|id| id.bytes().all(|it| it.is_ascii_hexdigit()));
        let commit = last.and_then(|id| self.commit(id).ok());
        Ok(commit.map(|commit| commit.id().to_string()))
    }

    /// The ids in one of git's own files, of this work tree.
    pub(super) fn noted(&self, name: &str) -> Result<Vec<Oid>, Failure> {
        let text = match fs::read_to_string(self.git.path().join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::because(&error).within(name)),
        };
        let ids = text.lines().map(Oid::from_str).collect::<Result<_, _>>();
        ids.map_err(|error| told(&error))
    }
}
