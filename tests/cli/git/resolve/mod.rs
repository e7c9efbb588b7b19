//! `vault git resolve`: what a person decides, after the driver, after git alone, and after a commit in a hurry.

mod members;
mod repaired;
mod typed;

use std::fs;

use super::world::{
    BASE, FILE, contradiction, git, holds, is_marked, is_tidy, merges, on_branch, team, two_sides,
};
use crate::{
    sandbox::Sandbox,
    team::{forget_everything, log_in, reconfigure},
    vaults::set,
};

/// An editor that does what a script says with its file.
fn editor(sandbox: &Sandbox, script: &str) {
    let path = sandbox.path("editor");
    sandbox.write(&path, format!("#!/bin/sh\n{script}\n"));
    sandbox.chmod(&path, 0o755);
    sandbox.set("VAULT_EDITOR", &path);
}

/// The files that git has in conflict.
fn merges_state(sandbox: &Sandbox) -> String {
    git(sandbox, &["diff", "--name-only", "--diff-filter=U"])
        .stdout()
        .to_owned()
}

#[test]
fn what_is_unmerged_is_listed_by_key_and_reason() {
    let sandbox = team(&BASE);
    sandbox
        .vault(["git", "resolve", "--list"])
        .succeeds_with("");
    sandbox
        .vault(["git", "resolve"])
        .succeeds()
        .says("vault: nothing is unmerged\n");
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
        "secrets/dev.yaml (dev)
    TOKEN: changed on both sides to different values
",
    );
    sandbox.vault(["git", "resolve", "--json"]).fails(1).prints(
        r#"[
  {
    "environment": "dev",
    "file": "secrets/dev.yaml",
    "reasons": [],
    "conflicts": [
      {
        "key": "TOKEN",
        "what": "changed on both sides to different values"
      }
    ]
  }
]
"#,
    );
    sandbox.vault(["git", "resolve"]).fails_with(
        1,
        "vault: error: secrets/dev.yaml (dev): somebody has to decide between two values
vault:   TOKEN: changed on both sides to different values
vault: hint: --ours KEY or --theirs KEY takes one of them; on a terminal an editor shows both
",
    );
}

#[test]
fn one_side_s_value_is_taken_the_file_signed_and_staged_and_the_merge_goes_on() {
    for (option, token) in [("--theirs", "their-token-2"), ("--ours", "our-token-2")] {
        let sandbox = team(&BASE);
        contradiction(&sandbox);
        assert!(!merges(&sandbox));
        sandbox
            .vault(["git", "resolve", option, "TOKEN"])
            .succeeds()
            .says(
                "vault: secrets/dev.yaml is merged and staged
vault: hint: git commit
",
            );
        assert_eq!(
            git(&sandbox, &["status", "--porcelain"]).stdout(),
            format!("M  {FILE}\n")
        );
        holds(
            &sandbox,
            &[("TOKEN", token), ("DATABASE", "their-database")],
        );
        assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
        is_tidy(&sandbox);
        sandbox.vault(["git", "resolve"]).succeeds();
    }
}

#[test]
fn a_key_that_is_not_in_conflict_is_refused_before_anything_is_written() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let before = sandbox.read(FILE);
    sandbox
        .vault(["git", "resolve", "--ours", "TOKEN", "--theirs", "DATABASE"])
        .fails_with(
            2,
            "vault: error: DATABASE is no key in conflict; nothing is written
vault: hint: vault git resolve --list names those that are, and some may be settled by an option before this one
",
        );
    sandbox
        .vault(["git", "resolve", "prod", "--ours", "TOKEN"])
        .fails_with(
            2,
            "vault: error: prod is not unmerged
vault: hint: vault git resolve --list says what is
",
        );
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn several_files_are_finished_together_and_one_passphrase_is_enough() {
    let sandbox = team(&BASE);
    reconfigure(
        &sandbox,
        "    dev:",
        "    prod: {recipients: [alice, bob]}\n    dev:",
    );
    set(&sandbox, "prod", "TOKEN", "prod-token-1");
    sandbox.commit("prod");
    two_sides(
        &sandbox,
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "their-token-2");
            set(sandbox, "prod", "TOKEN", "their-prod-2");
        },
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "our-token-2");
            set(sandbox, "prod", "TOKEN", "our-prod-2");
        },
    );
    assert!(!merges(&sandbox));
    sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/vault/identity.txt"),
    );
    let Some(terminal) = sandbox.on_terminal(["git", "resolve", "--theirs", "TOKEN"]) else {
        return;
    };
    let output = terminal.sees("Passphrase").types("open sesame").run();
    assert_eq!(
        output.stdout().matches("Passphrase").count(),
        1,
        "{}",
        output.stdout()
    );
    assert!(
        output
            .stdout()
            .contains("secrets/dev.yaml is merged and staged"),
        "{}",
        output.stdout()
    );
    assert!(
        output
            .stdout()
            .contains("secrets/prod.yaml is merged and staged")
    );
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("locked");
    log_in(&sandbox, "alice");
    holds(&sandbox, &[("TOKEN", "their-token-2")]);
}

