//! Directories that belong to this user alone: for locks and journals.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{shown::Shown, system, temporary::directory_of};

/// A directory cannot serve for what is private.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// It is a symbolic link: somebody else could decide where it leads.
    #[error("{} is a symbolic link", Shown(path))]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// Something else bears its name.
    #[error("{} is not a directory", Shown(path))]
    NotADirectory {
        /// Which.
        path: PathBuf,
    },
    /// Another user owns it.
    #[error("{} belongs to another user", Shown(path))]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// It is not there and cannot be made, or its mode cannot be set.
    #[error("cannot make the private directory {}", Shown(path))]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes sure that a directory is there, is ours, and has the mode 0700; makes it, and those above it, as needed.
///
/// # Errors
/// Refuses symbolic links and the directories of other users, for root as well.
pub fn private_directory(path: &Path) -> Result<(), DirectoryError> {
    let path = path.to_owned();
    let make = |source| DirectoryError::Make {
        path: path.clone(),
        source,
    };
    // The components, because `lstat` follows a link whose name ends in a slash.
    let plain: PathBuf = path.components().collect();
    make_private(&plain).map_err(make)?;
    let metadata = fs::symlink_metadata(&plain).map_err(make)?;
    let is_ours = system::is_ours(&metadata).map_err(make)?;
    check_ours(&path, &metadata, is_ours)?;
    close_to_others(&plain, &metadata).map_err(make)
}

/// Refuses what is no directory of ours, by what `lstat` tells of it.
pub(super) fn check_ours(
    path: &Path,
    metadata: &fs::Metadata,
    is_ours: bool,
) -> Result<(), DirectoryError> {
    let path = path.to_owned();
    if metadata.is_symlink() {
        return Err(DirectoryError::Link { path });
    }
    if !metadata.is_dir() {
        return Err(DirectoryError::NotADirectory { path });
    }
    match is_ours {
        true => Ok(()),
        false => Err(DirectoryError::Foreign { path }),
    }
}

/// Makes a directory, and those above it that are missing, for this user only, whatever the umask; lists what it made.
pub(super) fn make_private(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut new = Vec::new();
    for ancestor in path.ancestors() {
        if ancestor.as_os_str().is_empty() || !missing(ancestor)? {
            break;
        }
        new.push(ancestor);
    }
    for directory in new.iter().rev() {
        match system::make_private_directory(directory) {
            // Another process was faster; the caller looks at what it made.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        // Whoever cannot flush directories lives with that.
        let _ = system::flush_directory(directory_of(directory));
    }
    Ok(new.into_iter().map(Path::to_owned).collect())
}

/// Sets the mode of a directory of ours to 0700, if it is wider.
pub(super) fn close_to_others(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    if system::is_open_to_others(metadata) {
        system::set_mode(&File::open(path)?, 0o700)?;
    }
    Ok(())
}

/// Whether nothing bears this name.
pub(super) fn missing(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
