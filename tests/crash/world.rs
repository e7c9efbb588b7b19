//! A vault that can be put back to how it was, and what can be seen of it.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use crate::{
    commands::Command,
    sandbox::{Output, Sandbox},
};

/// Something below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Folder(u32),
    File(u32, Vec<u8>),
    Link(PathBuf),
}

/// Everything below a folder, by relative path.
pub(crate) type Tree = BTreeMap<PathBuf, Thing>;

/// All that can be seen of a vault by asking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// What `check` says, and what each environment holds: changes as a whole.
    vault: Vec<String>,
    /// The person's identity, and what was rendered: each changes for itself.
    files: Vec<String>,
    /// How many of the files that are taken over are still there.
    inputs: usize,
}

impl Meaning {
    /// Whether nothing of it lies between the old and the new, and nothing is deleted before it is taken over.
    pub(crate) fn is_of(&self, old: &Meaning, new: &Meaning) -> bool {
        let mut files = self.files.iter().zip(old.files.iter().zip(&new.files));
        let is_lost = self.inputs < old.inputs && self.vault != new.vault;
        (self.vault == old.vault || self.vault == new.vault)
            && files.all(|(file, (old, new))| file == old || file == new)
            && !is_lost
    }
}

/// A sandbox in which one command is run again and again from the same beginning.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) command: &'static Command,
    beginning: Tree,
}

impl World {
    /// Prepares the beginning of a command.
    pub(crate) fn new(command: &'static Command) -> Self {
        let sandbox = (command.prepare)();
        let beginning = tree(&sandbox.path(""));
        World {
            sandbox,
            command,
            beginning,
        }
    }

    /// Puts everything back.
    pub(crate) fn restore(&self) {
        let root = self.sandbox.path("");
        for entry in fs::read_dir(&root).expect("the sandbox").flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().expect("it is there").is_dir();
            let removed = match is_folder {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        for (path, thing) in &self.beginning {
            lay(&root.join(path), thing);
        }
    }

    /// Everything as it is now.
    pub(crate) fn now(&self) -> Tree {
        tree(&self.sandbox.path(""))
    }

    /// Everything as it was at the beginning.
    pub(crate) fn beginning(&self) -> &Tree {
        &self.beginning
    }

    /// Runs the command undisturbed.
    pub(crate) fn run(&self) -> Output {
        let run = self.sandbox.vault(self.command.line);
        run.stdin(self.command.stdin).run()
    }

    /// Asks the vault for all that it means.
    ///
    /// The asking must keep its promises too: no error may show a secret, and the first command finishes what was interrupted.
    pub(crate) fn meaning(&self) -> Meaning {
        let mut vault = vec![self.answer(&["check"])];
        // What changes who can read shows in no value: config and files are those of the beginning, or others, all of them.
        vault.push(self.compared(".vault.yaml"));
        for name in self.command.environments {
            vault.push(self.compared(&format!("secrets/{name}.yaml")));
        }
        for name in self.command.environments {
            vault.push(self.answer(&["render", name, "--format", "json"]));
        }
        let outputs = self.command.outputs.iter().map(|path| self.output(path));
        let files = outputs.chain([self.answer(&["whoami"])]).collect();
        let is_there = |path: &&str| self.sandbox.exists(path);
        let inputs = self
            .command
            .inputs
            .iter()
            .filter(|path| is_there(path))
            .count();
        Meaning {
            vault,
            files,
            inputs,
        }
    }

    /// Whether a file is what it was at the beginning.
    fn compared(&self, path: &str) -> String {
        let before = match self.beginning.get(&Path::new("work").join(path)) {
            Some(Thing::File(_, bytes)) => Some(bytes.clone()),
            _ => None,
        };
        let state = match (before, fs::read(self.sandbox.work(path)).ok()) {
            (_, None) => "none",
            (before, now) if before == now => "as before",
            _ => "another",
        };
        format!("{path}: {state}")
    }

    fn answer(&self, line: &[&str]) -> String {
        let output = self.sandbox.vault(line).prints_secrets().run();
        let mut answer = format!("{line:?}: {}\n", output.code());
        // A new identity is another one each time.
        if self.command.makes_identity && output.code() == 0 {
            return answer;
        }
        answer.push_str(output.stdout());
        // What the machine has just come to know is no part of the vault, nor is an edit of another test, or of the person who runs
        // the tests, that was killed: all edits of a user have one place in memory.
        let is_news = |line: &&str| {
            line.contains("an earlier run was interrupted")
                || line.contains("did not come to its end; what was typed is kept")
                || line.ends_with(" --resume goes on with it")
                || line.contains("first use here: ")
                || line.contains(" has changed since it was last used here:")
                || line.ends_with("Z)")
        };
        for line in output.stderr().lines().filter(|line| !is_news(line)) {
            answer.push_str(line);
            answer.push('\n');
        }
        answer
    }

    fn output(&self, path: &str) -> String {
        let path = self.sandbox.work(path);
        match fs::read_to_string(&path) {
            Ok(text) => format!("{}: {text}", path.display()),
            Err(_) => format!("{}: none", path.display()),
        }
    }
}

fn lay(path: &Path, thing: &Thing) {
    let laid = match thing {
        Thing::Folder(mode) => fs::create_dir(path).and_then(|()| set_mode(path, *mode)),
        Thing::File(mode, bytes) => fs::write(path, bytes).and_then(|()| set_mode(path, *mode)),
        Thing::Link(to) => symlink(to, path),
    };
    laid.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Everything below a folder; folders stand before what is in them.
fn tree(folder: &Path) -> Tree {
    let mut things = Tree::new();
    collect(folder, folder, &mut things);
    things
}

fn collect(root: &Path, folder: &Path, things: &mut Tree) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let (path, metadata) = (entry.path(), entry.metadata().expect("it is there"));
        let mode = metadata.permissions().mode() & 0o7777;
        let thing = match metadata.file_type() {
            kind if kind.is_dir() => Thing::Folder(mode),
            kind if kind.is_symlink() => Thing::Link(fs::read_link(&path).expect("a link")),
            _ => Thing::File(mode, fs::read(&path).expect("a file")),
        };
        let is_folder = matches!(thing, Thing::Folder(_));
        let relative = path.strip_prefix(root).expect("below the root").to_owned();
        things.insert(relative, thing);
        if is_folder {
            collect(root, &path, things);
        }
    }
}
