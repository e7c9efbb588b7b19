//! How far a look at history goes, and what it costs.

use std::fs;

use super::{put_back, refused, remove, remove_and_put_back, set, set_on, team, unchanged, vault};
use crate::team::CAROL;

#[test]
fn a_write_reads_of_history_only_what_is_new() {
    let people = team();
    set(&people).succeeds();
    people.push("laptop", "a value");
    set(&people).succeeds();
    // An old version is no longer to be had.
    let blob = people.git("laptop", ["rev-parse", "HEAD~1:secrets/dev.yaml"]);
    let (folder, file) = blob.trim().split_at(2);
    let object = people
        .clone("laptop")
        .join(".git/objects")
        .join(folder)
        .join(file);
    fs::remove_file(object).expect("a loose object");
    people.pull("alice");
    vault(&people, &["set", "dev", "C", "three"]);
    people.push("alice", "another value");
    people.pull("laptop");
    people
        .vault("laptop", ["set", "dev", "B", "three"])
        .succeeds();
    // A machine that has looked at nothing yet cannot do without it.
    fs::remove_dir_all(people.sandbox.path("laptop/.local/state/vault/known")).expect("a memory");
    people.vault("laptop", ["set", "dev", "B", "four"]).fails(2);
}

#[test]
fn what_was_looked_at_for_other_members_is_looked_at_again() {
    let people = team();
    let add = ["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"];
    vault(&people, &add);
    people.push("alice", "carol");
    vault(&people, &["recipients", "remove", "carol", "--yes"]);
    people.push("alice", "carol has left");
    put_back(&people, "HEAD~2");
    people.pull("laptop");
    // Nobody who is here has left.
    set(&people).succeeds();
    people.git("laptop", ["checkout", "--quiet", "--", "."]);
    put_back(&people, "HEAD~2");
    people.pull("laptop");
    let output = set(&people).run();
    assert_eq!(output.code(), 3, "{}", output.stderr());
    assert!(output.stderr().contains("carol has left since"));
    unchanged(&people);
}

#[test]
fn a_version_that_is_older_anyway_is_looked_at_too() {
    let people = team();
    vault(
        &people,
        &["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"],
    );
    people.push("alice", "carol");
    people.pull("laptop");
    people.get("laptop", "A").succeeds();
    remove(&people);
    put_back(&people, "HEAD~2");
    people.pull("laptop");
    people.get("laptop", "A").succeeds().says("");
    let _ = refused(&people, &["set", "dev", "B", "two"]);
    unchanged(&people);
}

#[test]
fn a_look_at_history_that_is_cut_off_counts_for_nothing_when_there_is_more() {
    let people = team();
    remove_and_put_back(&people);
    let url = format!("file://{}", people.sandbox.path("origin.git").display());
    let folder = people.clone("laptop");
    fs::remove_dir_all(&folder).expect("a clone");
    let to = folder.display().to_string();
    people
        .sandbox
        .git(["clone", "--quiet", "--depth=1", &url, &to]);
    set(&people).succeeds();
    people.git("laptop", ["checkout", "--quiet", "--", "."]);
    people.git("laptop", ["fetch", "--quiet", "--unshallow"]);
    let _ = refused(&people, &["set", "dev", "B", "three"]);
}

#[test]
fn in_a_work_tree_of_a_shallow_clone_all_is_as_in_the_clone() {
    let people = team();
    people.vault("bob", ["set", "dev", "A", "two"]).succeeds();
    people.push("bob", "two");
    people.join_as("runner", "alice");
    let folder = people.clone("runner");
    let shallow = people.sandbox.path("shallow").display().to_string();
    let url = format!("file://{}", people.sandbox.path("origin.git").display());
    fs::remove_dir_all(&folder).expect("a clone");
    let git = |line: &[&str]| people.sandbox.git(line);
    git(&["clone", "--quiet", "--depth=1", &url, &shallow]);
    let tree = folder.display().to_string();
    let worktree = ["-C", &shallow, "worktree", "add", "--quiet"];
    git(&[&worktree[..], &[&tree, "-b", "topic"]].concat());
    for line in ["check --keyless", "check", "log dev", "access dev"] {
        people.vault("runner", line.split(' ')).succeeds();
    }
    let cut_off = people.vault("runner", ["check", "--keyless", "--history"]);
    let cut_off = cut_off.succeeds();
    let said = "there is history that was not looked at: the clone is shallow";
    assert!(cut_off.stderr().contains(said), "{}", cut_off.stderr());
    assert_eq!(people.get("runner", "A").stdout(), "two");
    people
        .vault("runner", ["set", "dev", "B", "three"])
        .succeeds();
    people.vault("runner", ["diff", "--exit-code"]).fails(1);
    people.commit("runner", "three");
    people.vault("runner", ["sync", "--yes"]).succeeds();
    let diff = people.vault("runner", ["diff", "--exit-code", "HEAD~1"]);
    diff.fails(1);
    // What comes in later was not looked at.
    remove_and_put_back(&people);
    people.git("runner", ["fetch", "--quiet", "--depth=1", "origin"]);
    people.git("runner", ["checkout", "--quiet", "--detach", "origin/main"]);
    set_on(&people, "runner").succeeds();
    people.git("runner", ["checkout", "--quiet", "--", "."]);
    people.git("runner", ["fetch", "--quiet", "--unshallow"]);
    set_on(&people, "runner").fails(3);
}

#[test]
fn a_clone_without_the_versions_of_before_is_no_reason_to_stop() {
    let people = team();
    let origin = people.sandbox.path("origin.git").display().to_string();
    people
        .sandbox
        .git(["-C", &origin, "config", "uploadpack.allowFilter", "true"]);
    remove_and_put_back(&people);
    let folder = people.clone("laptop");
    let url = format!("file://{origin}");
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        fs::remove_dir_all(&folder).expect("a clone");
        let to = folder.display().to_string();
        people.sandbox.git(["clone", "--quiet", filter, &url, &to]);
        people.vault("laptop", ["check"]).succeeds().says("");
        people
            .vault("laptop", ["set", "dev", "C", "three"])
            .succeeds();
    }
    // What was not looked at is not taken for looked at.
    fs::remove_dir_all(&folder).expect("a clone");
    people
        .sandbox
        .git(["clone", "--quiet", &url, &folder.display().to_string()]);
    let _ = refused(&people, &["set", "dev", "B", "three"]);
}
