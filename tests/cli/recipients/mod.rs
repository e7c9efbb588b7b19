//! `vault recipients` and `vault rekey`.

mod add;
mod former;
mod group;
mod pending;
mod refusals;
mod remove;
mod replace;
mod story;
mod taken_out;

use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, CAROL, configured, opens},
};

/// A config for everybody, with a value in each environment, committed.
fn written(members: &[(&str, &str)], environments: &str) -> Sandbox {
    let sandbox = configured(members, environments);
    let names: Vec<&str> = environments
        .lines()
        .filter_map(|line| line.trim().split(": {").next())
        .collect();
    for name in names {
        sandbox
            .vault(["set", name, "TOKEN", "hunter2-API-token"])
            .succeeds();
    }
    sandbox.commit("secrets");
    sandbox
}

/// Alice and bob in dev, alice in prod.
fn two() -> Sandbox {
    written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob]}\n    prod: {recipients: [alice]}\n",
    )
}

/// Three people in dev and prod.
fn three() -> Sandbox {
    written(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob, carol]}\n    prod: {recipients: [alice, bob, carol]}\n",
    )
}

/// The lines of the files of two environments, which nothing may have changed.
fn files(sandbox: &Sandbox) -> [String; 3] {
    [".vault.yaml", "secrets/dev.yaml", "secrets/prod.yaml"].map(|path| sandbox.read(path))
}
