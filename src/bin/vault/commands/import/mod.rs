//! `vault import`: what others wrote, taken over into an environment.

mod alone;
mod dialect;
mod directory;
mod remains;
mod sealed;
mod source;
mod twins;

use std::{
    ffi::OsStr,
    fs::Metadata,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

use clap::Args;
use vault::{
    config::Environment,
    import::{self, Fate, Format, Item, dotenv::Dialect},
    keys::PrivateKey,
    sops::Reason,
    value::{EnvName, KeyPath, Node, Selection},
    vault::{CONFIG, Shown},
};

use super::words::{self, keys};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Draft, Workspace},
};
use source::Source;

/// Take over a .env file, JSON, YAML, a SOPS file or a directory of secret files
///
/// Shows for every key whether it is new (+), the same (=) or different (~), never a value. Nothing is written if one differs, unless
/// --overwrite is given. What was written is read back from disk and compared before it is said to be done. Text from .env and secret
/// files stays text; JSON, YAML and SOPS files keep their types.
///
/// Programs do not agree on what a .env file means. Where the readers of .env files would see different values, the keys are named,
/// and --dialect (or you, at the terminal) says which program the file was written for. Nothing is ever filled in: a value in which
/// that program would put a variable or the output of a command is refused.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The environment; it gets its file if it has none yet
    #[arg(value_name = "ENV")]
    environment: EnvName,
    /// A file, a directory with one file for each secret, a pipe of the shell such as <(another-program), or - for standard input
    #[arg(value_name = "FILE", value_parser = words::path())]
    source: PathBuf,
    /// dotenv, json, yaml, sops or directory; else told by the name and the content
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Who reads the .env file: compose, node, python or shell
    #[arg(long, value_name = "DIALECT")]
    dialect: Option<Dialect>,
    /// Replace values that differ
    #[arg(long)]
    overwrite: bool,
    /// Take these keys only, such as 'DB_*' or mail; can be repeated
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave these keys out; can be repeated
    #[arg(long, value_name = "GLOB")]
    except: Vec<String>,
    /// Keep the line end of secret files of one line
    #[arg(long)]
    verbatim: bool,
    /// Delete the source when everything is written and read back
    #[arg(long)]
    delete_source: bool,
}

