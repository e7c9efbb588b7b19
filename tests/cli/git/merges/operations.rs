//! What git does besides a plain merge.

use std::fs;

use super::{
    DEV, case, conflicts, git, holds, is_unmerged, merges, nothing_in_clear, of_values, set, unset,
    world,
};
use crate::sandbox::Sandbox;

/// One value of each side.
fn apart() -> Sandbox {
    of_values(
        &[("TOKEN", "their-value-1")],
        &[("DATABASE", "our-value-1")],
    )
}

const BOTH: [(&str, &str); 2] = [("TOKEN", "their-value-1"), ("DATABASE", "our-value-1")];

/// The same value of both sides.
fn against() -> Sandbox {
    of_values(&[("TOKEN", "their-value-1")], &[("TOKEN", "our-value-1")])
}

fn passes(sandbox: &Sandbox, line: &[&str]) {
    let output = git(sandbox, line);
    assert_eq!(output.code(), 0, "{}", output.stderr());
}

#[test]
fn a_rebase_puts_our_values_on_theirs() {
    let sandbox = apart();
    passes(&sandbox, &["rebase", "theirs"]);
    holds(&sandbox, &BOTH);
    assert_eq!(sandbox.git(["rev-list", "--count", "HEAD"]), "3\n");
}

#[test]
fn a_rebase_of_several_commits_goes_one_by_one() {
    let sandbox = apart();
    for (key, value) in [
        ("A", "our-value-2"),
        ("B", "our-value-2"),
        ("A", "our-value-1"),
    ] {
        set(&sandbox, key, value);
        sandbox.commit(key);
    }
    passes(&sandbox, &["rebase", "theirs"]);
    holds(
        &sandbox,
        &[("A", "our-value-1"), ("B", "our-value-2"), BOTH[0], BOTH[1]],
    );
}

#[test]
fn a_rebase_stops_at_a_conflict_and_abort_brings_all_back() {
    let sandbox = against();
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["rebase", "theirs"]);
    // In a rebase our side is what we are put on.
    let theirs = sandbox.git(["show", &format!("theirs:{DEV}")]);
    is_unmerged(
        &sandbox,
        &output,
        &theirs,
        "vault:   `TOKEN` was changed on both sides to different values\n",
    );
    passes(&sandbox, &["rebase", "--abort"]);
    assert_eq!(sandbox.read(DEV), ours);
    holds(&sandbox, &[("TOKEN", "our-value-1")]);
}

#[test]
fn a_commit_that_is_picked_brings_its_values_only() {
    let sandbox = apart();
    sandbox.git(["checkout", "--quiet", "theirs"]);
    set(&sandbox, "PICKED", "their-value-2");
    sandbox.commit("picked");
    sandbox.git(["checkout", "--quiet", "main"]);
    passes(&sandbox, &["cherry-pick", "theirs"]);
    holds(
        &sandbox,
        &[
            ("PICKED", "their-value-2"),
            ("TOKEN", "base-token-1"),
            ("DATABASE", "our-value-1"),
        ],
    );
}

#[test]
fn a_commit_that_is_picked_and_contradicts_stops() {
    let sandbox = against();
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["cherry-pick", "theirs"]);
    is_unmerged(
        &sandbox,
        &output,
        &ours,
        "vault:   `TOKEN` was changed on both sides to different values\n",
    );
    passes(&sandbox, &["cherry-pick", "--abort"]);
    assert_eq!(sandbox.read(DEV), ours);
}

#[test]
fn a_revert_takes_back_its_values_only() {
    let sandbox = case();
    set(&sandbox, "TOKEN", "our-value-1");
    unset(&sandbox, "LAST");
    sandbox.commit("wrong");
    set(&sandbox, "DATABASE", "our-value-2");
    sandbox.commit("right");
    passes(&sandbox, &["revert", "--no-edit", "HEAD~1"]);
    holds(
        &sandbox,
        &[
            ("TOKEN", "base-token-1"),
            ("LAST", "base-last-1"),
            ("DATABASE", "our-value-2"),
        ],
    );
}

