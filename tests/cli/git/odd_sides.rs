//! A side of a merge that is not there, that is no file of vault, or that the person at work cannot open: nothing is lost, and it is told what
//! to type.

use std::{fs, os::unix::fs::symlink};

use super::world::{FILE, git, holds, is_marked, is_tidy, merges, set_as, team, two_sides};
use crate::{
    sandbox::Sandbox,
    team::{get, log_in, reconfigure},
    vaults::set,
};

const BASE: [(&str, &str); 2] = [("TOKEN", "base-token-1"), ("DATABASE", "base-database")];

/// Theirs is something else, ours has another value.
fn theirs_is(make: impl FnOnce(&Sandbox)) -> Sandbox {
    let sandbox = team(&BASE);
    two_sides(&sandbox, make, |sandbox| {
        set(sandbox, "dev", "TOKEN", "our-token-2");
    });
    sandbox
}

#[test]
fn of_a_side_that_is_no_file_of_vault_the_other_one_can_be_kept() {
    for is_committed in [false, true] {
        let sandbox = theirs_is(|sandbox| drop(sandbox.write(FILE, "hello: world\n")));
        let ours = sandbox.read(FILE);
        assert!(!merges(&sandbox));
        is_marked(&sandbox, &ours);
        if is_committed {
            sandbox.commit("in a hurry");
        }
        sandbox.vault(["git", "resolve"]).fails_with(
            3,
            "vault: error: secrets/dev.yaml (dev): there: no `sops` metadata: not an encrypted file
vault: hint: vault git resolve dev --keep-ours keeps our side, and gives up what the other one changed
",
        );
        sandbox
            .vault(["git", "resolve", "dev", "--keep-ours"])
            .succeeds();
        assert_eq!(sandbox.read(FILE), ours);
        assert_eq!(git(&sandbox, &["commit", "--no-edit", "-m", "x"]).code(), 0);
        holds(&sandbox, &[("TOKEN", "our-token-2")]);
    }
}

#[test]
fn our_side_that_is_no_file_of_vault_stays_as_it_is_until_theirs_is_taken() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "TOKEN", "their-token-2"),
        |sandbox| drop(sandbox.write(FILE, "hello: world\n")),
    );
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert!(
        output.stderr().contains(
            "vault: error: secrets/dev.yaml is not merged
vault:   here: no `sops` metadata: not an encrypted file
vault:   it bears no mark: no `sops` metadata: not an encrypted file
vault: hint: vault git resolve says how to go on
"
        ),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read(FILE), "hello: world\n");
    for option in [&[][..], &["--list"]] {
        let line = ["git", "resolve"].into_iter().chain(option.iter().copied());
        assert!(sandbox.vault(line).run().code() > 0);
    }
    sandbox.vault(["git", "resolve"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml (dev): here: no `sops` metadata: not an encrypted file
vault: hint: git checkout --theirs -- secrets/dev.yaml and git add secrets/dev.yaml take the file as the branch that comes in has it, and drop what your branch has changed in it, values and members
",
    );
    sandbox.git(["checkout", "--quiet", "--theirs", "--", FILE]);
    sandbox.git(["add", FILE]);
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    holds(&sandbox, &[("TOKEN", "their-token-2")]);
}

#[test]
fn of_a_side_that_is_a_link_it_is_told_how_the_file_is_kept() {
    let sandbox = theirs_is(|sandbox| {
        fs::rename(sandbox.work(FILE), sandbox.work("elsewhere")).expect("a file");
        symlink("../elsewhere", sandbox.work(FILE)).expect("a link");
    });
    let ours = sandbox.read(FILE);
    assert!(git(&sandbox, &["merge", "--no-edit", "theirs"]).code() > 0);
    let keeps = "git rm -r --cached --quiet -- secrets/dev.yaml 'secrets/dev.yaml~HEAD' && mv -- 'secrets/dev.yaml~HEAD' secrets/dev.yaml && git add -- secrets/dev.yaml";
    sandbox.vault(["git", "resolve"]).fails_with(
        2,
        &format!(
            "vault: error: secrets/dev.yaml (dev): one side has a link, a folder or a repository there, and no file
vault: hint: to keep the file: {keeps}
"
        ),
    );
    sandbox.program("sh", ["-c", keeps]).succeeds();
    assert_eq!(sandbox.read(FILE), ours);
    sandbox.vault(["git", "resolve"]).succeeds();
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
    holds(&sandbox, &[("TOKEN", "our-token-2")]);
}

/// Another environment, so that dev can go.
fn two_environments() -> Sandbox {
    let sandbox = team(&BASE);
    reconfigure(
        &sandbox,
        "    dev:",
        "    prod: {recipients: [alice]}\n    dev:",
    );
    set(&sandbox, "prod", "TOKEN", "prod-token-1");
    sandbox.commit("prod");
    sandbox
}

fn remove(sandbox: &Sandbox) {
    sandbox.vault(["env", "remove", "prod", "--yes"]).succeeds();
}

