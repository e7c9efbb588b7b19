//! Repositories of objects that a test makes one by one.

use git2::{Oid, Repository, Signature};
use tempfile::TempDir;

use super::Repo;

pub(super) struct Made {
    place: TempDir,
    git: Repository,
}

impl Made {
    pub(super) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let git = Repository::init(place.path()).unwrap();
        Made { place, git }
    }

    pub(super) fn file(&self, text: &str) -> Oid {
        self.git.blob(text.as_bytes()).unwrap()
    }

    /// A folder with these in it; those of a name with a dot are files.
    pub(super) fn folder(&self, entries: &[(&str, Oid)]) -> Oid {
        let mut folder = self.git.treebuilder(None).unwrap();
        for (name, id) in entries {
            let mode = if name.contains('.') {
                0o100_644
            } else {
                0o040_000
            };
            folder.insert(name, *id, mode).unwrap();
        }
        folder.write().unwrap()
    }

    /// The next commit of HEAD.
    pub(super) fn commit(&self, tree: Oid) {
        let who = Signature::now("somebody", "somebody@example.org").unwrap();
        let tree = self.git.find_tree(tree).unwrap();
        let parent = self.git.head().ok().map(|it| it.peel_to_commit().unwrap());
        let parents: Vec<_> = parent.iter().collect();
        self.git
            .commit(Some("HEAD"), &who, &who, "", &tree, &parents)
            .unwrap();
    }

    pub(super) fn repo(&self) -> Repo {
        Repo::open(self.place.path()).unwrap().unwrap()
    }
}
