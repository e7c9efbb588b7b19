//! Where git still has a file that the work tree has lost.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
    path::{Component, Path, PathBuf},
};

use git2::{Commit, Oid};

use super::{
    Landing, Repo,
    past::{SHOWN_ID, shown},
    stages::{FILE, KIND},
    told, trees,
};
use crate::{failure::Failure, shell};

/// What is asked first, as a rule with success: what is checked out, and what git is in the middle of bringing in.
const AT_HAND: [&str; 4] = ["HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD"];
/// Commits that are looked at for a hint, the newest first: nobody waits long for one. Those that change nothing do not count.
const LOOKED_AT: usize = 10_000;

/// How much of the history of HEAD is looked at for a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// As much as a hint is worth.
    Hint,
    /// All of it.
    Whole,
}

/// A file that git still has.
pub(crate) struct Kept {
    /// The file, from the top of the work tree.
    path: PathBuf,
    holder: Holder,
}

/// What of git has it.
enum Holder {
    /// The index, and nothing has to be decided about it.
    Index,
    /// The index has one side of a merge: the option that takes it.
    Side(&'static str),
    /// A commit, as git names it.
    Commit(String),
}

impl Kept {
    /// The file, from the top of the work tree.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the file was, in the same way.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Whether the commit that is checked out does not have it any more, nor is about to.
    pub(crate) fn is_of_the_past(&self) -> bool {
        match &self.holder {
            Holder::Commit(name) => name != AT_HAND[0],
            Holder::Index | Holder::Side(_) => false,
        }
    }
}

/// What brings files back.
pub(super) const CHECKOUT: &str = "git checkout";

/// A file as git understands it in a folder: elsewhere it counts from the top.
fn pathspec(path: &Path, folder: &Path) -> String {
    match path.strip_prefix(folder) {
        Ok(path) => shell::pathspec(&path.to_string_lossy()).into_owned(),
        Err(_) => shell::pathspec_from_top(&path.to_string_lossy()),
    }
}

impl Repo {
    /// Looks for a file that a folder had, or one above it: in the index, in HEAD, in what comes in, in the history of HEAD, and at last in
    /// other revisions.
    ///
    /// # Errors
    /// An index that cannot be read, objects that are missing or damaged.
    pub(crate) fn kept(
        &self,
        lost: &Landing,
        others: &[&str],
        depth: Depth,
    ) -> Result<Option<Kept>, Failure> {
        let Some(path) = self.inside(lost) else {
            return Ok(None);
        };
        let name = path.file_name().unwrap_or_default();
        let folders = path.parent().unwrap_or(Path::new("")).ancestors();
        let places: Vec<PathBuf> = folders.map(|folder| folder.join(name)).collect();
        self.kept_at(&places, others, depth)
    }

    /// The same for a file that was at one of some places, from the top of the work tree.
    ///
    /// # Errors
    /// As `kept`.
    pub(crate) fn kept_at(
        &self,
        places: &[PathBuf],
        others: &[&str],
        depth: Depth,
    ) -> Result<Option<Kept>, Failure> {
        if let Some(kept) = self.kept_in_index(places)? {
            return Ok(Some(kept));
        }
        let of_commit = |name: String, commit: &Commit<'_>| {
            let path = self.first_of(commit, places)?;
            let holder = Holder::Commit(name);
            Ok::<_, Failure>(path.map(|path| Kept { path, holder }))
        };
        let named = |names: &[&str]| {
            let mut known = names.iter().filter(|name| self.is_revision(name));
            known.find_map(|name| {
                let commit = self.commit(name);
                let kept = commit.and_then(|commit| of_commit((*name).to_owned(), &commit));
                kept.transpose()
            })
        };
        if let Some(kept) = named(&AT_HAND) {
            return kept.map(Some);
        }
        for commit in self.newest_commits(depth)? {
            let mut id = commit.id().to_string();
            id.truncate(SHOWN_ID);
            if let Some(kept) = of_commit(id, &commit)? {
                return Ok(Some(kept));
            }
        }
        named(others).transpose()
    }

