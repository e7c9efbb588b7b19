//! One key under two names, two people who remove each other, and a name that differs from an earlier one in nothing but case.

use std::fs;

use super::{CAROL, DAVE, Way, add, begin};
use crate::people::People;

const FILES: [&str; 2] = [".vault.yaml", "secrets/dev.yaml"];

#[track_caller]
fn vault(people: &People, who: &str, line: &[&str]) {
    people.vault(who, line).prints_secrets().succeeds();
}

/// Carol was let in under two names.
fn under_two_names() -> People {
    let people = People::alice_and_bob();
    add(&people, "alice", "carol", CAROL.1);
    people.commit("alice", "carol");
    add(&people, "bob", "caro", CAROL.1);
    people.push("bob", "caro");
    begin(&people, "alice", Way::Merge);
    people
}

/// Takes what one of the names has out of the config.
fn keep(people: &People, gone: &str) {
    let path = people.clone("alice").join(".vault.yaml");
    let text = fs::read_to_string(&path).expect("a config");
    let is_of = |line: &&str| line.trim_start().starts_with(&format!("{gone}:"));
    let lines = text.lines().filter(|line| !is_of(line));
    let text = lines.map(|line| format!("{line}\n")).collect::<String>();
    let text = text.replace(&format!(", {gone}]"), "]");
    let text = text.replace(&format!(", {gone},"), ",");
    fs::write(path, text).expect("a config");
    people.git("alice", ["add", ".vault.yaml"]);
}

#[test]
fn one_key_under_two_names_keeps_the_one_here_and_the_other_one_is_a_sync_away() {
    for gone in ["caro", "carol"] {
        let people = under_two_names();
        let left = people.vault("alice", ["git", "resolve"]).fails(2);
        for said in [
            "vault:       caro there has the key of carol here: it stays carol; where .vault.yaml has caro instead, vault sync makes it caro afterwards\n",
            "vault: error: there is no terminal to ask; nothing is written\n",
        ] {
            assert!(left.stderr().contains(said), "{}", left.stderr());
        }
        keep(&people, gone);
        vault(&people, "alice", &["git", "resolve", "--yes"]);
        if gone == "carol" {
            people.vault("alice", ["check"]).fails(1);
        }
        // Nobody has left: nobody has to be let in again.
        vault(&people, "alice", &["sync", "--yes"]);
        vault(&people, "alice", &["check"]);
        people.push("alice", "merged");
        people.pull("bob");
        vault(&people, "bob", &["check"]);
        people.join("carol");
        vault(&people, "carol", &["get", "dev", "A"]);
        vault(&people, "carol", &["set", "dev", "B", "two"]);
    }
}

#[test]
fn a_config_with_one_key_under_two_names_says_so_where_it_is_merged() {
    let people = under_two_names();
    let left = people.vault("alice", ["git", "resolve", "--yes"]).fails(1);
    let said = "`caro` has a key of `carol`
vault: hint: a key stands under one name; remove one of the two
vault: hint: edit .vault.yaml, then git add .vault.yaml; until then it is read as our side has it
";
    assert!(left.stderr().ends_with(said), "{}", left.stderr());
}

#[test]
fn of_two_who_remove_each_other_one_side_is_taken_by_the_hints() {
    for takes_ours in [true, false] {
        let people = People::alice_and_bob();
        vault(&people, "alice", &["recipients", "remove", "bob", "--yes"]);
        people.commit("alice", "bob has left");
        vault(&people, "bob", &["recipients", "remove", "alice", "--yes"]);
        people.commit("bob", "alice has left");
        people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
        let theirs = people.git("bob", ["rev-parse", "--short=10", "HEAD"]);
        let theirs = theirs.trim();
        begin(&people, "alice", Way::Merge);
        let way = |commit: &str, taken: &str, dropped: &str| {
            format!(
                "vault: hint: git checkout {commit} -- .vault.yaml secrets/dev.yaml takes both files as {taken} has them, and drops what {dropped} has changed in them, values and members; then finish the merge, and vault trust dev\n"
            )
        };
        let (own, other) = ("your branch", "the branch that comes in");
        let said = format!(
            "vault: error: .vault.yaml: both sides together are no config
vault:   .vault.yaml: 20:21: nobody can read `dev`
vault:   secrets/dev.yaml (dev): each side has removed whoever writes on the other one: nobody could write what comes of both
vault: hint: of environments without a signature, .vault.yaml says who reads them: name somebody, then git add .vault.yaml
{}{}",
            way("HEAD", own, other),
            way(theirs, other, own)
        );
        people
            .vault("alice", ["git", "resolve"])
            .fails_with(1, &said);
        let (commit, stays) = match takes_ours {
            true => ("HEAD", "alice"),
            false => (theirs, "bob"),
        };
        people.git("alice", ["checkout", commit, "--", FILES[0], FILES[1]]);
        people.git("alice", ["commit", "--quiet", "-m", "merged"]);
        vault(&people, "alice", &["trust", "dev", "--yes"]);
        people.git("alice", ["push", "--quiet", "origin", "HEAD:main"]);
        people.pull("bob");
        if stays == "bob" {
            vault(&people, "bob", &["trust", "dev", "--yes"]);
        }
        vault(&people, stays, &["set", "dev", "A", "two"]);
        vault(&people, stays, &["check"]);
    }
}

#[test]
fn two_who_remove_each_other_are_brought_together_by_whoever_stays() {
    let people = People::alice_and_bob();
    add(&people, "alice", "carol", CAROL.1);
    people.push("alice", "carol");
    people.pull("bob");
    vault(&people, "alice", &["recipients", "remove", "bob", "--yes"]);
    people.commit("alice", "bob has left");
    people.git("alice", ["push", "--quiet", "origin", "HEAD:of-alice"]);
    vault(&people, "bob", &["recipients", "remove", "alice", "--yes"]);
    people.commit("bob", "alice has left");
    people.git("bob", ["push", "--quiet", "origin", "HEAD:main"]);
    begin(&people, "alice", Way::Merge);
    let refused = people.vault("alice", ["git", "resolve"]).fails(2);
    let said = "[..]
...
vault:   it can be read by bob, carol
vault:   alice, whose key this is, was taken out of dev by bob ([..])
vault: hint: who stays is carol: they merge the two branches, in their own clone
vault: hint: git merge --abort gives the merge up here
";
    snapbox::assert_data_eq!(refused.stderr(), said);
    people.join("carol");
    people.git(
        "carol",
        ["checkout", "--quiet", "-b", "work", "origin/of-alice"],
    );
    vault(&people, "carol", &["get", "dev", "A"]);
    begin(&people, "carol", Way::Merge);
    vault(&people, "carol", &["git", "resolve", "--yes"]);
    people.git("carol", ["commit", "--quiet", "-m", "merged"]);
    vault(&people, "carol", &["set", "dev", "B", "two"]);
    vault(&people, "carol", &["check"]);
}

#[test]
fn whoever_left_is_let_in_again_by_name_also_where_its_case_is_another_one() {
    let people = People::alice_and_bob();
    add(&people, "alice", "carol", CAROL.1);
    vault(
        &people,
        "alice",
        &["recipients", "remove", "carol", "--yes"],
    );
    let line = [
        "recipients",
        "add",
        "CAROL",
        DAVE.1,
        "--env",
        "dev",
        "--yes",
    ];
    people.vault("alice", line).fails_with(
        3,
        "vault: error: CAROL, or that key, has left dev before
vault: hint: --readmit lets them in again
",
    );
    vault(&people, "alice", &[&line[..], &["--readmit"]].concat());
    vault(&people, "alice", &["check"]);
}
