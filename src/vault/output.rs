//! Secrets in clear on disk: for this user only from the first byte, and never over what is somebody else's.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    Content, Digest, LockError, Notice, Outputs, Permissions, ReadError, Replacement, Snapshot,
    WriteError,
    directory::DirectoryError,
    reach::barred,
    replace::check_file,
    shown::Shown,
    snapshot::read,
    steps::Steps,
    system,
    temporary::parts,
    way::{WayError, refuse_bent},
};

/// What may happen to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays, unless it has what is wanted or what vault wrote; a difference is an error.
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
    /// It had other bytes, or another mode or owner.
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
    /// Files of a set are there with other content, and may not be overwritten.
    #[error("{} has files with other content: {}", Shown(directory), names.join(", "))]
    Others {
        /// Where.
        directory: PathBuf,
        /// Which.
        names: Vec<String>,
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
    /// Another process writes there.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A link of a repository is on the way.
    #[error(transparent)]
    Way(#[from] WayError),
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
    #[error("only {written} of {all} files are written; the next run finishes this")]
    Partly {
        /// How many are.
        written: usize,
        /// How many there are.
        all: usize,
        /// What stopped it.
        source: WriteError,
    },
}

/// How an output is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// What may happen to files that are not known to be ours.
    pub overwrite: Overwrite,
    /// Mode and owner.
    pub permissions: Permissions,
}

/// What a file at the place of an output is.
#[derive(Debug)]
pub enum Standing {
    /// There is none.
    Missing,
    /// It has what is to be written, or exactly what vault wrote there last: replacing it loses nothing.
    Ours,
    /// Somebody else wrote it, or changed it.
    Other(Box<Snapshot>),
}

/// Whether an output may be written.
pub(super) enum Admission {
    Admitted(Written),
    /// Somebody else's file is in the way.
    Refused,
}

/// What an output needs before it can take its place.
pub(super) enum Plan {
    Unchanged,
    Write(Written, Box<Replacement>),
}

impl Plan {
    /// Writes the temporary of an output, if it needs one.
    pub(super) fn prepare(
        path: &Path,
        bytes: &[u8],
        written: Written,
        permissions: Permissions,
        steps: &Steps,
    ) -> Result<Self, WriteError> {
        if written == Written::Unchanged {
            return Ok(Plan::Unchanged);
        }
        let content = Content::Output(permissions);
        let replacement = Replacement::prepare_observed(path, bytes, content, steps)?;
        Ok(Plan::Write(written, Box::new(replacement)))
    }

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

impl Outputs {
    /// Looks at what is there before a file is written, for a caller who can tell whether something would be lost.
    ///
    /// # Errors
    /// It is a link or no file, a link of a repository is on the way, or it cannot be read.
    pub fn standing(&self, path: &Path, bytes: &[u8]) -> Result<Standing, OutputError> {
        let path: PathBuf = path.components().collect();
        self.check_way(&path)?;
        if metadata_of(&path)?.is_none() {
            return Ok(Standing::Missing);
        }
        let now = read(&path)?;
        let is_ours =
            now.bytes() == bytes || self.recall(&path, now.target()).wrote("", now.bytes());
        match is_ours {
            true => Ok(Standing::Ours),
            false => Ok(Standing::Other(Box::new(now))),
        }
    }

