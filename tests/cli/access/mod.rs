//! Who can read and write what, as anybody can see who has the repository.

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, CI, configured, reconfigure},
};

/// A repository without a key on the machine: what a new clone is to a reviewer.
fn without_identity(sandbox: &Sandbox) {
    let _ = std::fs::remove_file(sandbox.path("config/vault/identity.txt"));
}

fn commit(sandbox: &Sandbox, author: &str, message: &str) {
    let author = format!("--author={author} <somebody@example.org>");
    sandbox.git(["add", "--all"]);
    sandbox.git(["commit", "--quiet", &author, "--message", message]);
}

/// Common, and dev above it with bob through a group; both in git, ci joins dev in a second commit.
fn team() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("ci", CI)],
        "    common: {recipients: [alice, bob, ci]}\n    dev: {recipients: [alice, devs], extends: [common]}\ngroups: {devs: [bob]}\n",
    );
    sandbox.vault(["set", "common", "A", "one"]).succeeds();
    sandbox.vault(["set", "dev", "B", "two"]).succeeds();
    commit(&sandbox, "Alice", "vault");
    reconfigure(&sandbox, "[alice, devs]", "[alice, devs, ci]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    commit(&sandbox, "Mallory", "ci joins");
    without_identity(&sandbox);
    sandbox
}

#[test]
fn r74_anybody_sees_who_can_read_and_write_what_and_who_says_so() {
    team().vault(["access"]).succeeds_with(
        "common (secrets/common.yaml): signed by alice
    alice  reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
    bob    reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
    ci     reads             SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
dev (secrets/dev.yaml): signed by alice
    alice  reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
    bob    reads and writes  SHA256:[..]  through devs; since [TIME], signed by alice; commit [..] by Alice
    ci     reads             SHA256:[..]  since [TIME], signed by alice; commit [..] by Mallory
    extends common, whose keys are written by alice, bob
",
    );
}

#[test]
fn one_person_is_shown_where_they_are() {
    let sandbox = team();
    sandbox
        .vault(["access", "dev", "--who", "bob"])
        .succeeds_with(
            "dev (secrets/dev.yaml): signed by alice
    bob  reads and writes  SHA256:[..]  through devs; since [TIME], signed by alice; commit [..] by Alice
    extends common, whose keys are written by alice, bob
",
        );
    sandbox.vault(["access", "--who", "bobb"]).fails_with(
        2,
        "vault: error: nobody here is called `bobb`
vault: hint: did you mean `bob`?
",
    );
}

#[test]
fn what_the_config_wants_otherwise_is_marked_and_ends_with_1() {
    let sandbox = team();
    reconfigure(&sandbox, "[alice, devs, ci]", "[alice, ci]");
    reconfigure(
        &sandbox,
        "[alice, bob, ci]}",
        "[alice, bob, ci], writers: [alice]}",
    );
    let output = sandbox.vault(["access"]).run().fails(1);
    output.prints(
        "common (secrets/common.yaml): signed by alice
    alice  reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
    bob    reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
      ! .vault.yaml wants: reads instead of reads and writes
    ci     reads             SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
dev (secrets/dev.yaml): signed by alice
    alice  reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
    bob    reads and writes  SHA256:[..]  since [TIME], signed by alice; commit [..] by Alice
      ! .vault.yaml does not list them any more
    ci     reads             SHA256:[..]  since [TIME], signed by alice; commit [..] by Mallory
    extends common, whose keys are written by alice, bob
",
    );
}

#[test]
fn somebody_whom_only_the_config_names_is_shown_as_having_nothing() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    without_identity(&sandbox);
    reconfigure(&sandbox, "[alice]", "[alice, bob]");
    let output = sandbox.vault(["access"]).run().fails(1);
    output
        .prints(
            "dev (secrets/dev.yaml): signed by alice
    alice  reads and writes  SHA256:[..]  since [TIME], signed by alice
    ! only in .vault.yaml: + bob reads and writes (SHA256:[..])
",
        )
        .says(
            "vault: warning: dev: .vault.yaml wants other members or layers than the file has
vault: hint: vault sync dev brings the file in line
",
        );
}

#[test]
fn what_is_not_signed_is_said_to_be_so() {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], signed: false}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    without_identity(&sandbox);
    sandbox.vault(["access"]).succeeds_with(
        "dev (secrets/dev.yaml): not signed: nothing proves who made it
    alice  reads and writes  SHA256:[..]
    bob    reads and writes  SHA256:[..]
",
    );
}

#[test]
fn a_forged_file_gives_nobody_anything() {
    let sandbox = team();
    let text = sandbox.read("secrets/dev.yaml");
    sandbox.write("secrets/dev.yaml", text.replacen("B: ENC", "C: ENC", 1));
    let output = sandbox.vault(["access", "dev"]).run().fails(3);
    output.prints("dev (secrets/dev.yaml): not accepted, see vault check dev\n");
}

#[test]
fn an_author_with_control_characters_is_shown_escaped() {
    let sandbox = configured(&[("alice", ALICE)], "    dev: {recipients: [alice]}\n");
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    commit(&sandbox, "Al\u{1b}[2Jice", "vault");
    let output = sandbox.vault(["access"]).succeeds();
    assert!(!output.stdout().contains('\u{1b}'), "{}", output.stdout());
    assert!(
        output.stdout().contains("Al\\u{1b}[2Jice"),
        "{}",
        output.stdout()
    );
}
