//! `vault git`: what git asks of vault, and what a person does about it.

mod merge;

use clap::{Args, Subcommand};

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Merge secret files with git
///
/// git calls vault to merge secret files: by key, without showing a value.
#[derive(Args, Debug)]
pub(crate) struct Git {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  git config merge.vault.driver 'vault git merge %O %A %B %P'
  vault git merge base.yaml ours.yaml theirs.yaml secrets/prod.yaml")]
    Merge(merge::Merge),
}

impl Git {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::Merge(command) => command.run(context),
        }
    }
}

/// The commands that git calls as merge drivers: their failures end with a code that git takes for one.
pub(crate) const DRIVERS: &[&str] = &["merge"];
