//! Replacing one file at once: whoever looks sees the old bytes or the new ones, also after a crash.

use std::{
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    attributes,
    permissions::{Permissions, Refused},
    several::Recovery,
    shown::Shown,
    steps::{Step, Steps},
    system,
    temporary::{Temporary, directory_of, parts, sweep},
};

/// What a file holds decides the mode of a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Anybody may read it: 0644, and a replaced file keeps its mode and owner.
    Public,
    /// Secrets of ours: always 0600 and ours, whatever was there.
    Private,
    /// Secrets in clear for somebody: as they say, whatever was there. That a file may be replaced although it is
    /// read-only is for the caller to know.
    Output(Permissions),
}

/// A file cannot be written. The old one, if any, is as it was.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The file or its directory may not be written to.
    #[error("{} is read-only", Shown(path))]
    ReadOnly {
        /// The file or the directory.
        path: PathBuf,
    },
    /// A directory, a link, a pipe or a device bears the name.
    #[error("{} is not a regular file", Shown(path))]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// There was to be none, and now there is one.
    #[error("{} is already there", Shown(path))]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The system does not let us give the file to its new owner.
    #[error("cannot give {} to another owner", Shown(path))]
    Owner {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refused.
    #[error("cannot write {}", Shown(path))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Something to tell about a write that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The file had other names, which still lead to the old bytes.
    HardLinks {
        /// The file.
        path: PathBuf,
        /// How many names it had, all together.
        names: u64,
    },
    /// The file's owner or group is another one now.
    OwnerNotKept {
        /// The file.
        path: PathBuf,
    },
    /// An extended attribute `user.*` was lost.
    AttributesNotKept {
        /// The file.
        path: PathBuf,
    },
    /// The new file is there, but a power failure could still bring the old one back.
    NotFlushed {
        /// The file.
        path: PathBuf,
    },
    /// An interrupted write of several files was found and dealt with first.
    Recovered(Recovery),
    /// A directory for secrets may be entered by others, because it also holds files that are not ours to hide.
    OpenDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A directory for secrets keeps its owner and mode, because it also holds files that are not ours to give away.
    ClosedDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The user whom an output is given to does not get to it.
    Barred {
        /// The output.
        path: PathBuf,
        /// The user's number.
        user: u32,
        /// The topmost directory that does not let them through.
        directory: PathBuf,
    },
    /// A file that vault wrote once and that belongs to no key any more was changed since, and stays.
    Kept {
        /// The file.
        path: PathBuf,
    },
    /// An earlier run was interrupted; what it began is done now.
    Finished {
        /// The output.
        path: PathBuf,
    },
    /// vault cannot tell its own files from others there: what it remembered is damaged, or not to be trusted.
    NothingRemembered {
        /// The output.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The next run will not know that this one wrote the output.
    NotRemembered {
        /// The output.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Notice {
    /// That a file has other names, if it has; they stay when this one goes or gets other bytes.
    pub(super) fn of_other_names(path: &Path, file: &Metadata) -> Option<Self> {
        let names = system::links(file);
        let path = path.to_owned();
        (names > 1).then_some(Notice::HardLinks { path, names })
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::HardLinks { path, names } => {
                write!(
                    f,
                    "{} had {names} names; the others still lead to the old file",
                    Shown(path)
                )
            }
            Notice::OwnerNotKept { path } => {
                write!(f, "{} has another owner or group now", Shown(path))
            }
            Notice::AttributesNotKept { path } => {
                write!(f, "{} lost extended attributes", Shown(path))
            }
            Notice::NotFlushed { path } => {
                write!(
                    f,
                    "{} is written, but may not survive a power failure",
                    Shown(path)
                )
            }
            Notice::Recovered(recovery) => recovery.fmt(f),
            Notice::OpenDirectory { path } => {
                write!(f, "other users may look into {}", Shown(path))
            }
            Notice::ClosedDirectory { path } => {
                let path = Shown(path);
                write!(f, "{path} also holds other files: its owner and mode stay")
            }
            Notice::Barred {
                path,
                user,
                directory,
            } => {
                let (path, directory) = (Shown(path), Shown(directory));
                write!(
                    f,
                    "user {user} gets to {path} through a mount only: {directory} lets no other user in"
                )
            }
            Notice::Kept { path } => {
                write!(
                    f,
                    "{} belongs to no key any more, but was changed by hand: it stays",
                    Shown(path)
                )
            }
            Notice::Finished { path } => {
                let path = Shown(path);
                write!(f, "an earlier run was interrupted; {path} is whole now")
            }
            Notice::NothingRemembered { path, why } => {
                let path = Shown(path);
                write!(f, "what vault remembers of {path} is not used: {why}")
            }
            Notice::NotRemembered { path, why } => {
                let path = Shown(path);
                write!(f, "vault will not remember that it wrote {path}: {why}")
            }
        }
    }
}

/// Finds out early whether a file can be replaced or made.
///
/// A file without write permission is refused although a rename could replace it: somebody wanted it to stay.
/// Directories that are missing are looked for upwards. Root may write to a directory without write permission.
///
/// # Errors
/// The file or its directory is read-only, or something else bears the name.
pub fn check_writable(target: &Path) -> Result<(), WriteError> {
    let refused = |source| refusal(target, source);
    match fs::symlink_metadata(target) {
        Ok(metadata) => check_file(target, &metadata)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(refused(error)),
    }
    let directory = nearest(directory_of(target)).map_err(refused)?;
    match tempfile::tempfile_in(directory) {
        Ok(_) => Ok(()),
        Err(error) => Err(refusal(directory, error)),
    }
}

fn check_kind(target: &Path, metadata: &Metadata) -> Result<(), WriteError> {
    let path = target.to_owned();
    match metadata.is_file() {
        true => Ok(()),
        false => Err(WriteError::NotAFile { path }),
    }
}

/// Finds out whether a file that is there is one, and may be written to.
pub(super) fn check_file(target: &Path, metadata: &Metadata) -> Result<(), WriteError> {
    check_kind(target, metadata)?;
    let path = target.to_owned();
    if metadata.permissions().readonly() {
        return Err(WriteError::ReadOnly { path });
    }
    let opened = OpenOptions::new().append(true).open(target);
    opened.map(|_| ()).map_err(|error| refusal(target, error))
}

/// The nearest directory that exists, from this one upwards.
fn nearest(directory: &Path) -> io::Result<&Path> {
    for ancestor in directory.ancestors() {
        match fs::metadata(ancestor) {
            Ok(_) => return Ok(ancestor),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Path::new("."))
}

pub(super) fn refusal(path: &Path, source: io::Error) -> WriteError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            WriteError::ReadOnly { path }
        }
        ErrorKind::AlreadyExists => WriteError::Exists { path },
        _ => WriteError::Write { path, source },
    }
}

