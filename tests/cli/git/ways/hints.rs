//! What a person is told to type where a merge waits: it says what is lost, and leads out.

use super::{CAROL, DAVE, Way, add, begin, commit, finish, git, holds, is_unmerged, passes, works};
use crate::people::People;

const FILE: &str = "secrets/dev.yaml";

/// Alice and bob have each changed A, and git has stopped in bob's clone; it merges secret files as it merges text.
fn both_changed_a(way: Way) -> People {
    let people = People::alice_and_bob();
    works(&people, "alice", "set dev A value-of-alice");
    people.push("alice", "work");
    works(&people, "bob", "set dev A value-of-bob");
    passes(&people, "bob", "config --remove-section merge.vault");
    if way != Way::Stash {
        commit(&people, "bob");
    }
    begin(&people, "bob", way);
    people
}

#[test]
fn whoever_takes_one_side_is_told_whose_it_is_and_that_the_other_is_dropped() {
    for (way, ours, theirs, of_ours) in [
        (
            Way::Merge,
            "your branch",
            "the branch that comes in",
            "value-of-bob",
        ),
        (
            Way::Rebase,
            "the branch that you rebase onto",
            "your own commit",
            "value-of-alice",
        ),
        (
            Way::Stash,
            "what is committed",
            "your stash",
            "value-of-alice",
        ),
        (
            Way::Pick,
            "your branch",
            "the commit that is picked",
            "value-of-alice",
        ),
        (
            Way::Squash,
            "your branch",
            "what comes in",
            "value-of-alice",
        ),
    ] {
        let people = both_changed_a(way);
        people.vault("bob", ["get", "dev", "A"]).fails_with(
            2,
            &format!(
                "vault: error: secrets/dev.yaml: [..]: both sides of a merge conflict are in it
vault: hint: vault git resolve brings both sides together, and asks where they contradict each other
vault: hint: git checkout --ours -- secrets/dev.yaml takes the file as {ours} has it, --theirs as {theirs} has it; then git add secrets/dev.yaml: what the other side has changed is dropped, and vault set writes it again
"
            ),
        );
        passes(
            &people,
            "bob",
            &format!("checkout --quiet --ours -- {FILE}"),
        );
        passes(&people, "bob", &format!("add {FILE}"));
        assert_eq!(people.get("bob", "A").stdout(), of_ours, "{way:?}");
    }
}

#[test]
fn a_value_in_conflict_is_taken_from_the_side_that_is_named_and_in_a_rebase_it_is_said_which_that_is()
 {
    for (way, note) in [
        (Way::Merge, ""),
        (
            Way::Rebase,
            "vault: hint: ours, or here, is the branch that you rebase onto; theirs, or there, is your own commit\n",
        ),
        (
            Way::Stash,
            "vault: hint: ours, or here, is what is committed; theirs, or there, is your stash\n",
        ),
    ] {
        let people = both_changed_a(way);
        people.vault("bob", ["git", "resolve"]).fails_with(
            1,
            &format!(
                "vault: error: secrets/dev.yaml (dev): somebody has to decide between two values
vault:   A: changed on both sides to different values
vault: hint: --ours KEY or --theirs KEY takes one of them; on a terminal an editor shows both
{note}"
            ),
        );
        let mine = if way == Way::Merge {
            "--ours"
        } else {
            "--theirs"
        };
        works(&people, "bob", &format!("git resolve {mine} A"));
        finish(&people, "bob", way);
        holds(&people, "bob", &[("A", "value-of-bob")]);
    }
}

#[test]
fn what_does_not_follow_from_what_is_known_is_accepted_after_the_rebase_is_given_up() {
    let people = People::alice_and_bob();
    add(&people, "alice", CAROL.0, CAROL.1);
    people.push("alice", "carol");
    // What bob has used last is a branch that nobody brings in.
    passes(&people, "bob", "checkout --quiet -b aside");
    add(&people, "bob", DAVE.0, DAVE.1);
    commit(&people, "bob");
    passes(&people, "bob", "checkout --quiet main");
    works(&people, "bob", "set dev OF_BOB value-of-bob");
    commit(&people, "bob");
    begin(&people, "bob", Way::Rebase);
    assert!(is_unmerged(&people, "bob"));
    let output = people.vault("bob", ["git", "resolve", "--yes"]).fails(3);
    assert!(
        output
            .stderr()
            .contains("dev does not follow from what was last used here\n"),
        "{}",
        output.stderr()
    );
    let hints: Vec<&str> = output
        .stderr()
        .lines()
        .filter_map(|line| line.strip_prefix("vault: hint: "))
        .collect();
    assert_eq!(
        hints[..2],
        [
            "git log -p shows who changed it: ask them, not over the same channel",
            "if they say it is right: git rebase --abort; then vault trust dev, which goes by what is there without the merge; then the same again",
        ]
    );
    assert!(
        !hints.iter().any(|hint| hint.starts_with("vault trust")),
        "{hints:?}"
    );
    passes(&people, "bob", "rebase --abort");
    works(&people, "bob", "trust dev --yes");
    begin(&people, "bob", Way::Rebase);
    finish(&people, "bob", Way::Rebase);
    holds(&people, "bob", &[("A", "one"), ("OF_BOB", "value-of-bob")]);
}

