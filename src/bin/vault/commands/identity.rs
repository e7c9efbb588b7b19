//! The option `-i FILE`, before a command and behind it. Not a global argument of clap: of those it keeps one place only.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::Error, value_parser};

const IDENTITY: &str = "identity";

/// The arguments of a command, and `-i` behind them; of those below it, too.
#[derive(Debug)]
pub(crate) struct Identified<A>(pub(crate) A);

impl<A: Args> Args for Identified<A> {
    fn augment_args(command: Command) -> Command {
        with_identity(A::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        with_identity(A::augment_args_for_update(command))
    }
}

impl<A: FromArgMatches> FromArgMatches for Identified<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        A::from_arg_matches(matches).map(Identified)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// The option by itself.
pub(crate) fn identity() -> Arg {
    Arg::new(IDENTITY)
        .short('i')
        .long("identity")
        .value_name("FILE")
        .help("Try the identities in FILE before all others; can be repeated")
        .action(ArgAction::Append)
        .value_parser(value_parser!(PathBuf))
}

/// What was given, in the order of the line.
pub(crate) fn identities(matches: &ArgMatches) -> Vec<PathBuf> {
    let here = matches.get_many(IDENTITY).into_iter().flatten().cloned();
    let behind = matches.subcommand().map(|(_, behind)| identities(behind));
    here.chain(behind.into_iter().flatten()).collect()
}

fn with_identity(command: Command) -> Command {
    command.arg(identity()).mut_subcommands(with_identity)
}
