//! Values, where they are asked for.

use super::{committed, diff, reviewed};
use crate::{
    sandbox::Sandbox,
    team::{identity, reconfigure},
};

fn changed() -> Sandbox {
    let sandbox = committed();
    sandbox.secret("three-three");
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    sandbox
        .vault(["set", "dev", "LINES"])
        .stdin("x\u{1b}[2J\ny")
        .succeeds();
    sandbox.vault(["unset", "dev", "db.host"]).succeeds();
    sandbox
}

#[test]
fn values_are_shown_before_and_after_when_they_are_asked_for() {
    let sandbox = changed();
    diff(&sandbox, &["--reveal"])
        .prints_secrets()
        .succeeds_with(
            r"dev (secrets/dev.yaml), signed by alice
    ~ A
        - one-one
        + three-three
    + LINES
        + x\u{1b}[2J\ny
    - db.host
        - two-two
",
        );
}

#[test]
fn whoever_cannot_open_a_side_is_shown_no_value_at_all() {
    let sandbox = changed();
    reviewed(&sandbox, &["--reveal"]).fails_with(
        2,
        "vault: error: no identity of yours opens dev, whose values are to be shown
vault: hint: vault whoami shows your identities; without values none is needed
",
    );
    let markdown = ["--reveal", "--format", "markdown"];
    diff(&sandbox, &markdown).fails_with(
        2,
        "vault: error: markdown is for everybody: it has no values
vault: hint: vault diff --reveal shows them here
",
    );
}

#[test]
fn no_value_is_shown_of_a_file_that_does_not_follow_from_what_is_known() {
    let sandbox = changed();
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds();
    // Bob begins a file of his own, and alice has seen the other one.
    let bob = identity(&sandbox, "bob").display().to_string();
    let good = sandbox.read("secrets/dev.yaml");
    sandbox.git(["checkout", "--quiet", "--orphan", "own"]);
    std::fs::remove_file(sandbox.work("secrets/dev.yaml")).unwrap();
    sandbox.git(["rm", "--quiet", "--cached", "secrets/dev.yaml"]);
    reconfigure(&sandbox, "[alice, bob]", "[bob, alice]");
    sandbox
        .vault(["-i", &bob, "set", "dev", "A", "three-three"])
        .variable("XDG_STATE_HOME", sandbox.path("bob"))
        .succeeds();
    sandbox.commit("own");
    sandbox.git(["commit", "--quiet", "--allow-empty", "--message", "next"]);
    sandbox
        .vault(["-i", &bob, "set", "dev", "A", "four-four"])
        .variable("XDG_STATE_HOME", sandbox.path("bob"))
        .succeeds();
    let output = diff(&sandbox, &["--reveal"]).fails(3);
    assert_eq!(output.stdout(), "");
    assert!(
        output.stderr().contains("vault trust dev"),
        "{}",
        output.stderr()
    );
    drop(good);
}

#[test]
fn fingerprints_are_shown_on_a_terminal_to_whoever_opens_both_sides() {
    let sandbox = changed();
    diff(&sandbox, &["--fingerprints"]).fails_with(
        2,
        "vault: error: fingerprints are for two people who talk: they are shown on a terminal only, as text\n",
    );
    let Some(terminal) = sandbox.on_terminal(["diff", "--fingerprints"]) else {
        return;
    };
    let alice = terminal.run().succeeds();
    let fingerprints = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim);
        let is_one = |line: &&str| {
            line.len() == 10 && line[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        lines.filter(is_one).map(str::to_owned).collect()
    };
    let seen = fingerprints(alice.stdout());
    assert_eq!(seen.len(), 4, "{}", alice.stdout());
    // Bob sees the same ones: they mean the same values.
    let bob = identity(&sandbox, "bob").display().to_string();
    let terminal = sandbox
        .on_terminal(["-i", &bob, "diff", "--fingerprints"])
        .unwrap();
    assert_eq!(fingerprints(terminal.run().succeeds().stdout()), seen);
    // Under another data key, and for another key, the same value has another one.
    sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
    let terminal = sandbox.on_terminal(["diff", "--fingerprints"]).unwrap();
    let other = fingerprints(terminal.run().succeeds().stdout());
    assert_eq!(other[0], seen[0]);
    assert_ne!(other[1][2..], seen[1][2..]);
}

#[test]
fn an_identity_that_cannot_be_used_leaves_what_can_be_told_without() {
    let sandbox = changed();
    let path = sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/vault/identity.txt"),
    );
    sandbox.chmod(&path, 0o600);
    diff(&sandbox, &[])
        .succeeds_with(
            "dev (secrets/dev.yaml), signed by alice
    ~ A
    + LINES
    - db.host
",
        )
        .says("vault: warning: no identity is used: [..] is locked with a passphrase: there is no terminal to ask on\n");
    diff(&sandbox, &["--reveal"]).fails(2);
}
