//! What was committed before it was merged: the way out, in the clone where it was done and in any other.

use super::world::{
    BASE, FILE, contradiction, git, holds, is_tidy, merges, on_branch, team, unmerged_by_vault,
};
use crate::{
    sandbox::{Run, Sandbox},
    team::{forget_everything, get, reconfigure},
    vaults::set,
};

/// Commits what is there, and goes on with what git has begun.
fn in_a_hurry(sandbox: &Sandbox, line: &[&str]) {
    sandbox.git(["add", "--all"]);
    let output = git(sandbox, line);
    assert_eq!(output.code(), 0, "{}", output.stderr());
}

/// Another machine's clone of one branch, in which nothing was ever done.
fn fresh_clone(sandbox: &Sandbox, branch: &str) {
    let (from, to) = (sandbox.work(""), sandbox.path("clone"));
    let from = format!("file://{}", from.display());
    let to = to.display().to_string();
    let line = ["clone", "--quiet", "--single-branch", "--branch", branch];
    sandbox.git(line.into_iter().chain([from.as_str(), to.as_str()]));
}

fn in_clone<'s>(sandbox: &'s Sandbox, line: &[&str]) -> Run<'s> {
    sandbox.vault(line).within(sandbox.path("clone"))
}

#[test]
fn a_cherry_pick_and_a_rebase_in_a_hurry_are_finished_where_git_has_the_other_side() {
    for line in [
        &["cherry-pick", "theirs"][..],
        &["rebase", "theirs"],
        &["merge", "--no-edit", "theirs"],
    ] {
        let sandbox = team(&BASE);
        contradiction(&sandbox);
        assert_eq!(git(&sandbox, line).code(), 1);
        match line[0] {
            "merge" => in_a_hurry(&sandbox, &["commit", "--no-edit"]),
            operation => in_a_hurry(&sandbox, &[operation, "--continue"]),
        }
        let (token, database) = match line[0] {
            "rebase" => ("our-token-2", "their-database"),
            _ => ("their-token-2", "base-database"),
        };
        let keys = ["--theirs", "TOKEN", "--ours", "DATABASE"];
        sandbox
            .vault(["git", "resolve"].into_iter().chain(keys))
            .succeeds();
        holds(&sandbox, &[("TOKEN", token), ("DATABASE", database)]);
        sandbox.commit("merged");
        is_tidy(&sandbox);
    }
}

#[test]
fn in_a_clone_without_the_other_side_it_is_told_who_has_it_and_ours_can_be_kept() {
    for operation in ["cherry-pick", "rebase"] {
        let sandbox = team(&BASE);
        contradiction(&sandbox);
        let side = match operation {
            // What is picked is on a branch that nobody pushes.
            "cherry-pick" => "theirs",
            _ => "main",
        };
        let theirs = sandbox.git(["rev-parse", &format!("{side}:{FILE}")]);
        let theirs = theirs.trim_end();
        let upstream = if side == "main" { "theirs" } else { "main" };
        let ours = sandbox.git(["show", &format!("{upstream}:{FILE}")]);
        assert_eq!(git(&sandbox, &[operation, "theirs"]).code(), 1);
        in_a_hurry(&sandbox, &[operation, "--continue"]);
        fresh_clone(&sandbox, "main");
        in_clone(&sandbox, &["git", "resolve"]).fails_with(
            2,
            &format!(
                "vault: error: secrets/dev.yaml (dev): git does not have the other side here: blob {theirs}
vault:   it was committed before it was merged: [..] by Test
vault: hint: where that was done, git log --all --reflog --find-object={theirs} names the commit that has it; push a branch of that commit, and git fetch here
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
"
            ),
        );
        // As the hint says.
        let object = format!("--find-object={theirs}");
        let found = ["log", "--all", "--reflog", &object, "--format=%h"];
        assert!(!sandbox.git(found).is_empty());
        in_clone(&sandbox, &["git", "resolve", "dev", "--keep-ours"])
            .succeeds()
            .says(
                "vault: git of this clone merges and shows secret files by key from now on
vault: secrets/dev.yaml is as our side has it, and staged; what the other side changed is given up
vault: hint: git commit
",
            );
        let clone = sandbox.path("clone");
        assert_eq!(sandbox.read(clone.join(FILE)), ours);
        let status = ["-C", &clone.display().to_string(), "status", "--short"];
        assert_eq!(sandbox.git(status), format!("M  {FILE}\n"));
        in_clone(&sandbox, &["check"]).succeeds();
    }
}

