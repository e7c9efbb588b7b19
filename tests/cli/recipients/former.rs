//! Of a file without a log only `former` in the config tells that somebody has left: whoever lists them again by hand lets nobody in, also
//! where sops already has.

use super::written;
use crate::{
    sandbox::Sandbox,
    team::{ALICE, BOB, log_in, reconfigure},
};

/// Bob has left; sops has made new.yaml for him all the same, and somebody has listed him as robert.
fn listed_beside_sops() -> Option<Sandbox> {
    let sandbox = written(
        &[("alice", ALICE), ("bob", BOB)],
        "    dev: {recipients: [alice, bob], signed: false}\n",
    );
    sandbox
        .vault(["recipients", "remove", "bob", "--yes"])
        .succeeds();
    let [alice, bob] = [ALICE, BOB].map(|line| line.split(' ').next().unwrap_or_default());
    sandbox.write("new.yaml", "TOKEN: one\n");
    let both = format!("{alice},{bob}");
    let sops = sandbox.sops(["encrypt", "--in-place", "--age", &both, "new.yaml"])?;
    sops.succeeds();
    let listed = format!("recipients:\n    robert: {BOB}\n    alice");
    reconfigure(&sandbox, "recipients:\n    alice", &listed);
    let new =
        "environments:\n    new: {recipients: [alice, robert], signed: false, file: new.yaml}\n";
    reconfigure(&sandbox, "environments:\n", new);
    sandbox.commit("robert");
    Some(sandbox)
}

const WANTED: &str =
    "vault: error: [..]robert has left before, as `former` in .vault.yaml says, and is wanted again in new
vault: hint: vault sync --readmit robert lets them in again
";
const OUT: &str = "vault: hint: else take robert out of .vault.yaml; then vault sync new takes them out of the file, too
";

#[test]
fn who_has_left_gets_no_new_value_of_a_file_that_sops_has_made_for_them() {
    let Some(sandbox) = listed_beside_sops() else {
        return;
    };
    let before = sandbox.files();
    let told = format!("{WANTED}{OUT}");
    sandbox.vault(["list", "new"]).succeeds();
    let check = sandbox.vault(["check", "new"]).fails(1);
    snapbox::assert_data_eq!(check.stderr(), told.as_str());
    sandbox
        .vault(["set", "new", "N", "two"])
        .fails_with(3, &told);
    sandbox.vault(["sign", "new", "--yes"]).fails_with(3, &told);
    sandbox.vault(["sync", "--yes"]).fails_with(3, WANTED);
    let add = ["recipients", "add", "robert", BOB, "--env", "dev", "--yes"];
    sandbox.vault(add).fails(3);
    assert_eq!(sandbox.files(), before);
    // As the second hint says.
    reconfigure(&sandbox, &format!("    robert: {BOB}\n"), "");
    reconfigure(&sandbox, "[alice, robert]", "[alice]");
    sandbox.vault(["sync", "new", "--yes"]).succeeds();
    sandbox.vault(["set", "new", "N", "two"]).succeeds();
    log_in(&sandbox, "bob");
    sandbox.vault(["get", "new", "N"]).fails(2);
}

#[test]
fn who_is_let_in_again_is_asked_for_once() {
    let Some(sandbox) = listed_beside_sops() else {
        return;
    };
    let sealed = sandbox.read("new.yaml");
    sandbox
        .vault(["sync", "--yes", "--readmit", "robert"])
        .succeeds();
    assert_eq!(sandbox.read("new.yaml"), sealed);
    assert!(!sandbox.read(".vault.yaml").contains("former"));
    sandbox.vault(["check"]).succeeds();
    sandbox.vault(["set", "new", "N", "two"]).succeeds();
    sandbox.vault(["sync", "--yes"]).succeeds();
}
