//! Others who write while a person edits: nobody's change is lost.

use std::fs;

use super::world::{FILE, NEW, OLD, TYPE, World};
use crate::team::get;

/// A command of vault's, as an editor calls it.
fn vault(words: &str) -> String {
    format!(
        "unset VAULT_EDITOR; '{}' {words}",
        env!("CARGO_BIN_EXE_vault")
    )
}

#[test]
fn e16_what_others_set_during_an_edit_stays() {
    let world = World::new();
    let script = format!(
        "{TYPE}\necho '# mine' >> \"$1\"\n{}",
        vault("set dev pulled other-value")
    );
    let output = world.edit(&script).succeeds();
    assert!(
        output.stderr().ends_with("vault: + TYPED\n"),
        "{}",
        output.stderr()
    );
    for (key, value) in [("TOKEN", OLD), ("TYPED", NEW), ("pulled", "other-value")] {
        assert_eq!(get(&world.sandbox, "dev", key), value);
    }
    let seen = world.memory().join("seen");
    world
        .edit(&format!("cp \"$1\" '{}'", seen.display()))
        .succeeds();
    let text = fs::read_to_string(&seen).unwrap();
    assert!(text.contains("# mine\n"), "the comment is there");
    fs::remove_file(&seen).unwrap();
    world.sandbox.vault(["check"]).succeeds();
    world.holds_nothing_in_clear();
}

#[test]
fn e16_what_others_removed_and_changed_elsewhere_stays_so() {
    let world = World::new();
    for (key, value) in [("gone", "x"), ("other", "x"), ("mine", "x")] {
        world.sandbox.vault(["set", "dev", key, value]).succeeds();
    }
    let script = format!(
        "sed -i 's/^mine: x/mine: y/' \"$1\"\n{}\n{}",
        vault("unset dev gone"),
        vault("set dev other z")
    );
    let output = world.edit(&script).succeeds();
    assert!(
        output.stderr().ends_with("vault: ~ mine\n"),
        "{}",
        output.stderr()
    );
    assert_eq!(get(&world.sandbox, "dev", "mine"), "y");
    assert_eq!(get(&world.sandbox, "dev", "other"), "z");
    world.sandbox.vault(["get", "dev", "gone"]).fails(2);
}

#[test]
fn e16_two_edits_at_once_are_both_there() {
    let world = World::new();
    // One edit inside of the other: both began with the same file.
    let inner = world.sandbox.write(
        world.sandbox.path("inner.sh"),
        "echo 'INNER: inner-value' >> \"$1\"",
    );
    let script = format!(
        "{TYPE}\nVAULT_EDITOR='sh {}' '{}' edit dev",
        inner.display(),
        env!("CARGO_BIN_EXE_vault")
    );
    world.edit(&script).succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    assert_eq!(get(&world.sandbox, "dev", "INNER"), "inner-value");
    world.sandbox.vault(["check"]).succeeds();
    world.holds_nothing_in_clear();
}

#[test]
fn e16_a_file_that_git_brought_meanwhile_is_taken_in() {
    let world = World::new();
    world.sandbox.commit("one");
    world.sandbox.git(["checkout", "--quiet", "-b", "other"]);
    world
        .sandbox
        .vault(["set", "dev", "pulled", "x"])
        .succeeds();
    world.sandbox.commit("two");
    world.sandbox.git(["checkout", "--quiet", "main"]);
    world
        .edit(&format!("{TYPE}\ngit merge --quiet other"))
        .succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    assert_eq!(get(&world.sandbox, "dev", "pulled"), "x");
}

