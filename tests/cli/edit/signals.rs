//! Ends that nobody asked for: signals to vault, and the death of vault itself.

use rustix::process::Signal;

use super::world::{FILE, NEW, STAYS, World, eventually};
use crate::team::get;

/// An editor that types and does not go when it is told to.
const STUBBORN: &str = "trap '' TERM HUP\nwhile :; do sleep 0.1; done";

/// That what was typed comes back with one command.
fn comes_back(world: &World) {
    assert_eq!(world.rescues().len(), 1);
    world.vault(["edit", "dev", "--resume"], "true").succeeds();
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    assert_eq!(world.rescues(), Vec::<String>::new());
    world.holds_nothing_in_clear();
}

#[test]
fn e06_term_and_hup_keep_what_was_typed_and_end_the_editor() {
    for (signal, script) in [
        (Signal::TERM, STAYS),
        (Signal::HUP, STAYS),
        (Signal::TERM, STUBBORN),
    ] {
        let world = World::new();
        let before = world.sandbox.read(FILE);
        let mut living = world.begin(script);
        living.gets(signal);
        assert_eq!(living.ends(), 128 + signal.as_raw());
        eventually("the editor has ended", || !living.editor_runs());
        let said = living.said();
        assert!(
            said.contains("vault: what you typed is kept, encrypted to your key: dev-"),
            "{said}"
        );
        assert!(
            said.contains("vault: hint: vault edit dev --resume goes on with it"),
            "{said}"
        );
        assert_eq!(world.sandbox.read(FILE), before);
        world.holds_nothing_in_clear();
        comes_back(&world);
    }
}

#[test]
fn e05_int_and_quit_are_for_the_editor() {
    let world = World::new();
    let go = world.sandbox.path("go");
    let mut living = world.begin(&format!(
        "while [ ! -e '{}' ]; do sleep 0.02; done",
        go.display()
    ));
    living.gets(Signal::INT);
    living.gets(Signal::QUIT);
    assert!(living.editor_runs());
    world.sandbox.write(&go, "");
    assert_eq!(living.ends(), 0, "{}", living.said());
    assert_eq!(get(&world.sandbox, "dev", "TYPED"), NEW);
    world.holds_nothing_in_clear();
}

#[test]
fn e05_int_while_a_person_is_asked_keeps_what_was_typed() {
    let world = World::new();
    let editor = world.editor(&format!("printf 'A: [{NEW}\\n' >> \"$1\""));
    let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
        return;
    };
    let output = terminal
        .variable("VAULT_EDITOR", editor)
        .sees("[e/s/x]")
        .presses("\u{3}")
        .run()
        .fails(130);
    assert!(
        output.stdout().contains("what you typed is kept"),
        "{}",
        output.stdout()
    );
    assert_eq!(world.rescues().len(), 1);
    world.holds_nothing_in_clear();
}

#[test]
fn e05_ctrl_c_in_the_editor_does_not_end_vault() {
    let world = World::new();
    let editor = world.editor(&format!(
        "trap 'echo got it > /dev/tty; {}; exit 0' INT\necho at work > /dev/tty\nwhile :; do sleep 0.05; done",
        super::world::TYPE
    ));
    let Some(terminal) = world.sandbox.on_terminal(["edit", "dev"]) else {
        return;
    };
    let output = terminal
        .variable("VAULT_EDITOR", editor)
        .sees("at work")
        .presses("\u{3}")
        .sees("got it")
        .run()
        .succeeds();
    assert!(
        output.stdout().contains("vault: + TYPED"),
        "{}",
        output.stdout()
    );
    world.holds_nothing_in_clear();
}

