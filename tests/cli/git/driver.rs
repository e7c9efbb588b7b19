//! `vault git merge`, called by git: what is merged without anybody, and what is left to a person.

use std::fs;

use super::world::{
    BASE, FILE, git, holds, is_marked, is_tidy, merges, removal_and_its_undoing, set_as, team,
    two_sides, unsigned_team, with_driver,
};
use crate::{
    sandbox::Sandbox,
    team::{forget_everything, identity, log_in, reconfigure},
    vaults::set,
};

#[test]
fn values_that_two_people_changed_apart_are_both_there_and_signed_by_whoever_merges() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            set_as(sandbox, "bob", "DATABASE", "their-database");
            set_as(sandbox, "bob", "NEW", "their-new-value");
        },
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    assert!(merges(&sandbox));
    holds(
        &sandbox,
        &[
            ("TOKEN", "our-token-2"),
            ("DATABASE", "their-database"),
            ("NEW", "their-new-value"),
        ],
    );
    assert_eq!(git(&sandbox, &["status", "--porcelain"]).stdout(), "");
    // What nobody touched, and what one side changed, keeps its ciphertext.
    let line = |revision: &str, key: &str| {
        let file = git(&sandbox, &["show", &format!("{revision}:{FILE}")]);
        let found = file.stdout().lines().find(|line| line.starts_with(key));
        found.map(str::to_owned)
    };
    assert_eq!(line("HEAD", "TOKEN"), line("HEAD^1", "TOKEN"));
    assert_eq!(line("HEAD", "DATABASE"), line("HEAD^2", "DATABASE"));
    assert_eq!(line("HEAD", "NEW"), line("HEAD^2", "NEW"));
}

#[test]
fn the_same_key_on_both_sides_is_left_to_a_person_with_our_file_marked() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "TOKEN", "their-token-2"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    let ours = sandbox.read(FILE);
    let output = git(&sandbox, &["merge", "theirs"]);
    assert_eq!(output.code(), 1);
    assert!(
        output.stderr().contains(
            "vault: error: secrets/dev.yaml is not merged
vault:   `TOKEN` was changed on both sides to different values
vault: hint: vault git resolve shows what is left to decide, and finishes the merge
"
        ),
        "{}",
        output.stderr()
    );
    is_tidy(&sandbox);
    is_marked(&sandbox, &ours);
    sandbox.set("VAULT_EDITOR", "true");
    for line in [
        &["get", "dev", "DATABASE"][..],
        &["check"],
        &["list", "dev"],
        &["render", "dev"],
        &["set", "dev", "A", "b"],
        &["edit", "dev"],
        &["sign", "--all", "--yes"],
        &["trust", "dev", "--yes"],
        &["access"],
        &["run", "dev", "--", "true"],
        &["env", "rename", "dev", "other", "--yes"],
        &["env", "remove", "dev", "--yes"],
        &["rekey", "dev", "--yes"],
        &["sync", "--yes"],
        &["recipients", "remove", "bob", "--yes"],
    ] {
        let output = sandbox.vault(line).run();
        assert_eq!(output.code(), 3, "{line:?}");
        assert!(
            output.stderr().contains("vault git resolve"),
            "{}",
            output.stderr()
        );
    }
    // A commit in a hurry loses nothing either: both sides are in it, and nobody takes the file for merged.
    sandbox.commit("in a hurry");
    sandbox.vault(["check"]).fails(3);
    is_marked(&sandbox, &ours);
}

#[test]
fn the_same_change_on_both_sides_and_none_on_one_are_no_conflict() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "TOKEN", "same-token-2"),
        |sandbox| set(sandbox, "dev", "TOKEN", "same-token-2"),
    );
    let ours = sandbox.read(FILE);
    assert!(merges(&sandbox));
    assert_eq!(sandbox.read(FILE), ours);
    holds(&sandbox, &[("TOKEN", "same-token-2")]);
}

#[test]
fn a_new_data_key_on_either_side_or_both_makes_a_fresh_one() {
    for (on_theirs, on_ours) in [(true, false), (false, true), (true, true)] {
        let sandbox = team(&BASE);
        let rekey = |sandbox: &Sandbox, wanted: bool| {
            if wanted {
                sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
            }
        };
        two_sides(
            &sandbox,
            |sandbox| {
                set(sandbox, "dev", "DATABASE", "their-database");
                rekey(sandbox, on_theirs);
            },
            |sandbox| {
                set(sandbox, "dev", "TOKEN", "our-token-2");
                rekey(sandbox, on_ours);
            },
        );
        assert!(merges(&sandbox));
        holds(
            &sandbox,
            &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
        );
    }
}

