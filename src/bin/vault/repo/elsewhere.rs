//! In which folders a history has files of a name: what was moved to another one has its past there.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    rc::Rc,
};

use git2::{ObjectType, Oid};

use super::{BlobId, Reach, Repo, told};
use crate::failure::Failure;

/// Folders within each other, of which none that anybody works with has more.
const DEPTH: usize = 512;
/// Files of the name in one commit.
const FILES: usize = 10_000;

impl Repo {
    /// The versions of files of a name in a history, each once, with the folder that they lie in, from the top; but for those of the
    /// folder that is looked at.
    ///
    /// # Errors
    /// Objects that are missing or damaged, more folders or files than anybody has.
    pub(crate) fn elsewhere(
        &self,
        reach: Reach<'_>,
        name: &str,
    ) -> Result<Vec<(PathBuf, BlobId)>, Failure> {
        let (mut trees, mut found) = (HashSet::new(), BTreeSet::new());
        let mut seen = self.seen.borrow_mut();
        let mut search = Search::of(self, name, &mut seen);
        for commit in self.walk(reach, &self.starts(reach)?)? {
            let commit = commit
                .and_then(|id| self.history().find_commit(id))
                .map_err(|error| told(&error))?;
            if trees.insert(commit.tree_id()) {
                let files = search.below(commit.tree_id(), 0)?;
                let others = files.iter().filter(|(folder, _)| *folder != self.folder);
                found.extend(others.cloned());
            }
        }
        let found = found.into_iter();
        Ok(found.map(|(folder, id)| (folder, BlobId(id))).collect())
    }

    /// The same for what is checked out alone.
    ///
    /// # Errors
    /// As `elsewhere`.
    pub(crate) fn elsewhere_in_head(&self, name: &str) -> Result<Vec<BlobId>, Failure> {
        let Some(head) = self.head()? else {
            return Ok(Vec::new());
        };
        let mut seen = self.seen.borrow_mut();
        let mut search = Search::of(self, name, &mut seen);
        let files = search.below(head.tree_id(), 0)?;
        let others = files.iter().filter(|(folder, _)| *folder != self.folder);
        Ok(others.map(|(_, id)| BlobId(*id)).collect())
    }
}

/// Files of a name, with their folders.
type Files = Rc<[(PathBuf, Oid)]>;

/// What trees have, by the name that was looked for: most trees of a history are those of its neighbours, and a command looks for the past
/// of each environment.
pub(super) type Seen = HashMap<String, HashMap<Oid, Files>>;

struct Search<'s> {
    repo: &'s Repo,
    name: &'s str,
    known: &'s mut HashMap<Oid, Files>,
}

impl<'s> Search<'s> {
    fn of(repo: &'s Repo, name: &'s str, seen: &'s mut Seen) -> Self {
        let known = seen.entry(name.to_owned()).or_default();
        Search { repo, name, known }
    }

    fn below(&mut self, tree: Oid, depth: usize) -> Result<Files, Failure> {
        if let Some(known) = self.known.get(&tree) {
            return Ok(known.clone());
        }
        let mut found = Vec::new();
        let entries = self.repo.git.find_tree(tree);
        for entry in &entries.map_err(|error| told(&error))? {
            match entry.kind() {
                Some(ObjectType::Blob) if entry.name_bytes() == self.name.as_bytes() => {
                    found.push((PathBuf::new(), entry.id()));
                }
                Some(ObjectType::Tree) => {
                    let folder = Path::new(OsStr::from_bytes(entry.name_bytes()));
                    let below = self.below(entry.id(), depth + 1)?;
                    found.extend(below.iter().map(|(path, id)| (folder.join(path), *id)));
                }
                _ => {}
            }
            if found.len() > FILES || depth > DEPTH {
                let text = format!(
                    "git: history has too many folders, or files named {}",
                    self.name
                );
                return Err(Failure::new(text));
            }
        }
        let found: Files = found.into();
        self.known.insert(tree, found.clone());
        Ok(found)
    }
}