#[test]
fn e07_when_vault_is_killed_the_watcher_keeps_wipes_and_ends_the_editor() {
    for script in [STAYS, STUBBORN] {
        let world = World::new();
        let before = world.sandbox.read(FILE);
        let mut living = world.begin(script);
        living.gets(Signal::KILL);
        assert_eq!(living.ends(), 137);
        eventually("the watcher is done", || world.desks().is_empty());
        eventually("the editor has ended", || !living.editor_runs());
        assert_eq!(world.sandbox.read(FILE), before);
        world.holds_nothing_in_clear();
        comes_back(&world);
    }
}

#[test]
fn e07_an_editor_behind_another_program_is_ended_as_well() {
    let world = World::new();
    let inner = world.sandbox.write(
        world.sandbox.path("inner.sh"),
        "trap '' HUP TERM\nwhile :; do sleep 0.1; done\n",
    );
    let number = world.sandbox.path("number");
    let mut living = world.begin(&format!(
        "sh '{}' \"$1\" &\necho $! > '{1}.new'; mv '{1}.new' '{1}'; wait",
        inner.display(),
        number.display()
    ));
    eventually("the second program runs", || number.exists());
    living.editor = world
        .sandbox
        .read(&number)
        .trim()
        .parse()
        .expect("a number");
    assert!(living.editor_runs());
    living.gets(Signal::KILL);
    assert_eq!(living.ends(), 137);
    eventually("the watcher is done", || world.desks().is_empty());
    eventually("the editor has ended", || !living.editor_runs());
    comes_back(&world);
}

#[test]
fn e07_nothing_is_kept_where_nothing_was_typed() {
    let world = World::new();
    let ready = world.sandbox.path("ready");
    let editor = world.editor(&format!("touch '{}'; {STAYS}", ready.display()));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_vault"))
        .args(["edit", "dev"])
        .current_dir(world.sandbox.work(""))
        .env_clear()
        .envs(world.sandbox.environment())
        .env("VAULT_EDITOR", editor)
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    eventually("the editor starts", || ready.exists());
    child.kill().expect("it runs");
    child.wait().expect("a child of ours");
    eventually("the watcher is done", || world.desks().is_empty());
    assert_eq!(world.rescues(), Vec::<String>::new());
    world.holds_nothing_in_clear();
}

#[test]
fn e08_a_desk_whose_people_are_gone_is_cleared_by_the_next_command() {
    let world = World::new();
    let mut living = world.begin(STUBBORN);
    // The watcher first: it is the only other process that has the desk open.
    let watcher = watcher(living.child.id());
    let pid = rustix::process::Pid::from_raw(watcher).expect("a process");
    rustix::process::kill_process(pid, Signal::KILL).expect("it runs");
    living.gets(Signal::KILL);
    assert_eq!(living.ends(), 137);
    assert_eq!(world.desks().len(), 1);
    let output = world.sandbox.vault(["list", "dev"]).succeeds();
    eventually("the editor has ended", || !living.editor_runs());
    let said = output.stderr();
    assert!(
        said.starts_with("vault: warning: an edit of dev did not come to its end; what was typed is kept, encrypted to your key: dev-"),
        "{said}"
    );
    assert!(
        said.contains("vault: hint: vault edit dev --resume goes on with it\n"),
        "{said}"
    );
    world.holds_nothing_in_clear();
    comes_back(&world);
}

#[test]
fn e08_a_desk_at_which_somebody_works_is_left_alone() {
    let world = World::new();
    let mut living = world.begin(STAYS);
    world.sandbox.vault(["list", "dev"]).succeeds().says("");
    assert_eq!(world.desks().len(), 1);
    assert!(living.editor_runs());
    living.gets(Signal::TERM);
    living.ends();
}

/// The other child of a vault that edits.
pub(crate) fn watcher(vault: u32) -> i32 {
    let mut found = None;
    for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
        let path = entry.path();
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        let status = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
        let parent = status
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        if parent == Some(vault) && line.windows(6).any(|part| part == b"\x01watch") {
            found = entry.file_name().to_string_lossy().parse().ok();
        }
    }
    found.expect("a watcher")
}
