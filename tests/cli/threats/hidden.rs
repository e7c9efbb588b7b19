//! What was put back after somebody has left, hidden: below more commits than anybody looks at, or in another folder.

use std::fs;

use super::undone::{DEV, id, refused, remove, remove_and_put_back, set, team};
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
