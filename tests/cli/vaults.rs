//! Vaults for tests of commands that read.

use crate::sandbox::Sandbox;
pub(crate) use crate::team::{ALICE, BOB, log_in as identity};

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

/// The command line that writes the values of `dev` as secret files.
pub(crate) const SECRET_FILES: [&str; 6] = [
    "render",
    "dev",
    "--format",
    "docker-secrets",
    "-o",
    "run/secrets",
];

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
