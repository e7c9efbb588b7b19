//! A repository and its surroundings, and runs of this program in it as others would run it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use super::OLD;

pub(super) struct World(TempDir);

impl World {
    pub(super) fn new() -> Self {
        let world = World(tempfile::tempdir().unwrap());
        fs::create_dir_all(world.path("repo/.git")).unwrap();
        fs::create_dir_all(world.path("out")).unwrap();
        for file in ["this-is-a-child", "repo/.vault.yaml"] {
            fs::write(world.path(file), "").unwrap();
        }
        for file in ["repo/x.yaml", "repo/y.yaml"] {
            fs::write(world.path(file), OLD).unwrap();
        }
        world
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub(super) fn text(&self, below: &str) -> Option<String> {
        fs::read_to_string(self.path(below)).ok()
    }

    pub(super) fn mode(&self, below: &str) -> u32 {
        fs::metadata(self.path(below)).unwrap().mode() & 0o7777
    }

    pub(super) fn set_mode(&self, below: &str, mode: u32) {
        fs::set_permissions(self.path(below), Permissions::from_mode(mode)).unwrap();
    }

    pub(super) fn give(&self, below: &str, user: u32) {
        chown(self.path(below), Some(user), Some(user)).unwrap();
    }

    pub(super) fn give_all(&self, user: u32) {
        for path in everything(self.0.path()) {
            chown(path, Some(user), Some(user)).unwrap();
        }
    }

    pub(super) fn leftovers(&self) -> Vec<PathBuf> {
        let is_leftover = |path: &PathBuf| {
            let name = path.to_string_lossy();
            name.contains(".vault-") || name.ends_with(".journal")
        };
        everything(self.0.path())
            .into_iter()
            .filter(is_leftover)
            .collect()
    }

    /// Runs a `child_` test through a program that starts it.
    pub(super) fn run(&self, child: &str, through: &[&str]) -> Output {
        self.command(child, through, &std::env::current_exe().unwrap())
    }

    pub(super) fn command(&self, child: &str, through: &[&str], program: &Path) -> Output {
        let program = program.to_str().unwrap();
        let all: Vec<_> = through.iter().copied().chain([program]).collect();
        Command::new(all[0])
            .args(&all[1..])
            .args(["--ignored", "--exact", "--test-threads=1", child])
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    pub(super) fn passes(&self, child: &str, through: &[&str]) {
        passed(&self.run(child, through));
    }

    /// As somebody whom permissions concern: nobody, if we are root.
    pub(super) fn passes_unprivileged(&self, child: &str) {
        if !is_root() {
            return self.passes(child, &[]);
        }
        let program = self.path("program");
        // By another process: a child that another test starts meanwhile would inherit the file while it is written to, and what is
        // open for writing cannot be started.
        let copied = Command::new("cp")
            .arg(std::env::current_exe().unwrap())
            .arg(&program)
            .status();
        assert!(copied.is_ok_and(|status| status.success()));
        self.give_up_root(child, &program);
    }

    pub(super) fn give_up_root(&self, child: &str, program: &Path) {
        let through = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ];
        passed(&self.command(child, &through, program));
    }
}

pub(super) fn everything(directory: &Path) -> Vec<PathBuf> {
    let mut all = vec![directory.to_owned()];
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.push(path);
        }
    }
    all
}

pub(super) fn passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

pub(super) fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}

/// Whether a program works here; says so if not.
pub(super) fn works(probe: &[&str]) -> bool {
    let run = Command::new(probe[0]).args(&probe[1..]).output();
    let works = run.is_ok_and(|output| output.status.success());
    works || skip(probe[0])
}

pub(super) fn root_or_skip() -> bool {
    (is_root() || skip("root")) && works(&["setpriv", "--version"])
}

#[allow(
    clippy::disallowed_methods,
    reason = "tests are told by the environment what must be here"
)]
pub(super) fn skip(what: &str) -> bool {
    let is_required = std::env::var("VAULT_TEST_PEERS").is_ok_and(|peers| peers == "required");
    assert!(
        !is_required,
        "VAULT_TEST_PEERS=required, but there is no {what}"
    );
    eprintln!("skipped: there is no {what}");
    false
}
