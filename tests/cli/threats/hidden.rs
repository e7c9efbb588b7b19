//! What was put back after somebody has left, hidden: below more commits than anybody looks at, or in another folder.

use std::fs;

use super::undone::{DEV, id, refused, remove, remove_and_put_back, set, team, vault};
use crate::people::People;

/// The hint to a refused write that brings a file back.
fn way_back(stderr: &str) -> Vec<&str> {
    let hint = |line: &str| line.contains(" brings the newer version back");
    let line = stderr.lines().find(|line| hint(line)).expect("a hint");
    let line = line.strip_prefix("vault: hint: ").expect("a hint");
    let command = line.split(" brings ").next().expect("a command");
    command.split(' ').skip(1).collect()
}

#[test]
fn a_hundred_thousand_commits_on_top_hide_no_removal() {
    let people = team();
    remove_and_put_back(&people);
    people.pull("laptop");
    let commit = "commit refs/heads/main\ncommitter t <t@t> 1767225600 +0000\ndata 0\n";
    let first = format!("{commit}from refs/heads/main^0\n\n");
    let more = format!("{commit}\n").repeat(100_000);
    let folder = people.clone("laptop").display().to_string();
    people
        .sandbox
        .git_run(["-C", &folder, "fast-import", "--quiet"])
        .stdin(first + &more)
        .succeeds();
    // Nor is it taken for looked at.
    for _ in 0..2 {
        let _ = refused(&people, &["set", "dev", "B", "two"]);
    }
}

#[test]
fn the_way_back_from_a_folder_is_one_that_git_knows() {
    let people = team();
    remove_and_put_back(&people);
    people.pull("laptop");
    let folder = people.clone("laptop").join("sub");
    fs::create_dir(&folder).expect("a folder");
    let commit = id(&people, "HEAD~1");
    let output = set(&people).within(&folder).fails(3);
    let way_back = way_back(output.stderr());
    assert_eq!(way_back, ["checkout", &commit, "--", ":/secrets/dev.yaml"]);
    let config = format!("git checkout {commit} -- :/.vault.yaml takes that back\n");
    assert!(output.stderr().ends_with(&config), "{}", output.stderr());
    let folder = folder.display().to_string();
    people.sandbox.git(["-C", &folder].iter().chain(&way_back));
    let checkout = ["checkout", &commit, "--", ".vault.yaml"];
    people.git("laptop", checkout);
    set(&people).succeeds();
}

#[test]
fn the_way_back_names_the_file_as_its_commit_has_it() {
    let people = team();
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    move_file(&people, "other.yaml");
    people.push("bob", "an improvement");
    people.pull("laptop");
    let commit = id(&people, "HEAD~1");
    let output = refused(&people, &["set", "dev", "B", "two"]);
    let way_back = way_back(output.stderr());
    assert_eq!(way_back, ["checkout", &commit, "--", DEV]);
    people.git("laptop", way_back);
}

/// Bob gives the file of dev another path.
fn move_file(people: &People, path: &str) {
    people.git("bob", ["mv", DEV, path]);
    let config = people.clone("bob").join(".vault.yaml");
    let text = fs::read_to_string(&config).expect("a config");
    let (before, after) = text.split_once("    dev:\n").expect("an environment");
    let text = format!("{before}    dev:\n        file: {path}\n{after}");
    fs::write(&config, text).expect("a config");
}

const VAULT: [&str; 4] = [".vault.yaml", ".gitattributes", ".gitignore", "secrets"];

/// Somebody moves the vault to a folder, which is not committed yet.
fn move_to(people: &People, who: &str, folder: &str) {
    fs::create_dir(people.clone(who).join(folder)).expect("a folder");
    let tracked = people.git(who, ["ls-files"]);
    let is_there = |name: &&str| tracked.lines().any(|path| path.starts_with(*name));
    let files = VAULT.into_iter().filter(is_there);
    let line = ["mv"].into_iter().chain(files).chain([folder]);
    people.git(who, line);
}

/// Commits and pushes to main, where the vault is in a folder.
fn push(people: &People, who: &str, folder: &str) {
    people.commit(who, "an improvement");
    people.git(who, ["push", "--quiet", "origin", "HEAD:main"]);
    people.sops_opens(&people.clone(who).join(folder));
}

/// Runs a command of the laptop in a folder.
fn within<'p>(people: &'p People, folder: &str, line: &[&str]) -> crate::sandbox::Run<'p> {
    let command = people.vault("laptop", line);
    command.within(people.clone("laptop").join(folder))
}

#[test]
fn a_vault_that_moved_with_what_was_put_back_is_written_by_nobody() {
    let people = team();
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    move_to(&people, "bob", "app");
    push(&people, "bob", "app");
    people.pull("laptop");
    let commit = id(&people, "HEAD~1");
    let stderr = format!(
        "vault: error: dev is an older version here than in commit {commit}: bob has left since\n\
         vault: hint: the vault is in another folder in that commit: git checkout {commit} -- :/secrets/dev.yaml, and git checkout {commit} -- :/.vault.yaml, bring both back\n"
    );
    for _ in 0..2 {
        let set = within(&people, "app", &["set", "dev", "B", "two"]);
        set.fails_with(3, &stderr);
    }
    // Nor on a machine that knows nothing yet.
    people.join_as("tablet", "alice");
    let set = people.vault("tablet", ["set", "dev", "B", "two"]);
    let set = set.within(people.clone("tablet").join("app"));
    set.fails_with(3, &stderr);
}

