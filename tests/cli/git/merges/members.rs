//! Who reads and writes, changed on one side or on both; and who merges.

use std::fs;

use super::{
    DEV, case, conflicts, git, holds, is_unmerged, merges, nothing_in_clear, of_values, set, sides,
};
use crate::{
    sandbox::Sandbox,
    team::{self, forget_everything, get, identity, log_in, reconfigure},
};

const READERS: &str = "recipients: [alice, bob]";

/// Changes who reads common and dev.
fn readers(sandbox: &Sandbox, names: &str) {
    reconfigure(sandbox, READERS, &format!("recipients: [{names}]"));
    sandbox.vault(["sync", "--yes"]).succeeds();
}

fn add_carol(sandbox: &Sandbox) {
    readers(sandbox, "alice, bob, carol");
}

fn remove_bob(sandbox: &Sandbox) {
    readers(sandbox, "alice");
    // The other side is somebody else's machine.
    forget_everything(sandbox);
}

fn reads(sandbox: &Sandbox, who: &str, key: &str) -> bool {
    let own = identity(sandbox, who).display().to_string();
    let kept = sandbox.path("kept");
    let alice = sandbox.path("config/vault/identity.txt");
    fs::rename(&alice, &kept).expect("a place of the sandbox");
    let output = sandbox
        .vault(["-i", &own, "get", "dev", key])
        .prints_secrets()
        .run();
    fs::rename(&kept, &alice).expect("a place of the sandbox");
    output.code() == 0
}

#[test]
fn a_new_data_key_of_ours_is_replaced_by_a_fresh_one_with_the_values_of_both() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        |sandbox| {
            sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
        },
    );
    merges(
        &sandbox,
        &[("TOKEN", "their-value-1"), ("DATABASE", "base-database-1")],
    );
}

#[test]
fn a_new_data_key_of_theirs_is_replaced_by_a_fresh_one_with_the_values_of_both() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
        },
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    merges(
        &sandbox,
        &[("TOKEN", "our-value-1"), ("DATABASE", "base-database-1")],
    );
}

#[test]
fn new_data_keys_on_both_sides_are_no_conflict() {
    let sandbox = case();
    let side = |sandbox: &Sandbox, key: &str, value: &str| {
        sandbox.vault(["rekey", "dev", "--yes"]).succeeds();
        set(sandbox, key, value);
    };
    sides(
        &sandbox,
        |sandbox| side(sandbox, "TOKEN", "their-value-1"),
        |sandbox| side(sandbox, "DATABASE", "our-value-1"),
    );
    merges(
        &sandbox,
        &[("TOKEN", "their-value-1"), ("DATABASE", "our-value-1")],
    );
    assert!(reads(&sandbox, "bob", "TOKEN"));
}

#[test]
fn whoever_they_added_reads_what_we_wrote() {
    let sandbox = case();
    sides(&sandbox, add_carol, |sandbox| {
        set(sandbox, "TOKEN", "our-value-1")
    });
    merges(&sandbox, &[("TOKEN", "our-value-1")]);
    assert!(reads(&sandbox, "carol", "TOKEN") && reads(&sandbox, "bob", "TOKEN"));
}

#[test]
fn whoever_we_added_reads_what_they_wrote() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        add_carol,
    );
    merges(&sandbox, &[("TOKEN", "their-value-1")]);
    assert!(reads(&sandbox, "carol", "TOKEN") && reads(&sandbox, "bob", "TOKEN"));
}

#[test]
fn whoever_they_removed_does_not_read_what_we_wrote() {
    let sandbox = case();
    sides(&sandbox, remove_bob, |sandbox| {
        set(sandbox, "TOKEN", "our-value-1")
    });
    merges(&sandbox, &[("TOKEN", "our-value-1")]);
    assert!(!reads(&sandbox, "bob", "TOKEN"));
}

#[test]
fn whoever_we_removed_does_not_read_what_they_wrote() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        remove_bob,
    );
    merges(&sandbox, &[("TOKEN", "their-value-1")]);
    assert!(!reads(&sandbox, "bob", "TOKEN"));
}

#[test]
fn one_member_added_here_and_another_removed_there_are_left_to_a_writer() {
    let sandbox = case();
    sides(&sandbox, remove_bob, add_carol);
    conflicts(
        &sandbox,
        "vault:   the membership was changed on both sides\n",
    );
    // The config is merged by itself: a removal wins, and it gives nobody anything.
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("recipients: [alice, carol]")
    );
}

