//! `vault check`.

use std::fs;

use crate::{
    sandbox::Sandbox,
    vaults::{self, config, dev, edit_config, identity, set},
};

const TOKEN: &str = "hunter2-API-token";

/// Three environments of alice's, two of them with a file.
fn three() -> Sandbox {
    let sandbox = Sandbox::with_git();
    identity(&sandbox, "alice");
    config(
        &sandbox,
        "  dev: { recipients: [alice] }
  prod: { recipients: [alice, bob], writers: [alice] }
  new: { recipients: [alice] }
",
    );
    set(&sandbox, "dev", "TOKEN", TOKEN);
    set(&sandbox, "prod", "TOKEN", TOKEN);
    set(&sandbox, "prod", "OTHER", TOKEN);
    sandbox
}

#[test]
fn what_is_in_order_is_told_in_a_line_for_each_environment() {
    let sandbox = three();
    let output = sandbox.vault(["check"]).succeeds_with(
        "dev: ok (signed by alice, opens, 1 key)
prod: ok (signed by alice, opens, 2 keys)
new: ok (no file yet)
",
    );
    assert_eq!(output.stderr(), "");
    sandbox
        .vault(["validate", "prod"])
        .succeeds_with("prod: ok (signed by alice, opens, 2 keys)\n");
    sandbox.vault(["check", "--keyless"]).succeeds_with(
        "dev: ok (signed by alice)
prod: ok (signed by alice)
new: ok (no file yet)
",
    );
}

#[test]
fn a_line_that_sops_and_every_write_would_stop_at_is_found() {
    let sandbox = three();
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replacen('\n', "\n\t\n", 1));
    sandbox
        .vault(["get", "dev", "TOKEN"])
        .prints_secrets()
        .succeeds_with(TOKEN);
    let stop = "a layout that sops does not read, or reads otherwise: no tab may lead a line or follow a dash, no unquoted `?` stand in brackets, and no byte-order mark but at the start
vault: hint: an editor takes that out of the file, or puts quotes around what begins with `?`
";
    for check in [&["check", "dev"][..], &["check", "dev", "--keyless"]] {
        let error = format!("vault: error: secrets/dev.yaml: 2:1: {stop}");
        sandbox
            .vault(check)
            .fails(1)
            .prints("dev: not ok\n")
            .says(&error);
    }
    sandbox.git(["add", "-f", "."]);
    sandbox
        .vault(["git", "pre-commit"])
        .fails(1)
        .prints("")
        .says(&format!(
            "vault: error: secrets/dev.yaml: 2:1: {stop}vault: hint: git commit --no-verify commits all the same, without any check\n"
        ));
    sandbox.vault(["unset", "dev", "TOKEN"]).fails_with(
        2,
        &format!("vault: error: {stop}vault: hint: vault check names the line\n"),
    );
}

#[test]
fn whoever_cannot_open_a_file_can_still_check_it() {
    let sandbox = three();
    identity(&sandbox, "bob");
    sandbox.vault(["check"]).succeeds_with(
        "dev: ok (signed by alice, not opened: no identity of yours is a recipient)
prod: ok (signed by alice, opens, 2 keys)
new: ok (no file yet)
",
    );
    fs::remove_file(sandbox.path("config/vault/identity.txt")).unwrap();
    sandbox.vault(["check", "dev"]).succeeds_with(
        "dev: ok (signed by alice, not opened: no identity of yours is a recipient)\n",
    );
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("TOKEN:", "TOKEM:"));
    for line in [&["check"][..], &["check", "--keyless"]] {
        sandbox.vault(line).fails(3);
    }
}

