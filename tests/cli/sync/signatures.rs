//! Signatures that come and go, and files that never had one.

use super::{DEV, EVERYBODY, REKEYED, entry, opens, written};
use crate::{
    sandbox::Sandbox,
    team::{self, get, reconfigure},
};

#[test]
fn signatures_are_turned_off_and_on_again() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob], signed: false");
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the config says `signed: false`, but the file is signed
vault: hint: git log -p .vault.yaml shows who wrote `signed: false`: if that was none of you, take it out again
vault: hint: if that is meant: vault sync dev turns the signature off, after a writer has confirmed it
",
    );
    sandbox.vault(["sync", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   the signature and the membership log go: from now on nobody can tell who wrote the file
vault:   it stays encrypted for
vault:   alice reads and writes (SHA256:[..])
vault:   bob reads and writes (SHA256:[..])
vault: in line with .vault.yaml: dev
",
    );
    assert!(!sandbox.read(DEV).contains("x-vault"));
    sandbox.vault(["check"]).succeeds();
    sandbox.vault(["check", "--keyless"]).succeeds();
    sandbox.vault(["set", "dev", "MORE=1"]).succeeds();
    // Back on: the history knows a log, so it is `sign` that looks at it.
    reconfigure(&sandbox, ", signed: false", "");
    sandbox.vault(["sync", "--yes"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the file was signed before and is not any more
vault: hint: git log -p -- secrets/dev.yaml shows who changed it; git checkout [..] -- secrets/dev.yaml brings back the last one that was in order
vault: hint: only if it was you or a colleague, with sops: vault sign dev shows what changed, and signs it again
",
    );
}

#[test]
fn members_do_not_change_in_the_write_that_turns_the_signature_off() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    let before = sandbox.read(DEV);
    reconfigure(&sandbox, "[alice, bob]", "[alice], signed: false");
    sandbox.vault(["sync", "--yes"]).fails_with(
        2,
        "vault: error: secrets/dev.yaml: `signed: false` and other members are two steps
vault: hint: take `signed: false` out, run vault sync dev, commit; then turn the signature off
",
    );
    assert_eq!(sandbox.read(DEV), before);
}

#[test]
fn a_file_that_was_never_signed_is_signed_with_a_fresh_data_key() {
    let sandbox = written("    dev: {recipients: [alice, bob], signed: false}\n");
    let before = sandbox.read(DEV);
    reconfigure(&sandbox, ", signed: false", "");
    sandbox.vault(["sync", "--yes"]).succeeds().says(&format!(
        "vault: dev (secrets/dev.yaml):
vault:   the file is signed from now on, for
vault:   alice reads and writes (SHA256:[..])
vault:   bob reads and writes (SHA256:[..])
vault:   {REKEYED}
vault: in line with .vault.yaml: dev
"
    ));
    let after = sandbox.read(DEV);
    assert_ne!(entry(&before, "alice"), entry(&after, "alice"));
    assert_ne!(before.lines().next(), after.lines().next());
    sandbox.vault(["check"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "hunter2-API-token");
}

#[test]
fn recipients_of_an_unsigned_file_are_brought_in_line_too() {
    let sandbox = written("    dev: {recipients: [alice, bob], signed: false}\n");
    reconfigure(&sandbox, "[alice, bob]", "[alice, carol]");
    sandbox.vault(["sync", "--yes"]).succeeds().says(&format!(
        "vault: dev (secrets/dev.yaml):
vault:   + carol reads and writes (SHA256:[..])
vault:   - bob (SHA256:[..])
vault:   the file is encrypted for
vault:   alice reads and writes (SHA256:[..])
vault:   carol reads and writes (SHA256:[..])
vault:   {REKEYED}
vault: in line with .vault.yaml: dev
"
    ));
    assert!(opens(&sandbox, "carol", "dev"));
    assert!(!opens(&sandbox, "bob", "dev"));
    assert!(!sandbox.read(DEV).contains("x-vault"));
}

#[test]
fn a_file_without_its_signature_and_without_history_is_no_file_to_sign() {
    let sandbox = Sandbox::new();
    team::log_in(&sandbox, "alice");
    sandbox.write(
        ".vault.yaml",
        team::config(
            &EVERYBODY,
            "    dev: {recipients: [alice], signed: false}\n",
        ),
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let before = sandbox.read(DEV);
    reconfigure(&sandbox, ", signed: false", "");
    sandbox.vault(["sync", "--yes"]).fails_with(
        3,
        "vault: error: secrets/dev.yaml: the file is not signed, and no git history tells who made it
vault: hint: vault sign --accept-foreign dev shows what is in it, and asks
",
    );
    assert_eq!(sandbox.read(DEV), before);
}
