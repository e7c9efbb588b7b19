//! `vault recipients replace`.

use super::{opens, three};
use crate::team::{self, ALICE, BOB, CI, DAVE};

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
        .succeeds();
    assert!(!opens(&sandbox, "alice", "dev"));
    team::log_in(&sandbox, "bob");
    sandbox.vault(["check"]).succeeds();
    assert_ne!(line, ALICE);
}
