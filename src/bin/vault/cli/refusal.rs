//! A wrong command line: what is wrong with it and what to type, without what could be a value.

use std::{error::Error, ffi::OsString};

use clap::{
    Arg, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};
use vault::value::near::nearest;

use super::{command, whole};
use crate::{
    commands::{self, is_word},
    completion,
    failure::Failure,
};

/// What people type who mean the other program: its commands that this one does not have (HashiCorp Vault 1.21).
pub(super) const OF_HASHICORP: &[&str] = &[
    "agent",
    "auth",
    "debug",
    "events",
    "hcp",
    "kv",
    "lease",
    "login",
    "monitor",
    "namespace",
    "operator",
    "patch",
    "path-help",
    "pki",
    "plugin",
    "policy",
    "print",
    "proxy",
    "read",
    "secrets",
    "server",
    "ssh",
    "status",
    "token",
    "transform",
    "transit",
    "unwrap",
    "version",
    "version-history",
    "write",
];

/// A wrong command line, in the words of this program.
///
/// Never repeats an argument that could be a value: `vault set dev KEY two words` would show a secret.
pub(super) fn refusal(error: &clap::Error, asked: Option<&str>) -> Failure {
    let said = |kind| text(error, kind);
    let failure = match error.kind() {
        ErrorKind::InvalidSubcommand => return no_command(error, asked),
        ErrorKind::MissingSubcommand => Failure::new("a command is missing"),
        ErrorKind::MissingRequiredArgument => Failure::new(format!(
            "missing: {}",
            said(ContextKind::InvalidArg).unwrap_or_default()
        )),
        ErrorKind::UnknownArgument => unknown(error, asked),
        ErrorKind::TooManyValues => Failure::new("there is an argument too many"),
        ErrorKind::ArgumentConflict => Failure::new(format!(
            "{} cannot be used with {}",
            said(ContextKind::InvalidArg).unwrap_or_default(),
            said(ContextKind::PriorArg).unwrap_or_else(|| "the others".to_owned())
        )),
        ErrorKind::InvalidUtf8 => Failure::new("an argument is not text"),
        _ => unfit(error, asked),
    };
    match error.kind() {
        ErrorKind::UnknownArgument if asked == Some("run") => {
            failure.hint("-- stands before the program: vault run dev -- ./server --port 80")
        }
        _ if !failure.hints().is_empty() => failure,
        _ => failure.hint(usage(error, asked)),
    }
}

/// What to type instead. Not the usage that clap computes: it leaves out what it takes for unneeded.
fn usage(error: &clap::Error, asked: Option<&str>) -> String {
    let Some(mut asked) = command_of(asked) else {
        return "vault --help".to_owned();
    };
    // Which of its commands was meant is known to clap alone.
    let below = match asked.has_subcommands() {
        true => text(error, ContextKind::Usage),
        false => None,
    };
    match (error.kind(), below) {
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, _) => {
            format!("vault {} --help", asked.get_name())
        }
        (_, Some(usage)) => one_line(&usage),
        (ErrorKind::MissingRequiredArgument, _) => {
            with_missing(one_line(&asked.render_usage().to_string()), error)
        }
        _ => one_line(&asked.render_usage().to_string()),
    }
}

/// What is missing is not shown as something that can be left out: only other options would allow that.
fn with_missing(usage: String, error: &clap::Error) -> String {
    let missing = text(error, ContextKind::InvalidArg).unwrap_or_default();
    match missing
        .strip_prefix('<')
        .and_then(|name| name.strip_suffix('>'))
    {
        Some(name) => usage.replace(&format!("[{name}]"), &missing),
        None => usage,
    }
}

fn no_command(error: &clap::Error, asked: Option<&str>) -> Failure {
    let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    let parent = command_of(asked).filter(Command::has_subcommands);
    if parent.is_none() && OF_HASHICORP.contains(&name.as_str()) {
        return Failure::new(format!("this vault has no command `{name}`: it is not HashiCorp Vault"))
            .hint("it keeps secrets in the git repository itself; see vault --help")
            .hint("HashiCorp's program is also called vault: start it by its full path, or change the order in PATH");
    }
    let parent = parent.unwrap_or_else(whole);
    let known = parent
        .get_subcommands()
        .flat_map(Command::get_name_and_visible_aliases);
    let failure = commands::no_command(&name, known);
    match (failure.hints(), parent.get_bin_name()) {
        ([], Some(name)) => failure.hint(format!("{name} --help")),
        ([], None) => failure.hint("vault --help"),
        _ => failure,
    }
}

