//! `--key`: one value.

use super::world::{OLD, World};
use crate::team::get;

#[test]
fn a_value_is_the_whole_text() {
    let world = World::new();
    let seen = world.memory().join("seen");
    let script = format!(
        "cp \"$1\" '{}'; printf 'one\\ntwo: [\\n' > \"$1\"",
        seen.display()
    );
    world
        .vault(["edit", "dev", "--key", "TOKEN"], &script)
        .succeeds()
        .says("vault: editing secrets/dev.yaml, which alice can read\nvault: ~ TOKEN\n");
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), format!("{OLD}\n"));
    std::fs::remove_file(&seen).unwrap();
    assert_eq!(get(&world.sandbox, "dev", "TOKEN"), "one\ntwo: [");
    world.holds_nothing_in_clear();
}

#[test]
fn a_line_end_that_a_value_has_stays() {
    let world = World::new();
    world
        .sandbox
        .vault(["set", "dev", "tls.key", "--verbatim"])
        .stdin("a\nb\n")
        .succeeds();
    world
        .vault(["edit", "dev", "--key", "tls.key"], "true")
        .succeeds()
        .says("vault: editing secrets/dev.yaml, which alice can read\nvault: nothing changed\n");
    world
        .vault(["edit", "dev", "--key", "tls.key"], "echo c >> \"$1\"")
        .succeeds();
    assert_eq!(get(&world.sandbox, "dev", "tls.key"), "a\nb\nc\n");
}

#[test]
fn a_value_that_cannot_be_is_kept_and_comes_back_for_its_key() {
    let world = World::new();
    world
        .vault(
            ["edit", "dev", "--key", "TOKEN"],
            "printf 'correct-horse-battery\\0' > \"$1\"",
        )
        .fails(2);
    world.holds_nothing_in_clear();
    world
        .sandbox
        .vault(["edit", "--list-rescues"])
        .succeeds_with("dev-[..]  dev TOKEN, typed until [TIME]\n");
    world
        .vault(
            ["edit", "dev", "--resume"],
            "tr -d '\\0' < \"$1\" > \"$1.x\"; mv \"$1.x\" \"$1\"",
        )
        .succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TOKEN"), "correct-horse-battery");
}

#[test]
fn a_key_that_is_not_there_or_holds_others_is_refused() {
    let world = World::new();
    world.sandbox.vault(["set", "dev", "m.a", "x"]).succeeds();
    world.vault(["edit", "dev", "--key", "TOKEM"], "true").fails_with(
        2,
        "vault: error: dev has no key TOKEM\nvault: hint: did you mean TOKEN?\nvault: hint: vault set dev TOKEM makes it\n",
    );
    world.vault(["edit", "dev", "--key", "m"], "true").fails_with(
        2,
        "vault: error: m holds other keys, it is no value\nvault: hint: vault edit dev edits all of them; --key takes one value\n",
    );
}
