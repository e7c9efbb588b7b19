//! `.vault.yaml` itself is gone, by somebody's mistake or intent: it is told, and brought back, and nothing new takes its place.

mod told;

use std::fs;

use super::world::{BASE, git, holds, is_tidy, on_branch, set_as, team, two_sides};
use crate::{
    sandbox::{Output, Sandbox},
    team::{ALICE, config, log_in},
    vaults::set,
};

const CONFIG: &str = ".vault.yaml";

/// Takes the config away, and nothing else.
fn take_away(sandbox: &Sandbox) {
    sandbox.git(["rm", "--quiet", CONFIG]);
}

/// Main has one commit more; what is checked out is a branch that has taken the config away.
fn without() -> Sandbox {
    let sandbox = team(&BASE);
    on_branch(&sandbox, "side", take_away);
    set(&sandbox, "dev", "OURS", "our-value-1");
    sandbox.commit("main goes on");
    sandbox.git(["checkout", "--quiet", "side"]);
    sandbox
}

/// The hints of a command, one in a line.
fn hints(sandbox: &Sandbox, line: &[&str], code: i32) -> String {
    let output = sandbox.vault(line).fails(code);
    let lines = output.stderr().lines();
    let hints = lines.filter_map(|line| line.strip_prefix("vault: hint: "));
    hints.map(|hint| format!("{hint}\n")).collect()
}

/// Follows the first hint of a command that fails: what stands before a word, typed into a shell.
fn follow(sandbox: &Sandbox, line: &[&str], before: &str) -> Output {
    let hints = hints(sandbox, line, 2);
    let (command, _) = hints.split_once(before).expect("a command");
    sandbox.program("sh", ["-c", command]).run()
}

#[test]
fn every_command_names_what_brings_the_config_back_and_none_a_new_vault() {
    let sandbox = without();
    for line in [
        &["list", "dev"][..],
        &["check"],
        &["diff"],
        &["git", "resolve"],
        &["git", "update", "main"],
        &["set", "dev", "TOKEN", "x"],
    ] {
        let before = sandbox.git(["rev-parse", "main~"]);
        let before = &before.trim()[..10];
        assert_eq!(
            hints(&sandbox, line, 2),
            format!(
                "git checkout {before} -- .vault.yaml brings back the one that was there
git log --stat -1 -- .vault.yaml shows who took it away
"
            ),
            "{line:?}"
        );
    }
    let followed = follow(&sandbox, &["list", "dev"], " brings back");
    assert_eq!(followed.code(), 0);
    holds(&sandbox, &BASE);
}

#[test]
fn it_is_brought_back_from_where_git_has_it_nearest() {
    let sandbox = team(&BASE);
    // Staged, and committed nowhere.
    let text = sandbox
        .read(CONFIG)
        .replace("version: 1", "version: 1 # new");
    sandbox.write(CONFIG, &text);
    sandbox.git(["add", CONFIG]);
    fs::remove_file(sandbox.work(CONFIG)).unwrap();
    assert_eq!(
        hints(&sandbox, &["list", "dev"], 2),
        "git checkout -- .vault.yaml brings back the one that was there\n"
    );
    assert_eq!(follow(&sandbox, &["list", "dev"], " brings back").code(), 0);
    assert_eq!(sandbox.read(CONFIG), text);
    // Taken away, and not committed.
    sandbox.git(["reset", "--quiet", "--hard"]);
    take_away(&sandbox);
    assert_eq!(
        hints(&sandbox, &["list", "dev"], 2),
        "git checkout HEAD -- .vault.yaml brings back the one that was there\n"
    );
    // From a folder below the top.
    sandbox.write("sub/file", "");
    let output = sandbox
        .vault(["list", "dev"])
        .within(sandbox.work("sub"))
        .fails(2);
    assert!(
        output.stderr().ends_with(
            "hint: git checkout HEAD -- :/.vault.yaml brings back the one that was there\n"
        ),
        "{}",
        output.stderr()
    );
    // In the middle of a merge of a branch that still has it.
    sandbox.git(["reset", "--quiet", "--hard"]);
    let sandbox = without();
    assert_eq!(git(&sandbox, &["merge", "--no-commit", "main"]).code(), 0);
    assert!(!sandbox.exists(CONFIG));
    assert_eq!(
        hints(&sandbox, &["git", "resolve"], 2),
        "git checkout MERGE_HEAD -- .vault.yaml brings back the one that was there
git log --stat -1 -- .vault.yaml shows who took it away
"
    );
}

