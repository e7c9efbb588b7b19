//! The ways in which git commits: each has an index of its own, or none.

use std::fs;

use super::{SKIP, TOKEN, UNSTAGE, commits, hooked, refuses, stage};
use crate::sandbox::Sandbox;

fn found(at: &str) -> String {
    format!("vault: error: {at}: holds the value of API_TOKEN in dev\n{UNSTAGE}{SKIP}")
}

#[test]
fn commits_of_all_and_of_some_files_are_checked_by_the_index_that_git_makes_for_them() {
    let sandbox = hooked();
    stage(&sandbox, "one", "1");
    stage(&sandbox, "two", "2");
    commits(&sandbox);
    sandbox.write("one", TOKEN);
    let commit = |arguments: &[&str]| {
        let arguments = ["commit", "--quiet", "--message", "x"]
            .iter()
            .chain(arguments);
        sandbox.git_run(arguments)
    };
    commit(&["--all"]).fails_with(1, &found("one:1:1"));
    commit(&["one"]).fails_with(1, &found("one:1:1"));
    sandbox.write("two", "3");
    commit(&["two"]).succeeds().says("");
    commit(&["--include", "one"]).fails_with(1, &found("one:1:1"));
    commit(&["--amend", "one"]).fails_with(1, &found("one:1:1"));
    commit(&["--amend", "--only"]).succeeds().says("");
}

#[test]
fn the_first_commit_is_checked_as_a_whole_and_an_empty_one_costs_nothing() {
    let sandbox = crate::team::alone();
    sandbox.secret(TOKEN);
    sandbox
        .vault(["set", "dev", "API_TOKEN"])
        .stdin(TOKEN)
        .succeeds();
    sandbox.vault(["git", "install", "--hook"]).succeeds();
    let empty = ["commit", "--quiet", "--allow-empty", "--message", "x"];
    sandbox.git_run(empty).succeeds().says("");
    sandbox.git(["update-ref", "-d", "HEAD"]);
    sandbox.git(["add", "--all"]);
    stage(&sandbox, "file", TOKEN);
    sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .fails_with(1, &found("file:1:1"));
    sandbox.git(["rm", "--quiet", "--cached", "file"]);
    sandbox
        .git_run(["commit", "--quiet", "--message", "x"])
        .succeeds()
        .says("");
}

#[test]
fn a_merge_is_checked_for_everything_that_it_brings() {
    let sandbox = hooked();
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    stage(&sandbox, "theirs", TOKEN);
    stage(&sandbox, "both", "theirs");
    sandbox.git(["commit", "--quiet", "--no-verify", "--message", "side"]);
    sandbox.git(["checkout", "--quiet", "main"]);
    stage(&sandbox, "both", "ours");
    commits(&sandbox);
    sandbox.git_run(["merge", "--quiet", "side"]).fails(1);
    stage(&sandbox, "both", "merged");
    refuses(&sandbox, &found("theirs:1:1"));
    sandbox.git(["rm", "--quiet", "--force", "theirs"]);
    commits(&sandbox);
    assert_eq!(
        sandbox.git(["rev-list", "--count", "--merges", "HEAD"]),
        "1\n"
    );
}

#[test]
fn what_git_could_not_merge_is_told_by_hand_too() {
    let sandbox = hooked();
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    sandbox.vault(["set", "dev", "LEVEL=info"]).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "side"]);
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["set", "dev", "LEVEL=trace"]).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "main"]);
    sandbox
        .git_run(["-c", "merge.vault.driver=false", "merge", "--quiet", "side"])
        .fails(1);
    let out = sandbox.vault(["git", "pre-commit", "--keyless"]).fails(3);
    assert!(
        out.stderr()
            .contains("vault: error: secrets/dev.yaml: git could not merge dev\n"),
        "{}",
        out.stderr()
    );
}

