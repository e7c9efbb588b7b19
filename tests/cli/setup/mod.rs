//! What somebody does who has just cloned a repository with a vault.

use crate::{
    sandbox::{Run, Sandbox},
    team::{ALICE, BOB, configured, log_in, reconfigure},
};

/// Dev and prod of alice, and a clone of them on the machine of somebody new.
fn clone() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE)],
        "    dev: {recipients: [alice]}\n    prod: {recipients: [alice]}\n",
    );
    sandbox.vault(["set", "dev", "A", "one"]).succeeds();
    sandbox.vault(["set", "prod", "A", "two"]).succeeds();
    sandbox.commit("vault");
    let new = sandbox.path("new").display().to_string();
    sandbox.git(["clone", "--quiet", ".", &new]);
    sandbox.git(["-C", &new, "config", "user.name", "Nina Novak"]);
    sandbox
}

/// The new person, with a home of their own.
fn nina<'s>(sandbox: &'s Sandbox, line: &[&str]) -> Run<'s> {
    sandbox
        .vault(line)
        .within(sandbox.path("new"))
        .variable("HOME", sandbox.path("nina"))
        .variable("XDG_CONFIG_HOME", sandbox.path("nina/config"))
        .variable("XDG_STATE_HOME", sandbox.path("nina/state"))
}

#[test]
fn a_new_person_gets_an_identity_and_the_line_that_lets_them_in() {
    let sandbox = clone();
    let first = nina(&sandbox, &["setup", "--yes"]).succeeds_with(
        "age1[..] ssh-ed25519 AAAA[..]
    fingerprint  SHA256:[..]
environments of this vault
    dev          does not open
    prod         does not open
",
    );
    let line = first.stdout().lines().next().unwrap().to_owned();
    let asked = format!(
        "vault: hint: dev, prod: send the first line to alice, who types: vault recipients add nina '{line}' --env dev prod\n"
    );
    assert!(
        first.stderr().contains("wrote a new identity to "),
        "{}",
        first.stderr()
    );
    assert!(first.stderr().ends_with(&asked), "{}", first.stderr());
    // Again, it is the same identity, and nothing is made.
    let again = nina(&sandbox, &["setup"]).succeeds();
    assert_eq!(again.stdout(), first.stdout());
    assert_eq!(again.stderr(), asked);
    // Nothing of it lies in the repository.
    let new = sandbox.path("new").display().to_string();
    assert_eq!(sandbox.git(["-C", &new, "status", "--porcelain"]), "");
}

#[test]
fn without_a_terminal_no_identity_is_made_unasked() {
    let sandbox = clone();
    nina(&sandbox, &["setup"]).fails_with(
        2,
        "vault: error: you have no identity yet
vault: hint: vault setup --yes makes one; vault keygen --passphrase one that is locked
vault: hint: -i FILE names one that lies elsewhere
",
    );
    assert!(!sandbox.path("nina/config").exists());
}

#[test]
fn whoever_is_in_already_sees_what_opens_and_as_whom() {
    let sandbox = clone();
    sandbox.vault(["setup", "dev"]).succeeds_with(
        "age1[..] ssh-ed25519 AAAA[..]
    fingerprint  SHA256:[..]
environments of this vault
    dev          opens as alice: reads and writes
",
    );
}

#[test]
fn whom_the_config_lists_already_needs_a_sync_only() {
    let sandbox = clone();
    reconfigure(
        &sandbox,
        "recipients:\n",
        &format!("recipients:\n    bob: {BOB}\n"),
    );
    reconfigure(
        &sandbox,
        "dev: {recipients: [alice]}",
        "dev: {recipients: [alice, bob]}",
    );
    log_in(&sandbox, "bob");
    let output = sandbox.vault(["setup", "dev"]).succeeds();
    output.says(
        "vault: hint: dev: .vault.yaml lists you, the file does not yet; ask alice to type vault sync dev\n",
    );
}