fn unknown(error: &clap::Error, asked: Option<&str>) -> Failure {
    let name = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let failure = match name.strip_prefix("--") {
        Some(word) if is_word(word) => Failure::new(format!("there is no option {name}")),
        _ if name.starts_with('-') => Failure::new(NO_OPTION),
        _ => Failure::new("there is an argument too many"),
    };
    let command = command_of(asked).unwrap_or_else(whole);
    match name
        .strip_prefix("--")
        .and_then(|word| near_option(&command, word))
    {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What is said of an option that could be a value.
const NO_OPTION: &str = "there is no such option";

fn near_option(command: &Command, word: &str) -> Option<String> {
    let known = command.get_arguments().filter_map(Arg::get_long);
    nearest(word, known).map(|near| did_you_mean(&format!("--{near}")))
}

/// What looks like an option, is none of the command's and would be taken for a value of it: a secret by mistake, and the one that was
/// meant would be gone.
pub(super) fn mistyped(arguments: &[OsString], asked: Option<&str>) -> Option<Failure> {
    let words = arguments.iter().skip(1).map_while(|word| word.to_str());
    let mut names = words
        .take_while(|word| *word != "--")
        .filter_map(option_name)
        .peekable();
    names.peek()?;
    if !takes_any_word(asked?) {
        return None;
    }
    let command = command_of(asked)?;
    let name = names.find(|name| !is_option(&command, name))?;
    Some(
        Failure::new(NO_OPTION).hint(near_option(&command, name).unwrap_or_else(|| {
            "a value that begins with -- stands behind --: vault set ENV KEY -- VALUE".to_owned()
        })),
    )
}

/// Whether a command has values that begin with a dash. It alone is put together: all of them take longer than to open a small file.
fn takes_any_word(asked: &str) -> bool {
    let mut all = command();
    let Some(command) = all.find_subcommand_mut(asked) else {
        return false;
    };
    command.build();
    let mut values = command.get_positionals();
    values.any(Arg::is_allow_hyphen_values_set)
}

/// `type` of `--type` and `--type=int`. What begins with more lines is none: `-----BEGIN`.
fn option_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("--")?;
    let is_letter = |c: char| c.is_ascii_alphabetic();
    name.starts_with(is_letter)
        .then(|| name.split_once('=').map_or(name, |(name, _)| name))
}

fn is_option(command: &Command, name: &str) -> bool {
    let mut known = command.get_arguments().filter_map(Arg::get_long);
    known.any(|known| known == name)
}

/// A value that an argument cannot have. Its own reason comes from the library, which repeats no values.
fn unfit(error: &clap::Error, asked: Option<&str>) -> Failure {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_else(|| "an argument".to_owned());
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let failure = match error.source() {
        Some(source) => Failure::because(source).within(&argument),
        None if value.is_empty() => Failure::new(format!("{argument} needs a value")),
        None => Failure::new(format!("{argument} cannot have that value")),
    };
    let alone = command_of(asked).filter(|command| !command.has_subcommands());
    if let Some(mut command) = alone.filter(|_| argument == "<ENV>") {
        let usage = one_line(&command.render_usage().to_string());
        return failure.hint(format!("which environment? {usage}"));
    }
    let known = command_of(asked).map(|command| words_of(&command, &argument));
    let known = known.unwrap_or_default();
    match nearest(&value, known.iter().map(String::as_str)) {
        Some(near) => failure.hint(did_you_mean(near)),
        None if error.source().is_none() && !known.is_empty() => {
            failure.hint(format!("one of: {}", known.join(", ")))
        }
        None => match argument.strip_suffix("...").filter(|it| it.starts_with("--")) {
            Some(option) => failure.hint(format!(
                "{option} takes everything up to the next option: what is no part of it stands before"
            )),
            None => failure,
        },
    }
}

/// The words that an argument can have, which is found by how it is shown, here or further below.
fn words_of(command: &Command, argument: &str) -> Vec<String> {
    let found = command
        .get_arguments()
        .find(|known| known.to_string() == argument)
        .map(completion::words)
        .filter(|words| !words.is_empty());
    let below = || {
        command
            .get_subcommands()
            .map(|below| words_of(below, argument))
    };
    found.unwrap_or_else(|| below().find(|words| !words.is_empty()).unwrap_or_default())
}

fn did_you_mean(near: &str) -> String {
    format!("did you mean {near}?")
}

fn command_of(asked: Option<&str>) -> Option<Command> {
    whole().find_subcommand(asked?).cloned()
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::StyledStrs(texts) => texts.first().map(ToString::to_string),
        _ => None,
    }
}

fn one_line(usage: &str) -> String {
    let words: Vec<&str> = usage.split_whitespace().collect();
    words.join(" ").replacen("Usage: ", "usage: ", 1)
}
