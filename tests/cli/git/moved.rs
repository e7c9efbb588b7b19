//! A vault that was moved into a folder, and several of them that came together: whoever types at the old place is told where they are.

use std::fs;

use crate::{
    sandbox::Sandbox,
    vaults::{dev, set},
};

const FILES: [&str; 4] = [".vault.yaml", ".gitattributes", ".gitignore", "secrets"];

/// A vault with a value, committed.
fn vault() -> Sandbox {
    let sandbox = dev(&[("TOKEN", "t0ken-of-dev")]);
    sandbox.write(".gitattributes", "");
    sandbox.commit("a vault");
    sandbox
}

/// Moves it, with git or behind its back.
fn move_to(sandbox: &Sandbox, folder: &str, with_git: bool) {
    fs::create_dir_all(sandbox.work(folder)).expect("a folder");
    for file in FILES {
        match with_git {
            true => drop(sandbox.git(["mv", file, folder])),
            false => {
                fs::rename(sandbox.work(file), sandbox.work(folder).join(file)).expect("a move")
            }
        }
    }
}

const MISSING: &str =
    "vault: error: there is no .vault.yaml in [ROOT]/work or above it in the repository\n";

#[test]
fn whoever_types_where_a_vault_was_is_told_where_it_is() {
    for with_git in [true, false] {
        let sandbox = vault();
        move_to(&sandbox, "infra", with_git);
        let hint = "vault: hint: the vault is in infra now: vault -C infra";
        for is_committed in [false, true] {
            if is_committed {
                sandbox.commit("moved");
            }
            // What may be a value is not shown, nor typed again.
            for (line, again) in [
                (&["check"][..], "check"),
                (&["get", "dev", "TOKEN"], "check"),
                (&["unset", "dev", "another-value"], "check"),
                (&["log", "dev"], "log dev"),
                (&["log", "dev", "another-value"], "check"),
                (&["git", "resolve"], "git resolve"),
                (&["list", "dev", "--long"], "list dev --long"),
                (&["set", "dev", "A", "another-value"], "check"),
                (&["recipients", "list"], "check"),
                (&["unset", "dev", "A=another-value"], "check"),
                (&["import", "dev", "A=another-value"], "check"),
                (
                    &["import", "dev", "x.env", "--only", "A=another-value"],
                    "check",
                ),
                (
                    &["git", "resolve", "dev", "--ours=A=another-value"],
                    "check",
                ),
            ] {
                let said = format!("{MISSING}{hint} {again}\n");
                sandbox.vault(line).fails_with(2, &said);
            }
            let said = format!("{MISSING}{hint} check\n");
            let run = ["run", "dev", "--", "x", "--password=another-value"];
            sandbox.vault(run).fails_with(125, &said);
            sandbox.vault(["-C", "infra", "check"]).succeeds();
        }
        sandbox.write("sub/file", "");
        let told = sandbox.vault(["check"]).within("sub").fails(2);
        let hint = "vault: hint: the vault is in ../infra now: vault -C ../infra check\n";
        assert!(told.stderr().ends_with(hint), "{}", told.stderr());
        // It is typed where somebody stands, whichever folder they have named.
        let told = sandbox.vault(["-C", "sub", "check", "--keyless"]).fails(2);
        let hint = "vault: hint: the vault is in sub/../infra now: vault -C sub/../infra check --keyless\n";
        assert!(told.stderr().ends_with(hint), "{}", told.stderr());
        sandbox
            .vault(["-C", "sub/../infra", "check", "--keyless"])
            .succeeds();
        let init = ["init", "--name", "alice", "--env", "dev", "--yes"];
        sandbox.vault(init).fails_with(
            2,
            "vault: error: there was a vault here: its .vault.yaml is gone, and git still has it; a new vault would not accept its files
vault: hint: the vault is in infra now: vault -C infra check
vault: hint: vault init --anew makes another vault all the same
",
        );
    }
}

