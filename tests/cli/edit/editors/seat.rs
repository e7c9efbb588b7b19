//! A person at a terminal with a shell: tmux is the terminal, and shows what stands on it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::super::world::World;
use crate::peers;

/// Far more than any editor takes, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(20);

/// A terminal in a window of its own.
pub(super) struct Seat<'w> {
    world: &'w World,
    tmux: PathBuf,
}

impl<'w> Seat<'w> {
    /// Opens one with a shell in it, and with a program as the editor; `None` where there is no tmux.
    pub(super) fn open(world: &'w World, editor: &str) -> Option<Self> {
        let seat = Seat {
            world,
            tmux: peers::program("tmux")?,
        };
        let size = ["-x", "100", "-y", "40"];
        let shell = [
            "env",
            "PS1=ready> ",
            "HISTFILE=",
            "bash",
            "--norc",
            "--noprofile",
            "-i",
        ];
        let begin = seat
            .command("new-session")
            .arg("-d")
            .args(size)
            .args(shell)
            .current_dir(world.sandbox.work(""))
            .env("EDITOR", editor)
            .status();
        assert!(begin.is_ok_and(|status| status.success()), "tmux starts");
        seat.shows("ready>");
        Some(seat)
    }

    fn command(&self, word: &str) -> Command {
        let mut command = Command::new(&self.tmux);
        command
            .arg("-S")
            .arg(self.world.sandbox.path("tmux"))
            .args(["-f", "/dev/null", word])
            .env_clear()
            .envs(self.world.sandbox.environment())
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Starts an edit of dev, and waits until the editor shows the text.
    pub(super) fn edits(&self) {
        let vault = env!("CARGO_BIN_EXE_vault");
        self.runs(&format!("clear; '{vault}' edit dev"));
        self.shows("TOKEN: ");
    }

    /// Brings an edit that was stopped, with this exit code for the shell, back to the front.
    pub(super) fn goes_on(&self, stopped: i32) {
        assert_eq!(self.ends(), stopped);
        self.presses(&["C-l"]);
        self.runs("fg");
    }

    /// Runs a line, and leaves its exit code for [`Seat::ends`].
    fn runs(&self, line: &str) {
        let code = self.code();
        let _ = fs::remove_file(&code);
        let code = code.display();
        self.types(&format!(
            "{line}; echo $? > '{code}.new'; mv '{code}.new' '{code}'"
        ));
        self.presses(&["Enter"]);
    }

    fn code(&self) -> PathBuf {
        self.world.sandbox.path("code")
    }

    /// Types a text, letter by letter.
    pub(super) fn types(&self, text: &str) {
        self.sends(&["-l", "--", text]);
    }

    /// Presses keys, by the names that tmux has for them.
    pub(super) fn presses(&self, keys: &[&str]) {
        self.sends(keys);
    }

    pub(super) fn presses_until(&self, keys: &[&str], shown: &str) {
        self.presses(keys);
        self.shows(shown);
    }

    fn sends<S: AsRef<OsStr>>(&self, words: &[S]) {
        let sent = self.command("send-keys").args(words).status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "the terminal is there"
        );
    }

    /// What stands on the terminal.
    pub(super) fn screen(&self) -> String {
        let output = self.command("capture-pane").arg("-p").output();
        let bytes = output.expect("tmux starts").stdout;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until something stands on the terminal.
    pub(super) fn shows(&self, text: &str) {
        self.waits(&format!("the terminal shows {text:?}"), || {
            self.screen().contains(text)
        });
    }

    /// Waits for the end of the edit; its exit code.
    pub(super) fn ends(&self) -> i32 {
        self.waits("the edit ends", || self.code().exists());
        let code = self.world.sandbox.read(self.code());
        code.trim().parse().expect("a number")
    }

    /// Closes the window, as a person does with the mouse.
    pub(super) fn closes(&self) {
        let closed = self.command("kill-window").status();
        assert!(closed.is_ok_and(|status| status.success()));
    }

    /// Waits for something that other processes do.
    pub(super) fn waits(&self, what: &str, happens: impl Fn() -> bool) {
        #[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
        let start = Instant::now();
        while !happens() {
            assert!(
                start.elapsed() < PATIENCE,
                "it never happens: {what}\n{}",
                self.screen()
            );
            thread::sleep(PAUSE);
        }
    }

    /// The process that edits at a desk, and the vault above it, once both are there.
    pub(super) fn processes(&self) -> Edit {
        let vault = Path::new(env!("CARGO_BIN_EXE_vault"));
        let found = || {
            let record = fs::read_to_string(self.world.desks().first()?.join("session")).ok()?;
            let record: serde_json::Value = serde_json::from_str(&record).ok()?;
            let pid = record["process"].as_i64()?;
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
            let editor = children.split_whitespace().find(|child| {
                fs::read_link(format!("/proc/{child}/exe")).is_ok_and(|path| path != vault)
            })?;
            Some(Edit {
                vault: i32::try_from(pid).ok()?,
                editor: editor.parse().ok()?,
            })
        };
        self.waits("an edit is going on", || found().is_some());
        found().expect("it was there")
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let _ = self.command("kill-server").stdout(Stdio::null()).status();
    }
}

/// The processes of an edit.
pub(super) struct Edit {
    pub(super) vault: i32,
    pub(super) editor: i32,
}

/// The letter that the system has for the state of a process; `None` where it is gone.
pub(super) fn state(process: i32) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    rest.trim_start().chars().next()
}

/// Whether a program of this name was started by a process, or by one that it started.
pub(super) fn runs_below(process: i32, program: &str) -> bool {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    let mut children = children
        .split_whitespace()
        .filter_map(|child| child.parse().ok());
    children.any(|child: i32| {
        let name = fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
        name.trim_end() == program || runs_below(child, program)
    })
}

/// Kills a process without a word.
pub(super) fn kill(process: i32) {
    let pid = rustix::process::Pid::from_raw(process).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it runs");
}
