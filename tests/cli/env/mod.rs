//! `vault env`.

mod add;
mod leavers;
mod list;
mod remove;
mod rename;

use crate::{
    sandbox::Sandbox,
    team::{self, ALICE, BOB, CI},
};

/// Alice, bob who writes, ci who reads; common below dev and prod, all signed, committed, with a key each.
fn team_of_three() -> Sandbox {
    let sandbox = team::configured(
        &[("alice", ALICE), ("bob", BOB), ("ci", CI)],
        "    # shared\n    common: {recipients: [alice, bob, ci]}\n    dev: # for us\n        extends: common\n        recipients: [alice, bob]\n    prod:\n        recipients: [alice, ci]\n        writers: [alice]\n        file: deploy/prod.yaml\n",
    );
    for (environment, key) in [("common", "LOG"), ("dev", "A"), ("prod", "P")] {
        let value = format!("hunter2-{environment}-value");
        let value = sandbox.secret(&value);
        sandbox
            .vault(["set", environment, key])
            .stdin(value)
            .succeeds();
    }
    sandbox.commit("all");
    sandbox
}

/// Everything is in order.
fn is_clean(sandbox: &Sandbox) {
    sandbox.vault(["check"]).succeeds();
}
