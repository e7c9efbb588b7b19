//! Files with marks that nobody should have left in them.

use std::fs;

use super::{
    super::world::{
        BASE, FILE, contradiction, git, holds, is_tidy, merges, set_as, team, two_sides,
        unmerged_by_vault,
    },
    editor,
};
use crate::vaults::set;

#[test]
fn a_file_full_of_git_s_markers_is_repaired_from_the_index() {
    let sandbox = unmerged_by_vault(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    assert!(!merges(&sandbox));
    assert!(sandbox.read(FILE).contains("<<<<<<<"));
    let output = sandbox.vault(["get", "dev", "TOKEN"]).run();
    assert!(
        output.stderr().contains("vault git resolve"),
        "{}",
        output.stderr()
    );
    // Nothing contradicts: nobody is asked.
    sandbox.vault(["git", "resolve"]).succeeds();
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    is_tidy(&sandbox);
}

#[test]
fn a_mark_that_was_committed_is_repaired_and_every_difference_asked_about() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    sandbox.commit("in a hurry");
    sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
        "secrets/dev.yaml (dev)
    TOKEN: differs on the two sides
    DATABASE: differs on the two sides
",
    );
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .fails(1);
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN", "--ours", "DATABASE"])
        .succeeds();
    holds(
        &sandbox,
        &[("TOKEN", "their-token-2"), ("DATABASE", "base-database")],
    );
    sandbox.commit("merged");
    is_tidy(&sandbox);
}

#[test]
fn the_editor_tells_of_a_committed_mark_how_the_sides_differ_and_not_who_changed_them() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            set_as(sandbox, "bob", "TOKEN", "their-token-2");
            set_as(sandbox, "bob", "THEIRS", "their-value-1");
        },
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "our-token-2");
            set(sandbox, "dev", "OURS", "our-value-1");
        },
    );
    assert!(!merges(&sandbox));
    sandbox.commit("in a hurry");
    let seen = sandbox.path("seen");
    let script = format!(
        "cp \"$1\" {}; sed -i -e '/^#|theirs>/d' \"$1\"",
        seen.display()
    );
    editor(&sandbox, &script);
    sandbox.vault(["git", "resolve"]).succeeds();
    let text = fs::read_to_string(&seen).expect("a copy");
    fs::remove_file(&seen).expect("a copy");
    let told: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("#|theirs> `"))
        .collect();
    assert_eq!(
        told,
        [
            "#|theirs> `TOKEN` differs on the two sides; there:",
            "#|theirs> `OURS` is only here; there:",
            "#|theirs> `THEIRS` is only there; there:",
        ]
    );
}

#[test]
fn a_key_of_a_file_whose_sides_are_not_to_be_had_is_told_with_the_reason_and_the_next_step() {
    let sandbox = team(&BASE);
    let text = sandbox.read(FILE);
    let id = "0123456789abcdef0123456789abcdef01234567";
    let mark = vault::sealed::Mark::new(id).expect("an id");
    sandbox.write(FILE, mark.put(text.as_bytes()).expect("a place").as_bytes());
    sandbox.vault(["git", "resolve", "--theirs", "TOKEN"]).fails_with(
        2,
        "vault: error: TOKEN cannot be decided, and nothing is written: secrets/dev.yaml (dev): git does not have the other side here: blob 0123456789abcdef0123456789abcdef01234567
vault: hint: where that was done, git log --all --reflog --find-object=0123456789abcdef0123456789abcdef01234567 names the commit that has it; push a branch of that commit, and git fetch here
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
",
    );
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| drop(sandbox.git(["rm", "--quiet", FILE])),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    assert!(!merges(&sandbox));
    sandbox.vault(["git", "resolve", "--theirs", "TOKEN"]).fails_with(
        1,
        "vault: error: TOKEN cannot be decided, and nothing is written: secrets/dev.yaml (dev): the file was removed there, and changed here
vault: hint: to keep it: git checkout --ours -- secrets/dev.yaml && git add secrets/dev.yaml
vault: hint: to remove it: git rm --cached --quiet -- secrets/dev.yaml; vault env remove dev ends the environment
",
    );
}

#[test]
fn a_mark_whose_other_side_is_gone_is_told() {
    let sandbox = team(&BASE);
    let text = sandbox.read(FILE);
    let id = "0123456789abcdef0123456789abcdef01234567";
    let mark = vault::sealed::Mark::new(id).expect("an id");
    sandbox.write(FILE, mark.put(text.as_bytes()).expect("a place").as_bytes());
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml (dev): git does not have the other side here: blob 0123456789abcdef0123456789abcdef01234567
vault: hint: where that was done, git log --all --reflog --find-object=0123456789abcdef0123456789abcdef01234567 names the commit that has it; push a branch of that commit, and git fetch here
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
",
    );
}
