//! Which argument takes which names: by its type where it has one of its own, else by what its help calls it.

use std::{any::TypeId, ffi::OsStr, path::PathBuf, sync::Arc};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use clap_complete::{ArgValueCompleter, CompletionCandidate};
use vault::{
    import::{Format, dotenv::Dialect},
    render::Output,
    value::{EnvName, Name},
};

use super::{Kind, names::Names};

/// Where a completer says that the shell knows. No argument can hold a NUL.
const FILES: &str = "\0files";
const FOLDERS: &str = "\0folders";

/// What the words before the last one say.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// `-C DIR`.
    pub(super) directory: Option<PathBuf>,
    /// The environment whose keys are meant; the default one where none is named.
    environment: Option<String>,
    /// Whether a key can only follow: the one argument that is an environment or a key has its environment.
    has_first: bool,
    /// Whether the program of `run` has begun.
    pub(super) is_behind_dashes: bool,
}

impl Asked {
    /// Reads them as far as they can be read.
    pub(super) fn by(command: Command, words: &[String]) -> Self {
        let mut command = command.ignore_errors(true);
        let Ok(matches) = command.try_get_matches_from_mut(words) else {
            return Asked::default();
        };
        let mut asked = Asked::default();
        // Not built as a whole: that would take longer than all the rest.
        let (mut command, mut matches) = (&command, &matches);
        loop {
            asked.read(command, matches);
            let Some((name, behind)) = matches.subcommand() else {
                break;
            };
            let Some(below) = command.find_subcommand(name) else {
                break;
            };
            (command, matches) = (below, behind);
        }
        let has_program = command.get_positionals().any(is_program);
        asked.is_behind_dashes = has_program && words.iter().any(|word| word == "--");
        asked
    }

    fn read(&mut self, command: &Command, matches: &ArgMatches) {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if argument.get_short() == Some('C') {
                let directory = matches.try_get_one::<PathBuf>(id).ok().flatten();
                self.directory = directory.cloned().or(self.directory.take());
            }
            if !argument.is_positional() {
                continue;
            }
            if is_of::<EnvName>(argument) {
                let name = matches.try_get_one::<EnvName>(id).ok().flatten();
                self.environment = name.map(|name| name.as_str().to_owned());
            }
            if is_environment_or_key(argument) {
                let name = matches.try_get_one::<String>(id).ok().flatten();
                self.has_first = name.is_some();
                self.environment = name.cloned();
            }
        }
    }
}

/// Gives every argument the names that fit.
pub(super) fn complete_by(command: Command, names: Names, asked: Asked) -> Command {
    let source = Arc::new((names, asked));
    complete_all(command, &source)
}

fn complete_all(command: Command, source: &Arc<(Names, Asked)>) -> Command {
    command
        .mut_args(|argument| completed(argument, source))
        .mut_subcommands(|command| complete_all(command, source))
}

fn completed(argument: Arg, source: &Arc<(Names, Asked)>) -> Arg {
    type Find = fn(&Names, &Asked) -> Vec<String>;
    let find: Find = if is_of::<EnvName>(&argument) {
        |names, _| names.environments()
    } else if is_of::<Name>(&argument) {
        |names, _| names.recipients()
    } else if is_of::<Output>(&argument) {
        |_, _| formats()
    } else if is_of::<Format>(&argument) {
        |_, _| sources()
    } else if is_of::<Dialect>(&argument) {
        |_, _| dialects()
    } else if is_of::<PathBuf>(&argument) {
        match argument.get_value_hint() {
            ValueHint::DirPath => |_, _| vec![FOLDERS.to_owned()],
            _ => |_, _| vec![FILES.to_owned()],
        }
    } else if is_revision_or_environment(&argument) {
        |names, _| names.environments()
    } else if is_environment_or_key(&argument) {
        |names, asked| match asked.has_first {
            true => names.keys(asked.environment.as_deref()),
            false => [names.environments(), names.keys(None)].concat(),
        }
    } else if is_key(&argument) && takes_several(&argument) {
        |names, asked| names.keys(asked.environment.as_deref())
    } else if is_key(&argument) {
        |names, asked| names.keys_of_values(asked.environment.as_deref())
    } else if argument.get_id() == "allow" {
        |names, asked| names.reserved(asked.environment.as_deref())
    } else {
        return argument;
    };
    let source = Arc::clone(source);
    argument.add(ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_str().unwrap_or("\0");
        let fits = |name: &String| name.starts_with('\0') || name.starts_with(current);
        let found = find(&source.0, &source.1).into_iter().filter(fits);
        found.map(CompletionCandidate::new).collect()
    }))
}

/// The words that an argument can have, where they are few and fixed.
pub(crate) fn words(argument: &Arg) -> Vec<String> {
    if is_of::<Output>(argument) {
        formats()
    } else if is_of::<Format>(argument) {
        sources()
    } else if is_of::<Dialect>(argument) {
        dialects()
    } else {
        let words = argument.get_possible_values().into_iter();
        words.map(|word| word.get_name().to_owned()).collect()
    }
}

fn formats() -> Vec<String> {
    Output::FORMATS.map(|format| format.to_string()).into()
}

/// What `import` reads.
fn sources() -> Vec<String> {
    Format::ALL.map(|format| format.to_string()).into()
}

fn dialects() -> Vec<String> {
    Dialect::ALL.map(|dialect| dialect.to_string()).into()
}

/// What a completer left to the shell.
pub(super) fn kind(candidate: &CompletionCandidate) -> Option<Kind> {
    let value = candidate.get_value().to_str()?;
    match value.find('\0').map(|at| &value[at..])? {
        FOLDERS => Some(Kind::Folders),
        _ => Some(Kind::Files),
    }
}

fn is_of<T: 'static>(argument: &Arg) -> bool {
    argument.get_value_parser().type_id() == TypeId::of::<T>()
}

/// `KEY`, `KEYS`, `key`.
fn is_key(argument: &Arg) -> bool {
    let named = argument.get_value_names().and_then(<[_]>::first);
    let is_named = named.is_some_and(|name| name.starts_with("KEY"));
    argument.is_positional()
        && is_of::<String>(argument)
        && (is_named || argument.get_id() == "key")
}

/// As `unset` has it, where a key may also be that of a map or a list.
fn takes_several(argument: &Arg) -> bool {
    let count = argument.get_num_args();
    count.is_some_and(|count| count.max_values() > 1)
        || matches!(argument.get_action(), ArgAction::Append)
}

/// `[ENV] KEY` in one argument, as `get` has it.
fn is_environment_or_key(argument: &Arg) -> bool {
    let two = argument
        .get_num_args()
        .is_some_and(|it| it.max_values() == 2);
    two && is_key(argument)
}

/// Behind `--` comes another program, as `run` has it.
fn is_program(argument: &Arg) -> bool {
    argument.is_last_set() && !is_of::<EnvName>(argument)
}

/// As `diff` has it; of the two only environments are completed.
fn is_revision_or_environment(argument: &Arg) -> bool {
    let named = argument.get_value_names().and_then(<[_]>::first);
    argument.is_positional() && named.is_some_and(|name| name == "REV|ENV")
}
