//! Vaults to begin a test with.

use std::fs;

use crate::sandbox::Sandbox;

/// The member lines of the identities in `fixtures/keys`.
pub(crate) const ALICE: &str = "age1zwxmqph690f8m0z5z9gugamxwyaynkeedwcx0fznj2lc6whvuyrs7u6e42 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO8E5GJ6HC+Qn0/xSlsd6y+3pe4XlNqF/8q2Mv2/D7BE";
pub(crate) const BOB: &str = "age1cfkdyxth2t7h2qqsvzn6t2zhl05pm0z9w5nzpde3v5jpcj0gwuxs6npxps ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH/EqIb0XGGNA9nKqGHp4k5gyntSGT9q6oHNx80WDEVq";

/// Puts an identity of the fixtures where `vault keygen` would, without the mark that says that it is public: nothing is said
/// about it, and every rule for real ones counts.
pub(crate) fn identity(sandbox: &Sandbox, name: &str) {
    let text = fs::read_to_string(Sandbox::fixture(format!("keys/{name}.txt"))).expect("a key");
    let path = sandbox.path("config/vault/identity.txt");
    sandbox.write(&path, text.replace("# vault: public test identity\n", ""));
    sandbox.chmod(&path, 0o600);
}

/// Writes a config with alice and bob as recipients, the default `dev`, and these lines below `environments`.
pub(crate) fn config(sandbox: &Sandbox, environments: &str) {
    sandbox.write(
        ".vault.yaml",
        format!(
            "version: 1\ndefault: dev\nrecipients:\n  alice: {ALICE}\n  bob: {BOB}\nenvironments:\n{environments}"
        ),
    );
}

/// Keeps what stands in the config so far, the id of the repository above all, and replaces one text in it.
pub(crate) fn edit_config(sandbox: &Sandbox, old: &str, new: &str) {
    let text = sandbox.read(".vault.yaml");
    assert!(text.contains(old), "{text}");
    sandbox.write(".vault.yaml", text.replace(old, new));
}

/// Sets a value, as alice or whoever is at work; values of some length are secrets from then on.
pub(crate) fn set(sandbox: &Sandbox, environment: &str, key: &str, value: &str) {
    if value.chars().count() >= 6 {
        sandbox.secret(value);
    }
    let run = match value {
        // A pipe without anything in it is taken for a mistake.
        "" => sandbox.vault(["set", environment, key, ""]),
        value => sandbox
            .vault(["set", environment, key, "--verbatim"])
            .stdin(value),
    };
    run.succeeds();
}

/// A git repository with a vault of alice's: `dev`, which she alone reads, with these values.
pub(crate) fn dev(values: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::with_git();
    identity(&sandbox, "alice");
    config(&sandbox, "  dev: { recipients: [alice] }\n");
    sandbox.write(".gitignore", ".env\nrun/secrets/\n");
    for (key, value) in values {
        set(&sandbox, "dev", key, value);
    }
    sandbox
}

/// A folder with a file of sops as the environment `dev`, which is not signed.
pub(crate) fn of_sops(fixture: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    identity(&sandbox, "alice");
    config(
        &sandbox,
        "  dev: { recipients: [alice], signed: false, file: enc.yaml }\n",
    );
    sandbox.copy(format!("sops/{fixture}"), "enc.yaml");
    sandbox
}
