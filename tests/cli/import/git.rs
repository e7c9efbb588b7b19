//! What git still holds of a source.

use super::with;
use crate::team;

#[test]
fn a_source_that_git_tracks_is_told_with_its_commits_and_what_to_do() {
    let sandbox = with("prod.env", "A=1\n");
    sandbox.commit("first");
    let first = sandbox.git(["rev-parse", "--short=10", "HEAD"]);
    sandbox.write("prod.env", "A=2\n");
    sandbox.commit("second");
    let second = sandbox.git(["rev-parse", "--short=10", "HEAD"]);
    sandbox
        .vault(["import", "dev", "prod.env"])
        .succeeds()
        .says(&format!(
            "vault: + A
vault: writing 1 key to secrets/dev.yaml for alice
vault: 1 key of prod.env is in dev: read back from secrets/dev.yaml and compared
vault: warning: git tracks prod.env: every commit holds its values
vault: warning: git's history holds values of prod.env: commits {}, {}
vault: hint: git rm -r --cached prod.env, and commit: then git no longer tracks it
vault: hint: whoever could read the repository knows these values: have new ones made, then vault set dev KEY
vault: hint: git filter-repo --invert-paths --path prod.env takes it out of the history; clones and forges keep what they have
vault: prod.env still has the values in clear; --delete-source deletes it
",
            second.trim(),
            first.trim()
        ));
}

#[test]
fn the_same_content_under_another_name_and_on_another_branch_is_found() {
    let sandbox = team::alone();
    sandbox.commit("start");
    sandbox.git(["checkout", "--quiet", "-b", "side"]);
    sandbox.write("deploy/old settings.txt", "A=some-content\n");
    sandbox.commit("leak");
    let leak = sandbox.git(["rev-parse", "--short=10", "HEAD"]);
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.write(".env", "A=some-content\n");
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    let expected = format!(
        "vault: warning: git's history holds values of .env: commit {}
vault:   with the same content, as deploy/old settings.txt
vault: hint: whoever could",
        leak.trim()
    );
    assert!(said.stderr().contains(&expected), "{}", said.stderr());
    assert!(
        said.stderr()
            .contains("--path .env --path 'deploy/old settings.txt' takes it out")
    );
}

#[test]
fn every_name_that_the_content_had_is_named_with_its_commits() {
    let sandbox = team::alone();
    let content = "TOK=hist-secret-1\n";
    sandbox.write("app.env", content);
    sandbox.write("b/copy.env", content);
    sandbox.commit("start");
    let start = sandbox.git(["rev-parse", "--short=10", "HEAD"]);
    sandbox.git(["mv", "app.env", "old.env"]);
    sandbox.commit("moved");
    let moved = sandbox.git(["rev-parse", "--short=10", "HEAD"]);
    sandbox.git(["rm", "--quiet", "old.env"]);
    sandbox.commit("gone");
    sandbox.write(".env", content);
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    let expected = format!(
        "vault: warning: git's history holds values of .env: commits {}, {}
vault:   with the same content, as app.env
vault:   with the same content, as b/copy.env
vault:   with the same content, as old.env
",
        moved.trim(),
        start.trim()
    );
    assert!(said.stderr().contains(&expected), "{}", said.stderr());
    assert!(said.stderr().contains(
        "git filter-repo --invert-paths --path .env --path app.env --path b/copy.env --path old.env takes it out"
    ));
}

#[test]
fn of_many_names_some_are_named_and_all_are_taken_out() {
    let sandbox = team::alone();
    for at in 1..8 {
        sandbox.write(format!("{at}.env"), "A=some-content\n");
    }
    sandbox.commit("start");
    sandbox.write(".env", "A=some-content\n");
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    let expected = "as 5.env\nvault:   and under 2 more names\n";
    assert!(said.stderr().contains(expected), "{}", said.stderr());
    assert!(said.stderr().contains("--path 6.env --path 7.env takes"));
}

#[test]
fn of_many_commits_some_are_named() {
    let sandbox = team::alone();
    for at in 0..8 {
        sandbox.write("prod.env", format!("A={at}\n"));
        sandbox.commit("again");
    }
    sandbox.git(["rm", "--quiet", "prod.env"]);
    sandbox.git(["commit", "--quiet", "--message", "gone"]);
    sandbox.write("prod.env", "A=9\n");
    let said = sandbox.vault(["import", "dev", "prod.env"]).succeeds();
    assert!(said.stderr().contains(" and 3 more\n"), "{}", said.stderr());
    assert!(!said.stderr().contains("git tracks"));
    assert!(said.stderr().contains(
        "vault: warning: git does not ignore prod.env: a line in .gitignore keeps it out\n"
    ));
}

