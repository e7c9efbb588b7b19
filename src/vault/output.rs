//! Secrets in clear on disk: for this user only from the first byte, and never over what is somebody else's.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    Content, Digest, Notice, ReadError, Replacement, WriteError, directory::DirectoryError,
    shown::Shown, snapshot::read, system,
};

/// What may happen to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays; a difference is an error.
    Never,
    /// It is replaced if it has exactly these bytes: the caller knows them for its own.
    If(Digest),
    /// It is replaced, whatever it is; still not if it is a link, a directory or read-only.
    Force,
}

/// What was done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// There was none.
    New,
    /// It had other bytes, or others could read it.
    Replaced,
    /// It was as wanted, and was not touched.
    Unchanged,
}

/// Secrets in clear were not written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The path is a symbolic link, which is never followed.
    #[error("{} is a symbolic link", Shown(path))]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// A file with other content is there, and may not be overwritten.
    #[error("{} is already there with other content", Shown(path))]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// A name is no plain file name, or too long.
    #[error("{:?} cannot be the name of a file", Shown(Path::new(name)).to_string())]
    Name {
        /// Which.
        name: String,
    },
    /// Two names are the same, or would be on a file system that ignores case.
    #[error("{one} and {other} would be the same file")]
    Twins {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// The directory cannot be used.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The old file cannot be read to compare it.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file cannot be written; the old one is as it was.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Some files are written, others are not.
    #[error("only {written} of {all} files are written")]
    Partly {
        /// How many are.
        written: usize,
        /// How many there are.
        all: usize,
        /// What stopped it.
        source: WriteError,
    },
}

/// What an output needs before it can take its place.
pub(super) enum Plan {
    Unchanged,
    Write(Written, Box<Replacement>),
}

impl Plan {
    pub(super) fn written(&self) -> Written {
        match self {
            Plan::Unchanged => Written::Unchanged,
            Plan::Write(written, _) => *written,
        }
    }

    pub(super) fn commit(self) -> Result<Vec<Notice>, WriteError> {
        match self {
            Plan::Unchanged => Ok(Vec::new()),
            Plan::Write(_, replacement) => replacement.commit(),
        }
    }
}

/// Writes a file that only this user can read, at once and with the mode 0600 from its first byte, whatever the umask.
///
/// Never follows a symbolic link in the last component. A replaced file is a new one: ours, without its old mode.
/// A file that has these bytes already, ours and closed to others, is not touched.
///
/// # Errors
/// The path is a link or no file, or the file is there and `overwrite` does not allow for it; it is as it was.
pub fn write_private(
    path: &Path,
    bytes: &[u8],
    overwrite: Overwrite,
) -> Result<(Written, Vec<Notice>), OutputError> {
    // The components, because a name that ends in a slash would be looked up behind a link.
    let path: PathBuf = path.components().collect();
    let plan = plan(&path, bytes, overwrite)?;
    let written = plan.written();
    Ok((written, plan.commit()?))
}

/// Writes the temporary of an output, if it needs one.
pub(super) fn plan(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Plan, OutputError> {
    let refused = |source| WriteError::Write {
        path: path.to_owned(),
        source,
    };
    let written = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Written::New,
        Err(error) => return Err(refused(error).into()),
        Ok(old) if old.is_symlink() => {
            let path = path.to_owned();
            return Err(OutputError::Link { path });
        }
        Ok(old) if old.is_file() => admit(path, &old, Digest::of(bytes), overwrite)?,
        Ok(_) => {
            let path = path.to_owned();
            return Err(WriteError::NotAFile { path }.into());
        }
    };
    if written == Written::Unchanged {
        return Ok(Plan::Unchanged);
    }
    let replacement = Replacement::prepare(path, bytes, Content::Private)?;
    Ok(Plan::Write(written, Box::new(replacement)))
}

fn admit(
    path: &Path,
    old: &Metadata,
    wanted: Digest,
    overwrite: Overwrite,
) -> Result<Written, OutputError> {
    let now = match read(path) {
        Ok(now) => Some(now.digest()),
        // Whatever it is, it goes.
        Err(_) if overwrite == Overwrite::Force => None,
        Err(error) => return Err(error.into()),
    };
    let is_wanted = now == Some(wanted);
    let is_private = !system::is_open_to_others(old) && system::is_ours(old).unwrap_or(false);
    if is_wanted && is_private {
        return Ok(Written::Unchanged);
    }
    let allowed = match overwrite {
        Overwrite::Force => true,
        Overwrite::If(digest) => is_wanted || now == Some(digest),
        Overwrite::Never => is_wanted,
    };
    if !allowed {
        let path = path.to_owned();
        return Err(OutputError::Exists { path });
    }
    Ok(Written::Replaced)
}

/// How private an open output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// A terminal, a pipe or a device: nothing stays there.
    NotAFile,
    /// A file of ours that others cannot read; it had, or now has, the mode 0600 or less.
    Private,
    /// A file of another user, who decides about its mode.
    Foreign,
}

/// Makes a regular file of ours that standard output was sent to private, before anything is written to it.
///
/// # Errors
/// The file is ours, but its mode cannot be set: no secret should go there unasked.
#[cfg(unix)]
pub fn tighten_stdout(output: impl std::os::fd::AsFd) -> io::Result<Privacy> {
    tighten(&fs::File::from(output.as_fd().try_clone_to_owned()?))
}

/// Does nothing: files have no modes here.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn tighten_stdout<T>(_: T) -> io::Result<Privacy> {
    Ok(Privacy::NotAFile)
}

#[cfg(unix)]
fn tighten(file: &fs::File) -> io::Result<Privacy> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Privacy::NotAFile);
    }
    if !system::is_ours(&metadata)? {
        return Ok(Privacy::Foreign);
    }
    if system::is_open_to_others(&metadata) {
        system::set_mode(file, 0o600)?;
    }
    Ok(Privacy::Private)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
