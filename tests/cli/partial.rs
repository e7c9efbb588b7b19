//! Clones that have only some objects: `git clone --filter`.

use std::{fs, path::PathBuf};

use crate::{
    sandbox::{Run, Sandbox},
    team::{ALICE, configured},
};

/// What asks for the history.
const ASKING: [&[&str]; 5] = [
    &["check", "--base", "HEAD~1"],
    &["check", "--history"],
    &["access"],
    &["log", "dev"],
    &["diff", "HEAD~1"],
];

/// Dev with three versions, the newest of which has a new value alone.
fn origin() -> Sandbox {
    let sandbox = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    for value in ["one", "two", "three"] {
        sandbox.vault(["set", "dev", "A", value]).succeeds();
        sandbox.commit(value);
    }
    sandbox.git(["config", "uploadpack.allowFilter", "true"]);
    sandbox
}

/// A clone with some objects only, on a machine of its own.
fn clone(sandbox: &Sandbox, filter: &str) -> PathBuf {
    let (from, to) = (
        sandbox.work("").display().to_string(),
        sandbox.path("clone"),
    );
    if to.exists() {
        fs::remove_dir_all(&to).expect("a clone");
    }
    let url = format!("file://{from}");
    let to_text = to.display().to_string();
    sandbox.git(["clone", "--quiet", filter, &url, &to_text]);
    to
}

fn vault<'s>(sandbox: &'s Sandbox, clone: &PathBuf, line: &[&str]) -> Run<'s> {
    sandbox
        .vault(line)
        .within(clone)
        .variable("XDG_STATE_HOME", sandbox.path("laptop"))
}

#[test]
fn what_a_clone_does_not_have_is_named_and_the_hint_brings_it() {
    let sandbox = origin();
    for filter in ["--filter=blob:none", "--filter=tree:0", "--filter=tree:1"] {
        let clone = clone(&sandbox, filter);
        for line in ASKING {
            vault(&sandbox, &clone, line).run().fails_with(
                2,
                "...
vault: error: git: this clone does not have the object [..]
vault: hint: git fetch --refetch --no-filter brings what a clone with some objects only (git clone --filter) has left out
vault: hint: in any other clone the object is lost: git fsck shows what else is
",
            );
        }
        let typed = ["fetch", "--quiet", "--refetch", "--no-filter"];
        sandbox.git_run(typed).within(&clone).succeeds();
        for line in ASKING {
            vault(&sandbox, &clone, line).succeeds();
        }
    }
}