#[test]
fn a_revert_of_what_was_changed_since_stops() {
    let sandbox = case();
    set(&sandbox, "TOKEN", "our-value-1");
    sandbox.commit("wrong");
    set(&sandbox, "TOKEN", "our-value-2");
    sandbox.commit("right");
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["revert", "--no-edit", "HEAD~1"]);
    is_unmerged(
        &sandbox,
        &output,
        &ours,
        "vault:   `TOKEN` was changed on both sides to different values\n",
    );
}

#[test]
fn a_revert_of_a_merge_takes_back_what_came_in() {
    let sandbox = apart();
    merges(&sandbox, &BOTH);
    set(&sandbox, "LATER", "our-value-2");
    sandbox.commit("later");
    passes(
        &sandbox,
        &["revert", "--no-edit", "--mainline", "1", "HEAD~1"],
    );
    holds(
        &sandbox,
        &[
            ("TOKEN", "base-token-1"),
            ("DATABASE", "our-value-1"),
            ("LATER", "our-value-2"),
        ],
    );
}

#[test]
fn a_squash_brings_all_values_in_one_commit() {
    let sandbox = apart();
    sandbox.git(["checkout", "--quiet", "theirs"]);
    set(&sandbox, "MORE", "their-value-2");
    sandbox.commit("more");
    sandbox.git(["checkout", "--quiet", "main"]);
    passes(&sandbox, &["merge", "--squash", "theirs"]);
    sandbox.commit("squashed");
    holds(&sandbox, &[("MORE", "their-value-2"), BOTH[0], BOTH[1]]);
}

#[test]
fn what_was_stashed_comes_back_on_what_was_written_since() {
    let sandbox = case();
    set(&sandbox, "TOKEN", "our-value-1");
    passes(&sandbox, &["stash"]);
    set(&sandbox, "DATABASE", "our-value-2");
    sandbox.commit("since");
    passes(&sandbox, &["stash", "pop"]);
    sandbox.commit("popped");
    holds(
        &sandbox,
        &[("TOKEN", "our-value-1"), ("DATABASE", "our-value-2")],
    );
}

#[test]
fn what_was_stashed_and_contradicts_is_marked_and_stays_in_the_stash() {
    let sandbox = case();
    set(&sandbox, "TOKEN", "our-value-1");
    passes(&sandbox, &["stash"]);
    set(&sandbox, "TOKEN", "our-value-2");
    sandbox.commit("since");
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["stash", "pop"]);
    is_unmerged(
        &sandbox,
        &output,
        &ours,
        "vault:   `TOKEN` was changed on both sides to different values\n",
    );
    assert!(sandbox.git(["stash", "list"]).starts_with("stash@{0}"));
}

#[test]
fn three_branches_at_once_are_refused_by_git_and_nothing_is_changed() {
    let sandbox = apart();
    world::on_branch(&sandbox, "third", |sandbox| {
        set(sandbox, "LAST", "their-value-2")
    });
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["merge", "--no-edit", "theirs", "third"]);
    assert!(output.code() > 0, "{}", output.stdout());
    sandbox.git(["reset", "--quiet", "--hard"]);
    assert_eq!(sandbox.read(DEV), ours);
    // One after the other they are merged.
    merges(&sandbox, &BOTH);
    passes(&sandbox, &["merge", "--no-edit", "third"]);
    holds(&sandbox, &[("LAST", "their-value-2")]);
}

#[test]
fn two_branches_that_were_merged_into_each_other_are_merged_again() {
    let sandbox = apart();
    sandbox.git(["tag", "ours"]);
    sandbox.git(["tag", "early", "theirs"]);
    passes(&sandbox, &["merge", "--no-edit", "early"]);
    set(&sandbox, "A", "our-value-2");
    sandbox.commit("a");
    sandbox.git(["checkout", "--quiet", "theirs"]);
    passes(&sandbox, &["merge", "--no-edit", "ours"]);
    set(&sandbox, "B", "their-value-2");
    sandbox.commit("b");
    sandbox.git(["checkout", "--quiet", "main"]);
    assert_eq!(
        sandbox
            .git(["merge-base", "--all", "main", "theirs"])
            .lines()
            .count(),
        2
    );
    merges(
        &sandbox,
        &[
            ("A", "our-value-2"),
            ("B", "their-value-2"),
            BOTH[0],
            BOTH[1],
        ],
    );
}

