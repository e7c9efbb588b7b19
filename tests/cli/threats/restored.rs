//! Somebody who has left puts back what they could still sign, and a writer on a machine that has never seen the vault works on.

use std::fs;

use crate::{
    people::People,
    sandbox::Output,
    team::{BOB, CAROL},
};

const DEV: &str = "secrets/dev.yaml";
const CONFIG: &str = ".vault.yaml";

/// Every command that appends to a log, or begins one.
const MEMBERSHIP: [&[&str]; 7] = [
    &["sync", "--yes"],
    &["sync", "dev", "--yes"],
    &["rekey", "dev", "--yes"],
    &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
    &["recipients", "replace", "carol", BOB, "--yes"],
    &["env", "rename", "dev", "test", "--yes"],
    &["init", "--fork", "--yes"],
];

/// Alice has taken bob out of dev; bob has pushed what he signed before he knew, with a value of his own: these files of it.
/// `new` is alice on another machine.
fn restored(files: &[&str]) -> People {
    let people = team();
    let vault = |line: &[&str]| drop(people.vault("alice", line).succeeds());
    people.vault("bob", ["set", "dev", "A", "evil"]).succeeds();
    let texts: Vec<(&str, String)> = files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(people.clone("bob").join(file));
            (*file, text.expect("a file"))
        })
        .collect();
    vault(&["recipients", "remove", "bob", "--yes"]);
    people.push("alice", "bob has left");
    people.reset("bob");
    for (file, text) in texts {
        fs::write(people.clone("bob").join(file), text).expect("a file");
    }
    if !files.is_empty() {
        people.push("bob", "an improvement");
    }
    people.join_as("new", "alice");
    people
}

/// Alice and bob read and write dev.
fn team() -> People {
    People::alice_and_bob()
}

/// The commit in which bob has left.
fn removal(people: &People) -> String {
    let commit = people.git("new", ["rev-parse", "HEAD~1"]);
    commit[..10].to_owned()
}

/// Nothing of what is committed was changed.
#[track_caller]
fn unchanged(people: &People) {
    assert_eq!(people.git("new", ["status", "--porcelain"]), "");
}

#[track_caller]
fn refused(people: &People, line: &[&str]) -> Output {
    let output = people.vault("new", line).run();
    assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
    unchanged(people);
    output
}

#[test]
fn sync_does_not_sign_the_file_that_a_removed_member_put_back() {
    let people = restored(&[DEV]);
    let commit = removal(&people);
    people.vault("new", ["sync", "--yes"]).fails_with(
        3,
        &format!(
            "vault: error: secrets/dev.yaml: dev is an older version here than in commit {commit}: bob has left since\n\
             vault:   bob signed what is here: nothing tells whether that was before, and whoever signs it again vouches for it\n\
             vault: hint: git checkout {commit} -- secrets/dev.yaml brings the newer version back\n"
        ),
    );
    unchanged(&people);
    people.git("new", ["checkout", &commit, "--", DEV]);
    people.vault("new", ["sync", "--yes"]).succeeds();
    let value = people.vault("new", ["get", "dev", "A"]).prints_secrets();
    value.succeeds_with("one");
}

#[test]
fn no_membership_command_signs_what_a_removed_member_put_back() {
    for files in [&[DEV][..], &[DEV, CONFIG]] {
        let people = restored(files);
        for line in MEMBERSHIP {
            // With the old config there is nothing to sync, and carol is nobody.
            if files.contains(&CONFIG) && line[0] == "sync" || line[1] == "replace" {
                continue;
            }
            let _ = refused(&people, line);
        }
    }
}

#[test]
fn the_hints_lead_back_to_the_file_and_the_config_of_after_the_removal() {
    let people = restored(&[DEV, CONFIG]);
    let commit = removal(&people);
    let output = refused(&people, &["rekey", "dev", "--yes"]);
    let hints: Vec<&str> = output
        .stderr()
        .lines()
        .filter_map(|line| line.strip_prefix("vault: hint: "))
        .collect();
    assert_eq!(
        hints,
        [
            format!("git checkout {commit} -- secrets/dev.yaml brings the newer version back"),
            format!(
                ".vault.yaml has bob as before: git log -p .vault.yaml shows who changed it; git checkout {commit} -- .vault.yaml takes that back"
            ),
        ]
    );
    people.git("new", ["checkout", &commit, "--", DEV, CONFIG]);
    people.vault("new", ["rekey", "dev", "--yes"]).succeeds();
    people.vault("new", ["check"]).succeeds();
}

