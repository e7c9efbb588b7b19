//! What this machine accepted last, on disk: one file for each repository, named after its id, for this user alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    Content, LockError, Locks, ReadError, Replacement, WriteError, directory::DirectoryError,
    private_directory, shown::Shown, snapshot::read,
};
use crate::known::{Known, MemoryError};

/// How the files end.
const SUFFIX: &str = ".json";

/// The memories of all repositories.
#[derive(Clone, Debug)]
pub struct KnownFiles {
    directory: PathBuf,
}

/// A memory cannot be read or written.
#[derive(Debug, Error)]
pub enum KnownError {
    /// The system refused.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It holds what no memory does.
    #[error("cannot use {}", Shown(path))]
    Memory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: MemoryError,
    },
    /// There is no place for it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Another process writes it all the time.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl KnownFiles {
    /// Memories in this directory, which is made when something is written.
    pub fn new(directory: &Path) -> Self {
        KnownFiles {
            directory: directory.to_owned(),
        }
    }

    /// What is known of a repository; nothing where there is no memory, or none that may be looked at: a container may run as
    /// somebody else, with this one's home.
    ///
    /// # Errors
    ///
    /// A memory that is damaged, or from a newer version of vault: to go on without it would forget a removal.
    pub fn read(&self, repository: &str) -> Result<Known, KnownError> {
        match self.read_existing(repository) {
            Err(KnownError::Read(ReadError::Read { source, .. }))
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                Ok(Known::default())
            }
            read => read,
        }
    }

    /// The same, where what is there is about to be replaced: it has to be read then.
    fn read_existing(&self, repository: &str) -> Result<Known, KnownError> {
        let path = self.path(repository);
        let file = match read(&path) {
            Ok(file) => file,
            Err(ReadError::Missing { .. }) => return Ok(Known::default()),
            Err(error) => return Err(error.into()),
        };
        let damaged = |source| KnownError::Memory {
            path: path.clone(),
            source,
        };
        let text = file.text().map_err(|_| damaged(MemoryError::Damaged))?;
        Known::parse(text).map_err(damaged)
    }

    /// Changes what is known of a repository; written only if `change` says that there is news.
    ///
    /// # Errors
    ///
    /// As [`KnownFiles::read`], and what stands in the way of writing.
    pub fn update(
        &self,
        repository: &str,
        locks: &Locks,
        change: impl FnOnce(&mut Known) -> bool,
    ) -> Result<(), KnownError> {
        let path = self.path(repository);
        private_directory(&self.directory)?;
        // Another process may learn something at the same time: neither is to forget what the other did.
        let _lock = locks.acquire(&path)?;
        let mut known = self.read_existing(repository)?;
        if change(&mut known) {
            let text = known.to_text();
            Replacement::prepare(&path, text.as_bytes(), Content::Private)?.commit()?;
        }
        Ok(())
    }

    /// Knows nothing of a repository any more.
    ///
    /// # Errors
    ///
    /// What stands in the way of that.
    pub fn forget(&self, repository: &str, locks: &Locks) -> Result<(), KnownError> {
        let path = self.path(repository);
        if !path.exists() {
            return Ok(());
        }
        let _lock = locks.acquire(&path)?;
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(WriteError::Write { path, source }.into())
            }
            _ => Ok(()),
        }
    }

    /// The repositories of which something is known, by id.
    pub fn repositories(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        names
            .filter_map(|name| name.strip_suffix(SUFFIX).map(str::to_owned))
            .collect()
    }

    /// The id is 32 hex digits, as every config that was read has it.
    fn path(&self, repository: &str) -> PathBuf {
        self.directory.join(format!("{repository}{SUFFIX}"))
    }
}