#[test]
fn a_new_person_who_is_let_in_opens_the_environment() {
    let sandbox = clone();
    let output = nina(&sandbox, &["setup", "--yes"]).succeeds();
    let line = output.stdout().lines().next().unwrap().to_owned();
    reconfigure(
        &sandbox,
        "recipients:\n",
        &format!("recipients:\n    nina: {line}\n"),
    );
    reconfigure(
        &sandbox,
        "dev: {recipients: [alice]}",
        "dev: {recipients: [alice, nina]}",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("nina joins");
    let new = sandbox.path("new").display().to_string();
    sandbox.git(["-C", &new, "pull", "--quiet"]);
    let output = nina(&sandbox, &["setup"]).succeeds();
    let text = output.stdout();
    assert!(
        text.contains(
            "    dev          opens as nina: reads and writes\n    prod         does not open\n"
        ),
        "{text}"
    );
}

#[test]
fn what_setup_prints_lets_a_new_person_in_everywhere_when_it_is_typed() {
    let sandbox = clone();
    let output = nina(&sandbox, &["setup", "--yes"]).succeeds();
    let (_, command) = output.stderr().split_once("who types: ").unwrap();
    let words = shell_words::split(command.trim()).unwrap();
    sandbox.vault(&words[1..]).and(["--yes"]).succeeds();
    sandbox.commit("nina joins");
    let new = sandbox.path("new").display().to_string();
    sandbox.git(["-C", &new, "pull", "--quiet"]);
    for environment in ["dev", "prod"] {
        let output = nina(&sandbox, &["setup", environment]).succeeds();
        let opened = format!("    {environment:<12} opens as nina: reads and writes\n");
        assert!(output.stdout().ends_with(&opened), "{}", output.stdout());
    }
}

#[test]
fn what_setup_prints_to_somebody_in_one_environment_lets_them_into_the_other() {
    let sandbox = clone();
    let add = ["recipients", "add", "bob", BOB, "--env", "dev", "--yes"];
    sandbox.vault(add).succeeds();
    sandbox.commit("bob");
    log_in(&sandbox, "bob");
    let output = sandbox.vault(["setup"]).succeeds();
    output.says(&format!(
        "vault: hint: prod: send the first line to alice, who types: vault recipients add bob '{BOB}' --env prod\n"
    ));
    let get = sandbox.vault(["get", "prod", "A"]).fails(2);
    assert!(
        get.stderr().ends_with(&format!(
            "vault: hint: ask alice to type vault recipients add bob '{BOB}' --env prod\n"
        )),
        "{}",
        get.stderr()
    );
    let set = sandbox.vault(["set", "prod", "B", "three"]).fails(2);
    assert!(
        set.stderr().ends_with(&format!(
            "vault: hint: they type vault recipients add bob '{BOB}' --env prod\n"
        )),
        "{}",
        set.stderr()
    );
    log_in(&sandbox, "alice");
    let add = ["recipients", "add", "bob", BOB, "--env", "prod", "--yes"];
    sandbox.vault(add).succeeds();
    log_in(&sandbox, "bob");
    sandbox.vault(["set", "prod", "B", "three"]).succeeds();
}

#[test]
fn without_a_home_it_is_told_what_to_set_and_how_to_name_an_identity() {
    let sandbox = crate::team::alone();
    let identity = sandbox.path("config/vault/identity.txt");
    let elsewhere = sandbox.path("id.txt");
    std::fs::rename(identity, &elsewhere).unwrap();
    sandbox.unset("XDG_CONFIG_HOME");
    sandbox.unset("HOME");
    sandbox.vault(["setup", "--yes"]).fails_with(
        2,
        "vault: error: neither XDG_CONFIG_HOME nor HOME is an absolute path
vault: hint: set HOME, or XDG_CONFIG_HOME, to a directory of yours
vault: hint: -i FILE or VAULT_IDENTITY_FILE names an identity that lies elsewhere
",
    );
    sandbox
        .vault(["setup"])
        .variable("VAULT_IDENTITY_FILE", elsewhere)
        .succeeds();
}
