//! `vault recipients add`.

use super::{files, opens, two, written};
use crate::team::{ALICE, BOB, CAROL, CI, DAVE, changed_lines};

const DEV: &str = "secrets/dev.yaml";
const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 somebody@laptop";

#[test]
fn whoever_is_added_reads_and_only_their_entry_differs_in_a_file_of_200_keys() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    let keys: String = (0..200)
        .map(|at| format!("KEY_{at}=hunter2-{at}\n"))
        .collect();
    sandbox.write("../many.env", keys);
    let source = sandbox.path("many.env");
    sandbox.vault(["import", "dev"]).and([source]).succeeds();
    sandbox.commit("many");
    sandbox
        .vault(["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"])
        .succeeds_with("")
        .says(
            "vault: dev (secrets/dev.yaml):
vault:   + carol reads and writes (SHA256:[..])
vault:   the data key stays: older values in git, back to the last new data key, can be read by whoever is added
vault: dev: the last new data key is of [..], commit [..], or later; --no-history makes a new one
vault: added carol: dev
",
        );
    assert!(opens(&sandbox, "carol", "dev"));
    sandbox.vault(["check"]).succeeds();
    let diff = sandbox.git(["diff", "--unified=0", DEV]);
    let changed = changed_lines(&diff);
    assert!(
        !changed.iter().any(|line| line.contains("KEY_")),
        "{changed:?}"
    );
    // Within one second its time stays.
    let gone = changed
        .iter()
        .filter(|line| line.starts_with('-') && *line != "-lastmodified");
    let gone: Vec<&String> = gone.collect();
    assert_eq!(gone, ["-mac", "-signature"]);
    let config = changed_lines(&sandbox.git(["diff", "--unified=0", ".vault.yaml"]));
    assert_eq!(config, ["+carol", "-dev", "+dev"]);
    let Some(sops) = sandbox.sops(["decrypt", DEV]) else {
        return;
    };
    let key = crate::team::identity(&sandbox, "carol");
    sops.variable("SOPS_AGE_KEY_FILE", key).succeeds();
}

#[test]
fn without_history_the_data_key_is_a_new_one() {
    let sandbox = two();
    let before = sandbox.read(DEV);
    sandbox
        .vault([
            "recipients",
            "add",
            "carol",
            CAROL,
            "--env",
            "dev",
            "--no-history",
            "--yes",
        ])
        .succeeds()
        .says(
            "vault: dev (secrets/dev.yaml):
vault:   + carol reads and writes (SHA256:[..])
vault:   the data key changes; every value is encrypted anew
vault: added carol: dev
",
        );
    let value = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert_ne!(value(&before), value(&sandbox.read(DEV)));
    assert!(opens(&sandbox, "carol", "dev"));
    assert!(!opens(&sandbox, "carol", "prod"));
}

#[test]
fn a_line_comes_from_a_file_or_standard_input_and_of_several_keys_the_usable_one_is_taken() {
    let sandbox = two();
    let list = format!("{RSA}\n{DAVE} dave@laptop\n");
    sandbox.write("../dave.keys", &list);
    let from_file = format!("@{}", sandbox.path("dave.keys").display());
    sandbox
        .vault([
            "recipients",
            "add",
            "dave",
            &from_file,
            "--env",
            "dev",
            "--yes",
        ])
        .succeeds();
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    dave: {DAVE}\n"))
    );
    sandbox
        .vault([
            "recipients",
            "add",
            "ci",
            "-",
            "--env",
            "dev",
            "prod",
            "--reads-only",
            "--yes",
        ])
        .stdin(format!("{CAROL}\n"))
        .succeeds();
    let text = sandbox.read(".vault.yaml");
    assert!(
        text.contains(&format!("    ci: {CAROL} reads-only\n")),
        "{text}"
    );
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn several_keys_and_nobody_to_ask_are_shown_by_fingerprint() {
    let sandbox = two();
    let other = CAROL.split_once(' ').unwrap().1;
    sandbox
        .vault(["recipients", "add", "dave", "-", "--env", "dev", "--yes"])
        .stdin(format!("{DAVE}\n{other}\n"))
        .fails_with(
            2,
            "vault: error: there are several keys; which one is it?
vault:   1  SHA256:[..]
vault:   2  SHA256:[..]
vault: hint: give the line of one of them
",
        );
}

