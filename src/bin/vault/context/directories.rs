//! Where a user's files lie (XDG Base Directory Specification 0.8).

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::process::geteuid;

use super::Environment;
use crate::failure::Failure;

/// What only the owner may enter.
const PRIVATE: u32 = 0o700;

/// The folder of this program in each of the user's places.
const OURS: &str = "vault";

/// The places that the environment names.
pub(super) struct Directories<'a>(&'a Environment);

impl<'a> Directories<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        Directories(environment)
    }

    pub(super) fn config(&self) -> Result<PathBuf, Failure> {
        self.ours("XDG_CONFIG_HOME", ".config")
    }

    pub(super) fn state(&self) -> Result<PathBuf, Failure> {
        self.ours("XDG_STATE_HOME", ".local/state")
    }

    pub(super) fn of_git(&self) -> Option<PathBuf> {
        let place = self.place("XDG_CONFIG_HOME", ".config")?;
        Some(place.join("git"))
    }

    pub(super) fn locks(&self) -> Result<PathBuf, Failure> {
        let runtime = self.0.folder("XDG_RUNTIME_DIR");
        if let Some(place) = runtime.filter(|place| is_mine(place)) {
            let locks = place.join(OURS).join("locks");
            match place_for_locks(&locks) {
                Ok(()) => return Ok(locks),
                // No process of this user may write there, so all of them go on to the other place. A disk that is full
                // for a moment is no reason: two processes with different locks would not see each other.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
                    ) => {}
                Err(error) => return Err(no_locks(&locks, &error)),
            }
        }
        let locks = self.state()?.join("locks");
        match place_for_locks(&locks) {
            Ok(()) => Ok(locks),
            Err(error) => Err(no_locks(&locks, &error)),
        }
    }

    fn ours(&self, variable: &str, below_home: &str) -> Result<PathBuf, Failure> {
        let place = self.place(variable, below_home).ok_or_else(|| {
            Failure::new(format!("neither {variable} nor HOME is an absolute path"))
                .hint(format!("set HOME, or {variable}, to a directory of yours"))
        })?;
        Ok(place.join(OURS))
    }

    fn place(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let home = || self.0.home().map(|home| home.join(below_home));
        self.0.folder(variable).or_else(home)
    }
}

fn place_for_locks(locks: &Path) -> io::Result<()> {
    make_private(locks)?;
    match is_writable(locks) {
        true => Ok(()),
        false => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

fn no_locks(locks: &Path, error: &io::Error) -> Failure {
    let place = format!("cannot make a place for locks, {}", locks.display());
    Failure::because(error)
        .within(place)
        .hint("set XDG_RUNTIME_DIR or XDG_STATE_HOME to a directory of yours")
}

/// Makes a directory with those above it, for the owner alone. One that is there keeps its mode.
///
/// # Errors
/// What the system says.
pub(crate) fn make_private(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE)
        .create(directory)?;
    // A umask that takes the owner's rights away would make it useless.
    fs::set_permissions(directory, Permissions::from_mode(PRIVATE))
}

fn is_mine(place: &Path) -> bool {
    fs::metadata(place).is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw())
}

fn is_writable(place: &Path) -> bool {
    rustix::fs::access(
        place,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn places_are_the_variables_else_below_the_home() {
        let both = Environment::of([("HOME", "/h"), ("XDG_CONFIG_HOME", "/c")]);
        let directories = Directories::new(&both);
        assert_eq!(directories.config().unwrap(), Path::new("/c/vault"));
        assert_eq!(
            directories.state().unwrap(),
            Path::new("/h/.local/state/vault")
        );
        let neither = Environment::of([("XDG_CONFIG_HOME", "relative")]);
        let failure = Directories::new(&neither).config().unwrap_err();
        let said = "neither XDG_CONFIG_HOME nor HOME is an absolute path";
        assert_eq!(failure.error(), Some(said));
        let hints = ["set HOME, or XDG_CONFIG_HOME, to a directory of yours"];
        assert_eq!(failure.hints(), hints);
    }

    #[test]
    fn locks_lie_in_the_runtime_directory_and_are_private() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().to_str().unwrap();
        let home = place.path().join("home");
        let home_text = home.to_str().unwrap();
        let environment = Environment::of([("XDG_RUNTIME_DIR", root), ("HOME", home_text)]);
        let locks = Directories::new(&environment).locks().unwrap();
        assert!(!home.exists());
        assert_eq!(locks, place.path().join("vault/locks"));
        assert_eq!(mode(&locks), 0o700);
        assert_eq!(mode(&place.path().join("vault")), 0o700);
    }

    #[test]
    fn a_runtime_directory_that_is_not_there_is_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().to_str().unwrap();
        let missing = place.path().join("missing");
        let missing = missing.to_str().unwrap();
        let environment = Environment::of([("XDG_RUNTIME_DIR", missing), ("HOME", root)]);
        let locks = Directories::new(&environment).locks().unwrap();
        assert_eq!(locks, place.path().join(".local/state/vault/locks"));
        assert_eq!(mode(&locks), 0o700);
    }

    #[test]
    fn a_directory_that_is_there_keeps_its_mode() {
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
        make_private(place.path()).unwrap();
        assert_eq!(mode(place.path()), 0o755);
    }
}