#[test]
fn a_source_that_git_never_saw_is_no_matter() {
    let sandbox = with(".env", "A=1\n");
    sandbox.commit("start");
    let said = sandbox.vault(["import", "dev", ".env"]).succeeds();
    assert!(!said.stderr().contains("git"), "{}", said.stderr());
    let elsewhere = sandbox.write(sandbox.path("elsewhere.env"), "B=2\n");
    let said = sandbox
        .vault(["import".as_ref(), "dev".as_ref(), elsewhere.as_os_str()])
        .succeeds();
    assert!(!said.stderr().contains("git"), "{}", said.stderr());
}

#[test]
fn an_empty_file_and_an_encrypted_one_are_no_leak() {
    let sandbox = team::alone();
    sandbox.write("run/secrets/EMPTY", "");
    sandbox.write("also-empty", "");
    sandbox.vault(["set", "dev", "B", "1"]).succeeds();
    sandbox.commit("start");
    for source in ["run/secrets", "secrets/dev.yaml"] {
        let said = sandbox.vault(["import", "dev", source]).succeeds();
        assert!(!said.stderr().contains("history"), "{}", said.stderr());
    }
}

#[test]
fn of_a_source_in_another_repository_the_commands_name_that_one() {
    let sandbox = team::alone();
    let other = sandbox.path("other one");
    sandbox.write(other.join("app/.env"), "A=1\n");
    let git = |line: &[&str]| {
        let place = ["-C", other.to_str().unwrap()];
        sandbox.git(place.iter().chain(line))
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "leak"]);
    let said = sandbox
        .vault(["import", "dev", "../other one/app/.env"])
        .succeeds();
    let lines = |head: &str| {
        let lines = said.stderr().lines();
        let found: Vec<String> = lines
            .filter(|line| line.starts_with(head))
            .map(|line| line.replace(&*sandbox.path("").to_string_lossy(), "ROOT/"))
            .collect();
        found.join("\n")
    };
    assert_eq!(
        lines("vault: hint: git "),
        "vault: hint: git -C 'ROOT/other one' rm -r --cached app/.env, and commit: then git no longer tracks it
vault: hint: git -C 'ROOT/other one' filter-repo --invert-paths --path app/.env takes it out of the history; clones and forges keep what they have"
    );
    git(&["rm", "--quiet", "-r", "--cached", "app/.env"]);
}

#[test]
fn a_source_that_is_staged_only_is_in_no_commit_yet() {
    let sandbox = with("prod.env", "A=1\n");
    sandbox.git(["add", "prod.env"]);
    sandbox
        .vault(["import", "dev", "prod.env"])
        .succeeds()
        .says(
            "vault: + A
vault: writing 1 key to secrets/dev.yaml for alice
vault: 1 key of prod.env is in dev: read back from secrets/dev.yaml and compared
vault: warning: git tracks prod.env: the next commit would hold its values
vault: hint: git rm -r --cached prod.env: then git no longer tracks it
vault: prod.env still has the values in clear; --delete-source deletes it
",
        );
}

#[test]
fn what_another_work_tree_alone_has_checked_out_is_found() {
    let sandbox = with("prod.env", "A=1\n");
    sandbox.write(".gitignore", "prod.env\n");
    sandbox.commit("start");
    let linked = sandbox.path("linked").display().to_string();
    sandbox.git(["worktree", "add", "--quiet", "--detach", &linked]);
    sandbox.write(sandbox.path("linked/prod.env"), "A=1\n");
    sandbox.git(["-C", &linked, "add", "--force", "prod.env"]);
    sandbox.git(["-C", &linked, "commit", "--quiet", "--message", "leak"]);
    let leak = sandbox.git(["-C", &linked, "rev-parse", "--short=10", "HEAD"]);
    let said = sandbox.vault(["import", "dev", "prod.env"]).succeeds();
    let expected = format!(
        "git's history holds values of prod.env: commit {}\n",
        leak.trim()
    );
    assert!(said.stderr().contains(&expected), "{}", said.stderr());
}
