//! Merges whose sides began with several versions: two branches that were merged in both directions before. Git brings those together first,
//! and what was taken out, or changed back, since then stays so.

use super::world::{BASE, git, holds, is_tidy, merges, set_as, team, two_sides};
use crate::{
    sandbox::Sandbox,
    team::{self, BOB, CAROL, alone, get},
    vaults::set,
};

/// Two branches with a change each, merged in both directions; the checkout is `theirs`.
fn crosswise(sandbox: &Sandbox, theirs: impl FnOnce(&Sandbox), ours: impl FnOnce(&Sandbox)) {
    two_sides(sandbox, theirs, ours);
    sandbox.git(["tag", "before"]);
    assert!(merges(sandbox));
    sandbox.git(["checkout", "--quiet", "theirs"]);
    assert_eq!(git(sandbox, &["merge", "--no-edit", "before"]).code(), 0);
}

/// Goes on on main, and merges `theirs` into it.
fn merges_again(sandbox: &Sandbox) -> bool {
    sandbox.commit("more");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.write("unrelated", "1");
    sandbox.commit("unrelated");
    let all = git(sandbox, &["merge-base", "--all", "main", "theirs"]);
    assert_eq!(all.stdout().lines().count(), 2, "several to begin with");
    merges(sandbox)
}

#[test]
fn a_key_that_was_taken_out_after_a_merge_in_both_directions_stays_out() {
    let sandbox = team(&BASE);
    crosswise(
        &sandbox,
        |sandbox| set(sandbox, "dev", "THEIRS", "their-value"),
        |sandbox| set(sandbox, "dev", "OURS", "our-value"),
    );
    for key in ["THEIRS", "OURS"] {
        sandbox.vault(["unset", "dev", key]).succeeds();
    }
    assert!(merges_again(&sandbox));
    holds(&sandbox, &BASE);
    for key in ["THEIRS", "OURS"] {
        sandbox.vault(["get", "dev", key]).fails(2);
    }
}

#[test]
fn a_value_that_was_changed_back_after_a_merge_in_both_directions_stays_changed() {
    let sandbox = team(&BASE);
    crosswise(
        &sandbox,
        |sandbox| set(sandbox, "dev", "TOKEN", "their-token-2"),
        |sandbox| set(sandbox, "dev", "DATABASE", "our-database"),
    );
    set(&sandbox, "dev", "TOKEN", "base-token-1");
    set(&sandbox, "dev", "DATABASE", "their-database");
    assert!(merges_again(&sandbox));
    holds(
        &sandbox,
        &[("TOKEN", "base-token-1"), ("DATABASE", "their-database")],
    );
}

#[test]
fn versions_that_contradict_each_other_are_no_base_and_a_person_decides() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set_as(sandbox, "bob", "TOKEN", "their-token-2"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    sandbox.git(["tag", "before"]);
    // Each takes their own side.
    for (from, side) in [("theirs", "--ours"), ("before", "--ours")] {
        assert_eq!(git(&sandbox, &["merge", "--no-edit", from]).code(), 1);
        sandbox
            .vault(["git", "resolve", side, "TOKEN", "--yes"])
            .succeeds();
        sandbox.commit("decided");
        sandbox.git(["checkout", "--quiet", "theirs"]);
    }
    sandbox.write("more", "1");
    assert!(!merges_again(&sandbox));
    let listed = sandbox.vault(["git", "resolve", "--list"]).fails(1);
    assert!(listed.stdout().contains("TOKEN"), "{}", listed.stdout());
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN", "--yes"])
        .succeeds();
    sandbox.commit("decided again");
    holds(&sandbox, &[("TOKEN", "their-token-2"), BASE[1]]);
    is_tidy(&sandbox);
}

/// Somebody is let in on each of two branches, which are merged in both directions; one of them is taken out on `theirs`.
fn taken_out_again(sandbox: &Sandbox) {
    let add = |name: &'static str, line: &'static str| {
        move |sandbox: &Sandbox| {
            let line = ["recipients", "add", name, line, "--env", "dev", "--yes"];
            sandbox.vault(line).succeeds();
        }
    };
    two_sides(sandbox, add("carol", CAROL), add("bob", BOB));
    sandbox.git(["tag", "before"]);
    for from in ["theirs", "before"] {
        let merged = git(sandbox, &["merge", "--no-edit", from]);
        if merged.code() != 0 {
            sandbox.vault(["git", "resolve", "--yes"]).succeeds();
        }
        sandbox.commit("both");
        sandbox.git(["checkout", "--quiet", "theirs"]);
    }
    let line = ["recipients", "remove", "carol", "--yes"];
    sandbox.vault(line).succeeds();
    if !merges_again(sandbox) {
        sandbox.vault(["git", "resolve", "--yes"]).succeeds();
        sandbox.commit("merged");
    }
}

fn nobody_but_bob_came_in(sandbox: &Sandbox) {
    let config = sandbox.read(".vault.yaml");
    let (people, former) = config.split_once("former").expect("somebody has left");
    assert!(!people.contains("carol"), "{config}");
    assert!(former.contains("carol"), "{config}");
    sandbox.vault(["check"]).succeeds();
    set(sandbox, "dev", "A", "written-afterwards");
    team::log_in(sandbox, "bob");
    assert_eq!(get(sandbox, "dev", "A"), "written-afterwards");
    team::log_in(sandbox, "carol");
    sandbox.vault(["get", "dev", "A"]).fails(2);
}

#[test]
fn whoever_was_taken_out_after_a_merge_in_both_directions_stays_out() {
    let sandbox = alone();
    sandbox.vault(["git", "install"]).succeeds();
    sandbox.commit("vault");
    taken_out_again(&sandbox);
    nobody_but_bob_came_in(&sandbox);
}

#[test]
fn whoever_was_taken_out_stays_out_where_nothing_is_signed() {
    let sandbox = alone();
    sandbox.vault(["git", "install"]).succeeds();
    let config = sandbox.read(".vault.yaml");
    let unsigned = config.replace(
        "recipients: [alice]",
        "recipients: [alice]\n        signed: false",
    );
    sandbox.write(".vault.yaml", unsigned);
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("vault");
    taken_out_again(&sandbox);
    nobody_but_bob_came_in(&sandbox);
}
