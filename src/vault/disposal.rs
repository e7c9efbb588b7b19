//! Taking a file away that was read before, and nothing else.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    Notice,
    shown::Shown,
    snapshot::{Digest, ReadError, read},
    system,
    temporary::directory_of,
};

/// A file stays where it is.
#[derive(Debug, Error)]
pub enum RemoveError {
    /// It is a symbolic link, or a directory on the way that was named is one: what it leads to may not be what is meant.
    #[error("{} leads through a symbolic link", Shown(path))]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// It cannot be read any more.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It holds something else than what was read.
    #[error("{} has changed since it was read", Shown(path))]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot delete {}", Shown(path))]
    Remove {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Tells whether a path is a symbolic link, or leads through one: any directory that a relative path names, the last one of another.
///
/// # Errors
/// [`RemoveError::Link`].
pub fn refuse_links(path: &Path) -> Result<(), RemoveError> {
    // The components, because a name that ends in a slash would be looked up behind a link.
    let plain: PathBuf = path.components().collect();
    let named = match plain.is_absolute() {
        true => 1,
        false => usize::MAX,
    };
    let is_link = |part: &Path| {
        part.symlink_metadata()
            .is_ok_and(|found| found.is_symlink())
    };
    match plain.ancestors().take(named).any(is_link) {
        true => Err(RemoveError::Link { path: plain }),
        false => Ok(()),
    }
}

/// Deletes a regular file that still has the bytes with this digest; tells whether other names still lead to them.
///
/// # Errors
/// A link on the way, another content, or the system refuses: nothing was deleted.
pub fn remove_file(path: &Path, digest: &Digest) -> Result<Option<Notice>, RemoveError> {
    refuse_links(path)?;
    let file = read(path)?;
    if file.digest() != *digest {
        return Err(RemoveError::Changed {
            path: path.to_owned(),
        });
    }
    let refused = |source| RemoveError::Remove {
        path: path.to_owned(),
        source,
    };
    fs::remove_file(path).map_err(refused)?;
    // Whoever cannot flush directories lives with that.
    let _ = system::flush_directory(directory_of(path));
    Ok(Notice::of_other_names(path, file.metadata()))
}

/// Deletes a directory if nothing is in it; returns whether it went.
///
/// # Errors
/// A link on the way, or the system refuses.
pub fn remove_empty_directory(path: &Path) -> Result<bool, RemoveError> {
    refuse_links(path)?;
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(source) => Err(RemoveError::Remove {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_deleted_only_as_it_was_read() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(".env");
        fs::write(&file, "A=1\n").unwrap();
        let digest = read(&file).unwrap().digest();
        fs::write(&file, "A=2\n").unwrap();
        let error = remove_file(&file, &digest).unwrap_err();
        assert!(matches!(error, RemoveError::Changed { .. }));
        fs::write(&file, "A=1\n").unwrap();
        let other = place.path().join("other");
        fs::hard_link(&file, &other).unwrap();
        let notice = remove_file(&file, &digest).unwrap();
        assert!(matches!(notice, Some(Notice::HardLinks { names: 2, .. })));
        assert!(!file.exists());
        assert_eq!(remove_file(&other, &digest).unwrap(), None);
        let error = remove_file(&file, &digest).unwrap_err();
        assert!(matches!(error, RemoveError::Read(_)));
    }

    #[test]
    fn nothing_is_deleted_through_a_link() {
        let place = tempfile::tempdir().unwrap();
        let (file, link) = (place.path().join("real"), place.path().join("link"));
        fs::write(&file, "A=1\n").unwrap();
        symlink(&file, &link).unwrap();
        let digest = read(&link).unwrap().digest();
        let error = remove_file(&link, &digest).unwrap_err();
        assert!(matches!(error, RemoveError::Link { .. }));
        let (directory, other) = (place.path().join("d"), place.path().join("e"));
        fs::create_dir(&directory).unwrap();
        symlink(&directory, &other).unwrap();
        assert!(remove_empty_directory(&other.join("")).is_err());
        assert!(file.exists() && link.exists() && directory.exists());
    }

    #[test]
    fn a_directory_goes_only_when_it_is_empty() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("secrets");
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("theirs"), "").unwrap();
        assert!(!remove_empty_directory(&directory).unwrap());
        fs::remove_file(directory.join("theirs")).unwrap();
        assert!(remove_empty_directory(&directory).unwrap());
        assert!(!directory.exists());
    }
}
