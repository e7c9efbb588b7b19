//! `vault git`: what git calls, and what a person types around it.

mod hook;
mod install;
mod pre_commit;

use clap::{Args, Subcommand};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Landing, Repo},
};

/// Let git check what is about to be committed
#[derive(Args, Debug)]
pub(crate) struct Git {
    #[command(subcommand)]
    action: Action,
}

/// What git and vault do for each other.
#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  vault git pre-commit                         # what git commit would be told
  vault git pre-commit --ask                   # with an identity that has a passphrase, too")]
    PreCommit(pre_commit::PreCommit),
    #[command(after_help = "Examples:
  vault git install --hook")]
    Install(install::Install),
    #[command(after_help = "Examples:
  vault git uninstall")]
    Uninstall(install::Uninstall),
}

impl Git {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::PreCommit(action) => action.run(context),
            Action::Install(action) => action.run(context),
            Action::Uninstall(action) => action.run(context),
        }
    }
}

/// The repository around the current directory.
fn repository(context: &Context) -> Result<Repo, Failure> {
    let here = context.directory().join("file");
    let landing = Landing::of(&here).map_err(|error| Failure::because(&error))?;
    Repo::around(&landing)?.ok_or_else(|| Failure::new("there is no git repository here"))
}