#[test]
fn another_vault_in_a_folder_does_not_come_in_the_place_of_one_that_is_gone() {
    let people = team();
    people.join("carol");
    people.git("carol", ["rm", "--quiet", "-r", ".vault.yaml", "secrets"]);
    people.commit("carol", "nothing is left");
    let carol = |line: &[&str]| {
        people.vault("carol", line).succeeds();
    };
    let init = ["init", "--anew", "--name", "carol", "--env", "dev", "--yes"];
    carol(&init);
    carol(&["set", "dev", "C", "three"]);
    let alice = crate::team::ALICE;
    carol(&["recipients", "add", "alice", alice, "--env", "dev", "--yes"]);
    people.git("carol", ["add", "--all"]);
    move_to(&people, "carol", "app");
    push(&people, "carol", "app");
    people.pull("laptop");
    for line in [&["get", "dev", "C"][..], &["set", "dev", "C", "four"]] {
        let output = within(&people, "app", line).fails(3);
        let is_told = output
            .stderr()
            .contains("dev does not follow from what was last used here");
        assert!(is_told, "{}", output.stderr());
    }
    within(&people, "app", &["trust", "dev", "--yes"]).succeeds();
    within(&people, "app", &["set", "dev", "C", "four"]).succeeds();
}

#[test]
fn a_vault_that_was_moved_as_it_was_goes_on() {
    let people = team();
    remove(&people);
    move_to(&people, "alice", "app");
    people.commit("alice", "a place of its own");
    let app = people.clone("alice").join("app");
    let set = people.vault("alice", ["set", "dev", "B", "two"]);
    set.within(&app).succeeds();
    push(&people, "alice", "app");
    people.pull("laptop");
    within(&people, "app", &["get", "dev", "B"])
        .prints_secrets()
        .succeeds_with("two");
    within(&people, "app", &["set", "dev", "B", "three"]).succeeds();
    within(&people, "app", &["check"]).succeeds();
}

#[test]
fn two_vaults_side_by_side_are_none_in_the_place_of_the_other() {
    let people = team();
    // The other one comes from elsewhere.
    people.git("alice", ["checkout", "--quiet", "--orphan", "other"]);
    people.git("alice", ["rm", "--quiet", "-r", "-f", "."]);
    let init = ["init", "--name", "alice", "--env", "dev", "--yes"];
    vault(&people, &init);
    vault(&people, &["set", "dev", "A", "other"]);
    people.git("alice", ["add", "--all"]);
    move_to(&people, "alice", "two");
    people.commit("alice", "another vault");
    people.git("alice", ["checkout", "--quiet", "main"]);
    move_to(&people, "alice", "one");
    people.git("alice", ["checkout", "other", "--", "two"]);
    push(&people, "alice", "two");
    people.pull("laptop");
    for folder in ["one", "two"] {
        within(&people, folder, &["set", "dev", "B", "two"]).succeeds();
    }
}

/// Whoever checks a pull request knows nothing but what git has.
fn check_since<'p>(people: &'p People, revision: &str) -> crate::sandbox::Run<'p> {
    people.join_as("tablet", "alice");
    let check = people.vault("tablet", ["check", "--base", revision]);
    check.within(people.clone("tablet").join("app"))
}

#[test]
fn check_base_goes_on_from_where_the_vault_was() {
    let people = team();
    move_to(&people, "alice", "app");
    push(&people, "alice", "app");
    check_since(&people, "HEAD~1").succeeds_with("dev: ok (signed by alice, opens, 1 key)\n");
}

#[test]
fn check_base_names_a_removal_that_a_move_undoes() {
    let people = team();
    remove(&people);
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    move_to(&people, "bob", "app");
    push(&people, "bob", "app");
    let check = check_since(&people, "HEAD~1").fails(3);
    let is_told = |text: &str| check.stderr().contains(text);
    assert!(
        is_told(
            "dev is older than the revision to compare with: changes of members would be undone"
        ),
        "{}",
        check.stderr()
    );
}

#[test]
fn check_base_names_older_content_that_a_move_brings_back() {
    let people = team();
    vault(&people, &["set", "dev", "B", "two"]);
    people.push("alice", "a value");
    people.reset("bob");
    people.git("bob", ["checkout", "--quiet", "HEAD~1", "--", "."]);
    move_to(&people, "bob", "app");
    push(&people, "bob", "app");
    check_since(&people, "HEAD~1").succeeds_with(
        "dev: ok (signed by alice, opens, 1 key)
    ! older content: the file is that of commit [..] by [..]; what was changed since then is undone
",
    );
}

#[test]
fn check_base_does_not_choose_between_two_copies_of_a_vault() {
    let people = team();
    move_to(&people, "alice", "one");
    people.git("alice", ["commit", "--quiet", "-m", "moved"]);
    let alice = people.clone("alice");
    for file in [".vault.yaml", "secrets/dev.yaml"] {
        let to = alice.join("two").join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(alice.join("one").join(file), to).expect("a copy");
    }
    people.commit("alice", "a copy");
    people.git("alice", ["rm", "--quiet", "-r", "two"]);
    people.git("alice", ["mv", "one", "app"]);
    push(&people, "alice", "app");
    check_since(&people, "HEAD~1").fails_with(
        2,
        "vault: error: the revision has this vault in 2 other folders, and not in this one\n",
    );
}