#[test]
fn the_same_member_added_on_both_sides_is_left_to_a_writer() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            log_in(sandbox, "bob");
            add_carol(sandbox);
            log_in(sandbox, "alice");
            forget_everything(sandbox);
        },
        add_carol,
    );
    conflicts(
        &sandbox,
        "vault:   the membership was changed on both sides\n",
    );
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("recipients: [alice, bob, carol]")
    );
}

#[test]
fn a_removal_that_an_old_file_undoes_in_a_commit_is_refused_where_it_was_known() {
    let sandbox = case();
    let old = sandbox.read(DEV);
    readers(&sandbox, "alice");
    sandbox.commit("bob has left");
    sandbox.write(DEV, old);
    reconfigure(&sandbox, "recipients: [alice]", READERS);
    sandbox.commit("bob is back");
    sandbox.vault(["set", "dev", "TOKEN", "x"]).fails(3);
    nothing_in_clear(&sandbox);
}

#[test]
fn a_removal_that_a_branch_undoes_stays_unmerged() {
    let sandbox = case();
    let old = sandbox.read(DEV);
    readers(&sandbox, "alice");
    sandbox.commit("bob has left");
    sides(
        &sandbox,
        |sandbox| drop(sandbox.write(DEV, &old)),
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    conflicts(
        &sandbox,
        "vault:   the membership there is older than where both sides began: a change of members would be undone (bob would read again)\n",
    );
}

#[test]
fn a_removal_that_git_reverts_is_refused_where_it_was_known() {
    let sandbox = case();
    readers(&sandbox, "alice");
    sandbox.commit("bob has left");
    // What it takes back is the whole last commit, so git needs no driver for it.
    let output = git(&sandbox, &["revert", "--no-edit", "HEAD"]);
    assert_eq!(output.code(), 0, "{}", output.stderr());
    sandbox.vault(["set", "dev", "TOKEN", "x"]).fails(3);
}

#[test]
fn a_removal_that_git_reverts_over_later_values_stays_unmerged() {
    let sandbox = case();
    readers(&sandbox, "alice");
    sandbox.commit("bob has left");
    set(&sandbox, "TOKEN", "our-value-1");
    sandbox.commit("more");
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["revert", "--no-edit", "HEAD~1"]);
    is_unmerged(
        &sandbox,
        &output,
        &ours,
        "vault:   the membership there is older than where both sides began",
    );
}

#[test]
fn groups_that_both_sides_changed_come_together_and_a_sync_makes_it_so() {
    let sandbox = case();
    let base = "environments:\n";
    reconfigure(
        &sandbox,
        base,
        &format!("groups:\n    team: [alice, bob]\n{base}"),
    );
    reconfigure(&sandbox, READERS, "recipients: [team]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("a group");
    sides(
        &sandbox,
        |sandbox| reconfigure(sandbox, "team: [alice, bob]", "team: [alice, bob, carol]"),
        |sandbox| reconfigure(sandbox, "team: [alice, bob]", "team: [alice]"),
    );
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 0, "{}", output.stderr());
    assert!(sandbox.read(".vault.yaml").contains("team: [alice, carol]"));
    // What is merged gives nobody anything.
    assert!(!reads(&sandbox, "carol", "TOKEN"));
    sandbox.vault(["sync", "--yes"]).succeeds();
    assert!(reads(&sandbox, "carol", "TOKEN") && !reads(&sandbox, "bob", "TOKEN"));
}

#[test]
fn fewer_writers_there_and_a_value_here_come_together() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            reconfigure(
                sandbox,
                READERS,
                &format!("{READERS}\n        writers: [alice]"),
            );
            sandbox.vault(["sync", "--yes"]).succeeds();
        },
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    merges(&sandbox, &[("TOKEN", "our-value-1")]);
    let bob = identity(&sandbox, "bob").display().to_string();
    fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["-i", &bob, "set", "dev", "A", "1"]).fails(2);
}

#[test]
fn what_somebody_wrote_who_may_not_write_any_more_stays_unmerged() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            log_in(sandbox, "bob");
            set(sandbox, "TOKEN", "their-value-1");
            log_in(sandbox, "alice");
        },
        remove_bob,
    );
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    match output.code() {
        // What bob wrote while he might is taken over; he reads no more.
        0 => {
            holds(&sandbox, &[("TOKEN", "their-value-1")]);
            assert!(!reads(&sandbox, "bob", "TOKEN"));
        }
        _ => is_unmerged(&sandbox, &output, &ours, "bob"),
    }
}

