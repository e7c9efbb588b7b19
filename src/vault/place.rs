//! Paths inside a root, checked on disk.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Component, Path, PathBuf},
};

use thiserror::Error;

use super::{root::Root, shown::Shown};

/// A path is not one of a file inside the root.
#[derive(Debug, Error)]
pub enum PathError {
    /// It is empty, absolute, or has a component like `.` or `..`.
    #[error("{:?} is not a plain path inside the repository", Shown(path).to_string())]
    NotPlain {
        /// Which.
        path: PathBuf,
    },
    /// It leads into git's own directory, also in other spellings of `.git` that a file system may take for it.
    #[error("{} lies in git's own directory", Shown(path))]
    Git {
        /// Which.
        path: PathBuf,
    },
    /// One of the directories is a symbolic link.
    #[error("{} leads through the symbolic link {}", Shown(path), Shown(link))]
    ThroughLink {
        /// Which.
        path: PathBuf,
        /// The directory that is a link.
        link: PathBuf,
    },
    /// The file is a symbolic link to a place outside of the root.
    #[error("{} is a symbolic link that leads out of the repository", Shown(path))]
    LeadsOut {
        /// Which.
        path: PathBuf,
    },
    /// The file is a symbolic link to nothing.
    #[error("{} is a symbolic link to nothing", Shown(path))]
    Dangling {
        /// Which.
        path: PathBuf,
    },
    /// A component that should be a directory is none.
    #[error("{} cannot be: {} is not a directory", Shown(path), Shown(file))]
    NotADirectory {
        /// Which.
        path: PathBuf,
        /// The component.
        file: PathBuf,
    },
    /// A directory, a pipe or a device bears the name.
    #[error("{} is not a regular file", Shown(path))]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// It could not be looked at.
    #[error("cannot look at {}", Shown(path))]
    Inspect {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where a file of a root is, or may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    target: PathBuf,
    exists: bool,
}

impl Place {
    /// The path as it was named, below the root.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the bytes lie: another path if the file is a symbolic link.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Whether the file is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.path != self.target
    }

    /// Whether there is a file.
    pub fn exists(&self) -> bool {
        self.exists
    }
}

impl Root {
    /// Resolves a relative path to a place inside the root, which needs not exist yet.
    ///
    /// Checks every component on disk: no directory may be a symbolic link; the file may be one, if it leads to a
    /// regular file inside the root. Nothing may lie in git's own directory.
    ///
    /// # Errors
    /// Says which rule the path breaks.
    pub fn resolve(&self, relative: &Path) -> Result<Place, PathError> {
        let names = plain_names(relative)?;
        let (file, directories) = names.split_last().expect("plain names are never empty");
        let mut path = self.directory().to_owned();
        for name in directories {
            path.push(name);
            self.admit_directory(relative, &path)?;
        }
        path.push(file);
        self.place(relative, path)
    }

    fn admit_directory(&self, relative: &Path, directory: &Path) -> Result<(), PathError> {
        let path = relative.to_owned();
        match look(relative, directory)? {
            Some(metadata) if metadata.is_symlink() => Err(PathError::ThroughLink {
                path,
                link: self.below(directory),
            }),
            Some(metadata) if !metadata.is_dir() => Err(PathError::NotADirectory {
                path,
                file: self.below(directory),
            }),
            _ => Ok(()),
        }
    }

    fn place(&self, relative: &Path, path: PathBuf) -> Result<Place, PathError> {
        let found = look(relative, &path)?;
        let exists = found.is_some();
        let target = match found {
            Some(metadata) if metadata.is_symlink() => self.follow(relative, &path)?,
            Some(metadata) if !metadata.is_file() => {
                return Err(PathError::NotAFile {
                    path: relative.to_owned(),
                });
            }
            _ => path.clone(),
        };
        self.admit_target(relative, &target)?;
        Ok(Place {
            path,
            target,
            exists,
        })
    }

    fn follow(&self, relative: &Path, link: &Path) -> Result<PathBuf, PathError> {
        let path = relative.to_owned();
        let target = match fs::canonicalize(link) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(PathError::Dangling { path });
            }
            Err(source) => return Err(PathError::Inspect { path, source }),
        };
        if !target.starts_with(self.directory()) {
            return Err(PathError::LeadsOut { path });
        }
        match look(relative, &target)? {
            Some(metadata) if metadata.is_file() => Ok(target),
            _ => Err(PathError::NotAFile { path }),
        }
    }

    fn admit_target(&self, relative: &Path, target: &Path) -> Result<(), PathError> {
        let below = target.strip_prefix(self.directory()).unwrap_or(target);
        let by_name = below.iter().any(is_git);
        let by_place = self
            .git_directory()
            .is_some_and(|git| target.starts_with(git));
        if by_name || by_place {
            let path = relative.to_owned();
            return Err(PathError::Git { path });
        }
        Ok(())
    }

    fn below(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.directory())
            .unwrap_or(path)
            .to_owned()
    }
}

fn look(relative: &Path, path: &Path) -> Result<Option<fs::Metadata>, PathError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PathError::Inspect {
            path: relative.to_owned(),
            source,
        }),
    }
}

fn plain_names(relative: &Path) -> Result<Vec<&OsStr>, PathError> {
    let path = || relative.to_owned();
    let plain = |component| match component {
        Component::Normal(name) => Some(name),
        _ => None,
    };
    let names: Option<Vec<_>> = relative.components().map(plain).collect();
    match names {
        Some(names) if names.iter().copied().any(is_git) => Err(PathError::Git { path: path() }),
        Some(names) if !names.is_empty() => Ok(names),
        _ => Err(PathError::NotPlain { path: path() }),
    }
}

/// Whether some file system takes the name for `.git`: in other case, by its short name, with characters that HFS+
/// ignores, or with an ending that NTFS drops (git, `utf8.c` and `path.c`).
fn is_git(name: &OsStr) -> bool {
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let name: String = name
        .to_string_lossy()
        .chars()
        .filter(|c| !ignored(c))
        .collect();
    let name = name.split(':').next().unwrap_or_default();
    let name = name.trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