#[test]
fn whoever_takes_a_side_that_is_not_what_was_used_here_is_told_that_it_has_to_be_trusted() {
    for (way, option) in [
        (Way::Merge, "--theirs"),
        (Way::Rebase, "--ours"),
        (Way::Stash, "--ours"),
    ] {
        let people = People::alice_and_bob();
        add(&people, "alice", CAROL.0, CAROL.1);
        people.push("alice", "carol");
        add(&people, "bob", DAVE.0, DAVE.1);
        passes(&people, "bob", "config --remove-section merge.vault");
        if way != Way::Stash {
            commit(&people, "bob");
        }
        begin(&people, "bob", way);
        let said = people.vault("bob", ["get", "dev", "A"]).run();
        let hints: Vec<&str> = said
            .stderr()
            .lines()
            .filter(|line| line.contains("vault trust"))
            .collect();
        let told = format!(
            "vault: hint: after {option} vault trust dev is needed: that side does not follow from what was last used here"
        );
        assert_eq!(hints, [told], "{way:?}: {}", said.stderr());
        passes(
            &people,
            "bob",
            &format!("checkout --quiet {option} -- {FILE}"),
        );
        passes(&people, "bob", "checkout --quiet HEAD -- .vault.yaml");
        passes(&people, "bob", &format!("add {FILE}"));
        people.vault("bob", ["get", "dev", "A"]).fails(3);
        works(&people, "bob", "trust dev --yes");
        assert_eq!(people.get("bob", "A").stdout(), "one", "{way:?}");
    }
}

/// Alice turns the signature off.
fn turn_off(people: &People) {
    let config = people.clone("alice").join(".vault.yaml");
    let text = people.sandbox.read(&config);
    let unsigned = text.replacen("    dev:\n", "    dev:\n        signed: false\n", 1);
    assert_ne!(text, unsigned);
    people.sandbox.write(&config, unsigned);
    works(people, "alice", "sync dev --yes");
    works(people, "alice", "set dev OF_ALICE value-of-alice");
    people.push("alice", "not signed");
}

#[test]
fn where_one_side_has_turned_the_signature_off_the_hints_lead_out_whichever_side_is_taken() {
    for (way, signed, unsigned) in [
        (Way::Merge, "--ours", "--theirs"),
        (Way::Rebase, "--theirs", "--ours"),
    ] {
        for is_signed_taken in [true, false] {
            let people = People::alice_and_bob();
            turn_off(&people);
            works(&people, "bob", "set dev OF_BOB value-of-bob");
            commit(&people, "bob");
            begin(&people, "bob", way);
            let output = people.vault("bob", ["git", "resolve"]).fails(3);
            for option in [signed, unsigned] {
                let typed = format!(
                    "vault: hint: git checkout {option} -- {FILE} and git add {FILE} take the file as "
                );
                assert!(output.stderr().contains(&typed), "{}", output.stderr());
            }
            let told = "vault: hint: then vault sync dev turns the signature on or off, as .vault.yaml has it, and vault set writes again what was dropped\n";
            assert!(output.stderr().ends_with(told), "{}", output.stderr());
            let taken = if is_signed_taken { signed } else { unsigned };
            passes(
                &people,
                "bob",
                &format!("checkout --quiet {taken} -- {FILE}"),
            );
            passes(&people, "bob", &format!("add {FILE}"));
            let go_on = if way == Way::Merge {
                "commit --no-edit"
            } else {
                "rebase --continue"
            };
            // The commit of bob may be empty then, and git leaves it out.
            let _ = git(&people, "bob", go_on);
            match is_signed_taken {
                true => {
                    works(&people, "bob", "sync dev --yes");
                    holds(&people, "bob", &[("OF_BOB", "value-of-bob")]);
                }
                false => {
                    people.vault("bob", ["get", "dev", "A"]).fails(3);
                    works(&people, "bob", "trust dev --yes");
                    holds(&people, "bob", &[("OF_ALICE", "value-of-alice")]);
                }
            }
        }
    }
}

/// Puts something else in the place of alice's file.
type Instead = fn(&People);

fn a_folder(people: &People) {
    let file = people.clone("alice").join(FILE);
    std::fs::remove_file(&file).expect("a file");
    people.sandbox.write(file.join("x"), "x\n");
}

fn a_repository(people: &People) {
    let file = people.clone("alice").join(FILE);
    std::fs::remove_file(&file).expect("a file");
    let folder = file.display().to_string();
    people
        .sandbox
        .git(["clone", "--quiet", "../origin.git", &folder]);
}

fn a_link(people: &People) {
    let file = people.clone("alice").join(FILE);
    std::fs::rename(&file, file.with_file_name("real.yaml")).expect("a file");
    std::os::unix::fs::symlink("real.yaml", &file).expect("a link");
}

#[test]
fn the_file_is_kept_by_what_is_told_where_the_other_side_has_something_else_in_its_place() {
    let all: [Instead; 3] = [a_folder, a_repository, a_link];
    for instead in all {
        for way in [Way::Merge, Way::Rebase] {
            let people = People::alice_and_bob();
            instead(&people);
            people.commit("alice", "something else");
            people.git("alice", ["push", "--quiet", "origin", "HEAD:main"]);
            works(&people, "bob", "set dev OF_BOB value-of-bob");
            commit(&people, "bob");
            begin(&people, "bob", way);
            let output = people.vault("bob", ["git", "resolve"]).fails(2);
            let error = "vault: error: secrets/dev.yaml (dev): one side has a link, a folder or a repository there, and no file\n";
            assert!(output.stderr().starts_with(error), "{}", output.stderr());
            let keeps = "vault: hint: to keep the file: ";
            let mut lines = output.stderr().lines();
            let keeps = lines
                .find_map(|line| line.strip_prefix(keeps))
                .expect("a hint");
            let run = people.sandbox.program("sh", ["-c", keeps]);
            super::as_somebody(&people, "bob", run).succeeds();
            people
                .vault("bob", ["git", "resolve"])
                .succeeds()
                .says("vault: nothing is unmerged\n");
            finish(&people, "bob", way);
            holds(&people, "bob", &[("A", "one"), ("OF_BOB", "value-of-bob")]);
        }
    }
}
