//! An edit that is disturbed at any system call, or killed at any time: the file is the old one or the new one, and what was typed
//! is in it or kept.

use std::{
    collections::BTreeMap,
    fs,
    ops::RangeInclusive,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    desk::{FILE, NEW, World, eventually},
    kills::{Span, count},
    peers,
    strace::{self, EACCES, EIO, ENOSPC, Fault},
    sweep::is_full,
    team::get,
};

/// How many cases are run unless `VAULT_TEST_CRASH=full`.
const SAMPLE: usize = 32;

/// How many kills there are unless `VAULT_TEST_KILLS` says so.
const KILLS: usize = 20;

/// Chosen once.
const SEED: u64 = 0x6564_6974;

/// Types two lines, and notes each that is typed.
const TYPES: &str = "set -e\nfor name in FIRST SECOND; do\necho \"$name: correct-horse-battery\" >> \"$1\"\necho $name >> \"$NOTES\"\ndone\n";

/// The keys that an editor has typed.
const TYPED: [&str; 2] = ["FIRST", "SECOND"];

/// A vault in which one edit is made again and again.
struct Edits {
    world: World,
    before: String,
}

impl Edits {
    fn new(script: &str) -> Self {
        let world = World::new();
        let sandbox = &world.sandbox;
        sandbox.set("VAULT_EDITOR", world.editor(script));
        sandbox.set("NOTES", sandbox.path("notes"));
        let before = sandbox.read(FILE);
        Edits { world, before }
    }

    /// Back to the beginning.
    fn restore(&self) {
        self.world.sandbox.write(FILE, &self.before);
        self.world
            .sandbox
            .write(self.world.sandbox.path("notes"), "");
    }

    fn notes(&self) -> Vec<&'static str> {
        let notes = self.world.sandbox.read(self.world.sandbox.path("notes"));
        let is_noted = |name: &&&str| notes.lines().any(|line| line == **name);
        TYPED.iter().filter(is_noted).copied().collect()
    }

    /// Holds the vault against all that must be, whatever the edit said; `is_done` if it said that it has written.
    fn judge(&self, is_done: bool, at: &str) {
        let sandbox = &self.world.sandbox;
        // The first command concludes what could not be concluded; a watcher that has just begun may be at it.
        eventually(&format!("{at}: the desk is gone"), || {
            let check = sandbox.vault(["check"]).run();
            assert_eq!(check.code(), 0, "{at}: {}", check.stderr());
            self.world.desks().is_empty()
        });
        let is_written = sandbox.read(FILE) != self.before;
        assert!(is_written || !is_done, "{at}: nothing is written");
        let typed = self.notes();
        if !is_written && !typed.is_empty() {
            let rescues = self.world.rescues();
            assert!(!rescues.is_empty(), "{at}: nothing is kept of {typed:?}");
            let editor = ("VAULT_EDITOR", "true");
            let resume = sandbox.vault(["edit", "dev", "--resume"]);
            let resumed = resume.variable(editor.0, editor.1).run();
            assert_eq!(resumed.code(), 0, "{at}: {}", resumed.stderr());
        }
        for name in typed {
            assert_eq!(get(sandbox, "dev", name), NEW, "{at}: {name}");
        }
        self.world.holds_nothing_in_clear();
        let names = fs::read_dir(sandbox.work("secrets")).expect("a folder");
        assert_eq!(names.count(), 1, "{at}: something is left beside the file");
        for rescue in self.world.rescues() {
            let folder = sandbox.path("state/vault/rescue");
            fs::remove_file(folder.join(rescue)).expect("it was there");
        }
    }
}

/// The calls of an edit.
fn calls(edits: &Edits) -> BTreeMap<String, RangeInclusive<usize>> {
    edits.restore();
    let calls = strace::counted(&edits.world.sandbox, &["edit", "dev"]);
    edits.judge(true, "undisturbed");
    calls
}

