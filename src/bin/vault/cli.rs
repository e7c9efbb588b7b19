//! The command line: what may be typed, and what is said when it was something else.

use std::{error::Error, ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
    value_parser,
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
#[command(name = "vault", version = VERSION, max_term_width = 100)]
struct Cli {
    /// Work as if started in DIR; other paths still count from here
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// `-i FILE`, before a command and behind it. Not a global argument of clap: of those it keeps one place only.
fn identity() -> Arg {
    Arg::new(IDENTITY)
        .short('i')
        .long("identity")
        .value_name("FILE")
        .help("Use the identity in FILE, before all others; can be repeated")
        .action(ArgAction::Append)
        .value_parser(value_parser!(PathBuf))
}

const IDENTITY: &str = "identity";

/// The whole command line.
fn command() -> clap::Command {
    fn with_identity(command: clap::Command) -> clap::Command {
        command.arg(identity()).mut_subcommands(with_identity)
    }
    with_identity(Cli::command())
}

fn parse(arguments: &[OsString]) -> Result<(Cli, Vec<PathBuf>), clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((cli, identities(&matches)))
}

fn identities(matches: &ArgMatches) -> Vec<PathBuf> {
    let here = matches.get_many(IDENTITY).into_iter().flatten().cloned();
    let behind = matches.subcommand().map(|(_, behind)| identities(behind));
    here.chain(behind.into_iter().flatten()).collect()
}

/// Does what a command line asks for.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<Exit, Failure> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let asked = asked(&arguments);
    let outcome = match parse(&arguments) {
        Ok((cli, identities)) => act(&cli, identities),
        Err(error) => answer(&error, asked),
    };
    match asked {
        Some("run") => outcome.map_err(own_failure),
        _ => outcome,
    }
}

fn act(cli: &Cli, identities: Vec<PathBuf>) -> Result<Exit, Failure> {
    let context = Context::new(Options {
        directory: cli.directory.clone(),
        identities,
    })?;
    cli.command.run(&context)
}

/// The word where a command stands, whether there is such a command or not.
fn asked(arguments: &[OsString]) -> Option<&str> {
    let mut words = arguments.iter().skip(1);
    while let Some(word) = words.next() {
        match word.to_str()? {
            "-C" | "-i" | "--identity" => drop(words.next()),
            word if word.starts_with('-') => {}
            word => return Some(word),
        }
    }
    None
}

/// Of `run`, codes below 125 are the program's: vault's own failures get 125, but integrity and trust keep theirs.
fn own_failure(failure: Failure) -> Failure {
    match failure.code() {
        Exit::Failed => failure.exit(Exit::RunFailed),
        _ => failure,
    }
}

/// What clap has to say: help is an answer, the rest are failures.
fn answer(error: &clap::Error, asked: Option<&str>) -> Result<Exit, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Terminal.print(&error.render().to_string())?;
            Ok(Exit::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Terminal.explain(&error.render().to_string());
            Err(Failure::new("a command is missing"))
        }
        _ => Err(refusal(error, asked)),
    }
}