fn add_carol(sandbox: &Sandbox) {
    reconfigure(sandbox, "[alice, bob]", "[alice, bob, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds();
}

#[test]
fn whoever_one_side_added_reads_what_the_other_side_wrote() {
    for is_theirs in [true, false] {
        let sandbox = team(&BASE);
        let value = |sandbox: &Sandbox| set(sandbox, "dev", "TOKEN", "other-token-2");
        match is_theirs {
            true => two_sides(&sandbox, add_carol, value),
            false => two_sides(&sandbox, value, add_carol),
        }
        assert!(merges(&sandbox));
        log_in(&sandbox, "carol");
        holds(&sandbox, &[("TOKEN", "other-token-2")]);
    }
}

#[test]
fn whoever_one_side_removed_does_not_read_what_the_other_side_wrote() {
    for is_theirs in [true, false] {
        let sandbox = team(&BASE);
        let remove = |sandbox: &Sandbox| {
            reconfigure(sandbox, "[alice, bob]", "[alice]");
            sandbox.vault(["sync", "--yes"]).succeeds();
            forget_everything(sandbox);
        };
        let value = |sandbox: &Sandbox| set(sandbox, "dev", "TOKEN", "other-token-2");
        match is_theirs {
            true => two_sides(&sandbox, remove, value),
            false => two_sides(&sandbox, value, remove),
        }
        assert!(merges(&sandbox), "{is_theirs}");
        holds(&sandbox, &[("TOKEN", "other-token-2")]);
        let bob = identity(&sandbox, "bob");
        let bob = bob.to_str().expect("a path");
        fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("alice's");
        sandbox.vault(["-i", bob, "get", "dev", "TOKEN"]).fails(2);
    }
}

#[test]
fn members_changed_on_both_sides_are_left_to_a_person() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            reconfigure(sandbox, "[alice, bob]", "[alice]");
            sandbox.vault(["sync", "--yes"]).succeeds();
            forget_everything(sandbox);
        },
        add_carol,
    );
    let ours = sandbox.read(FILE);
    let output = git(&sandbox, &["merge", "theirs"]);
    assert!(
        output
            .stderr()
            .contains("vault:   the membership was changed on both sides\n"),
        "{}",
        output.stderr()
    );
    is_marked(&sandbox, &ours);
}

#[test]
fn a_removal_is_not_undone_by_a_branch_from_before_it() {
    let sandbox = removal_and_its_undoing();
    let ours = sandbox.read(FILE);
    let output = git(&sandbox, &["merge", "theirs"]);
    let stderr = output.stderr();
    assert!(
        stderr.contains(
            "vault:   the membership there is older than where both sides began: a change of members would be undone (bob would read again)\n"
        ),
        "{stderr}"
    );
    assert!(
        stderr.contains("vault:   the file there was signed by bob, who may not write any more\n"),
        "{stderr}"
    );
    is_tidy(&sandbox);
    is_marked(&sandbox, &ours);
}

#[test]
fn without_an_identity_that_opens_at_once_nothing_is_asked_and_nothing_is_lost() {
    for is_locked in [true, false] {
        let sandbox = team(&BASE);
        two_sides(
            &sandbox,
            |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
            |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
        );
        let ours = sandbox.read(FILE);
        let own = sandbox.path("config/vault/identity.txt");
        match is_locked {
            true => drop(sandbox.copy("keys/alice_locked.age", &own)),
            false => log_in(&sandbox, "carol"),
        }
        sandbox.chmod(&own, 0o600);
        let output = git(&sandbox, &["merge", "theirs"]);
        assert!(
            output.stderr().contains(
                "vault:   here: no identity of yours opens it, or none without a passphrase\nvault:     it can be read by alice, bob\n"
            ),
            "{}",
            output.stderr()
        );
        is_marked(&sandbox, &ours);
    }
}

#[test]
fn a_side_that_nobody_accepts_is_told_and_our_file_stays() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            let text = sandbox.read(FILE);
            sandbox.write(FILE, text.replacen("TOKEN: ENC", "OTHER: ENC", 1));
        },
        |sandbox| set(sandbox, "dev", "DATABASE", "our-database"),
    );
    let ours = sandbox.read(FILE);
    let output = git(&sandbox, &["merge", "theirs"]);
    assert!(
        output
            .stderr()
            .contains("vault:   there: not signed by anybody who may write"),
        "{}",
        output.stderr()
    );
    is_marked(&sandbox, &ours);
}

