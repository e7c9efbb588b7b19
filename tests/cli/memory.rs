//! What is left in the memory of the process when a command has let go of its secrets: nothing of them.
//!
//! strace holds the process at its last system call; by then everything that the command owned is freed. What remains on
//! purpose is in docs/threats.md: words of the command line, which the system keeps.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    edit::{
        signals::watcher,
        world::{NEW, OLD, STAYS, World},
    },
    peers,
    sandbox::Sandbox,
    team, vaults,
};

/// Far more than any command takes to come to its end.
const LIMIT: Duration = Duration::from_secs(300);

/// A command that is held right before its end.
struct Held {
    strace: Child,
    process: u32,
}

impl Held {
    /// Runs a command up to its last system call; `None` where nothing can be traced.
    #[allow(clippy::disallowed_methods, reason = "a test has no `Context`")]
    fn at_the_end_of(sandbox: &Sandbox, line: &[&str], stdin: &str) -> Option<Self> {
        let strace = peers::program("strace")?;
        let log = sandbox.path("strace.log");
        let _ = fs::remove_file(&log);
        let input = sandbox.write(sandbox.path("stdin"), stdin);
        let mut strace = Command::new(strace)
            .arg("-o")
            .arg(&log)
            .args(["-e", "trace=exit_group"])
            .args(["-e", "inject=exit_group:delay_enter=900s"])
            .arg(env!("CARGO_BIN_EXE_vault"))
            .args(line)
            .current_dir(sandbox.work(""))
            .env_clear()
            .envs(sandbox.environment())
            .stdin(File::open(input).expect("a file of the sandbox"))
            .stdout(Stdio::null())
            .stderr(File::create(sandbox.path("said")).expect("a file of the sandbox"))
            .spawn()
            .expect("strace starts");
        let began = Instant::now();
        while !fs::read_to_string(&log).is_ok_and(|log| log.contains("exit_group(")) {
            let ended = strace.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "{}", sandbox.read(sandbox.path("said")));
            assert!(began.elapsed() < LIMIT, "`{}` hangs", line.join(" "));
            thread::yield_now();
        }
        let process = child_of(strace.id());
        let code = fs::read_to_string(&log).unwrap_or_default();
        let said = || sandbox.read(sandbox.path("said"));
        assert!(code.contains("exit_group(0"), "{}", said());
        Some(Self { strace, process })
    }

    fn memory(&self) -> Vec<u8> {
        memory_of(self.process)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The process first: strace ends with it.
        let _ = Command::new("kill")
            .args(["-KILL", &self.process.to_string()])
            .status();
        let _ = self.strace.kill();
        let _ = self.strace.wait();
    }
}

/// Everything that a process could write to: heap, stacks, variables.
fn memory_of(process: u32) -> Vec<u8> {
    let place = PathBuf::from(format!("/proc/{process}"));
    let maps = fs::read_to_string(place.join("maps")).expect("root reads every process");
    let mut memory = File::open(place.join("mem")).expect("root reads every process");
    let mut bytes = Vec::new();
    for map in maps.lines().filter(|map| map.contains(" rw")) {
        let (start, end) = range(map);
        let mut part = vec![0; end - start];
        memory
            .seek(SeekFrom::Start(start as u64))
            .expect("an address");
        // Some pages are the kernel's own.
        if memory.read_exact(&mut part).is_ok() {
            bytes.extend(written(&part));
        }
    }
    bytes
}

/// The pages of a piece of memory that hold something; most of it is empty, and searching takes its time.
fn written(part: &[u8]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut bytes = Vec::new();
    for page in part.chunks(PAGE) {
        if *page != [0; PAGE][..page.len()] {
            bytes.extend_from_slice(page);
        }
    }
    bytes
}

fn child_of(parent: u32) -> u32 {
    let children = format!("/proc/{parent}/task/{parent}/children");
    let children = fs::read_to_string(children).expect("a process of ours");
    children.trim().parse().expect("one child")
}

/// The addresses in a line of `/proc/PID/maps`.
fn range(map: &str) -> (usize, usize) {
    let (start, end) = map
        .split(' ')
        .next()
        .and_then(|range| range.split_once('-'))
        .expect("addresses");
    let number = |digits| usize::from_str_radix(digits, 16).expect("an address");
    (number(start), number(end))
}

/// Three values in every place and type, and the identity that opens them, each named to the sandbox.
fn vault() -> Option<Sandbox> {
    let sandbox = team::alone();
    if !sandbox.is_root() {
        peers::skip("the tests do not run as root");
        return None;
    }
    let long = "a long secret of several lines\n".repeat(200);
    for (key, value) in [
        ("SHORT", "hunter2-short"),
        ("LONG", long.as_str()),
        ("db.password", "hunter2 nested \"quoted\" \\ text"),
    ] {
        vaults::set(&sandbox, "dev", key, &sandbox.secret(value));
    }
    let identity = sandbox.read(sandbox.path("config/vault/identity.txt"));
    for line in identity.lines().filter(|line| line.starts_with("AGE-")) {
        sandbox.secret(line);
    }
    Some(sandbox)
}