    /// Writes a file at once, which nobody can read who is not meant to, from its first byte and whatever the umask.
    ///
    /// Never follows a symbolic link in the last component, nor one of a repository in the others. A replaced file is a new one, without its old mode. What
    /// vault wrote there last is replaced; what has these bytes and permissions already is not touched.
    ///
    /// # Errors
    /// The path is a link or no file, a link of a repository is on the way, or the file is somebody else's and `wish` does not allow for
    /// it; it is as it was.
    pub fn write_file(
        &self,
        path: &Path,
        bytes: &[u8],
        wish: &Wish,
    ) -> Result<(Written, Vec<Notice>), OutputError> {
        // The components, because a name that ends in a slash would be looked up behind a link.
        let path: PathBuf = path.components().collect();
        self.check_way(&path)?;
        self.sweep_remembered();
        metadata_of(&path)?;
        let mut memory = self.recall_locked(&path, &canonical(&path)?)?;
        let knows = |bytes: &[u8]| memory.wrote("", bytes);
        let Admission::Admitted(written) = admit(&path, bytes, wish, knows)? else {
            return Err(OutputError::Exists { path });
        };
        // Before the temporary, so that the next run knows where a killed one may have left it.
        if written != Written::Unchanged {
            memory.expect(&[("", bytes)], None);
        }
        let prepared = Plan::prepare(&path, bytes, written, wish.permissions, &self.steps)
            .map_err(OutputError::from)
            .and_then(|plan| {
                // What was written so far has no name yet: a checkout in between must not decide where it gets one.
                self.check_way(&path)?;
                Ok(plan)
            });
        let plan = prepared.inspect_err(|_| memory.take_back())?;
        let mut notices = plan.commit()?;
        memory.settle(&[("", bytes)], None);
        notices.extend(barred(&path, &wish.permissions));
        notices.extend(memory.take_notices());
        Ok((written, notices))
    }

    /// Refuses a path that a link of a repository bends, of that of this vault above all.
    pub(super) fn check_way(&self, path: &Path) -> Result<(), WayError> {
        let root = Some(self.root.as_path()).filter(|root| root.is_absolute());
        refuse_bent(path, root)
    }
}

/// Absolute and without links, but for the last component; the file need not be there.
fn canonical(path: &Path) -> Result<PathBuf, OutputError> {
    let refused = |source| WriteError::Write {
        path: path.to_owned(),
        source,
    };
    let (directory, name) = parts(path).map_err(refused)?;
    Ok(fs::canonicalize(directory).map_err(refused)?.join(name))
}

/// What the system knows of a file; `None` if there is none.
pub(super) fn metadata_of(path: &Path) -> Result<Option<Metadata>, OutputError> {
    let path = path.to_owned();
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Write { path, source }.into()),
        Ok(old) if old.is_symlink() => Err(OutputError::Link { path }),
        Ok(old) if old.is_file() => Ok(Some(old)),
        Ok(_) => Err(WriteError::NotAFile { path }.into()),
    }
}

/// Finds out whether a file may be written, and whether it needs to be; `knows` tells what vault wrote there.
pub(super) fn admit(
    path: &Path,
    wanted: &[u8],
    wish: &Wish,
    knows: impl Fn(&[u8]) -> bool,
) -> Result<Admission, OutputError> {
    let Some(old) = metadata_of(path)? else {
        return Ok(Admission::Admitted(Written::New));
    };
    let now = match read(path) {
        Ok(now) => Some(now),
        // Whatever it is, it goes.
        Err(_) if wish.overwrite == Overwrite::Force => None,
        Err(error) => return Err(error.into()),
    };
    let is_wanted = now.as_ref().is_some_and(|now| now.bytes() == wanted);
    if is_wanted && wish.permissions.fit(&old) {
        return Ok(Admission::Admitted(Written::Unchanged));
    }
    if now.as_ref().is_some_and(|now| knows(now.bytes())) {
        return Ok(Admission::Admitted(Written::Replaced));
    }
    let is_allowed = is_wanted
        || match wish.overwrite {
            Overwrite::Force => true,
            Overwrite::If(digest) => now.is_some_and(|now| now.digest() == digest),
            Overwrite::Never => false,
        };
    if !is_allowed {
        return Ok(Admission::Refused);
    }
    // Somebody wanted it to stay; we make files read-only ourselves, but those we know.
    check_file(path, &old)?;
    Ok(Admission::Admitted(Written::Replaced))
}

/// How private an open output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// A terminal, a pipe or a device: nothing stays there.
    NotAFile,
    /// A file of ours that others cannot read; it had, or now has, the mode 0600 or less.
    Private,
    /// A file of another user, who decides about its mode, and whom alone it lets read.
    Foreign,
    /// A file of another user that others can read as well.
    Exposed,
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
        return Ok(match system::is_readable_by_others(&metadata) {
            true => Privacy::Exposed,
            false => Privacy::Foreign,
        });
    }
    if system::is_open_to_others(&metadata) {
        system::set_mode(file, 0o600)?;
    }
    Ok(Privacy::Private)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
