//! Real editors on a real terminal, with settings that keep copies of everything.

mod known;
mod seat;
mod story;

use std::fs;

use super::{
    search::{holders, new_secret, search_temporary},
    world::{FILE, World},
};
use crate::{
    peers,
    team::{alone, get},
};
use known::{EMACS, Editor, NANO, VIM};
use seat::{Seat, kill, runs_below, state};

/// A vault with a secret that is like no other on this machine.
struct Office {
    world: World,
    typed: String,
    before: String,
}

impl Office {
    fn new() -> Self {
        let world = World::of(alone());
        let old = world.sandbox.secret(&new_secret());
        let typed = world.sandbox.secret(&new_secret());
        world
            .sandbox
            .vault(["set", "dev", "TOKEN"])
            .stdin(old)
            .succeeds();
        let before = world.sandbox.read(FILE);
        Office {
            world,
            typed,
            before,
        }
    }

    /// Sits down before an editor; `None` where it, or the terminal, is missing.
    fn seat(&self, editor: &Editor) -> Option<Seat<'_>> {
        self.seat_for(editor, editor.command)
    }

    fn seat_for(&self, editor: &Editor, command: &str) -> Option<Seat<'_>> {
        peers::program(editor.program)?;
        editor.settle(&self.world);
        Seat::open(&self.world, command)
    }

    fn line(&self) -> String {
        format!("TYPED: {}", self.typed)
    }

    /// Nothing of the secrets lies in clear where an editor can write, and no desk is left.
    fn is_clean(&self) {
        self.world.holds_nothing_in_clear();
        search_temporary(&self.world.sandbox);
    }

    fn is_untouched(&self) {
        assert_eq!(self.world.sandbox.read(FILE), self.before);
    }

    fn is_written(&self) {
        assert_eq!(get(&self.world.sandbox, "dev", "TYPED"), self.typed);
        self.is_clean();
    }

    /// That nothing was written, and what was typed comes back with one command.
    fn comes_back(&self) {
        self.is_untouched();
        assert_eq!(self.world.rescues().len(), 1);
        self.is_clean();
        self.world
            .vault(["edit", "dev", "--resume"], "true")
            .succeeds();
        self.is_written();
    }
}

fn saves_and_leaves_nothing(editor: &Editor) {
    let office = Office::new();
    let Some(seat) = office.seat(editor) else {
        return;
    };
    seat.edits();
    editor.types(&seat, &office.line());
    editor.copies(&seat);
    editor.saves(&seat);
    editor.quits(&seat);
    assert_eq!(seat.ends(), 0, "{}", seat.screen());
    let screen = seat.screen();
    assert!(screen.contains("vault: + TYPED"), "{screen}");
    assert!(!screen.contains("warning"), "{screen}");
    office.is_written();
}

#[test]
fn r31_vim_with_settings_that_keep_everything_leaves_nothing() {
    saves_and_leaves_nothing(&VIM);
}

#[test]
fn r31_nano_with_settings_that_keep_everything_leaves_nothing() {
    saves_and_leaves_nothing(&NANO);
}

#[test]
fn r31_emacs_with_settings_that_keep_everything_leaves_nothing() {
    saves_and_leaves_nothing(&EMACS);
}

/// Shows that the settings are as bad as they should be: behind a script, vault does not know the editor.
#[test]
fn r31_without_what_vault_tells_them_editors_leave_the_text_in_clear() {
    for editor in [VIM, NANO, EMACS] {
        let office = Office::new();
        let sandbox = &office.world.sandbox;
        let script = sandbox.write(
            sandbox.path("mine"),
            format!("#!/bin/sh\nexec {} \"$@\"\n", editor.command),
        );
        sandbox.chmod(&script, 0o755);
        let Some(seat) = office.seat_for(&editor, &script.display().to_string()) else {
            continue;
        };
        seat.edits();
        editor.types(&seat, &office.line());
        editor.copies(&seat);
        editor.saves(&seat);
        editor.quits(&seat);
        assert_eq!(seat.ends(), 0, "{}", seat.screen());
        let left = holders(sandbox, &sandbox.home(""));
        assert!(!left.is_empty(), "{} keeps nothing", editor.program);
        peers::note(&format!("{} left {left:?}", editor.program));
    }
}

#[test]
fn e10_vim_that_quits_without_saving_touches_nothing() {
    let office = Office::new();
    let Some(seat) = office.seat(&VIM) else {
        return;
    };
    let modified =
        || fs::metadata(office.world.sandbox.work(FILE)).and_then(|found| found.modified());
    let before = modified().expect("a file");
    seat.edits();
    VIM.types(&seat, &office.line());
    seat.presses(&[":", "q", "!", "Enter"]);
    // an editor that was quick is asked about
    seat.waits("the end, or a question", || {
        let screen = seat.screen();
        screen.contains("press Enter") || screen.contains("nothing changed")
    });
    if seat.screen().contains("press Enter") {
        seat.presses(&["Enter"]);
    }
    assert_eq!(seat.ends(), 0);
    assert!(seat.screen().contains("vault: nothing changed"));
    office.is_untouched();
    assert_eq!(modified().expect("a file"), before);
    assert_eq!(office.world.rescues(), Vec::<String>::new());
    office.is_clean();
}

