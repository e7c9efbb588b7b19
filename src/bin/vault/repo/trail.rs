//! The trees of a history, each once: a command looks for several things in the same one.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use git2::{Oid, Tree, opts::enable_caching};

use super::{Reach, Repo, told};
use crate::failure::Failure;

/// Which commits are walked back: what something reaches from where it is now.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    starts: Vec<Oid>,
    /// What leads to it is left out.
    hidden: Option<Oid>,
}

/// A tree of a history.
pub(super) struct Stop {
    /// The last commit that has it.
    pub(super) commit: Oid,
    pub(super) tree: Oid,
}

/// What was walked.
pub(super) type Trails = HashMap<Span, Rc<[Stop]>>;

impl Repo {
    /// What something reaches now.
    ///
    /// # Errors
    /// A revision that there is not, references that cannot be read.
    pub(crate) fn span(&self, reach: Reach<'_>) -> Result<Span, Failure> {
        let starts = self.starts(reach)?;
        Ok(Span {
            starts: starts.into_iter().map(|(_, id)| id).collect(),
            hidden: self.hidden(reach)?,
        })
    }

    /// The trees of a history, the newest first.
    ///
    /// # Errors
    /// Objects that are missing or damaged, a revision that there is not.
    pub(super) fn trail(&self, reach: Reach<'_>) -> Result<Rc<[Stop]>, Failure> {
        let span = self.span(reach)?;
        if let Some(trail) = self.trails.borrow().get(&span) {
            return Ok(trail.clone());
        }
        let (mut trees, mut stops) = (HashSet::new(), Vec::new());
        for commit in self.walk(reach, &self.starts(reach)?)? {
            let commit = commit
                .and_then(|id| self.history().find_commit(id))
                .map_err(|error| told(&error))?;
            if trees.insert(commit.tree_id()) {
                stops.push(Stop {
                    commit: commit.id(),
                    tree: commit.tree_id(),
                });
            }
        }
        let trail: Rc<[Stop]> = stops.into();
        self.trails.borrow_mut().insert(span, trail.clone());
        Ok(trail)
    }

    /// A tree that is looked at once: libgit2 would keep all of them until the end.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub(super) fn passing_tree(&self, id: Oid) -> Result<Tree<'_>, Failure> {
        enable_caching(false);
        let tree = self.git.find_tree(id);
        enable_caching(true);
        tree.map_err(|error| told(&error))
    }
}
