//! A vault in which some environments are signed, and the default is not: it does not matter which of them a machine uses first.

use std::fs;

use crate::{
    people::People,
    team::{ALICE, BOB, CAROL},
};

const CONFIG: &str = ".vault.yaml";

/// Alice and bob use dev, the default, and stage as sops has them; prod is signed.
fn partly_signed() -> People {
    let people = People::begin();
    people.join("alice");
    let unsigned = "{recipients: [alice, bob], signed: false}";
    let config = format!(
        "version: 1\ndefault: dev\nrecipients:\n    alice: {ALICE}\n    bob: {BOB}\nenvironments:\n    dev: {unsigned}\n    prod: {unsigned}\n    stage: {unsigned}\n"
    );
    fs::write(people.clone("alice").join(CONFIG), config).expect("a config");
    for (name, value) in [("dev", "one"), ("prod", "two"), ("stage", "three")] {
        vault(&people, "alice", &["set", name, "A", value]);
    }
    vault(&people, "alice", &["sign", "prod", "--yes"]);
    people.push("alice", "a vault");
    people
}

#[track_caller]
fn vault(people: &People, machine: &str, line: &[&str]) -> String {
    let output = people.vault(machine, line).prints_secrets().succeeds();
    output.stdout().to_owned()
}

/// Bob on a machine that knows nothing.
fn new_machine(people: &People, machine: &str) {
    people.join_as(machine, "bob");
}

/// Eve, who has no key, edits a file of her clone.
fn edit(people: &People, file: &str, change: impl Fn(&str) -> String) {
    let path = people.clone("eve").join(file);
    let text = fs::read_to_string(&path).expect("a file");
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::write(path, changed).expect("a file");
}

/// The machine takes over what eve has done.
fn pushed(people: &People, machine: &str) {
    people.commit("eve", "an improvement");
    people.git("eve", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull(machine);
}

#[track_caller]
fn refused(people: &People, machine: &str, line: &[&str], said: &str) {
    let output = people.vault(machine, line).fails(3);
    let is_told = output.stderr().contains(said);
    assert!(is_told, "{line:?}: {}", output.stderr());
}

const NEW_DEFAULT: &str =
    "is new here, the default, and not signed, and others that were used here are";

#[test]
fn a_default_that_is_not_signed_is_used_whichever_was_used_first() {
    let people = partly_signed();
    let uses: [&[&str]; 5] = [
        &["get", "prod", "A"],
        &["set", "prod", "B", "x"],
        &["check", "prod"],
        &["check", "prod", "--keyless"],
        &["trust", "prod", "--yes"],
    ];
    for (at, first) in uses.iter().enumerate() {
        let machine = format!("machine{at}");
        new_machine(&people, &machine);
        vault(&people, &machine, first);
        vault(&people, &machine, &["check", "--keyless"]);
        let get = vault(&people, &machine, &["get", "A"]);
        assert_eq!(get, "one", "{first:?}");
        vault(&people, &machine, &["set", "dev", "B", "x"]);
        vault(&people, &machine, &["check"]);
    }
}

#[test]
fn whoever_signs_the_first_of_them_uses_the_others_as_before() {
    let people = partly_signed();
    vault(&people, "alice", &["get", "prod", "A"]);
    vault(&people, "alice", &["get", "A"]);
    vault(&people, "alice", &["check"]);
}

#[test]
fn a_fork_of_such_a_vault_is_used_as_before() {
    let people = partly_signed();
    vault(&people, "alice", &["init", "--fork", "--yes"]);
    vault(&people, "alice", &["check"]);
    vault(&people, "alice", &["get", "A"]);
    people.push("alice", "a fork");
    new_machine(&people, "new");
    vault(&people, "new", &["get", "prod", "A"]);
    vault(&people, "new", &["get", "A"]);
}

#[test]
fn another_default_after_the_first_use_is_not_taken_for_the_one_that_was() {
    let people = partly_signed();
    new_machine(&people, "new");
    vault(&people, "new", &["get", "prod", "A"]);
    people.stranger("eve");
    edit(&people, CONFIG, |text| {
        text.replace("default: dev", "default: stage")
    });
    pushed(&people, "new");
    for line in [&["get", "A"][..], &["check"], &["run", "--", "true"]] {
        refused(&people, "new", line, &format!("stage {NEW_DEFAULT}"));
    }
    // Nor is one that has the file of that under another name.
    edit(&people, CONFIG, |text| {
        text.replace("default: stage", "default: other")
            .replace("    dev: {", "    other: {file: secrets/dev.yaml, ")
    });
    pushed(&people, "new");
    refused(
        &people,
        "new",
        &["get", "A"],
        &format!("other {NEW_DEFAULT}"),
    );
}

#[test]
fn a_signature_that_is_taken_out_is_missed_all_the_same() {
    let people = partly_signed();
    new_machine(&people, "new");
    vault(&people, "new", &["get", "prod", "A"]);
    vault(&people, "alice", &["sign", "dev", "--yes"]);
    people.push("alice", "dev is signed, too");
    people.pull("new");
    people.stranger("eve");
    for file in ["secrets/dev.yaml", "secrets/prod.yaml"] {
        edit(&people, file, |text| {
            let (text, _) = text.split_once("    x-vault:\n").expect("a signed file");
            text.to_owned()
        });
    }
    edit(&people, CONFIG, |text| {
        text.replace("[alice, bob]}", "[alice, bob], signed: false}")
    });
    pushed(&people, "new");
    let said = "has signed as dev, without the signature";
    refused(&people, "new", &["get", "A"], said);
    refused(&people, "new", &["check", "dev"], said);
    let said = "prod was signed when it was last used here, and is not any more";
    refused(&people, "new", &["get", "prod", "A"], said);
}

#[test]
fn a_default_that_strangers_have_signed_meanwhile_is_not_taken_for_the_one_that_was() {
    let people = partly_signed();
    new_machine(&people, "new");
    vault(&people, "new", &["get", "prod", "A"]);
    people.join("carol");
    let path = people.clone("carol").join(CONFIG);
    let text = fs::read_to_string(&path).expect("a config");
    let dev = "    dev: {recipients: [alice, bob], signed: false}";
    let text = text
        .replace(dev, "    dev: {recipients: [bob, carol]}")
        .replace(
            "environments:",
            &format!("    carol: {CAROL}\nenvironments:"),
        );
    fs::write(path, text).expect("a config");
    people.git("carol", ["rm", "--quiet", "secrets/dev.yaml"]);
    people.commit("carol", "an improvement");
    vault(&people, "carol", &["set", "dev", "A", "evil"]);
    people.commit("carol", "another one");
    people.git("carol", ["push", "--quiet", "origin", "HEAD:main"]);
    people.pull("new");
    let said =
        "dev is new here and the default, begun by carol, whom nothing that was used here knows";
    for line in [&["get", "A"][..], &["check", "dev"]] {
        refused(&people, "new", line, said);
    }
}
