//! Removals that are still to be carried out: whoever takes one back needs no key, and gets nothing for it.

use super::written;
use crate::{
    sandbox::{Run, Sandbox},
    team::{self, ALICE, BOB, CAROL},
};

/// Bob has removed carol from dev, and noted prod, which he cannot write, as pending; alice is at work.
fn pending() -> Sandbox {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob, carol]}\n    prod: {recipients: [alice, carol]}\n",
    );
    team::log_in(&sandbox, "bob");
    sandbox
        .vault(["recipients", "remove", "carol", "--env", "dev", "--yes"])
        .variable("XDG_STATE_HOME", sandbox.path("bob"))
        .succeeds();
    sandbox.commit("carol has left");
    team::log_in(&sandbox, "alice");
    sandbox
}

/// What somebody without a key types into the config: carol is in prod as if nothing had been.
fn take_back(sandbox: &Sandbox) {
    let config = sandbox.read(".vault.yaml");
    let (rest, _) = config.split_once("former:").expect("who has left");
    let lists = rest.replace(
        "prod: {recipients: [alice]}",
        "prod: {recipients: [alice, carol]}",
    );
    let line = format!("    carol: {CAROL}\nenvironments:");
    sandbox.write(".vault.yaml", lists.replace("environments:", &line));
}

/// A reviewer without a key and without a memory.
fn reviewer(sandbox: &Sandbox) -> Run<'_> {
    sandbox
        .vault(["check", "--keyless", "--base", "main"])
        .variable("XDG_STATE_HOME", sandbox.path("reviewer"))
        .variable("XDG_CONFIG_HOME", sandbox.path("reviewer"))
}

const BACK: &str =
    "prod: .vault.yaml lists carol again, who left, and was never taken out of the file";

#[test]
fn a_pending_removal_that_is_taken_back_by_hand_is_found_in_the_pull_request() {
    let sandbox = pending();
    take_back(&sandbox);
    let output = reviewer(&sandbox).fails(3);
    output.says(
        "vault: first use here: dev, signed by bob; writers alice, bob
vault: first use here: prod, signed by alice; writers alice, carol
vault: error: prod: that carol left was still to be carried out in the revision to compare with; it is not, and .vault.yaml takes it back
vault: hint: git log -p .vault.yaml shows who changed it: that takes no key
vault: hint: vault recipients remove carol carries it out
",
    );
}

#[test]
fn a_pending_removal_that_is_carried_out_is_in_order_also_when_they_come_back() {
    let sandbox = pending();
    reviewer(&sandbox).fails(1);
    sandbox.vault(["sync", "--yes"]).succeeds();
    reviewer(&sandbox).succeeds();
    let add = [
        "recipients",
        "add",
        "carol",
        CAROL,
        "--env",
        "prod",
        "--readmit",
        "--yes",
    ];
    sandbox.vault(add).succeeds();
    reviewer(&sandbox).succeeds();
    sandbox.vault(["set", "prod", "NEW", "value"]).succeeds();
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_machine_that_saw_a_pending_removal_writes_nothing_for_them_when_it_is_taken_back_by_hand() {
    let sandbox = pending();
    // It saw the config, by way of another environment.
    sandbox.vault(["check", "dev"]).succeeds();
    take_back(&sandbox);
    let hints = "vault: hint: git log -p .vault.yaml shows who changed it: that takes no key
vault: hint: vault recipients remove carol carries the removal out; then vault recipients add --readmit lets them in again
vault: hint: a branch from before that takes over the newer version: git merge; if they never left: vault trust prod goes by what is here
";
    let set = ["set", "prod", "NEW", "value"];
    sandbox
        .vault(set)
        .fails_with(3, &format!("vault: error: {BACK}\n{hints}"));
    for line in [
        &["unset", "prod", "TOKEN"][..],
        &["rekey", "prod", "--yes"],
        &["sync", "prod", "--yes"],
        &["recipients", "add", "bob", BOB, "--env", "prod", "--yes"],
        &["recipients", "replace", "carol", team::DAVE, "--yes"],
        &["check", "prod", "--keyless"],
    ] {
        let output = sandbox.vault(line).fails(3);
        assert!(
            output.stderr().contains(BACK),
            "{line:?}: {}",
            output.stderr()
        );
    }
    assert_eq!(team::get(&sandbox, "prod", "TOKEN"), "hunter2-API-token");
    sandbox
        .vault(["recipients", "remove", "carol", "--yes"])
        .succeeds();
    sandbox.vault(set).succeeds();
    sandbox.vault(["check"]).succeeds();
    assert!(!super::opens(&sandbox, "carol", "prod"));
}

#[test]
fn a_removal_that_was_never_meant_is_taken_back_by_whoever_says_so_on_their_machine() {
    let sandbox = pending();
    sandbox.vault(["check", "prod"]).fails(1);
    take_back(&sandbox);
    let output = sandbox.vault(["trust", "prod", "--yes"]).succeeds();
    assert!(
        output
            .stderr()
            .contains("vault:   was to be taken out: carol\n"),
        "{}",
        output.stderr()
    );
    sandbox.vault(["set", "prod", "NEW", "value"]).succeeds();
}

#[test]
fn whoever_is_listed_again_while_their_removal_is_pending_gets_nothing_new_on_any_machine() {
    let sandbox = pending();
    let former = sandbox.read(".vault.yaml");
    let (_, former) = former.split_once("former:").expect("who has left");
    take_back(&sandbox);
    let back = sandbox.read(".vault.yaml");
    sandbox.write(".vault.yaml", format!("{back}former:{former}"));
    team::forget_everything(&sandbox);
    for line in [&["set", "prod", "NEW", "value"][..], &["sync", "--yes"]] {
        let output = sandbox.vault(line).fails(3);
        assert!(
            output.stderr().contains(BACK),
            "{line:?}: {}",
            output.stderr()
        );
    }
}

#[test]
fn whoever_is_still_to_be_taken_out_comes_back_only_after_that() {
    let sandbox = pending();
    let add = [
        "recipients",
        "add",
        "carol",
        CAROL,
        "--env",
        "dev",
        "--readmit",
        "--yes",
    ];
    sandbox.vault(add).fails_with(
        3,
        "vault: error: carol left, and is still to be taken out of prod
vault: hint: vault sync prod by a writer does it; then type the command again
",
    );
    sandbox.vault(["sync", "prod", "--yes"]).succeeds();
    sandbox.vault(add).succeeds();
}

/// The config says of somebody what takes no key to say, and no more.
fn slander(sandbox: &Sandbox) {
    let config = sandbox.read(".vault.yaml");
    let former =
        format!("former:\n    carol: {{key: {CAROL}, removed: 2026-11-24, pending: [prod]}}\n");
    let lists = config
        .replace(&format!("    carol: {CAROL}\n"), "")
        .replace("[alice, carol]", "[alice]");
    sandbox.write(".vault.yaml", format!("{lists}{former}"));
}

#[test]
fn a_removal_that_nothing_signed_bears_out_is_not_remembered() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice, carol]}\n",
    );
    let honest = sandbox.read(".vault.yaml");
    slander(&sandbox);
    let set = ["set", "prod", "NEW", "value"];
    // While it stands there nobody writes anything for her; every machine saw it.
    for _ in 0..2 {
        sandbox.vault(["check"]).fails(1);
        sandbox.vault(set).fails(3);
    }
    // Whoever puts the config back needs nothing else.
    sandbox.write(".vault.yaml", honest);
    sandbox.vault(set).succeeds();
    sandbox.vault(["check"]).succeeds();
}

