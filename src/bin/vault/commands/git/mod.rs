//! `vault git`: what git asks vault for.

mod textconv;

use clap::{Args, Subcommand};

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Work with git: what it shows of secret files
#[derive(Args, Debug)]
pub(crate) struct Git {
    #[command(subcommand)]
    action: Action,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  vault git textconv secrets/prod.yaml
  git config diff.vault.textconv 'vault git textconv'   # for files with the attribute diff=vault")]
    Textconv(textconv::Textconv),
}

impl Git {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::Textconv(action) => action.run(context),
        }
    }
}
