//! `--key`: one value, or what stands below a key.

use super::world::{FILE, NEW, OLD, World};
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
fn a_map_is_a_text_of_its_own_with_its_comments() {
    let world = World::new();
    world
        .edit("printf 'db:\\n    # who\\n    user: alice\\n    port: 5432\\nlast: x\\n' >> \"$1\"")
        .succeeds();
    let before = world.sandbox.read(FILE);
    let seen = world.memory().join("seen");
    let script = format!(
        "cp \"$1\" '{}'; sed -i 's/5432/5433/' \"$1\"; echo '# new' >> \"$1\"; echo 'password: {NEW}' >> \"$1\"",
        seen.display()
    );
    world
        .vault(["edit", "dev", "--key", "db"], &script)
        .succeeds()
        .says("vault: editing secrets/dev.yaml, which alice can read\nvault: ~ db.port\nvault: + db.password\n");
    let text = std::fs::read_to_string(&seen).unwrap();
    std::fs::remove_file(&seen).unwrap();
    assert!(
        text.contains("#| dev, what stands below db: read by alice\n"),
        "{text}"
    );
    assert!(
        text.ends_with("\n# who\nuser: alice\nport: 5432\n"),
        "{text}"
    );
    let after = world.sandbox.read(FILE);
    for line in before.lines().filter(|line| {
        ["TOKEN", "    user", "last"]
            .iter()
            .any(|key| line.starts_with(key))
    }) {
        assert!(after.contains(line), "{line}");
    }
    assert_eq!(get(&world.sandbox, "dev", "db.password"), NEW);
    world.holds_nothing_in_clear();
}

#[test]
fn a_map_that_others_changed_meanwhile_is_merged_as_everything_is() {
    let world = World::new();
    for (key, value) in [("db.user", "a"), ("db.port", "b"), ("hosts[0]", "c")] {
        world.sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    let set = |key: &str, value: &str| {
        format!(
            "unset VAULT_EDITOR; '{}' set dev '{key}' {value}",
            env!("CARGO_BIN_EXE_vault")
        )
    };
    let script = format!("echo 'mine: x' >> \"$1\"; {}", set("db.port", "z"));
    world
        .vault(["edit", "dev", "--key", "db"], &script)
        .succeeds();
    assert_eq!(get(&world.sandbox, "dev", "db.mine"), "x");
    assert_eq!(get(&world.sandbox, "dev", "db.port"), "z");
    // a list is one value
    let script = format!("echo '- mine' >> \"$1\"; {}", set("hosts[0]", "z"));
    world
        .vault(["edit", "dev", "--key", "hosts"], &script)
        .fails(1);
    assert_eq!(get(&world.sandbox, "dev", "hosts[0]"), "z");
    world.holds_nothing_in_clear();
}

#[test]
fn what_is_typed_below_a_key_stays_there_or_is_refused_with_its_place() {
    let world = World::new();
    for (key, value) in [("db.user", "a"), ("db.port", "b")] {
        world.sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    let before = world.sandbox.read(FILE);
    for (typed, said) in [
        ("echo 'x: \"' >> \"$1\"", "4:1: not valid YAML"),
        (
            "echo 'n: 0123' >> \"$1\"",
            "3:4: db.n: int in a spelling that would not be kept",
        ),
        ("echo '---' >> \"$1\"", "3:"),
        (
            "echo just text > \"$1\"",
            "1:1: a single value at the top level",
        ),
        (
            "echo '# nothing' > \"$1\"",
            "there is no map and no list in it",
        ),
    ] {
        let output = world.vault(["edit", "dev", "--key", "db"], typed).fails(2);
        assert!(
            output.stderr().contains(&format!("\nvault:   {said}")),
            "{typed}: {}",
            output.stderr()
        );
        assert_eq!(world.sandbox.read(FILE), before, "{typed}");
        world.sandbox.vault(["edit", "--discard-rescue"]).succeeds();
    }
    world.holds_nothing_in_clear();
}

#[test]
fn a_key_that_is_not_there_or_holds_others_is_refused() {
    let world = World::new();
    world.edit("echo 'm: {a: x}' >> \"$1\"").succeeds();
    world.vault(["edit", "dev", "--key", "TOKEM"], "true").fails_with(
        2,
        "vault: error: dev has no key TOKEM\nvault: hint: did you mean TOKEN?\nvault: hint: vault set dev TOKEM makes it\n",
    );
    world.vault(["edit", "dev", "--key", "m"], "true").fails_with(
        2,
        "vault: error: m stands in brackets or has no lines of its own\nvault: hint: vault edit dev edits everything\n",
    );
}
