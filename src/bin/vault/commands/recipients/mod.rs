//! `vault recipients`: people and machines that come, go, or change their keys; config and files change together.

mod add;
mod change;
mod group;
mod line;
mod list;
mod remove;
mod replace;

use clap::{Args, Subcommand};

pub(super) use change::other_drift;

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// List, add, replace and remove recipients
#[derive(Args, Debug)]
pub(crate) struct Recipients {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with recipients.
#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  vault recipients list
  vault recipients list --json")]
    List(list::List),
    #[command(after_help = "Examples:
  vault recipients add bob 'age1… ssh-ed25519 AAAA…' --env dev prod
  vault recipients add bob @bob.txt --group team      # the file that bob has sent
  vault recipients add ci 'age1…' --env prod --reads-only
  vault recipients add bob - --env dev --no-history   # nothing older can be read by bob")]
    Add(add::Add),
    #[command(after_help = "Examples:
  vault recipients replace bob 'ssh-ed25519 AAAA…'    # a writer does it who still can
  vault recipients replace alice @new.txt -i ~/new-identity.txt")]
    Replace(replace::Replace),
    #[command(after_help = "Examples:
  vault recipients remove carol
  vault recipients remove carol --env dev             # the others are noted as pending, and done by vault sync")]
    Remove(remove::Remove),
    #[command(after_help = "Examples:
  vault recipients group team add bob dave
  vault recipients group team remove dave")]
    Group(group::Group),
}

impl Recipients {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::List(action) => action.run(context),
            Action::Add(action) => action.run(context),
            Action::Replace(action) => action.run(context),
            Action::Remove(action) => action.run(context),
            Action::Group(action) => action.run(context),
        }
    }
}
