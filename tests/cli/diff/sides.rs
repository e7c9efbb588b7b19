//! What is compared with what: revisions, the index, the work tree; and which environment is which.

use super::{DEV, committed, diff, reviewed};
use crate::{
    sandbox::Sandbox,
    team::{alone, reconfigure},
};

const CHANGED: &str = "dev (secrets/dev.yaml), signed by alice\n    ~ A\n";

fn set(sandbox: &Sandbox, value: &str) {
    sandbox.vault(["set", "dev", "A", value]).succeeds();
}

#[test]
fn head_is_compared_with_the_work_tree_and_with_what_is_staged() {
    let sandbox = committed();
    set(&sandbox, "three-three");
    diff(&sandbox, &["--staged"]).succeeds_with("");
    diff(&sandbox, &[]).succeeds_with(CHANGED);
    sandbox.git(["add", "--all"]);
    diff(&sandbox, &["--staged"]).succeeds_with(CHANGED);
    diff(&sandbox, &["--cached", "HEAD", "dev"]).succeeds_with(CHANGED);
    sandbox.commit("second");
    diff(&sandbox, &[]).succeeds_with("");
    diff(&sandbox, &["HEAD~"]).succeeds_with(CHANGED);
    diff(&sandbox, &["HEAD~", "--staged"]).succeeds_with(CHANGED);
    diff(&sandbox, &["HEAD~..", "dev"]).succeeds_with(CHANGED);
    diff(&sandbox, &["..HEAD~"]).succeeds_with(CHANGED);
}

#[test]
fn three_dots_tell_what_a_branch_did_since_it_left() {
    let sandbox = committed();
    sandbox.git(["checkout", "--quiet", "-b", "topic"]);
    set(&sandbox, "three-three");
    sandbox.commit("topic");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.vault(["set", "dev", "M", "of-main"]).succeeds();
    sandbox.commit("main goes on");
    reviewed(&sandbox, &["main...topic"]).succeeds_with(CHANGED);
    reviewed(&sandbox, &["main..topic"])
        .succeeds_with("dev (secrets/dev.yaml), signed by alice\n    ~ A\n    - M\n");
}

#[test]
fn a_word_that_is_a_revision_and_an_environment_is_asked_about() {
    let sandbox = committed();
    sandbox.git(["branch", "dev"]);
    set(&sandbox, "three-three");
    diff(&sandbox, &["dev"]).fails_with(
        2,
        "vault: error: dev is a revision and an environment
vault: hint: vault diff -- dev means the environment
vault: hint: vault diff dev -- means the revision
",
    );
    diff(&sandbox, &["--", "dev"]).succeeds_with(CHANGED);
    diff(&sandbox, &["dev", "--", "dev"]).succeeds_with(CHANGED);
}

#[test]
fn words_that_mean_nothing_are_refused_with_what_is_near() {
    let sandbox = committed();
    diff(&sandbox, &["dve"]).fails_with(
        2,
        "vault: error: `dve` is no revision, and neither side has an environment of that name
vault: hint: did you mean `dev`?
",
    );
    diff(&sandbox, &["HEAD", "HEAD", "HEAD"])
        .fails_with(2, "vault: error: two revisions are compared at most\n");
    diff(&sandbox, &["HEAD..nothing"]).fails_with(
        2,
        "vault: error: git has no such revision here
vault: hint: git rev-parse REV says what it knows
",
    );
    diff(&sandbox, &["--staged", "HEAD..HEAD"]).fails_with(
        2,
        "vault: error: --staged is compared with one revision at most\n",
    );
}

#[test]
fn names_and_paths_are_those_of_each_side_s_own_config() {
    let sandbox = committed();
    reconfigure(&sandbox, "[alice, bob]}", "[alice, bob], file: moved.yaml}");
    std::fs::rename(sandbox.work(DEV), sandbox.work("moved.yaml")).unwrap();
    set(&sandbox, "three-three");
    reviewed(&sandbox, &[])
        .succeeds_with("dev (moved.yaml, was secrets/dev.yaml), signed by alice\n    ~ A\n");
}

