//! `vault git update`.

use super::world::{
    BASE, FILE, contradiction, git, holds, is_tidy, merges, on_branch, set_as, team,
};
use crate::{
    sandbox::{Run, Sandbox},
    team::{BOB, alone, reconfigure},
    vaults::set,
};

/// A clone in `clone/` of alice's vault, both with a commit of their own; nothing is installed in the clone.
fn two_clones(theirs: (&str, &str), ours: (&str, &str)) -> Sandbox {
    let sandbox = alone();
    set(&sandbox, "dev", "TOKEN", "base-token-1");
    sandbox.commit("base");
    let clone = sandbox.path("clone").display().to_string();
    sandbox.git(["clone", "--quiet", ".", &clone]);
    set(&sandbox, "dev", theirs.0, theirs.1);
    sandbox.commit("theirs");
    sandbox.git(["-C", &clone, "checkout", "--quiet", "-b", "work"]);
    sandbox.secret(ours.1);
    let (key, value) = ours;
    in_clone(&sandbox, &["set", "dev", key, "--verbatim"])
        .stdin(value)
        .succeeds();
    in_clone(&sandbox, &["git", "uninstall"]).succeeds();
    sandbox.git([
        "-C",
        &clone,
        "commit",
        "--quiet",
        "--all",
        "--message",
        "ours",
    ]);
    sandbox.git(["-C", &clone, "fetch", "--quiet"]);
    sandbox
}

fn in_clone<'s>(sandbox: &'s Sandbox, line: &[&str]) -> Run<'s> {
    let run = sandbox.vault(line).within(sandbox.path("clone"));
    ["AUTHOR", "COMMITTER"].iter().fold(run, |run, who| {
        run.variable(format!("GIT_{who}_NAME"), "Test")
            .variable(format!("GIT_{who}_EMAIL"), "test@example.invalid")
    })
}

#[test]
fn the_default_branch_of_the_remote_is_merged_and_committed_with_nothing_installed() {
    let sandbox = two_clones(("THEIRS", "their-value-1"), ("OURS", "our-value-1"));
    in_clone(&sandbox, &["git", "update"]).succeeds();
    for (key, value) in [
        ("THEIRS", "their-value-1"),
        ("OURS", "our-value-1"),
        ("TOKEN", "base-token-1"),
    ] {
        let get = in_clone(&sandbox, &["get", "dev", key]).prints_secrets();
        assert_eq!(get.succeeds().stdout(), value);
    }
    let clone = sandbox.path("clone").display().to_string();
    assert_eq!(sandbox.git(["-C", &clone, "status", "--short"]), "");
    let subject = sandbox.git(["-C", &clone, "log", "-1", "--format=%s%n%p"]);
    assert!(
        subject.starts_with("Merge remote-tracking branch 'origin/main' into work\n"),
        "{subject}"
    );
    let drivers = sandbox.git(["-C", &clone, "config", "--local", "--list"]);
    assert!(!drivers.contains("merge.vault"), "{drivers}");
    in_clone(&sandbox, &["git", "update", "origin/main"]).succeeds_with("Already up to date.\n");
}

#[test]
fn what_both_sides_changed_is_told_with_what_to_type() {
    let sandbox = two_clones(("TOKEN", "their-token-2"), ("TOKEN", "our-token-2"));
    let output = in_clone(&sandbox, &["git", "update"]).fails(1);
    assert!(
        output.stderr().ends_with(
            "vault: error: not everything is merged yet
vault:   secrets/dev.yaml
vault: hint: vault git resolve finishes the secret files
vault: hint: then git commit; or git merge --abort gives it up
"
        ),
        "{}",
        output.stderr()
    );
    is_tidy(&sandbox);
}