#[test]
fn the_other_side_is_found_in_a_clone_that_has_fetched_it() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert_eq!(git(&sandbox, &["cherry-pick", "theirs"]).code(), 1);
    in_a_hurry(&sandbox, &["cherry-pick", "--continue"]);
    fresh_clone(&sandbox, "main");
    in_clone(&sandbox, &["git", "resolve"]).fails(2);
    let clone = sandbox.path("clone").display().to_string();
    sandbox.git(["-C", &clone, "fetch", "--quiet", "origin", "theirs"]);
    in_clone(
        &sandbox,
        &[
            "git", "resolve", "--theirs", "TOKEN", "--theirs", "DATABASE",
        ],
    )
    .succeeds();
    for (key, value) in [("TOKEN", "their-token-2"), ("DATABASE", "their-database")] {
        let get = in_clone(&sandbox, &["get", "dev", key]).prints_secrets();
        get.succeeds_with(value);
    }
}

#[test]
fn a_shallow_clone_is_told_how_it_gets_the_other_side() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    in_a_hurry(&sandbox, &["commit", "--no-edit"]);
    let (from, to) = (sandbox.work(""), sandbox.path("clone"));
    let from = format!("file://{}", from.display());
    let to = to.display().to_string();
    sandbox.git(["clone", "--quiet", "--depth", "1", &from, &to]);
    let output = in_clone(&sandbox, &["git", "resolve"]).fails(2);
    assert!(
        output.stderr().contains(
            "vault: hint: the clone is shallow: git fetch --unshallow brings older commits\n"
        ),
        "{}",
        output.stderr()
    );
    sandbox.git(["-C", &to, "fetch", "--quiet", "--unshallow"]);
    in_clone(
        &sandbox,
        &[
            "git", "resolve", "--theirs", "TOKEN", "--theirs", "DATABASE",
        ],
    )
    .succeeds();
}

#[test]
fn nothing_is_given_up_that_git_has() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let before = sandbox.read(FILE);
    for _ in 0..2 {
        sandbox.vault(["git", "resolve", "--keep-ours"]).fails_with(
            2,
            "vault: error: both sides of each file are there; --keep-ours is for one whose other side is not to be had, or not accepted
vault: hint: --ours KEY takes our value, key by key; git checkout --ours -- FILE and git add FILE take all of our side, and drop what the other one has changed
",
        );
        assert_eq!(sandbox.read(FILE), before);
        sandbox.git(["add", "--all"]);
    }
}

#[test]
fn our_side_is_not_kept_where_nobody_vouches_for_it() {
    let sandbox = team(&BASE);
    let id = "0123456789abcdef0123456789abcdef01234567";
    let mark = vault::sealed::Mark::new(id).expect("an id");
    let forged = sandbox.read(FILE).replacen("TOKEN: ENC", "OTHER: ENC", 1);
    let forged = mark.put(forged.as_bytes()).expect("a place");
    sandbox.write(FILE, forged.as_bytes());
    let output = sandbox.vault(["git", "resolve", "--keep-ours"]).fails(3);
    assert!(
        output
            .stderr()
            .contains("not signed by anybody who may write"),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read(FILE).as_bytes(), forged.as_bytes());
}

#[test]
fn our_side_is_not_kept_whose_members_are_not_those_that_are_known() {
    let sandbox = team(&BASE);
    let before = (sandbox.read(FILE), sandbox.read(".vault.yaml"));
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    let other = sandbox.read(FILE);
    forget_everything(&sandbox);
    sandbox.write(FILE, before.0);
    sandbox.write(".vault.yaml", before.1);
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    let id = "0123456789abcdef0123456789abcdef01234567";
    let mark = vault::sealed::Mark::new(id).expect("an id");
    let marked = mark.put(other.as_bytes()).expect("a place");
    sandbox.write(FILE, marked.as_bytes());
    sandbox.vault(["git", "resolve", "--keep-ours"]).fails(3);
    assert_eq!(sandbox.read(FILE).as_bytes(), marked.as_bytes());
}

