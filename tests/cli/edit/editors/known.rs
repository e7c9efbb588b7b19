//! The editors that are tried, each with the keys that it understands and settings as bad as they can be.

use super::{super::world::World, seat::Seat};

/// A real editor.
pub(super) struct Editor {
    /// The program.
    pub(super) program: &'static str,
    /// What stands in `EDITOR`.
    pub(super) command: &'static str,
    /// Its settings, in the home: they keep copies of all that they can.
    settings: (&'static str, &'static str),
    /// Folders that the settings name.
    folders: &'static [&'static str],
    /// Keys that lead to a new line at the end of the text.
    end: &'static [&'static str],
    /// Keys that lead back from typing.
    done: &'static [&'static str],
    /// Keys that put the line into whatever the editor has for that, and the line back.
    copy: &'static [&'static str],
    /// Keys that save, and what the editor shows then.
    save: (&'static [&'static str], &'static str),
    /// Keys that end the editor after it has saved.
    quit: &'static [&'static str],
}

pub(super) const VIM: Editor = Editor {
    program: "vim",
    command: "vim",
    settings: (
        ".vimrc",
        "set nocompatible backup writebackup swapfile undofile modeline updatecount=1 updatetime=10
set backupdir=~/kept directory=~/kept undodir=~/kept backupskip= viminfo='100,<1000,s100,n~/.viminfo
autocmd BufNewFile,BufRead * set backup writebackup swapfile undofile
",
    ),
    folders: &["kept"],
    end: &["G", "o"],
    done: &["Escape"],
    copy: &["y", "y", "d", "d", "p"],
    save: (&[":", "w", "Enter"], "B written"),
    quit: &[":", "q", "Enter"],
};

pub(super) const NANO: Editor = Editor {
    program: "nano",
    command: "nano",
    settings: (
        // Started by root it has no eyes for HOME.
        "../config/nano/nanorc",
        "set backup\nset backupdir \"../home/kept\"\nset historylog\nset positionlog\nset locking\n",
    ),
    folders: &["kept"],
    end: &["M-/"],
    done: &[],
    copy: &["C-k", "C-u"],
    save: (&["C-s"], "Wrote "),
    quit: &["C-x"],
};

pub(super) const EMACS: Editor = Editor {
    program: "emacs",
    command: "emacs -nw",
    settings: (
        ".emacs",
        "(setq make-backup-files t backup-directory-alist '((\".\" . \"~/kept\")) version-control t)
(setq auto-save-default t auto-save-interval 20 auto-save-timeout 1 create-lockfiles t)
(setq auto-save-file-name-transforms '((\".*\" \"~/kept/\" t)))
(setq savehist-additional-variables '(kill-ring search-ring) savehist-autosave-interval 1)
(savehist-mode 1)
(recentf-mode 1)
(save-place-mode 1)
(setq desktop-dirname \"~/kept/\" desktop-path '(\"~/kept/\") desktop-save t desktop-globals-to-save '(kill-ring))
(desktop-save-mode 1)
",
    ),
    folders: &["kept"],
    end: &["M->"],
    done: &[],
    copy: &["C-a", "C-k", "C-y"],
    save: (&["C-x", "C-s"], "Wrote "),
    quit: &["C-x", "C-c"],
};

impl Editor {
    /// Lays its settings.
    pub(super) fn settle(&self, world: &World) {
        let (name, text) = self.settings;
        world.sandbox.write(world.sandbox.home(name), text);
        for folder in self.folders {
            std::fs::create_dir_all(world.sandbox.home(folder)).expect("a new folder");
        }
    }

    /// Types a line at the end of the text.
    pub(super) fn types(&self, seat: &Seat<'_>, line: &str) {
        seat.presses(self.end);
        seat.types(line);
        seat.presses(self.done);
        seat.shows(line);
    }

    pub(super) fn copies(&self, seat: &Seat<'_>) {
        seat.presses(self.copy);
    }

    /// Saves, and waits until that is done.
    pub(super) fn saves(&self, seat: &Seat<'_>) {
        let (keys, shown) = self.save;
        seat.presses_until(keys, shown);
    }

    pub(super) fn quits(&self, seat: &Seat<'_>) {
        seat.presses(self.quit);
    }
}
