//! What a person can ask for: one file per command, with its help, its arguments and what it does.
//!
//! Where others have a habit (`ls`, `rm`, `validate`), the command's line in the enum bears it:
//! `#[command(visible_alias = "ls")]`.

mod keygen;
mod whoami;

use clap::Subcommand;

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Keygen(keygen::Keygen),
    Whoami(whoami::Whoami),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Command::Keygen(command) => command.run(context),
            Command::Whoami(command) => command.run(context),
        }
    }
}
