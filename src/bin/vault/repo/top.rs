//! What git takes for a repository. Where a folder has a `.git` that is none, what lies in it belongs to the repository around it, whose
//! `git add` takes it along; libgit2 stops there, and some of it takes for a repository.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use git2::{ErrorCode, Repository};

use super::{Repo, of_another, told};
use crate::failure::Failure;

/// Bytes of a file that names something.
const NAME_LIMIT: u64 = 1 << 16;

impl Repo {
    /// Opens the repository that git works in where variables say which and on which work tree, though no path leads there; all are
    /// absolute. `None` where there is none.
    ///
    /// # Errors
    /// As `open`.
    pub(crate) fn named(
        git: Option<&Path>,
        work_tree: Option<&Path>,
        directory: &Path,
    ) -> Result<Option<Self>, Failure> {
        let around = || top_around(&directory.join("file")).map(|top| top.join(".git"));
        let Some(place) = git.map(Path::to_owned).or_else(around) else {
            return Ok(None);
        };
        let git = match Repository::open(&place) {
            Ok(git) => git,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) if error.code() == ErrorCode::Owner => {
                return Err(of_another(&place, &error));
            }
            Err(error) => return Err(told(&error)),
        };
        let config = git.config().and_then(|mut config| config.snapshot());
        let config = config.map_err(|error| told(&error))?;
        let says = |key: &str| config.get_string(key).is_ok();
        let work_tree = match (work_tree, git.workdir()) {
            (Some(named), _) => named.to_owned(),
            (None, Some(said)) if says("core.worktree") => said.to_owned(),
            (None, _) if config.get_bool("core.bare").unwrap_or(false) => return Ok(None),
            (None, _) => directory.to_owned(),
        };
        git.set_workdir(&work_tree, false)
            .map_err(|error| told(&error))?;
        Repo::with(git, work_tree).map(Some)
    }
}

/// The top of the work tree that a path lies in, or would lie in, as git sees it.
pub(super) fn top_around(path: &Path) -> Option<&Path> {
    let mut folders = path.ancestors().skip(1);
    folders.find(|folder| is_repository(&folder.join(".git")))
}

/// Whether a `.git` is a repository, or names one.
pub(super) fn is_repository(git: &Path) -> bool {
    match fs::metadata(git) {
        Ok(it) if it.is_dir() => is_directory_of_git(git),
        Ok(it) if it.is_file() => named_in(git).is_some_and(|it| is_directory_of_git(&it)),
        _ => false,
    }
}

/// Where a file in the place of a `.git` says that it is.
fn named_in(file: &Path) -> Option<PathBuf> {
    let text = text(file)?;
    let named = text.strip_prefix(b"gitdir: ")?;
    Some(file.parent()?.join(path(named)))
}

/// The directory of the repository whose `.git` it is, and the one that all its work trees share.
pub(super) fn directories(git: &Path) -> Option<(PathBuf, PathBuf)> {
    let own = match git.is_dir() {
        true => git.to_owned(),
        false => named_in(git)?,
    };
    let shared = shared(&own);
    Some((own, shared))
}

fn shared(folder: &Path) -> PathBuf {
    let named = text(&folder.join("commondir"));
    named.map_or_else(|| folder.to_owned(), |it| folder.join(path(&it)))
}

fn is_directory_of_git(folder: &Path) -> bool {
    let shared = shared(folder);
    has_head(folder) && shared.join("objects").is_dir() && shared.join("refs").is_dir()
}

/// Whether there is a HEAD that names a branch or a commit.
fn has_head(folder: &Path) -> bool {
    let head = folder.join("HEAD");
    if let Ok(target) = fs::read_link(&head) {
        return target.starts_with("refs");
    }
    let text = text(&head).unwrap_or_default();
    match text.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii_start().starts_with(b"refs/"),
        None => text.len() >= 40 && text[..40].iter().all(u8::is_ascii_hexdigit),
    }
}

fn text(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(file).ok().filter(is_file)?;
    file.take(NAME_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn is_file(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// A path as git writes it into such a file.
fn path(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    let end = bytes.iter().rposition(|it| !matches!(it, b'\n' | b'\r'));
    Path::new(std::ffi::OsStr::from_bytes(
        &bytes[..end.map_or(0, |at| at + 1)],
    ))
}

/// The next folder above a path that has a `.git`, whatever that is.
pub(super) fn folder_with_git(path: &Path) -> Option<&Path> {
    let mut folders = path.ancestors().skip(1);
    folders.find(|folder| folder.join(".git").symlink_metadata().is_ok())
}
