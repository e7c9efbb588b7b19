//! In which folders a history has files of a name: what was moved to another one has its past there.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    rc::Rc,
};

use git2::{ObjectType, Oid};

use super::{BlobId, Reach, Repo, Span};
use crate::failure::Failure;

/// Folders within each other, of which none that anybody works with has more.
const DEPTH: usize = 512;
/// Files of the name that one commit has, and none of those after it.
const FILES: usize = 10_000;

impl Repo {
    /// The versions of files of a name in a history, each once, with the folder that they lie in, from the top; but for those of the
    /// folder that is looked at.
    ///
    /// # Errors
    /// Objects that are missing or damaged, more folders or files than anybody has.
    pub(crate) fn elsewhere(&self, reach: Reach<'_>, name: &str) -> Result<Files, Failure> {
        let key = (self.span(reach)?, name.to_owned());
        if let Some(files) = self.seen.borrow().files.get(&key) {
            return Ok(files.clone());
        }
        let trail = self.trail(reach)?;
        let files = self.files_in(trail.iter().map(|stop| stop.tree), name)?;
        let mut seen = self.seen.borrow_mut();
        seen.files.insert(key, files.clone());
        Ok(files)
    }

    /// The same for what is checked out alone.
    ///
    /// # Errors
    /// As `elsewhere`.
    pub(crate) fn elsewhere_in_head(&self, name: &str) -> Result<Files, Failure> {
        let head = self.head()?;
        self.files_in(head.map(|head| head.tree_id()), name)
    }

    /// The same for a revision alone.
    ///
    /// # Errors
    /// As `elsewhere`; there is no such revision.
    pub(crate) fn elsewhere_at(&self, revision: &str, name: &str) -> Result<Files, Failure> {
        self.files_in([self.commit(revision)?.tree_id()], name)
    }

    fn files_in(&self, trees: impl IntoIterator<Item = Oid>, name: &str) -> Result<Files, Failure> {
        let mut seen = self.seen.borrow_mut();
        let mut search = Search {
            repo: self,
            name,
            without: seen.without.entry(name.to_owned()).or_default(),
            with: HashMap::new(),
            found: BTreeSet::new(),
            limit: 0,
        };
        for tree in trees {
            search.limit = search.found.len() + FILES;
            search.look(Path::new(""), tree, 0)?;
        }
        let found = search.found.into_iter();
        let others = found.filter(|(folder, _)| *folder != self.folder);
        Ok(others.map(|(folder, id)| (folder, BlobId(id))).collect())
    }
}

/// Files of a name, with their folders.
pub(crate) type Files = Rc<[(PathBuf, BlobId)]>;

/// What was found in a command, which looks for the past of each environment.
#[derive(Default)]
pub(super) struct Seen {
    /// In which histories which files of a name are.
    files: HashMap<(Span, String), Files>,
    /// Trees that have no file of a name, and neither does anything below: nearly all of them.
    without: HashMap<String, HashSet<Oid>>,
}

struct Search<'s> {
    repo: &'s Repo,
    name: &'s str,
    without: &'s mut HashSet<Oid>,
    /// Trees that have one, by where they were seen: a folder that was moved is the same tree elsewhere.
    with: HashMap<PathBuf, HashSet<Oid>>,
    found: BTreeSet<(PathBuf, Oid)>,
    /// How many may be found.
    limit: usize,
}

impl Search<'_> {
    /// Notes the files below a folder that is this tree; returns whether there are any.
    fn look(&mut self, folder: &Path, tree: Oid, depth: usize) -> Result<bool, Failure> {
        if self.with.get(folder).is_some_and(|it| it.contains(&tree)) {
            return Ok(true);
        }
        if depth > DEPTH {
            return Err(self.too_many());
        }
        let mut has_any = false;
        for entry in &self.repo.passing_tree(tree)? {
            has_any |= match entry.kind() {
                Some(ObjectType::Blob) if entry.name_bytes() == self.name.as_bytes() => {
                    self.found.insert((folder.to_owned(), entry.id()));
                    true
                }
                Some(ObjectType::Tree) if !self.without.contains(&entry.id()) => {
                    let below = folder.join(OsStr::from_bytes(entry.name_bytes()));
                    self.look(&below, entry.id(), depth + 1)?
                }
                _ => false,
            };
            if self.found.len() > self.limit {
                return Err(self.too_many());
            }
        }
        match has_any {
            true => self.with.entry(folder.to_owned()).or_default().insert(tree),
            false => self.without.insert(tree),
        };
        Ok(has_any)
    }

    fn too_many(&self) -> Failure {
        let name = self.name;
        Failure::new(format!(
            "git: history has too many folders, or files named {name}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::made::Made, *};

    const NAME: &str = ".vault.yaml";

    /// The folders, with what the file has that lies there.
    fn found(repo: &Repo) -> Vec<(String, String)> {
        let files = repo.elsewhere(Reach::Head, NAME).unwrap();
        let text = |id| String::from_utf8(repo.version(id).unwrap()).unwrap();
        let files = files.iter();
        let mut files: Vec<(String, String)> = files
            .map(|(folder, id)| (folder.display().to_string(), text(*id)))
            .collect();
        files.sort();
        files
    }

    fn pair(folder: &str, text: &str) -> (String, String) {
        (folder.to_owned(), text.to_owned())
    }

    #[test]
    fn a_folder_that_was_moved_as_it_is_is_found_in_both_places() {
        let made = Made::new();
        let vault = made.folder(&[(NAME, made.file("1"))]);
        let other = made.folder(&[("a.txt", made.file("1"))]);
        made.commit(made.folder(&[("old", vault), ("other", other)]));
        made.commit(made.folder(&[("new", made.folder(&[("in", vault)])), ("other", other)]));
        assert_eq!(found(&made.repo()), [pair("new/in", "1"), pair("old", "1")]);
    }

    #[test]
    fn every_version_is_found_and_those_of_the_own_folder_are_not() {
        let made = Made::new();
        let at = |top: &str, below: &str| {
            let vault = made.folder(&[(NAME, made.file(below))]);
            made.commit(made.folder(&[(NAME, made.file(top)), ("a", vault)]));
        };
        at("1", "2");
        at("3", "4");
        at("5", "2");
        assert_eq!(found(&made.repo()), [pair("a", "2"), pair("a", "4")]);
        let in_head = made.repo().elsewhere_in_head(NAME).unwrap();
        assert_eq!(in_head.len(), 1);
    }

    #[test]
    fn folders_within_each_other_have_an_end() {
        let made = Made::new();
        let within = |folder| made.folder(&[("a", folder)]);
        let vault = made.folder(&[(NAME, made.file("1"))]);
        let deep = (0..DEPTH).fold(vault, |folder, _| within(folder));
        made.commit(deep);
        assert_eq!(found(&made.repo()).len(), 1);
        made.commit(within(deep));
        assert!(made.repo().elsewhere(Reach::Head, NAME).is_err());
    }

    #[test]
    fn few_objects_that_make_many_files_are_refused() {
        let made = Made::new();
        let names: Vec<String> = (0..100).map(|at| format!("a{at}")).collect();
        let hundred = |of| -> Oid {
            let all: Vec<(&str, Oid)> = names.iter().map(|name| (name.as_str(), of)).collect();
            made.folder(&all)
        };
        let mut folder = hundred(made.folder(&[(NAME, made.file("1"))]));
        for _ in 0..8 {
            folder = hundred(folder);
        }
        made.commit(folder);
        assert!(made.repo().elsewhere(Reach::Head, NAME).is_err());
    }
}
