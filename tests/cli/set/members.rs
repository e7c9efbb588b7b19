//! Who may write, and a config that differs from the log.

use super::FILE;
use crate::team::{self, ALICE, BOB, CI, alone, configured, get, reconfigure};

#[test]
fn whoever_only_reads_is_told_what_to_do_and_writes_nothing() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("ci", CI)],
        "    dev: {recipients: [alice, bob, ci], writers: [alice]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let before = sandbox.read(FILE);
    team::log_in(&sandbox, "bob");
    sandbox.vault(["set", "dev", "A"]).fails_with(
        2,
        &format!(
            "vault: error: no identity of yours may write dev; writers are alice
vault: hint: send this line to a writer: {BOB}
vault: hint: they let bob write dev in .vault.yaml, and run vault sync dev
"
        ),
    );
    team::log_in(&sandbox, "outsider");
    let output = sandbox.vault(["set", "dev", "A"]).fails(2);
    let lines: Vec<&str> = output.stderr().lines().collect();
    assert_eq!(
        lines[0],
        "vault: error: no identity of yours may write dev; writers are alice"
    );
    assert_eq!(
        lines[2],
        "vault: hint: they type vault recipients add NAME 'LINE' --env dev"
    );
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn an_ssh_key_in_its_usual_place_writes_where_it_is_listed() {
    let sandbox = configured(&[("dave", team::DAVE)], "    dev: {recipients: [dave]}\n");
    sandbox.ssh_key();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    assert_eq!(get(&sandbox, "dev", "A"), "1");
}

#[test]
fn who_was_added_to_the_config_by_hand_gets_nothing_and_a_notice_says_so() {
    let sandbox = alone();
    reconfigure(&sandbox, "recipients: [alice]", "recipients: [alice, bob]");
    reconfigure(
        &sandbox,
        "recipients:\n    alice",
        &format!("recipients:\n    bob: {BOB}\n    alice"),
    );
    let output = sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    output.says(
        "vault: warning: dev: .vault.yaml wants other members or layers than the file has; nothing of that changes before vault sync dev
vault:   + bob reads and writes (SHA256:[..])
vault: writing A to secrets/dev.yaml for alice
vault: + A
",
    );
    assert!(!sandbox.read(FILE).contains("age1cfk"));
}

#[test]
fn a_key_that_was_changed_by_hand_changes_nothing_and_a_notice_says_so() {
    let sandbox = configured(
        &[("alice", ALICE), ("ci", CI)],
        "    dev: {recipients: [alice, ci]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    reconfigure(&sandbox, CI, BOB);
    sandbox.vault(["set", "dev", "A", "2"]).succeeds().says(
        "vault: warning: dev: .vault.yaml wants other members or layers than the file has; nothing of that changes before vault sync dev
vault:   ~ ci has another key: SHA256:[..] instead of SHA256:[..]
vault: writing A to secrets/dev.yaml for alice, ci
vault: ~ A
",
    );
    assert!(sandbox.read(FILE).contains(&format!("recipient: {CI}\n")));
    assert!(!sandbox.read(FILE).contains("age1cfk"));
}

#[test]
fn layers_that_were_changed_by_hand_change_nothing_and_a_notice_says_so() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    common: {recipients: [alice]}\n    dev: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "common", "B", "1"]).succeeds();
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    reconfigure(&sandbox, "dev: {", "dev: {extends: common, ");
    sandbox.vault(["set", "dev", "A", "2"]).succeeds().says(
        "vault: warning: dev: .vault.yaml wants other members or layers than the file has; nothing of that changes before vault sync dev
vault:   ~ extends common
vault: writing A to secrets/dev.yaml for alice
vault: ~ A
",
    );
    sandbox.vault(["get", "dev", "B"]).fails(2);
}

#[test]
fn who_was_dropped_from_the_config_gets_no_new_secret() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "dev", "A", "1"]).succeeds();
    let before = sandbox.read(FILE);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["set", "dev", "A"]).fails_with(
        3,
        "vault: error: dev can still be read by bob, whom .vault.yaml no longer lists
vault: hint: vault sync dev takes them out and changes the data key
",
    );
    sandbox.vault(["unset", "dev", "A"]).fails(3);
    assert_eq!(sandbox.read(FILE), before);
}

#[test]
fn a_value_in_the_place_of_a_map_below_is_told() {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    common: {recipients: [alice]}\n    dev: {extends: common, recipients: [alice]}\n",
    );
    sandbox.vault(["set", "common", "m.x", "1"]).succeeds();
    let set = || sandbox.vault(["set", "dev", "m=5"]);
    set().succeeds().says(
        "vault: warning: common has keys or items below m: this value will stand in the place of all of them
vault: making the file and writing m to secrets/dev.yaml for alice
vault: + m
",
    );
    let again = set().succeeds();
    assert!(!again.stderr().contains("warning"), "{}", again.stderr());
    let other = sandbox.vault(["set", "dev", "n=5"]).succeeds();
    assert!(!other.stderr().contains("warning"), "{}", other.stderr());
}