/// Holds that a command leaves nothing, and that the search would have found something.
fn leaves_nothing(sandbox: &Sandbox, line: &[&str], stdin: &str) {
    let Some(held) = Held::at_the_end_of(sandbox, line, stdin) else {
        return;
    };
    let memory = held.memory();
    let text = String::from_utf8_lossy(&memory);
    assert!(
        text.contains(&line.join("\0")),
        "the command line is there, so this is the memory"
    );
    assert!(
        !sandbox.finds_secret(&memory),
        "`{}` leaves a secret in its memory",
        line.join(" ")
    );
}

#[test]
fn r61_what_reads_leaves_no_secret_in_memory() {
    let Some(sandbox) = vault() else { return };
    for line in [
        &["get", "dev", "SHORT"][..],
        &["get", "dev", "db", "--json"],
        &["list", "dev", "--reveal"],
        &["render", "dev"],
        &["render", "dev", "--format", "json"],
        &["render", "dev", "--format", "yaml"],
        &["check", "dev"],
        &["whoami"],
    ] {
        leaves_nothing(&sandbox, line, "");
    }
}

#[test]
fn r61_what_writes_leaves_no_secret_in_memory() {
    let Some(sandbox) = vault() else { return };
    let new = sandbox.secret("hunter2-from-standard-input");
    leaves_nothing(&sandbox, &["set", "dev", "NEW"], &new);
    leaves_nothing(&sandbox, &["unset", "dev", "SHORT"], "");
    let source = format!(
        "# comment\nIMPORTED={}\n",
        sandbox.secret("hunter2-imported")
    );
    leaves_nothing(
        &sandbox,
        &[
            "import",
            "dev",
            "-",
            "--format",
            "dotenv",
            "--dialect",
            "compose",
        ],
        &source,
    );
    leaves_nothing(&sandbox, &["render", "dev", "-o", "../tmp/out.env"], "");
}

#[test]
fn r61_a_large_file_leaves_no_secret_on_the_second_stack() {
    let Some(sandbox) = vault() else { return };
    let value = sandbox.secret("hunter2-of-many");
    let many: String = (0..1_500)
        .map(|number| format!("KEY_{number}={value}-{number}\n"))
        .collect();
    leaves_nothing(
        &sandbox,
        &[
            "import",
            "dev",
            "-",
            "--format",
            "dotenv",
            "--dialect",
            "compose",
        ],
        &many,
    );
    leaves_nothing(&sandbox, &["render", "dev"], "");
}

#[test]
fn r61_a_value_on_the_command_line_stays_there() {
    let Some(sandbox) = vault() else { return };
    let value = sandbox.secret("hunter2-on-the-command-line");
    let Some(held) = Held::at_the_end_of(&sandbox, &["set", "dev", "ARG", &value], "") else {
        return;
    };
    // Shown so that nobody believes otherwise: the system itself keeps the words of a command line.
    assert!(sandbox.finds_secret(&held.memory()));
}

#[test]
fn r61_an_edit_leaves_no_secret_in_memory() {
    let Some(sandbox) = vault() else { return };
    let world = World::of(sandbox);
    let sandbox = &world.sandbox;
    sandbox.secret(NEW);
    for (line, script) in [
        (
            &["edit", "dev"][..],
            r#"echo "TYPED: correct-horse-battery" >> "$1""#,
        ),
        (
            &["edit", "dev", "--key", "SHORT"],
            r#"echo "correct-horse-battery" > "$1""#,
        ),
        (&["edit", "dev"], "true"),
    ] {
        sandbox.set("VAULT_EDITOR", world.editor(script));
        leaves_nothing(sandbox, line, "");
    }
}

#[test]
fn r61_while_the_editor_runs_the_watcher_holds_nothing_and_vault_what_it_must() {
    let world = World::new();
    let sandbox = &world.sandbox;
    if !sandbox.is_root() {
        return peers::skip("the tests do not run as root");
    }
    let living = world.begin(STAYS);
    let vault = living.child.id();
    let watcher = u32::try_from(watcher(vault)).expect("a process");
    for process in [vault, watcher] {
        let text = memory_of(process);
        let desk = world.desks().remove(0).display().to_string();
        assert!(count(&text, &desk) > 0, "this is the memory");
    }
    let identity = sandbox.read(sandbox.path("config/vault/identity.txt"));
    let keys: Vec<&str> = identity
        .lines()
        .filter(|line| line.starts_with("AGE-"))
        .collect();
    keys.iter().for_each(|key| {
        sandbox.secret(key);
    });
    let memory = memory_of(vault);
    assert_eq!(count(&memory, OLD), 1, "what the edit began with");
    assert_eq!(count(&memory, NEW), 0, "nobody has read what was typed");
    for key in keys {
        assert_eq!(count(&memory, key), 0);
    }
    assert!(!sandbox.finds_secret(&memory_of(watcher)), "the watcher");
}

/// How often a text is there.
fn count(memory: &[u8], text: &str) -> usize {
    let text = text.as_bytes();
    memory
        .windows(text.len())
        .filter(|part| *part == text)
        .count()
}
