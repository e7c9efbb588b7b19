//! `init --fork`: a fork of a repository gets an id of its own.

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, configured, identity, log_in},
};

fn team() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB)],
        "    common: {recipients: [alice, bob]}\n    dev: {recipients: [alice], extends: [common]}\n    old: {recipients: [alice], signed: false}\n",
    );
    for name in ["common", "dev", "old"] {
        sandbox.vault(["set", name, "A", "one"]).succeeds();
    }
    sandbox.commit("vault");
    sandbox
}

fn id(sandbox: &Sandbox) -> String {
    let text = sandbox.read(".vault.yaml");
    let line = text.lines().find(|line| line.starts_with("repository: "));
    line.expect("an id").to_owned()
}

#[test]
fn a_fork_has_its_own_id_and_neither_takes_the_files_of_the_other() {
    let sandbox = team();
    let (before, dev) = (id(&sandbox), sandbox.read("secrets/dev.yaml"));
    let unsigned = sandbox.read("secrets/old.yaml");
    sandbox.vault(["init", "--fork", "--yes"]).succeeds().says(
        "vault: the vault gets an id of its own; its files are for this repository alone from then on:
vault:   common (secrets/common.yaml): a new log, signed by alice, with alice, bob
vault:   dev (secrets/dev.yaml): a new log, signed by alice, with alice
vault:   values stay, data keys change (but where kms or pgp entries would be locked out), and VAULT_TRUST of before names this vault no longer
vault: done; next: commit these files, and let colleagues type vault trust ENV once in clones that know the old id
",
    );
    assert_ne!(id(&sandbox), before);
    assert_eq!(sandbox.read("secrets/old.yaml"), unsigned);
    sandbox.vault(["check"]).succeeds_with(
        "common: ok (signed by alice, opens, 1 key)
dev: ok (signed by alice, opens, 1 key)
old: ok (not signed, as .vault.yaml says, opens, 1 key)
",
    );
    sandbox
        .vault(["get", "dev", "A"])
        .prints_secrets()
        .succeeds_with("one")
        .says("");
    // A file of the repository that it was forked from.
    sandbox.write("secrets/dev.yaml", dev);
    let output = sandbox.vault(["get", "dev", "A"]).run().fails(3);
    assert!(
        output.stderr().contains("repository"),
        "{}",
        output.stderr()
    );
}

#[test]
fn the_data_keys_of_a_fork_are_new_ones() {
    let sandbox = team();
    let armor = |text: &str| text.split("BEGIN AGE").nth(1).map(str::to_owned);
    let before = armor(&sandbox.read("secrets/dev.yaml"));
    sandbox.vault(["init", "--fork", "--yes"]).succeeds();
    assert_ne!(armor(&sandbox.read("secrets/dev.yaml")), before);
}

#[test]
fn whoever_cannot_open_and_write_everything_changes_nothing() {
    let sandbox = team();
    let before = (
        sandbox.read(".vault.yaml"),
        sandbox.read("secrets/common.yaml"),
    );
    log_in(&sandbox, "bob");
    let output = sandbox.vault(["init", "--fork", "--yes"]).run().fails(2);
    assert!(
        output.stderr().starts_with(
            "vault: error: whoever forks must be able to open and to write every environment; nothing is written
vault:   dev: no identity of yours opens secrets/dev.yaml\n"
        ),
        "{}",
        output.stderr()
    );
    let after = (
        sandbox.read(".vault.yaml"),
        sandbox.read("secrets/common.yaml"),
    );
    assert_eq!(after, before);
}

#[test]
fn what_came_after_a_fork_is_checked_from_there_on() {
    let sandbox = team();
    sandbox.git(["branch", "upstream"]);
    sandbox.vault(["init", "--fork", "--yes"]).succeeds();
    sandbox.commit("fork");
    // Nothing tells a fork from files and a config of a stranger's own, but somebody who knows.
    let history = || sandbox.vault(["check", "dev", "--keyless", "--history"]);
    let output = history().run().fails(3).prints("dev: not ok\n");
    let commit = sandbox.git(["rev-parse", "--short=10", "HEAD"]);
    output.says(&format!(
        "vault: error: dev in commit {0} by Test: does not follow from the version before it: its log is another one
vault: hint: if that was you or a colleague (vault init --fork, vault env add --anew): vault check --history --since {0} checks what came after it
vault: error: dev: its log forks from the start
vault:   on HEAD, main:
vault:     + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
vault:     ~ extends common, signed by alice ([TIME])
vault:   on upstream:
vault:     + alice reads and writes (SHA256:[..]), signed by alice ([TIME])
vault:     ~ extends common, signed by alice ([TIME])
vault: hint: if one of them is of before vault init --fork: vault check --history --since REV, with the commit of the fork, leaves that out
",
        commit.trim()
    ));
    let since = || history().and(["--since", commit.trim()]);
    since().succeeds();
    sandbox.vault(["set", "dev", "A", "two"]).succeeds();
    let good = sandbox.read("secrets/dev.yaml");
    sandbox.commit("value");
    since().succeeds();
    sandbox.write("secrets/dev.yaml", good.replacen("A: ENC", "B: ENC", 1));
    sandbox.commit("forged");
    sandbox.write("secrets/dev.yaml", good);
    sandbox.commit("as before");
    since().fails(3);
    history().and(["--since", "HEAD"]).succeeds();
    sandbox.git(["checkout", "--quiet", "upstream"]);
    since().fails(2);
}

#[test]
fn a_clone_that_knows_the_old_id_stops_until_it_is_told() {
    let sandbox = team();
    let bob = identity(&sandbox, "bob").display().to_string();
    let get = || {
        sandbox
            .vault(["-i", &bob, "get", "common", "A"])
            .variable("XDG_STATE_HOME", sandbox.path("bob"))
            .prints_secrets()
    };
    get().succeeds();
    sandbox.vault(["init", "--fork", "--yes"]).succeeds();
    sandbox.commit("fork");
    get().fails(3);
    sandbox
        .vault(["trust", "common", "--yes"])
        .variable("XDG_STATE_HOME", sandbox.path("bob"))
        .succeeds();
    get().succeeds();
}
