//! Whoever has left does not come back by way of a new environment, unless somebody says so.

use super::is_clean;
use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, CAROL, configured, log_in, reconfigure},
};

/// Alice, and bob who has left and is listed by hand again as robert, with this line.
fn listed_again(environments: &str, line: &str) -> Sandbox {
    let sandbox = configured(&[("alice", ALICE), ("bob", BOB)], environments);
    sandbox.vault(["set", "dev", "TOKEN", "one"]).succeeds();
    sandbox.commit("secrets");
    sandbox
        .vault(["recipients", "remove", "bob", "--yes"])
        .succeeds();
    sandbox.commit("bob has left");
    reconfigure(
        &sandbox,
        "recipients:\n    alice",
        &format!("recipients:\n    robert: {line}\n    alice"),
    );
    sandbox
}

const SIGNED: &str = "    dev: {recipients: [alice, bob]}\n";
const UNSIGNED: &str = "    dev: {recipients: [alice, bob], signed: false}\n";
const ADD: [&str; 6] = ["env", "add", "new", "--recipients", "alice", "robert"];
const BY_FORMER: &str =
    "vault: error: robert has left before, as `former` in .vault.yaml says, and is wanted again in new
vault: hint: --readmit robert lets them in again
";

/// Takes out of the config that bob has left: that takes no key.
fn forgets_by_hand(sandbox: &Sandbox) {
    let config = sandbox.read(".vault.yaml");
    let (before, _) = config.split_once("former:\n").expect("somebody has left");
    sandbox.write(".vault.yaml", before);
}

#[test]
fn who_has_left_reads_no_new_environment_under_whatever_name_and_with_either_half_of_their_line() {
    let (reads, signs) = BOB.split_once(' ').unwrap();
    let (other, _) = CAROL.split_once(' ').unwrap();
    for environments in [SIGNED, UNSIGNED] {
        for line in [BOB, reads, signs, &format!("{other} {signs}")] {
            let sandbox = listed_again(environments, line);
            let before = sandbox.files();
            sandbox.vault(ADD).fails_with(3, BY_FORMER);
            assert_eq!(sandbox.files(), before);
        }
    }
}

#[test]
fn the_log_tells_who_has_left_where_the_config_does_not() {
    let sandbox = listed_again(SIGNED, BOB);
    forgets_by_hand(&sandbox);
    sandbox.vault(ADD).fails_with(
        3,
        "vault: error: robert has left dev before and is wanted again
vault: hint: --readmit robert lets them in again
",
    );
    sandbox.vault(ADD).and(["--readmit", "alice"]).fails(3);
    sandbox.vault(ADD).and(["--readmit", "robert"]).succeeds();
    is_clean(&sandbox);
    // A log has them now: they are asked for once.
    sandbox
        .vault(["env", "add", "newer", "--recipients", "alice", "robert"])
        .succeeds();
}

#[test]
fn who_is_let_in_again_is_none_of_those_who_have_left() {
    for environments in [SIGNED, UNSIGNED] {
        let sandbox = listed_again(environments, BOB);
        sandbox.vault(ADD).and(["--readmit", "robert"]).succeeds();
        assert!(!sandbox.read(".vault.yaml").contains("former"));
        sandbox.vault(["set", "new", "TOKEN", "two"]).succeeds();
        assert!(team::opens(&sandbox, "bob", "new"));
    }
}

#[test]
fn an_environment_like_another_is_for_nobody_whom_the_log_of_that_one_does_not_have() {
    let sandbox = listed_again(SIGNED, BOB);
    reconfigure(&sandbox, "[alice]", "[alice, robert]");
    let before = sandbox.files();
    sandbox
        .vault(["env", "add", "new", "--like", "dev"])
        .fails(3);
    forgets_by_hand(&sandbox);
    // Nor somebody who never was there.
    reconfigure(&sandbox, BOB, CAROL);
    sandbox
        .vault(["env", "add", "new", "--like", "dev"])
        .fails_with(
            3,
            "vault: error: dev: .vault.yaml wants other members or layers than the file has
vault:   + robert reads and writes (SHA256:[..])
vault: hint: vault sync dev brings the file in line; then type the command again
",
        );
    assert_eq!(sandbox.files(), before);
}

#[test]
fn the_first_value_makes_no_file_for_who_has_left() {
    let sandbox = listed_again(SIGNED, BOB);
    forgets_by_hand(&sandbox);
    reconfigure(
        &sandbox,
        "environments:\n",
        "environments:\n    new: {recipients: [alice, robert]}\n",
    );
    let told = "vault: error: robert has left dev before and is wanted again
vault: hint: git log -p .vault.yaml shows who wants that
vault: hint: if it is meant: take new out of .vault.yaml; then vault env add new --readmit robert lets them in again
";
    sandbox
        .vault(["set", "new", "TOKEN", "two"])
        .fails_with(3, told);
    assert!(!sandbox.exists("secrets/new.yaml"));
    let check = sandbox.vault(["check", "new"]).fails(3);
    snapbox::assert_data_eq!(check.stderr(), told);
    // As the hint says.
    reconfigure(&sandbox, "    new: {recipients: [alice, robert]}\n", "");
    sandbox.vault(ADD).and(["--readmit", "robert"]).succeeds();
}

#[test]
fn what_sops_has_encrypted_for_who_has_left_is_made_anew_without_them() {
    let sandbox = configured(&[("alice", ALICE), ("bob", BOB)], UNSIGNED);
    sandbox.vault(["set", "dev", "TOKEN", "one"]).succeeds();
    sandbox
        .vault(["recipients", "remove", "bob", "--yes"])
        .succeeds();
    let [alice, bob] = [ALICE, BOB].map(|line| line.split(' ').next().unwrap());
    let rules = format!("creation_rules:\n  - age: {alice},{bob}\n");
    sandbox.write(".sops.yaml", &rules);
    sandbox.write("new.yaml", "TOKEN: two\n");
    let Some(sops) = sandbox.sops(["encrypt", "--in-place", "new.yaml"]) else {
        return;
    };
    sops.succeeds();
    let add = ["env", "add", "new", "--file", "new.yaml"];
    sandbox.vault(add).fails_with(
        3,
        &format!(
            "vault: error: new.yaml: sops has encrypted it for bob, too, who has left, as .vault.yaml says
vault: hint: take the key of bob out of .sops.yaml; then sops updatekeys new.yaml && sops rotate --in-place new.yaml makes the file anew without them
vault: hint: if bob is wanted again: vault recipients add bob '{BOB}' --readmit; then type the command again
"
        ),
    );
    // As that says.
    sandbox.write(".sops.yaml", rules.replace(&format!(",{bob}"), ""));
    let key = sandbox.path("alice.txt");
    log_in(&sandbox, "alice");
    for line in [
        &["updatekeys", "--yes", "new.yaml"][..],
        &["rotate", "--in-place", "new.yaml"],
    ] {
        let run = sandbox.sops(line).unwrap();
        run.variable("SOPS_AGE_KEY_FILE", &key).succeeds();
    }
    sandbox.vault(add).fails_with(
        2,
        "vault: error: new.yaml is there already: sops has encrypted it
vault: hint: this line under `environments` in .vault.yaml makes it an environment as it is: new: {recipients: [alice], signed: false, file: 'new.yaml'}
vault: hint: for a new file move it away, or choose another one with --file
",
    );
}
