use super::team_of_three;

#[test]
fn each_environment_is_shown_with_what_can_be_told_without_a_key() {
    let sandbox = team_of_three();
    team::reconfigure(&sandbox, "version: 1\n", "version: 1\ndefault: dev\n");
    team::reconfigure(
        &sandbox,
        "    prod:\n",
        "    later: {recipients: [ci, alice], signed: false}\n    prod:\n",
    );
    std::fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["env", "list"]).succeeds_with(
        "common
    secrets/common.yaml: 1 key, signed
    read by    alice, bob, ci
    written by alice, bob
dev, the default
    secrets/dev.yaml: 1 key, signed
    read by    alice, bob
    written by alice, bob
    extends    common
later
    secrets/later.yaml: no file yet, not signed
    read by    alice, ci
    written by alice, ci
prod
    deploy/prod.yaml: 1 key, signed
    read by    alice, ci
    written by alice
",
    );
}

#[test]
fn a_file_that_is_not_accepted_has_no_number_of_keys() {
    let sandbox = team_of_three();
    let text = sandbox.read("deploy/prod.yaml");
    sandbox.write("deploy/prod.yaml", text.replacen("P: ", "Q: ", 1));
    std::fs::remove_file(sandbox.work("secrets/dev.yaml")).unwrap();
    let output = sandbox.vault(["env", "list"]).succeeds();
    assert!(
        output
            .stdout()
            .contains("    deploy/prod.yaml: not accepted, see vault check prod, signed\n")
    );
    assert!(
        output
            .stdout()
            .contains("    secrets/dev.yaml: not accepted, see vault check dev, signed\n")
    );
}

#[test]
fn programs_get_json() {
    let sandbox = team_of_three();
    let output = sandbox.vault(["env", "list", "--json"]).succeeds();
    let listed: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(
        listed[2],
        serde_json::json!({
            "environment": "prod", "default": false, "file": "deploy/prod.yaml", "state": "ok", "keys": 1, "signed": true,
            "recipients": ["alice", "ci"], "readers": ["alice", "ci"], "writers": ["alice"], "extends": []
        })
    );
    assert_eq!(listed[1]["extends"], serde_json::json!(["common"]));
}

use crate::team;