#[test]
fn a_vault_in_a_folder_is_brought_back_there() {
    let sandbox = Sandbox::with_git();
    log_in(&sandbox, "alice");
    sandbox.write("svc/file", "");
    sandbox.write(
        "svc/.vault.yaml",
        config(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n"),
    );
    sandbox.commit("one");
    sandbox.git(["rm", "--quiet", "svc/.vault.yaml"]);
    sandbox.commit("two");
    for (folder, command) in [
        ("svc", "git checkout [..] -- .vault.yaml brings back"),
        (
            "svc/sub",
            "git checkout [..] -- :/svc/.vault.yaml brings back",
        ),
    ] {
        fs::create_dir_all(sandbox.work(folder)).unwrap();
        let (front, back) = command.split_once("[..]").expect("a placeholder");
        let run = sandbox.vault(["list", "dev"]).within(sandbox.work(folder));
        let output = run.fails(2);
        assert!(output.stderr().contains(front), "{}", output.stderr());
        assert!(output.stderr().contains(back), "{}", output.stderr());
    }
    // At the top there was none.
    let top = sandbox.vault(["list", "dev"]).fails(2);
    assert!(top.stderr().contains("vault init makes a vault here"));
}

#[test]
fn no_new_vault_takes_the_place_of_one_that_git_still_has() {
    let sandbox = without();
    let line = ["init", "--name", "alice", "--env", "test", "--yes"];
    for line in [&line[..], &["init", "--from-sops", "--yes"]] {
        sandbox.vault(line).fails_with(
            2,
            "vault: error: there was a vault here: its .vault.yaml is gone, and git still has it; a new vault would not accept its files
vault: hint: git checkout [..] -- .vault.yaml brings back the one that was there
vault: hint: git log --stat -1 -- .vault.yaml shows who took it away
vault: hint: vault init --anew makes another vault all the same
",
        );
    }
    assert!(!sandbox.exists(CONFIG));
    sandbox.vault(line).and(["--anew"]).succeeds();
    assert!(sandbox.exists(CONFIG));
}

#[test]
fn commits_on_top_do_not_hide_that_there_was_a_vault() {
    let sandbox = without();
    let commit = "commit refs/heads/side\ncommitter t <t@t> 1767225600 +0000\ndata 0\n";
    let first = format!("{commit}from refs/heads/side^0\n\n");
    let empty = format!("{commit}\n").repeat(20_000);
    let fast_import = || sandbox.git_run(["fast-import", "--quiet"]);
    fast_import().stdin(first + &empty).succeeds();
    let line = ["init", "--name", "alice", "--env", "test", "--yes"];
    let refused = "there was a vault here: its .vault.yaml is gone, and git still has it";
    let output = sandbox.vault(line).fails(2);
    assert!(output.stderr().contains(refused), "{}", output.stderr());
    let hint = "vault: hint: git checkout [..] -- .vault.yaml brings back the one that was there";
    let told = sandbox.vault(["get", "dev", "TOKEN"]).fails(2);
    let [before, after] = [0, 1].map(|at| hint.split("[..]").nth(at).expect("a hint"));
    assert!(told.stderr().contains(before) && told.stderr().contains(after));
    // Those that change something are more than a hint looks at, and yet no vault takes that one's place.
    let change = |at: usize| {
        format!(
            "{commit}M 100644 inline file\ndata {}\n{at}\n\n",
            at.to_string().len()
        )
    };
    let first = format!("{commit}from refs/heads/side^0\n\n");
    let changes: String = (0..10_100).map(change).collect();
    fast_import().stdin(first + &changes).succeeds();
    let output = sandbox.vault(line).fails(2);
    assert!(output.stderr().contains(refused), "{}", output.stderr());
}

#[test]
fn an_update_from_a_branch_without_the_config_is_refused_before_anything_is_merged() {
    let sandbox = without();
    sandbox.git(["checkout", "--quiet", "main"]);
    let before = sandbox.git(["rev-parse", "HEAD"]);
    sandbox.vault(["git", "update", "side"]).fails_with(
        3,
        "vault: error: side has no .vault.yaml any more, and whoever merges that has none either; nothing is merged
vault: hint: git log --stat -1 side -- .vault.yaml shows who took it away
vault: hint: to keep it: git merge --no-ff --no-commit side, then git checkout HEAD -- .vault.yaml, then git commit
vault: hint: if the vault is to go: git merge side
",
    );
    assert_eq!(sandbox.git(["rev-parse", "HEAD"]), before);
    assert_eq!(sandbox.git(["status", "--porcelain"]), "");
    for line in [
        &["merge", "--no-ff", "--no-commit", "side"][..],
        &["checkout", "HEAD", "--", CONFIG],
        &["commit", "--no-edit"],
    ] {
        assert_eq!(git(&sandbox, line).code(), 0, "{line:?}");
    }
    holds(&sandbox, &BASE);
    assert_eq!(
        sandbox.vault(["git", "update", "side"]).succeeds().stdout(),
        "Already up to date.\n"
    );
}

#[test]
fn what_is_in_conflict_where_a_side_has_taken_the_config_away_is_resolved_once_it_is_back() {
    for (operation, goes_on) in [
        (&["merge", "--no-edit", "theirs"][..], "git commit"),
        (&["rebase", "theirs"], "git rebase --continue"),
        (&["cherry-pick", "theirs"], "git cherry-pick --continue"),
    ] {
        let sandbox = team(&BASE);
        two_sides(
            &sandbox,
            |sandbox| {
                set_as(sandbox, "bob", "TOKEN", "their-token-2");
                take_away(sandbox);
            },
            |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
        );
        assert_eq!(git(&sandbox, operation).code(), 1);
        assert!(!sandbox.exists(CONFIG));
        let followed = follow(&sandbox, &["git", "resolve"], " brings back");
        assert_eq!(followed.code(), 0, "{operation:?}");
        sandbox
            .vault(["git", "resolve", "--ours", "TOKEN"])
            .succeeds()
            .says(&format!(
                "vault: secrets/dev.yaml is merged and staged\nvault: hint: {goes_on}\n"
            ));
        let kept = match operation[0] {
            // In a rebase our side is what main is put upon.
            "rebase" => "their-token-2",
            _ => "our-token-2",
        };
        holds(&sandbox, &[("TOKEN", kept)]);
        is_tidy(&sandbox);
    }
}

#[test]
fn a_branch_of_before_the_vault_is_merged() {
    let sandbox = Sandbox::with_git();
    sandbox.write("README", "one\n");
    sandbox.commit("before");
    sandbox.git(["branch", "old"]);
    log_in(&sandbox, "alice");
    sandbox
        .vault(["init", "--name", "alice", "--env", "dev", "--yes"])
        .succeeds();
    sandbox.commit("the vault");
    sandbox.git(["checkout", "--quiet", "old"]);
    sandbox.write("README", "two\n");
    sandbox.commit("old goes on");
    sandbox.git(["checkout", "--quiet", "main"]);
    sandbox.git(["config", "user.name", "Test"]);
    sandbox.git(["config", "user.email", "test@example.invalid"]);
    sandbox.vault(["git", "update", "old"]).succeeds();
    assert!(sandbox.exists(CONFIG));
}

/// Puts something in the place of the config that is none.
fn spoil(sandbox: &Sandbox, what: &str) {
    match what {
        "a link" => {
            fs::create_dir_all(sandbox.work("conf")).expect("a folder");
            sandbox.git(["mv", CONFIG, "conf/v.yaml"]);
            std::os::unix::fs::symlink("conf/v.yaml", sandbox.work(CONFIG)).expect("a link");
        }
        "a link to nothing" => {
            sandbox.git(["rm", "--quiet", CONFIG]);
            std::os::unix::fs::symlink("nowhere", sandbox.work(CONFIG)).expect("a link");
        }
        text => {
            sandbox.write(CONFIG, text);
        }
    }
}

#[test]
fn an_update_from_a_branch_whose_config_cannot_be_read_is_refused_and_the_way_back_is_told() {
    for (what, code) in [
        ("", 2),
        ("no config", 2),
        ("a link", 3),
        ("a link to nothing", 2),
    ] {
        let sandbox = team(&BASE);
        on_branch(&sandbox, "side", |sandbox| spoil(sandbox, what));
        set(&sandbox, "dev", "OURS", "our-value-1");
        sandbox.commit("main goes on");
        let before = sandbox.git(["rev-parse", "HEAD"]);
        let refused = sandbox.vault(["git", "update", "side"]).fails(3);
        assert!(
            refused.stderr().starts_with("vault: error: the .vault.yaml of side cannot be read, and whoever merges that has none; nothing is merged\n"),
            "{}",
            refused.stderr()
        );
        assert!(
            refused.stderr().ends_with(
                "vault: hint: git log --stat -1 side -- .vault.yaml shows who changed it
vault: hint: to keep yours: git merge --no-ff --no-commit side, then git checkout HEAD -- .vault.yaml, then git commit
"
            ),
            "{}",
            refused.stderr()
        );
        assert_eq!(sandbox.git(["rev-parse", "HEAD"]), before);
        assert_eq!(sandbox.git(["status", "--porcelain"]), "");
        let line = ["diff", "main", "side", "--exit-code"];
        let said = sandbox.vault(line).fails(3);
        for line in [
            "    ! nothing says any more who may read and write dev",
            "    git checkout main -- .vault.yaml brings it back\n",
        ] {
            assert!(said.stdout().contains(line), "{}", said.stdout());
        }
        let commit = &sandbox.git(["merge-base", "main", "side"])[..10];
        sandbox.git(["checkout", "--quiet", "side"]);
        let back = format!(
            "git checkout {commit} -- .vault.yaml brings back the last one that could be read\n"
        );
        for (line, code) in [
            (&["check"][..], code),
            (&["get", "dev", "TOKEN"], code),
            (&["init", "--name", "alice", "--yes"], 2),
            (&["init", "--name", "alice", "--anew", "--yes"], 2),
        ] {
            let hints = hints(&sandbox, line, code);
            assert!(hints.ends_with(&back), "{line:?}: {hints}");
        }
        sandbox.git(["checkout", "--quiet", commit, "--", CONFIG]);
        sandbox.vault(["list", "dev"]).succeeds();
    }
}

#[test]
fn a_link_to_nothing_in_the_place_of_the_config_is_told_by_every_command_with_what_brings_it_back()
{
    let sandbox = team(&BASE);
    let lines: [&[&str]; 8] = [
        &["list", "dev"],
        &["set", "dev", "A", "1"],
        &["check"],
        &["access"],
        &["log", "dev"],
        &["env", "list"],
        &["git", "install"],
        &["git", "update"],
    ];
    let refused = |folder: &str, hint: &str| {
        for line in lines {
            sandbox.vault(line).within(folder).fails_with(
                2,
                &format!(
                    "vault: error: the configuration cannot be used: .vault.yaml is a symbolic link to nothing
vault: hint: {hint}
"
                ),
            );
        }
        let init = sandbox.vault(["init", "--name", "alice", "--yes"]);
        let init = init.within(folder).fails(2);
        assert!(
            init.stderr().ends_with(&format!("vault: hint: {hint}\n")),
            "{}",
            init.stderr()
        );
    };
    // Not committed.
    let text = sandbox.read(CONFIG);
    fs::remove_file(sandbox.work(CONFIG)).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.work(CONFIG)).unwrap();
    refused(
        "",
        "git checkout HEAD -- .vault.yaml brings back the one that is committed",
    );
    refused(
        "secrets",
        "git checkout HEAD -- :/.vault.yaml brings back the one that is committed",
    );
    // Staged, and committed.
    sandbox.git(["add", "--all"]);
    refused(
        "",
        "git checkout HEAD -- .vault.yaml brings back the one that is committed",
    );
    sandbox.git(["checkout", "HEAD", "--", CONFIG]);
    assert_eq!(sandbox.read(CONFIG), text);
    spoil(&sandbox, "a link to nothing");
    let good = sandbox.git(["rev-parse", "HEAD"])[..10].to_owned();
    sandbox.commit("a link");
    refused(
        "",
        &format!("git checkout {good} -- .vault.yaml brings back the last one that could be read"),
    );
    sandbox.git(["checkout", &good, "--", CONFIG]);
    assert_eq!(sandbox.read(CONFIG), text);
    // Without git.
    fs::remove_dir_all(sandbox.work(".git")).unwrap();
    fs::remove_file(sandbox.work(CONFIG)).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.work(CONFIG)).unwrap();
    sandbox.vault(["list", "dev"]).fails_with(
        2,
        "vault: error: the configuration cannot be used: .vault.yaml is a symbolic link to nothing
vault: hint: ls -l [ROOT][..]/.vault.yaml shows where it leads: put the file itself in its place
",
    );
}
