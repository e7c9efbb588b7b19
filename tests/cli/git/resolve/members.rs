//! Members that both sides have changed.

use std::fs;

use super::super::world::{
    BASE, git, holds, is_tidy, merges, removal_and_its_undoing, team, two_sides,
};
use crate::{
    sandbox::Sandbox,
    team::{forget_everything, identity, log_in, reconfigure},
    vaults::set,
};

fn sync(sandbox: &Sandbox, from: &str, to: &str) {
    reconfigure(sandbox, from, to);
    sandbox.vault(["sync", "--yes"]).succeeds();
}

#[test]
fn members_changed_on_both_sides_are_joined_by_a_writer_who_has_seen_both() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            sync(sandbox, "[alice, bob]", "[alice]");
            set(sandbox, "dev", "DATABASE", "their-database");
            forget_everything(sandbox);
        },
        |sandbox| sync(sandbox, "[alice, bob]", "[alice, bob, carol]"),
    );
    assert!(!merges(&sandbox));
    // The config is git's to merge here, with its markers.
    reconfigure(&sandbox, "[alice, bob, carol]", "[alice, carol]");
    let config = sandbox.read(".vault.yaml");
    let config: String = config
        .split_inclusive('\n')
        .filter(|line| !line.starts_with(['<', '=', '>']) && !line.contains("[alice]"))
        .collect();
    sandbox.write(".vault.yaml", config);
    sandbox.git(["add", ".vault.yaml"]);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: secrets/dev.yaml (dev):
vault:   the membership was changed on both sides
vault:     here:
vault:       + carol reads and writes (SHA256:[..]), signed by alice ([TIME])
vault:     there:
vault:       - bob, signed by alice ([TIME])
vault:     afterwards:
vault:       alice reads and writes
vault:       carol reads and writes
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    holds(
        &sandbox,
        &[("DATABASE", "their-database"), ("TOKEN", "base-token-1")],
    );
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    log_in(&sandbox, "carol");
    holds(&sandbox, &[("DATABASE", "their-database")]);
    let bob = identity(&sandbox, "bob");
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("carol's");
    sandbox
        .vault(["-i", bob.to_str().expect("a path"), "get", "dev", "TOKEN"])
        .fails(2);
    is_tidy(&sandbox);
}

#[test]
fn a_removal_that_was_undone_is_explained_and_the_newer_membership_kept() {
    let sandbox = removal_and_its_undoing();
    assert!(!merges(&sandbox));
    sandbox.git(["checkout", "--ours", "--", ".vault.yaml"]);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.git(["add", ".vault.yaml"]);
    let output = sandbox.vault(["git", "resolve"]).run();
    assert_eq!(output.code(), 2);
    assert!(
        output.stderr().contains("(bob would read again)"),
        "{}",
        output.stderr()
    );
    // Bob may have written it after he left, so nothing of it comes in unasked.
    let undecided = sandbox.vault(["git", "resolve", "--yes"]).run();
    assert_eq!(undecided.code(), 1);
    assert!(undecided.stderr().contains(
        "vault:   the file there was signed by bob, who may not write any more
vault:     what differs there may be from after they left, so each key that differs is for you to decide
vault: error: secrets/dev.yaml (dev): somebody has to decide between two values
vault:   TOKEN: differs on the two sides
vault:   DATABASE: differs on the two sides
"
    ));
    sandbox
        .vault([
            "git", "resolve", "--yes", "--ours", "DATABASE", "--theirs", "TOKEN",
        ])
        .succeeds();
    holds(
        &sandbox,
        &[("DATABASE", "our-database"), ("TOKEN", "value-of-bob")],
    );
    let bob = identity(&sandbox, "bob");
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("alice's");
    sandbox
        .vault(["-i", bob.to_str().expect("a path"), "get", "dev", "TOKEN"])
        .fails(2);
}