/// Where it was there is no vault any more, so nothing is to come back there.
#[test]
fn a_config_that_is_gone_where_a_vault_was_moved_to_comes_back_there() {
    let sandbox = vault();
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    let moved = sandbox.git(["rev-parse", "HEAD"]);
    // A command, and that it comes back by what the hint says.
    let back = |command: &str, more: &str| {
        let hint = format!("vault: hint: {command} brings back the one that was in infra\n");
        for line in [
            &["check"][..],
            &["get", "dev", "TOKEN"],
            &["set", "dev", "A", "x"],
        ] {
            let said = format!("{MISSING}{hint}{more}");
            sandbox.vault(line).fails_with(2, &said);
        }
        sandbox.program("sh", ["-c", command]).succeeds();
        sandbox.vault(["-C", "infra", "check"]).succeeds();
    };
    fs::remove_file(sandbox.work("infra/.vault.yaml")).expect("a file");
    back("git checkout -- infra/.vault.yaml", "");
    // As it was last, wherever that was.
    sandbox.git(["rm", "--quiet", "infra/.vault.yaml"]);
    sandbox.commit("gone");
    back(
        &format!("git checkout {} -- infra/.vault.yaml", &moved[..10]),
        "vault: hint: git log --stat -1 -- infra/.vault.yaml shows who took it away\n",
    );
}

#[test]
fn a_pull_request_that_moves_a_vault_is_told_where_it_is_checked() {
    let sandbox = vault();
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    let base = ["check", "--keyless", "--base", "HEAD~1"];
    sandbox.vault(base).fails(3).says(
        "vault: error: .vault.yaml is gone, and the revision to compare with has it: nothing says any more who may read and write dev
vault: hint: the vault is in infra now: vault -C infra check --keyless --base 'HEAD~1'
",
    );
    sandbox.vault(["-C", "infra"]).and(base).succeeds();
    let told = sandbox.vault(["check", "--history"]).fails(3);
    let hint = "vault: hint: the vault is in infra now: vault -C infra check --history\n";
    assert!(told.stderr().contains(hint), "{}", told.stderr());
}

#[test]
fn a_comparison_and_ones_own_line_say_as_well_where_the_vault_is() {
    let sandbox = vault();
    move_to(&sandbox, "infra", true);
    let gone = ".vault.yaml
    ! it is gone: nothing says any more who may read and write dev
    the vault is in infra now: vault -C infra diff";
    let file = "dev (secrets/dev.yaml), gone\n    - alice\n    - TOKEN\n";
    sandbox
        .vault(["diff", "--staged"])
        .succeeds_with(&format!("{gone} --staged\n{file}"));
    sandbox.commit("moved");
    sandbox
        .vault(["diff", "HEAD~1"])
        .succeeds_with(&format!("{gone} 'HEAD~1'\n{file}"));
    let hint = "vault: hint: the vault is in infra now: vault -C infra whoami\n";
    let whoami = sandbox.vault(["whoami"]).succeeds();
    assert!(whoami.stderr().ends_with(hint), "{}", whoami.stderr());
    let whoami = sandbox.vault(["-C", "infra", "whoami"]).succeeds();
    assert!(!whoami.stderr().contains("hint"), "{}", whoami.stderr());
    // A vault that came back since is where it was.
    for file in FILES {
        fs::rename(sandbox.work("infra").join(file), sandbox.work(file)).expect("a move");
    }
    let diff = sandbox.vault(["diff", "HEAD~1", "HEAD"]).succeeds();
    assert!(!diff.stdout().contains("now: vault"), "{}", diff.stdout());
}

#[test]
fn a_commit_that_forgets_where_a_vault_was_moved_to_is_warned_of() {
    let sandbox = vault();
    move_to(&sandbox, "infra", false);
    sandbox.git(["add", "--update"]);
    sandbox.vault(["git", "pre-commit"]).succeeds().says(
        "vault: warning: .vault.yaml: it is taken away, and the vault is in infra now, which the commit does not have
vault: hint: git add -- infra/.vault.yaml infra/secrets/dev.yaml takes it in
",
    );
    // Half of it is no vault.
    sandbox.git(["reset", "--quiet"]);
    sandbox.git(["rm", "--quiet", "--cached", ".vault.yaml"]);
    let half = "vault: error: .vault.yaml: it is taken away, and files of its environments stay: secrets/dev.yaml
vault: hint: the vault is in infra now: git mv brings the files there, too
";
    let told = sandbox.vault(["git", "pre-commit"]).fails(1);
    assert!(told.stderr().starts_with(half), "{}", told.stderr());
    sandbox.git(["add", "infra/.vault.yaml"]);
    let told = sandbox.vault(["git", "pre-commit"]).run();
    for line in half.lines() {
        assert!(told.stderr().contains(line), "{}", told.stderr());
    }
    sandbox.git(["add", "--all"]);
    sandbox.vault(["git", "pre-commit"]).succeeds().says("");
    // Another vault is none that was moved.
    sandbox.git(["reset", "--quiet"]);
    sandbox.git(["add", "--update"]);
    sandbox.write("infra/.vault.yaml", dev(&[]).read(".vault.yaml"));
    sandbox.vault(["git", "pre-commit"]).succeeds().says("");
}

