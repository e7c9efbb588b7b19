//! The command line: what may be typed, and what is said when it was something else.

mod refusal;

use std::{
    borrow::Cow,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use clap::{Command, CommandFactory, FromArgMatches, Parser, ValueHint, error::ErrorKind};

use crate::{
    commands,
    completion::Question,
    context::{Context, Options, has_one_work_tree},
    editor,
    failure::{Exit, Failure},
    shell,
    terminal::{Named, Terminal},
};
use refusal::{mistyped, refusal};

/// What `--version` prints behind the program's name.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (vault-in-git: secrets in your git repository; not HashiCorp Vault)"
);

/// Keep a team's secrets in its git repository: encrypted, signed, reviewed
#[derive(Debug, Parser)]
#[command(
    name = "vault",
    version = VERSION,
    max_term_width = 100,
    after_help = "Examples:
  vault init                                   # a vault in this repository, and an identity for you
  vault set dev DATABASE_URL                   # asks for the value
  vault run dev -- ./server                    # with the values as variables
  vault render dev > .env
  vault COMMAND --help                         # more of each command"
)]
struct Cli {
    /// Look for the vault from DIR on; other paths still count from here
    #[arg(short = 'C', value_name = "DIR", value_parser = commands::words::path(), global = true, value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
    #[command(subcommand)]
    command: commands::Command,
}

/// The command line; what a command takes is left for when it is asked for.
fn command() -> Command {
    Cli::command().arg(commands::identity())
}

fn parse(arguments: &[OsString]) -> Result<(Cli, Vec<PathBuf>), clap::Error> {
    parse_by(command(), arguments).map_err(|error| match error.kind() {
        // The help of a command has a line for each one below it: those of the whole command line.
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            parse_by(whole(), arguments).err().unwrap_or(error)
        }
        _ => error,
    })
}

fn parse_by(
    mut command: Command,
    arguments: &[OsString],
) -> Result<(Cli, Vec<PathBuf>), clap::Error> {
    let matches = command.try_get_matches_from_mut(arguments)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok((cli, commands::identities(&matches)))
}

/// Does what a command line asks for.
pub(crate) fn run(arguments: &[OsString]) -> Result<Exit, Failure> {
    if editor::is_watcher(arguments) {
        return Ok(editor::watch(arguments));
    }
    if let Some(question) = Question::of(arguments) {
        Terminal.print(&question.answer(command()))?;
        return Ok(Exit::Done);
    }
    let arguments = &told_from_options(arguments)[..];
    let arguments = &asked_once(arguments)[..];
    let asked = asked(arguments);
    let mistyped = || mistyped(arguments, asked);
    let outcome = match parse(arguments) {
        Ok((cli, identities)) => mistyped().map_or_else(|| act(&cli, identities), Err),
        Err(error) => answer(&error, asked).map_err(|failure| mistyped().unwrap_or(failure)),
    };
    match asked {
        Some("run") => outcome.map_err(own_failure),
        Some("git") if is_driver(arguments) => outcome.map_err(driver_failure),
        _ => outcome,
    }
}

/// What a failure of the asked command ends with that is no matter of trust: a panic is one.
pub(crate) fn code_of_failure(arguments: &[OsString]) -> Exit {
    match asked(arguments) {
        Some("run") => Exit::RunFailed,
        Some("git") if is_driver(arguments) => Exit::DriverFailed,
        _ => Exit::Failed,
    }
}

/// A folder behind `-C`, for what is said of commands.
fn named(folder: &Path, whole: &Path) -> Named {
    let of_folder = whole.to_owned();
    Named {
        folder: shell::word(&folder.to_string_lossy()).into_owned(),
        whole: shell::word(&whole.to_string_lossy()).into_owned(),
        commands: || {
            let command = command();
            let commands = command.get_subcommands();
            commands.map(|it| it.get_name().to_owned()).collect()
        },
        is_elsewhere: LazyLock::new(Box::new(move || !has_one_work_tree(&of_folder))),
    }
}

fn act(cli: &Cli, identities: Vec<PathBuf>) -> Result<Exit, Failure> {
    let context = Context::new(Options {
        directory: cli.directory.clone(),
        identities,
        is_shown: cli.command.is_shown(),
    })?;
    if let Some(folder) = &cli.directory {
        Terminal.stands_outside(named(folder, context.directory()));
    }
    editor::clear(&context);
    cli.command.run(&context, whole)
}

/// The word where a command stands, whether there is such a command or not.
fn asked(arguments: &[OsString]) -> Option<&str> {
    words(arguments).next()?
}

/// Of `git textconv` the last word is a file, which git names as it is called: where there is one, it is no option.
fn told_from_options(arguments: &[OsString]) -> Cow<'_, [OsString]> {
    let is_textconv = words(arguments).take(2).eq([Some("git"), Some("textconv")]);
    let [before @ .., last] = arguments else {
        return arguments.into();
    };
    let is_like_one = last.as_encoded_bytes().starts_with(b"-");
    match is_textconv && is_like_one && Path::new(last).is_file() {
        true => [before, &["--".into(), last.clone()]].concat().into(),
        false => arguments.into(),
    }
}

