//! A system that refuses, and a process that dies, at each moment of an edit.

use std::{fs, path::Path};

use super::world::{FILE, NEW, TYPE, World};
use crate::{peers, team::get};

/// More calls of one name than an edit makes.
const CALLS: usize = 60;

/// Disturbs these calls one after the other, in as many edits; what was typed has to be in the file or kept every time.
fn disturbed(calls: &[&str], fault: &str, at_least: usize) {
    let Some(strace) = peers::program("strace") else {
        return;
    };
    let refused = calls.iter().map(|call| disturb(&strace, call, fault));
    let refused: usize = refused.sum();
    assert!(refused >= at_least, "only {refused} calls of {calls:?}");
}

/// Disturbs the calls of one name, which strace counts in each process; returns how many there are.
fn disturb(strace: &Path, call: &str, fault: &str) -> usize {
    let world = World::new();
    let before = world.sandbox.read(FILE);
    let typed = world.sandbox.path("typed");
    for nth in 1..=CALLS {
        let _ = fs::remove_file(&typed);
        world.sandbox.write(FILE, &before);
        let inject = format!("inject={call}:{fault}:when={nth}");
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
        let text = world.sandbox.read(&trace);
        let was_disturbed = text.contains("(INJECTED)") || text.contains("killed by SIGKILL");
        // It shows what was written.
        fs::remove_file(&trace).expect("a file of the sandbox");
        let at = format!("{call} {nth}: {}", output.stderr());
        // One that was killed may have written before.
        let is_written =
            output.code() == 0 || (output.code() == 137 && world.sandbox.read(FILE) != before);
        if is_written {
            assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW, "{at}");
        } else {
            assert_eq!(world.sandbox.read(FILE), before, "{at}");
        }
        // What could not be concluded is concluded by the next command.
        world.sandbox.vault(["list", "dev"]).succeeds();
        if !is_written && typed.exists() {
            world.vault(["edit", "dev", "--resume"], "true").succeeds();
            assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW, "{at}");
        }
        world.holds_nothing_in_clear();
        if !was_disturbed {
            return nth - 1;
        }
    }
    panic!("an edit makes more than {CALLS} calls of {call}");
}

#[test]
fn e20_a_full_disk_at_any_rename_loses_nothing() {
    disturbed(
        &["rename", "renameat", "renameat2", "link", "linkat"],
        "error=ENOSPC",
        3,
    );
}

#[test]
fn e20_a_broken_disk_at_any_flush_loses_nothing() {
    disturbed(&["fsync", "fdatasync"], "error=EIO", 2);
}

#[test]
fn e20_a_full_disk_at_any_new_directory_loses_nothing() {
    disturbed(&["mkdir", "mkdirat"], "error=ENOSPC", 1);
}

#[test]
fn e20_a_full_disk_at_any_write_loses_nothing() {
    disturbed(&["write"], "error=ENOSPC", 5);
}

#[test]
fn e20_a_mode_that_cannot_be_set_loses_nothing() {
    disturbed(&["chmod", "fchmod", "fchmodat"], "error=EPERM", 3);
}

#[test]
fn e21_a_kill_at_any_rename_or_flush_loses_nothing() {
    disturbed(&["rename", "renameat", "fsync"], "signal=KILL", 5);
}

#[test]
fn e21_a_kill_at_any_write_loses_nothing() {
    disturbed(&["write"], "signal=KILL", 5);
}

#[test]
fn e21_a_kill_while_the_desk_is_taken_away_loses_nothing() {
    disturbed(&["unlinkat", "rmdir"], "signal=KILL", 2);
}
