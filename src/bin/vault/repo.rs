//! The git repository around a vault: what HEAD holds, what history held, what git ignores, what it could not merge. Starts no program, and
//! writes only a file that was merged to the index, what is not merged yet to the objects, and to git's config what it says about the drivers
//! of vault.

mod altered;
mod attributes;
mod branches;
mod drivers;
mod elsewhere;
mod errors;
mod exposure;
mod hooks;
mod ignore;
mod incoming;
mod indexed;
mod kept;
mod landing;
mod lineage;
mod lines;
mod links;
#[cfg(test)]
mod made;
mod next_commit;
mod outside;
mod parties;
mod past;
mod patterns;
mod sections;
mod settings;
mod sides;
mod sparse;
mod stages;
mod top;
mod trail;
mod trees;
mod versions;
mod worktrees;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use git2::{Commit, ErrorCode, Oid, Repository, RepositoryState};

use crate::{context::GitConfig, failure::Failure};
pub(crate) use altered::{ATTRIBUTES, Alteration, Alterations, Look};
pub(crate) use drivers::{Drivers, Found};
use errors::{of_another, told, unopened};
pub(crate) use exposure::Exposure;
pub(crate) use ignore::{RULES, Rule};
pub(crate) use incoming::Incoming;
pub(crate) use kept::{Depth, Kept};
pub(crate) use landing::Landing;
pub(crate) use lineage::{BlobId, Lineage, Map, Reach, Step};
pub(crate) use lines::by_lines;
pub(crate) use next_commit::{NextCommit, Reading, StagedPath, Standing};
pub(crate) use parties::Parties;
pub(crate) use past::{Sighting, shown};
pub(crate) use sides::Staged;
pub(crate) use stages::Unmerged;
pub(crate) use trail::Span;
pub(crate) use versions::{Spot, Version};

/// Bytes of a blob that is looked at; what is larger is no secret file.
const BLOB_LIMIT: usize = 64 << 20;
/// Commits that are looked at for what is shown of a history; whoever shows it says that it is cut off there.
const COMMIT_LIMIT: usize = 100_000;

/// A repository with a work tree.
pub(crate) struct Repo {
    git: Repository,
    /// The repository that a linked work tree belongs to, where its history is cut off.
    cut_off: Option<Repository>,
    work_tree: PathBuf,
    /// Where commits have the folder that is looked at, from the top; empty for the top itself.
    folder: PathBuf,
    /// Histories that were walked.
    trails: RefCell<trail::Trails>,
    /// What was seen in trees.
    seen: RefCell<elsewhere::Seen>,
}

impl Repo {
    /// Opens the repository whose work tree is `root`; `None` where there is no git.
    ///
    /// # Errors
    /// A repository that libgit2 does not read.
    pub(crate) fn open(root: &Path) -> Result<Option<Self>, Failure> {
        let git = match Repository::open(root) {
            Ok(git) => git,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(unopened(root, &error)),
        };
        let Some(work_tree) = git.workdir().map(Path::to_owned) else {
            return Ok(None);
        };
        Repo::with(git, work_tree).map(Some)
    }

    fn with(git: Repository, work_tree: PathBuf) -> Result<Self, Failure> {
        Ok(Repo {
            cut_off: cut_off(&git)?,
            git,
            work_tree: work_tree.canonicalize().unwrap_or(work_tree),
            folder: PathBuf::new(),
            trails: RefCell::default(),
            seen: RefCell::default(),
        })
    }

    /// Opens the repository that a folder is in, to look at that folder in its commits: paths in them count from it.
    ///
    /// # Errors
    /// As `open`.
    pub(crate) fn of_folder(folder: &Path) -> Result<Option<Self>, Failure> {
        let folder = folder
            .canonicalize()
            .map_err(|error| Failure::because(&error))?;
        let landing = Landing(folder);
        let Some(mut repo) = Repo::around(&landing.file("file"))? else {
            return Ok(None);
        };
        repo.folder = repo.inside(&landing).unwrap_or(Path::new("")).to_owned();
        Ok(Some(repo))
    }

    /// The same repository, to look at another folder in its commits, which counts from the top.
    ///
    /// # Errors
    /// As `open`.
    pub(crate) fn at_folder(&self, folder: &Path) -> Result<Option<Self>, Failure> {
        let repo = Repo::open(&self.work_tree)?;
        Ok(repo.map(|repo| Repo {
            folder: folder.to_owned(),
            ..repo
        }))
    }

    /// Opens the repository whose work tree a path lies in, or would lie in; `None` where there is none.
    ///
    /// # Errors
    /// As `open`.
    pub(crate) fn around(landing: &Landing) -> Result<Option<Self>, Failure> {
        // Where no folder above has a repository, one that is broken still has its say: it may be whole again tomorrow.
        let broken = || top::folder_with_git(&landing.0);
        match top::top_around(&landing.0).or_else(broken) {
            Some(root) => Repo::open(root),
            None => Ok(None),
        }
    }

    /// Whether a path lies in this work tree, and in no other one within it.
    pub(crate) fn is_around(&self, landing: &Landing) -> bool {
        top::folder_with_git(&landing.0) == Some(self.work_tree.as_path())
    }