impl Import {
    /// Takes everything over, or nothing.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_to_fill(&self.environment)?;
        let selection = Selection::new(&self.only, &self.except);
        self.refuse_config(&workspace)?;
        self.check_deletion(&workspace, environment, &selection)?;
        // Whoever may not write is told before anything is asked.
        let mut draft = workspace.draft(environment)?;
        let source = Source::read(self, &workspace, environment, &selection)?;
        source.refuse_unmatched(&selection)?;
        let plan = import::plan(draft.opened.tree(), &source.tree, &selection);
        refuse_keys_for_names(&source, &plan)?;
        let fate = self.tell(context, &source, &plan);
        self.refuse_different(&source, &plan)?;
        twins::refuse(&workspace, environment, &draft, &plan)?;
        draft.comments = source.comments.clone();
        let written: Vec<(&KeyPath, &Node)> = plan
            .iter()
            .filter(|item| item.fate != Fate::Same)
            .map(|item| (&item.path, item.node))
            .collect();
        if draft.exists() {
            // A new one is looked at by whoever writes it.
            workspace.tell_left_out([Path::new(environment.file().as_str())]);
        }
        let is_written = !written.is_empty() || !draft.exists();
        let is_whole = !is_written || write(context, draft, &written)?;
        let fate = if is_whole {
            fate
        } else {
            CommentFate::SomeStay
        };
        Workspace::read_back(
            context,
            environment,
            plan.iter().map(|item| (&item.path, item.node)),
        )?;
        told_done(context, environment, &source, &plan, written.len());
        // The import is done: what cannot be told about git takes nothing back.
        if let Err(failure) =
            remains::tell_git(&workspace, environment, &source, self.delete_source)
        {
            let why = failure.error().unwrap_or_default();
            context.terminal().warn(format!(
                "what git holds of {} cannot be told: {why}",
                source.shown
            ));
        }
        remains::delete(
            &workspace,
            environment,
            &source,
            &selection,
            fate,
            self.delete_source,
        )?;
        Ok(Exit::Done)
    }

    /// Who reads this vault is no value of it.
    fn refuse_config(&self, workspace: &Workspace<'_>) -> Result<(), Failure> {
        let is_config = self.source.file_name() == Some(OsStr::new(CONFIG));
        match is_config && workspace.is_of_vault(&self.source) {
            false => Ok(()),
            true => Err(Failure::new(format!(
                "{} is the config of this vault: there are no values in it",
                Shown(&self.source)
            ))),
        }
    }

    /// What keeps the source from being deleted is said before anything is done.
    fn check_deletion(
        &self,
        workspace: &Workspace<'_>,
        environment: &Environment,
        selection: &Selection,
    ) -> Result<(), Failure> {
        if !self.delete_source {
            return Ok(());
        }
        if !selection.is_everything() {
            return Err(Failure::new(
                "--delete-source is for a source that is imported as a whole, not with --only or --except",
            )
            .hint("import the rest first, then everything once more with --delete-source"));
        }
        match (self.is_stdin(), self.is_pipe()) {
            (true, _) => Err(Failure::new("standard input cannot be deleted")),
            (_, true) => Err(Failure::new(format!(
                "{} is a pipe: it cannot be deleted",
                Shown(&self.source)
            ))),
            _ => {
                remains::check(workspace, &self.source)?;
                remains::refuse_left_out(workspace, environment)
            }
        }
    }

    fn is_stdin(&self) -> bool {
        self.source.as_os_str() == "-"
    }

    /// Whether it is a pipe that a shell has opened for this program: `<(another)`, `/dev/stdin`. Somebody writes into it, or has.
    fn is_pipe(&self) -> bool {
        let is_opened = self.source.as_os_str() == "/dev/stdin"
            || ["/dev/fd", "/proc/self/fd"]
                .iter()
                .any(|folder| self.source.parent() == Some(Path::new(folder)));
        let is_fifo = |found: Metadata| found.file_type().is_fifo();
        is_opened && self.source.metadata().is_ok_and(is_fifo)
    }

    /// Whether it comes once and lies nowhere: it has no name that says anything, no history, and cannot be deleted.
    fn is_passing(&self) -> bool {
        self.is_stdin() || self.is_pipe()
    }

    /// The plan: each key with its sign, in the order of the source; what becomes of the comments.
    fn tell(&self, context: &Context, source: &Source, plan: &[Item<'_>]) -> CommentFate {
        let terminal = context.terminal();
        terminal.warn_each(&source.notices);
        plan.iter()
            .for_each(|item| terminal.say(format!("{} {}", item.fate, item.path)));
        let known =
            |item: &&Item<'_>| item.fate != Fate::New && source.comments.contains_key(&item.path);
        let known = plan.iter().filter(known).count();
        if known > 0 {
            terminal.warn(format!(
                "{known} of the keys {} there already, with or without comments: those of {} stay behind",
                if known == 1 { "is" } else { "are" },
                source.shown
            ));
        }
        if known == 0 && !source.has_more_comments {
            return CommentFate::AllComeAlong;
        }
        if self.delete_source {
            terminal.warn(format!(
                "--delete-source: the comments that stay behind go with {}",
                source.shown
            ));
        }
        CommentFate::SomeStay
    }

    /// Values of one's own are not replaced by accident, and maps never.
    fn refuse_different(&self, source: &Source, plan: &[Item<'_>]) -> Result<(), Failure> {
        let name = &self.environment;
        let with = |fate: Fate| plan.iter().filter(move |item| item.fate == fate);
        let blocked = with(Fate::Blocked).count();
        if blocked > 0 {
            let failure = Failure::new(format!(
                "{name} has keys below {} of these, or a value where keys would go; nothing is written",
                some(blocked)
            ));
            return Err(with(Fate::Blocked)
                .fold(failure, |failure, item| {
                    failure.detail(item.path.to_string())
                })
                .hint(format!(
                    "vault unset {name} KEY makes room; --except KEY leaves it out"
                )));
        }
        let different = with(Fate::Different).count();
        if different == 0 || self.overwrite {
            return Ok(());
        }
        let failure = Failure::new(format!(
            "{name} has other values for {} of the keys; nothing is written",
            some(different)
        ));
        Err(with(Fate::Different)
            .fold(failure, |failure, item| {
                failure.detail(item.path.to_string())
            })
            .hint(format!("--overwrite takes those of {}", source.shown))
            .hint("--except KEY leaves a key out"))
    }
}

/// A private key in the place of a key's name is not even told.
fn refuse_keys_for_names(source: &Source, plan: &[Item<'_>]) -> Result<(), Failure> {
    let mut names = plan.iter().flat_map(|item| item.path.keys());
    match names.any(|name| PrivateKey::is_meant_by(name.as_bytes())) {
        true => Err(Failure::because(&Reason::KeyForName).within(&source.shown)),
        false => Ok(()),
    }
}

fn some(count: usize) -> String {
    match count {
        1 => "one".to_owned(),
        count => count.to_string(),
    }
}

/// What becomes of the comments of a source: whoever deletes it has to know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CommentFate {
    /// There may be none.
    AllComeAlong,
    SomeStay,
}

/// Writes everything; returns whether all comments found a place.
fn write(
    context: &Context,
    mut draft: Draft<'_, '_>,
    written: &[(&KeyPath, &Node)],
) -> Result<bool, Failure> {
    let without = draft.put_all(written.iter().copied())?;
    draft.announce(&keys(written.len()));
    draft.save()?;
    if !without.is_empty() {
        context.terminal().warn(format!(
            "this file has no place for the comments of {}: they stay behind",
            keys(without.len())
        ));
    }
    Ok(without.is_empty())
}

fn told_done(
    context: &Context,
    environment: &Environment,
    source: &Source,
    plan: &[Item<'_>],
    written: usize,
) {
    let (name, file) = (environment.name(), environment.file());
    let (is, was) = match plan.len() {
        1 => ("is", "was"),
        _ => ("are", "were"),
    };
    let all = format!("{} of {}", keys(plan.len()), source.shown);
    context.terminal().say(match written {
        0 if plan.is_empty() => format!(
            "{} has nothing but empty maps, and {name} has keys in them; nothing changed",
            source.shown
        ),
        0 => format!("{all} {was} in {name} already; nothing changed"),
        _ => format!("{all} {is} in {name}: read back from {file} and compared"),
    });
}