/// Git alone, by lines, and its markers committed.
fn markers(line: &[&str]) -> Sandbox {
    let sandbox = unmerged_by_vault(&BASE);
    contradiction(&sandbox);
    assert_eq!(git(&sandbox, line).code(), 1);
    assert!(sandbox.read(FILE).contains("<<<<<<<"));
    sandbox
}

#[test]
fn git_s_markers_that_were_committed_are_repaired_from_both_parents_or_the_commit_that_came_in() {
    for line in [
        &["merge", "--no-edit", "theirs"][..],
        &["cherry-pick", "theirs"],
        &["rebase", "theirs"],
        &["merge", "--squash", "theirs"],
    ] {
        for is_committed in [true, false] {
            let sandbox = markers(line);
            let theirs = if line[0] == "rebase" {
                "our-token-2"
            } else {
                "their-token-2"
            };
            match (is_committed, line[0]) {
                (false, _) => drop(sandbox.git(["add", "--all"])),
                (true, "merge") => in_a_hurry(&sandbox, &["commit", "--no-edit"]),
                (true, operation) => in_a_hurry(&sandbox, &[operation, "--continue"]),
            }
            if is_committed {
                // Somebody goes on for a while.
                sandbox.write("other", "work\n");
                sandbox.commit("other work");
            }
            sandbox.vault(["git", "resolve", "--list"]).fails(1).prints(
                "secrets/dev.yaml (dev)
    TOKEN: differs on the two sides
    DATABASE: differs on the two sides
",
            );
            let keys = ["--theirs", "TOKEN", "--ours", "DATABASE"];
            sandbox
                .vault(["git", "resolve"].into_iter().chain(keys))
                .succeeds();
            assert_eq!(get(&sandbox, "dev", "TOKEN"), theirs);
            sandbox.commit("merged");
            sandbox.vault(["check"]).succeeds();
        }
    }
}

#[test]
fn of_markers_that_were_committed_git_knows_no_sides_to_take() {
    let sandbox = markers(&["merge", "--quiet", "theirs"]);
    let get = || sandbox.vault(["get", "dev", "TOKEN"]).fails(2);
    let takes = "git checkout --ours";
    assert!(get().stderr().contains(takes));
    in_a_hurry(&sandbox, &["commit", "--no-edit"]);
    let said = get().stderr().to_owned();
    assert!(
        said.contains("vault git resolve") && !said.contains(takes),
        "{said}"
    );
}