/// No file can be made beside the target: where it may not be, that is for its directory to allow.
fn no_temporary(target: &Path, source: io::Error) -> WriteError {
    match refusal(directory_of(target), source) {
        refused @ WriteError::ReadOnly { .. } => refused,
        WriteError::Write { source, .. } => refusal(target, source),
        other => other,
    }
}

/// New bytes on disk beside their target, complete and flushed; removed unless they take its place.
#[derive(Debug)]
pub struct Replacement {
    temporary: Temporary,
    target: PathBuf,
    replaces: bool,
    notices: Vec<Notice>,
    steps: Steps,
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Steps")
    }
}

impl Replacement {
    /// Writes a temporary with everything that the file will have. `target` is no link.
    ///
    /// # Errors
    /// The target is read-only or no regular file, or the system refuses; then no temporary is left.
    pub fn prepare(target: &Path, bytes: &[u8], content: Content) -> Result<Self, WriteError> {
        Self::prepare_observed(target, bytes, content, &Steps::default())
    }

    pub(super) fn prepare_observed(
        target: &Path,
        bytes: &[u8],
        content: Content,
        steps: &Steps,
    ) -> Result<Self, WriteError> {
        let refused = |source| refusal(target, source);
        match fs::symlink_metadata(target) {
            Ok(metadata) if matches!(content, Content::Output(_)) => {
                check_kind(target, &metadata)?;
            }
            Ok(metadata) => check_file(target, &metadata)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(refused(error)),
        }
        let (directory, name) = parts(target).map_err(refused)?;
        sweep(directory, [name]);
        steps.reach(Step::Create, target).map_err(refused)?;
        let temporary = match content {
            Content::Public => Temporary::beside(target),
            Content::Private | Content::Output(_) => Temporary::hidden(target),
        };
        let temporary = temporary.map_err(|source| no_temporary(target, source))?;
        Self::write(temporary, target, bytes, content, steps).map_err(|refused| match refused {
            Refused::Other(source) => refusal(target, source),
            Refused::Owner(source) => WriteError::Owner {
                path: target.to_owned(),
                source,
            },
        })
    }