#[test]
fn e09_vim_that_quits_with_an_error_is_an_abort_and_loses_nothing() {
    let office = Office::new();
    let Some(seat) = office.seat(&VIM) else {
        return;
    };
    seat.edits();
    seat.presses(&[":", "c", "q", "Enter"]);
    assert_eq!(seat.ends(), 2);
    assert_eq!(office.world.rescues(), Vec::<String>::new());
    office.is_untouched();
    office.is_clean();
    seat.edits();
    VIM.types(&seat, &office.line());
    VIM.saves(&seat);
    seat.presses(&[":", "c", "q", "Enter"]);
    seat.shows("[e/s/x]");
    seat.types("s");
    seat.presses(&["Enter"]);
    assert_eq!(seat.ends(), 2);
    drop(seat);
    office.comes_back();
}

#[test]
fn e05_ctrl_c_in_an_editor_or_a_program_of_its_does_not_end_vault() {
    for editor in [VIM, NANO, EMACS] {
        let office = Office::new();
        let Some(seat) = office.seat(&editor) else {
            continue;
        };
        seat.edits();
        let edit = seat.processes();
        // What is typed before an editor has seen it may be thrown away with what it interrupts.
        match editor.program {
            "vim" => seat.presses_until(&["C-c"], "Type  :qa"),
            "nano" => seat.presses_until(&["C-c"], "[ line "),
            // it is the first half of a command there
            _ => {
                seat.presses(&["C-c", "C-g"]);
                seat.waits("Emacs answers", || {
                    let screen = seat.screen();
                    screen.contains("Quit") || screen.contains("C-g")
                });
            }
        }
        if editor.program == "vim" {
            seat.types(":!sleep 600");
            seat.presses(&["Enter"]);
            // Not before: what is not yet another program takes what interrupts it as the editor does.
            seat.waits("the editor starts a program", || {
                runs_below(edit.editor, "sleep")
            });
            seat.presses_until(&["C-c"], "Press ENTER");
            seat.presses(&["Enter"]);
        }
        assert!(state(edit.vault).is_some_and(|state| state != 'Z'));
        editor.types(&seat, &office.line());
        editor.saves(&seat);
        editor.quits(&seat);
        assert_eq!(seat.ends(), 0, "{}", seat.screen());
        office.is_written();
    }
}

#[test]
fn e05_an_editor_that_is_suspended_goes_on_where_it_was() {
    for editor in [VIM, EMACS] {
        let office = Office::new();
        let Some(seat) = office.seat(&editor) else {
            continue;
        };
        seat.edits();
        let edit = seat.processes();
        editor.types(&seat, &office.line());
        seat.presses(&["C-z"]);
        for process in [edit.vault, edit.editor] {
            seat.waits("vault and the editor stop", || state(process) == Some('T'));
        }
        seat.goes_on(148);
        seat.shows(&office.line());
        editor.saves(&seat);
        editor.quits(&seat);
        assert_eq!(seat.ends(), 0, "{}", seat.screen());
        office.is_written();
    }
}

#[test]
fn e06_a_window_that_is_closed_keeps_what_was_saved() {
    for editor in [VIM, NANO, EMACS] {
        let office = Office::new();
        let Some(seat) = office.seat(&editor) else {
            continue;
        };
        seat.edits();
        let edit = seat.processes();
        editor.types(&seat, &office.line());
        editor.saves(&seat);
        seat.closes();
        for process in [edit.vault, edit.editor] {
            eventually_gone(process);
        }
        office.comes_back();
    }
}

#[test]
fn e06_what_nano_saves_when_its_window_is_closed_is_kept() {
    let office = Office::new();
    let Some(seat) = office.seat(&NANO) else {
        return;
    };
    seat.edits();
    let edit = seat.processes();
    NANO.types(&seat, &office.line());
    seat.closes();
    for process in [edit.vault, edit.editor] {
        eventually_gone(process);
    }
    office.comes_back();
}

#[test]
fn e09_an_editor_that_is_killed_loses_nothing_that_was_saved() {
    for editor in [VIM, NANO, EMACS] {
        let office = Office::new();
        let Some(seat) = office.seat(&editor) else {
            continue;
        };
        seat.edits();
        let edit = seat.processes();
        editor.types(&seat, &office.line());
        editor.saves(&seat);
        kill(edit.editor);
        if editor.program == "emacs" {
            // It had taken the terminal for itself, so vault stops before it asks; the shell is who can give it back.
            seat.waits("vault stops", || state(edit.vault) == Some('T'));
            seat.goes_on(150);
        }
        seat.shows("[e/s/x]");
        seat.types("s");
        seat.presses(&["Enter"]);
        assert_eq!(seat.ends(), 2);
        drop(seat);
        office.comes_back();
    }
}

#[test]
fn e07_when_vault_is_killed_an_editor_ends_and_leaves_nothing() {
    for editor in [VIM, NANO, EMACS] {
        let office = Office::new();
        let Some(seat) = office.seat(&editor) else {
            continue;
        };
        seat.edits();
        let edit = seat.processes();
        editor.types(&seat, &office.line());
        editor.saves(&seat);
        kill(edit.vault);
        eventually_gone(edit.editor);
        seat.waits("the desk is wiped", || office.world.desks().is_empty());
        drop(seat);
        office.comes_back();
    }
}

fn eventually_gone(process: i32) {
    super::world::eventually("a process ends", || {
        state(process).is_none_or(|state| matches!(state, 'Z' | 'X'))
    });
}