/// A wrong command line, in the words of this program.
///
/// Never repeats an argument that could be a value: `vault set dev KEY two words` would show a secret.
fn refusal(error: &clap::Error, asked: Option<&str>) -> Failure {
    let said = |kind| text(error, kind);
    let failure = match error.kind() {
        ErrorKind::InvalidSubcommand => return no_command(error),
        ErrorKind::MissingSubcommand => Failure::new("a command is missing"),
        ErrorKind::MissingRequiredArgument => Failure::new(format!(
            "missing: {}",
            said(ContextKind::InvalidArg).unwrap_or_default()
        )),
        ErrorKind::UnknownArgument => unknown(error),
        ErrorKind::TooManyValues => Failure::new("there is an argument too many"),
        ErrorKind::ArgumentConflict => Failure::new(format!(
            "{} cannot be used with {}",
            said(ContextKind::InvalidArg).unwrap_or_default(),
            said(ContextKind::PriorArg).unwrap_or_else(|| "the others".to_owned())
        )),
        ErrorKind::InvalidUtf8 => Failure::new("an argument is not text"),
        _ => unfit(error),
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
    let mut command = command();
    command.build();
    let Some(asked) = asked.and_then(|name| command.find_subcommand_mut(name)) else {
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
        _ => one_line(&asked.render_usage().to_string()),
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
    let is_empty = text(error, ContextKind::InvalidValue).is_some_and(|value| value.is_empty());
    let failure = match error.source() {
        Some(source) => Failure::because(source).within(argument),
        None if is_empty => Failure::new(format!("{argument} needs a value")),
        None => Failure::new(format!("{argument} cannot have that value")),
    };
    match text(error, ContextKind::ValidValue).filter(|values| !values.is_empty()) {
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
    use super::*;

    fn failure(line: &[&str]) -> Failure {
        let line = ["vault"].iter().chain(line).map(OsString::from);
        let line: Vec<OsString> = line.collect();
        let error = parse(&line).expect_err("it is wrong");
        refusal(&error, asked(&line))
    }

    #[test]
    fn the_command_line_is_well_made() {
        command().debug_assert();
    }

    #[test]
    fn identities_count_before_a_command_and_behind_it() {
        let line = ["vault", "-i", "a", "whoami", "-i", "b", "--identity=c"];
        let (_, identities) = parse(&line.map(OsString::from)).unwrap();
        assert_eq!(identities, ["a", "b", "c"].map(PathBuf::from));
    }

    #[test]
    fn the_command_is_the_first_word_that_belongs_to_no_option() {
        for (line, command) in [
            (&["vault", "run"][..], Some("run")),
            (&["vault", "-C", "run", "get", "x"], Some("get")),
            (
                &[
                    "vault",
                    "-i",
                    "a",
                    "--identity",
                    "b",
                    "--identity=c",
                    "-Cd",
                    "run",
                ],
                Some("run"),
            ),
            (&["vault", "-C", "run"], None),
            (&["vault"], None),
        ] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert_eq!(asked(&line), command, "{line:?}");
        }
    }

    /// Every command with the words that lead to it, those below others too.
    fn all(command: &clap::Command, path: &str) -> Vec<(String, clap::Command)> {
        let below = command
            .get_subcommands()
            .filter(|below| below.get_name() != "help");
        let with_its_own = |below: &clap::Command| {
            let path = format!("{path}{} ", below.get_name());
            let mut found = vec![(path.clone(), below.clone())];
            found.extend(all(below, &path));
            found
        };
        below.flat_map(with_its_own).collect()
    }

    #[test]
    fn every_command_has_examples_and_every_example_is_a_command_line() {
        for (path, command) in all(&command(), "") {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let examples: Vec<&str> = help
                .lines()
                .filter_map(|line| line.strip_prefix("  vault "))
                .collect();
            assert!(help.starts_with("Examples:\n"), "{path}");
            assert!(!examples.is_empty(), "{path}");
            for example in examples {
                let words = shell_words::split(&format!("vault {example}")).unwrap();
                let is_ours = |word: &String| !["|", ">", "#"].contains(&word.as_str());
                let words: Vec<OsString> = words
                    .into_iter()
                    .take_while(is_ours)
                    .map(OsString::from)
                    .collect();
                assert!(format!("{example} ").starts_with(&path), "{example}");
                assert_eq!(asked(&words), path.split(' ').next(), "{example}");
                assert!(parse(&words).is_ok(), "{example}");
            }
        }
    }

    #[test]
    fn no_command_is_both_ours_and_the_other_programs() {
        for command in command().get_subcommands() {
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
            (&["keygen", "-o"], "--output <FILE> needs a value"),
        ] {
            assert_eq!(failure(line).error(), Some(said), "{line:?}");
        }
        assert_eq!(failure(&["keygenn"]).hints(), ["did you mean keygen?"]);
        assert_eq!(
            failure(&["env", "rename", "a"]).hints(),
            ["usage: vault env rename <OLD> <NEW>"]
        );
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
