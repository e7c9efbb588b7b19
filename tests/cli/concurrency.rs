//! Several writers at once: nobody's change is lost.

use std::{
    fs::File,
    io::Write,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    thread,
};

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, alone, configured, get, reconfigure},
};

const FILE: &str = "secrets/dev.yaml";

/// A `vault set` that waits for the end of its value.
struct Waiting {
    child: Child,
    stdin: ChildStdin,
    said: PathBuf,
}

impl Waiting {
    /// Starts it, and waits until it has read the file: it takes the value from the pipe after that.
    fn set(sandbox: &Sandbox, key: &str, value: &str) -> Self {
        let said = sandbox.path(format!("said-{key}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_vault"))
            .args(["set", "dev", key])
            .current_dir(sandbox.work(""))
            .env_clear()
            .envs(places(sandbox))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(&said).expect("a file of the sandbox"))
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(value.as_bytes()).expect("a pipe has room");
        while rustix::io::ioctl_fionread(&stdin).expect("a pipe") > 0 {
            let ended = child.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "{}", sandbox.read(&said));
            thread::yield_now();
        }
        Waiting { child, stdin, said }
    }

    /// Ends the value, and tells the exit code and what it said.
    fn goes_on(mut self, sandbox: &Sandbox) -> (i32, String) {
        drop(self.stdin);
        let status = self.child.wait().expect("a child of ours");
        let said = sandbox.read(&self.said);
        (status.code().expect("no signal ended it"), said)
    }
}

fn places(sandbox: &Sandbox) -> Vec<(&'static str, PathBuf)> {
    [
        ("HOME", "home"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_RUNTIME_DIR", "run"),
    ]
    .map(|(name, folder)| (name, sandbox.path(folder)))
    .to_vec()
}

/// Runs `vault set dev KEY VALUE` in as many threads, and tells what came of each.
fn at_once(sandbox: &Sandbox, values: &[(String, String)]) -> Vec<(i32, String)> {
    let children: Vec<Child> = values
        .iter()
        .map(|(key, value)| {
            Command::new(env!("CARGO_BIN_EXE_vault"))
                .args(["set", "dev", key, value])
                .current_dir(sandbox.work(""))
                .env_clear()
                .envs(places(sandbox))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program starts")
        })
        .collect();
    children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("a child of ours");
            let said = String::from_utf8(output.stderr).expect("text");
            (output.status.code().expect("no signal ended it"), said)
        })
        .collect()
}

fn different_keys(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|at| (format!("KEY_{at}"), format!("value {at}")))
        .collect()
}

#[test]
fn ten_writers_of_different_keys_lose_nothing() {
    let sandbox = alone();
    let values = different_keys(10);
    for (code, said) in at_once(&sandbox, &values) {
        assert_eq!(code, 0, "{said}");
    }
    for (key, value) in &values {
        assert_eq!(&get(&sandbox, "dev", key), value);
    }
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn ten_first_writers_make_one_file_and_one_id() {
    let sandbox = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    let values = different_keys(10);
    for (code, said) in at_once(&sandbox, &values) {
        assert_eq!(code, 0, "{said}");
    }
    for (key, value) in &values {
        assert_eq!(&get(&sandbox, "dev", key), value);
    }
    let config = sandbox.read(".vault.yaml");
    assert_eq!(config.matches("repository:").count(), 1);
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn of_writers_of_the_same_key_who_disagree_nobody_overwrites_another_unseen() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "KEY", "before"]).succeeds();
    let first = Waiting::set(&sandbox, "KEY", "first");
    sandbox.vault(["set", "dev", "KEY", "second"]).succeeds();
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(
        (code, said.as_str()),
        (
            1,
            "vault: writing KEY to secrets/dev.yaml for alice
vault: error: secrets/dev.yaml was changed by somebody else meanwhile, and so was what you change; nothing is written
vault:   `KEY` was changed on both sides to different values
vault: hint: look at what is there now, and type the command again
"
        )
    );
    assert_eq!(get(&sandbox, "dev", "KEY"), "second");
}

#[test]
fn writers_of_the_same_value_agree() {
    let sandbox = alone();
    let first = Waiting::set(&sandbox, "KEY", "same");
    sandbox.vault(["set", "dev", "KEY", "same"]).succeeds();
    let written = sandbox.read(FILE);
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(code, 0, "{said}");
    assert_eq!(sandbox.read(FILE), written);
}

#[test]
fn a_file_that_was_rewritten_while_the_value_was_typed_keeps_both_changes() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "db.user", "u"]).succeeds();
    let first = Waiting::set(&sandbox, "TYPED", "y");
    sandbox.vault(["set", "dev", "db.user", "other"]).succeeds();
    sandbox.vault(["set", "dev", "PULLED", "x"]).succeeds();
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(
        (code, said.as_str()),
        (
            0,
            "vault: writing TYPED to secrets/dev.yaml for alice\nvault: + TYPED\n"
        )
    );
    for (key, value) in [("TYPED", "y"), ("PULLED", "x"), ("db.user", "other")] {
        assert_eq!(get(&sandbox, "dev", key), value);
    }
}

#[test]
fn a_forged_file_that_came_while_the_value_was_typed_is_not_written_to() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let first = Waiting::set(&sandbox, "TYPED", "hunter2-API-token");
    let forged = sandbox.read(FILE).replacen("A: ENC", "B: ENC", 1);
    sandbox.write(FILE, &forged);
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(code, 3, "{said}");
    assert!(!said.contains("hunter2"));
    assert_eq!(sandbox.read(FILE), forged);
}

#[test]
fn who_is_dropped_from_the_config_while_the_value_is_typed_does_not_get_it() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let before = sandbox.read(FILE);
    let first = Waiting::set(&sandbox, "TYPED", "x");
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(code, 3, "{said}");
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn who_was_removed_while_the_value_was_typed_does_not_get_it() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let first = Waiting::set(&sandbox, "TYPED", "x");
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(code, 0, "{said}");
    assert_eq!(get(&sandbox, "dev", "TYPED"), "x");
    let bob = team::identity(&sandbox, "bob");
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox
        .vault(["get", "dev", "TYPED", "-i", bob.to_str().unwrap()])
        .fails(2);
}

#[test]
fn a_file_that_is_removed_while_the_value_is_typed_is_not_made_anew() {
    let sandbox = alone();
    let first = Waiting::set(&sandbox, "TYPED", "x");
    std::fs::remove_file(sandbox.work(FILE)).unwrap();
    let (code, said) = first.goes_on(&sandbox);
    assert_eq!(code, 2, "{said}");
    assert!(!sandbox.exists(FILE));
}