    fn kept_in_index(&self, places: &[PathBuf]) -> Result<Option<Kept>, Failure> {
        let index = self.git.index().map_err(|error| told(&error))?;
        let holder = |path: &PathBuf| {
            let has = |stage: i32| index.get_path(path, stage).is_some();
            match (has(0), has(2), has(3)) {
                (true, ..) => Some(Holder::Index),
                (_, true, _) => Some(Holder::Side("--ours")),
                (_, _, true) => Some(Holder::Side("--theirs")),
                _ => None,
            }
        };
        let mut found = places.iter().filter_map(|path| {
            let (path, holder) = (path.clone(), holder(path)?);
            Some(Kept { path, holder })
        });
        Ok(found.next())
    }

    /// The first of some paths at which a commit has a file.
    fn first_of(
        &self,
        commit: &Commit<'_>,
        places: &[PathBuf],
    ) -> Result<Option<PathBuf>, Failure> {
        let tree = commit.tree().map_err(|error| told(&error))?;
        for path in places {
            if trees::file_at(&tree, path)?.is_some() {
                return Ok(Some(path.clone()));
            }
        }
        Ok(None)
    }

    /// What is kept; nothing where a merge has to decide, or it cannot be read.
    pub(crate) fn kept_text(&self, kept: &Kept) -> Option<Vec<u8>> {
        match &kept.holder {
            Holder::Index => {
                let index = self.git.index().ok()?;
                self.blob(index.get_path(&kept.path, 0)?.id).ok()
            }
            Holder::Side(_) => None,
            Holder::Commit(name) => {
                let tree = self.commit(name).ok()?.tree().ok()?;
                let file = trees::file_at(&tree, &kept.path).ok()??;
                self.blob(file).ok()
            }
        }
    }

