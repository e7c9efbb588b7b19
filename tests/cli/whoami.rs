//! `vault whoami`.

use crate::{
    sandbox::Sandbox,
    vaults::{ALICE, BOB, config, edit_config, identity, set},
};

const SSH: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG56dY51RUBZRVbU/m1zr5qQazG3cl2G+7RYm9j1hobZ";

#[test]
fn whoever_has_no_identity_is_told_how_to_make_one() {
    let sandbox = Sandbox::new();
    sandbox.vault(["whoami"]).fails_with(
        2,
        "vault: error: you have no identity yet
vault: hint: vault keygen makes one
vault: hint: -i FILE names one that lies elsewhere
",
    );
    sandbox
        .vault(["whoami", "--json"])
        .fails(2)
        .prints("{\n  \"identities\": []\n}\n");
}

#[test]
fn every_identity_is_shown_once_with_every_place_where_it_lies() {
    let sandbox = Sandbox::new();
    sandbox.identity("alice");
    sandbox.ssh_key();
    let bob = Sandbox::fixture("keys/bob.txt");
    let alice = std::fs::read_to_string(Sandbox::fixture("keys/alice.txt")).unwrap();
    let fixtures = Sandbox::fixture("");
    sandbox
        .vault(["whoami", "-i", bob.to_str().unwrap()])
        .variable("SOPS_AGE_KEY", alice)
        .succeeds_with(&format!(
            "age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps ssh-ed25519 AAAA[..]
    fingerprint  SHA256:[..]
    from         [..]/keys/bob.txt (-i)
{ALICE}
    fingerprint  SHA256:mjuepwB21D4NVo2LdOVpXwoE/P6jxSxUmX6E1Rk37Dk
    from         SOPS_AGE_KEY
    from         [ROOT]/config/vault/identity.txt
{SSH}
    fingerprint  SHA256:[..]
    from         [ROOT]/home/.ssh/id_ed25519
    note         used only where its public key is listed and no other identity fits
"
        ))
        .says(&format!(
            "vault: {}/keys/bob.txt is a public test identity: whatever it opens is no secret
vault: [ROOT]/config/vault/identity.txt is a public test identity: whatever it opens is no secret
",
            fixtures.display().to_string().trim_end_matches('/')
        ));
}

#[test]
fn json_holds_what_is_known() {
    let sandbox = Sandbox::new();
    sandbox.identity("alice");
    sandbox.copy("keys/ssh_ed25519_locked", sandbox.path("locked"));
    sandbox.chmod(sandbox.path("locked"), 0o600);
    sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/sops/age/keys.txt"),
    );
    sandbox.chmod(sandbox.path("config/sops/age/keys.txt"), 0o600);
    let locked = sandbox.path("locked");
    let output = sandbox
        .vault(["whoami", "--json", "-i", locked.to_str().unwrap()])
        .succeeds();
    let found: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    let identities = found["identities"].as_array().unwrap();
    assert_eq!(identities.len(), 3);
    assert_eq!(identities[0]["member"], SSH);
    assert_eq!(identities[0]["state"], "locked");
    assert_eq!(identities[1]["member"], ALICE);
    assert_eq!(identities[1]["state"], "open");
    assert_eq!(identities[2]["member"], serde_json::Value::Null);
    assert_eq!(identities[2]["fingerprint"], serde_json::Value::Null);
    assert_eq!(identities[2]["state"], "locked");
}

#[test]
fn the_ssh_key_alone_is_shown_without_being_opened() {
    let sandbox = Sandbox::new();
    let key = sandbox.ssh_key();
    // What is in it would be refused.
    sandbox.write(&key, "not a key");
    let output = sandbox.vault(["whoami"]).succeeds();
    assert!(output.stdout().starts_with(&format!("{SSH}\n")));
}

