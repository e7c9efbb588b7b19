//! A world that a test owns: a home, a work tree, an environment; nothing of the machine's user reaches the program.
//!
//! ```ignore
//! let sandbox = Sandbox::with_git();
//! sandbox.identity("alice");
//! let token = sandbox.secret("hunter2-API-token");
//! sandbox.vault(["set", "dev", "TOKEN"]).stdin(&token).succeeds();
//! sandbox.vault(["get", "dev", "TOKEN"]).prints_secrets().succeeds_with(&token);
//! sandbox.vault(["get", "nope", "TOKEN"]).fails_with(2, "vault: error: there is no environment `nope`\n[..]");
//! ```
//!
//! The output of every run is searched for the secrets that the test has named ([`leaks`]).
#![allow(dead_code, reason = "every test program uses some of these")]

mod disk;
mod leaks;
mod run;
mod terminal;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

#[allow(unused_imports, reason = "every test program uses some of these")]
pub(crate) use disk::SmallDisk;
pub(crate) use run::{Output, Run};
pub(crate) use terminal::Terminal;

use crate::peers;
use leaks::Secrets;

/// The user and group `nobody`.
pub(crate) const NOBODY: u32 = 65534;

/// One world: a temporary folder with `home/`, `work/` and what the XDG variables name.
pub(crate) struct Sandbox {
    root: TempDir,
    is_root: bool,
    environment: RefCell<BTreeMap<OsString, OsString>>,
    secrets: RefCell<Secrets>,
}