#[test]
fn nothing_is_merged_on_top_of_a_merge_that_is_not_finished() {
    let sandbox = team(&BASE);
    on_branch(&sandbox, "second", |sandbox| {
        set_as(sandbox, "bob", "SECOND", "second-value-1");
    });
    contradiction(&sandbox);
    assert!(!merges(&sandbox));
    let told = "vault: error: an earlier merge is not finished; nothing is merged
vault:   secrets/dev.yaml
vault: hint: vault git resolve, then git commit, then this command again
";
    let update = ["git", "update", "second"];
    sandbox.vault(update).fails_with(1, told);
    sandbox.commit("in a hurry");
    let before = sandbox.git(["rev-parse", "HEAD"]);
    sandbox.vault(update).fails_with(1, told);
    assert_eq!(sandbox.git(["rev-parse", "HEAD"]), before);
    assert_eq!(sandbox.git(["status", "--porcelain"]), "");
}

#[test]
fn the_identity_that_is_named_reaches_the_drivers_from_any_folder() {
    for by in ["-i", "VAULT_IDENTITY_FILE", "VAULT_IDENTITY"] {
        let sandbox = two_clones(("THEIRS", "their-value-1"), ("OURS", "our-value-1"));
        let clone = sandbox.path("clone");
        let own = sandbox.path("config/vault/identity.txt");
        let key = std::fs::read(&own).expect("alice's");
        std::fs::remove_file(&own).expect("alice's");
        // A name that a shell and git's placeholders would read otherwise.
        let name = "../../it's 100%O.txt";
        sandbox.write(sandbox.path("it's 100%O.txt"), &key);
        sandbox.chmod(sandbox.path("it's 100%O.txt"), 0o600);
        sandbox.write(clone.join("sub/file"), "");
        let text = String::from_utf8(key.clone()).expect("text");
        let update = match by {
            "-i" => in_clone(&sandbox, &["-i", name, "git", "update"]),
            "VAULT_IDENTITY_FILE" => in_clone(&sandbox, &["git", "update"]).variable(by, name),
            _ => in_clone(&sandbox, &["git", "update"]).variable(by, &text),
        };
        update.within(clone.join("sub")).succeeds();
        sandbox.write(&own, &key);
        sandbox.chmod(&own, 0o600);
        let get = in_clone(&sandbox, &["get", "dev", "THEIRS"]).prints_secrets();
        assert_eq!(get.succeeds().stdout(), "their-value-1");
    }
}

#[test]
fn the_config_comes_first_where_it_is_left_to_a_person() {
    let sandbox = alone();
    sandbox.commit("base");
    for (branch, line) in [
        ("side", format!("bob: {BOB}")),
        ("main", format!("bob: {BOB} reads-only")),
    ] {
        if branch == "side" {
            sandbox.git(["checkout", "--quiet", "-b", "side"]);
        } else {
            sandbox.git(["checkout", "--quiet", "main"]);
        }
        let text = sandbox.read(".vault.yaml");
        sandbox.write(
            ".vault.yaml",
            text.replace(
                "recipients:\n    alice",
                &format!("recipients:\n    {line}\n    alice"),
            ),
        );
        sandbox.commit(branch);
    }
    let run = sandbox.vault(["git", "update", "side"]);
    let output = run
        .variable("GIT_COMMITTER_NAME", "T")
        .variable("GIT_COMMITTER_EMAIL", "t@x.invalid")
        .fails(1);
    assert!(
        output.stderr().ends_with(
            "vault: error: not everything is merged yet
vault:   .vault.yaml
vault: hint: .vault.yaml first: vault git resolve --ours KEY (or --theirs KEY); or edit it, then git add it
vault: hint: then git commit; or git merge --abort gives it up
"
        ),
        "{}",
        output.stderr()
    );
}

#[test]
fn without_a_branch_to_merge_or_attributes_nothing_is_begun() {
    let sandbox = alone();
    sandbox.commit("base");
    sandbox.vault(["git", "update"]).fails_with(
        2,
        "vault: error: which branch? git does not know the default branch of the remote
vault: hint: vault git update BRANCH
vault: hint: git remote set-head origin --auto asks the remote, and git remembers it
",
    );
    sandbox.vault(["git", "update", "--", "--exec=x"]).fails(2);
    let output = sandbox.vault(["git", "update", "nowhere"]).fails(2);
    assert!(
        output
            .stderr()
            .ends_with("vault: error: git merge ended with exit code 1\n"),
        "{}",
        output.stderr()
    );
    sandbox.write(".gitattributes", "");
    sandbox.commit("nothing asks");
    sandbox.vault(["git", "update", "main"]).fails_with(
        2,
        "vault: error: git's attributes do not ask for vault here
vault: hint: vault git install puts the lines into .gitattributes; commit it, and type the command again
",
    );
}