#[test]
fn a_rebase_a_cherry_pick_and_a_stash_are_merged_as_well() {
    let values = [("TOKEN", "our-token-2"), ("DATABASE", "their-database")];
    let sides = || {
        let sandbox = team(&BASE);
        two_sides(
            &sandbox,
            |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
            |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
        );
        sandbox
    };
    let sandbox = sides();
    assert_eq!(git(&sandbox, &["rebase", "theirs"]).code(), 0);
    holds(&sandbox, &values);
    let sandbox = sides();
    assert_eq!(git(&sandbox, &["cherry-pick", "theirs"]).code(), 0);
    holds(&sandbox, &values);
    let sandbox = team(&BASE);
    set(&sandbox, "dev", "DATABASE", "their-database");
    sandbox.git(["stash", "--quiet"]);
    set(&sandbox, "dev", "TOKEN", "our-token-2");
    sandbox.commit("ours");
    assert_eq!(git(&sandbox, &["stash", "pop"]).code(), 0);
    holds(&sandbox, &values);
    is_tidy(&sandbox);
}

#[test]
fn what_git_reverts_is_reverted_by_key() {
    let sandbox = team(&BASE);
    set(&sandbox, "dev", "TOKEN", "wrong-token-2");
    sandbox.commit("wrong");
    set(&sandbox, "dev", "DATABASE", "our-database");
    sandbox.commit("right");
    assert_eq!(git(&sandbox, &["revert", "--no-edit", "HEAD~1"]).code(), 0);
    holds(
        &sandbox,
        &[("TOKEN", "base-token-1"), ("DATABASE", "our-database")],
    );
}

#[test]
fn a_merge_whose_sides_were_merged_before_in_both_directions_goes_through() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    sandbox.git(["tag", "before"]);
    assert!(merges(&sandbox));
    sandbox.git(["checkout", "--quiet", "theirs"]);
    assert_eq!(git(&sandbox, &["merge", "--no-edit", "before"]).code(), 0);
    set(&sandbox, "dev", "NEW", "their-new-value");
    sandbox.commit("more");
    sandbox.git(["checkout", "--quiet", "main"]);
    assert!(merges(&sandbox));
    holds(
        &sandbox,
        &[
            ("TOKEN", "our-token-2"),
            ("DATABASE", "their-database"),
            ("NEW", "their-new-value"),
        ],
    );
}

#[test]
fn a_wrong_call_and_a_driver_that_cannot_read_end_with_129_and_touch_nothing() {
    let sandbox = team(&BASE);
    let ours = sandbox.read(FILE);
    sandbox.vault(["git", "merge", FILE]).fails_with(
        129,
        "vault: error: missing: <OURS>, <THEIRS>, <PATH>
vault: hint: usage: vault git merge <BASE> <OURS> <THEIRS> <PATH>
",
    );
    sandbox
        .vault(["git", "merge", FILE, FILE, "missing.yaml", FILE])
        .fails_with(129, "vault: error: there is no file missing.yaml\n");
    assert_eq!(sandbox.read(FILE), ours);
}

#[test]
fn a_driver_that_is_killed_leaves_our_file_as_it_was() {
    let sandbox = team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "dev", "DATABASE", "their-database"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    let ours = sandbox.read(FILE);
    let killer = sandbox.path("killer");
    sandbox.write(&killer, "#!/bin/sh\nkill -9 $PPID\n");
    sandbox.chmod(&killer, 0o755);
    let own = fs::read(sandbox.path("config/vault/identity.txt")).expect("alice's");
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("alice's");
    sandbox.set("VAULT_IDENTITY_CMD", &killer);
    assert!(git(&sandbox, &["merge", "--no-edit", "theirs"]).code() > 0);
    assert_eq!(sandbox.read(FILE), ours);
    is_tidy(&sandbox);
    sandbox.unset("VAULT_IDENTITY_CMD");
    sandbox.write(sandbox.path("config/vault/identity.txt"), own);
    sandbox.chmod(sandbox.path("config/vault/identity.txt"), 0o600);
    let _ = git(&sandbox, &["merge", "--abort"]);
    sandbox.git(["reset", "--quiet", "--hard"]);
    assert!(merges(&sandbox));
    holds(
        &sandbox,
        &[("TOKEN", "our-token-2"), ("DATABASE", "their-database")],
    );
}

