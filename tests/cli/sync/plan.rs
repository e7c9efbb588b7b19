//! The plan: what it says, who confirms it, and what may come between.

use super::{DEV, EVERYBODY, KEPT, PROD, REKEYED, opens, written};
use crate::team::{self, configured, get, reconfigure};

#[test]
fn a_writer_of_one_file_does_not_change_it_alone_when_all_are_asked_for() {
    let sandbox = written(
        "    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice], writers: [alice]}\n",
    );
    let before = [sandbox.read(DEV), sandbox.read(PROD)];
    reconfigure(
        &sandbox,
        "dev: {recipients: [alice, bob]",
        "dev: {recipients: [alice, bob, carol]",
    );
    reconfigure(
        &sandbox,
        "prod: {recipients: [alice]",
        "prod: {recipients: [alice, carol]",
    );
    team::log_in(&sandbox, "bob");
    sandbox.vault(["sync", "--yes"]).fails(2);
    assert_eq!([sandbox.read(DEV), sandbox.read(PROD)], before);
    sandbox.vault(["sync", "dev", "--yes"]).succeeds();
    assert!(opens(&sandbox, "carol", "dev"));
    assert_eq!(sandbox.read(PROD), before[1]);
}

#[test]
fn the_plan_is_confirmed_on_the_terminal_or_by_yes_and_nothing_else() {
    let sandbox = written("    dev: {recipients: [alice]}\n");
    reconfigure(&sandbox, "[alice]", "[alice, bob]");
    let before = sandbox.read(DEV);
    sandbox.vault(["sync"]).stdin("y\n").fails_with(
        2,
        &format!(
            "vault: dev (secrets/dev.yaml):
vault:   + bob reads and writes (SHA256:[..])
vault:   {KEPT}
vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
"
        ),
    );
    assert_eq!(sandbox.read(DEV), before);
    for (answer, code) in [("n", 2), ("", 2), ("y", 0)] {
        let Some(terminal) = sandbox.on_terminal(["sync"]) else {
            return;
        };
        let output = terminal
            .sees("+ bob reads and writes")
            .sees("Write these changes? [y/N]")
            .types(answer)
            .run();
        assert_eq!(output.code(), code);
        assert_eq!(sandbox.read(DEV) == before, code != 0);
    }
}

#[test]
fn a_plan_says_that_somebody_who_goes_has_signed_what_is_in_the_file() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n");
    team::log_in(&sandbox, "bob");
    sandbox.vault(["set", "dev", "HOST", "forged"]).succeeds();
    team::log_in(&sandbox, "alice");
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    let signed = "vault:   bob, who goes, signed what is in it: look at it before; vault log dev shows what they changed\n";
    let before = sandbox.read(DEV);
    let output = sandbox.vault(["sync"]).fails(2);
    output.says(&format!(
        "vault: dev (secrets/dev.yaml):
vault:   - bob (SHA256:[..])
vault:   {REKEYED}
{signed}vault: error: there is no terminal to ask; nothing is written
vault: hint: --yes says that the plan is right
"
    ));
    assert_eq!(sandbox.read(DEV), before);
    // Once alice has signed it, there is nothing to say.
    reconfigure(&sandbox, "[alice]", "[alice, bob]");
    sandbox
        .vault(["set", "dev", "HOST", "looked-at"])
        .succeeds();
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    let output = sandbox.vault(["sync", "--yes"]).succeeds();
    assert!(!output.stderr().contains("who goes"), "{}", output.stderr());
}

#[test]
fn a_file_that_changes_under_the_plan_is_not_overwritten() {
    let sandbox = written("    dev: {recipients: [alice]}\n");
    reconfigure(&sandbox, "[alice]", "[alice, bob]");
    // The command that gives the identity is asked after the file was read: somebody else writes in between.
    let alice = sandbox.path("alice.txt");
    let command = sandbox.write(
        sandbox.path("identity.sh"),
        format!(
            "unset VAULT_IDENTITY_CMD\n{} set dev OTHER 1 2>/dev/null\ncat {}\n",
            env!("CARGO_BIN_EXE_vault"),
            alice.display()
        ),
    );
    sandbox
        .vault(["sync", "--yes"])
        .variable("VAULT_IDENTITY_CMD", format!("sh {}", command.display()))
        .fails_with(
            2,
            &format!(
                "vault: dev (secrets/dev.yaml):
vault:   + bob reads and writes (SHA256:[..])
vault:   {KEPT}
vault: error: [..]/secrets/dev.yaml was changed by somebody else meanwhile
vault: hint: vault sync shows the plan for what is there now
"
            ),
        );
    assert_eq!(get(&sandbox, "dev", "OTHER"), "1");
    assert!(!opens(&sandbox, "bob", "dev"));
    sandbox.vault(["sync", "--yes"]).succeeds();
    assert!(opens(&sandbox, "bob", "dev"));
    assert_eq!(get(&sandbox, "dev", "OTHER"), "1");
}

#[test]
fn files_that_do_not_exist_yet_need_nothing() {
    let sandbox = configured(&EVERYBODY, "    dev: {recipients: [alice]}\n");
    sandbox
        .vault(["sync"])
        .succeeds()
        .says("vault: the files are in line with .vault.yaml\n");
    sandbox.vault(["sync", "nope"]).fails(2);
}

#[test]
fn names_and_keys_in_a_hostile_config_do_not_reach_the_terminal_raw() {
    let sandbox = written("    dev: {recipients: [alice]}\n");
    reconfigure(&sandbox, "    bob: ", "    \"b\\e[31mob\": ");
    let output = sandbox.vault(["sync", "--yes"]).fails(2);
    assert!(!output.stderr().contains('\u{1b}'));
}

#[test]
fn a_program_gets_the_plan_and_is_never_asked() {
    let sandbox = written("    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice]}\n");
    sandbox.vault(["sync", "--json"]).succeeds_with("[]\n");
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    let before = sandbox.read(DEV);
    let plan = |written: bool| {
        format!(
            r#"[
  {{
    "environment": "dev",
    "file": "secrets/dev.yaml",
    "action": "members",
    "plan": [
      "- bob (SHA256:[..])",
      "{REKEYED}"
    ],
    "written": {written}
  }}
]
"#
        )
    };
    let undecided = sandbox.vault(["sync", "--json"]).fails(1);
    undecided.prints(&plan(false)).says("");
    assert_eq!(sandbox.read(DEV), before);
    // Nor at a terminal.
    if let Some(dialogue) = sandbox.on_terminal(["sync", "--json"]) {
        dialogue.sees("\"written\": false").run().fails(1);
    }
    sandbox
        .vault(["sync", "--json", "--yes"])
        .succeeds_with(&plan(true))
        .says("vault: in line with .vault.yaml: dev\n");
    assert!(!opens(&sandbox, "bob", "dev"));
    sandbox.vault(["check"]).succeeds();
}