#[test]
fn r68_a_mark_that_a_merge_has_left_is_refused_although_it_is_staged() {
    let sandbox = hooked();
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    sandbox.vault(["set", "dev", "LEVEL=info"]).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "side"]);
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["set", "dev", "LEVEL=trace"]).succeeds();
    sandbox.git(["commit", "--quiet", "--all", "--message", "main"]);
    sandbox.git_run(["merge", "--quiet", "side"]).fails(1);
    assert!(sandbox.read("secrets/dev.yaml").contains("unmerged"));
    sandbox.git(["add", "secrets/dev.yaml"]);
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(
        out.stderr().contains("vault: error: secrets/dev.yaml: "),
        "{}",
        out.stderr()
    );
    assert!(
        out.stderr().contains("vault git resolve"),
        "{}",
        out.stderr()
    );
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox.git_run(commit).fails(1);
}

#[test]
fn linked_work_trees_and_folders_below_have_the_same_hook() {
    let sandbox = hooked();
    let linked = sandbox.path("linked");
    sandbox.git(["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    sandbox.write(linked.join("deep/file"), TOKEN);
    let git = |arguments: &[&str]| sandbox.git_run(arguments).within(linked.join("deep"));
    git(&["add", "file"]).succeeds();
    let commit = ["commit", "--quiet", "--message", "x"];
    git(&commit).fails_with(1, &found("deep/file:1:1"));
    sandbox
        .vault(["git", "pre-commit"])
        .within(linked.join("deep"))
        .fails_with(1, &found("deep/file:1:1"));
    sandbox.write(linked.join("deep/file"), "harmless");
    git(&["add", "file"]).succeeds();
    git(&commit).succeeds().says("");
}

#[test]
fn submodules_links_deleted_and_announced_files_are_no_hindrance() {
    let sandbox = hooked();
    let other = Sandbox::with_git();
    other.write("file", "x");
    other.commit("x");
    let url = other.work("").display().to_string();
    sandbox.git([
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &url,
        "sub",
    ]);
    std::os::unix::fs::symlink("nowhere", sandbox.work("link")).unwrap();
    sandbox.git(["add", "link"]);
    sandbox.write("announced", TOKEN);
    sandbox.git(["add", "--intent-to-add", "announced"]);
    commits(&sandbox);
    sandbox.git(["rm", "--quiet", "--cached", "sub", "link"]);
    commits(&sandbox);
    std::os::unix::fs::symlink(TOKEN, sandbox.work("secret link")).unwrap();
    sandbox.git(["add", "secret link"]);
    refuses(&sandbox, &found("secret link:1:1"));
}

#[test]
fn names_that_are_no_text_are_shown_as_far_as_they_are() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let sandbox = hooked();
    let name = OsStr::from_bytes(b"caf\xe9 'quoted' \"twice\"");
    sandbox.write(sandbox.work(name), TOKEN);
    sandbox.git(["add", "--all"]);
    refuses(&sandbox, &found("caf\u{fffd} 'quoted' \"twice\":1:1"));
}

#[test]
fn large_files_are_searched_in_pieces_and_what_git_lfs_keeps_is_said() {
    let sandbox = hooked();
    let mut large = vec![b'\n'; 9 << 20];
    let end = large.len() - 100;
    large[end..end + TOKEN.len()].copy_from_slice(TOKEN.as_bytes());
    stage(&sandbox, "large.bin", &large);
    let out = sandbox.vault(["git", "pre-commit"]).fails(1);
    assert_eq!(out.stderr(), found(&format!("large.bin:{}:1", end + 1)));
    sandbox.git(["rm", "--quiet", "--cached", "large.bin"]);
    stage(
        &sandbox,
        "film.mp4",
        format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n",
            "a".repeat(64)
        ),
    );
    let commit = ["commit", "--quiet", "--message", "x"];
    sandbox
        .git_run(commit)
        .succeeds()
        .says("vault: kept by Git LFS, and not searched: film.mp4\n");
}

