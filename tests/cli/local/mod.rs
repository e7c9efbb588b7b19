//! Overrides of one's own: `set --local`, and what the commands that read make of them.

mod git;
mod values;

use crate::{
    sandbox::Sandbox,
    vaults::{config, identity, set},
};

const FILE: &str = "secrets/dev.local.yaml";
const COMMON: &str = "hunter2-common-token";
const SHARED: &str = "hunter3-shared-token";
const OWN: &str = "hunter4-own-token";

/// `common` below `dev`, which alice and bob may override; alice is at work.
fn two() -> Sandbox {
    let sandbox = Sandbox::with_git();
    identity(&sandbox, "alice");
    config(
        &sandbox,
        "  common: { recipients: [alice, bob] }
  dev: { extends: common, recipients: [alice, bob], local: true }
",
    );
    set(&sandbox, "common", "TOKEN", COMMON);
    set(&sandbox, "common", "BELOW", COMMON);
    set(&sandbox, "dev", "TOKEN", SHARED);
    set(&sandbox, "dev", "LEVEL", "info");
    sandbox.write(".gitignore", ".env\n");
    sandbox.commit("secrets");
    sandbox
}

/// Sets a value of one's own.
fn set_local(sandbox: &Sandbox, key: &str, value: &str) {
    if value.chars().count() >= 6 {
        sandbox.secret(value);
    }
    let line = ["set", "dev", key, "--local"];
    sandbox.vault(line).stdin(value).succeeds();
}

/// As `two`, with a token and a key of alice's own.
fn overridden() -> Sandbox {
    let sandbox = two();
    set_local(&sandbox, "TOKEN", OWN);
    set_local(&sandbox, "NEW", "mine");
    sandbox
}
