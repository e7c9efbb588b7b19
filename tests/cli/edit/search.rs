//! Secrets that are like no other, looked for where every editor may write.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Command,
};

use rand::{Rng, distributions::Alphanumeric};

use crate::sandbox::Sandbox;

/// How far below a folder for temporary files an editor may write.
const DEPTH: usize = 2;

/// Bytes of the largest file that is looked into.
const SEARCHED: u64 = 1024 * 1024;

/// A value that no other test has, so that what is found is of this one.
pub(super) fn new_secret() -> String {
    let random = rand::thread_rng().sample_iter(&Alphanumeric).take(24);
    let random: String = random.map(char::from).collect();
    format!("k{random}")
}

/// Looks through the folders for temporary files, which all programs share.
pub(super) fn search_temporary(sandbox: &Sandbox) {
    for folder in ["/tmp", "/var/tmp", "/dev/shm"] {
        let found = holders(sandbox, Path::new(folder));
        assert!(found.is_empty(), "{found:?} hold a secret in clear");
    }
}

/// The files of the whole machine that hold a secret of one of these worlds in clear, of those that are newer than a stamp.
pub(super) fn holders_newer_than(stamp: &Path, sandboxes: &[&Sandbox]) -> Vec<PathBuf> {
    // Not what belongs to the kernel: `-xdev` stays on each of these file systems.
    let output = Command::new("find")
        .args(["/", "/tmp", "/var/tmp", "/dev/shm", "/run", "-xdev"])
        .args(["-type", "f", "-size", "-2048", "-newer"])
        .arg(stamp)
        .arg("-print0")
        .output()
        .expect("every system has find");
    let paths = output.stdout.split(|byte| *byte == 0);
    let paths = paths.map(|path| PathBuf::from(OsStr::from_bytes(path)));
    let found = paths.filter(|path| {
        let bytes = fs::read(path).unwrap_or_default();
        sandboxes.iter().any(|sandbox| sandbox.finds_secret(&bytes))
    });
    // Where one of them is no file system of its own, it is looked through twice.
    found.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The files below a folder that hold a secret in clear.
pub(super) fn holders(sandbox: &Sandbox, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    search(folder, DEPTH, &mut |path| {
        // What goes meanwhile is another test's.
        if sandbox.finds_secret(&fs::read(path).unwrap_or_default()) {
            found.push(path.to_owned());
        }
    });
    found
}

fn search(folder: &Path, depth: usize, look: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(found) = path.symlink_metadata() else {
            continue;
        };
        if found.is_dir() && depth > 0 {
            search(&path, depth - 1, look);
        }
        if found.is_file() && found.len() <= SEARCHED {
            look(&path);
        }
    }
}
