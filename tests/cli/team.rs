//! People and vaults for tests of commands that write.
#![allow(dead_code, reason = "every test program uses some of these")]

use std::path::PathBuf;

use crate::sandbox::Sandbox;

/// Reads and writes.
pub(crate) const ALICE: &str = "age1zwxmqph690f8m0z5z9gugamxwyaynkeedwcx0fznj2lc6whvuyrs7u6e42 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO8E5GJ6HC+Qn0/xSlsd6y+3pe4XlNqF/8q2Mv2/D7BE";
/// Reads and writes.
pub(crate) const BOB: &str = "age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH/EqIb0XGGNA9nKqGHp4k5gyntSGT9q6oHNx80WDEVq";
/// Reads and writes.
pub(crate) const CAROL: &str = "age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDOXortLb8YsS6g/qwsxtiklP0QAv0x1C8zKOX1ITxFP";
/// Lets carol into prod.
pub(crate) const CAROL_INTO_PROD: [&str; 7] = [
    "recipients",
    "add",
    "carol",
    CAROL,
    "--env",
    "prod",
    "--yes",
];
/// Carol's key without the one that signs: reads only.
pub(crate) const CI: &str = "age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n";
/// An SSH key, which does both.
pub(crate) const DAVE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG56dY51RUBZRVbU/m1zr5qQazG3cl2G+7RYm9j1hobZ";

/// Lays somebody's identity outside of the work tree, for `-i`; without the mark of a test identity, which is told at every use.
pub(crate) fn identity(sandbox: &Sandbox, name: &str) -> PathBuf {
    let text = std::fs::read_to_string(Sandbox::fixture(format!("keys/{name}.txt")))
        .expect("a key of the fixtures");
    let unmarked: String = text
        .lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    let path = sandbox.path(format!("{name}.txt"));
    sandbox.write(&path, unmarked);
    sandbox.chmod(&path, 0o600);
    path
}

/// Makes somebody the person at work.
pub(crate) fn log_in(sandbox: &Sandbox, name: &str) {
    let unmarked = std::fs::read(identity(sandbox, name)).expect("a key of the fixtures");
    let path = sandbox.path("config/vault/identity.txt");
    sandbox.write(&path, unmarked);
    sandbox.chmod(&path, 0o600);
}

/// Whether somebody's own identity opens the value of TOKEN.
pub(crate) fn opens(sandbox: &Sandbox, name: &str, environment: &str) -> bool {
    let key = identity(sandbox, name);
    let output = sandbox
        .vault(["get", environment, "TOKEN", "-i"])
        .and([key])
        .without("XDG_CONFIG_HOME")
        .prints_secrets()
        .run();
    match output.code() {
        0 => true,
        code => {
            assert_eq!(code, 2, "{}", output.stderr());
            false
        }
    }
}

/// Makes the machine one that has never seen the vault.
pub(crate) fn forget_everything(sandbox: &Sandbox) {
    std::fs::remove_dir_all(sandbox.path("state/vault/known")).expect("something was known");
}

/// Alice alone, with the environment dev, in a git repository.
pub(crate) fn alone() -> Sandbox {
    let sandbox = Sandbox::with_git();
    log_in(&sandbox, "alice");
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    sandbox
}

/// A config for alice and whoever else, whose first environment is dev.
pub(crate) fn config(members: &[(&str, &str)], environments: &str) -> String {
    let lines: String = members
        .iter()
        .map(|(name, line)| format!("    {name}: {line}\n"))
        .collect();
    format!("version: 1\nrecipients:\n{lines}environments:\n{environments}")
}

/// A vault in a git repository, with alice at work and this config; no file exists yet.
pub(crate) fn configured(members: &[(&str, &str)], environments: &str) -> Sandbox {
    let sandbox = Sandbox::with_git();
    log_in(&sandbox, "alice");
    sandbox.write(".vault.yaml", config(members, environments));
    sandbox
}

/// Changes the config by hand.
pub(crate) fn reconfigure(sandbox: &Sandbox, from: &str, to: &str) {
    let text = sandbox.read(".vault.yaml");
    assert!(text.contains(from), "{from} stands in the config:\n{text}");
    sandbox.write(".vault.yaml", text.replace(from, to));
}

/// What a command says at the end of its error output.
pub(crate) fn get(sandbox: &Sandbox, environment: &str, key: &str) -> String {
    let output = sandbox.vault(["get", environment, key]).prints_secrets();
    output.succeeds().stdout().to_owned()
}

/// The lines of a diff that differ, up to their first blank or value.
pub(crate) fn changed_lines(diff: &str) -> Vec<String> {
    let is_change = |line: &&str| {
        (line.starts_with('+') || line.starts_with('-'))
            && !line.starts_with("+++")
            && !line.starts_with("---")
    };
    let name = |line: &str| {
        let (sign, rest) = line.split_at(1);
        let key = rest.trim_start().split(':').next().unwrap_or_default();
        format!("{sign}{key}")
    };
    diff.lines().filter(is_change).map(name).collect()
}
