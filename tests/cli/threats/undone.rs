//! A removal and its undoing reach, both at once, a machine that knows the state before: what is here is what it knows, and yet nothing
//! more goes to who has left.

mod looks;

use std::fs;

use crate::{
    people::People,
    sandbox::{Output, Run},
    team::CAROL,
};

pub(super) const DEV: &str = "secrets/dev.yaml";

/// Alice and bob read and write dev, and the laptop of alice has used it.
pub(super) fn team() -> People {
    let people = People::alice_and_bob();
    people.join_as("laptop", "alice");
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    people
}

/// A command of alice.
pub(super) fn vault(people: &People, line: &[&str]) {
    people.vault("alice", line).succeeds();
}

/// Alice takes bob out.
pub(super) fn remove(people: &People) {
    people.pull("alice");
    vault(people, &["recipients", "remove", "bob", "--yes"]);
    people.push("alice", "bob has left");
}

/// Bob puts everything back as it was in a commit.
pub(super) fn put_back(people: &People, commit: &str) {
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", commit, "--", "."]);
    people.push("bob", "an improvement");
}

/// The removal, and that everything is put back, in two commits.
pub(super) fn remove_and_put_back(people: &People) {
    remove(people);
    put_back(people, "HEAD~1");
}

/// The beginning of a commit's id on the laptop.
pub(super) fn id(people: &People, commit: &str) -> String {
    people.git("laptop", ["rev-parse", commit])[..10].to_owned()
}

/// Nothing but what the laptop was given is there.
#[track_caller]
pub(super) fn unchanged(people: &People) {
    assert_eq!(people.git("laptop", ["status", "--porcelain"]), "");
}

pub(super) fn set(people: &People) -> Run<'_> {
    set_on(people, "laptop")
}

fn set_on<'p>(people: &'p People, machine: &str) -> Run<'p> {
    people.vault(machine, ["set", "dev", "B", "two"])
}

/// The laptop refuses a command, since somebody has left.
#[track_caller]
pub(super) fn refused(people: &People, line: &[&str]) -> Output {
    let command = people
        .vault("laptop", line)
        .variable("VAULT_EDITOR", "true");
    let output = command.run();
    assert_eq!(output.code(), 3, "{line:?}: {}", output.stderr());
    let is_told = output.stderr().contains("bob has left since");
    assert!(is_told, "{line:?}: {}", output.stderr());
    output
}

#[test]
fn a_removal_and_its_undoing_pulled_at_once_are_stopped_at_the_next_write() {
    let people = team();
    remove_and_put_back(&people);
    people.pull("laptop");
    // It is what the laptop knows, and is read.
    let output = people.get("laptop", "A");
    assert_eq!((output.stdout(), output.stderr()), ("one", ""));
    let commit = id(&people, "HEAD~1");
    set(&people).fails_with(
        3,
        &format!(
            "vault: error: dev is an older version here than in commit {commit}: bob has left since\n\
             vault: hint: git checkout {commit} -- secrets/dev.yaml brings the newer version back\n\
             vault: hint: .vault.yaml has bob as before: git log -p .vault.yaml shows who changed it; git checkout {commit} -- .vault.yaml takes that back\n"
        ),
    );
    unchanged(&people);
    let checkout = ["checkout", &commit, "--", DEV, ".vault.yaml"];
    people.git("laptop", checkout);
    set(&people).succeeds();
    people.commit("laptop", "what was put back is gone");
    // Nothing of it is for bob.
    people.git("laptop", ["push", "--quiet", "origin", "HEAD:main"]);
    people.reset("bob");
    people.vault("bob", ["get", "dev", "B"]).fails(2);
}

#[test]
fn no_command_that_writes_goes_on_with_what_was_put_back() {
    let people = team();
    remove_and_put_back(&people);
    people.pull("laptop");
    people
        .sandbox
        .write(people.clone("laptop").join("../new.env"), "C=three\n");
    for line in [
        &["set", "dev", "B", "two"][..],
        &["unset", "dev", "A"],
        &["edit", "dev"],
        &["import", "dev", "../new.env"],
        &["sync", "--yes"],
        &["rekey", "dev", "--yes"],
        &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
        &["env", "rename", "dev", "test", "--yes"],
        &["init", "--fork", "--yes"],
        &["sign", "dev", "--yes"],
    ] {
        let _ = refused(&people, line);
        unchanged(&people);
    }
}

