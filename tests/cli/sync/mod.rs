//! `vault sync`.

mod plan;
mod signatures;

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, CAROL, CI, changed_lines, configured, get, opens, reconfigure},
};

const DEV: &str = "secrets/dev.yaml";
const PROD: &str = "secrets/prod.yaml";
const KEPT: &str = "the data key stays: older values in git, back to the last new data key, can be read by whoever is added";
const REKEYED: &str = "the data key changes; every value is encrypted anew";

const EVERYBODY: [(&str, &str); 3] = [("alice", ALICE), ("bob", BOB), ("carol", CAROL)];

/// Files for dev and prod with one value each, committed.
fn written(environments: &str) -> Sandbox {
    let sandbox = configured(&EVERYBODY, environments);
    for name in ["dev", "prod"] {
        if environments.contains(name) {
            sandbox
                .vault(["set", name, "TOKEN", "hunter2-API-token"])
                .succeeds();
        }
    }
    sandbox.commit("secrets");
    sandbox
}

/// The lines of somebody's age entry in a file.
fn entry(text: &str, name: &str) -> String {
    let start = text
        .find(&format!("        # {name}\n"))
        .expect("an entry with that name");
    let rest = &text[start..];
    let end = rest
        .find("          recipient: ")
        .expect("an entry names its recipient");
    rest[..end].to_owned()
}

#[test]
fn whoever_is_added_reads_and_no_value_changes() {
    let sandbox = written("    dev: {recipients: [alice]}\n");
    assert!(!opens(&sandbox, "bob", "dev"));
    reconfigure(&sandbox, "[alice]", "[alice, bob]");
    sandbox
        .vault(["sync", "--yes"])
        .succeeds_with("")
        .says(&format!(
            "vault: dev (secrets/dev.yaml):
vault:   + bob reads and writes (SHA256:[..])
vault:   {KEPT}
vault: in line with .vault.yaml: dev
"
        ));
    assert!(opens(&sandbox, "bob", "dev"));
    let changed = changed_lines(&sandbox.git(["diff", "--unified=0", DEV]));
    assert!(
        !changed.iter().any(|line| line.ends_with("TOKEN")),
        "{changed:?}"
    );
    sandbox.vault(["check"]).succeeds();
    sandbox
        .vault(["sync"])
        .succeeds()
        .says("vault: the files are in line with .vault.yaml\n");
}

#[test]
fn whoever_is_dropped_opens_nothing_new_also_with_an_old_entry() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    let old = sandbox.read(DEV);
    assert!(opens(&sandbox, "bob", "dev"));
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds().says(&format!(
        "vault: dev (secrets/dev.yaml):
vault:   - bob (SHA256:[..])
vault:   {REKEYED}
vault: in line with .vault.yaml: dev
"
    ));
    assert!(!opens(&sandbox, "bob", "dev"));
    assert_eq!(get(&sandbox, "dev", "TOKEN"), "hunter2-API-token");
    let new = sandbox.read(DEV);
    let value = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert_ne!(value(&old), value(&new));
    let recipient = BOB.split(' ').next().unwrap();
    let pasted = new.replacen(
        "    lastmodified:",
        &format!(
            "{}          recipient: {recipient}\n    lastmodified:",
            entry(&old, "bob")
        ),
        1,
    );
    sandbox.write(DEV, &pasted);
    let bob = team::identity(&sandbox, "bob");
    sandbox
        .vault(["get", "dev", "TOKEN", "-i", bob.to_str().unwrap()])
        .fails(3);
    // Nor does sops, which asks for no signature.
    if let Some(sops) = sandbox.sops(["decrypt", DEV]) {
        let output = sops.variable("SOPS_AGE_KEY_FILE", &bob).run();
        assert_ne!(output.code(), 0);
        assert!(!output.stdout().contains("hunter2"));
    }
}