fn change(sandbox: &Sandbox) {
    set(sandbox, "prod", "TOKEN", "prod-token-2");
}

#[test]
fn an_environment_that_one_side_removed_and_the_other_changed_goes_or_stays_as_it_is_told() {
    for is_theirs in [true, false] {
        for is_kept in [true, false] {
            let sandbox = two_environments();
            let before = sandbox.read(".vault.yaml");
            match is_theirs {
                true => two_sides(&sandbox, remove, change),
                false => two_sides(&sandbox, change, remove),
            }
            assert_eq!(git(&sandbox, &["merge", "--no-edit", "theirs"]).code(), 1);
            let (there, here, lines) = match is_theirs {
                true => (
                    "there",
                    "here",
                    "git show HEAD:./.vault.yaml shows its lines",
                ),
                false => (
                    "here",
                    "there",
                    "git log --all -- .vault.yaml shows which commit has its lines",
                ),
            };
            sandbox.vault(["git", "resolve"]).fails_with(
                1,
                &format!(
                    "vault: error: secrets/prod.yaml (prod): prod was removed {there}, and its file changed {here}
vault: hint: to let it go: git rm --quiet -- secrets/prod.yaml
vault: hint: to keep it: put prod back into .vault.yaml ({lines}), then git add .vault.yaml secrets/prod.yaml
"
                ),
            );
            match is_kept {
                true => {
                    sandbox.write(".vault.yaml", before);
                    sandbox.git(["add", ".vault.yaml", "secrets/prod.yaml"]);
                }
                false => drop(sandbox.git(["rm", "--quiet", "--", "secrets/prod.yaml"])),
            }
            sandbox.vault(["git", "resolve"]).succeeds();
            assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
            sandbox.vault(["check"]).succeeds();
            assert_eq!(sandbox.exists("secrets/prod.yaml"), is_kept);
            if is_kept {
                assert_eq!(get(&sandbox, "prod", "TOKEN"), "prod-token-2");
            }
            is_tidy(&sandbox);
        }
    }
}

#[test]
fn whoever_cannot_open_the_file_is_told_who_can_merge_it() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set_as(sandbox, "bob", "DATABASE", "their-database"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    let ours = sandbox.read(FILE);
    log_in(&sandbox, "carol");
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    let told = "it can be read by alice, bob\n";
    assert!(output.stderr().contains(told), "{}", output.stderr());
    is_marked(&sandbox, &ours);
    let output = sandbox.vault(["git", "resolve"]).fails(2);
    assert!(output.stderr().contains(told), "{}", output.stderr());
    assert!(
        output
            .stderr()
            .contains("hint: ask alice or bob to type vault recipients add carol"),
        "{}",
        output.stderr()
    );
    is_marked(&sandbox, &ours);
    // One of them does it.
    log_in(&sandbox, "bob");
    sandbox.vault(["git", "resolve"]).succeeds();
    log_in(&sandbox, "alice");
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
}

#[test]
fn whoever_only_reads_is_told_who_can_merge_it() {
    let sandbox = team(&BASE);
    reconfigure(
        &sandbox,
        "recipients: [alice, bob]",
        "recipients: [alice, bob], writers: [alice]",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("bob reads");
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    let ours = sandbox.read(FILE);
    log_in(&sandbox, "bob");
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert!(
        output.stderr().contains(
            "vault:   no identity of yours may write it, or none without a passphrase
vault:     it can be merged by alice
"
        ),
        "{}",
        output.stderr()
    );
    is_marked(&sandbox, &ours);
}

#[test]
fn a_key_that_is_decided_is_not_decided_again() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "their-token-2");
            set(sandbox, "dev", "DATABASE", "their-database");
        },
        |sandbox| {
            set(sandbox, "dev", "TOKEN", "our-token-2");
            set(sandbox, "dev", "DATABASE", "our-database");
        },
    );
    assert!(!merges(&sandbox));
    let marked = sandbox.read(FILE);
    // One of two keys: nothing of the file is written, and the first is to be named again.
    sandbox
        .vault(["git", "resolve", "--ours", "TOKEN"])
        .fails_with(
            1,
            "vault: error: secrets/dev.yaml (dev): somebody has to decide between two values
vault:   DATABASE: changed on both sides to different values
vault: hint: --ours KEY or --theirs KEY takes one of them; on a terminal an editor shows both
vault: hint: name all keys in one command: nothing of a file is written before all of it is decided
",
        );
    assert_eq!(sandbox.read(FILE), marked);
    let decided = ["git", "resolve", "--ours", "TOKEN", "--theirs", "DATABASE"];
    sandbox.vault(decided).succeeds();
    let merged = sandbox.read(FILE);
    sandbox
        .vault(decided)
        .succeeds()
        .says("vault: nothing is unmerged\n");
    sandbox
        .vault(["git", "resolve", "dev", "--ours", "TOKEN"])
        .fails_with(
            2,
            "vault: error: dev is not unmerged
vault: hint: vault git resolve --list says what is
",
        );
    assert_eq!(sandbox.read(FILE), merged);
}
