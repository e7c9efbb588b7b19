//! Whose the two sides are of what git could not merge. In a rebase git calls the branch that one puts one's work on "ours", and that work
//! "theirs": who goes by the words loses the wrong one.

use git2::RepositoryState;

use super::Repo;
use crate::failure::Failure;

/// What the two sides are to whoever is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parties {
    /// What git takes for `--ours`.
    pub(crate) ours: &'static str,
    /// What git takes for `--theirs`.
    pub(crate) theirs: &'static str,
    /// Whether one's own work is the other side.
    pub(crate) is_swapped: bool,
}

impl Parties {
    const fn own(theirs: &'static str) -> Self {
        Parties {
            ours: "your branch",
            theirs,
            is_swapped: false,
        }
    }

    const fn put_on(ours: &'static str, theirs: &'static str) -> Self {
        Parties {
            ours,
            theirs,
            is_swapped: true,
        }
    }
}

impl Repo {
    /// Whose the sides are in what git is in the middle of.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn parties(&self) -> Result<Parties, Failure> {
        Ok(match self.git.state() {
            RepositoryState::Merge => Parties::own("the branch that comes in"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => {
                Parties::own("the commit that is picked")
            }
            RepositoryState::Revert | RepositoryState::RevertSequence => {
                Parties::own("what was there before the commit that is reverted")
            }
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge => {
                Parties::put_on("the branch that you rebase onto", "your own commit")
            }
            _ if self.popped_stash()?.is_some() => {
                Parties::put_on("what is committed", "your stash")
            }
            _ => Parties::own("what comes in"),
        })
    }
}