    fn write(
        temporary: Temporary,
        target: &Path,
        bytes: &[u8],
        content: Content,
        steps: &Steps,
    ) -> Result<Self, Refused> {
        let mut replacement = Replacement {
            temporary,
            target: target.to_owned(),
            replaces: false,
            notices: Vec::new(),
            steps: steps.clone(),
        };
        steps.reach(Step::Write, target)?;
        replacement.temporary.file_mut().write_all(bytes)?;
        steps.reach(Step::Attributes, target)?;
        replacement.dress(content)?;
        steps.reach(Step::Flush, target)?;
        replacement.temporary.file().sync_all()?;
        Ok(replacement)
    }

    /// Gives the new file the mode, the owner and the attributes of the old one, as far as its content allows.
    fn dress(&mut self, content: Content) -> Result<(), Refused> {
        let old = match fs::symlink_metadata(&self.target) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        self.replaces = old.is_some();
        self.notices.extend(
            old.as_ref()
                .and_then(|old| Notice::of_other_names(&self.target, old)),
        );
        let new = self.temporary.file();
        match (content, old) {
            (Content::Output(permissions), _) => permissions.give(new)?,
            (Content::Private, _) => system::set_mode(new, 0o600)?,
            (Content::Public, None) => system::set_mode(new, 0o644)?,
            (Content::Public, Some(old)) => self.dress_like(&old)?,
        }
        Ok(())
    }

    fn dress_like(&mut self, old: &Metadata) -> io::Result<()> {
        let new = self.temporary.file();
        if let Some(mode) = system::mode(old) {
            system::set_mode(new, mode)?;
        }
        let path = || self.target.clone();
        let owned = keep_owner(new, old)?;
        // Where we may not read, there is nothing to copy from.
        let kept = File::open(&self.target).is_ok_and(|old| attributes::keep(&old, new));
        let owner = (!owned).then(|| Notice::OwnerNotKept { path: path() });
        let lost = (!kept).then(|| Notice::AttributesNotKept { path: path() });
        self.notices.extend(owner.into_iter().chain(lost));
        Ok(())
    }

    /// Insists that there is nothing at the target, also when it is committed.
    ///
    /// # Errors
    /// [`WriteError::Exists`]; then no temporary is left.
    pub fn only_new(self) -> Result<Self, WriteError> {
        match self.replaces {
            true => Err(WriteError::Exists {
                path: self.target.clone(),
            }),
            false => Ok(self),
        }
    }

    /// Renames the temporary onto its target and flushes the directory.
    ///
    /// # Errors
    /// The rename failed, or a file has appeared where there was none; the target is as it was.
    pub fn commit(self) -> Result<Vec<Notice>, WriteError> {
        let refused = |source| refusal(&self.target, source);
        self.steps
            .reach(Step::Rename, &self.target)
            .map_err(refused)?;
        let mut notices = self.notices;
        if self.replaces {
            self.temporary.replace(&self.target).map_err(refused)?;
        } else {
            self.temporary.place(&self.target).map_err(refused)?;
        }
        let step = self.steps.reach(Step::FlushDirectory, &self.target);
        let flushed = step.and_then(|()| system::flush_directory(directory_of(&self.target)));
        if flushed.is_err() {
            let path = self.target.clone();
            notices.push(Notice::NotFlushed { path });
        }
        Ok(notices)
    }
}

/// Gives the new file to the owner of the old one; says whether it is theirs now.
fn keep_owner(new: &File, old: &Metadata) -> io::Result<bool> {
    let owner = system::owner(old);
    if system::owner(&new.metadata()?) == owner {
        return Ok(true);
    }
    Ok(owner.is_none_or(|owner| system::set_owner(new, owner).is_ok()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