#[test]
fn an_environment_is_followed_to_its_new_name() {
    let sandbox = committed();
    sandbox
        .vault(["env", "rename", "dev", "local", "--yes"])
        .succeeds();
    sandbox
        .vault(["set", "local", "A", "three-three"])
        .succeeds();
    let expected =
        "local (secrets/local.yaml, was secrets/dev.yaml), was dev, signed by alice\n    ~ A\n";
    for name in ["local", "dev"] {
        reviewed(&sandbox, &[name]).succeeds_with(expected);
    }
}

#[test]
fn environments_that_come_and_go_are_told_with_who_can_read_them() {
    let sandbox = committed();
    sandbox
        .vault(["env", "add", "test", "--recipients", "alice", "--yes"])
        .succeeds();
    sandbox.vault(["set", "test", "T", "x"]).succeeds();
    sandbox.commit("test");
    reviewed(&sandbox, &["HEAD~", "HEAD"]).succeeds_with(
        "test (secrets/test.yaml), new, signed by alice
    + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
    + T
",
    );
    sandbox.vault(["env", "remove", "test", "--yes"]).succeeds();
    reviewed(&sandbox, &[]).succeeds_with(
        "test (secrets/test.yaml), gone
    - alice
    - T
",
    );
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let sandbox = alone();
    sandbox.vault(["set", "dev", "A", "x"]).succeeds();
    diff(&sandbox, &[]).succeeds_with(
        ".vault.yaml
    + recipient alice (SHA256:[..])
...
dev (secrets/dev.yaml), new, signed by alice
    + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
    + A
",
    );
}

#[test]
fn without_git_there_is_nothing_to_compare_with() {
    let sandbox = committed();
    std::fs::remove_dir_all(sandbox.work(".git")).unwrap();
    diff(&sandbox, &[]).fails_with(
        2,
        "vault: error: there is no git repository, whose versions could be compared
vault: hint: git init makes one
",
    );
}

#[test]
fn a_vault_in_a_folder_of_a_repository_is_compared_there() {
    let sandbox = committed();
    let top = sandbox.work("");
    std::fs::create_dir(top.join("app")).unwrap();
    for name in [".vault.yaml", "secrets"] {
        std::fs::rename(top.join(name), top.join("app").join(name)).unwrap();
    }
    sandbox.commit("moved down");
    let run = |line: &[&str]| diff(&sandbox, line).within(sandbox.work("app"));
    run(&[]).succeeds_with("");
    sandbox
        .vault(["set", "dev", "A", "three-three"])
        .within(sandbox.work("app"))
        .succeeds();
    run(&[]).succeeds_with(CHANGED);
    sandbox.git(["add", "--all"]);
    run(&["--staged"]).succeeds_with(CHANGED);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_as_the_index_has_it() {
    let sandbox = committed();
    sandbox.write("app/f", "");
    sandbox.commit("more");
    sandbox.vault(["set", "dev", "A", "three-three"]).succeeds();
    sandbox.git(["add", "--all"]);
    sandbox.git(["sparse-checkout", "set", "--cone", "app"]);
    assert_eq!(
        sandbox.git(["status", "--porcelain"]),
        "M  secrets/dev.yaml\n"
    );
    assert!(!sandbox.exists("secrets/dev.yaml"));
    diff(&sandbox, &[]).succeeds_with(CHANGED);
    sandbox.git(["commit", "--quiet", "--message", "changed"]);
    diff(&sandbox, &["--exit-code"]).succeeds_with("");
    // What somebody has taken away is gone all the same.
    sandbox.git(["sparse-checkout", "disable"]);
    std::fs::remove_file(sandbox.work("secrets/dev.yaml")).unwrap();
    let gone = diff(&sandbox, &["--exit-code"]).fails(3);
    let said = "! its file is gone, and .vault.yaml still has the environment";
    assert!(gone.stdout().contains(said), "{}", gone.stdout());
}
