//! `vault recipients group`, `list`, and `vault rekey`.

use super::{opens, three, written};
use crate::team::{ALICE, BOB, CAROL};

fn grouped() -> crate::sandbox::Sandbox {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice]}\n",
    );
    crate::team::reconfigure(&sandbox, "[alice]", "[alice, team]");
    crate::team::reconfigure(
        &sandbox,
        "environments:",
        "groups:\n    team: [bob] # who works here\nenvironments:",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox
}

#[test]
fn who_joins_a_group_reads_and_who_leaves_it_opens_nothing_new() {
    let sandbox = grouped();
    sandbox
        .vault(["recipients", "group", "team", "add", "carol", "--yes"])
        .succeeds();
    assert!(opens(&sandbox, "carol", "dev"));
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains("    team: [bob, carol] # who works here\n")
    );
    sandbox
        .vault(["recipients", "group", "team", "remove", "bob", "--yes"])
        .succeeds()
        .says(
            "vault: dev (secrets/dev.yaml):
vault:   - bob (SHA256:[..])
vault:   the data key changes; every value is encrypted anew
vault: removed bob from team: dev
",
        );
    assert!(!opens(&sandbox, "bob", "dev"));
    sandbox.vault(["check"]).succeeds();
    sandbox
        .vault(["recipients", "group", "team", "remove", "bob", "--yes"])
        .fails_with(2, "vault: error: bob is not in team\n");
    sandbox
        .vault(["recipients", "group", "team", "add", "bob", "--yes"])
        .fails(3);
    sandbox
        .vault([
            "recipients",
            "group",
            "team",
            "add",
            "bob",
            "--yes",
            "--readmit",
        ])
        .succeeds();
    assert!(opens(&sandbox, "bob", "dev"));
}

#[test]
fn a_new_data_key_encrypts_every_value_anew_for_the_same_readers() {
    let sandbox = three();
    let before = sandbox.read("secrets/dev.yaml");
    sandbox.vault(["rekey", "--all", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   the data key changes; every value is encrypted anew
vault: prod (secrets/prod.yaml):
vault:   the data key changes; every value is encrypted anew
vault: new data keys: dev, prod
",
    );
    let after = sandbox.read("secrets/dev.yaml");
    assert_ne!(before.lines().next(), after.lines().next());
    let entries = |text: &str| {
        let armor = |line: &&str| line.trim().starts_with("YWdl");
        text.lines()
            .filter(armor)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(
        entries(&before)
            .iter()
            .all(|entry| !entries(&after).contains(entry))
    );
    for name in ["alice", "bob", "carol"] {
        assert!(opens(&sandbox, name, "dev"));
    }
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn everybody_is_listed_with_what_they_do() {
    let sandbox = grouped();
    sandbox.vault(["recipients", "list"]).succeeds().prints(
        "alice (SHA256:[..])
    dev: reads and writes
bob (SHA256:[..])
    dev: reads and writes
carol (SHA256:[..])
",
    );
    let json = sandbox.vault(["recipients", "list", "--json"]).succeeds();
    let json: serde_json::Value = serde_json::from_str(json.stdout()).unwrap();
    assert_eq!(json[1]["name"], "bob");
    assert_eq!(json[1]["groups"], serde_json::json!(["team"]));
    assert_eq!(json[2]["reads"], serde_json::json!([]));
}