#[test]
fn without_an_identity_the_merge_waits_for_somebody_who_has_one() {
    let sandbox = of_values(
        &[("TOKEN", "their-value-1")],
        &[("DATABASE", "our-value-1")],
    );
    let own = sandbox.path("config/vault/identity.txt");
    let kept = sandbox.path("kept");
    fs::rename(&own, &kept).unwrap();
    let ours = sandbox.read(DEV);
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(
        output
            .stderr()
            .contains("vault: error: secrets/dev.yaml is not merged\n"),
        "{}",
        output.stderr()
    );
    sandbox.vault(["check", "--keyless"]).fails(3);
    sandbox.git(["merge", "--abort"]);
    assert_eq!(sandbox.read(DEV), ours);
    fs::rename(&kept, &own).unwrap();
    merges(
        &sandbox,
        &[("TOKEN", "their-value-1"), ("DATABASE", "our-value-1")],
    );
}

#[test]
fn a_locked_identity_is_never_asked_for_by_git() {
    let sandbox = of_values(
        &[("TOKEN", "their-value-1")],
        &[("DATABASE", "our-value-1")],
    );
    let own = sandbox.path("config/vault/identity.txt");
    sandbox.copy("keys/alice_locked.age", &own);
    sandbox.chmod(&own, 0o600);
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1);
    assert!(
        output.stderr().contains("without a passphrase"),
        "{}",
        output.stderr()
    );
    sandbox.git(["merge", "--abort"]);
    log_in(&sandbox, "alice");
    merges(
        &sandbox,
        &[("TOKEN", "their-value-1"), ("DATABASE", "our-value-1")],
    );
}

#[test]
fn whoever_only_reads_does_not_merge() {
    let sandbox = case();
    reconfigure(
        &sandbox,
        READERS,
        "recipients: [alice, bob]\n        writers: [alice]",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("alice writes");
    sides(
        &sandbox,
        |sandbox| set(sandbox, "TOKEN", "their-value-1"),
        |sandbox| set(sandbox, "DATABASE", "our-value-1"),
    );
    log_in(&sandbox, "bob");
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    assert!(output.stderr().contains("may write"), "{}", output.stderr());
}

#[test]
fn a_side_that_somebody_without_a_key_changed_stays_unmerged() {
    let sandbox = case();
    sides(
        &sandbox,
        |sandbox| {
            let text = sandbox.read(DEV);
            sandbox.write(DEV, text.replacen("LAST: ENC", "FIRST: ENC", 1));
        },
        |sandbox| set(sandbox, "TOKEN", "our-value-1"),
    );
    conflicts(&sandbox, "vault:   there: ");
}

#[test]
fn values_of_an_environment_that_is_not_signed_are_merged_by_key() {
    let Some(sandbox) = unsigned() else { return };
    sides(
        &sandbox,
        |sandbox| {
            drop(
                sandbox
                    .vault(["set", "free", "TOKEN", "their-value-1"])
                    .succeeds(),
            )
        },
        |sandbox| {
            drop(
                sandbox
                    .vault(["set", "free", "OTHER", "our-value-1"])
                    .succeeds(),
            )
        },
    );
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 0, "{}", output.stderr());
    assert_eq!(get(&sandbox, "free", "TOKEN"), "their-value-1");
    assert_eq!(get(&sandbox, "free", "OTHER"), "our-value-1");
    assert!(!sandbox.read("secrets/free.yaml").contains("x-vault"));
    let plain = super::in_sops(&sandbox, "secrets/free.yaml");
    assert!(plain.contains("our-value-1") && plain.contains("their-value-1"));
}

#[test]
fn a_conflict_in_an_environment_that_is_not_signed_leaves_no_marker_of_git() {
    let Some(sandbox) = unsigned() else { return };
    let side = |sandbox: &Sandbox, value: &str| {
        sandbox.vault(["set", "free", "TOKEN", value]).succeeds();
    };
    sides(
        &sandbox,
        |sandbox| side(sandbox, "their-value-1"),
        |sandbox| side(sandbox, "our-value-1"),
    );
    let output = git(&sandbox, &["merge", "--no-edit", "theirs"]);
    assert_eq!(output.code(), 1, "{}", output.stderr());
    sandbox.vault(["get", "free", "TOKEN"]).fails(3);
}

/// With an environment that sops edits, too; `None` where there is no sops.
fn unsigned() -> Option<Sandbox> {
    let sandbox = case();
    reconfigure(
        &sandbox,
        "environments:\n",
        "environments:\n    free: { recipients: [alice], signed: false }\n",
    );
    sandbox.write("secrets/free.yaml", "TOKEN: base-token-1\n");
    let age = team::ALICE.split(' ').next().expect("a key that reads");
    sandbox
        .sops(["encrypt", "--in-place", "--age", age, "secrets/free.yaml"])?
        .succeeds();
    sandbox.commit("free");
    Some(sandbox)
}