#[test]
fn hooks_of_the_clone_run_and_no_program_of_the_repository_does() {
    let sandbox = two_clones(("THEIRS", "their-value-1"), ("OURS", "our-value-1"));
    let clone = sandbox.path("clone");
    let hook = "#!/bin/sh\ntouch ran\n";
    sandbox.write(clone.join(".git/hooks/pre-merge-commit"), hook);
    sandbox.chmod(clone.join(".git/hooks/pre-merge-commit"), 0o755);
    sandbox.write(clone.join("git"), "#!/bin/sh\ntouch sprung\n");
    sandbox.chmod(clone.join("git"), 0o755);
    let path = format!(".:{}:/usr/bin:/bin", clone.display());
    let refused = in_clone(&sandbox, &["git", "update"])
        .variable("PATH", &path)
        .fails(2);
    assert!(
        refused.stderr().contains("lies inside the work tree"),
        "{}",
        refused.stderr()
    );
    in_clone(&sandbox, &["git", "update"])
        .variable("PATH", ".:/usr/bin:/bin")
        .succeeds();
    assert!(clone.join("ran").exists() && !clone.join("sprung").exists());
}

#[test]
fn what_others_did_in_the_main_branch_comes_in_by_name_too() {
    let sandbox = alone();
    set(&sandbox, "dev", "TOKEN", "base-token-1");
    sandbox.commit("base");
    sandbox.git(["checkout", "--quiet", "-b", "work"]);
    set(&sandbox, "dev", "OURS", "our-value-1");
    sandbox.commit("ours");
    sandbox.git(["checkout", "--quiet", "main"]);
    set_as(&sandbox, "alice", "THEIRS", "their-value-1");
    sandbox.commit("theirs");
    sandbox.git(["checkout", "--quiet", "work"]);
    sandbox.git(["config", "user.name", "Test"]);
    sandbox.git(["config", "user.email", "test@example.invalid"]);
    sandbox.vault(["git", "update", "main"]).succeeds();
    holds(
        &sandbox,
        &[("OURS", "our-value-1"), ("THEIRS", "their-value-1")],
    );
    assert_eq!(git(&sandbox, &["status", "--short"]).stdout(), "");
}

#[test]
fn a_membership_that_goes_back_with_the_branch_is_told() {
    let sandbox = team(&[("TOKEN", "base-token-1")]);
    let old = sandbox.read(FILE);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("bob has left");
    on_branch(&sandbox, "side", |sandbox| {
        sandbox.write(FILE, &old);
        reconfigure(sandbox, "[alice]", "[alice, bob]");
    });
    // Nothing else has changed: git needs no driver.
    let output = sandbox.vault(["git", "update", "side"]).succeeds();
    let told = "vault: dev is an older version here: bob has left since\n";
    assert!(output.stderr().ends_with(told), "{}", output.stderr());
    sandbox.vault(["set", "dev", "TOKEN", "x"]).fails(3);
}

#[test]
fn a_file_that_comes_in_and_is_not_accepted_is_told() {
    let sandbox = team(&[("TOKEN", "base-token-1")]);
    on_branch(&sandbox, "side", |sandbox| {
        let forged = sandbox.read(FILE).replacen("TOKEN: ENC", "OTHER: ENC", 1);
        sandbox.write(FILE, forged);
    });
    let output = sandbox.vault(["git", "update", "side"]).fails(3);
    assert!(
        output.stderr().contains(
            "vault: error: it is merged, and not all of it is accepted: dev: secrets/dev.yaml: not signed by anybody who may write"
        ),
        "{}",
        output.stderr()
    );
}