#[test]
fn dates_and_commits_are_those_of_before_the_move() {
    let sandbox = vault();
    set(&sandbox, "dev", "SECOND", "another-value");
    sandbox.commit("second");
    let told = |folder: &str, line: &[&str]| {
        let output = sandbox.vault(line).within(folder).succeeds();
        output.stdout().to_owned()
    };
    let lines: [&[&str]; 3] = [
        &["list", "dev", "--long"],
        &["list", "dev", "--json"],
        &["access"],
    ];
    let before = lines.map(|line| told("", line));
    assert!(before[0].contains("since 2026-01-01"), "{}", before[0]);
    assert!(before[2].contains("; commit "), "{}", before[2]);
    move_to(&sandbox, "infra", true);
    // Also while it is not committed.
    assert_eq!(lines.map(|line| told("infra", line)), before);
    sandbox
        .git_run(["commit", "--quiet", "--message", "moved"])
        .variable("GIT_AUTHOR_DATE", "2026-03-03T00:00:00Z")
        .succeeds();
    assert_eq!(lines.map(|line| told("infra", line)), before);
}

#[test]
fn vaults_that_came_together_are_all_named() {
    let sandbox = vault();
    move_to(&sandbox, "apps/a b", true);
    sandbox.commit("moved");
    let other = vault();
    set(&other, "dev", "OTHER", "another-value");
    sandbox.write("apps/c/.vault.yaml", other.read(".vault.yaml"));
    sandbox.write("apps/c/secrets/dev.yaml", other.read("secrets/dev.yaml"));
    sandbox.vault(["check"]).fails_with(
        2,
        &format!("{MISSING}vault: hint: vaults are in 'apps/a b', apps/c now: vault -C 'apps/a b' check\n"),
    );
}

#[test]
fn a_vault_with_another_id_is_not_the_one_that_is_gone() {
    let sandbox = vault();
    let config = sandbox.read(".vault.yaml");
    let id = config.lines().find(|line| line.starts_with("repository:"));
    let id = id.expect("the id of the vault");
    let other = vault().read(".vault.yaml");
    let other = other.lines().find(|line| line.starts_with("repository:"));
    let other = other.expect("the id of another vault");
    sandbox.git(["rm", "--quiet", "-r", ".vault.yaml"]);
    let hint = "vault: hint: git checkout HEAD -- .vault.yaml brings back the one that was there\n";
    for text in [
        config.replace(id, other),
        config.replace(id, ""),
        "none: [".to_owned(),
    ] {
        assert_ne!(text, config);
        sandbox.write("infra/.vault.yaml", text);
        sandbox
            .vault(["check"])
            .fails_with(2, &format!("{MISSING}{hint}"));
    }
}

#[test]
fn history_is_checked_and_told_from_where_the_vault_was_too() {
    let sandbox = vault();
    set(&sandbox, "dev", "SECOND", "another-value");
    sandbox.commit("second");
    sandbox.git(["branch", "stays"]);
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    let check = || sandbox.vault(["-C", "infra", "check", "--keyless", "--history"]);
    check()
        .succeeds_with("dev: ok (signed by alice)\n")
        .says("");
    let log = sandbox
        .vault(["-C", "infra", "log", "dev", "--keyless"])
        .succeeds();
    let commits = log
        .stdout()
        .lines()
        .filter(|line| line.contains("signed by alice; commit"));
    assert_eq!(commits.count(), 2, "{}", log.stdout());
    assert!(
        log.stdout().contains("\n    + SECOND\n"),
        "{}",
        log.stdout()
    );
    // Somebody goes on with the branch on which it has not moved, by another log.
    sandbox.git(["checkout", "--quiet", "stays"]);
    let good = sandbox.read("secrets/dev.yaml");
    sandbox.write(
        "secrets/dev.yaml",
        good.replacen("TOKEN: ENC", "TAKEN: ENC", 1),
    );
    sandbox.commit("forged");
    sandbox.git(["checkout", "--quiet", "main"]);
    let told = check().fails(3);
    assert!(
        told.stderr().contains("error: dev in commit "),
        "{}",
        told.stderr()
    );
    check().and(["--this-branch"]).succeeds();
}