#[test]
fn two_repositories_that_began_apart_are_not_made_one() {
    let sandbox = case();
    sandbox.git(["checkout", "--quiet", "--orphan", "theirs"]);
    set(&sandbox, "TOKEN", "their-value-1");
    sandbox.commit("another beginning");
    sandbox.git(["checkout", "--quiet", "main"]);
    set(&sandbox, "TOKEN", "our-value-1");
    sandbox.commit("ours");
    let ours = sandbox.read(DEV);
    assert_eq!(git(&sandbox, &["merge", "theirs"]).code(), 128);
    let output = git(
        &sandbox,
        &["merge", "--allow-unrelated-histories", "theirs"],
    );
    is_unmerged(
        &sandbox,
        &output,
        &ours,
        "vault:   `TOKEN` was added on both sides with different values\n",
    );
}

#[test]
fn a_driver_that_is_gone_leaves_our_file_and_git_says_so() {
    let sandbox = apart();
    let ours = sandbox.read(DEV);
    sandbox.git([
        "config",
        "merge.vault.driver",
        "'/nowhere/vault' git merge %O %A %B %P",
    ]);
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert!(output.code() > 0);
    assert_eq!(sandbox.read(DEV), ours);
    // The next command that writes finds the program again.
    let _ = git(&sandbox, &["merge", "--abort"]);
    sandbox.git(["reset", "--quiet", "--hard"]);
    sandbox.vault(["git", "install"]).succeeds();
    merges(&sandbox, &BOTH);
}

#[test]
fn a_driver_that_is_killed_leaves_our_file() {
    let sandbox = apart();
    let ours = sandbox.read(DEV);
    sandbox.git([
        "config",
        "merge.vault.driver",
        "kill -9 $$; true %O %A %B %P",
    ]);
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert!(output.code() > 0);
    assert_eq!(sandbox.read(DEV), ours);
    let _ = git(&sandbox, &["merge", "--abort"]);
    sandbox.git(["reset", "--quiet", "--hard"]);
    sandbox.vault(["git", "install", "--force"]).succeeds();
    merges(&sandbox, &BOTH);
}

#[test]
fn in_another_work_tree_the_same_drivers_merge() {
    let sandbox = apart();
    let tree = sandbox.path("tree").display().to_string();
    sandbox.git(["worktree", "add", "--quiet", "-b", "there", &tree]);
    passes(&sandbox, &["-C", &tree, "merge", "--no-edit", "theirs"]);
    for (key, value) in BOTH {
        let get = sandbox
            .vault(["get", "dev", key])
            .within(&tree)
            .prints_secrets();
        assert_eq!(get.succeeds().stdout(), value);
    }
}

#[test]
fn line_ends_of_another_system_change_no_byte_of_a_secret_file() {
    let sandbox = apart();
    sandbox.git(["config", "core.autocrlf", "true"]);
    sandbox.git(["config", "core.eol", "crlf"]);
    sandbox.git(["rm", "--quiet", "--cached", "-r", "."]);
    sandbox.git(["reset", "--quiet", "--hard"]);
    merges(&sandbox, &BOTH);
    assert!(!sandbox.read(DEV).contains('\r') && !sandbox.read(".vault.yaml").contains('\r'));
}

#[test]
fn what_is_added_in_a_hurry_is_not_taken_for_merged() {
    let sandbox = against();
    conflicts(&sandbox, "`TOKEN`");
    sandbox.git(["add", "--all"]);
    sandbox.vault(["check"]).fails(3);
    sandbox.vault(["render", "dev"]).fails(3);
    sandbox.git(["commit", "--quiet", "--message", "in a hurry"]);
    sandbox.vault(["check", "--keyless"]).fails(3);
    nothing_in_clear(&sandbox);
}

