//! Files as they were read.

use std::{
    fmt,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    place::{PathError, Place},
    root::Root,
    shown::Shown,
    system::{self, Owner},
};
use crate::secret::Redacted;

/// Bytes that a file may have: 64 MiB.
pub const READ_LIMIT: u64 = 64 * 1024 * 1024;

/// How often a file that is replaced while it is opened is tried again.
const ATTEMPTS: usize = 16;

/// A file cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Its path is none inside the root.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There is none.
    #[error("there is no file {}", Shown(path))]
    Missing {
        /// Which.
        path: PathBuf,
    },
    /// A directory, a pipe or a device bears the name.
    #[error("{} is not a regular file", Shown(path))]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// It has more than [`READ_LIMIT`] bytes.
    #[error("{} is larger than {} MiB", Shown(path), READ_LIMIT >> 20)]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// It is not UTF-8.
    #[error("{} is not UTF-8 text: byte {at} cannot stand there", Shown(path))]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first byte that does not fit, counted from 0.
        at: usize,
    },
    /// It was replaced again and again while it was opened.
    #[error("{} does not stay the same file", Shown(path))]
    Restless {
        /// Which.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot read {}", Shown(path))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The SHA-256 of a file's bytes; never shown, for it may be one of a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Computes it.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }

    /// Shows the 32 bytes to code that stores them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes 32 stored bytes back.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted.fmt(f)
    }
}

/// A file's bytes, and what was true of it when they were read.
pub struct Snapshot {
    path: PathBuf,
    target: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
    digest: OnceLock<Digest>,
    metadata: Metadata,
    is_link: bool,
}

impl Snapshot {
    /// The path as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the bytes lie: absolute and without links.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the bytes away: those of an encrypted file, which need not be wiped.
    pub fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes)
    }

    /// The bytes as text.
    ///
    /// # Errors
    /// They are not UTF-8.
    pub fn text(&self) -> Result<&str, ReadError> {
        std::str::from_utf8(&self.bytes).map_err(|error| ReadError::NotText {
            path: self.path.clone(),
            at: error.valid_up_to(),
        })
    }

    /// The digest to compare with before the file is replaced.
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| Digest::of(&self.bytes))
    }

    /// The permissions, `0o600` for example; none where there are no modes.
    pub fn mode(&self) -> Option<u32> {
        system::mode(&self.metadata)
    }

    /// What the system knows of the file.
    pub(super) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Who the file belongs to; none where files have no owners.
    pub fn owner(&self) -> Option<Owner> {
        system::owner(&self.metadata)
    }

    /// Whether the file belongs to the user that this process acts for.
    ///
    /// # Errors
    /// The system does not tell who that is.
    pub fn is_ours(&self) -> io::Result<bool> {
        system::is_ours(&self.metadata)
    }

    /// The same bytes under the name that they were asked for by.
    pub(super) fn named(self, place: &Place) -> Self {
        Snapshot {
            path: place.path().to_owned(),
            is_link: place.is_link(),
            ..self
        }
    }

    /// Whether the named path was a symbolic link itself.
    pub fn is_link(&self) -> bool {
        self.is_link
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("path", &self.path)
            .field("bytes", &Redacted)
            .finish_non_exhaustive()
    }
}

impl Root {
    /// Reads a file inside the root.
    ///
    /// # Errors
    /// Those of [`Root::resolve`] and of [`read`].
    pub fn read(&self, relative: &Path) -> Result<Snapshot, ReadError> {
        let place = self.resolve(relative)?;
        Ok(read_target(place.target(), place.target())?.named(&place))
    }
}

/// Reads a regular file of at most [`READ_LIMIT`] bytes, wherever it is; never waits for a pipe or a device.
///
/// # Errors
/// There is none, it is something else or too large, or the system refuses.
pub fn read(path: &Path) -> Result<Snapshot, ReadError> {
    let target = fs::canonicalize(path).map_err(refused(path))?;
    let named = fs::symlink_metadata(path).map_err(refused(path))?;
    Ok(Snapshot {
        is_link: named.is_symlink(),
        ..read_target(path, &target)?
    })
}

/// Reads where no link is left to follow; what is said of it names `path`.
fn read_target(path: &Path, target: &Path) -> Result<Snapshot, ReadError> {
    let (file, metadata) = open(path, target)?;
    let bytes = bounded(path, &file, metadata.len())?;
    Ok(Snapshot {
        path: path.to_owned(),
        target: target.to_owned(),
        digest: OnceLock::new(),
        bytes,
        metadata,
        is_link: false,
    })
}

fn refused(path: &Path) -> impl Fn(io::Error) -> ReadError {
    move |source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => ReadError::Missing { path },
            _ => ReadError::Read { path, source },
        }
    }
}

/// Opens what was looked at: to open a pipe would wait for its writer.
///
/// A file that is replaced in between is another one, which is no fault; it is tried again.
fn open(path: &Path, target: &Path) -> Result<(File, Metadata), ReadError> {
    for _ in 0..ATTEMPTS {
        let before = fs::symlink_metadata(target).map_err(refused(path))?;
        if !before.is_file() {
            return Err(ReadError::NotAFile {
                path: path.to_owned(),
            });
        }
        let file = File::open(target).map_err(refused(path))?;
        let metadata = file.metadata().map_err(refused(path))?;
        if system::is_same(&before, &metadata) {
            return Ok((file, metadata));
        }
    }
    Err(ReadError::Restless {
        path: path.to_owned(),
    })
}

fn bounded(path: &Path, file: &File, length: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let too_large = || ReadError::TooLarge {
        path: path.to_owned(),
    };
    if length > READ_LIMIT {
        return Err(too_large());
    }
    // As large as needed from the start: a buffer that grows leaves copies behind.
    let capacity = usize::try_from(length).map_err(|_| too_large())? + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let mut limited = file.take(READ_LIMIT + 1);
    limited.read_to_end(&mut bytes).map_err(refused(path))?;
    if bytes.len() as u64 > READ_LIMIT {
        return Err(too_large());
    }
    Ok(bytes)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