#[test]
fn a_key_that_is_replaced_is_shown_with_both_fingerprints_and_the_old_one_opens_nothing_new() {
    let sandbox = configured(
        &[("alice", ALICE), ("ci", CI)],
        "    dev: {recipients: [alice, ci]}\n",
    );
    sandbox
        .vault(["set", "dev", "TOKEN", "hunter2-API-token"])
        .succeeds();
    assert!(opens(&sandbox, "carol", "dev"));
    reconfigure(&sandbox, CI, BOB.split(' ').next().unwrap());
    let output = sandbox.vault(["sync", "--yes"]).succeeds();
    let output = output.says(&format!(
        "vault: dev (secrets/dev.yaml):
vault:   ~ ci has another key: SHA256:[..] instead of SHA256:[..]
vault:   {REKEYED}
vault: in line with .vault.yaml: dev
"
    ));
    drop(output);
    assert!(!opens(&sandbox, "carol", "dev"));
    assert!(opens(&sandbox, "bob", "dev"));
}

#[test]
fn whoever_only_reads_from_now_on_keeps_the_data_key_and_can_no_longer_write() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    let before = sandbox.read(DEV);
    reconfigure(&sandbox, "[alice, bob]", "[alice, bob], writers: [alice]");
    sandbox.vault(["sync", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   ~ bob reads instead of reads and writes
vault: in line with .vault.yaml: dev
",
    );
    assert_eq!(entry(&sandbox.read(DEV), "bob"), entry(&before, "bob"));
    assert!(opens(&sandbox, "bob", "dev"));
    team::log_in(&sandbox, "bob");
    sandbox.vault(["set", "dev", "A", "1"]).fails(2);
    // And nobody makes themselves a writer.
    reconfigure(&sandbox, ", writers: [alice]", "");
    sandbox.vault(["sync", "--yes"]).fails_with(
        2,
        &format!(
            "vault: dev (secrets/dev.yaml):
vault:   ~ bob reads and writes instead of reads
vault: error: secrets/dev.yaml: no identity of yours may write dev; writers are alice
vault: hint: send this line to a writer: {BOB}
vault: hint: they let bob write dev in .vault.yaml, and run vault sync dev
"
        ),
    );
}

