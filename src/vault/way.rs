//! The way to what is written in clear: no link of a repository may bend it, since whoever commits could have put it there.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

use thiserror::Error;

use super::{directory::missing, shown::Shown};

/// Links that are followed on one way, as many as Linux follows (path_resolution(7)).
const LINKS: usize = 40;

/// Nothing in clear goes this way.
#[derive(Debug, Error)]
pub enum WayError {
    /// A directory on it is a symbolic link of a repository.
    #[error("{} leads through the symbolic link {}", Shown(path), Shown(link))]
    Link {
        /// What was to be written.
        path: PathBuf,
        /// The directory that is a link.
        link: PathBuf,
    },
    /// It could not be looked at.
    #[error("cannot look at the way to {}", Shown(path))]
    Inspect {
        /// What was to be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Refuses a path whose directories lead through a symbolic link that lies in a git work tree, or below `root`.
///
/// Other links (`/var/run`, somebody's own in their home) are followed, and what they lead through is looked at as well. The last component
/// is the caller's matter.
///
/// # Errors
/// There is such a link, or the way cannot be looked at.
pub fn refuse_bent(path: &Path, root: Option<&Path>) -> Result<(), WayError> {
    // The components, because a name that ends in a slash has an empty one behind it.
    let plain: PathBuf = path.components().collect();
    let Some(directory) = plain.parent() else {
        return Ok(());
    };
    let bent = Walk::new(root).and_then(|walk| walk.along(directory));
    match bent {
        Ok(None) => Ok(()),
        Ok(Some(link)) => Err(WayError::Link { path: plain, link }),
        Err(source) => Err(WayError::Inspect {
            path: plain,
            source,
        }),
    }
}

/// A walk from directory to directory, as the system takes it.
struct Walk<'r> {
    root: Option<&'r Path>,
    start: PathBuf,
    /// Where it is: absolute, without links.
    place: PathBuf,
    links: usize,
}

impl<'r> Walk<'r> {
    fn new(root: Option<&'r Path>) -> io::Result<Self> {
        let start = fs::canonicalize(".")?;
        Ok(Walk {
            root,
            place: start.clone(),
            start,
            links: 0,
        })
    }

    /// Goes as far as there is something; returns the first link of a repository.
    fn along(mut self, directory: &Path) -> io::Result<Option<PathBuf>> {
        let mut ahead = steps(directory);
        while let Some(step) = ahead.pop_front() {
            match Path::new(&step).components().next() {
                Some(Component::RootDir | Component::Prefix(_)) => self.place = step.into(),
                Some(Component::ParentDir) => drop(self.place.pop()),
                Some(Component::Normal(name)) => {
                    let next = self.place.join(name);
                    match fs::symlink_metadata(&next) {
                        Ok(found) if found.is_symlink() => {
                            if self.is_in_repository()? {
                                return Ok(Some(self.shown(next)));
                            }
                            self.count()?;
                            let beyond = steps(&fs::read_link(&next)?);
                            beyond
                                .into_iter()
                                .rev()
                                .for_each(|step| ahead.push_front(step));
                        }
                        Ok(_) => self.place = next,
                        // Below what is missing, or is no directory, there are no links.
                        Err(error) if is_nothing(&error) => self.place = next,
                        Err(error) => return Err(error),
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn count(&mut self) -> io::Result<()> {
        self.links += 1;
        match self.links > LINKS {
            true => Err(io::Error::other("too many symbolic links")),
            false => Ok(()),
        }
    }

    /// Whether somebody who commits could have put there what lies here.
    fn is_in_repository(&self) -> io::Result<bool> {
        if self.root.is_some_and(|root| self.place.starts_with(root)) {
            return Ok(true);
        }
        for directory in self.place.ancestors() {
            if !missing(&directory.join(".git"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A path as somebody at the start would name it.
    fn shown(&self, path: PathBuf) -> PathBuf {
        match path.strip_prefix(&self.start) {
            Ok(below) => below.to_owned(),
            Err(_) => path,
        }
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn steps(path: &Path) -> VecDeque<OsString> {
    let components = path.components();
    components
        .map(|component| component.as_os_str().to_owned())
        .collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A work tree `repo`, and beside it a directory `outside`.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(place.path()).unwrap();
        fs::create_dir_all(top.join("repo/.git")).unwrap();
        fs::create_dir_all(top.join("outside/deep")).unwrap();
        (place, top)
    }

    fn link_on(path: &Path) -> Option<PathBuf> {
        match refuse_bent(path, None) {
            Ok(()) => None,
            Err(WayError::Link { link, .. }) => Some(link),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_link_of_a_repository_bends_the_way_wherever_it_leads() {
        let (_place, top) = place();
        let repo = top.join("repo");
        fs::create_dir_all(repo.join("inner")).unwrap();
        for (name, to) in [("out", "../outside"), ("in", "inner"), ("gone", "nowhere")] {
            symlink(to, repo.join(name)).unwrap();
            let file = repo.join(name).join("deep/../file");
            assert_eq!(link_on(&file), Some(repo.join(name)), "{name}");
        }
        // The link itself is the caller's matter, as is one below what is missing.
        assert_eq!(link_on(&repo.join("out/")), None);
        assert_eq!(link_on(&repo.join("new/file")), None);
        assert_eq!(link_on(&repo.join("inner/file")), None);
    }

    #[test]
    fn a_link_outside_of_repositories_is_followed_but_not_through_one_of_a_repository() {
        let (_place, top) = place();
        symlink("outside", top.join("own")).unwrap();
        assert_eq!(link_on(&top.join("own/deep/file")), None);
        symlink("../outside", top.join("repo/out")).unwrap();
        symlink("repo/out/deep", top.join("trap")).unwrap();
        assert_eq!(link_on(&top.join("trap/file")), Some(top.join("repo/out")));
        // `..` behind a link is above what it leads to.
        symlink("repo", top.join("outside/deep/back")).unwrap();
        symlink(top.join("repo"), top.join("mine")).unwrap();
        assert_eq!(
            link_on(&top.join("mine/../repo/out/x")),
            Some(top.join("repo/out"))
        );
        symlink("round", top.join("round")).unwrap();
        assert!(matches!(
            refuse_bent(&top.join("round/file"), None),
            Err(WayError::Inspect { .. })
        ));
    }

    #[test]
    fn without_git_the_root_of_the_vault_is_the_repository() {
        let (_place, top) = place();
        symlink("deep", top.join("outside/link")).unwrap();
        let file = top.join("outside/link/file");
        assert!(refuse_bent(&file, None).is_ok());
        assert!(refuse_bent(&file, Some(&top.join("outside"))).is_err());
        assert!(refuse_bent(&file, Some(&top.join("repo"))).is_ok());
    }
}
