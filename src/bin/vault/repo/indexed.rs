//! What the index alone has: files of attributes that git reads there because the work tree has none, and submodules that nobody has fetched.
//! It is searched as bytes, and parsed only where that finds something: most have nothing of it.

use std::{
    cell::OnceCell,
    fs,
    path::{Path, PathBuf},
};

use git2::Index;

use super::{Repo, told, top::directories};
use crate::failure::Failure;

/// The mode of a submodule, as an index of any version has it.
const SUBMODULE: [u8; 4] = 0o160_000_u32.to_be_bytes();
/// Where an index has its version, and the one from which on it has no whole paths.
const VERSION: std::ops::Range<usize> = 4..8;
const SHORTENS_PATHS: [u8; 4] = 4_u32.to_be_bytes();
/// What git could not merge counts as our side has it.
const STAGES: [i32; 2] = [0, 2];

/// The index of a work tree.
pub(super) struct Indexed {
    /// The top of the work tree.
    top: PathBuf,
    bytes: OnceCell<Vec<u8>>,
}

impl Indexed {
    /// Nothing is read yet.
    pub(super) fn of(top: &Path) -> Self {
        Indexed {
            top: top.to_owned(),
            bytes: OnceCell::new(),
        }
    }

    /// The text of a file, whose path counts from the top.
    ///
    /// # Errors
    /// An index that may have it, and cannot be read.
    pub(super) fn text(&self, file: &Path) -> Result<Option<Vec<u8>>, Failure> {
        if !self.may_have(file) {
            return Ok(None);
        }
        let Some((repo, index)) = self.parsed()? else {
            return Ok(None);
        };
        let mut stages = STAGES.into_iter();
        let entry = stages.find_map(|stage| index.get_path(file, stage));
        entry.map(|entry| repo.blob(entry.id)).transpose()
    }

    /// The folder of a submodule that a path lies in, or would lie in; both count from the top.
    ///
    /// # Errors
    /// An index that may have one, and cannot be read.
    pub(super) fn submodule_around<'p>(&self, path: &'p Path) -> Result<Option<&'p Path>, Failure> {
        if !has(self.bytes(), &SUBMODULE) {
            return Ok(None);
        }
        let Some((_, index)) = self.parsed()? else {
            return Ok(None);
        };
        let is_one = |folder: &&Path| {
            let entry = index.get_path(folder, 0);
            entry.is_some_and(|entry| entry.mode.to_be_bytes() == SUBMODULE)
        };
        let folders = path.ancestors().skip(1);
        let mut folders = folders.take_while(|folder| !folder.as_os_str().is_empty());
        Ok(folders.find(is_one))
    }

    fn may_have(&self, file: &Path) -> bool {
        let bytes = self.bytes();
        let name = [file.as_os_str().as_encoded_bytes(), b"\0"].concat();
        bytes.get(VERSION) == Some(&SHORTENS_PATHS) || has(bytes, &name)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| {
            let directories = directories(&self.top.join(".git"));
            let index = directories.map(|(own, _)| own.join("index"));
            index.and_then(|it| fs::read(it).ok()).unwrap_or_default()
        })
    }

    /// Nothing where no repository can be opened: git does not work there either.
    fn parsed(&self) -> Result<Option<(Repo, Index)>, Failure> {
        let Ok(Some(repo)) = Repo::open(&self.top) else {
            return Ok(None);
        };
        let index = repo.git.index().map_err(|error| told(&error))?;
        Ok(Some((repo, index)))
    }
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}
