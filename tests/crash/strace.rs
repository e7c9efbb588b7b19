//! What a command asks of the system, and how to refuse it.

use std::{collections::BTreeMap, fs, path::PathBuf};

use crate::{
    peers,
    sandbox::{Output, Sandbox},
};

/// Calls that change something, when they succeed.
const WRITING: [&str; 27] = [
    "chmod",
    "chown",
    "creat",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "fdatasync",
    "fsetxattr",
    "fsync",
    "ftruncate",
    "lchown",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "pwrite64",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "symlinkat",
    "unlink",
    "unlinkat",
    "utimensat",
    "write",
];

/// Calls that a write depends on.
const READING: [&str; 5] = ["flock", "getdents64", "pread64", "read", "statx"];

/// One call of a command, in the order in which it makes them.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// How many of this name came before, plus 1: the `when` of strace.
    pub(crate) nth: usize,
    /// As strace shows it.
    pub(crate) text: String,
}

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The system refuses it with this error.
    Error(&'static str, &'static str),
    /// The process is killed before it.
    Kill,
}

/// The disk is full.
pub(crate) const ENOSPC: Fault = Fault::Error("ENOSPC", "No space left on device");
/// The disk is broken.
pub(crate) const EIO: Fault = Fault::Error("EIO", "Input/output error");
/// Somebody took the permission away.
pub(crate) const EACCES: Fault = Fault::Error("EACCES", "Permission denied");

impl Call {
    /// Whether it changes something.
    pub(crate) fn writes(&self) -> bool {
        match self.name.as_str() {
            "openat" => ["O_CREAT", "O_WRONLY", "O_RDWR"]
                .iter()
                .any(|flag| self.text.contains(flag)),
            name => WRITING.contains(&name),
        }
    }

    /// Whether names on disk change.
    pub(crate) fn renames(&self) -> bool {
        ["rename", "link", "unlink"]
            .iter()
            .any(|start| self.name.starts_with(start))
    }

    /// Whether it says something to a person.
    pub(crate) fn speaks(&self) -> bool {
        self.text.contains("write(2, ")
    }
}

/// Finds strace; `None` where there is none, or where nothing may be traced.
pub(crate) fn program() -> Option<PathBuf> {
    let strace = peers::program("strace")?;
    let works = std::process::Command::new(&strace)
        .args(["-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        peers::skip("strace may not trace here");
    }
    works.then_some(strace)
}

/// The calls of a command from the first that writes on; it must succeed.
pub(crate) fn calls(sandbox: &Sandbox, line: &[&str], stdin: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in log(sandbox, line, stdin).lines() {
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let Some((name, _)) = call.split_once('(') else {
            continue;
        };
        let nth = calls.iter().filter(|call| call.name == name).count() + 1;
        calls.push(Call {
            name: name.to_owned(),
            nth,
            text: call.to_owned(),
        });
    }
    let start = calls.iter().position(Call::writes).unwrap_or(calls.len());
    calls.split_off(start)
}

/// The names of the calls of a command that has other processes work for it, and how often one of these makes each at most.
pub(crate) fn counted(sandbox: &Sandbox, line: &[&str]) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in log(sandbox, line, "").lines() {
        let begin = line.split_once('(').map(|(begin, _)| begin);
        let words: Option<(&str, &str)> = begin.and_then(|begin| begin.split_once(' '));
        if let Some((process, name)) = words {
            let key = (name.trim().to_owned(), process.to_owned());
            *counts.entry(key).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((name, _), count) in counts {
        let entry = most.entry(name).or_default();
        *entry = count.max(*entry);
    }
    most
}

/// What strace shows of a command that succeeds.
fn log(sandbox: &Sandbox, line: &[&str], stdin: &str) -> String {
    let log = tempfile::NamedTempFile::new().expect("a temporary file");
    let names = [&WRITING[..], &READING, &["openat"]].concat().join(",");
    let path = log.path().to_str().expect("text");
    let words = [
        "-f",
        "-s",
        "64",
        "-o",
        path,
        "-e",
        &format!("trace={names}"),
    ];
    traced(sandbox, &words, line, stdin).succeeds();
    let text = fs::read(log.path()).expect("strace wrote it");
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs a command with a fault at one of its calls.
pub(crate) fn disturbed(
    sandbox: &Sandbox,
    line: &[&str],
    stdin: &str,
    call: &Call,
    fault: Fault,
) -> Output {
    disturbed_at(sandbox, line, stdin, &call.name, call.nth, fault)
}

/// Runs a command with a fault at the nth call of a name, in each of its processes.
pub(crate) fn disturbed_at(
    sandbox: &Sandbox,
    line: &[&str],
    stdin: &str,
    name: &str,
    nth: usize,
    fault: Fault,
) -> Output {
    let what = match fault {
        Fault::Error(error, _) => format!("error={error}"),
        Fault::Kill => "signal=KILL".to_owned(),
    };
    let trace = format!("trace={name}");
    let inject = format!("inject={name}:{what}:when={nth}");
    let words = ["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    traced(sandbox, &words, line, stdin)
}

fn traced(sandbox: &Sandbox, words: &[&str], line: &[&str], stdin: &str) -> Output {
    let strace = peers::quietly("strace").expect("it was there");
    let vault = [env!("CARGO_BIN_EXE_vault")];
    let words = words.iter().chain(&vault).chain(line);
    let run = sandbox.program(strace, words);
    run.stdin(stdin).run()
}
