//! What a person can ask for: one file per command, with its help, its arguments and what it does.
//!
//! Where others have a habit (`ls`, `rm`, `validate`), the command's line in the enum bears it:
//! `#[command(visible_alias = "ls")]`.

mod check;
mod get;
mod init;
mod keygen;
mod list;
mod render;
mod run;
mod set;
mod sign;
mod sync;
mod unset;
mod whoami;

use clap::Subcommand;

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// The commands, in the order in which the help lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Set(set::Set),
    Get(get::Get),
    #[command(visible_alias = "ls")]
    List(list::List),
    #[command(visible_aliases = ["rm", "delete"])]
    Unset(unset::Unset),
    Render(render::Render),
    Run(run::Run),
    #[command(visible_alias = "validate")]
    Check(check::Check),
    Sync(sync::Sync),
    Sign(sign::Sign),
    Keygen(keygen::Keygen),
    Whoami(whoami::Whoami),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Command::Init(command) => command.run(context),
            Command::Check(command) => command.run(context),
            Command::Sync(command) => command.run(context),
            Command::Sign(command) => command.run(context),
            Command::Set(command) => command.run(context),
            Command::Get(command) => command.run(context),
            Command::List(command) => command.run(context),
            Command::Unset(command) => command.run(context),
            Command::Render(command) => command.run(context),
            Command::Run(command) => command.run(context),
            Command::Keygen(command) => command.run(context),
            Command::Whoami(command) => command.run(context),
        }
    }
}