#[test]
fn a_vault_in_a_folder_is_found_from_the_top_of_the_work_tree() {
    let sandbox = Sandbox::with_git();
    crate::team::log_in(&sandbox, "alice");
    sandbox.secret(TOKEN);
    sandbox.write(
        "deep/er/.vault.yaml",
        crate::team::config(
            &[("alice", crate::team::ALICE)],
            "    dev: { recipients: [alice] }\n",
        ),
    );
    let vault = |line: &[&str]| sandbox.vault(line).within("deep/er");
    vault(&["set", "dev", "API_TOKEN"]).stdin(TOKEN).succeeds();
    sandbox.commit("start");
    vault(&["git", "install", "--hook"]).succeeds();
    stage(&sandbox, "file", TOKEN);
    refuses(&sandbox, &found("file:1:1"));
    let broken = sandbox
        .read("deep/er/secrets/dev.yaml")
        .replacen("API_TOKEN", "API", 1);
    stage(&sandbox, "file", "x");
    stage(&sandbox, "deep/er/secrets/dev.yaml", broken);
    let out = sandbox.vault(["git", "pre-commit"]).fails(3);
    assert!(
        out.stderr()
            .contains("vault: error: deep/er/secrets/dev.yaml: "),
        "{}",
        out.stderr()
    );
}

#[test]
fn outside_of_git_there_is_nothing_to_check() {
    let sandbox = Sandbox::new();
    sandbox
        .vault(["git", "pre-commit"])
        .fails_with(2, "vault: error: there is no git repository here\n");
}

#[test]
fn of_very_many_findings_some_are_told() {
    let sandbox = hooked();
    for at in 0..60 {
        sandbox.write(format!("many/{at:02}"), TOKEN);
    }
    sandbox.git(["add", "many"]);
    let out = sandbox.vault(["git", "pre-commit"]).fails(1);
    assert!(out.stderr().contains("vault: error: many/49:1:1: "));
    assert!(out.stderr().contains("vault: error: and 10 more\n"));
    assert!(!out.stderr().contains("many/50"));
}

#[test]
fn a_sparse_checkout_is_checked_and_an_index_that_cannot_be_read_stops_the_commit() {
    let sandbox = hooked();
    stage(&sandbox, "here/one", "1");
    stage(&sandbox, "there/two", "2");
    commits(&sandbox);
    sandbox.git(["sparse-checkout", "set", "here"]);
    stage(&sandbox, "here/new", TOKEN);
    refuses(&sandbox, &found("here/new:1:1"));
    let hint = "vault: hint: git update-index --no-split-index, or git sparse-checkout reapply --no-sparse-index, makes an index that vault reads\n";
    for (arguments, extension) in [
        (["sparse-checkout", "reapply", "--sparse-index"], "sdir"),
        (["update-index", "--split-index", "--"], "link"),
    ] {
        sandbox.git(arguments);
        let said =
            format!("vault: error: git: unsupported mandatory extension: '{extension}'\n{hint}");
        sandbox.vault(["git", "pre-commit"]).fails_with(2, &said);
        refuses(&sandbox, &said);
        // So do the others that need the index.
        for line in [
            &["render", "dev", "-o", ".env"][..],
            &["diff", "--staged"],
            &["git", "resolve"],
        ] {
            let out = sandbox.vault(line).fails(2);
            assert!(out.stderr().ends_with(&said), "{}", out.stderr());
        }
        sandbox.git(["update-index", "--no-split-index"]);
        sandbox.git(["sparse-checkout", "reapply", "--no-sparse-index"]);
        refuses(&sandbox, &found("here/new:1:1"));
    }
}

#[test]
fn an_index_that_is_cut_off_stops_the_commit_and_the_hint_makes_it_anew() {
    let sandbox = hooked();
    stage(&sandbox, "one", "1");
    commits(&sandbox);
    let index = sandbox.work(".git/index");
    let whole = fs::read(&index).unwrap();
    for (length, reason) in [
        (
            0,
            "failed to read index: '[..]/.git/index' no longer exists",
        ),
        (100, "invalid data in index - invalid entry"),
    ] {
        fs::write(&index, &whole[..length]).unwrap();
        sandbox.vault(["git", "pre-commit"]).fails_with(2, &format!(
            "vault: error: git: {reason}
vault: hint: rm \"$(git rev-parse --git-path index)\" && git reset makes git's index anew: no file changes, and nothing is staged any more
"
        ));
        sandbox
            .program(
                "sh",
                [
                    "-c",
                    "rm \"$(git rev-parse --git-path index)\" && git reset",
                ],
            )
            .succeeds();
        sandbox.vault(["git", "pre-commit"]).succeeds();
        assert_eq!(sandbox.git(["status", "--short", "--untracked=no"]), "");
    }
}
