//! What differs between two versions of a vault: by key and by person, without a key and with one.

mod faults;
mod formats;
mod keys;
mod people;
mod sides;
mod values;

use crate::{
    sandbox::{Run, Sandbox},
    team::{ALICE, BOB, CAROL, configured},
};

const DEV: &str = "secrets/dev.yaml";

/// Dev with alice and bob and some values, committed; alice is at work.
fn committed() -> Sandbox {
    let sandbox = configured(
        &[("alice", ALICE), ("bob", BOB), ("carol", CAROL)],
        "    dev: {recipients: [alice, bob]}\n",
    );
    for (key, value) in [("A", "one-one"), ("PORT", "5432"), ("db.host", "two-two")] {
        sandbox.secret("one-one");
        sandbox.secret("two-two");
        sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    sandbox.commit("first");
    sandbox
}

fn diff<'s>(sandbox: &'s Sandbox, line: &[&str]) -> Run<'s> {
    sandbox.vault(["diff"]).and(line)
}

/// As somebody sees it who has no identity and knows nothing.
fn reviewed<'s>(sandbox: &'s Sandbox, line: &[&str]) -> Run<'s> {
    diff(sandbox, line)
        .variable("XDG_STATE_HOME", sandbox.path("reviewer"))
        .variable("XDG_CONFIG_HOME", sandbox.path("reviewer"))
        .variable("HOME", sandbox.path("reviewer"))
}
