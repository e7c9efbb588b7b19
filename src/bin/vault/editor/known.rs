//! Editors that are known: what they write beside a file or elsewhere, and how they are kept from it.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::context::Context;

/// Where VS Code keeps everything about the edit: below the desk.
pub(super) const VSCODE: &str = "vsc";

/// Bytes of a file that is searched for traces, at most.
const SEARCHED: u64 = 4 * 1024 * 1024;

/// What kind of editor a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Vim,
    Gvim,
    Neovim,
    Emacs,
    Nano,
    VsCode,
    /// Keeps what was edited elsewhere, and cannot be told not to by an argument.
    Keeps(&'static str),
    /// Nothing is known of it.
    Other,
}

impl Kind {
    /// Tells it by the program that is started in the end (`vi` may be a link to `vim.basic`), else by its name.
    pub(super) fn of(word: &str, path: &Path) -> Self {
        let found = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = |path: &Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        match Kind::named(&name(&found)) {
            // A launcher, such as that of a snap.
            Kind::Other => Kind::named(&name(Path::new(word))),
            kind => kind,
        }
    }

    fn named(name: &str) -> Self {
        let is = |known: &str| {
            let end = name.strip_prefix(known);
            // vim.basic, emacs-gtk, emacs29
            end.is_some_and(|end| {
                end.is_empty()
                    || end.starts_with(['.', '-'])
                    || end.starts_with(|c: char| c.is_ascii_digit())
            })
        };
        match name {
            _ if is("vim") => Kind::Vim,
            _ if is("gvim") => Kind::Gvim,
            _ if is("nvim") => Kind::Neovim,
            _ if is("emacsclient") => Kind::Keeps(
                "the Emacs server keeps the text in a buffer, and may save it elsewhere",
            ),
            _ if is("emacs") => Kind::Emacs,
            _ if is("nano") => Kind::Nano,
            "code" | "code-insiders" | "code-oss" | "codium" | "vscodium" => Kind::VsCode,
            "cursor" | "windsurf" => {
                Kind::Keeps("it keeps local history, and its assistant reads the text")
            }
            "idea" | "pycharm" | "webstorm" | "phpstorm" | "goland" | "clion" | "rubymine"
            | "rider" | "rustrover" | "fleet" | "idea.sh" | "pycharm.sh" => {
                Kind::Keeps("JetBrains' editors keep local history of what they open")
            }
            "subl" | "sublime_text" => {
                Kind::Keeps("Sublime Text keeps unsaved text in its session")
            }
            "zed" | "zeditor" | "zed-editor" => {
                Kind::Keeps("Zed keeps open texts in a database, and its assistant reads them")
            }
            _ => Kind::Other,
        }
    }

    /// Arguments that keep the text on the desk.
    pub(super) fn arguments(self, desk: &Path) -> Vec<OsString> {
        // `-c` comes after the person's own settings and before the first write; backup files and undo would lie elsewhere.
        const AFTERWARDS: [&str; 4] = [
            "-c",
            "set nobackup nowritebackup noswapfile",
            "-c",
            "silent! set noundofile",
        ];
        let vim = |first: &[&str]| -> Vec<OsString> {
            let begin = ["--cmd", "set nomodeline", "-n", "-i", "NONE"];
            first
                .iter()
                .chain(&begin)
                .chain(&AFTERWARDS)
                .map(OsString::from)
                .collect()
        };
        match self {
            Kind::Vim => vim(&[]),
            Kind::Gvim => vim(&["-f"]),
            Kind::Neovim => vim(&["--cmd", "set shada="]),
            Kind::Emacs => vec![
                "--eval".into(),
                // The modes save pieces of texts when Emacs ends: what was cut, and what was searched for.
                "(progn (setq auto-save-default nil make-backup-files nil create-lockfiles nil auto-save-list-file-prefix nil kill-ring-max 1) (ignore-errors (savehist-mode -1)) (ignore-errors (desktop-save-mode -1)))".into(),
            ],
            Kind::Nano => vec!["-I".into()],
            Kind::VsCode => {
                let mut own: Vec<OsString> = ["--wait", "--new-window", "--disable-extensions", "--user-data-dir"].map(OsString::from).to_vec();
                own.push(desk.join(VSCODE).into());
                own
            }
            Kind::Keeps(_) | Kind::Other => Vec::new(),
        }
    }