#[test]
fn a_file_that_was_written_after_git_stopped_is_not_overwritten() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    let ours = sandbox.read(FILE);
    set(&sandbox, "dev", "TOKEN", "later-token-4");
    let before = sandbox.read(FILE);
    sandbox.write(FILE, ours);
    assert!(!merges(&sandbox));
    // vault writes nothing while git has two versions; another program does.
    sandbox.write(FILE, &before);
    sandbox.vault(["set", "dev", "TOKEN", "later-token-5"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the merge of it is not finished
vault: hint: vault git resolve brings both sides together, and asks where they contradict each other
vault: hint: git checkout --ours -- secrets/dev.yaml takes the file as your branch has it, --theirs as the branch that comes in has it; then git add secrets/dev.yaml: what the other side has changed is dropped, and vault set writes it again
",
    );
    sandbox
        .vault(["git", "resolve", "--ours", "TOKEN"])
        .fails(2);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml (dev): the file was written after git stopped, and that would be lost
vault: hint: git add secrets/dev.yaml takes it as it is
vault: hint: git checkout -m -- secrets/dev.yaml brings both sides back
",
    );
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn a_file_that_one_side_removed_is_left_to_git_with_the_words_to_type() {
    let sandbox = team(&BASE);
    on_branch(&sandbox, "theirs", |sandbox| {
        sandbox
            .vault(["env", "add", "other", "--recipients", "alice"])
            .succeeds();
        reconfigure(sandbox, "    dev: {recipients: [alice, bob]}\n", "");
        fs::remove_file(sandbox.work(FILE)).expect("a file");
    });
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    let ours = sandbox.read(FILE);
    assert!(!merges(&sandbox));
    sandbox.git(["checkout", "HEAD", "--", ".vault.yaml"]);
    sandbox.vault(["git", "resolve"]).fails_with(
        1,
        "vault: error: secrets/dev.yaml (dev): the file was removed there, and changed here
vault: hint: to keep it: git checkout --ours -- secrets/dev.yaml && git add secrets/dev.yaml
vault: hint: to remove it: git rm --cached --quiet -- secrets/dev.yaml; vault env remove dev ends the environment
",
    );
    assert_eq!(sandbox.read(FILE), ours);
}

#[test]
fn a_conflict_of_a_stash_and_of_a_rebase_is_finished_as_well() {
    let sandbox = team(&BASE);
    set(&sandbox, "dev", "TOKEN", "their-token-2");
    sandbox.git(["stash", "--quiet"]);
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    let ours = sandbox.read(FILE);
    assert_eq!(git(&sandbox, &["stash", "pop"]).code(), 1);
    is_marked(&sandbox, &ours);
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .succeeds()
        .says(
            "vault: secrets/dev.yaml is merged and staged
vault: hint: git commit
vault: hint: git has kept stash@{0}, since there was a conflict: git stash drop stash@{0} removes it
",
        );
    holds(&sandbox, &[("TOKEN", "their-token-2")]);
    assert!(sandbox.git(["stash", "list"]).starts_with("stash@{0}"));
    // An older stash comes in, and another lies on it.
    let sandbox = team(&BASE);
    set(&sandbox, "dev", "TOKEN", "their-token-2");
    sandbox.git(["stash", "--quiet"]);
    sandbox.write("other", "");
    sandbox.git(["stash", "--quiet", "--include-untracked"]);
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    assert_eq!(git(&sandbox, &["stash", "apply", "stash@{1}"]).code(), 1);
    let output = sandbox
        .vault(["git", "resolve", "--ours", "TOKEN"])
        .succeeds();
    assert!(
        output
            .stderr()
            .ends_with(": git stash drop stash@{1} removes it\n"),
        "{}",
        output.stderr()
    );
    // It is as HEAD has it.
    assert!(
        !output.stderr().contains("git commit"),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.git(["status", "--porcelain"]), "");

    let sandbox = team(&BASE);
    contradiction(&sandbox);
    // In a rebase our side is what main is put upon.
    assert_eq!(git(&sandbox, &["rebase", "theirs"]).code(), 1);
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .succeeds()
        .says(
            "vault: secrets/dev.yaml is merged and staged
vault: hint: git rebase --continue
",
        );
    assert_eq!(git(&sandbox, &["rebase", "--continue"]).code(), 0);
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
    is_tidy(&sandbox);
}

#[test]
fn a_file_that_both_sides_made_gets_both_values_under_our_log() {
    let sandbox = team(&BASE);
    reconfigure(
        &sandbox,
        "    dev:",
        "    prod: {recipients: [alice]}\n    dev:",
    );
    sandbox.commit("an environment without a file");
    two_sides(
        &sandbox,
        |sandbox| {
            // Who signs makes it another log, whatever the clock says.
            reconfigure(
                sandbox,
                "prod: {recipients: [alice]}",
                "prod: {recipients: [alice, bob]}",
            );
            log_in(sandbox, "bob");
            set(sandbox, "prod", "THEIRS", "their-value-1");
            forget_everything(sandbox);
            log_in(sandbox, "alice");
        },
        |sandbox| set(sandbox, "prod", "OURS", "our-value-1"),
    );
    assert!(!merges(&sandbox));
    let output = sandbox.vault(["git", "resolve", "--list"]).fails(1);
    drop(output);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: secrets/prod.yaml (prod):
vault:   the membership logs of the two sides have nothing in common: the file was made twice
vault:     the membership log here is kept, and the one there given up
vault:     who has used the other one is asked to trust this one: vault trust
vault:     afterwards:
vault:       alice reads and writes
vault:   the file there was signed by bob, who may not write any more
vault:     [..]
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
",
    );
    let decided = [
        "git", "resolve", "--yes", "--ours", "OURS", "--theirs", "THEIRS",
    ];
    sandbox.vault(decided).succeeds();
    sandbox.git(["checkout", "HEAD", "--", ".vault.yaml"]);
    for (key, value) in [("OURS", "our-value-1"), ("THEIRS", "their-value-1")] {
        assert_eq!(crate::team::get(&sandbox, "prod", key), value);
    }
}
