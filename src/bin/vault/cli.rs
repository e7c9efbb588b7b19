//! The command line: what may be typed, and what is said when it was something else.

use std::{error::Error, ffi::OsString, path::PathBuf};

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    commands::Command,
    context::{Context, Options},
    failure::{Exit, Failure},
    terminal::Terminal,
};

/// What `--version` prints behind the program's name.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (vault-in-git: secrets in your git repository; not HashiCorp Vault)"
);

/// What people type who mean the other program: its commands that this one does not have (HashiCorp Vault 1.21).
const OF_HASHICORP: &[&str] = &[
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

/// Keep a team's secrets in its git repository: encrypted, signed, reviewed
#[derive(Debug, Parser)]
#[command(name = "vault", version = VERSION, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    /// Work as if started in DIR; other paths still count from here
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// Use the identity in FILE, before all others; can be repeated
    #[arg(short, long = "identity", value_name = "FILE", global = true)]
    identities: Vec<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// Does what a command line asks for.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<Exit, Failure> {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return answer(&error),
    };
    let context = Context::new(Options {
        directory: cli.directory,
        identities: cli.identities,
    })?;
    cli.command.run(&context)
}

/// What clap has to say: help is an answer, the rest are failures.
fn answer(error: &clap::Error) -> Result<Exit, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Terminal.print(&error.render().to_string())?;
            Ok(Exit::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Terminal.explain(&error.render().to_string());
            Err(Failure::silent(Exit::Failed))
        }
        _ => Err(refusal(error)),
    }
}

/// A wrong command line, in the words of this program.
///
/// Never repeats an argument that could be a value: `vault set dev KEY two words` would show a secret.
fn refusal(error: &clap::Error) -> Failure {
    let said = |kind| text(error, kind);
    let failure = match error.kind() {
        ErrorKind::InvalidSubcommand => return no_command(error),
        ErrorKind::MissingSubcommand => Failure::new("a command is missing"),
        ErrorKind::MissingRequiredArgument => Failure::new(format!(
            "missing: {}",
            said(ContextKind::InvalidArg).unwrap_or_default()
        )),
        ErrorKind::UnknownArgument => unknown(error),
        ErrorKind::ArgumentConflict => Failure::new(format!(
            "{} cannot be used with {}",
            said(ContextKind::InvalidArg).unwrap_or_default(),
            said(ContextKind::PriorArg).unwrap_or_else(|| "the others".to_owned())
        )),
        ErrorKind::InvalidUtf8 => Failure::new("an argument is not text"),
        _ => unfit(error),
    };
    match said(ContextKind::Usage) {
        Some(usage) => failure.hint(one_line(&usage)),
        None => failure.hint("vault --help"),
    }
}

fn no_command(error: &clap::Error) -> Failure {
    let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    if OF_HASHICORP.contains(&name.as_str()) {
        return Failure::new(format!("this vault has no command `{name}`: it is not HashiCorp Vault"))
            .hint("it keeps secrets in the git repository itself; see vault --help")
            .hint("HashiCorp's program is also called vault: start it by its full path, or change the order in PATH");
    }
    let failure = match is_word(&name) {
        true => Failure::new(format!("there is no command `{name}`")),
        false => Failure::new("there is no such command"),
    };
    match text(error, ContextKind::SuggestedSubcommand) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint("vault --help"),
    }
}

fn unknown(error: &clap::Error) -> Failure {
    let name = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let failure = match name.strip_prefix("--") {
        Some(word) if is_word(word) => Failure::new(format!("there is no option {name}")),
        _ if name.starts_with('-') => Failure::new("there is no such option"),
        _ => Failure::new("there is an argument too many"),
    };
    match text(error, ContextKind::SuggestedArg) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure,
    }
}

/// A value that an argument cannot have. Its own reason comes from the library, which repeats no values.
fn unfit(error: &clap::Error) -> Failure {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_else(|| "an argument".to_owned());
    let failure = match error.source() {
        Some(source) => Failure::because(source).within(argument),
        None => Failure::new(format!("{argument} cannot have that value")),
    };
    match text(error, ContextKind::ValidValue) {
        Some(values) => failure.hint(format!("one of: {values}")),
        None => failure,
    }
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

/// Whether a text is as harmless as the name of a command.
fn is_word(text: &str) -> bool {
    text.len() <= 20
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn one_line(usage: &str) -> String {
    let words: Vec<&str> = usage.split_whitespace().collect();
    words.join(" ").replacen("Usage: ", "usage: ", 1)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn failure(line: &[&str]) -> Failure {
        let line = ["vault"].iter().chain(line).map(OsString::from);
        let error = Cli::try_parse_from(line).err().expect("it is wrong");
        refusal(&error)
    }

    #[test]
    fn the_command_line_is_well_made() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_both_ours_and_the_other_programs() {
        for command in Cli::command().get_subcommands() {
            for name in command.get_name_and_visible_aliases() {
                assert!(!OF_HASHICORP.contains(&name), "{name}");
            }
        }
    }

    #[test]
    fn wrong_command_lines_are_told_without_what_could_be_a_value() {
        for (line, said) in [
            (&["keygen", "hunter2"][..], "there is an argument too many"),
            (&["keygen", "--hunter2"], "there is no such option"),
            (&["keygen", "--passphras"], "there is no option --passphras"),
            (&["keygenn"], "there is no command `keygenn`"),
            (&["Hunter2"], "there is no such command"),
            (&["keygen", "-o"], "--output <FILE> cannot have that value"),
        ] {
            assert_eq!(failure(line).error(), Some(said), "{line:?}");
        }
        assert_eq!(failure(&["keygenn"]).hints(), ["did you mean keygen?"]);
    }

    #[test]
    fn who_means_the_other_program_is_told_so() {
        for name in [
            "kv", "server", "login", "operator", "read", "write", "status",
        ] {
            let failure = failure(&[name, "anything"]);
            assert!(failure.error().unwrap().contains("not HashiCorp Vault"));
            assert_eq!(failure.code(), Exit::Failed);
        }
    }
}