#[test]
fn what_somebody_who_has_left_signed_is_named_and_found_by_check_as_well() {
    let people = team();
    people.vault("bob", ["set", "dev", "A", "evil"]).succeeds();
    let text = fs::read_to_string(people.clone("bob").join(DEV)).expect("a file");
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    fs::write(people.clone("bob").join(DEV), text).expect("a file");
    people.push("bob", "an improvement");
    people.pull("laptop");
    for line in [
        &["set", "dev", "B", "two"][..],
        &["check"],
        &["check", "--keyless"],
    ] {
        let output = refused(&people, line);
        assert!(
            output.stderr().contains("bob signed what is here"),
            "{line:?}: {}",
            output.stderr()
        );
    }
}

#[test]
fn check_says_of_what_was_put_back_that_it_is_older() {
    let people = team();
    remove_and_put_back(&people);
    people.pull("laptop");
    let older = format!(
        "vault: dev is an older version here than in commit {}: bob has left since\n",
        id(&people, "HEAD~1")
    );
    for _ in 0..2 {
        let output = people.vault("laptop", ["check"]).succeeds();
        assert_eq!(output.stderr(), older);
    }
    let _ = refused(&people, &["set", "dev", "B", "two"]);
}

#[test]
fn a_machine_that_has_written_before_is_stopped_too() {
    let people = team();
    set(&people).succeeds();
    people.push("laptop", "a value");
    set(&people).succeeds();
    remove_and_put_back(&people);
    people.pull("laptop");
    for _ in 0..2 {
        let _ = refused(&people, &["set", "dev", "B", "three"]);
    }
    // One more commit does not make it old news.
    people.git(
        "laptop",
        ["commit", "--quiet", "--allow-empty", "--message", "nothing"],
    );
    let _ = refused(&people, &["set", "dev", "B", "three"]);
    unchanged(&people);
}

#[test]
fn what_was_put_back_is_found_under_the_name_that_it_had_meanwhile() {
    let people = team();
    set(&people).succeeds();
    people.push("laptop", "a value");
    people.pull("alice");
    vault(&people, &["env", "rename", "dev", "live", "--yes"]);
    people.push("alice", "another name");
    remove(&people);
    people.reset("bob");
    people.git("bob", ["rm", "--quiet", "secrets/live.yaml"]);
    put_back_onto(&people, "HEAD~2");
    people.pull("laptop");
    assert_eq!(people.get("laptop", "A").stdout(), "one");
    let output = refused(&people, &["set", "dev", "B", "three"]);
    let hint = "vault: hint: it is called live in that commit: ";
    assert!(output.stderr().contains(hint), "{}", output.stderr());
    unchanged(&people);
}

/// As `put_back`, where something was done before.
fn put_back_onto(people: &People, commit: &str) {
    people.git("bob", ["checkout", "--quiet", commit, "--", "."]);
    people.push("bob", "an improvement");
}

#[test]
fn a_merge_that_puts_the_old_file_back_is_stopped_at_the_next_write() {
    let people = team();
    set(&people).succeeds();
    people.push("laptop", "a value");
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "-b", "work", "HEAD~1"]);
    people.git(
        "bob",
        ["commit", "--quiet", "--allow-empty", "--message", "work"],
    );
    let merge = [
        "merge",
        "--quiet",
        "--no-edit",
        "--strategy=ours",
        "origin/main",
    ];
    people.git("bob", merge);
    people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("laptop");
    let _ = refused(&people, &["set", "dev", "B", "three"]);
    unchanged(&people);
}

#[test]
fn what_was_put_back_is_stopped_while_it_is_merged_and_after_that() {
    let people = team();
    people.git(
        "laptop",
        ["commit", "--quiet", "--allow-empty", "--message", "work"],
    );
    set(&people).succeeds();
    people.commit("laptop", "a value");
    set(&people).succeeds();
    remove_and_put_back(&people);
    people.git("laptop", ["fetch", "--quiet", "origin"]);
    let merge = [
        "merge",
        "--quiet",
        "--no-edit",
        "--no-commit",
        "origin/main",
    ];
    people.git("laptop", merge);
    let _ = refused(&people, &["set", "dev", "B", "three"]);
    people.git("laptop", ["commit", "--quiet", "--no-edit"]);
    let _ = refused(&people, &["set", "dev", "B", "three"]);
    unchanged(&people);
}