impl Sandbox {
    /// Makes a world whose `work/` is an ordinary folder, outside of any git repository.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new()
            .prefix("vault-test-")
            .tempdir()
            .expect("a temporary folder");
        // a new folder belongs to whoever runs the tests
        let is_root = fs::metadata(root.path()).expect("the folder").uid() == 0;
        let sandbox = Self {
            root,
            is_root,
            environment: RefCell::default(),
            secrets: RefCell::default(),
        };
        sandbox.furnish();
        sandbox
    }

    /// Makes a world whose `work/` is a new git repository with the branch `main` and no commit.
    pub(crate) fn with_git() -> Self {
        let sandbox = Self::new();
        sandbox.git(["init", "--quiet", "--initial-branch=main"]);
        sandbox
    }

    fn furnish(&self) {
        for folder in ["home", "work", "config", "state", "run", "tmp"] {
            fs::create_dir(self.path(folder)).expect("a new folder");
        }
        // A folder of one's own, as the XDG rules demand; the root may be walked through by another user.
        set_mode(&self.path("run"), 0o700);
        set_mode(self.root.path(), 0o755);
        let places = [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ];
        for (name, folder) in places {
            self.set(name, self.path(folder));
        }
        let words = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ];
        for (name, value) in words {
            self.set(name, value);
        }
    }

    // places

    /// Names a place in this world.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.path().join(path)
    }

    /// Names a place in the work tree.
    pub(crate) fn work(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path("work").join(path)
    }

    /// Names a place in the home.
    pub(crate) fn home(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path("home").join(path)
    }

    /// Names a fixture, in the project's own tree.
    pub(crate) fn fixture(path: impl AsRef<Path>) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(path)
    }

    // files; relative paths count from the work tree

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        fs::write(&path, content).expect("a file of the sandbox");
        path
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.work(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Tells whether something is there.
    pub(crate) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.work(path).symlink_metadata().is_ok()
    }

    /// Tells the permission bits of a file.
    pub(crate) fn mode(&self, path: impl AsRef<Path>) -> u32 {
        fs::metadata(self.work(path))
            .expect("a file of the sandbox")
            .permissions()
            .mode()
            & 0o7777
    }

    /// Changes the permission bits of a file.
    pub(crate) fn chmod(&self, path: impl AsRef<Path>, mode: u32) {
        set_mode(&self.work(path), mode);
    }

    /// Copies a fixture.
    pub(crate) fn copy(&self, fixture: impl AsRef<Path>, to: impl AsRef<Path>) -> PathBuf {
        let content = fs::read(Self::fixture(fixture)).expect("a fixture");
        self.write(to, content)
    }

    /// Lists every file of the work tree but git's own, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(&self.work(""), &mut |path, _| {
            let relative = path
                .strip_prefix(self.work(""))
                .expect("below the work tree");
            files.push(relative.display().to_string());
        });
        files.sort();
        files
    }

    /// Puts the identity `fixtures/keys/NAME.txt` where `vault keygen` would.
    pub(crate) fn identity(&self, name: &str) -> PathBuf {
        let text = fs::read(Self::fixture(format!("keys/{name}.txt"))).expect("a key");
        let path = self.path("config/vault/identity.txt");
        self.write(&path, text);
        set_mode(&path, 0o600);
        path
    }

    /// Puts the SSH key of the fixtures at `~/.ssh/id_ed25519`, as ssh-keygen would.
    pub(crate) fn ssh_key(&self) -> PathBuf {
        let path = self.home(".ssh/id_ed25519");
        self.copy("keys/ssh_ed25519", &path);
        self.copy("keys/ssh_ed25519.pub", path.with_extension("pub"));
        set_mode(&path, 0o600);
        set_mode(&self.home(".ssh"), 0o700);
        path
    }

    // the environment

    /// Sets a variable for every later run.
    pub(crate) fn set(&self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.environment
            .borrow_mut()
            .insert(name.as_ref().into(), value.as_ref().into());
    }

    /// Removes a variable for every later run.
    pub(crate) fn unset(&self, name: impl AsRef<OsStr>) {
        self.environment.borrow_mut().remove(name.as_ref());
    }

    /// Names a secret of this test: from now on no output may hold it in any form, and returns it.
    ///
    /// # Panics
    ///
    /// When it has fewer than six characters: so short a text is found in innocent output.
    pub(crate) fn secret(&self, text: &str) -> String {
        self.secrets.borrow_mut().add(text);
        text.to_owned()
    }

    /// Tells whether bytes hold a secret of this test, in any form.
    pub(crate) fn finds_secret(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        self.secrets.borrow().found_anywhere(&text).is_some()
    }

    /// Every variable of later runs.
    pub(crate) fn environment(&self) -> BTreeMap<OsString, OsString> {
        self.environment.borrow().clone()
    }

    // programs

    /// Prepares a run of the program under test in the work tree, without a terminal and with an empty standard input.
    pub(crate) fn vault<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'_> {
        self.program(env!("CARGO_BIN_EXE_vault"), arguments)
    }

    /// Prepares a run of any other program in the same world.
    pub(crate) fn program<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run<'_> {
        Run::new(self, program.as_ref(), arguments)
    }

    /// Prepares a run of the program under test on a terminal; `None` where there is no `expect`.
    pub(crate) fn on_terminal<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Option<Terminal<'_>> {
        Terminal::new(self, arguments)
    }

    /// Prepares a run of sops; `None` where there is none.
    pub(crate) fn sops<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Option<Run<'_>> {
        let run = self.program(peers::sops()?, arguments);
        Some(run.prints_secrets())
    }

    /// Runs git, which must succeed, and returns what it printed.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        self.git_run(arguments).succeeds().stdout().to_owned()
    }

    /// Prepares a run of git, which may fail.
    pub(crate) fn git_run<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Run<'_> {
        let git = peers::quietly("git").expect("git, which every developer's machine has");
        self.program(git, arguments)
            .variable("GIT_AUTHOR_NAME", "Test")
            .variable("GIT_AUTHOR_EMAIL", "test@example.invalid")
            .variable("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .variable("GIT_COMMITTER_NAME", "Test")
            .variable("GIT_COMMITTER_EMAIL", "test@example.invalid")
            .variable("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
    }

    /// Commits everything that git does not ignore.
    pub(crate) fn commit(&self, message: &str) {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--message", message]);
    }

    // other users

    /// Tells whether the tests run as root, for whom no permission counts.
    pub(crate) fn is_root(&self) -> bool {
        self.is_root
    }

    /// Gives everything that is in this world now to nobody, for runs [`Run::by_nobody`].
    ///
    /// What the test writes later is root's again. Without root nothing changes: the user is an ordinary one already.
    pub(crate) fn give_to_nobody(&self) {
        if !self.is_root() {
            return;
        }
        let give = |path: &Path| chown(path, Some(NOBODY), Some(NOBODY)).expect("root gives");
        give(self.root.path());
        walk_all(self.root.path(), &mut |path, _| give(path));
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode of our own file");
}

/// Visits everything below a folder but the insides of `.git`; links are not followed.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path, &fs::Metadata)) {
    walk_entries(folder, visit, false);
}

fn walk_all(folder: &Path, visit: &mut dyn FnMut(&Path, &fs::Metadata)) {
    walk_entries(folder, visit, true);
}

fn walk_entries(folder: &Path, visit: &mut dyn FnMut(&Path, &fs::Metadata), everything: bool) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else {
            continue;
        };
        let hidden = entry.file_name() == ".git" && !everything;
        if metadata.is_dir() && !hidden {
            walk_entries(&path, visit, everything);
        }
        if everything || !metadata.is_dir() {
            visit(&path, &metadata);
        }
    }
}

#[cfg(test)]
mod tests;
