//! Locks between processes of one user: one file per locked path, in a directory for them alone.
//!
//! A lock belongs to the open file, so the system gives it up when its process ends, however that happens.
//! The files stay: to remove one would let two processes hold "the" lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{
    directory::{DirectoryError, private_directory},
    shown::Shown,
    system,
};

/// How long a write waits for another one: 10 s. Locks are only held to compare and replace.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock cannot be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process held it all the time.
    #[error("another process is writing {}", Shown(path))]
    Busy {
        /// What was to be locked.
        path: PathBuf,
    },
    /// The directory for locks cannot be used.
    #[error("there is no place for locks")]
    Directory(#[from] DirectoryError),
    /// The system refused.
    #[error("cannot lock {}", Shown(path))]
    Lock {
        /// What was to be locked.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where locks lie and how long to wait for one.
#[derive(Clone, Debug)]
pub struct Locks {
    directory: PathBuf,
    timeout: Duration,
}

impl Locks {
    /// Locks in this directory, which is made with the first one; waits for [`LOCK_TIMEOUT`].
    ///
    /// All processes that write the same files must name the same directory.
    pub fn new(directory: &Path) -> Self {
        Locks {
            directory: directory.to_owned(),
            timeout: LOCK_TIMEOUT,
        }
    }

    /// The same locks with another time to wait for each; zero tries once.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Locks { timeout, ..self }
    }

    /// Makes sure that locks can be taken here: a program tries its directories in turn.
    ///
    /// # Errors
    /// The directory is not ours, or cannot be made or written to.
    pub fn prepare(&self) -> Result<(), LockError> {
        private_directory(&self.directory)?;
        self.file(Path::new("")).map(|_| ()).map_err(|source| {
            let path = self.directory.clone();
            LockError::Lock { path, source }
        })
    }

    /// Takes the lock of a path, which the caller has made canonical.
    ///
    /// # Errors
    /// Another process held it for the whole time, or the directory cannot be used.
    pub fn acquire(&self, canonical: &Path) -> Result<Lock, LockError> {
        private_directory(&self.directory)?;
        Lock::take(self, canonical)
    }

    /// Takes the locks of several paths: each once, in one fixed order, so that two processes never wait for each other.
    ///
    /// # Errors
    /// As [`Locks::acquire`]; then none is held.
    pub fn acquire_all<'a>(
        &self,
        canonical: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Vec<Lock>, LockError> {
        let mut paths: Vec<_> = canonical.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        paths.into_iter().map(|path| self.acquire(path)).collect()
    }

    fn file(&self, canonical: &Path) -> io::Result<File> {
        let name = hex(&Sha256::digest(canonical.as_os_str().as_encoded_bytes()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        system::open_with_mode(&mut options, 0o600);
        options.open(self.directory.join(name))
    }
}

/// Bytes as lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
#[must_use = "the lock is given up when this is dropped"]
pub struct Lock {
    _file: File,
}

impl Lock {
    fn take(locks: &Locks, path: &Path) -> Result<Self, LockError> {
        let refused = |source| LockError::Lock {
            path: path.to_owned(),
            source,
        };
        let file = locks.file(path).map_err(refused)?;
        let mut left = locks.timeout;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::Error(source)) => return Err(refused(source)),
                Err(TryLockError::WouldBlock) if left.is_zero() => {
                    let path = path.to_owned();
                    return Err(LockError::Busy { path });
                }
                Err(TryLockError::WouldBlock) => {
                    let pause = left.min(PAUSE);
                    thread::sleep(pause);
                    left -= pause;
                }
            }
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