#[test]
fn everything_is_found_at_once_and_trust_decides_the_exit_code() {
    let sandbox = three();
    edit_config(&sandbox, "[alice, bob], writers: [alice]", "[alice]");
    sandbox
        .vault(["check"])
        .fails(1)
        .prints(
            "dev: ok (signed by alice, opens, 1 key)
prod: not ok
new: ok (no file yet)
",
        )
        .says(
            "vault: error: prod: .vault.yaml wants other members or layers than the file has
vault:   - bob (SHA256:cUqIy8D+gqKpLFYXE/OFv5gZnUXEZgUoUDLarvRmwFU)
vault: hint: vault sync prod brings the file in line
",
        );
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("TOKEN:", "TOKEM:"));
    sandbox
        .vault(["check"])
        .fails(3)
        .prints(
            "dev: not ok
prod: not ok
new: ok (no file yet)
",
        )
        .says(
            "vault: error: secrets/dev.yaml: not signed by anybody who may write: [..]
vault: hint: git log -p shows who changed the file; git checkout brings an older version back
vault: error: prod: .vault.yaml wants other members or layers than the file has
vault:   - bob (SHA256:cUqIy8D+gqKpLFYXE/OFv5gZnUXEZgUoUDLarvRmwFU)
vault: hint: vault sync prod brings the file in line
",
        );
    // Of one environment only what is its own.
    sandbox.vault(["check", "prod"]).fails(1);
    sandbox.vault(["check", "new"]).succeeds();
}

#[test]
fn drift_names_who_comes_who_goes_and_whose_key_changes() {
    let sandbox = three();
    let carol = "age1h28y4g7r97h8qqqhf5u0pg8xvkqlue8jc8tk5ryrjlt2lmmppdsq74kf0n";
    edit_config(
        &sandbox,
        "environments:\n",
        &format!("  carol: {carol}\nenvironments:\n"),
    );
    edit_config(
        &sandbox,
        "[alice, bob], writers: [alice]",
        "[alice, bob, carol]",
    );
    sandbox.vault(["check", "prod", "--keyless"]).fails(1).says(
        "vault: error: prod: .vault.yaml wants other members or layers than the file has
vault:   + carol reads (SHA256:[..])
vault:   ~ bob reads and writes instead of reads
vault: hint: vault sync prod brings the file in line
",
    );
}

#[test]
fn json_holds_the_same_findings() {
    let sandbox = three();
    edit_config(&sandbox, "[alice, bob], writers: [alice]", "[alice]");
    let output = sandbox.vault(["check", "--json"]).fails(1);
    assert_eq!(output.stderr(), "");
    let found: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(
        found[0],
        serde_json::json!({"environment": "dev", "state": "signed by alice, opens, 1 key", "findings": []})
    );
    assert_eq!(
        found[1]["findings"],
        serde_json::json!([{
            "kind": "finding",
            "error": "prod: .vault.yaml wants other members or layers than the file has",
            "details": ["- bob (SHA256:cUqIy8D+gqKpLFYXE/OFv5gZnUXEZgUoUDLarvRmwFU)"],
            "hints": ["vault sync prod brings the file in line"],
        }])
    );
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("TOKEN:", "TOKEM:"));
    let output = sandbox.vault(["check", "--json"]).fails(3);
    let found: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(found[0]["findings"][0]["kind"], "trust");
    assert_eq!(found[0]["state"], "not ok");
}

#[test]
fn a_file_that_was_committed_and_is_gone_is_a_matter_of_trust() {
    let sandbox = three();
    sandbox.commit("files");
    fs::remove_file(sandbox.work("secrets/dev.yaml")).unwrap();
    sandbox
        .vault(["check", "dev"])
        .fails(3)
        .prints("dev: not ok\n")
        .says(
            "vault: error: dev has no file here, but the last commit has one: secrets/dev.yaml
vault: hint: git checkout HEAD -- secrets/dev.yaml brings it back
",
        );
    // Elsewhere it is still the same environment.
    edit_config(&sandbox, "dev: { ", "dev: { file: elsewhere.yaml, ");
    sandbox.vault(["check", "dev"]).fails(3);
}

