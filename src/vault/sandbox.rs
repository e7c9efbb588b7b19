//! A repository in a temporary directory, for the tests of this module.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tempfile::TempDir;

use super::{Change, Digest, Locks, Root, Store, steps::Steps};

/// How a process ends that was told to die at a step.
pub(super) const DIED: i32 = 99;

/// What a process that is to die is told to do.
const ORDER: &str = "order";

pub(super) struct Sandbox(TempDir);

impl Sandbox {
    /// A work tree `repo` with a configuration; beside it there is room for what is outside.
    pub(super) fn new() -> Self {
        let sandbox = Sandbox(tempfile::tempdir().unwrap());
        fs::create_dir_all(sandbox.path(".git")).unwrap();
        sandbox.write(".vault.yaml", "version: 1\n");
        sandbox
    }

    /// The directory around the work tree, without links.
    pub(super) fn outside(&self) -> PathBuf {
        fs::canonicalize(self.0.path()).unwrap()
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.outside().join("repo").join(below)
    }

    pub(super) fn root(&self) -> Root {
        Root::find(&self.path("")).unwrap()
    }

    pub(super) fn store(&self) -> Store {
        store_in(&self.outside())
    }

    /// A store that gives up at once if something is locked.
    pub(super) fn impatient(&self) -> Store {
        let store = self.store();
        Store {
            locks: store.locks.clone().with_timeout(Duration::ZERO),
            ..store
        }
    }

    pub(super) fn observed(&self, steps: Steps) -> Store {
        Store {
            steps,
            ..self.store()
        }
    }

    /// Runs a test that only does what it is told to in a process of its own, which may die.
    #[cfg(test)]
    pub(super) fn order(&self, test: &str, order: &str) -> std::process::ExitStatus {
        fs::write(self.outside().join(ORDER), order).unwrap();
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--test-threads=1", test])
            .current_dir(self.outside())
            .output()
            .unwrap()
            .status
    }

    pub(super) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn link(&self, below: &str, to: &str) {
        symlink(to, self.path(below)).unwrap();
    }

    pub(super) fn text(&self, below: &str) -> Option<String> {
        fs::read_to_string(self.path(below)).ok()
    }

    pub(super) fn change(&self, below: &str, bytes: &str) -> Change {
        Change {
            path: below.into(),
            expected: self.text(below).map(|text| Digest::of(text.as_bytes())),
            bytes: bytes.into(),
        }
    }

    pub(super) fn mode(&self, below: &str) -> u32 {
        mode(&self.path(below))
    }

    pub(super) fn set_mode(&self, below: &str, mode: u32) {
        fs::set_permissions(self.path(below), Permissions::from_mode(mode)).unwrap();
    }

    /// Every file that ends like a temporary, and every journal.
    pub(super) fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.outside(), &mut found);
        found
    }
}

/// A store for the `repo` in a directory.
///
/// It waits for locks: while another test starts a process, that one holds copies of all of ours for a moment.
pub(super) fn store_in(outside: &Path) -> Store {
    let root = Root::find(&outside.join("repo")).unwrap();
    let locks = Locks::new(&outside.join("state/locks"));
    Store::new(root, locks, &outside.join("state/journals"))
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, found);
        } else if name.contains(".vault-") || name.ends_with(".journal") {
            found.push(path);
        }
    }
}

/// What the process was told to do by [`Sandbox::order`]; `None` if somebody else has started it.
pub(super) fn order() -> Option<String> {
    fs::read_to_string(ORDER).ok()
}

/// Steps of which one is the last that the process takes.
#[cfg(test)]
#[allow(clippy::exit, reason = "to die without running destructors")]
pub(super) fn steps_to_death(last: usize) -> Steps {
    let count = AtomicUsize::new(0);
    Steps::observed(move |_, _| {
        if count.fetch_add(1, Ordering::Relaxed) == last {
            std::process::exit(DIED);
        }
        Ok(())
    })
}
