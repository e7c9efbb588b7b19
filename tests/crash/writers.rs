//! Many writers and readers at once: nobody's change is lost, and nobody sees half a file.

use std::{
    fs,
    process::{Child, Command as Program, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, alone, configured, get, reconfigure},
};

/// A command that runs.
struct Running(Child);

impl Running {
    fn start(sandbox: &Sandbox, line: &[&str]) -> Self {
        let child = Program::new(env!("CARGO_BIN_EXE_vault"))
            .args(line)
            .current_dir(sandbox.work(""))
            .env_clear()
            .envs(sandbox.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Running(child.expect("the program starts"))
    }

    /// Its exit code and what it said.
    fn ends(self) -> (i32, String) {
        let output = self.0.wait_with_output().expect("a child of ours");
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("no signal ended it"), said)
    }
}

#[test]
fn two_writers_of_different_keys_lose_nothing_fifty_times_over() {
    let sandbox = alone();
    for round in 0..50 {
        let keys = [format!("A_{round}"), format!("B_{round}")];
        let writers = keys
            .each_ref()
            .map(|key| Running::start(&sandbox, &["set", "dev", key, "value"]));
        for writer in writers {
            let (code, said) = writer.ends();
            assert_eq!(code, 0, "{said}");
        }
    }
    let listed = sandbox.vault(["list", "dev"]).succeeds();
    assert_eq!(listed.stdout().lines().count(), 100);
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn of_ten_writers_of_one_key_each_wins_or_is_told_of_the_conflict() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "KEY", "before"]).succeeds();
    sandbox.vault(["set", "dev", "OTHER", "stays"]).succeeds();
    let values: Vec<String> = (0..10).map(|at| format!("value {at}")).collect();
    let writers: Vec<Running> = values
        .iter()
        .map(|value| Running::start(&sandbox, &["set", "dev", "KEY", value]))
        .collect();
    let mut winners = Vec::new();
    for (value, writer) in values.iter().zip(writers) {
        let (code, said) = writer.ends();
        match code {
            0 => winners.push(value.clone()),
            _ => assert!(
                code == 1 && said.contains("`KEY` was changed on both sides"),
                "{code}: {said}"
            ),
        }
    }
    assert!(
        winners.contains(&get(&sandbox, "dev", "KEY")),
        "{winners:?}"
    );
    assert_eq!(get(&sandbox, "dev", "OTHER"), "stays");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn ten_writers_who_set_and_unset_in_two_environments_lose_nothing() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice]}\n    prod: {recipients: [alice]}\n",
    );
    for environment in ["dev", "prod"] {
        for key in 0..5 {
            sandbox
                .vault(["set", environment, &format!("OLD_{key}"), "old"])
                .succeeds();
        }
    }
    let writers: Vec<Running> = (0..5)
        .flat_map(|key| {
            let (old, new) = (format!("OLD_{key}"), format!("NEW_{key}"));
            [
                Running::start(&sandbox, &["unset", "dev", &old]),
                Running::start(&sandbox, &["set", "prod", &new, "new"]),
            ]
        })
        .collect();
    for writer in writers {
        let (code, said) = writer.ends();
        assert_eq!(code, 0, "{said}");
    }
    sandbox.vault(["list", "dev"]).succeeds_with("");
    let listed = sandbox.vault(["list", "prod"]).succeeds();
    assert_eq!(listed.stdout().lines().count(), 10);
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn who_syncs_while_others_write_gives_nobody_a_half_and_loses_nothing() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice, bob]}\n",
    );
    for environment in ["dev", "prod"] {
        sandbox.vault(["set", environment, "FIRST", "1"]).succeeds();
    }
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    let keys: Vec<String> = (0..9).map(|at| format!("KEY_{at}")).collect();
    let sync = Running::start(&sandbox, &["sync", "--yes"]);
    let writers: Vec<Running> = keys
        .iter()
        .map(|key| Running::start(&sandbox, &["set", "dev", key, "value"]))
        .collect();
    let (code, said) = sync.ends();
    let is_synced = code == 0;
    assert!(
        is_synced || said.contains("changed by somebody else"),
        "{code}: {said}"
    );
    for (key, writer) in keys.iter().zip(writers) {
        let (code, said) = writer.ends();
        match code {
            0 => assert_eq!(get(&sandbox, "dev", key), "value"),
            // Before the sync, bob could still read what is written.
            _ => assert!(code == 3 && said.contains("bob"), "{code}: {said}"),
        }
    }
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.vault(["check"]).succeeds();
    assert_eq!(get(&sandbox, "prod", "FIRST"), "1");
}

#[test]
fn readers_see_a_whole_file_while_it_is_written() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "KEY", "0"]).succeeds();
    let is_done = AtomicBool::new(false);
    let file = sandbox.work("secrets/dev.yaml");
    let last_line = |text: &str| text.lines().next_back().map(str::len);
    let length = last_line(&sandbox.read(&file));
    let mut seen = 0;
    thread::scope(|scope| {
        // Not the sandbox itself, which one thread owns: the bytes alone.
        let looks = scope.spawn(|| {
            let mut looks = 0;
            while !is_done.load(Ordering::Relaxed) {
                let text = fs::read_to_string(&file).expect("it is always there");
                // The signature stands at the end, and is always as long.
                assert!(text.starts_with("KEY: ENC[") && last_line(&text) == length);
                looks += 1;
            }
            looks
        });
        for round in 1..30 {
            let writer = Running::start(&sandbox, &["set", "dev", "KEY", &round.to_string()]);
            let readers = [
                Running::start(&sandbox, &["get", "dev", "KEY"]),
                Running::start(&sandbox, &["check"]),
            ];
            let (code, said) = writer.ends();
            assert_eq!(code, 0, "{said}");
            for reader in readers {
                let (code, said) = reader.ends();
                assert_eq!(code, 0, "{said}");
            }
        }
        is_done.store(true, Ordering::Relaxed);
        seen = looks.join().expect("every file was whole");
    });
    assert!(seen > 100, "{seen}");
    assert_eq!(get(&sandbox, "dev", "KEY"), "29");
}