#[test]
fn e16_the_same_key_on_both_sides_is_kept_and_shown_with_both_values() {
    let world = World::new();
    let theirs = world.sandbox.secret("theirs-is-another");
    let script = format!(
        "sed -i 's/^TOKEN: .*/TOKEN: {NEW}/' \"$1\"\n{}",
        vault(&format!("set dev TOKEN {theirs}"))
    );
    let output = world.edit(&script).fails(1);
    let said = output.stderr();
    assert!(said.contains("vault: error: somebody else has changed the same meanwhile; nothing is written\nvault:   `TOKEN` was changed on both sides to different values\n"), "{said}");
    assert_eq!(get(&world.sandbox, "dev", "TOKEN"), theirs);
    world.holds_nothing_in_clear();
    // With nobody to ask it stays kept, however often; a terminal shows both.
    world.vault(["edit", "dev", "--resume"], "true").fails(1);
    let (seen, count) = (world.memory().join("seen"), world.sandbox.path("count"));
    let editor = world.editor(&format!(
        "echo x >> '{count}'\n[ $(wc -l < '{count}') = 2 ] || exit 0\ncp \"$1\" '{seen}'\nsed -i '/#|theirs>/d' \"$1\"",
        count = count.display(),
        seen = seen.display()
    ));
    let Some(terminal) = world.sandbox.on_terminal(["edit", "dev", "--resume"]) else {
        return;
    };
    terminal
        .variable("VAULT_EDITOR", editor)
        .sees("press Enter when you are done")
        .types("")
        .sees("both values")
        .sees("[e/s/x]")
        .types("e")
        .run()
        .succeeds();
    let text = fs::read_to_string(&seen).unwrap();
    fs::remove_file(&seen).unwrap();
    assert!(
        text.contains("#|theirs>   TOKEN: theirs-is-another\n"),
        "theirs is shown"
    );
    assert!(text.contains(&format!("\nTOKEN: {NEW}\n")), "ours is shown");
    assert_eq!(get(&world.sandbox, "dev", "TOKEN"), NEW);
    assert_eq!(world.rescues(), Vec::<String>::new());
    world.holds_nothing_in_clear();
}

#[test]
fn e16_a_value_that_others_changed_as_well_is_shown_with_both() {
    let world = World::new();
    let theirs = world.sandbox.secret("theirs-is-another");
    let (seen, count) = (world.memory().join("seen"), world.sandbox.path("count"));
    let editor = world.editor(&format!(
        "echo x >> '{count}'\ncase $(wc -l < '{count}') in 1) echo '{NEW}' > \"$1\"; {set};; 2) cp \"$1\" '{seen}';; 3) echo both-decided > \"$1\";; esac",
        count = count.display(),
        seen = seen.display(),
        set = vault(&format!("set dev TOKEN {theirs}")),
    ));
    let Some(terminal) = world.sandbox.on_terminal(["edit", "dev", "--key", "TOKEN"]) else {
        return;
    };
    let output = terminal
        .variable("VAULT_EDITOR", editor)
        .sees("both values")
        .sees("[e/s/x]")
        .types("e")
        .sees("press Enter when you are done")
        .types("")
        .sees("a conflict that nobody has decided")
        .sees("[e/s/x]")
        .types("e")
        .run()
        .succeeds();
    assert!(
        output.stdout().contains("vault: ~ TOKEN"),
        "{}",
        output.stdout()
    );
    assert_eq!(
        fs::read_to_string(&seen).unwrap(),
        format!("<<<<<<< yours\n{NEW}\n=======\n{theirs}\n>>>>>>> theirs\n")
    );
    fs::remove_file(&seen).unwrap();
    assert_eq!(get(&world.sandbox, "dev", "TOKEN"), "both-decided");
    world.holds_nothing_in_clear();
}

#[test]
fn r10_what_was_kept_is_merged_where_the_file_has_moved() {
    let world = World::new();
    world.edit(&format!("{TYPE}\nexit 1")).fails(2);
    world
        .sandbox
        .vault(["set", "dev", "pulled", "x"])
        .succeeds();
    world.sandbox.vault(["unset", "dev", "TOKEN"]).succeeds();
    world.vault(["edit", "dev", "--resume"], "true").succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    assert_eq!(get(&world.sandbox, "dev", "pulled"), "x");
    world.sandbox.vault(["get", "dev", "TOKEN"]).fails(2);
    assert_eq!(world.rescues(), Vec::<String>::new());
}

#[test]
fn r10_a_file_that_is_no_longer_trusted_is_not_written() {
    let world = World::new();
    let script = format!("{TYPE}\nsed -i 's/ENC.AES256_GCM,data:/&AA/' {FILE}");
    world.edit(&script).fails(3);
    assert_eq!(world.rescues().len(), 1);
    world.holds_nothing_in_clear();
}
