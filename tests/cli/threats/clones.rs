//! Attacks that only a memory answers, played with real clones of one repository, each on a machine of its own.

use std::{fs, path::PathBuf};

use crate::{
    sandbox::{Run, Sandbox},
    team::{ALICE, BOB, CAROL, configured, identity, reconfigure},
};

const PROD: &str = "secrets/prod.yaml";

/// Prod of alice and bob, committed; alice's clone is the work tree.
fn team() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    prod: {recipients: [alice, bob]}\n",
    );
    sandbox.vault(["set", "prod", "A", "one"]).succeeds();
    sandbox.commit("vault");
    sandbox
}

/// A new clone on the machine of somebody, with nothing known.
fn clone(sandbox: &Sandbox, machine: &str) {
    let to = sandbox.path(machine).join("clone").display().to_string();
    sandbox.git(["clone", "--quiet", ".", &to]);
}

fn pull(sandbox: &Sandbox, machine: &str) {
    let clone = sandbox.path(machine).join("clone").display().to_string();
    sandbox.git(["-C", &clone, "fetch", "--quiet", "origin", "main"]);
    sandbox.git(["-C", &clone, "reset", "--quiet", "--hard", "FETCH_HEAD"]);
}

/// A command of somebody in their clone.
fn of<'s>(sandbox: &'s Sandbox, machine: &str, who: &str, line: &[&str]) -> Run<'s> {
    let key = identity(sandbox, who).display().to_string();
    let line = ["-i", &key].into_iter().chain(line.iter().copied());
    let line: Vec<String> = line.map(str::to_owned).collect();
    let home = sandbox.path(machine);
    sandbox
        .vault(line)
        .within(home.join("clone"))
        .variable("HOME", &home)
        .variable("XDG_CONFIG_HOME", home.join("config"))
        .variable("XDG_STATE_HOME", home.join("state"))
        .prints_secrets()
}

fn files(sandbox: &Sandbox) -> [(PathBuf, String); 2] {
    [PROD, ".vault.yaml"].map(|path| (sandbox.work(path), sandbox.read(path)))
}

#[test]
fn a_file_and_config_of_somebodys_own_stop_every_clone_that_knows_better() {
    let sandbox = team();
    clone(&sandbox, "bob");
    of(&sandbox, "bob", "bob", &["get", "prod", "A"]).succeeds();
    let pin = sandbox.vault(["trust", "--export"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    // Carol may commit and has no part in prod: she makes it anew, and lists everybody.
    clone(&sandbox, "carol");
    let hers = sandbox.path("carol/clone");
    fs::remove_file(hers.join(PROD)).unwrap();
    fs::remove_dir_all(hers.join(".git")).unwrap();
    let config = fs::read_to_string(hers.join(".vault.yaml")).unwrap();
    fs::write(
        hers.join(".vault.yaml"),
        config.replace("[alice, bob]", "[alice, bob, carol]"),
    )
    .unwrap();
    of(&sandbox, "carol", "carol", &["set", "prod", "A", "hers"]).succeeds();
    for path in [PROD, ".vault.yaml"] {
        sandbox.write(path, fs::read(hers.join(path)).unwrap());
    }
    sandbox.commit("reviewed by nobody");
    pull(&sandbox, "bob");
    for line in [
        &["get", "prod", "A"][..],
        &["set", "prod", "A", "two"],
        &["check", "--keyless"],
        &["access"],
        &["run", "prod", "--", "true"],
    ] {
        let output = of(&sandbox, "bob", "bob", line).run().fails(3);
        assert!(
            output
                .stderr()
                .contains("prod does not follow from what was last used here"),
            "{line:?}: {}",
            output.stderr()
        );
    }
    // A machine that has never seen prod has the pin, or the pull request's base; without either it is a first use.
    clone(&sandbox, "runner");
    let check = |line: &[&str]| of(&sandbox, "runner", "bob", line);
    check(&["check", "--keyless"])
        .variable("VAULT_TRUST", &pin)
        .run()
        .fails(3);
    check(&["check", "--keyless", "--base", "HEAD~1"])
        .run()
        .fails(3);
    check(&["get", "prod", "A"]).succeeds();
}

#[test]
fn a_merge_that_undoes_a_removal_gets_no_new_secret() {
    let sandbox = team();
    let before = files(&sandbox);
    reconfigure(&sandbox, "[alice, bob]", "[alice]");
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox.commit("bob has left");
    clone(&sandbox, "new");
    of(&sandbox, "new", "alice", &["get", "prod", "A"]).succeeds();
    let pin = sandbox.vault(["trust", "--export"]).succeeds();
    let pin = pin.stdout().trim().to_owned();
    for (path, text) in before {
        fs::write(path, text).unwrap();
    }
    sandbox.commit("as it was");
    pull(&sandbox, "new");
    let output = of(&sandbox, "new", "alice", &["set", "prod", "B", "two"])
        .run()
        .fails(3);
    assert!(
        output
            .stderr()
            .contains("prod is an older version here: bob has left, and could read what you write"),
        "{}",
        output.stderr()
    );
    of(&sandbox, "new", "alice", &["get", "prod", "A"]).succeeds();
    of(&sandbox, "new", "alice", &["get", "prod", "A"])
        .variable("VAULT_TRUST", &pin)
        .run()
        .fails(3);
    clone(&sandbox, "runner");
    of(
        &sandbox,
        "runner",
        "alice",
        &["check", "--keyless", "--base", "HEAD~1"],
    )
    .run()
    .fails(3);
}