fn cases(calls: &BTreeMap<String, RangeInclusive<usize>>) -> Vec<(String, usize, Fault)> {
    let mut all = Vec::new();
    for (name, range) in calls {
        for nth in range.clone() {
            for fault in [ENOSPC, EIO, EACCES, Fault::Kill] {
                all.push((name.clone(), nth, fault));
            }
        }
    }
    peers::note(&format!("{} cases", all.len()));
    if !is_full() {
        all.shuffle(&mut StdRng::seed_from_u64(SEED));
        all.truncate(SAMPLE);
    }
    all
}

#[test]
fn e21_a_disturbed_edit_leaves_the_old_file_or_the_new_one_and_what_was_typed() {
    if strace::program().is_none() {
        return;
    }
    let edits = Edits::new(TYPES);
    for (name, nth, fault) in cases(&calls(&edits)) {
        edits.restore();
        let output = strace::disturbed_at(
            &edits.world.sandbox,
            &["edit", "dev"],
            "",
            &name,
            nth,
            fault,
        );
        let said = output.stderr();
        let at = format!(
            "{fault:?} at {name} {nth}: exit code {}\n{said}",
            output.code()
        );
        assert!(!said.contains("a bug in vault"), "{at}");
        assert!([0, 1, 2, 3, 137].contains(&output.code()), "{at}");
        edits.judge(output.code() == 0 && said.contains("vault: + "), &at);
    }
}

#[test]
fn e21_an_edit_that_is_killed_at_any_time_loses_nothing() {
    let edits = Edits::new(TYPES);
    let mut random = StdRng::seed_from_u64(SEED);
    let (mut killed, mut late) = (0, 0);
    let mut span = Span(duration(&edits));
    let wanted = count(KILLS);
    while killed < wanted {
        let nth = killed + late;
        edits.restore();
        let delay = span.any(&mut random);
        let mut vault = start(&edits.world);
        thread::sleep(delay);
        let watcher = watcher(vault.id());
        // every fourth time the watcher dies before it
        if nth % 4 == 3 {
            watcher.into_iter().for_each(kill);
        }
        let _ = vault.kill();
        let status = vault.wait().expect("a child of ours");
        match status.success() {
            true => {
                late += 1;
                span.ends(delay);
            }
            false => killed += 1,
        }
        let at = format!("kill {nth} after {delay:?}");
        if let Some(watcher) = watcher {
            eventually("the watcher ends", || !runs(watcher));
            let is_left = nth % 4 == 3 || edits.notes().is_empty();
            assert!(is_left || edits.world.desks().is_empty(), "{at}: a desk");
        }
        edits.judge(status.success(), &at);
    }
    peers::note(&format!("{killed} killed, {late} done before"));
}

/// How long an edit takes: the shortest of three times.
fn duration(edits: &Edits) -> Duration {
    #[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
    let now = std::time::Instant::now;
    let once = || {
        edits.restore();
        let begin = now();
        let status = start(&edits.world).wait();
        assert!(status.expect("a child of ours").success());
        begin.elapsed()
    };
    [once(), once(), once()].into_iter().min().expect("three")
}

fn start(world: &World) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_vault"))
        .args(["edit", "dev"])
        .current_dir(world.sandbox.work(""))
        .env_clear()
        .envs(world.sandbox.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.expect("the program starts")
}

/// The watcher of a vault, if it has one already.
fn watcher(vault: u32) -> Option<i32> {
    let children = fs::read_to_string(format!("/proc/{vault}/task/{vault}/children")).ok()?;
    let is_watcher = |child: &&str| {
        let line = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        line.windows(6).any(|part| part == b"\x01watch")
    };
    let found = children.split_whitespace().find(is_watcher)?;
    found.parse().ok()
}

fn kill(process: i32) {
    let process = rustix::process::Pid::from_raw(process).expect("a process");
    // It may be gone by now.
    let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
}

/// Whether a process does anything yet.
fn runs(process: i32) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat"));
    let state = state.unwrap_or_default();
    state
        .rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}