#[test]
fn a_forged_version_of_before_a_move_is_found() {
    let sandbox = vault();
    let good = sandbox.read("secrets/dev.yaml");
    sandbox.write(
        "secrets/dev.yaml",
        good.replacen("TOKEN: ENC", "TAKEN: ENC", 1),
    );
    sandbox.commit("forged");
    sandbox.write("secrets/dev.yaml", good);
    sandbox.commit("as before");
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    let check = ["-C", "infra", "check", "--keyless", "--history"];
    sandbox.vault(check).fails(3).prints("dev: not ok\n");
}

#[test]
fn a_signed_environment_that_went_as_the_vault_was_moved_is_named() {
    let sandbox = vault();
    let line = ["env", "add", "prod", "--like", "dev", "--copy", "--yes"];
    sandbox.vault(line).succeeds();
    sandbox.commit("prod");
    move_to(&sandbox, "infra", true);
    sandbox
        .vault(["-C", "infra", "env", "remove", "prod", "--yes"])
        .succeeds();
    sandbox.commit("moved");
    let check = ["-C", "infra", "check", "--keyless", "--history"];
    sandbox
        .vault(check)
        .succeeds_with("dev: ok (signed by alice)\nprod: ok (gone since commit [..] by Test)\n");
}

/// What is typed with `-C` is typed in front of it: what git is told there counts from where somebody stands.
#[test]
fn hints_of_git_count_from_where_somebody_types_them() {
    let sandbox = vault();
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    let get = ["-C", "infra", "get", "dev", "TOKEN"];
    let lost = |file: &str| {
        fs::remove_file(sandbox.work("infra").join(file)).expect("a file");
        let told = sandbox
            .vault(get)
            .fails(if file == ".vault.yaml" { 2 } else { 3 });
        let back = ["checkout", "HEAD", "--", &format!("infra/{file}")];
        let said = format!("git {} brings", back.join(" "));
        let said_of_index = said.replace(" HEAD", "");
        let stderr = told.stderr();
        let is_said = stderr.contains(&said) || stderr.contains(&said_of_index);
        assert!(is_said, "{stderr}");
        sandbox.git(back);
        sandbox.vault(get).prints_secrets().succeeds();
    };
    lost("secrets/dev.yaml");
    lost(".vault.yaml");
    // From elsewhere git finds no repository, or another one.
    fs::remove_file(sandbox.work("infra/secrets/dev.yaml")).expect("a file");
    let infra = sandbox.work("infra").display().to_string();
    let outside = sandbox.vault(["-C", &infra, "get", "dev", "TOKEN"]);
    let told = outside.within("..").fails(3);
    let said = format!("git -C {infra} checkout HEAD -- secrets/dev.yaml brings it back");
    assert!(told.stderr().contains(&said), "{}", told.stderr());
}

#[test]
fn a_comparison_follows_a_vault_to_where_a_revision_has_it() {
    let sandbox = vault();
    fs::create_dir_all(sandbox.work("svc")).expect("a folder");
    move_to(&sandbox, "svc/a", true);
    sandbox.commit("moved");
    sandbox
        .vault(["-C", "svc/a", "set", "dev", "B", "two"])
        .succeeds();
    sandbox.commit("a value");
    let diff = |rev: &str| sandbox.vault(["-C", "svc/a", "diff", rev, "--exit-code"]);
    let value = "dev (secrets/dev.yaml), signed by alice\n    + B\n";
    let moved = ".vault.yaml\n    ~ the vault was at the top of the work tree\n";
    diff("HEAD~1").fails(1).prints(value);
    diff("HEAD~2").fails(1).prints(&format!("{moved}{value}"));
    diff("HEAD~2..HEAD~1").fails(1).prints(moved);
    // Of two commits it may be either, seen from any folder that has the vault.
    let there = diff("HEAD~1..HEAD~2");
    there
        .fails(1)
        .prints(".vault.yaml\n    ~ the vault is now at the top of the work tree\n");
    sandbox.git(["checkout", "--quiet", "-b", "before", "HEAD~2"]);
    let from_top = sandbox.vault(["diff", "before...main", "--exit-code"]);
    from_top.fails(1).prints(&format!(
        ".vault.yaml\n    ~ the vault is now in svc/a\n{value}"
    ));
    let both = sandbox.vault(["diff", "main~1", "main", "--exit-code"]);
    both.fails(1).prints(value);
    sandbox.git(["checkout", "--quiet", "main"]);
    fs::create_dir_all(sandbox.work("infra")).expect("a folder");
    for file in FILES {
        let file = format!("svc/a/{file}");
        sandbox.git(["mv", &file, "infra"]);
    }
    let diff = sandbox.vault(["-C", "infra", "diff", "HEAD", "--exit-code"]);
    diff.fails(1)
        .prints(".vault.yaml\n    ~ the vault was in svc/a\n");
    // A copy in two folders is followed to neither.
    sandbox.git(["reset", "--quiet", "--hard"]);
    for folder in ["one", "two"] {
        fs::create_dir_all(sandbox.work(folder)).expect("a folder");
        let config = sandbox.read("svc/a/.vault.yaml");
        sandbox.write(format!("{folder}/.vault.yaml"), config);
    }
    sandbox.commit("copies");
    fs::create_dir_all(sandbox.work("infra")).expect("a folder");
    for file in FILES {
        let file = format!("svc/a/{file}");
        sandbox.git(["mv", &file, "infra"]);
    }
    let diff = sandbox.vault(["-C", "infra", "diff", "HEAD"]).succeeds();
    let is_new = diff
        .stdout()
        .contains("dev (secrets/dev.yaml), new, signed by alice");
    assert!(is_new, "{}", diff.stdout());
}

