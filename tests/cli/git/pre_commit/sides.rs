//! Commits that finish a merge which vault had no part in.

use super::{SKIP, TOKEN, commits, hooked, refuses, stage};
use crate::{sandbox::Sandbox, team};

const FILE: &str = "secrets/dev.yaml";
const WARNED: &str =
    "vault: warning: secrets/dev.yaml: both sides changed LEVEL, and dev has what stands here\n";

/// What is said where a commit loses these keys of a side.
fn lost(keys: &str, side: &str) -> String {
    said(keys, side, "git merge --abort")
}

fn said(keys: &str, side: &str, abort: &str) -> String {
    format!(
        "vault: error: secrets/dev.yaml: the commit loses what was changed {side}: {keys}
vault: hint: git checkout -m -- secrets/dev.yaml brings both sides back, and vault git resolve brings them together
vault: hint: where git kept no two sides: {abort}, vault git install, and the same again
vault: hint: if it is meant: VAULT_ONE_SIDE=dev git commit
{SKIP}"
    )
}

/// Both branches have changed the file, each another key, and git does not call vault to merge it.
fn apart(theirs: &[&str], ours: &[&str]) -> Sandbox {
    let sandbox = hooked();
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    for pair in theirs {
        sandbox.vault(["set", "dev", pair]).succeeds();
    }
    sandbox.git(["commit", "--quiet", "--all", "--message", "side"]);
    sandbox.git(["checkout", "--quiet", "main"]);
    for pair in ours {
        sandbox.vault(["set", "dev", pair]).succeeds();
    }
    sandbox.git(["commit", "--quiet", "--all", "--message", "main"]);
    sandbox.write(".git/info/attributes", "secrets/*.yaml -merge\n");
    sandbox
}

fn merge(sandbox: &Sandbox) {
    sandbox.git_run(["merge", "--quiet", "side"]).fails(1);
}

fn commit_all(sandbox: &Sandbox) -> crate::sandbox::Run<'_> {
    sandbox.git_run(["commit", "--quiet", "--all", "--message", "x"])
}

#[test]
fn r68_keys_of_the_other_side_that_a_commit_of_all_would_lose_are_named_without_an_identity() {
    let sandbox = apart(&["NEW=1", "LEVEL=info"], &["OURS=1"]);
    merge(&sandbox);
    let said = lost("LEVEL, NEW", "there");
    commit_all(&sandbox).fails_with(1, &said);
    // Nothing differs from the last commit, and still it is a commit of its own.
    sandbox.git(["add", FILE]);
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["git", "pre-commit"]).fails_with(1, &said);
}

#[test]
fn what_the_hints_say_finishes_the_merge_with_both_sides() {
    let sandbox = apart(&["NEW=1"], &["OURS=1"]);
    merge(&sandbox);
    sandbox.git(["checkout", "--ours", FILE]);
    sandbox.git(["add", FILE]);
    refuses(&sandbox, &lost("NEW", "there"));
    sandbox.git(["checkout", "-m", "--", FILE]);
    sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    commits(&sandbox);
    assert_eq!(team::get(&sandbox, "dev", "NEW"), "1");
    assert_eq!(team::get(&sandbox, "dev", "OURS"), "1");
}

#[test]
fn keys_of_our_own_side_are_not_lost_either_and_a_removal_is_a_change() {
    let sandbox = apart(&["NEW=1"], &["OURS=1"]);
    sandbox.vault(["unset", "dev", "LEVEL"]).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "main"]);
    merge(&sandbox);
    sandbox.git(["checkout", "--theirs", FILE]);
    commit_all(&sandbox).fails_with(1, &lost("OURS, LEVEL", "here"));
}

#[test]
fn a_key_that_one_side_has_changed_and_that_is_not_there_any_more_is_lost_too() {
    let sandbox = apart(&["NEW=1", "LEVEL=info"], &["OURS=1"]);
    merge(&sandbox);
    sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    for key in ["LEVEL", "OURS", "NEW"] {
        sandbox.vault(["unset", "dev", key]).succeeds();
    }
    sandbox.git(["add", FILE]);
    let out = sandbox.vault(["git", "pre-commit"]).fails(1);
    for said in ["there: LEVEL, NEW\n", "here: OURS\n"] {
        let said = format!("{FILE}: the commit loses what was changed {said}");
        assert!(out.stderr().contains(&said), "{}", out.stderr());
    }
    commit_all(&sandbox)
        .variable("VAULT_ONE_SIDE", "dev")
        .succeeds();
}

#[test]
fn one_side_alone_is_committed_where_somebody_says_that_it_is_meant() {
    let sandbox = apart(&["NEW=1"], &["OURS=1"]);
    merge(&sandbox);
    commit_all(&sandbox)
        .variable("VAULT_ONE_SIDE", "prod")
        .fails(1);
    commit_all(&sandbox)
        .variable("VAULT_ONE_SIDE", "prod,dev")
        .succeeds()
        .says("");
}

#[test]
fn a_driver_that_only_says_that_all_is_well_is_found_out() {
    let sandbox = apart(&["NEW=1"], &["OURS=1"]);
    std::fs::remove_file(sandbox.work(".git/info/attributes")).unwrap();
    sandbox
        .git_run([
            "-c",
            "merge.vault.driver=true",
            "merge",
            "--quiet",
            "--no-commit",
            "side",
        ])
        .succeeds();
    refuses(&sandbox, &lost("NEW", "there"));
}