#[test]
fn a_broken_source_does_not_hide_the_others_and_is_a_failure() {
    let sandbox = Sandbox::new();
    sandbox.identity("alice");
    let output = sandbox
        .vault(["whoami"])
        .variable("VAULT_IDENTITY", "hunter2")
        .variable("SOPS_AGE_KEY_FILE", sandbox.path("missing"))
        .fails(2)
        .says(
            "vault: [ROOT]/config/vault/identity.txt is a public test identity: whatever it opens is no secret
vault: error: 2 sources of identities cannot be used
vault:   identity from VAULT_IDENTITY: line 1 of the identity file cannot be used: not an age identity; expected `AGE-SECRET-KEY-1…`
vault:   identity from [ROOT]/missing (SOPS_AGE_KEY_FILE): cannot read it: No such file or directory (os error 2)
",
        );
    assert!(output.stdout().starts_with(ALICE));
}

#[test]
fn names_from_elsewhere_are_escaped() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .vault(["-i", "a\u{1b}[31m\nvault: hint: b\u{202e}", "whoami"])
        .fails(2);
    assert_eq!(
        output.stderr(),
        "vault: error: identity from a\\u{1b}[31m\\nvault: hint: b\\u{202e} (-i): cannot read it: No such file or directory (os error 2)\n"
    );
}

#[test]
fn standard_output_is_escaped_for_a_person_and_exact_for_a_program() {
    let sandbox = Sandbox::new();
    let strange = sandbox.path("strange\u{1b}[31m");
    sandbox.copy("keys/alice.txt", &strange);
    let arguments = ["whoami", "-i", strange.to_str().unwrap()];
    let exact = sandbox.vault(arguments).succeeds();
    assert!(exact.stdout().contains("strange\u{1b}[31m"));
    let Some(terminal) = sandbox.on_terminal(arguments) else {
        return;
    };
    let shown = terminal.sees("(-i)").run().succeeds();
    assert!(shown.stdout().contains("strange\\u{1b}[31m"));
    assert!(!shown.stdout().contains("\u{1b}[31m"));
}

#[test]
fn colour_is_for_terminals_and_can_be_refused() {
    let sandbox = Sandbox::new();
    let shown = |sandbox: &Sandbox| {
        let terminal = sandbox.on_terminal(["whoami"])?;
        Some(terminal.run().fails(2).stdout().to_owned())
    };
    let Some(coloured) = shown(&sandbox) else {
        return;
    };
    assert!(coloured.starts_with("vault: \u{1b}["), "{coloured}");
    sandbox.set("NO_COLOR", "1");
    let plain = shown(&sandbox).expect("it was there");
    assert!(plain.starts_with("vault: error: you have no identity yet\n"));
    assert!(!plain.contains('\u{1b}'));
}

#[test]
fn whoever_means_hashicorps_program_is_told_which_one_this_is() {
    let sandbox = Sandbox::new();
    for line in [
        &["kv", "get", "secret/a"][..],
        &["server", "-dev"],
        &["login"],
        &["operator", "init"],
        &["status"],
    ] {
        let output = sandbox.vault(line).fails(2);
        let said = format!(
            "vault: error: this vault has no command `{}`: it is not HashiCorp Vault\n",
            line[0]
        );
        assert!(output.stderr().starts_with(&said), "{}", output.stderr());
        assert_eq!(output.stdout(), "");
    }
    sandbox.vault(["--version"]).succeeds_with(
        "vault [..] (vault-in-git: secrets in your git repository; not HashiCorp Vault)\n",
    );
}

#[test]
fn help_goes_to_standard_output_and_is_no_failure() {
    let sandbox = Sandbox::new();
    for line in [&["--help"][..], &["keygen", "--help"], &["help", "whoami"]] {
        let output = sandbox.vault(line).succeeds();
        assert!(output.stdout().contains("Usage: vault"));
        assert_eq!(output.stderr(), "");
    }
    sandbox.vault(["--help"]).stdout_to("/dev/full").fails(2);
    let output = sandbox.vault([""; 0]).fails(2);
    assert!(
        output
            .stderr()
            .ends_with("vault: error: a command is missing\n")
    );
    assert_eq!(output.stdout(), "");
}

