//! `vault git`: what git calls, and what a person types around it.

mod attributes;
mod hook;
mod install;
mod merge;
mod merge_config;
mod pre_commit;
mod resolve;
mod textconv;
mod uninstall;
mod update;

use clap::{Args, Subcommand};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::{Landing, Repo},
    workspace::Workspace,
};

/// Let git merge and show secret files by key, and check what it commits
#[derive(Args, Debug)]
pub(crate) struct Git {
    #[command(subcommand)]
    action: Action,
}

/// What git and vault do for each other.
#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  vault git install
  vault git install --hook                     # git asks vault before every commit, too
  vault git install --private                  # nothing that is committed changes
  vault git install --force                    # also where git calls another program now")]
    Install(install::Install),
    #[command(after_help = "Examples:
  vault git uninstall")]
    Uninstall(uninstall::Uninstall),
    #[command(after_help = "Examples:
  vault git update                             # the default branch of the remote, as it was fetched last
  vault git update origin/main                 # then git push")]
    Update(update::Update),
    #[command(after_help = "Examples:
  vault git merge-config base.yaml ours.yaml theirs.yaml .vault.yaml")]
    MergeConfig(merge_config::MergeConfig),
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
  vault git resolve prod --yes                 # where members changed on both sides
  vault git resolve --theirs recipients.bob    # of .vault.yaml, too
  vault git resolve prod --keep-ours           # git does not have the other side")]
    Resolve(resolve::Resolve),
    #[command(after_help = "Examples:
  vault git pre-commit                         # what git commit would be told
  vault git pre-commit --ask                   # with an identity that has a passphrase, too")]
    PreCommit(pre_commit::PreCommit),
}

/// The commands that git calls as merge drivers: their failures end with a code that git takes for one.
pub(crate) const DRIVERS: &[&str] = &["merge", "merge-config"];

impl Git {
    /// Whether keys were typed, or what was meant to be some.
    pub(crate) fn names_keys(&self) -> bool {
        match &self.action {
            Action::Resolve(action) => action.names_keys(),
            _ => false,
        }
    }

    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::Install(action) => action.run(context),
            Action::Uninstall(action) => action.run(context),
            Action::Update(action) => action.run(context),
            Action::MergeConfig(action) => action.run(context),
            Action::Textconv(action) => action.run(context),
            Action::Merge(action) => action.run(context),
            Action::Resolve(action) => action.run(context),
            Action::PreCommit(action) => action.run(context),
        }
    }
}

/// The git repository of a vault that needs one.
fn repository<'w>(workspace: &'w Workspace<'_>) -> Result<&'w Repo, Failure> {
    let repo = workspace.repo()?;
    repo.ok_or_else(|| {
        Failure::new("there is no git repository around this vault")
            .hint("git init makes one; then type the command again")
    })
}

/// The repository around the current directory, whether it has a vault or not.
fn repository_here(context: &Context) -> Result<Repo, Failure> {
    let here = context.directory().join("file");
    let landing = Landing::of(&here).map_err(|error| Failure::because(&error))?;
    Repo::around(&landing)?.ok_or_else(|| Failure::new("there is no git repository here"))
}
