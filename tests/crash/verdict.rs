//! What must hold after a command was disturbed, whatever disturbed it.

use std::path::{Path, PathBuf};

use crate::{
    sandbox::Output,
    world::{Meaning, Thing, Tree, World},
};

/// What an undisturbed run makes of the beginning.
pub(crate) struct Expected {
    old: Meaning,
    new: Meaning,
    names: Vec<String>,
    outputs: Vec<(PathBuf, Vec<u8>)>,
}

/// How a command ended.
pub(crate) struct Ending<'a> {
    pub(crate) output: &'a Output,
    /// Whether it could not clean up: it was killed, or was not let.
    pub(crate) may_leave: bool,
}

impl Expected {
    /// Runs the command undisturbed, and remembers what it did.
    pub(crate) fn of(world: &World) -> Self {
        let old = world.meaning();
        world.run().succeeds();
        let new = world.meaning();
        assert_ne!(old, new, "`{}` changes something", world.command.name);
        let now = world.now();
        let outputs = world.command.outputs.iter().filter_map(|path| {
            let path = Path::new("work").join(path);
            match now.get(&path)? {
                Thing::File(0o600, bytes) => Some((path, bytes.clone())),
                _ => panic!("{} is a private file", path.display()),
            }
        });
        Expected {
            old,
            new,
            names: names(&now),
            outputs: outputs.collect(),
        }
    }

    /// Holds a disturbed world against all that must be.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub(crate) fn judge(&self, world: &World, ending: &Ending<'_>) -> Result<(), String> {
        let after = world.now();
        check_ending(ending, &after)?;
        self.check_clear(world, &after)?;
        let meaning = world.meaning();
        if !meaning.is_of(&self.old, &self.new) {
            let (old, new) = (&self.old, &self.new);
            return Err(format!(
                "neither old nor new:\n{meaning:#?}\n{old:#?}\n{new:#?}"
            ));
        }
        let is_new = meaning == self.new;
        if ending.output.code() == 0 && !is_new {
            return Err("it says that all is well, and nothing is new".to_owned());
        }
        if let Some(path) = changed_again(world.beginning(), &after, &world.now()) {
            return Err(format!("{path} was neither old nor new"));
        }
        self.check_next(world, is_new)
    }

    /// No file holds a secret in clear but those that did, and complete outputs that were asked for.
    fn check_clear(&self, world: &World, after: &Tree) -> Result<(), String> {
        let clear = after.iter().find(|(path, thing)| match thing {
            Thing::File(mode, bytes) => {
                let was_there = world.beginning().get(*path) == Some(thing);
                let is_output = *mode == 0o600 && self.is_output(path, bytes);
                !was_there && !is_output && world.sandbox.finds_secret(bytes)
            }
            _ => false,
        });
        match clear {
            Some((path, _)) => Err(format!("{} holds a secret in clear", path.display())),
            None => Ok(()),
        }
    }

    /// Whether it is an output as it was asked for, also under the name that it has for the moment before it replaces another.
    fn is_output(&self, path: &Path, bytes: &[u8]) -> bool {
        self.outputs.iter().any(|(output, complete)| {
            let name = output.file_name().expect("a file").to_string_lossy();
            let own = path.file_name().expect("a file").to_string_lossy();
            let is_next =
                own.starts_with(&format!(".{name}.vault-")) && path.parent() == output.parent();
            bytes == complete && (path == output || is_next)
        })
    }

    /// The same command again does what the first run did not, and leaves what an undisturbed run leaves.
    fn check_next(&self, world: &World, is_new: bool) -> Result<(), String> {
        let next = world.run();
        // What is done already, or was found half done and finished, may not be asked for once more.
        let is_done = is_new || next.stderr().contains("an earlier run was interrupted");
        let may_refuse = is_done && next.code() == 2;
        if next.code() != 0 && !may_refuse {
            let (code, said) = (next.code(), next.stderr());
            return Err(format!("the next command ends with {code}:\n{said}"));
        }
        if world.meaning() != self.new {
            return Err("the next command does not do its work".to_owned());
        }
        let names = names(&world.now());
        let (more, less) = (without(&names, &self.names), without(&self.names, &names));
        if more.is_empty() && less.is_empty() {
            return Ok(());
        }
        Err(format!(
            "after the next command there are {more:#?} and not {less:#?}"
        ))
    }
}

/// It did not panic, and has cleaned up if it could.
fn check_ending(ending: &Ending<'_>, after: &Tree) -> Result<(), String> {
    let said = ending.output.stderr();
    if said.contains("a bug in vault") || ![0, 2, 3, 137].contains(&ending.output.code()) {
        return Err("it crashed, or gave another answer than a failure".to_owned());
    }
    // Files that are half way between old and new are finished by what the journal says.
    let may_leave = |name: &str| {
        ending.may_leave || (is_journal(name) && said.contains("the next run finishes this"))
    };
    match names(after)
        .iter()
        .find(|name| is_leftover(name) && !may_leave(name))
    {
        Some(name) => Err(format!("{name} is left behind")),
        None => Ok(()),
    }
}

/// A file that was not the old one right after the disturbance, and is yet another one now.
fn changed_again(old: &Tree, after: &Tree, now: &Tree) -> Option<String> {
    let mut files = after.iter().filter(|(path, thing)| {
        let is_vaults = path.starts_with("work") && !is_leftover(&path.to_string_lossy());
        is_vaults && matches!(thing, Thing::File(..)) && old.get(*path) != Some(*thing)
    });
    let other = files.find(|(path, thing)| now.get(*path) != Some(*thing));
    other.map(|(path, _)| path.display().to_string())
}

/// All names with their modes, but of locks, which come and stay, and of what the machine knows: no secret, and in order with the next news.
/// The lock of git's config is git's own: as after a killed `git config` it stays, nobody can tell whose it is, and vault goes on without.
fn names(tree: &Tree) -> Vec<String> {
    let besides = [
        "run",
        "state/vault/locks",
        "state/vault/known",
        "work/.git/config.lock",
    ];
    let is_kept = |path: &Path| !besides.iter().any(|other| path.starts_with(other));
    let name = |(path, thing): (&PathBuf, &Thing)| match thing {
        Thing::Folder(mode) => format!("{mode:o} {}/", path.display()),
        Thing::File(mode, _) => format!("{mode:o} {}", path.display()),
        Thing::Link(_) => path.display().to_string(),
    };
    let kept = tree.iter().filter(|(path, _)| is_kept(path));
    kept.map(name).collect()
}

fn without(names: &[String], others: &[String]) -> Vec<String> {
    let is_other = |name: &&String| !others.contains(name);
    names.iter().filter(is_other).cloned().collect()
}

fn is_leftover(name: &str) -> bool {
    is_journal(name) || name.contains(".vault-")
}

fn is_journal(name: &str) -> bool {
    name.ends_with(".journal")
}
