//! What git is told of overrides of one's own, and when it is asked.

use std::{fs, os::unix::fs::symlink, thread};

use super::{FILE, OWN, SHARED, overridden, set_local, two};
use crate::sandbox::Sandbox;

#[test]
fn a_rule_that_brings_the_file_back_stops_the_first_value_before_it_is_asked_for() {
    let sandbox = two();
    sandbox.write("secrets/.gitignore", "!dev.local.yaml\n");
    sandbox
        .vault(["set", "dev", "TOKEN", "--local"])
        .fails_with(
            2,
            "vault: .gitignore: git ignores secrets/dev.local.yaml from now on
vault: error: git does not ignore secrets/dev.local.yaml: another rule brings it back
vault: hint: git check-ignore --verbose --no-index -- secrets/dev.local.yaml shows which
",
        );
    assert!(!sandbox.exists(FILE));
}

#[test]
fn a_link_in_the_place_of_gitignore_stops_the_first_value() {
    let sandbox = two();
    sandbox.write("rules", ".env\n*.local.yaml\n");
    fs::remove_file(sandbox.work(".gitignore")).unwrap();
    symlink("rules", sandbox.work(".gitignore")).unwrap();
    sandbox
        .vault(["set", "dev", "TOKEN", "--local"])
        .fails_with(
        2,
        "vault: error: .gitignore is a symbolic link, which git does not follow; nothing is written
vault: hint: put a file in its place: cp .gitignore .gitignore.file && mv .gitignore.file .gitignore
",
    );
    assert!(!sandbox.exists(FILE));
}

#[test]
fn first_values_of_several_environments_at_once_all_get_their_line() {
    let sandbox = Sandbox::with_git();
    crate::vaults::identity(&sandbox, "alice");
    let names = ["a", "b", "c", "d", "e", "f"];
    let environments =
        names.map(|name| format!("  {name}: {{ recipients: [alice], local: true }}\n"));
    sandbox.write(
        ".vault.yaml",
        format!(
            "version: 1\nrecipients:\n  alice: {}\nenvironments:\n{}",
            crate::vaults::ALICE,
            environments.concat()
        ),
    );
    for name in names {
        crate::vaults::set(&sandbox, name, "TOKEN", SHARED);
    }
    let places = sandbox.environment();
    thread::scope(|scope| {
        for name in names {
            let (places, work) = (&places, sandbox.work(""));
            scope.spawn(move || {
                let vault = std::process::Command::new(env!("CARGO_BIN_EXE_vault"))
                    .args(["set", name, "LEVEL=debug", "--local"])
                    .current_dir(work)
                    .env_clear()
                    .envs(places)
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&vault.stderr);
                assert_eq!(vault.status.code(), Some(0), "{said}");
            });
        }
    });
    for name in names {
        let line = format!("/secrets/{name}.local.yaml");
        let ignored = sandbox.read(".gitignore");
        assert_eq!(
            ignored.lines().filter(|it| *it == line).count(),
            1,
            "{ignored}"
        );
    }
}

#[test]
fn what_git_ignores_already_gets_no_line() {
    let sandbox = two();
    sandbox.write(".gitignore", "*.local.yaml\n");
    sandbox
        .vault(["set", "dev", "LEVEL=trace", "--local"])
        .succeeds()
        .says(
            "vault: making the file and writing LEVEL to secrets/dev.local.yaml for you alone
vault: + LEVEL
",
        );
    assert_eq!(sandbox.read(".gitignore"), "*.local.yaml\n");
}

#[test]
fn a_vault_in_a_folder_of_the_work_tree_and_one_without_git_have_overrides_too() {
    for is_git in [true, false] {
        let sandbox = match is_git {
            true => Sandbox::with_git(),
            false => Sandbox::new(),
        };
        crate::vaults::identity(&sandbox, "alice");
        sandbox.write(
            "deep/er/.vault.yaml",
            format!(
                "version: 1\nrecipients:\n  alice: {}\nenvironments:\n  dev: {{ recipients: [alice], local: true, file: 'a [1].yaml' }}\n",
                crate::vaults::ALICE
            ),
        );
        let folder = "deep/er";
        let vault = |line: &[&str]| sandbox.vault(line).within(folder);
        vault(&["set", "dev", "TOKEN=shared"]).succeeds();
        vault(&["set", "dev", "TOKEN=own", "--local"]).succeeds();
        vault(&["get", "dev", "TOKEN"]).succeeds_with("own");
        assert!(sandbox.exists("deep/er/a [1].local.yaml"));
        assert_eq!(sandbox.exists("deep/er/.gitignore"), is_git);
        if is_git {
            sandbox.commit("all");
            let tracked = sandbox.git(["ls-files"]);
            assert!(!tracked.contains("local.yaml"), "{tracked}");
        }
    }
}

#[test]
fn git_is_not_asked_while_there_is_nothing_local() {
    let sandbox = two();
    sandbox.write(".git/HEAD", "broken");
    for line in [
        &["get", "dev", "TOKEN"][..],
        &["render", "dev"],
        &["list", "dev", "--long"],
    ] {
        sandbox.vault(line).prints_secrets().succeeds();
    }
    sandbox.write(".git/HEAD", "ref: refs/heads/main\n");
    set_local(&sandbox, "TOKEN", OWN);
    sandbox.write(".git/HEAD", "broken");
    sandbox.vault(["get", "dev", "TOKEN"]).fails(2);
    sandbox
        .vault(["get", "dev", "TOKEN", "--no-local"])
        .prints_secrets()
        .succeeds_with(SHARED);
}

#[test]
fn an_identity_that_is_gone_leaves_overrides_that_can_be_dropped() {
    let sandbox = overridden();
    crate::vaults::identity(&sandbox, "bob");
    let refusal = "vault: error: secrets/dev.local.yaml: signed by alice (SHA256:[..]), which is no identity of yours
vault:   tried age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps, from [ROOT]/config/vault/identity.txt
vault: hint: vault unset dev --local --all takes the file away
vault: hint: vault get, list, render and run dev --no-local go on without it
";
    for line in [
        &["get", "dev", "TOKEN"][..],
        &["list", "dev"],
        &["render", "dev"],
        &["run", "dev", "--", "true"],
        &["set", "dev", "TOKEN", "x", "--local"],
        &["unset", "dev", "TOKEN", "--local"],
    ] {
        sandbox.vault(line).fails_with(3, refusal);
    }
    sandbox
        .vault(["unset", "dev", "--local", "--all"])
        .succeeds();
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .prints_secrets()
        .succeeds_with(SHARED);
}

#[test]
fn without_any_identity_nothing_speaks_for_what_is_local_nor_against_it() {
    let sandbox = overridden();
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["list", "dev"]).fails_with(
        2,
        "vault: error: secrets/dev.local.yaml: signed by alice (SHA256:[..]), which is no identity of yours
vault:   there is no identity on this machine
vault: hint: vault unset dev --local --all takes the file away
vault: hint: vault get, list, render and run dev --no-local go on without it
",
    );
    sandbox.vault(["list", "dev", "--no-local"]).succeeds();
}