#[test]
fn a_wrong_command_line_repeats_nothing_that_could_be_a_value() {
    let sandbox = Sandbox::new();
    let value = sandbox.secret("hunter2-API-token");
    sandbox.vault(["whoami", &value]).fails_with(
        2,
        "vault: error: there is an argument too many\nvault: hint: usage: vault whoami [OPTIONS]\n",
    );
    for line in [
        vec![value.as_str()],
        vec!["whoami", "--json", &value],
        vec!["keygen", "--output", "a", &value],
    ] {
        sandbox.vault(line).fails(2);
    }
    sandbox.vault(["whoami", &format!("--{value}")]).fails(2);
}

/// A vault of alice's, where bob only reads `prod`.
fn team() -> Sandbox {
    let sandbox = Sandbox::new();
    identity(&sandbox, "alice");
    config(
        &sandbox,
        "  dev: { recipients: [alice] }
  prod: { recipients: [alice, bob], writers: [alice] }
  new: { recipients: [alice, bob] }
  with-a-very-long/name: { recipients: [bob], signed: false, file: enc.yaml }
",
    );
    set(&sandbox, "dev", "TOKEN", "hunter2-API-token");
    set(&sandbox, "prod", "TOKEN", "hunter2-API-token");
    sandbox.copy("sops/oracle/two_recipients/enc-3.13.2.yaml", "enc.yaml");
    sandbox
}

#[test]
fn inside_a_vault_it_says_which_environments_open_and_as_whom() {
    let sandbox = team();
    identity(&sandbox, "bob");
    sandbox.vault(["whoami"]).succeeds_with(&format!(
        "{BOB}
    fingerprint  SHA256:cUqIy8D+gqKpLFYXE/OFv5gZnUXEZgUoUDLarvRmwFU
    from         [ROOT]/config/vault/identity.txt
environments of this vault
    dev          does not open
    prod         opens as bob: reads
    new          has no file yet
    with-a-very-long/name opens as bob: reads and writes
"
    ));
    // What the config says is no access.
    edit_config(
        &sandbox,
        "dev: { recipients: [alice] }",
        "dev: { recipients: [alice, bob] }",
    );
    let output = sandbox.vault(["whoami", "--json"]).succeeds();
    let found: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(
        found["environments"],
        serde_json::json!([
            {"environment": "dev", "state": "closed", "as": []},
            {"environment": "prod", "state": "opens", "as": [{"name": "bob", "writes": false}]},
            {"environment": "new", "state": "no file", "as": []},
            {"environment": "with-a-very-long/name", "state": "opens", "as": [{"name": "bob", "writes": true}]},
        ])
    );
}

#[test]
fn several_identities_count_each_under_its_name() {
    let sandbox = team();
    let bob = sandbox.copy("keys/bob.txt", sandbox.path("bob"));
    let output = sandbox
        .vault(["whoami", "-i", bob.to_str().unwrap()])
        .succeeds();
    assert!(output.stdout().contains(
        "environments of this vault
    dev          opens as alice: reads and writes
    prod         opens as alice: reads and writes
    prod         opens as bob: reads
"
    ));
}

#[test]
fn r50_a_locked_identity_is_not_asked_for_its_passphrase() {
    let sandbox = team();
    let path = sandbox.copy(
        "keys/alice_locked.age",
        sandbox.path("config/vault/identity.txt"),
    );
    sandbox.chmod(&path, 0o600);
    let output = sandbox.vault(["whoami"]).succeeds();
    assert!(output.stdout().contains(
        "environments of this vault
    dev          may open with the locked identity; vault whoami --unlock tells
"
    ));
}

#[test]
fn an_environment_that_is_not_accepted_is_no_failure_of_whoami() {
    let sandbox = team();
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replace("TOKEN:", "TOKEM:"));
    let output = sandbox.vault(["whoami"]).succeeds();
    assert!(
        output
            .stdout()
            .contains("\n    dev          is not accepted; vault check dev tells why\n")
    );
    sandbox.write(".vault.yaml", "version: 2\n");
    let output = sandbox.vault(["whoami"]).succeeds();
    assert!(!output.stdout().contains("environments"));
    assert!(output.stderr().starts_with("vault: warning: .vault.yaml: "));
    std::fs::remove_file(sandbox.work(".vault.yaml")).unwrap();
    let output = sandbox.vault(["whoami"]).succeeds();
    assert!(!output.stdout().contains("environments"));
    assert_eq!(output.stderr(), "");
}