/// Whoever asks for the help of `help` wants help.
fn asked_once(arguments: &[OsString]) -> Cow<'_, [OsString]> {
    let is_help = |word: &&OsString| *word == "--help" || *word == "-h";
    match asked(arguments) == Some("help") && arguments.iter().any(|word| is_help(&word)) {
        true => arguments
            .iter()
            .filter(|it| !is_help(it))
            .cloned()
            .collect(),
        false => arguments.into(),
    }
}

/// Whether git calls its merge driver.
fn is_driver(arguments: &[OsString]) -> bool {
    let second = words(arguments).nth(1).flatten();
    second.is_some_and(|word| commands::DRIVERS.contains(&word))
}

/// The words of a command line that are no options before a command; `None` for one that is no text.
fn words(arguments: &[OsString]) -> impl Iterator<Item = Option<&str>> {
    let mut words = arguments.iter().skip(1);
    std::iter::from_fn(move || {
        loop {
            match words.next()?.to_str() {
                Some("-C" | "-i" | "--identity") => drop(words.next()),
                Some(word) if word.starts_with('-') => {}
                word => return Some(word),
            }
        }
    })
}

/// Below 129 git would take a code for a conflict, and go on.
fn driver_failure(failure: Failure) -> Failure {
    match failure.code() {
        Exit::Failed => failure.exit(Exit::DriverFailed),
        _ => failure,
    }
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

/// The whole command line, with everything that clap adds.
fn whole() -> Command {
    let mut command = command();
    command.build();
    explained(command)
}

/// With what each command does below `help`, too: clap copies the commands for it before they are put together.
fn explained(command: Command) -> Command {
    let about = |below: &Command| Some((below.get_name().to_owned(), below.get_about()?.clone()));
    let known: Vec<_> = command.get_subcommands().filter_map(about).collect();
    command.mut_subcommand("help", |help| {
        known.into_iter().fold(help, |help, (name, about)| {
            help.mut_subcommand(name, |below| below.about(about))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::typed_again;

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

    #[test]
    fn a_line_is_typed_again_without_its_directory_and_only_where_it_can_be_shown() {
        let line = |words: &[&str]| {
            let words = [&["vault"], words].concat();
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let (cli, _) = parse(&words).unwrap();
            let is_shown = cli.command.is_shown();
            is_shown.then(|| typed_again(&words)).flatten()
        };
        for (words, typed) in [
            (
                &["-C", "a", "check", "--base", "HEAD~1"][..],
                Some("check --base 'HEAD~1'"),
            ),
            (
                &["list", "dev", "-Ca", "-i", "k.txt"],
                Some("list dev -i k.txt"),
            ),
            (&["git", "resolve", "dev"], Some("git resolve dev")),
            (&["check", "--base", "A\u{1b}[2J"], None),
            (&["check", "--base", "A=hunter2"], None),
            (&["get", "hunter2"], None),
            (&["unset", "dev", "hunter2"], None),
            (&["log", "dev", "hunter2"], None),
            (&["edit", "dev", "--key", "hunter2"], None),
            (&["render", "dev", "--only", "hunter2"], None),
            (&["git", "resolve", "dev", "--ours", "hunter2"], None),
            (&["set", "dev", "A=hunter2"], None),
            (&["run", "dev", "--", "x", "--password=hunter2"], None),
            (&["recipients", "add", "bob", "AGE-SECRET-KEY-1"], None),
            (&["check", "--base=main"], Some("check '--base=main'")),
            (&["unset", "dev", "A=hunter2"], None),
            (&["import", "dev", "A=hunter2"], None),
            (&["import", "dev", "x.env", "--only", "A=hunter2"], None),
            (&["import", "dev", "x.env", "--only=A=hunter2"], None),
            (&["git", "resolve", "dev", "--ours", "A=hunter2"], None),
            (&["unset", "dev", "--", "--A=hunter2"], None),
        ] {
            assert_eq!(line(words).as_deref(), typed, "{words:?}");
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
    fn a_panic_ends_as_a_failure_of_its_command() {
        for (line, code) in [
            (&["vault", "-C", "x", "run", "dev"][..], Exit::RunFailed),
            (&["vault", "get", "run"], Exit::Failed),
            (&["vault"], Exit::Failed),
        ] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert_eq!(code_of_failure(&line), code, "{line:?}");
        }
    }

    #[test]
    fn every_command_has_examples_and_every_example_is_a_command_line() {
        for (path, command) in all(&whole(), "") {
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
                assert!(format!("{example} ").contains(&path), "{example}");
                assert_eq!(asked(&words), path.split(' ').next(), "{example}");
                assert!(parse(&words).is_ok(), "{example}");
            }
        }
    }

    #[test]
    fn no_command_is_both_ours_and_the_other_programs() {
        for command in command().get_subcommands() {
            for name in command.get_name_and_visible_aliases() {
                assert!(!refusal::OF_HASHICORP.contains(&name), "{name}");
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