#[test]
fn the_first_write_on_a_machine_does_not_sign_what_a_removed_member_put_back() {
    let people = restored(&[DEV, CONFIG]);
    let output = refused(&people, &["set", "dev", "B", "two"]);
    assert!(output.stderr().contains("bob has left since"));
}

#[test]
fn the_first_use_on_a_machine_does_not_read_what_a_removed_member_put_back() {
    let people = restored(&[DEV, CONFIG]);
    for line in [
        &["get", "dev", "A"][..],
        &["run", "dev", "--", "true"],
        &["check"],
        &["check", "--keyless"],
    ] {
        let output = refused(&people, line);
        assert!(
            output.stderr().contains("bob has left since"),
            "{line:?}: {}",
            output.stderr()
        );
    }
    // Somebody may say that it was never meant that he goes.
    people.vault("new", ["trust", "dev", "--yes"]).succeeds();
    let value = people.vault("new", ["get", "dev", "A"]).prints_secrets();
    value.succeeds_with("evil");
}

#[test]
fn sign_does_not_go_on_with_the_log_that_a_removed_member_put_back() {
    let people = restored(&[DEV, CONFIG]);
    // As sops leaves it: without the block.
    let path = people.clone("bob").join(DEV);
    let text = fs::read_to_string(&path).expect("a file");
    let (rest, _) = text.split_once("    x-vault:\n").expect("a block");
    fs::write(&path, rest).expect("a file");
    people.push("bob", "edited with sops");
    people.reset("new");
    let output = refused(&people, &["sign", "dev", "--yes"]);
    assert!(
        output.stderr().contains("bob has left since"),
        "{}",
        output.stderr()
    );
}

#[test]
fn somebody_who_says_that_the_older_version_counts_can_go_on_with_it() {
    let people = restored(&[DEV, CONFIG]);
    // This machine has seen the removal, and is told that it was never meant.
    people.git("alice", ["pull", "--quiet", "--ff-only", "origin", "main"]);
    people.vault("alice", ["rekey", "dev", "--yes"]).fails(3);
    people.vault("alice", ["trust", "dev", "--yes"]).succeeds();
    people.vault("alice", ["rekey", "dev", "--yes"]).succeeds();
}

#[test]
fn work_on_an_old_branch_is_nothing_that_was_put_back() {
    let people = restored(&[]);
    people.git("new", ["checkout", "--quiet", "-b", "old", "HEAD~1"]);
    people.vault("new", ["rekey", "dev", "--yes"]).succeeds();
}

#[test]
fn what_a_machine_has_read_of_an_older_version_is_no_reason_to_write_to_it() {
    let people = restored(&[]);
    // All of it was signed by alice.
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    people.push("bob", "an improvement");
    people.pull("new");
    let older = format!(
        "vault: dev is an older version here than in commit {}: bob has left since\n",
        removal(&people)
    );
    for line in [&["get", "dev", "A"][..], &["list", "dev"], &["check"]] {
        let output = people.vault("new", line).succeeds();
        assert_eq!(output.stderr(), older, "{line:?}");
    }
    for line in MEMBERSHIP.iter().filter(|line| line[1] != "replace") {
        let _ = refused(&people, line);
    }
    let _ = refused(&people, &["set", "dev", "B", "two"]);
}

#[test]
fn an_older_version_is_none_under_its_former_name_either() {
    let people = team();
    // The removal stands under the new name alone.
    people
        .vault("alice", ["env", "rename", "dev", "live", "--yes"])
        .succeeds();
    people.push("alice", "another name");
    people
        .vault("alice", ["recipients", "remove", "bob", "--yes"])
        .succeeds();
    people.push("alice", "bob has left");
    people.reset("bob");
    people.git("bob", ["rm", "--quiet", "secrets/live.yaml"]);
    people.git("bob", ["checkout", "--quiet", "HEAD~2", "--", "."]);
    people.push("bob", "an improvement");
    people.join_as("new", "alice");
    let base = ["check", "--keyless", "--base", "HEAD~1"];
    let output = people.vault("new", base).run();
    assert_eq!(output.code(), 3);
    assert!(
        output
            .stderr()
            .contains("dev is older than the revision to compare with"),
        "{}",
        output.stderr()
    );
    for line in MEMBERSHIP.iter().filter(|line| line[1] != "replace") {
        let _ = refused(&people, line);
    }
    let set = refused(&people, &["set", "dev", "B", "two"]);
    assert!(
        set.stderr()
            .contains("vault: hint: it is called live in that commit: "),
        "{}",
        set.stderr()
    );
}