    pub(super) fn warning(self) -> Option<String> {
        match self {
            Kind::Keeps(what) => Some(format!("{what}; what that holds is beyond vault")),
            _ => None,
        }
    }
}

/// Places where editors are known to write what they edit.
pub(crate) struct Traces;

/// Folders below the home whose file names tell which file they are about.
const FOLDERS: &[&str] = &[
    ".vim",
    ".vim/undo",
    ".vim/undodir",
    ".vim/backup",
    ".vim/backups",
    ".vim/swap",
    ".vim/tmp",
    ".cache/vim",
    ".cache/vim/undo",
    ".cache/vim/backup",
    ".cache/vim/swap",
    ".local/state/vim",
    ".local/state/nvim/undo",
    ".local/state/nvim/backup",
    ".local/state/nvim/swap",
    ".emacs.d/backups",
    ".emacs.d/auto-save-list",
    ".emacs.d/auto-save",
    ".cache/nano",
    ".local/share/nano",
    ".nano",
    ".config/micro/backups",
    ".config/micro/buffers",
    ".joe",
];

/// Files that keep pieces of what was edited, with the name of the file that they are from.
const FILES: &[&str] = &[
    ".viminfo",
    ".local/state/nvim/shada/main.shada",
    ".jedrecent",
];

impl Traces {
    /// What in those places is about a desk, whose name is like no other.
    pub(crate) fn of(context: &Context, desk: &str) -> Vec<PathBuf> {
        let home = context.environment().home();
        let below = |list: &[&str]| -> Vec<PathBuf> {
            let home = home.iter();
            home.flat_map(|home| list.iter().map(|place| home.join(place)))
                .collect()
        };
        let mut folders = below(FOLDERS);
        folders.extend(["/tmp", "/var/tmp"].map(PathBuf::from));
        folders.extend(context.environment().folder("TMPDIR"));
        let named = folders
            .iter()
            .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
        let named = named
            .filter(|entry| entry.file_name().to_string_lossy().contains(desk))
            .map(|entry| entry.path());
        let mut found: Vec<PathBuf> = named.collect();
        found.extend(below(FILES).into_iter().filter(|file| mentions(file, desk)));
        found.sort();
        found.dedup();
        found
    }
}

fn mentions(file: &Path, desk: &str) -> bool {
    let is_small = file
        .metadata()
        .is_ok_and(|found| found.is_file() && found.len() <= SEARCHED);
    is_small
        && fs::read(file).is_ok_and(|bytes| {
            bytes
                .windows(desk.len())
                .any(|part| part == desk.as_bytes())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_are_known_by_the_names_that_systems_give_them() {
        for (name, kind) in [
            ("vim", Kind::Vim),
            ("vim.basic", Kind::Vim),
            ("vim-nox11", Kind::Vim),
            ("gvim", Kind::Gvim),
            ("nvim", Kind::Neovim),
            ("emacs", Kind::Emacs),
            ("emacs-gtk", Kind::Emacs),
            ("emacs29", Kind::Emacs),
            ("nano", Kind::Nano),
            ("code", Kind::VsCode),
            ("vimdiff", Kind::Other),
            ("nvi", Kind::Other),
            ("ed", Kind::Other),
        ] {
            assert_eq!(Kind::named(name), kind, "{name}");
        }
        for name in [
            "emacsclient",
            "emacsclient.emacs",
            "subl",
            "zed",
            "idea",
            "cursor",
        ] {
            assert!(Kind::named(name).warning().is_some(), "{name}");
        }
    }

    #[test]
    fn a_link_is_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("vim.basic"), "").unwrap();
        std::os::unix::fs::symlink("vim.basic", folder.path().join("vi")).unwrap();
        fs::write(folder.path().join("ed"), "").unwrap();
        assert_eq!(Kind::of("vi", &folder.path().join("vi")), Kind::Vim);
        assert_eq!(Kind::of("code", &folder.path().join("ed")), Kind::VsCode);
    }
}
