//! Files that sops writes as well.

use serde_json::Value;

use super::FILE;
use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, configured, get, reconfigure},
};

#[test]
fn an_unsigned_file_is_written_by_sops_and_vault_in_turn() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], signed: false}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let text = sandbox.read(FILE);
    assert!(!text.contains("x-vault"));
    assert!(text.contains("        # alice\n        - enc: |\n"));
    let Some(sops) = sandbox.sops(["set", FILE, "[\"B\"]", "\"two\""]) else {
        return;
    };
    let key = sandbox.path("alice.txt");
    sops.variable("SOPS_AGE_KEY_FILE", &key).succeeds();
    assert_eq!(get(&sandbox, "dev", "B"), "two");
    sandbox.vault(["set", "dev", "C", "3"]).succeeds();
    let opened = sandbox
        .sops(["decrypt", "--output-type", "json", FILE])
        .unwrap()
        .variable("SOPS_AGE_KEY_FILE", &key)
        .succeeds();
    let opened: Value = serde_json::from_str(opened.stdout()).unwrap();
    assert_eq!(opened, serde_json::json!({"A": "1", "B": "two", "C": "3"}));
}

/// Puts a file of the fixtures where the environment dev expects one.
fn adopted(fixture: &str) -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n",
    );
    sandbox.copy(format!("sops/made/{fixture}"), FILE);
    sandbox
}

/// The part of the metadata that belongs to other key services.
fn foreign(text: &str) -> Vec<&str> {
    let start = text
        .lines()
        .position(|line| line == "sops:")
        .expect("the metadata");
    let mut is_foreign = false;
    text.lines()
        .skip(start + 1)
        .filter(|line| {
            let is_key =
                line.len() - line.trim_start().len() == 4 && !line.trim_start().starts_with('-');
            if is_key {
                is_foreign = [
                    "kms:",
                    "pgp:",
                    "gcp_kms:",
                    "azure_kv:",
                    "hc_vault:",
                    "hckms:",
                ]
                .iter()
                .any(|key| line.trim_start().starts_with(key));
            }
            is_foreign
        })
        .collect()
}

#[test]
fn entries_of_other_key_services_are_carried_through_and_never_orphaned() {
    for fixture in ["foreign_entries", "age_and_pgp"] {
        let sandbox = adopted(&format!("{fixture}/enc.yaml"));
        let before = sandbox.read(FILE);
        let entries: Vec<String> = foreign(&before).into_iter().map(str::to_owned).collect();
        assert!(entries.len() > 3, "{fixture}");
        sandbox.vault(["set", "dev", "NEW", "1"]).succeeds();
        assert_eq!(foreign(&sandbox.read(FILE)), entries, "{fixture}");
        // A recipient who leaves would take a new data key, which those services would not have.
        let written = sandbox.read(FILE);
        reconfigure(&sandbox, "[alice]", "[bob, alice]");
        reconfigure(
            &sandbox,
            "recipients:\n    alice",
            &format!("recipients:\n    bob: {BOB}\n    alice"),
        );
        sandbox.vault(["sync", "--yes"]).succeeds();
        assert_eq!(foreign(&sandbox.read(FILE)), entries, "{fixture}");
        reconfigure(&sandbox, "[bob, alice]", "[alice]");
        let written = if sandbox.read(FILE) == written {
            written
        } else {
            sandbox.read(FILE)
        };
        let output = sandbox.vault(["sync", "--yes"]).fails(2);
        let said = "a new data key would lock these out
vault: hint: sops rotate --in-place FILE makes a new data key for these as well; ";
        assert!(output.stderr().contains(said), "{}", output.stderr());
        assert_eq!(sandbox.read(FILE), written);
    }
}

#[test]
fn a_write_that_the_rule_of_an_adopted_file_would_leave_in_clear_is_refused_and_names_the_rule() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice], signed: false}\n",
    );
    sandbox.write(
        FILE,
        "a: secret\nport_unencrypted: plain\nmap_unencrypted:\n    k: v\n",
    );
    let recipient = ALICE.split(' ').next().unwrap();
    let Some(sops) = sandbox.sops(["encrypt", "--in-place", "--age", recipient, FILE]) else {
        return;
    };
    sops.succeeds();
    // A first use is told once.
    sandbox.vault(["list", "dev"]).succeeds();
    let before = sandbox.read(FILE);
    for key in [
        "new_unencrypted",
        "port_unencrypted",
        "map_unencrypted.k",
        "map_unencrypted.other",
    ] {
        for value in [Some("hunter2-API-token"), Some(""), None] {
            let line = ["set", "dev", key].into_iter().chain(value);
            sandbox.vault(line).fails_with(2, &format!(
                "vault: error: {key}: the rule of this file would leave the value in clear: `unencrypted_suffix: _unencrypted`
vault: hint: leave the value as it was, or give it a key that the rule encrypts\n"
            ));
        }
    }
    // Nor is taken away what could not be put back.
    for (key, named) in [
        ("port_unencrypted", "port_unencrypted"),
        ("map_unencrypted", "map_unencrypted.k"),
        ("map_unencrypted.k", "map_unencrypted.k"),
    ] {
        sandbox.vault(["unset", "dev", "a", key]).fails_with(2, &format!(
            "vault: error: {named}: the rule of this file leaves the value in clear: `unencrypted_suffix: _unencrypted`
vault: hint: what a rule leaves in clear is not changed by vault, and could not be put back: sops edit takes it away\n"
        ));
    }
    assert_eq!(sandbox.read(FILE), before);
    sandbox.vault(["set", "dev", "a", "other"]).succeeds();
    assert!(sandbox.read(FILE).contains("port_unencrypted: plain\n"));
    sandbox.vault(["unset", "dev", "a"]).succeeds();
}
