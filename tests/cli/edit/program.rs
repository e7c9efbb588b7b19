//! Which editor, and how it is started.

use super::world::World;

/// An editor that reports its arguments and changes nothing.
fn reporting(world: &World, name: &str) -> String {
    let report = world.sandbox.path("report");
    let script = format!(
        "#!/bin/sh\nprintf '%s|' \"{name}\" \"$@\" | sed 's,/dev/shm/[^|]*/,DESK/,' >> '{}'\n",
        report.display()
    );
    let path = world.sandbox.path(format!("bin with space/{name}"));
    world.sandbox.write(&path, script);
    world.sandbox.chmod(&path, 0o755);
    path.display().to_string()
}

#[test]
fn e04_the_editor_is_looked_for_in_this_order_and_split_without_a_shell() {
    let world = World::new();
    let (one, other) = (reporting(&world, "one"), reporting(&world, "other"));
    for (vault_editor, visual, told) in [
        (format!("'{one}'"), other.clone(), "one|DESK/dev.yaml|"),
        (
            format!("'{one}' -x 'a b' $HOME `id`"),
            String::new(),
            "one|-x|a b|$HOME|`id`|DESK/dev.yaml|",
        ),
        (
            format!("'{other}' -- /etc/passwd"),
            one.clone(),
            "other|--|/etc/passwd|DESK/dev.yaml|",
        ),
    ] {
        world.sandbox.write(world.sandbox.path("report"), "");
        world
            .sandbox
            .vault(["edit", "dev"])
            .variable("VAULT_EDITOR", vault_editor)
            .variable("VISUAL", format!("'{visual}'"))
            .variable("EDITOR", "false")
            .succeeds();
        assert_eq!(world.sandbox.read(world.sandbox.path("report")), told);
    }
}

#[test]
fn e04_on_a_terminal_visual_and_editor_count() {
    let world = World::new();
    let (one, other) = (reporting(&world, "one"), reporting(&world, "other"));
    for (visual, editor, told) in [
        (
            format!("'{one}'"),
            format!("'{other}'"),
            "one|DESK/dev.yaml|",
        ),
        (
            String::new(),
            format!("'{other}' -n"),
            "other|-n|DESK/dev.yaml|",
        ),
    ] {
        world.sandbox.write(world.sandbox.path("report"), "");
        let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
            return;
        };
        terminal
            .variable("VISUAL", visual)
            .variable("EDITOR", editor)
            .sees("press Enter when you are done")
            .types("")
            .run()
            .succeeds();
        assert_eq!(world.sandbox.read(world.sandbox.path("report")), told);
    }
}

#[test]
fn e04_what_names_no_program_is_refused_before_there_is_a_text() {
    let world = World::new();
    for (editor, said) in [
        ("'vim", "VAULT_EDITOR has a quote that is not closed"),
        ("''", "VAULT_EDITOR names no program"),
        (
            "no-such-editor -x",
            "there is no program no-such-editor to edit with",
        ),
    ] {
        let output = world
            .sandbox
            .vault(["edit", "dev"])
            .variable("VAULT_EDITOR", editor)
            .fails(2);
        assert!(
            output
                .stderr()
                .starts_with(&format!("vault: error: {said}\n")),
            "{}",
            output.stderr()
        );
    }
}

#[test]
fn e25_without_a_terminal_only_vault_editor_counts_and_nothing_hangs() {
    let world = World::new();
    world
        .sandbox
        .vault(["edit", "dev"])
        .variable("VISUAL", "cat")
        .variable("EDITOR", "cat")
        .fails_with(
            2,
            "\
vault: error: there is no terminal to edit on
vault: hint: a program that needs none can be named in VAULT_EDITOR
vault: hint: vault set writes a value without an editor, vault import many
",
        );
}

#[test]
fn r51_an_editor_gets_no_identity() {
    let world = World::new();
    let report = world.sandbox.path("report");
    let identity = world
        .sandbox
        .read(world.sandbox.path("config/vault/identity.txt"));
    world
        .edit(&format!("env > '{}'", report.display()))
        .variable("VAULT_IDENTITY", identity.lines().last().expect("a key"))
        .variable("SOPS_AGE_KEY_FILE", world.sandbox.path("missing"))
        .succeeds();
    let seen = world.sandbox.read(&report);
    for name in ["VAULT_IDENTITY", "SOPS_AGE", "AGE-SECRET-KEY"] {
        assert!(!seen.contains(name), "{name}");
    }
    assert!(seen.contains("HOME="));
}

#[test]
fn r62_no_core_of_an_editor_is_written() {
    let world = World::new();
    let report = world.sandbox.path("report");
    world
        .edit(&format!("ulimit -c > '{}'", report.display()))
        .succeeds();
    assert_eq!(world.sandbox.read(&report), "0\n");
}
