//! `vault git`: what git asks vault for.

mod merge;
mod resolve;
mod textconv;

use clap::{Args, Subcommand};

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Work with git: what it shows of secret files, and how it merges them
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
    #[command(after_help = "Examples:
  vault git merge base.yaml ours.yaml theirs.yaml secrets/prod.yaml
  git config merge.vault.driver 'vault git merge %O %A %B %P'   # for files with the attribute merge=vault")]
    Merge(merge::Merge),
    #[command(after_help = "Examples:
  vault git resolve --list                     # what is unmerged, by key
  vault git resolve                            # shows both values in your editor
  vault git resolve --theirs DATABASE_URL --ours mail.port
  vault git resolve prod --yes                 # where members changed on both sides")]
    Resolve(resolve::Resolve),
}

/// The commands that git calls as merge drivers: their failures end with a code that git takes for one.
pub(crate) const DRIVERS: &[&str] = &["merge"];

impl Git {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::Textconv(action) => action.run(context),
            Action::Merge(action) => action.run(context),
            Action::Resolve(action) => action.run(context),
        }
    }
}
