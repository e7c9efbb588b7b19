//! The directory that a configuration rules.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{PathError, directory::missing, shown::Shown};

/// The name of the configuration.
pub const CONFIG: &str = ".vault.yaml";

/// Bytes that are read of a `.git` file; it holds one path.
const GIT_FILE_BYTES: u64 = 64 * 1024;

/// There is no root here, or more than one.
#[derive(Debug, Error)]
pub enum RootError {
    /// No configuration up to the top of the repository, or in the directory itself where there is none.
    #[error("there is no {CONFIG} in {}{}", Shown(start), reach(*is_in_git))]
    Missing {
        /// Where the search began.
        start: PathBuf,
        /// Whether a repository is around it.
        is_in_git: bool,
    },
    /// Two configurations on the way up.
    #[error("there are two configurations: {} and {}", Shown(inner), Shown(outer))]
    Two {
        /// The one nearer to the start.
        inner: PathBuf,
        /// The one above it.
        outer: PathBuf,
    },
    /// A configuration is already there.
    #[error("{} is already there", Shown(path))]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The configuration is not a file inside its directory.
    #[error("the configuration cannot be used")]
    Config(#[from] PathError),
    /// A directory could not be looked at.
    #[error("cannot look at {}", Shown(path))]
    Inspect {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The directory of `.vault.yaml`: nothing that a configuration names lies outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    directory: PathBuf,
    git_directory: Option<PathBuf>,
}

/// The top of a work tree.
struct WorkTree {
    top: PathBuf,
    git_directory: PathBuf,
}

impl Root {
    /// Finds the root by walking up from a directory, never above the top of its git work tree.
    ///
    /// Without git only the directory itself counts. Links in `start` are resolved first.
    ///
    /// # Errors
    /// No configuration, two of them, or one that is no file inside its directory.
    pub fn find(start: &Path) -> Result<Root, RootError> {
        let start = canonical(start)?;
        let tree = work_tree(&start)?;
        let mut configs = configs(&start, tree.as_ref())?.into_iter();
        let Some(config) = configs.next() else {
            let is_in_git = tree.is_some();
            return Err(RootError::Missing { start, is_in_git });
        };
        if let Some(outer) = configs.next() {
            return Err(RootError::Two {
                inner: config,
                outer,
            });
        }
        let directory = config.parent().unwrap_or(&start).to_owned();
        let root = Root {
            directory,
            git_directory: tree.map(|tree| tree.git_directory),
        };
        root.resolve(Path::new(CONFIG))?;
        Ok(root)
    }

    /// Finds where a first configuration belongs: at the top of the git work tree, without git in the directory itself.
    ///
    /// # Errors
    /// A configuration is on the way up already.
    pub fn plan(start: &Path) -> Result<Root, RootError> {
        let start = canonical(start)?;
        let tree = work_tree(&start)?;
        if let Some(path) = configs(&start, tree.as_ref())?.into_iter().next() {
            return Err(RootError::Exists { path });
        }
        let (directory, git_directory) = match tree {
            Some(tree) => (tree.top, Some(tree.git_directory)),
            None => (start, None),
        };
        Ok(Root {
            directory,
            git_directory,
        })
    }

    /// A root whose configuration is known from elsewhere, from git for example; nothing needs to be on disk. The directory is absolute and
    /// without links.
    ///
    /// # Errors
    /// A directory on the way that cannot be looked at.
    pub fn at(directory: &Path) -> Result<Root, RootError> {
        let tree = work_tree(directory)?;
        Ok(Root {
            directory: directory.to_owned(),
            git_directory: tree.map(|tree| tree.git_directory),
        })
    }

    /// The directory, absolute and without links.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the configuration is, or will be.
    pub fn config_path(&self) -> PathBuf {
        self.directory.join(CONFIG)
    }

    /// The directory that holds git's own data, outside of the work tree in a linked one; none without git.
    pub fn git_directory(&self) -> Option<&Path> {
        self.git_directory.as_deref()
    }
}

/// Where else was looked.
fn reach(is_in_git: bool) -> &'static str {
    match is_in_git {
        true => " or above it in the repository",
        false => ", and without git no directory above it counts",
    }
}

fn inspect(path: &Path) -> impl FnOnce(io::Error) -> RootError {
    let path = path.to_owned();
    move |source| RootError::Inspect { path, source }
}

fn canonical(start: &Path) -> Result<PathBuf, RootError> {
    let start = fs::canonicalize(start).map_err(inspect(start))?;
    let metadata = fs::metadata(&start).map_err(inspect(&start))?;
    if metadata.is_dir() {
        Ok(start)
    } else {
        Err(inspect(&start)(io::ErrorKind::NotADirectory.into()))
    }
}

/// Finds the nearest directory with a `.git`, whatever that is: one that is broken must not open the way up.
fn work_tree(start: &Path) -> Result<Option<WorkTree>, RootError> {
    for top in start.ancestors() {
        let dot_git = top.join(".git");
        if !missing(&dot_git).map_err(inspect(&dot_git))? {
            let git_directory = git_directory(top, &dot_git).map_err(inspect(&dot_git))?;
            return Ok(Some(WorkTree {
                top: top.to_owned(),
                git_directory,
            }));
        }
    }
    Ok(None)
}

/// Follows the `gitdir:` line of a linked work tree or a submodule.
fn git_directory(top: &Path, dot_git: &Path) -> io::Result<PathBuf> {
    if !fs::symlink_metadata(dot_git)?.is_file() {
        return Ok(fs::canonicalize(dot_git).unwrap_or_else(|_| dot_git.to_owned()));
    }
    let mut bytes = Vec::new();
    File::open(dot_git)?
        .take(GIT_FILE_BYTES)
        .read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let named = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("gitdir:"));
    let path = named.map_or_else(|| dot_git.to_owned(), |path| top.join(path.trim()));
    Ok(fs::canonicalize(&path).unwrap_or(path))
}

/// Lists the configurations from the start up to the top, the nearest first.
fn configs(start: &Path, tree: Option<&WorkTree>) -> Result<Vec<PathBuf>, RootError> {
    let top = tree.map_or(start, |tree| &tree.top);
    let mut found = Vec::new();
    for directory in start.ancestors() {
        let config = directory.join(CONFIG);
        if !missing(&config).map_err(inspect(&config))? {
            found.push(config);
        }
        if directory == top {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