#[test]
fn of_committed_markers_whose_other_side_is_not_here_ours_can_be_kept() {
    let sandbox = markers(&["cherry-pick", "theirs"]);
    in_a_hurry(&sandbox, &["cherry-pick", "--continue"]);
    fresh_clone(&sandbox, "main");
    in_clone(&sandbox, &["git", "resolve"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml (dev): git's markers were committed
vault:   it was committed before it was merged: [..] by Test
vault:   git does not have the other side here
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
vault: hint: git log -- secrets/dev.yaml shows the commits that had it, and git checkout COMMIT -- secrets/dev.yaml takes it from one
",
    );
    in_clone(&sandbox, &["git", "resolve", "dev", "--keep-ours"]).succeeds();
    let get = in_clone(&sandbox, &["get", "dev", "TOKEN"]).prints_secrets();
    get.succeeds_with("our-token-2");
}

#[test]
fn markers_of_a_history_that_is_cut_off_are_told() {
    let sandbox = markers(&["merge", "--no-edit", "theirs"]);
    in_a_hurry(&sandbox, &["commit", "--no-edit"]);
    let (from, to) = (sandbox.work(""), sandbox.path("clone"));
    let from = format!("file://{}", from.display());
    let to = to.display().to_string();
    sandbox.git(["clone", "--quiet", "--depth", "1", &from, &to]);
    in_clone(&sandbox, &["git", "resolve"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml (dev): git's markers were committed
vault:   it was committed before it was merged: [..] by Test
vault:   git does not have our side here
vault: hint: git log -- secrets/dev.yaml shows the commits that had it, and git checkout COMMIT -- secrets/dev.yaml takes it from one
vault: hint: the clone is shallow: git fetch --unshallow brings older commits
",
    );
}

#[test]
fn a_second_merge_on_top_of_a_first_that_is_not_finished_changes_nothing() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    in_a_hurry(&sandbox, &["commit", "--no-edit"]);
    on_branch_of(&sandbox, "theirs", "third", |sandbox| {
        set(sandbox, "dev", "THIRD", "third-value-1");
    });
    let marked = sandbox.read(FILE);
    let head = sandbox.git(["rev-parse", "HEAD"]);
    let output = git(&sandbox, &["merge", "--no-edit", "third"]);
    assert!(
        output.stderr().contains(
            "vault: error: secrets/dev.yaml waits for an earlier merge to be finished
vault: hint: vault git resolve, then git commit, then this merge again
"
        ),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read(FILE), marked);
    assert_eq!(sandbox.git(["rev-parse", "HEAD"]), head);
    // Before 2.46 git takes a driver that fails for a conflict.
    if git(&sandbox, &["rev-parse", "--verify", "MERGE_HEAD"]).code() == 0 {
        sandbox.vault(["git", "resolve"]).fails_with(
            2,
            "vault: error: secrets/dev.yaml (dev): the file here was committed before an earlier merge of it was finished, and that one comes first
vault: hint: git merge --abort; then vault git resolve and git commit; then this merge again
",
        );
        sandbox.git(["merge", "--abort"]);
    }
    assert_eq!(sandbox.read(FILE), marked);
    let keys = ["--theirs", "TOKEN", "--theirs", "DATABASE"];
    sandbox
        .vault(["git", "resolve"].into_iter().chain(keys))
        .succeeds();
    sandbox.commit("merged");
    assert_eq!(git(&sandbox, &["merge", "--no-edit", "third"]).code(), 0);
    holds(
        &sandbox,
        &[("TOKEN", "their-token-2"), ("THIRD", "third-value-1")],
    );
}

/// As `on_branch`, but from another one than main.
fn on_branch_of(sandbox: &Sandbox, from: &str, name: &str, work: impl FnOnce(&Sandbox)) {
    sandbox.git(["checkout", "--quiet", from]);
    on_branch(sandbox, name, work);
}

#[test]
fn a_branch_that_was_committed_in_a_hurry_is_finished_there_before_it_comes_in() {
    let sandbox = team(&BASE);
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    in_a_hurry(&sandbox, &["commit", "--no-edit"]);
    on_branch_of(&sandbox, "theirs", "third", |sandbox| {
        set(sandbox, "dev", "THIRD", "third-value-1");
    });
    sandbox.git(["checkout", "--quiet", "third"]);
    let ours = sandbox.read(FILE);
    assert_eq!(git(&sandbox, &["merge", "--no-edit", "main"]).code(), 1);
    let told = "vault: error: secrets/dev.yaml (dev): the file there was committed before an earlier merge of it was finished, and that one comes first\n";
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        &format!(
            "{told}vault: hint: git merge --abort; then, on the branch that comes in, vault git resolve and git commit; then this merge again\n"
        ),
    );
    in_a_hurry(&sandbox, &["commit", "--no-edit"]);
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        &format!(
            "{told}vault: hint: on the branch that it came from: vault git resolve and git commit; then merge that here, after
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
"
        ),
    );
    sandbox.vault(["git", "resolve", "--keep-ours"]).succeeds();
    assert_eq!(sandbox.read(FILE), ours);
    sandbox.commit("kept");
    // What is finished there comes in by another merge.
    sandbox.git(["checkout", "--quiet", "main"]);
    let keys = ["--theirs", "TOKEN", "--theirs", "DATABASE"];
    sandbox
        .vault(["git", "resolve"].into_iter().chain(keys))
        .succeeds();
    sandbox.commit("merged");
    sandbox.git(["checkout", "--quiet", "third"]);
    assert_eq!(git(&sandbox, &["merge", "--no-edit", "main"]).code(), 1);
    sandbox
        .vault(["git", "resolve", "--ours", "THIRD"])
        .succeeds();
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    holds(
        &sandbox,
        &[("TOKEN", "their-token-2"), ("THIRD", "third-value-1")],
    );
}