    /// The first commit of each tree that is met.
    fn newest_commits(&self, depth: Depth) -> Result<impl Iterator<Item = Commit<'_>>, Failure> {
        let mut newest = Newest::default();
        newest.extend(self.head()?);
        let mut trees = HashSet::new();
        let new = newest.filter(move |commit| trees.insert(commit.tree_id()));
        Ok(new.take(match depth {
            Depth::Hint => LOOKED_AT,
            Depth::Whole => usize::MAX,
        }))
    }

    /// The newest commit of the history of HEAD that has a file at a path, and nothing else; by the beginning of its id. As far as a hint
    /// is worth it.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn last_with_file(&self, path: &Path) -> Result<Option<String>, Failure> {
        let path = self.folder.join(path);
        let has = |commit: &Commit<'_>| {
            let entry = commit.tree().and_then(|tree| tree.get_path(&path));
            entry.is_ok_and(|entry| entry.filemode().cast_unsigned() & KIND == FILE)
        };
        let found = self.newest_commits(Depth::Hint)?.find(has);
        Ok(found.map(|commit| shown(&commit.id().to_string()).to_owned()))
    }

    /// Whether a revision has lost a file that HEAD has, so that whoever merges it loses the file, too.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn is_lost_on(&self, revision: &str, path: &Path) -> Result<bool, Failure> {
        // What is no revision is for git to say.
        let (Some(head), Ok(theirs)) = (self.head()?, self.commit(revision)) else {
            return Ok(false);
        };
        let places = [self.folder.join(path)];
        let has = |commit: &Commit<'_>| Ok::<_, Failure>(self.first_of(commit, &places)?.is_some());
        if !has(&head)? || has(&theirs)? {
            return Ok(false);
        }
        // Without anything in common nothing is taken away.
        let bases = self.history().merge_bases(head.id(), theirs.id());
        for base in bases.iter().flat_map(|bases| bases.iter()) {
            let base = self
                .history()
                .find_commit(*base)
                .map_err(|error| told(&error))?;
            if has(&base)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a revision has something else at a path than each commit from which it and HEAD went apart.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn is_changed_on(&self, revision: &str, path: &Path) -> Result<bool, Failure> {
        let (Some(head), theirs) = (self.head()?, self.commit(revision)?) else {
            return Ok(false);
        };
        let path = self.folder.join(path);
        let entry = |commit: &Commit<'_>| {
            let tree = commit.tree().map_err(|error| told(&error))?;
            let entry = trees::entry_at(&tree, &path)?;
            Ok::<_, Failure>(entry.map(|entry| (entry.id(), entry.filemode())))
        };
        let now = entry(&theirs)?;
        let bases = self.git.merge_bases(head.id(), theirs.id());
        for base in bases.iter().flat_map(|bases| bases.iter()) {
            let base = self.git.find_commit(*base).map_err(|error| told(&error))?;
            if entry(&base)? == now {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What somebody types in a directory to have a file as a revision has it; the file counts from the folder that is looked at.
    pub(crate) fn brought_back(&self, revision: &str, file: &Path, directory: &Path) -> String {
        self.brought_back_from_top(revision, &self.path_at_top(file), directory)
    }

    /// The same for a file that counts from the top of the work tree.
    pub(crate) fn brought_back_from_top(
        &self,
        revision: &str,
        path: &Path,
        directory: &Path,
    ) -> String {
        let (first, revision) = (
            self.included_first(path, directory),
            shell::word(shown(revision)),
        );
        let file = self.named_from_top(path, directory);
        format!("{first}{CHECKOUT} {revision} -- {file}")
    }

    /// The same for a file that git still has, from what has it.
    pub(crate) fn brought_back_kept(&self, kept: &Kept, directory: &Path) -> String {
        match &kept.holder {
            Holder::Index => self.brought_in_from_top(&kept.path, directory),
            Holder::Side(option) => {
                let file = self.named_from_top(&kept.path, directory);
                format!("{CHECKOUT} {option} -- {file}")
            }
            Holder::Commit(name) => self.brought_back_from_top(name, &kept.path, directory),
        }
    }

    /// Where a directory is, from the top of the work tree; one that is elsewhere has no file of it.
    fn below<'d>(&self, directory: &'d Path) -> &'d Path {
        let below = directory.strip_prefix(&self.work_tree);
        below.unwrap_or(Path::new("/"))
    }

    /// What git calls a file in a directory.
    pub(crate) fn named_in(&self, file: &Path, directory: &Path) -> String {
        self.named_from_top(&self.path_at_top(file), directory)
    }

    /// The same for a file that counts from the top of the work tree.
    pub(crate) fn named_from_top(&self, path: &Path, directory: &Path) -> String {
        pathspec(path, self.below(directory))
    }

    /// git as somebody calls it in a directory for what it does at the top of the work tree alone.
    pub(super) fn git_at_top(&self, directory: &Path) -> String {
        let below = self.below(directory);
        let top: PathBuf = match below.is_absolute() {
            true => self.work_tree.clone(),
            false => below.iter().map(|_| Component::ParentDir).collect(),
        };
        match top.as_os_str().is_empty() {
            true => "git".to_owned(),
            false => format!("git -C {}", shell::word(&top.to_string_lossy())),
        }
    }
}

/// A history, the newest commits first, and none before one that goes on from it. It is read as far as it is looked at: git's own walk in such
/// an order reads all of it first. What a shallow clone lacks, or is damaged, ends it.
#[derive(Default)]
struct Newest<'r> {
    /// Each until it is looked at.
    known: Vec<Option<Commit<'r>>>,
    seen: HashSet<Oid>,
    /// By time, and of one time what was found first.
    next: BinaryHeap<(i64, Reverse<usize>)>,
}

impl<'r> Extend<Commit<'r>> for Newest<'r> {
    fn extend<C: IntoIterator<Item = Commit<'r>>>(&mut self, commits: C) {
        for commit in commits {
            if self.seen.insert(commit.id()) {
                let time = commit.time().seconds();
                self.next.push((time, Reverse(self.known.len())));
                self.known.push(Some(commit));
            }
        }
    }
}

impl<'r> Iterator for Newest<'r> {
    type Item = Commit<'r>;

    fn next(&mut self) -> Option<Commit<'r>> {
        let (_, Reverse(at)) = self.next.pop()?;
        let commit = self.known[at].take()?;
        self.extend(commit.parents());
        Some(commit)
    }
}