#[test]
fn files_that_nobody_signs_are_merged_as_well_also_after_sops() {
    let sandbox = unsigned_team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| {
            set(sandbox, "dev", "DATABASE", "their-database");
            let own = identity(sandbox, "alice");
            if let Some(run) = sandbox.sops(["rotate", "-i", FILE]) {
                run.variable("SOPS_AGE_KEY_FILE", own).succeeds();
            }
        },
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    assert!(merges(&sandbox));
    let values = [("TOKEN", "our-token-2"), ("DATABASE", "their-database")];
    holds(&sandbox, &values);
    log_in(&sandbox, "bob");
    holds(&sandbox, &values);
}

#[test]
fn recipients_of_unsigned_files_are_those_of_the_side_that_changed_them() {
    let sandbox = unsigned_team(&BASE);
    let sync = |sandbox: &Sandbox, to: &str| {
        reconfigure(sandbox, "[alice, bob]", to);
        sandbox.vault(["sync", "--yes"]).succeeds();
    };
    two_sides(
        &sandbox,
        |sandbox| sync(sandbox, "[alice, carol]"),
        |sandbox| set(sandbox, "dev", "TOKEN", "our-token-2"),
    );
    // While git merges, our config is there, which does not list carol: nobody gets in by that alone.
    assert!(!merges(&sandbox));
    sandbox.vault(["git", "resolve", "--yes"]).succeeds();
    sandbox.commit("merged");
    log_in(&sandbox, "carol");
    holds(&sandbox, &[("TOKEN", "our-token-2")]);
    let bob = identity(&sandbox, "bob");
    fs::remove_file(sandbox.path("config/vault/identity.txt")).expect("carol's");
    sandbox
        .vault(["-i", bob.to_str().expect("a path"), "get", "dev", "TOKEN"])
        .fails(2);

    let sandbox = unsigned_team(&BASE);
    two_sides(
        &sandbox,
        |sandbox| sync(sandbox, "[alice, carol]"),
        |sandbox| sync(sandbox, "[alice, bob, carol]"),
    );
    let output = git(&sandbox, &["merge", "theirs"]);
    assert!(
        output
            .stderr()
            .contains("vault:   the recipients of the file differ on the two sides\n"),
        "{}",
        output.stderr()
    );
    let text = sandbox.read(FILE);
    let text = text
        .split_once("    x-vault:\n")
        .expect("a block for the mark")
        .1;
    assert!(
        text.starts_with("        version: 1\n        unmerged:\n            theirs: "),
        "{text}"
    );
}

#[test]
fn a_vault_in_a_folder_whose_name_has_blanks_is_merged_as_well() {
    let sandbox = Sandbox::with_git();
    log_in(&sandbox, "alice");
    sandbox.write(
        "app dir/.vault.yaml",
        crate::team::config(
            &[("alice", crate::team::ALICE)],
            "    dev: {recipients: [alice]}\n",
        ),
    );
    with_driver(&sandbox);
    let set = |sandbox: &Sandbox, key: &str, value: &str| {
        sandbox.secret(value);
        sandbox
            .vault(["-C", "app dir", "set", "dev", key, "--verbatim"])
            .stdin(value)
            .succeeds();
    };
    set(&sandbox, "TOKEN", "base-token-1");
    sandbox.commit("base");
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "OTHER", "their-other-1"),
        |sandbox| set(sandbox, "TOKEN", "our-token-2"),
    );
    assert!(merges(&sandbox));
    for (key, value) in [("TOKEN", "our-token-2"), ("OTHER", "their-other-1")] {
        let run = sandbox.vault(["-C", "app dir", "get", "dev", key]);
        run.prints_secrets().succeeds_with(value);
    }
    sandbox.git(["branch", "--quiet", "-D", "theirs"]);
    two_sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-token-3"),
        |sandbox| set(sandbox, "TOKEN", "our-token-3"),
    );
    assert!(!merges(&sandbox));
    sandbox
        .vault(["git", "resolve", "--theirs", "TOKEN"])
        .within("app dir")
        .succeeds();
    let run = sandbox.vault(["-C", "app dir", "get", "dev", "TOKEN"]);
    run.prints_secrets().succeeds_with("their-token-3");
    assert_eq!(git(&sandbox, &["commit", "--no-edit"]).code(), 0);
}
