//! A system that refuses, at each moment of an edit.

use std::{fs, path::Path};

use super::world::{FILE, NEW, TYPE, World};
use crate::{peers, team::get};

/// More calls of one name than an edit makes.
const CALLS: usize = 60;

/// Refuses these calls one after the other, in as many edits; what was typed has to be in the file or kept every time.
fn e20(calls: &[&str], error: &str, at_least: usize) {
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let refused = calls.iter().map(|call| refuse(&strace, call, error));
    let refused: usize = refused.sum();
    assert!(refused >= at_least, "only {refused} calls of {calls:?}");
}

/// Refuses the calls of one name, which strace counts; returns how many there are.
fn refuse(strace: &Path, call: &str, error: &str) -> usize {
    let world = World::new();
    let before = world.sandbox.read(FILE);
    let typed = world.sandbox.path("typed");
    for nth in 1..=CALLS {
        let _ = fs::remove_file(&typed);
        world.sandbox.write(FILE, &before);
        let inject = format!("inject={call}:error={error}:when={nth}");
        let trace = world.sandbox.path("trace");
        let words = [
            "-f",
            "-qq",
            "-o",
            trace.to_str().expect("text"),
            "-e",
            &format!("trace={call}"),
            "-e",
            &inject,
            env!("CARGO_BIN_EXE_vault"),
            "edit",
            "dev",
        ];
        let editor = world.editor(&format!("set -e\n{TYPE}\n: > '{}'", typed.display()));
        let output = world
            .sandbox
            .program(strace, words)
            .variable("VAULT_EDITOR", editor)
            .run();
        let was_refused = world.sandbox.read(&trace).contains("(INJECTED)");
        // It shows what was written.
        fs::remove_file(&trace).expect("a file of the sandbox");
        let at = format!("{call} {nth}: {}", output.stderr());
        if output.code() == 0 {
            assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW, "{at}");
        } else {
            assert_eq!(world.sandbox.read(FILE), before, "{at}");
        }
        // What could not be concluded is concluded by the next command.
        world.sandbox.vault(["list", "dev"]).succeeds();
        if output.code() != 0 && typed.exists() {
            world.vault(["edit", "dev", "--resume"], "true").succeeds();
            assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW, "{at}");
        }
        world.holds_nothing_in_clear();
        if !was_refused {
            return nth - 1;
        }
    }
    panic!("an edit makes more than {CALLS} calls of {call}");
}

#[test]
fn e20_a_full_disk_at_any_rename_loses_nothing() {
    e20(
        &["rename", "renameat", "renameat2", "link", "linkat"],
        "ENOSPC",
        3,
    );
}

#[test]
fn e20_a_broken_disk_at_any_flush_loses_nothing() {
    e20(&["fsync", "fdatasync"], "EIO", 2);
}

#[test]
fn e20_a_full_disk_at_any_new_directory_loses_nothing() {
    e20(&["mkdir", "mkdirat"], "ENOSPC", 1);
}

#[test]
fn e20_a_full_disk_at_any_write_loses_nothing() {
    e20(&["write"], "ENOSPC", 5);
}

#[test]
fn e20_a_mode_that_cannot_be_set_loses_nothing() {
    e20(&["chmod", "fchmod", "fchmodat"], "EPERM", 3);
}
