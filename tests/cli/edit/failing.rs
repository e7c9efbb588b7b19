//! Editors that fail, are killed, or return too soon.

use super::world::{FILE, TYPE, World};
use crate::{sandbox::Output, team::get};

const EDITING: &str = "vault: editing secrets/dev.yaml, which alice can read\n";

/// That nothing was written, and one rescue holds what was typed.
fn is_kept(world: &World, output: &Output, why: &str) {
    let names = world.rescues();
    let [id] = &names[..] else {
        panic!("{names:?}")
    };
    let id = id.strip_suffix(".age").expect("the form of a rescue");
    assert_eq!(
        output.stderr(),
        format!(
            "{EDITING}vault: error: sh {why}; nothing is written\nvault:   what you typed is kept, encrypted to your key: {id}\nvault: hint: vault edit dev --resume goes on with it\n"
        )
    );
}

#[test]
fn e09_an_editor_that_fails_with_an_unchanged_text_is_an_abort() {
    let world = World::new();
    let before = world.sandbox.read(FILE);
    for (script, how) in [
        ("exit 1", "ended with exit code 1"),
        ("kill -TERM $$", "was ended by SIGTERM"),
        ("kill -KILL $$", "was ended by SIGKILL"),
    ] {
        world.edit(script).fails_with(
            2,
            &format!("{EDITING}vault: error: sh {how}; nothing is written\n"),
        );
    }
    assert_eq!(world.rescues(), Vec::<String>::new());
    assert_eq!(world.sandbox.read(FILE), before);
    world.holds_nothing_in_clear();
}

#[test]
fn e09_what_was_typed_before_an_editor_failed_is_kept() {
    for (script, how) in [
        ("exit 7", "ended with exit code 7"),
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("kill -QUIT $$", "was ended by SIGQUIT"),
        ("kill -KILL $$", "was ended by SIGKILL"),
    ] {
        let world = World::new();
        let before = world.sandbox.read(FILE);
        let output = world.edit(&format!("{TYPE}\n{script}")).fails(2);
        is_kept(&world, &output, how);
        assert_eq!(world.sandbox.read(FILE), before, "{script}");
        world.holds_nothing_in_clear();
    }
}

#[test]
fn e09_what_an_editor_saved_elsewhere_when_it_was_killed_is_kept_as_well() {
    for name in ["$1.save", "$(dirname \"$1\")/#dev.yaml#"] {
        let world = World::new();
        let script = format!(
            "cp \"$1\" \"{name}\"; echo 'TYPED: correct-horse-battery' >> \"{name}\"; kill -HUP $$"
        );
        let output = world.edit(&script).fails(2);
        assert!(
            output
                .stderr()
                .contains("vault: error: sh was ended by SIGHUP"),
            "{}",
            output.stderr()
        );
        world.holds_nothing_in_clear();
        world.vault(["edit", "dev", "--resume"], "true").succeeds();
        assert_eq!(get(&world.sandbox, "dev", "TYPED"), super::world::NEW);
    }
}

#[test]
fn e09_on_a_terminal_the_person_decides() {
    for (answer, code, rescues) in [("s", 2, 1), ("x", 2, 0), ("e", 0, 0)] {
        let world = World::new();
        let count = world.sandbox.path("count");
        let editor = world.editor(&format!(
            "echo x >> '{0}'\n[ $(wc -l < '{0}') = 1 ] || exit 0\n{TYPE}\nexit 3",
            count.display()
        ));
        let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
            return;
        };
        let output = terminal
            .variable("VAULT_EDITOR", editor)
            .sees("sh ended with exit code 3, and the text was changed")
            .sees("[e/s/x]")
            .types(answer)
            .run()
            .fails(code);
        assert_eq!(world.rescues().len(), rescues, "{}", output.stdout());
        world.holds_nothing_in_clear();
    }
}

#[test]
fn e11_an_editor_that_returns_at_once_is_asked_about() {
    let world = World::new();
    // The window stays open, and its text is saved later.
    let saved = world.sandbox.path("saved");
    let editor = world.editor(&format!(
        "(trap '' HUP; while [ ! -e '{0}' ]; do sleep 0.02; done; {TYPE}; rm '{0}') > /dev/null 2>&1 &",
        saved.display()
    ));
    let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
        return;
    };
    let wait = format!(
        "exec touch {0}\nwhile {{[file exists {0}]}} {{ after 20 }}\n",
        saved.display()
    );
    let output = terminal
        .variable("VAULT_EDITOR", editor)
        .sees("sh returned at once; if it is still open (is --wait missing?), press Enter when you are done")
        .does(&wait)
        .types("")
        .run()
        .succeeds();
    assert!(
        output.stdout().contains("vault: + TYPED"),
        "{}",
        output.stdout()
    );
    world.holds_nothing_in_clear();
}
