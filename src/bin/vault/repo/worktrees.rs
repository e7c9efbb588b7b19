//! What each work tree of a repository has checked out and noted for itself: no branch need lead there, and no list of references that
//! libgit2 makes has all of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use git2::Oid;

use super::Repo;

/// Below `refs`, what belongs to one work tree.
const OF_ONE: [&str; 3] = ["bisect", "rewritten", "worktree"];
/// Folders within each other, of which none of git's has more.
const DEPTH: usize = 16;

impl Repo {
    /// The commits that any work tree has noted, with what git calls them; those of which there is no commit are passed over.
    pub(super) fn of_work_trees(&self) -> Vec<(String, Oid)> {
        let shared = self.git.commondir();
        let mut found = self.noted_in(shared, "main-worktree");
        for (name, folder) in entries(&shared.join("worktrees")) {
            found.extend(self.noted_in(&folder, &format!("worktrees/{name}")));
        }
        found
    }

    fn noted_in(&self, folder: &Path, name: &str) -> Vec<(String, Oid)> {
        let mut files = vec![("HEAD".to_owned(), folder.join("HEAD"))];
        for kind in OF_ONE {
            let (name, folder) = (format!("refs/{kind}"), folder.join("refs").join(kind));
            below(&name, &folder, DEPTH, &mut files);
        }
        let noted = files.into_iter().filter_map(|(reference, file)| {
            let text = fs::read_to_string(file).ok()?;
            // Where it names a branch, that is among the references.
            let commit = self.git.find_commit(Oid::from_str(text.trim()).ok()?);
            Some((format!("{name}/{reference}"), commit.ok()?.id()))
        });
        noted.collect()
    }
}

/// Every file in a folder of references, by the reference's name.
fn below(name: &str, folder: &Path, depth: usize, files: &mut Vec<(String, PathBuf)>) {
    for (entry, path) in entries(folder) {
        let name = format!("{name}/{entry}");
        match path.is_dir() {
            true if depth > 0 => below(&name, &path, depth - 1, files),
            true => {}
            false => files.push((name, path)),
        }
    }
}

/// What a folder holds, in the order of names; nothing where it cannot be looked into.
fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<(String, PathBuf)> = entries
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .collect();
    all.sort();
    all
}