#[test]
fn what_is_committed_in_a_hurry_goes_no_further_by_a_merge() {
    let sandbox = against();
    conflicts(&sandbox, "`TOKEN`");
    sandbox.git(["commit", "--quiet", "--all", "--message", "in a hurry"]);
    sandbox.git(["checkout", "--quiet", "-b", "later", "theirs"]);
    set(&sandbox, "LATER", "their-value-2");
    sandbox.commit("later");
    let output = git(&sandbox, &["merge", "--no-edit", "main"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    sandbox.vault(["get", "dev", "LATER"]).fails(3);
}

#[test]
fn a_merge_that_is_given_up_leaves_everything_as_it_was() {
    let sandbox = against();
    let ours = sandbox.read(DEV);
    conflicts(&sandbox, "`TOKEN`");
    sandbox.git(["merge", "--abort"]);
    assert_eq!(sandbox.read(DEV), ours);
    holds(&sandbox, &[("TOKEN", "our-value-1")]);
}

#[test]
fn one_side_as_a_whole_can_be_taken_with_git() {
    let sandbox = against();
    conflicts(&sandbox, "`TOKEN`");
    sandbox.git(["checkout", "--quiet", "--theirs", DEV]);
    sandbox.commit("theirs");
    holds(&sandbox, &[("TOKEN", "their-value-1")]);
}

#[test]
fn git_s_own_wish_to_favour_a_side_changes_nothing_about_a_conflict() {
    let sandbox = against();
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["merge", "--no-edit", "-X", "theirs", "theirs"]);
    is_unmerged(&sandbox, &output, &ours, "`TOKEN`");
}

#[test]
fn other_styles_of_conflicts_put_no_marker_into_a_secret_file() {
    for style in ["diff3", "zdiff3"] {
        let sandbox = against();
        sandbox.git(["config", "merge.conflictStyle", style]);
        conflicts(&sandbox, "`TOKEN`");
    }
}

#[test]
fn a_pull_merges_and_so_does_a_pull_that_rebases() {
    for rebase in ["--no-rebase", "--rebase"] {
        let sandbox = apart();
        passes(
            &sandbox,
            &["pull", "--quiet", "--no-edit", rebase, ".", "theirs"],
        );
        holds(&sandbox, &BOTH);
    }
}

#[test]
fn a_merge_that_is_not_committed_can_be_checked_before() {
    let sandbox = apart();
    passes(&sandbox, &["merge", "--no-commit", "theirs"]);
    sandbox.vault(["check"]).succeeds();
    sandbox.commit("checked");
    holds(&sandbox, &BOTH);
}

#[test]
fn a_file_that_is_not_committed_is_not_overwritten_by_a_merge() {
    let sandbox = apart();
    set(&sandbox, "HERE", "our-value-2");
    let ours = sandbox.read(DEV);
    assert!(git(&sandbox, &["merge", "--no-edit", "theirs"]).code() > 0);
    assert_eq!(sandbox.read(DEV), ours);
    passes(&sandbox, &["stash"]);
    merges(&sandbox, &BOTH);
    passes(&sandbox, &["stash", "pop"]);
    sandbox.commit("popped");
    holds(&sandbox, &[("HERE", "our-value-2"), BOTH[0], BOTH[1]]);
}

#[test]
fn in_a_clone_where_nobody_installed_anything_the_first_write_makes_merges_go_by_key() {
    let sandbox = apart();
    let clone = sandbox.path("clone").display().to_string();
    sandbox.git(["clone", "--quiet", ".", &clone]);
    let run = sandbox
        .vault(["set", "dev", "CLONED", "our-value-2"])
        .within(&clone);
    run.succeeds();
    sandbox.git([
        "-C",
        &clone,
        "commit",
        "--quiet",
        "--all",
        "--message",
        "cloned",
    ]);
    passes(
        &sandbox,
        &["-C", &clone, "merge", "--no-edit", "origin/theirs"],
    );
    for (key, value) in [BOTH[0], BOTH[1], ("CLONED", "our-value-2")] {
        let get = sandbox
            .vault(["get", "dev", key])
            .within(&clone)
            .prints_secrets();
        assert_eq!(get.succeeds().stdout(), value);
    }
    fs::remove_dir_all(clone).unwrap();
}