#[test]
fn a_branch_that_has_moved_the_vault_is_merged_as_the_hint_says() {
    let sandbox = vault();
    set(&sandbox, "dev", "OTHER", "one");
    sandbox.vault(["git", "install"]).succeeds();
    sandbox.commit("with drivers");
    sandbox.git(["checkout", "--quiet", "-b", "moves"]);
    set(&sandbox, "dev", "OTHER", "two");
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    sandbox.git(["checkout", "--quiet", "-"]);
    set(&sandbox, "dev", "TOKEN", "another-value");
    sandbox.commit("changed");
    sandbox.vault(["git", "update", "moves"]).fails_with(
        1,
        "vault: error: moves has the vault in infra; nothing is merged
vault: hint: git merge moves moves it here, too; there vault git resolve then merges what both sides have changed, and vault check looks at it
",
    );
    sandbox.git_run(["merge", "moves"]).fails(1);
    sandbox
        .vault(["-C", "infra", "git", "resolve", "dev"])
        .succeeds();
    sandbox.git(["commit", "--quiet", "--no-edit"]);
    sandbox.vault(["-C", "infra", "check"]).succeeds();
    for (key, value) in [("OTHER", "two"), ("TOKEN", "another-value")] {
        let get = sandbox.vault(["-C", "infra", "get", "dev", key]);
        get.prints_secrets().succeeds_with(value);
    }
}

#[test]
fn another_vault_above_one_that_was_moved_takes_none_of_its_files() {
    let sandbox = vault();
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    let files = ["infra/.vault.yaml", "infra/secrets/dev.yaml"];
    let before = files.map(|file| sandbox.read(file));
    let init = ["init", "--name", "alice", "--env", "dev", "--yes", "--anew"];
    sandbox.vault(init).succeeds_with("").says(
        "vault: wrote .vault.yaml, secrets/dev.yaml[..]
vault: git of this clone merges and shows secret files by key from now on
vault: warning: a vault is in infra, too: every command there stops (2) while there is one above it
vault: hint: a repository has one vault; move the environments of both into one
vault: next: vault set dev KEY, then commit these files
",
    );
    assert_eq!(files.map(|file| sandbox.read(file)), before);
    let id = |config: &str| {
        let line = config.lines().find(|line| line.starts_with("repository:"));
        line.expect("an id").to_owned()
    };
    assert_ne!(id(&sandbox.read(".vault.yaml")), id(&before[0]));
    set(&sandbox, "dev", "TOKEN", "another-t0ken");
    sandbox.commit("another vault");
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_file_without_a_vault_around_it_is_still_the_one_of_its_environment() {
    let sandbox = vault();
    move_to(&sandbox, "infra", true);
    sandbox.commit("moved");
    sandbox.git(["rm", "--quiet", "infra/.vault.yaml"]);
    let init = ["init", "--name", "alice", "--env", "dev", "--yes", "--anew"];
    sandbox.vault(init).fails_with(
        3,
        "vault: error: dev has no file here, but the last commit has one: infra/secrets/dev.yaml
vault: hint: mkdir -p secrets && git mv infra/secrets/dev.yaml secrets/dev.yaml puts it where .vault.yaml has it
",
    );
}