#[test]
fn everything_that_is_wrong_in_the_config_is_told_with_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".vault.yaml",
        "version: 1
recipients:
  alice: nobody
environmets: {}
environments:
  dev: { recipients: [alise] }
  prod: { recipients: [alice], file: ../prod.yaml }
",
    );
    sandbox.vault(["check"]).fails_with(
        2,
        "vault: error: .vault.yaml: 3:10: the line of `alice`: the key that reads is refused: not a public key; expected `age1…` or `ssh-ed25519 AAAA…`
vault: hint: put the line that `vault whoami` prints
vault: error: .vault.yaml: 4:1: unknown key `environmets` at the top
vault: hint: did you mean `environments`?
vault: error: .vault.yaml: 6:23: there is no recipient `alise`
vault: hint: did you mean `alice`?
vault: error: .vault.yaml: 7:38: the path of a file must not hold `..`
vault: hint: give the environment a plain path: `file: secrets/prod.yaml`
",
    );
    let text = sandbox.read(".vault.yaml");
    sandbox.write(".vault.yaml", format!("{text}repository: 123\n"));
    let output = sandbox.vault(["check"]).fails(3);
    assert_eq!(output.stderr().matches("vault: error: ").count(), 5);
}

#[test]
fn an_identity_that_cannot_be_used_is_a_finding_and_no_matter_of_trust() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    let path = sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/vault/identity.txt"),
    );
    sandbox.chmod(&path, 0o600);
    sandbox.vault(["check"]).fails(1).prints("dev: not ok\n").says(
        "vault: error: dev: the identity from [ROOT]/config/vault/identity.txt is locked with a passphrase: there is no terminal to ask on
vault: hint: without a terminal, give an identity that is not locked: VAULT_IDENTITY, VAULT_IDENTITY_FILE or VAULT_IDENTITY_CMD
",
    );
    sandbox.vault(["check", "--keyless"]).succeeds();
}

#[test]
fn r60_two_files_with_one_data_key_are_reported() {
    let sandbox = vaults::of_sops("oracle/keys/enc-3.13.2.yaml");
    let text = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        format!("{text}  copy: {{ recipients: [alice], signed: false, file: a copy.yaml }}\n"),
    );
    sandbox.copy("sops/oracle/keys/enc-3.13.2.yaml", "a copy.yaml");
    sandbox.vault(["check"]).fails(1).prints(
        "dev: ok (not signed, as .vault.yaml says, opens, 13 keys)
copy: not ok
",
    ).says(
        "vault: first use here: dev, which is not signed
vault: first use here: copy, which is not signed
vault: error: a copy.yaml: the data key is that of dev, too: whoever can read one of them can read both
vault: hint: sops rotate --in-place 'a copy.yaml' makes a new one
",
    );
}

#[test]
fn an_unsigned_file_that_is_no_yaml_is_a_finding_and_a_signed_one_a_matter_of_trust() {
    let sandbox = dev(&[("TOKEN", TOKEN)]);
    sandbox.write("secrets/dev.yaml", "a: &anchor b\n");
    sandbox.vault(["check"]).fails(3);
    sandbox.vault(["get", "TOKEN"]).fails(2);
    let sandbox = vaults::of_sops("oracle/keys/enc-3.13.2.yaml");
    sandbox.write("enc.yaml", "a: &anchor b\n");
    sandbox
        .vault(["check"])
        .fails(1)
        .prints("dev: not ok\n")
        .says(
            "vault: error: enc.yaml: 1:12: an anchor (&)
vault: hint: write the value out where it is used
",
        );
}

#[test]
fn an_environment_that_is_not_there_is_no_finding_but_a_mistake() {
    let sandbox = dev(&[]);
    sandbox.vault(["check", "deb"]).fails_with(
        2,
        "vault: error: there is no environment `deb`\nvault: hint: did you mean `dev`?\n",
    );
}