    /// Refuses an index of a kind that is not read here.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn expect_index(&self) -> Result<(), Failure> {
        self.git.index().map(drop).map_err(|error| told(&error))
    }

    /// Whether git could not merge a file, and waits for somebody to do it.
    ///
    /// # Errors
    /// An index that cannot be read.
    pub(crate) fn is_unmerged(&self, landing: &Landing) -> Result<bool, Failure> {
        let Some(relative) = self.inside(landing) else {
            return Ok(false);
        };
        let index = self.git.index().map_err(|error| told(&error))?;
        Ok((1..=3).any(|stage| index.get_path(relative, stage).is_some()))
    }

    /// Whether the commit that is checked out has a file there, or a folder.
    ///
    /// # Errors
    /// Objects that are missing or damaged.
    pub(crate) fn is_in_head(&self, landing: &Landing) -> Result<bool, Failure> {
        let (Some(head), Ok(relative)) = (self.head()?, landing.0.strip_prefix(&self.work_tree))
        else {
            return Ok(false);
        };
        let tree = head.tree().map_err(|error| told(&error))?;
        Ok(trees::entry_at(&tree, relative)?.is_some())
    }

    /// The top of the work tree, absolute and without links.
    pub(crate) fn work_tree(&self) -> &Path {
        &self.work_tree
    }

    /// Where something lands, from the top of the work tree; `None` if that is elsewhere.
    pub(crate) fn inside<'l>(&self, landing: &'l Landing) -> Option<&'l Path> {
        landing.0.strip_prefix(&self.work_tree).ok()
    }

    /// The commit that is checked out; `None` where nothing is committed yet.
    fn head(&self) -> Result<Option<Commit<'_>>, Failure> {
        match self.git.head() {
            Ok(head) => {
                let id = head.peel_to_commit().map(|commit| commit.id());
                let commit = id.and_then(|id| self.history().find_commit(id));
                commit.map(Some).map_err(|error| told(&error))
            }
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Ok(None)
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// The commit that is checked out, by its whole id; it is not read.
    ///
    /// # Errors
    /// References that cannot be read.
    pub(crate) fn head_id(&self) -> Result<Option<String>, Failure> {
        match self.git.refname_to_id("HEAD") {
            Ok(id) => Ok(Some(id.to_string())),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                Ok(None)
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// Whether there is a commit, by its whole id.
    pub(crate) fn has_commit(&self, id: &str) -> bool {
        let id = Oid::from_str(id);
        id.is_ok_and(|id| self.git.find_commit(id).is_ok())
    }

    /// Whether git is in the middle of a merge.
    pub(crate) fn is_merging(&self) -> bool {
        self.git.state() == RepositoryState::Merge
    }

    /// Every file that git knows or would take, from the top of the work tree; not what it ignores, nor other repositories inside.
    ///
    /// # Errors
    /// Rules or an index of git that cannot be read.
    pub(crate) fn files(&self, variables: &GitConfig) -> Result<BTreeSet<PathBuf>, Failure> {
        let index = self.git.index().map_err(|error| told(&error))?;
        let mut found: BTreeSet<PathBuf> =
            index.iter().filter_map(|entry| path(&entry.path)).collect();
        let elsewhere = self.rules_elsewhere(variables)?;
        let new = ignore::not_ignored(&self.work_tree, &elsewhere, |rules| {
            self.left_out(&index, rules)
        });
        found.extend(new);
        Ok(found)
    }

    /// Whether history is cut off, as in the clones of many CI systems.
    pub(crate) fn is_shallow(&self) -> bool {
        self.history().is_shallow()
    }

    /// Where commits are read whose parents matter: it knows at which the history is cut off.
    fn history(&self) -> &Repository {
        self.cut_off.as_ref().unwrap_or(&self.git)
    }

    /// Whether there may be objects that git would fetch when it needs them, as with `git clone --filter`.
    pub(crate) fn is_partial(&self) -> bool {
        let config = self.git.config().and_then(|mut config| config.snapshot());
        config.is_ok_and(|config| {
            let promisors = config.entries(Some(r"^remote\..*\.promisor$"));
            promisors.is_ok_and(|mut entries| entries.next().is_some())
        })
    }

    /// What git calls the person at work.
    pub(crate) fn user_name(&self) -> Option<String> {
        let config = self.git.config().ok()?.snapshot().ok()?;
        config.get_string("user.name").ok()
    }

    fn blob(&self, id: Oid) -> Result<Vec<u8>, Failure> {
        let blob = match self.git.find_blob(id) {
            Ok(blob) => blob,
            // A folder or a submodule has the name; a file that could not be read once may be there the second time, and is no answer.
            Err(error) => match self.git.find_object(id, None) {
                Ok(other) if other.kind() != Some(git2::ObjectType::Blob) => return Ok(Vec::new()),
                _ => return Err(told(&error)),
            },
        };
        Ok(if blob.size() > BLOB_LIMIT {
            Vec::new()
        } else {
            blob.content().to_vec()
        })
    }
}

/// libgit2 looks for the commits at which a history is cut off in the directory of a linked work tree, and git keeps them in the one that all
/// work trees share.
fn cut_off(git: &Repository) -> Result<Option<Repository>, Failure> {
    let shared = git.commondir();
    if !git.is_worktree() || !shared.join("shallow").exists() {
        return Ok(None);
    }
    match Repository::open(shared) {
        Ok(shared) => Ok(Some(shared)),
        Err(error) if error.code() == ErrorCode::Owner => {
            let above = shared.parent().filter(|_| shared.ends_with(".git"));
            Err(of_another(above.unwrap_or(shared), &error))
        }
        Err(error) => Err(told(&error)),
    }
}

/// A path as git has it; a repository within the work tree ends in a slash, and is nobody's file.
fn path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(bytes));
    (!bytes.ends_with(b"/")).then(|| path.to_owned())
}
