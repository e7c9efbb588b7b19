//! Somebody who could read and write once: carol, by the log of prod; ci, when the test removes it.

use super::{age_entries, base, clone, corpus, edit, everybody_refuses, signed_by};
use crate::sandbox::Sandbox;

/// Opens a file with sops and somebody's key, without regard to signatures; `false` where there is no sops.
fn sops_opens(sandbox: &Sandbox, who: &str) -> Option<bool> {
    let run = sandbox.sops(["decrypt", "prod.yaml"])?;
    let key = Sandbox::fixture(format!("keys/{who}.txt"));
    let run = run
        .variable("SOPS_AGE_KEY_FILE", key)
        .child_prints_secrets();
    Some(run.run().code() == 0)
}

#[test]
fn a_removed_member_opens_no_new_version_even_with_their_old_entry() {
    let sandbox = clone();
    sandbox.identity("carol");
    sandbox.vault(["get", "prod", "PORT"]).fails(2).prints("");
    sandbox.write("prod.yaml", corpus("recipient-back-after-removal"));
    everybody_refuses(
        &sandbox,
        "prod",
        "the signature does not match what it should cover",
    );
    // sops knows no signature, but the old entry holds an old data key.
    assert_ne!(sops_opens(&sandbox, "carol"), Some(true));
}

#[test]
fn whoever_sync_removes_opens_nothing_new_with_what_they_kept() {
    let sandbox = clone();
    sandbox.identity("alice");
    edit(
        &sandbox,
        ".vault.yaml",
        "prod: { recipients: [alice, ci, dave]",
        "prod: { recipients: [alice, dave]",
    );
    sandbox.vault(["sync", "prod", "--yes"]).succeeds();
    let after = sandbox.read("prod.yaml");
    let kept = age_entries(&base("prod.yaml"));
    let entries = age_entries(&after);
    assert_eq!((kept.len(), entries.len()), (3, 2));
    assert!(
        entries.iter().all(|entry| !kept.contains(entry)),
        "the data key is the old one"
    );
    sandbox.identity("bob");
    sandbox.vault(["get", "prod", "PORT"]).fails(2).prints("");
    sandbox.write(
        "prod.yaml",
        after.replace(&entries[1], &format!("{}{}", kept[1], entries[1])),
    );
    everybody_refuses(
        &sandbox,
        "prod",
        "the signature does not match what it should cover",
    );
    assert_ne!(sops_opens(&sandbox, "bob"), Some(true));
}

#[test]
fn what_a_removed_member_signs_is_refused_by_everybody() {
    let sandbox = clone();
    let other_key = "not signed by anybody who may write: the signature is made with another key";
    let by_carol = "an entry of the log signed by carol, who could not write then";
    for (name, reason) in [
        ("signed-by-a-removed-writer", other_key),
        ("changed-and-signed-by-a-removed-writer", other_key),
        ("log-grown-by-a-removed-writer", by_carol),
        ("log-joined-by-a-removed-writer", by_carol),
        ("taken-over-by-a-removed-writer", by_carol),
        (
            "log-branched-by-a-removed-writer",
            "an entry of the log that no later one follows",
        ),
    ] {
        sandbox.write("prod.yaml", corpus(name));
        everybody_refuses(&sandbox, "prod", reason);
    }
}

#[test]
fn an_old_version_signed_by_a_removed_member_is_refused_while_the_config_does_not_list_them() {
    let sandbox = clone();
    // The log ends before the removal, so it is valid: only the config of the same tree knows better.
    let old = base("prod-with-carol.yaml").replace("BLANK: \"\"", "BLANK: null");
    sandbox.write("prod.yaml", signed_by(&old, "carol"));
    everybody_refuses(
        &sandbox,
        "prod",
        "signed by carol, whom .vault.yaml does not list with that key",
    );
}

#[test]
fn an_old_version_from_before_a_removal_is_not_written_to() {
    let sandbox = clone();
    sandbox.write("prod.yaml", base("prod-with-carol.yaml"));
    sandbox.identity("alice");
    let output = sandbox
        .vault(["set", "prod", "NEW", "value"])
        .run()
        .fails(3);
    assert!(
        output
            .stderr()
            .contains("prod is an older version here than in commit "),
        "{}",
        output.stderr()
    );
    assert_eq!(sandbox.read("prod.yaml"), base("prod-with-carol.yaml"));
    sandbox.vault(["check", "prod", "--keyless"]).fails(1);
}