#[test]
fn what_is_no_sound_new_line_is_refused_and_a_private_key_never_shown() {
    let sandbox = two();
    let before = files(&sandbox);
    let refused = |name: &str, line: &str, error: &str| {
        let output = sandbox
            .vault(["recipients", "add", name, line, "--env", "dev", "--yes"])
            .fails(2);
        let first = output.stderr().lines().next().unwrap_or_default();
        assert_eq!(first, format!("vault: error: {error}"));
    };
    refused(
        "eve",
        RSA,
        "line 1 cannot be used: the key that reads is refused: ssh-rsa keys are not supported; use ssh-ed25519 or an age key",
    );
    refused(
        "eve",
        "ecdsa-sha2-nistp256 AAAA",
        "line 1 cannot be used: the key that reads is refused: ecdsa keys are not supported; use ssh-ed25519 or an age key",
    );
    refused("eve", "", "the line is empty");
    refused("eve", BOB, "that is a key of bob");
    refused(
        "eve",
        BOB.split(' ').next().unwrap(),
        "that is a key of bob",
    );
    refused(
        "bob",
        CAROL,
        "bob is a recipient already, with another line",
    );
    refused("bob", BOB, "bob is a recipient already");
    refused("Bob", CAROL, "the name Bob is taken by bob");
    let private = sandbox.secret("AGE-SECRET-KEY-1HUNTER2HUNTER2HUNTER2");
    refused(
        "eve",
        &private,
        "this is a private key, and it has been seen by others now; a public one belongs here",
    );
    sandbox
        .vault([
            "recipients",
            "add",
            "eve",
            CAROL,
            "--env",
            "nowhere",
            "--yes",
        ])
        .fails(2);
    sandbox
        .vault([
            "recipients",
            "add",
            "eve",
            CAROL,
            "--group",
            "nobody",
            "--yes",
        ])
        .fails(2);
    sandbox
        .vault(["recipients", "add", "eve", CAROL, "--env", "dev"])
        .fails(2);
    assert_eq!(files(&sandbox), before);
}

#[test]
fn a_name_that_looks_like_another_is_told() {
    let sandbox = two();
    let output = sandbox
        .vault(["recipients", "add", "b0b", CAROL, "--env", "dev", "--yes"])
        .succeeds();
    assert!(
        output
            .stderr()
            .contains("b0b looks much like bob, who is somebody else")
    );
}

#[test]
fn other_drift_stops_a_change_about_one_person() {
    let sandbox = two();
    crate::team::reconfigure(
        &sandbox,
        "prod: {recipients: [alice]}",
        "prod: {recipients: [alice, bob]}",
    );
    let before = files(&sandbox);
    sandbox
        .vault(["recipients", "add", "ci", CI, "--env", "prod", "--yes"])
        .fails_with(
            3,
            "vault: error: secrets/prod.yaml: .vault.yaml wants other members, layers or signatures than the file has
vault:   + bob reads and writes (SHA256:[..])
vault: hint: vault sync prod brings them in line; then type the command again
",
        );
    assert_eq!(files(&sandbox), before);
}

#[test]
fn a_recipient_who_only_reads_adds_nobody() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], writers: [alice]}\n",
    );
    crate::team::log_in(&sandbox, "bob");
    sandbox
        .vault(["recipients", "add", "carol", CAROL, "--env", "dev", "--yes"])
        .fails(2);
    assert!(!sandbox.read(".vault.yaml").contains("carol"));
}

#[test]
fn who_is_a_recipient_already_is_let_into_more_with_the_same_line_and_no_other() {
    let sandbox = two();
    let add = [
        "recipients",
        "add",
        "bob",
        BOB,
        "--env",
        "dev",
        "prod",
        "--yes",
    ];
    sandbox.vault(add).succeeds().says(
        "vault: prod (secrets/prod.yaml):
vault:   + bob reads and writes (SHA256:[..])
vault:   the data key stays: older values in git, back to the last new data key, can be read by whoever is added
vault: prod: the last new data key is of [..] or later; --no-history makes a new one
vault: added bob: prod
",
    );
    assert!(opens(&sandbox, "bob", "prod"));
    sandbox.vault(["check"]).succeeds();
    let after = files(&sandbox);
    sandbox
        .vault(["recipients", "add", "bob", CAROL, "--env", "prod", "--yes"])
        .fails_with(
            2,
            "vault: error: bob is a recipient already, with another line
vault: hint: vault recipients replace bob LINE gives them another key
",
        );
    sandbox
        .vault(["recipients", "add", "alice", ALICE, "--env", "prod"])
        .and(["--reads-only", "--yes"])
        .fails(2);
    assert_eq!(files(&sandbox), after);
}

#[test]
fn who_only_reads_is_let_into_more_to_read() {
    let members = format!("{BOB} reads-only");
    let sandbox = written(
        &[("alice", ALICE), ("bob", &members)],
        "    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice]}\n",
    );
    sandbox
        .vault(["recipients", "add", "bob", BOB, "--env", "prod", "--yes"])
        .succeeds();
    let text = sandbox.read(".vault.yaml");
    assert!(text.contains(&format!("    bob: {members}\n")), "{text}");
    assert!(opens(&sandbox, "bob", "prod"));
    crate::team::log_in(&sandbox, "bob");
    sandbox.vault(["set", "prod", "TOKEN", "other"]).fails(2);
}
