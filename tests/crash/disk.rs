//! A disk that is really full: small file systems in memory, where the tests may mount some.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command as Program,
};

use crate::{
    commands::COMMANDS,
    peers,
    verdict::{Ending, Expected},
    world::World,
};

/// Bytes of the file system that holds what a command may write to.
const SIZE: &str = "size=512k";

/// How many bytes are left: from none to more than any of the commands needs.
const LEFT: [usize; 6] = [0, 1, 2, 4, 8, 16];

/// Bytes of a page: no file takes less.
const PAGE: usize = 4096;

/// A file system that is unmounted when it is dropped.
struct Small(PathBuf);

impl Small {
    /// Mounts one on a folder; `None` where that is not allowed.
    fn on(folder: &Path) -> Option<Self> {
        let mount = Program::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "vault-test"])
            .arg(folder)
            .output();
        let is_mounted = mount.is_ok_and(|done| done.status.success());
        is_mounted.then(|| Small(folder.to_owned()))
    }

    /// Fills it up to so many pages.
    fn fill(&self, left: usize) {
        let filler = self.0.join("filler");
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
}

impl Drop for Small {
    fn drop(&mut self) {
        // Or the sandbox could not be removed.
        let _ = Program::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_old_files_or_the_new_ones() {
    let mut failures = 0;
    for command in &COMMANDS {
        let world = World::new(command);
        let expected = Expected::of(&world);
        let mut is_enough = false;
        for left in LEFT {
            world.restore();
            let Some(code) = full(&world, &expected, left) else {
                // Not for everybody, and in containers not even for root.
                return peers::note("skipped: no file system can be mounted here");
            };
            is_enough = code == 0;
            failures += usize::from(code != 0);
        }
        assert!(
            is_enough,
            "`{}` needs no more than {LEFT:?} pages",
            command.name
        );
    }
    assert!(failures > COMMANDS.len(), "the disk was full");
}

/// Runs the command where only so many pages are left; its exit code, or `None` where nothing can be mounted.
fn full(world: &World, expected: &Expected, left: usize) -> Option<i32> {
    let root = world.sandbox.path("");
    let small = Small::on(&root)?;
    world.restore();
    small.fill(left);
    let output = world.run();
    fs::remove_file(root.join("filler")).expect("it was written");
    let ending = Ending {
        output: &output,
        may_leave: false,
    };
    if let Err(what) = expected.judge(world, &ending) {
        let (name, said) = (world.command.name, output.stderr());
        panic!("`{name}` with {left} pages left: {what}\n{said}");
    }
    if output.code() != 0 {
        let said = output.stderr();
        assert!(said.contains("No space left on device"), "{said}");
    }
    Some(output.code())
}
