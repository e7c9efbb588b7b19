//! `vault recipients replace`.

use super::{opens, three};
use crate::team::{self, ALICE, BOB, CAROL, CI, DAVE, reconfigure};

#[test]
fn the_old_key_opens_nothing_new_and_the_new_one_does() {
    let sandbox = three();
    sandbox
        .vault(["recipients", "replace", "carol", DAVE, "--yes"])
        .succeeds();
    assert!(!opens(&sandbox, "carol", "dev"));
    assert!(!opens(&sandbox, "carol", "prod"));
    assert!(
        sandbox
            .read(".vault.yaml")
            .contains(&format!("    carol: {DAVE}\n"))
    );
    sandbox.vault(["check"]).succeeds();
    sandbox
        .vault(["recipients", "replace", "carol", DAVE, "--yes"])
        .fails_with(2, "vault: error: carol has that line already\n");
    sandbox
        .vault(["recipients", "replace", "carol", BOB, "--yes"])
        .fails(2);
    // A key that has left does not come back by the way.
    sandbox
        .vault(["recipients", "replace", "carol", CI, "--yes"])
        .fails(3);
}

#[test]
fn that_the_old_key_signed_what_is_in_it_is_told() {
    let sandbox = three();
    team::log_in(&sandbox, "carol");
    sandbox.vault(["set", "prod", "TOKEN", "hers"]).succeeds();
    team::log_in(&sandbox, "alice");
    sandbox
        .vault(["recipients", "replace", "carol", DAVE, "--yes"])
        .succeeds()
        .says(
            "vault: dev (secrets/dev.yaml):
vault:   ~ carol has another key: SHA256:[..] instead of SHA256:[..]
vault:   the data key changes; every value is encrypted anew
vault: prod (secrets/prod.yaml):
vault:   ~ carol has another key: SHA256:[..] instead of SHA256:[..]
vault:   the data key changes; every value is encrypted anew
vault:   the old key of carol signed what is in it: if it was lost, look at that before; vault log prod shows what it changed
vault: carol has another key: dev, prod
",
        );
}

#[test]
fn ones_own_key_is_replaced_with_both_at_hand() {
    let sandbox = three();
    let new = sandbox.path("new.txt");
    let line = sandbox
        .vault(["keygen", "-o"])
        .and([&new])
        .succeeds()
        .stdout()
        .trim()
        .to_owned();
    sandbox
        .vault(["recipients", "replace", "alice", &line, "--yes"])
        .fails(2);
    sandbox
        .vault(["recipients", "replace", "alice", &line, "--yes", "-i"])
        .and([&new])
        .succeeds()
        .says(
            "vault: dev (secrets/dev.yaml):
vault:   ~ alice has another key: SHA256:[..] instead of SHA256:[..]
vault:   the data key changes; every value is encrypted anew
vault:   the old key of alice signed what is in it: if it was lost, look at that before; vault log dev shows what it changed
vault: prod (secrets/prod.yaml):
vault:   ~ alice has another key: SHA256:[..] instead of SHA256:[..]
vault:   the data key changes; every value is encrypted anew
vault:   the old key of alice signed what is in it: if it was lost, look at that before; vault log prod shows what it changed
vault: alice has another key: dev, prod
vault: next: put the new identity in the place of [ROOT]/config/vault/identity.txt, which opens older versions only
",
        );
    // The old one is not a newcomer's.
    let hint = "vault:   [ROOT]/config/vault/identity.txt holds an old key of alice, who has another one now
vault: hint: give that one with -i FILE, or put it in the place of the old one\n";
    sandbox
        .vault(["set", "dev", "TOKEN", "new"])
        .fails_with(2, &format!("vault: error: no identity of yours may write dev; writers are alice, bob, carol\n{hint}"));
    sandbox.vault(["get", "dev", "TOKEN"]).fails_with(
        2,
        &format!(
            "vault: error: no identity of yours opens secrets/dev.yaml
vault:   tried age1[..], from [ROOT]/config/vault/identity.txt
vault:   it can be read by alice, bob, carol
{hint}"
        ),
    );
    sandbox
        .vault(["get", "dev", "TOKEN", "-i"])
        .and([&new])
        .prints_secrets()
        .succeeds();
    assert!(!opens(&sandbox, "alice", "dev"));
    team::log_in(&sandbox, "bob");
    sandbox.vault(["check"]).succeeds();
    assert_ne!(line, ALICE);
}

#[test]
fn a_line_that_only_the_config_has_is_a_matter_for_sync() {
    let sandbox = three();
    reconfigure(&sandbox, CAROL, DAVE);
    let replace = ["recipients", "replace", "carol", DAVE, "--yes"];
    sandbox.vault(replace).fails_with(
        2,
        "vault: error: carol has that line already in .vault.yaml, but not in the files of dev, prod
vault: hint: vault sync dev prod shows what changes, and brings them in line
",
    );
    sandbox.vault(["sync", "dev", "--yes"]).succeeds();
    sandbox.vault(replace).fails_with(
        2,
        "vault: error: carol has that line already in .vault.yaml, but not in the files of prod
vault: hint: vault sync prod shows what changes, and brings them in line
",
    );
    sandbox.vault(["sync", "--yes"]).succeeds();
    sandbox
        .vault(replace)
        .fails_with(2, "vault: error: carol has that line already\n");
}