#[test]
fn a_conflict_with_what_was_put_back_is_not_decided_for_who_has_left() {
    let people = team();
    people
        .vault("laptop", ["set", "dev", "A", "mine"])
        .succeeds();
    people.commit("laptop", "mine");
    people.vault("bob", ["set", "dev", "A", "evil"]).succeeds();
    let text = fs::read_to_string(people.clone("bob").join(DEV)).expect("a file");
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    fs::write(people.clone("bob").join(DEV), text).expect("a file");
    people.push("bob", "an improvement");
    people.git("laptop", ["fetch", "--quiet", "origin"]);
    let folder = people.clone("laptop").display().to_string();
    let merge = [
        "-C",
        &folder,
        "merge",
        "--quiet",
        "--no-edit",
        "origin/main",
    ];
    let merge = people.sandbox.program("git", merge);
    let named = ["AUTHOR", "COMMITTER"].iter().fold(merge, |run, who| {
        run.variable(format!("GIT_{who}_NAME"), "Test")
            .variable(format!("GIT_{who}_EMAIL"), "test@example.invalid")
    });
    assert_eq!(named.run().code(), 1);
    let before = fs::read(people.clone("laptop").join(DEV)).expect("a file");
    let _ = refused(&people, &["git", "resolve"]);
    let after = fs::read(people.clone("laptop").join(DEV)).expect("a file");
    assert_eq!(before, after);
}

#[test]
fn where_vault_trust_names_the_state_before_a_write_is_stopped_too() {
    let people = team();
    let pin = people.vault("laptop", ["trust", "--export"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    set(&people).variable("VAULT_TRUST", &pin).succeeds();
    people.git("laptop", ["checkout", "--quiet", "--", "."]);
    remove_and_put_back(&people);
    people.pull("laptop");
    let output = set(&people).variable("VAULT_TRUST", &pin).run();
    assert_eq!(output.code(), 3, "{}", output.stderr());
    assert!(output.stderr().contains("bob has left since"));
    unchanged(&people);
}

#[test]
fn somebody_who_says_that_what_was_put_back_counts_can_go_on_with_it() {
    let people = team();
    remove_and_put_back(&people);
    people.pull("laptop");
    let _ = refused(&people, &["set", "dev", "B", "two"]);
    let trust = people.vault("laptop", ["trust", "dev", "--yes"]).succeeds();
    let is_told = trust.stderr().contains("bob has left since");
    assert!(is_told, "{}", trust.stderr());
    set(&people).succeeds();
    people.push("laptop", "a value");
    people.vault("laptop", ["rekey", "dev", "--yes"]).succeeds();
    people.push("laptop", "a new data key");
    // What comes after that is looked at.
    people.pull("alice");
    people.vault("alice", ["trust", "dev", "--yes"]).succeeds();
    remove_and_put_back(&people);
    people.pull("laptop");
    let _ = refused(&people, &["set", "dev", "B", "three"]);
}

#[test]
fn work_on_old_branches_reverts_and_rebases_are_nothing_that_was_put_back() {
    let people = team();
    let write = |value: &str| {
        drop(
            people
                .vault("laptop", ["set", "dev", "B", value])
                .succeeds(),
        )
    };
    let git = |line: &str| people.git("laptop", line.split(' '));
    git("branch release");
    write("two");
    people.push("laptop", "a value");
    remove(&people);
    // From before, and not pulled yet: a branch, a revert of something else, a commit of the past, another work tree.
    git("checkout --quiet release");
    write("three");
    people.commit("laptop", "on a branch");
    git("revert --no-edit HEAD");
    write("four");
    people.commit("laptop", "once more");
    git("checkout --quiet HEAD~1");
    write("five");
    git("checkout --quiet --force release");
    git("worktree add --quiet ../tree release~1");
    let tree = people.sandbox.path("laptop/tree");
    let elsewhere = people
        .vault("laptop", ["set", "dev", "B", "six"])
        .within(&tree);
    elsewhere.succeeds();
    // And on what came then.
    git("checkout --quiet main");
    people
        .sandbox
        .write(people.clone("laptop").join("work"), "work");
    people.commit("laptop", "work");
    git("fetch --quiet origin");
    git("rebase --quiet origin/main");
    write("seven");
    people.commit("laptop", "a value");
    git("revert --no-edit HEAD~1");
    write("eight");
}
