//! A vault with a secret, memory for desks, and editors made of shell.

use std::{
    fs::{self, File, Permissions},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    sandbox::{Run, Sandbox},
    team::alone,
};

pub(crate) const FILE: &str = "secrets/dev.yaml";

/// What is in the file before the edit.
pub(crate) const OLD: &str = "hunter2-API-token";

/// What is typed.
pub(crate) const NEW: &str = "correct-horse-battery";

/// What an editor does that adds a key with the value that is typed; another one if the variable has it.
pub(crate) const TYPE: &str = r#"echo "TYPED: ${TYPED-correct-horse-battery}" >> "$1""#;

/// The name of the script that is the editor: the only file that may hold what is typed.
const SCRIPT: &str = "editor.sh";

/// Far more than anything here takes, on a machine that does other things as well; far less than [`STAYS`].
const PATIENCE: Duration = Duration::from_secs(120);

/// What an editor does that stays.
pub(crate) const STAYS: &str = "exec sleep 600";

/// Alice's vault with one secret.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    memory: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = World::of(alone());
        world.sandbox.secret(NEW);
        let old = world.sandbox.secret(OLD);
        world
            .sandbox
            .vault(["set", "dev", "TOKEN"])
            .stdin(old)
            .succeeds();
        world
    }

    /// Another vault, with memory for desks.
    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let memory = tempfile::Builder::new()
            .prefix("vault-test-")
            .tempdir_in("/dev/shm")
            .expect("every Linux has memory as a file system");
        fs::set_permissions(memory.path(), Permissions::from_mode(0o700)).expect("ours");
        sandbox.set("XDG_RUNTIME_DIR", memory.path());
        World { sandbox, memory }
    }

    /// Where desks stand.
    pub(crate) fn memory(&self) -> PathBuf {
        self.memory.path().join("vault")
    }

    /// The value of `VAULT_EDITOR` for a script, whose `$1` is the text.
    pub(crate) fn editor(&self, script: &str) -> String {
        let path = self.sandbox.path(SCRIPT);
        fs::write(&path, script).expect("a file of the sandbox");
        format!("sh '{}'", path.display())
    }

    /// An edit of dev by such a script.
    pub(crate) fn edit(&self, script: &str) -> Run<'_> {
        self.vault(["edit", "dev"], script)
    }

    /// Any command, with such a script as the editor.
    pub(crate) fn vault<const N: usize>(&self, words: [&str; N], script: &str) -> Run<'_> {
        let editor = self.editor(script);
        self.sandbox.vault(words).variable("VAULT_EDITOR", editor)
    }

    /// The desks that there are.
    pub(crate) fn desks(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.memory()).into_iter().flatten().flatten();
        let desks =
            entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("edit-"));
        desks.map(|entry| entry.path()).collect()
    }

    /// The rescues that there are, by name.
    pub(crate) fn rescues(&self) -> Vec<String> {
        let folder = self.sandbox.path("state/vault/rescue");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Looks through every file of this world and its memory.
    pub(crate) fn holds_nothing_in_clear(&self) {
        assert_eq!(self.desks(), Vec::<PathBuf>::new(), "a desk is left");
        for folder in [self.sandbox.path(""), self.memory.path().to_owned()] {
            search(&folder, &|path| {
                let bytes = fs::read(path).unwrap_or_default();
                assert!(
                    !self.sandbox.finds_secret(&bytes),
                    "{} holds a secret in clear",
                    path.display()
                );
            });
        }
    }

    /// Starts an edit whose editor types, says that it did, and then does what the script says.
    pub(crate) fn begin(&self, script: &str) -> Living<'_> {
        let ready = self.sandbox.path("ready");
        let script = format!(
            "{TYPE}\necho $$ > '{ready}.new'\nmv '{ready}.new' '{ready}'\n{script}\n",
            ready = ready.display()
        );
        let editor = self.editor(&script);
        let said = self.sandbox.path("said");
        let child = Command::new(env!("CARGO_BIN_EXE_vault"))
            .args(["edit", "dev"])
            .current_dir(self.sandbox.work(""))
            .env_clear()
            .envs(self.sandbox.environment())
            .env("VAULT_EDITOR", editor)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&said).expect("a file of the sandbox"))
            .spawn()
            .expect("the program starts");
        let mut living = Living {
            world: self,
            child,
            editor: 0,
        };
        eventually("the editor types", || {
            let ended = living.child.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "{}", living.said());
            ready.exists()
        });
        living.editor = self.sandbox.read(&ready).trim().parse().expect("a number");
        living
    }
}

/// At the end of each test: what vault opens, real sops opens.
impl Drop for World {
    fn drop(&mut self) {
        let identity = self.sandbox.path("config/vault/identity.txt");
        if thread::panicking() || !self.sandbox.exists(FILE) || !identity.exists() {
            return;
        }
        if self.sandbox.vault(["check"]).run().code() != 0 {
            return;
        }
        if let Some(sops) = self.sandbox.sops(["decrypt", FILE]) {
            sops.variable("SOPS_AGE_KEY_FILE", identity).succeeds();
        }
    }
}

/// An edit that is going on.
pub(crate) struct Living<'w> {
    world: &'w World,
    pub(crate) child: Child,
    /// The process that edits.
    pub(crate) editor: i32,
}

impl Living<'_> {
    /// Sends a signal to vault alone.
    pub(crate) fn gets(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// Waits for its end; 128 + n for a signal.
    pub(crate) fn ends(&mut self) -> i32 {
        let mut status = None;
        eventually("vault ends", || {
            status = self.child.try_wait().expect("a child of ours");
            status.is_some()
        });
        let status = status.expect("it ended");
        let signal = status.signal().map(|signal| 128 + signal);
        status.code().or(signal).expect("a code or a signal")
    }

    pub(crate) fn said(&self) -> String {
        self.world.sandbox.read(self.world.sandbox.path("said"))
    }

    /// Whether the editor still runs; what is dead and not buried does not.
    pub(crate) fn editor_runs(&self) -> bool {
        let state = fs::read_to_string(format!("/proc/{}/stat", self.editor));
        state.is_ok_and(|text| {
            let (_, rest) = text.rsplit_once(')').expect("a name in brackets");
            !rest.trim_start().starts_with(['Z', 'X'])
        })
    }
}

impl Drop for Living<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something that other processes do.
#[expect(
    clippy::disallowed_methods,
    reason = "a test that waits for ever tells nothing"
)]
pub(crate) fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < PATIENCE, "it never happens: {what}");
        thread::yield_now();
    }
}

fn search(folder: &Path, look: &dyn Fn(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = path.symlink_metadata() else {
            continue;
        };
        if metadata.is_dir() {
            search(&path, look);
        } else if metadata.is_file() && entry.file_name() != SCRIPT {
            look(&path);
        }
    }
}
