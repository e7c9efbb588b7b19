//! Private keys in files that are to be committed.

use super::{SKIP, UNSTAGE, commits, hooked, refuses, stage};
use crate::sandbox::Sandbox;

const MARK: &str = "vault: hint: a key that is published on purpose, for tests, has this line in its file: # vault: public test identity\n";

fn fixture(name: &str) -> String {
    std::fs::read_to_string(Sandbox::fixture(format!("keys/{name}"))).expect("a key")
}

#[test]
fn identities_are_refused_unless_their_file_says_that_they_are_public() {
    let sandbox = hooked();
    let text = fixture("bob.txt");
    stage(&sandbox, "keys/bob.txt", &text);
    commits(&sandbox);
    let unmarked = text.replace("# vault: public test identity\n", "");
    assert_ne!(unmarked, text);
    stage(&sandbox, "keys/bob.txt", &unmarked);
    let line = unmarked
        .lines()
        .position(|line| line.starts_with("AGE-"))
        .unwrap()
        + 1;
    let said = format!(
        "vault: error: keys/bob.txt:{line}:1: holds an age identity, which opens secrets\n{UNSTAGE}{MARK}{SKIP}"
    );
    refuses(&sandbox, &said);
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    let out = sandbox.vault(["git", "pre-commit"]).fails(1);
    assert!(out.stderr().ends_with(&said), "{}", out.stderr());
}

#[test]
fn private_keys_of_openssh_are_refused_locked_ones_too_and_public_ones_are_not() {
    let sandbox = hooked();
    for name in ["ssh_ed25519", "ssh_ed25519_locked"] {
        stage(
            &sandbox,
            "deploy key",
            fixture(name).replace("# vault: public test identity\n", ""),
        );
        let out = sandbox.vault(["git", "pre-commit"]).fails(1);
        let said = format!(
            "vault: error: deploy key:2:1: holds an OpenSSH private key, which opens secrets\n{UNSTAGE}{MARK}{SKIP}"
        );
        assert_eq!(out.stderr(), said, "{name}");
    }
    stage(&sandbox, "deploy key", fixture("ssh_ed25519.pub"));
    commits(&sandbox);
}

#[test]
fn texts_about_keys_are_no_keys() {
    let sandbox = hooked();
    stage(
        &sandbox,
        "docs.md",
        "AGE-SECRET-KEY-1…\nAGE-SECRET-KEY-1QQQ\n-----BEGIN OPENSSH PRIVATE KEY-----\n…\n",
    );
    commits(&sandbox);
}