#[test]
fn a_key_that_both_sides_changed_may_be_decided_and_a_whole_side_for_it_is_a_warning() {
    let sandbox = apart(&["LEVEL=info"], &["LEVEL=trace"]);
    merge(&sandbox);
    commit_all(&sandbox).succeeds().says(WARNED);
    sandbox.git(["reset", "--quiet", "--hard", "HEAD^"]);
    sandbox.vault(["set", "dev", "OURS=1"]).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "main"]);
    let cases = [("--ours", "trace"), ("--theirs", "info")];
    for (side, value) in cases {
        merge(&sandbox);
        let resolve = ["git", "resolve", side, "LEVEL", "--yes"];
        sandbox.vault(resolve).succeeds();
        let out = sandbox
            .git_run(["commit", "--quiet", "--message", "x"])
            .succeeds();
        assert!(!out.stderr().contains("error"), "{}", out.stderr());
        assert_eq!(team::get(&sandbox, "dev", "LEVEL"), value);
        sandbox.git(["reset", "--quiet", "--hard", "HEAD^"]);
    }
}

#[test]
fn new_data_keys_on_both_sides_hide_nothing_and_hinder_nobody() {
    let sandbox = apart(&["NEW=1"], &["OURS=1"]);
    for branch in ["main", "side"] {
        sandbox.git(["checkout", "--quiet", branch]);
        sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
        sandbox.git(["commit", "--quiet", "--all", "--message", "rekey"]);
    }
    sandbox.git(["checkout", "--quiet", "main"]);
    merge(&sandbox);
    let out = commit_all(&sandbox).fails(1);
    assert!(out.stderr().contains("NEW"), "{}", out.stderr());
    sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    commits(&sandbox);
}

#[test]
fn a_change_of_members_that_a_merge_would_lose_is_refused_as_a_matter_of_trust() {
    let sandbox = apart(&["LEVEL=info"], &["LEVEL=trace"]);
    sandbox.git(["checkout", "--quiet", "side"]);
    let bob = [
        "recipients",
        "add",
        "bob",
        team::BOB,
        "--env",
        "dev",
        "--yes",
    ];
    sandbox.vault(bob).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "bob"]);
    sandbox.git(["checkout", "--quiet", "main"]);
    merge(&sandbox);
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(
        out.stderr().contains("git could not merge dev"),
        "{}",
        out.stderr()
    );
    sandbox.git(["add", FILE]);
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(
        out.stderr().contains(
            "vault: error: secrets/dev.yaml: the commit loses what was changed there: members\n"
        ),
        "{}",
        out.stderr()
    );
}

#[test]
fn a_commit_that_is_picked_is_not_lost_either() {
    let sandbox = apart(&["NEW=1"], &["OURS=1"]);
    sandbox.git_run(["cherry-pick", "side"]).fails(1);
    sandbox.git(["checkout", "--ours", FILE]);
    stage(&sandbox, "file", "x");
    sandbox.git(["add", FILE]);
    refuses(&sandbox, &said("NEW", "there", "git cherry-pick --abort"));
}

#[test]
fn r68_a_mark_that_was_committed_is_refused_by_every_commit_that_keeps_it_and_both_sides_are_looked_for()
 {
    let sandbox = hooked();
    let set = |value: &str, message: &str| {
        sandbox.secret(value);
        sandbox
            .vault(["set", "dev", "API_TOKEN"])
            .stdin(value)
            .succeeds();
        sandbox.git(["commit", "--quiet", "--all", "--message", message]);
    };
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    set("s3cret-from-there", "side");
    sandbox.git(["checkout", "--quiet", "main"]);
    set("s3cret-from-here", "main");
    sandbox.git_run(["merge", "--quiet", "side"]).fails(1);
    sandbox.git([
        "commit",
        "--quiet",
        "--all",
        "--no-verify",
        "--message",
        "in a hurry",
    ]);
    let marked = "vault: error: secrets/dev.yaml: it is not merged yet: somebody has to decide between two sides\n";
    let resolve =
        "vault: hint: vault git resolve shows what is left to decide, and finishes the merge\n";
    stage(&sandbox, "file", "x");
    refuses(&sandbox, &format!("{marked}{resolve}{SKIP}"));
    stage(&sandbox, "ours", "s3cret-from-here");
    stage(&sandbox, "theirs", "s3cret-from-there");
    let holds =
        |file: &str| format!("vault: error: {file}:1:1: holds the value of API_TOKEN in dev\n");
    refuses(
        &sandbox,
        &format!(
            "{marked}{}{}{resolve}{}{SKIP}",
            holds("ours"),
            holds("theirs"),
            super::UNSTAGE
        ),
    );
    sandbox.git(["rm", "--quiet", "--cached", "ours", "theirs"]);
    sandbox
        .vault(["git", "resolve", "--ours", "API_TOKEN", "--yes"])
        .succeeds();
    commits(&sandbox);
}

#[test]
fn values_of_the_last_commit_are_looked_for_where_the_staged_file_is_not_accepted() {
    let sandbox = hooked();
    stage(&sandbox, FILE, "broken: [");
    stage(&sandbox, "file", TOKEN);
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(
        out.stderr()
            .contains("vault: error: file:1:1: holds the value of API_TOKEN in dev\n"),
        "{}",
        out.stderr()
    );
}
