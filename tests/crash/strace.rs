//! What a command asks of the system, and how to refuse it.

use std::{collections::BTreeMap, fs, ops::RangeInclusive, path::PathBuf};

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

/// The calls of a command that has other processes work for it: for each name from which to which one, where a process counts its own.
///
/// They begin with the first call of the command itself that writes, and end with the last of the busiest process.
pub(crate) fn counted(sandbox: &Sandbox, line: &[&str]) -> BTreeMap<String, RangeInclusive<usize>> {
    let log = log(sandbox, line, "");
    let calls: Vec<(&str, Call)> = log.lines().filter_map(of_process).collect();
    let own = |(process, _): &&(&str, Call)| *process == calls[0].0;
    let reading = calls.iter().filter(own).map(|(_, call)| call);
    let reading: Vec<&Call> = reading.take_while(|call| !call.writes()).collect();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (process, call) in &calls {
        *counts.entry((&call.name, process)).or_default() += 1;
    }
    let mut ranges = BTreeMap::new();
    for ((name, _), count) in counts {
        let before = reading.iter().filter(|call| call.name == name).count();
        let range = ranges.entry(name.to_owned()).or_insert(before + 1..=count);
        *range = before + 1..=count.max(*range.end());
    }
    ranges
}

/// A process and its call, as a line of strace has them.
fn of_process(line: &str) -> Option<(&str, Call)> {
    let (process, call) = line.split_once(' ')?;
    let (name, _) = call.trim_start().split_once('(')?;
    // `<... read resumed>` is the second half of one.
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let call = is_name.then(|| Call {
        name: name.to_owned(),
        nth: 0,
        text: call.to_owned(),
    })?;
    Some((process, call))
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
