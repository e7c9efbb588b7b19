//! A disk that can really be full: a small file system in memory, where the tests may mount one.
#![allow(dead_code, reason = "every test program uses some of these")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command as Program,
};

/// Bytes of the file system that holds what a command may write to.
const SIZE: &str = "size=512k";

/// Bytes of a page: no file takes less.
const PAGE: usize = 4096;

/// A file system that is unmounted when it is dropped.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one on a folder; `None` where that is not allowed.
    pub(crate) fn on(folder: &Path) -> Option<Self> {
        let mount = Program::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "vault-test"])
            .arg(folder)
            .output();
        let is_mounted = mount.is_ok_and(|done| done.status.success());
        is_mounted.then(|| SmallDisk(folder.to_owned()))
    }

    /// Fills it up to so many pages.
    pub(crate) fn fill(&self, left: usize) {
        let filler = self.filler();
        let mut size = 512 * 1024;
        // What a file needs for itself is not known before.
        while fs::write(&filler, vec![0; size]).is_err() {
            size -= PAGE;
        }
        let file = fs::OpenOptions::new().write(true).open(&filler);
        let rest = size.saturating_sub(left * PAGE) as u64;
        file.and_then(|file| file.set_len(rest))
            .expect("it becomes smaller");
    }

    /// Makes room again.
    pub(crate) fn empty(&self) {
        fs::remove_file(self.filler()).expect("it was written");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Or the sandbox could not be removed.
        let _ = Program::new("umount").arg(&self.0).status();
    }
}
