//! `vault git`: what git calls, and what a person types around it.

mod hook;
mod install;
mod pre_commit;
mod textconv;

use clap::{Args, Subcommand};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Landing, Repo},
};

/// Work with git: what it shows of secret files, and what it commits
#[derive(Args, Debug)]
pub(crate) struct Git {
    #[command(subcommand)]
    action: Action,
}

/// What git and vault do for each other.
#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  vault git install --hook")]
    Install(install::Install),
    #[command(after_help = "Examples:
  vault git uninstall")]
    Uninstall(install::Uninstall),
    #[command(after_help = "Examples:
  vault git textconv secrets/prod.yaml
  git config diff.vault.textconv 'vault git textconv'   # for files with the attribute diff=vault")]
    Textconv(textconv::Textconv),
    #[command(after_help = "Examples:
  vault git pre-commit                         # what git commit would be told
  vault git pre-commit --ask                   # with an identity that has a passphrase, too")]
    PreCommit(pre_commit::PreCommit),
}

impl Git {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::Install(action) => action.run(context),
            Action::Uninstall(action) => action.run(context),
            Action::Textconv(action) => action.run(context),
            Action::PreCommit(action) => action.run(context),
        }
    }
}

/// The repository around the current directory, whether it has a vault or not.
fn repository_here(context: &Context) -> Result<Repo, Failure> {
    let here = context.directory().join("file");
    let landing = Landing::of(&here).map_err(|error| Failure::because(&error))?;
    Repo::around(&landing)?.ok_or_else(|| Failure::new("there is no git repository here"))
}