#[test]
fn a_layer_counts_once_it_stands_in_the_log() {
    let sandbox = written("    prod: {recipients: [alice]}\n    dev: {recipients: [alice]}\n");
    sandbox.vault(["set", "prod", "ONLY", "there"]).succeeds();
    reconfigure(&sandbox, "dev: {", "dev: {extends: prod, ");
    sandbox.vault(["get", "dev", "ONLY"]).fails(2);
    sandbox.vault(["sync", "dev", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   ~ extends prod
vault:   prod is new below dev: its values are used where nothing above has the key, and who writes prod decides about them
vault: in line with .vault.yaml: dev
",
    );
    assert_eq!(get(&sandbox, "dev", "ONLY"), "there");
    reconfigure(&sandbox, "extends: prod, ", "");
    sandbox.vault(["sync", "--yes"]).succeeds().says(
        "vault: dev (secrets/dev.yaml):
vault:   ~ extends nothing
vault:   prod is below no more: its values are no longer used in dev
vault: in line with .vault.yaml: dev
",
    );
    sandbox.vault(["get", "dev", "ONLY"]).fails(2);
}

#[test]
fn several_files_are_written_together_or_none() {
    let sandbox =
        written("    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice, bob]}\n");
    let before = [sandbox.read(DEV), sandbox.read(PROD)];
    reconfigure(
        &sandbox,
        "dev: {recipients: [alice, bob]",
        "dev: {recipients: [alice]",
    );
    reconfigure(
        &sandbox,
        "prod: {recipients: [alice, bob]",
        "prod: {recipients: [alice]",
    );
    // A damaged value is found while the second is prepared.
    let damaged = before[1].replacen("data:", "data:AAAA", 1);
    sandbox.write(PROD, &damaged);
    sandbox.vault(["sync", "--yes"]).fails(3);
    assert_eq!(sandbox.read(DEV), before[0]);
    assert_eq!(sandbox.read(PROD), damaged);
    sandbox.write(PROD, &before[1]);
    sandbox.vault(["sync", "--yes"]).succeeds().says(&format!(
        "vault: dev (secrets/dev.yaml):
vault:   - bob (SHA256:[..])
vault:   {REKEYED}
vault: prod (secrets/prod.yaml):
vault:   - bob (SHA256:[..])
vault:   {REKEYED}
vault: in line with .vault.yaml: dev, prod
"
    ));
    assert!(!opens(&sandbox, "bob", "dev") && !opens(&sandbox, "bob", "prod"));
}

#[test]
fn who_has_left_comes_back_only_by_name() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    reconfigure(&sandbox, "[alice]", "[alice, bob]");
    let refusal = "vault: error: bob has left dev before and is wanted again
vault: hint: vault sync --readmit bob lets them in again
";
    sandbox.vault(["sync", "--yes"]).fails_with(3, refusal);
    sandbox
        .vault(["sync", "--yes", "--readmit", "carol"])
        .fails_with(3, refusal);
    // The same key under another name is the same person.
    let config = sandbox.read(".vault.yaml");
    sandbox.write(
        ".vault.yaml",
        config
            .replace("    bob: ", "    robert: ")
            .replace("[alice, bob]", "[alice, robert]"),
    );
    sandbox.vault(["sync", "--yes"]).fails(3);
    // So is one half of their line, beside another one or alone.
    let (reads, signs) = BOB.split_once(' ').unwrap();
    let (other, _) = CAROL.split_once(' ').unwrap();
    for half in [signs, reads, &format!("{other} {signs}")] {
        sandbox.write(
            ".vault.yaml",
            config
                .replace(&format!("    bob: {BOB}"), &format!("    bobby: {half}"))
                .replace(&format!("    carol: {CAROL}\n"), "")
                .replace("[alice, bob]", "[alice, bobby]"),
        );
        sandbox.vault(["sync", "--yes"]).fails_with(
            3,
            "vault: error: bobby has left dev before and is wanted again
vault: hint: vault sync --readmit bobby lets them in again
",
        );
    }
    sandbox.write(".vault.yaml", config);
    sandbox
        .vault(["sync", "--yes", "--readmit", "bob"])
        .succeeds();
    assert!(opens(&sandbox, "bob", "dev"));
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn an_own_key_is_replaced_by_whoever_has_both() {
    let sandbox = written("    dev: {recipients: [alice]}\n");
    reconfigure(&sandbox, ALICE, "ALICE");
    reconfigure(&sandbox, CAROL, ALICE);
    reconfigure(&sandbox, "alice: ALICE", &format!("alice: {CAROL}"));
    reconfigure(&sandbox, "    carol: ", "    former-alice: ");
    sandbox.vault(["sync", "--yes"]).fails_with(
        2,
        &format!(
            "vault: dev (secrets/dev.yaml):
vault:   ~ alice has another key: SHA256:[..] instead of SHA256:[..]
vault:   {REKEYED}
vault:   the old key of alice signed what is in it: if it was lost, look at that before; vault log dev shows what it changed
vault: error: secrets/dev.yaml: after this no identity of yours could write dev
vault: hint: another writer has to do it; for a new key of your own add -i with the new identity
"
        ),
    );
    let new = team::identity(&sandbox, "carol");
    sandbox
        .vault(["sync", "--yes", "-i", new.to_str().unwrap()])
        .succeeds();
    assert!(opens(&sandbox, "carol", "dev"));
    sandbox.vault(["check", "--keyless"]).succeeds();
}

#[test]
fn nobody_removes_the_last_identity_that_they_have_themselves() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    let before = sandbox.read(DEV);
    reconfigure(&sandbox, "[alice, bob]", "[bob]");
    sandbox.vault(["sync", "--yes"]).fails(2);
    assert_eq!(sandbox.read(DEV), before);
    team::log_in(&sandbox, "bob");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.vault(["check"]).succeeds();
    assert!(!opens(&sandbox, "alice", "dev"));
}
