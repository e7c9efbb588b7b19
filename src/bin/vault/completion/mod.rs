//! Completion of command lines: a shell asks on every Tab, and the answer comes from the command line's own definition, the config and the
//! keys in the files.
//!
//! Nothing is decrypted, verified, locked, written or asked for, and git is not looked at. What is broken or missing has no candidates and no
//! message. Names come from whoever can commit: they hold nothing that a terminal would obey, and each shell gets them so that it takes them
//! for text.
//!
//! A shell asks by `VAULT_COMPLETE=SHELL vault -- …`: no other command line begins like this, so that the variable alone switches nothing off.

mod arguments;
mod line;
mod names;
mod shell;

use std::ffi::OsString;

use clap::Command;
use clap_complete::{CompletionCandidate, engine};

use crate::context::{Context, Environment, Options};
use arguments::Asked;
pub(crate) use arguments::words;
use line::Line;
pub(crate) use shell::{Shell, holdable};

/// The variable by which a shell asks. The usual one, `COMPLETE`, is everybody's.
const VARIABLE: &str = "VAULT_COMPLETE";

/// What clap puts before a command's name where it tells candidates apart.
const COMMAND: &str = "command::";

/// The command that explains the others.
const HELP: &str = "help";

/// What a shell wants to know.
pub(crate) struct Question {
    shell: Shell,
    line: Line,
}

impl Question {
    /// Whether this run is a question; for every other run that is one look at the arguments.
    pub(crate) fn of(arguments: &[OsString]) -> Option<Self> {
        let [_, dashes, rest @ ..] = arguments else {
            return None;
        };
        if dashes != "--" {
            return None;
        }
        let shell = Environment::of_process().get(VARIABLE)?;
        let shell = Shell::named(shell.to_str()?)?;
        let line = shell.line(rest).unwrap_or_default();
        Some(Question { shell, line })
    }

    /// The answer, as the script of that shell reads it; empty where there is nothing to say.
    pub(crate) fn answer(self, command: Command) -> String {
        let candidates = candidates(command, &self.line).unwrap_or_default();
        self.shell.answer(&self.line, candidates)
    }
}

/// What may stand where the line ends.
#[derive(Debug, Default, PartialEq, Eq)]
struct Candidates {
    kind: Kind,
    words: Vec<Candidate>,
}

/// Who knows the candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// We do.
    #[default]
    Words,
    /// The shell: files and folders.
    Files,
    /// The shell: folders.
    Folders,
    /// The shell: another command line, which begins behind `--`.
    Commands,
}

#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    word: String,
    help: Option<String>,
}

fn candidates(mut command: Command, line: &Line) -> Option<Candidates> {
    let only = |kind| {
        Some(Candidates {
            kind,
            words: Vec::new(),
        })
    };
    if line.is_redirected {
        return only(Kind::Files);
    }
    let (current, before) = line.words.split_last()?;
    let asked = Asked::by(command.clone(), before);
    if asked.is_behind_dashes {
        return only(Kind::Commands);
    }
    let context = Context::new(Options {
        is_shown: false,
        directory: asked.directory.clone(),
        identities: Vec::new(),
    });
    let names = names::Names::around(context.ok()?.directory());
    // Now all of it: a command has no arguments before that.
    command.build();
    let help = help_word(&command, before);
    let mut command = arguments::complete_by(command, names, asked);
    let mut words: Vec<_> = line.words.iter().map(OsString::from).collect();
    if let Some(help) = help {
        words.remove(help);
    }
    let end = words.len() - 1;
    let found = engine::complete(&mut command, words, end, None);
    // The process is about to end; to take a thousand small pieces apart, and wipe each, would be a fifth of its work.
    std::mem::forget(command);
    let found = found.ok()?;
    if let Some(kind) = found.iter().find_map(arguments::kind) {
        return only(kind);
    }
    let words: Vec<_> = found
        .into_iter()
        .filter(|found| help.is_none() || is_explained(found))
        .filter_map(|found| candidate(found, current))
        .collect();
    let is_option = |candidate: &Candidate| candidate.word.starts_with('-');
    let has_names = current.is_empty() && !words.iter().all(is_option);
    let is_wanted = |candidate: &Candidate| !has_names || !is_option(candidate);
    let words = words.into_iter().filter(is_wanted).collect();
    Some(Candidates {
        kind: Kind::Words,
        words,
    })
}

/// Where the command `help` stands: without it the rest is the line that it explains. What clap copies for it has neither all commands nor
/// their explanations, as it does so before they are put together.
fn help_word(command: &Command, words: &[String]) -> Option<usize> {
    let mut command = command;
    let mut words = words.iter().enumerate().skip(1);
    while let Some((at, word)) = words.next() {
        match word.as_str() {
            "-C" | "-i" | "--identity" => drop(words.next()),
            option if option.starts_with('-') => {}
            HELP if command.has_subcommands() => return Some(at),
            name => command = command.find_subcommand(name)?,
        }
    }
    None
}

/// Whether it is a command of which there is a help.
fn is_explained(found: &CompletionCandidate) -> bool {
    let name = found.get_id().and_then(|id| id.strip_prefix(COMMAND));
    name.is_some_and(|name| name != HELP)
}

/// A command goes by its own name, unless another one of its names was begun.
fn candidate(found: CompletionCandidate, begun: &str) -> Option<Candidate> {
    let name = found.get_id().and_then(|id| id.strip_prefix(COMMAND));
    let name = name.filter(|name| name.starts_with(begun));
    let word = name.or(found.get_value().to_str())?.to_owned();
    let help = found.get_help().map(ToString::to_string);
    let first_line = |help: String| help.lines().next().map(str::to_owned);
    Some(Candidate {
        word,
        help: help.and_then(first_line),
    })
}