#[test]
fn a_log_of_a_strangers_own_bears_nothing_out() {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice]}\n    prod: {recipients: [alice, carol]}\n",
    );
    let honest = sandbox.read(".vault.yaml");
    // Bob, of whom no log knows, lets carol into one of his own, and takes her out.
    let bob = team::identity(&sandbox, "bob");
    let bob = |line: &[&str]| {
        let identity = bob.to_str().expect("text");
        sandbox
            .vault([&["-i", identity], line].concat())
            .variable("XDG_STATE_HOME", sandbox.path("bob"))
            .without("XDG_CONFIG_HOME")
            .succeeds();
    };
    sandbox.write(
        ".vault.yaml",
        format!("{honest}    lab: {{recipients: [bob, carol]}}\n"),
    );
    bob(&["set", "lab", "A", "mine"]);
    bob(&["recipients", "remove", "carol", "--env", "lab", "--yes"]);
    assert!(sandbox.read(".vault.yaml").contains("pending: [prod]"));
    for _ in 0..2 {
        sandbox.vault(["check"]).fails(1);
    }
    sandbox.write(".vault.yaml", honest);
    sandbox.vault(["set", "prod", "NEW", "value"]).succeeds();
}

#[test]
fn a_machine_that_never_looked_at_the_other_environment_remembers_it_too() {
    let sandbox = pending();
    sandbox.vault(["check", "prod"]).fails(1);
    take_back(&sandbox);
    let output = sandbox.vault(["set", "prod", "NEW", "value"]).fails(3);
    assert!(output.stderr().contains(BACK), "{}", output.stderr());
}

#[test]
fn a_branch_from_before_a_pending_removal_is_read_and_takes_over_the_newer_version() {
    let sandbox = pending();
    sandbox.git(["branch", "before", "HEAD~1"]);
    sandbox.vault(["check", "prod"]).fails(1);
    sandbox.git(["checkout", "--quiet", "before"]);
    assert_eq!(team::get(&sandbox, "prod", "TOKEN"), "hunter2-API-token");
    let set = ["set", "prod", "NEW", "value"];
    let output = sandbox.vault(set).fails(3);
    assert!(output.stderr().contains(BACK), "{}", output.stderr());
    sandbox.git(["merge", "--quiet", "main"]);
    sandbox.vault(["sync", "prod", "--yes"]).succeeds();
    sandbox.vault(set).succeeds();
}
