//! `vault env`: environments that come, go, or get another name; config, files and logs change together.

mod add;
mod adoption;
mod list;
mod remove;
mod rename;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use vault::{
    config::{Config, ConfigError, Environment, Problem},
    value::EnvName,
    vault::{CONFIG, Change, Gone, Saved},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Workspace, config_failure},
};

/// List, add, rename and remove environments
#[derive(Args, Debug)]
pub(crate) struct Env {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with environments.
#[derive(Debug, Subcommand)]
enum Action {
    #[command(after_help = "Examples:
  vault env list
  vault env list --json")]
    List(list::List),
    #[command(after_help = "Examples:
  vault env add staging --recipients alice bob
  vault env add staging --like prod            # its recipients and its keys, without values
  vault env add preview --like dev --copy      # with the values, after asking")]
    Add(add::Add),
    #[command(after_help = "Examples:
  vault env rename dev local
  vault env rename prod eu/prod --yes")]
    Rename(rename::Rename),
    #[command(after_help = "Examples:
  vault env remove preview
  vault env remove preview --yes")]
    Remove(remove::Remove),
}

impl Env {
    /// Does what was asked.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        match &self.action {
            Action::List(action) => action.run(context),
            Action::Add(action) => action.run(context),
            Action::Rename(action) => action.run(context),
            Action::Remove(action) => action.run(context),
        }
    }
}

/// A config as it is to be, which its own reader accepts.
fn parsed(text: &str) -> Result<Config, Failure> {
    // Nobody has seen the text yet: its lines would say nothing.
    Config::parse(text).map_err(|error| asked_wrongly(&error))
}

/// What a command line asks for that a config cannot have.
fn asked_wrongly(error: &ConfigError) -> Failure {
    let hint = match &error.problem {
        Problem::Edit => return config_failure(error),
        Problem::UnknownRecipient { name, near: None } => {
            format!(
                "vault recipients add {name} LINE adds one first, with the line that vault whoami prints"
            )
        }
        Problem::WriterWithoutReading { name, .. } => {
            format!("name {name} behind --recipients, too: whoever writes also reads")
        }
        Problem::FileTaken { .. } => "--file names another one".to_owned(),
        problem => problem.hint().into_owned(),
    };
    Failure::because(&error.problem).hint(hint)
}

/// An environment of a config that was just written to have it.
fn of<'c>(config: &'c Config, name: &EnvName) -> Result<&'c Environment, Failure> {
    config
        .environment(name)
        .map_err(|error| Failure::because(&error).within(CONFIG))
}

/// Writes and removes everything, or nothing; returns what was written.
fn write(
    workspace: &Workspace<'_>,
    changes: &[Change],
    gone: &[Gone],
) -> Result<Vec<PathBuf>, Failure> {
    let saved = workspace
        .save(changes, gone)
        .map_err(|failure| failure.again(AGAIN))?;
    Ok(told(workspace, saved))
}

/// Refuses a name that an environment has.
fn refuse_known(workspace: &Workspace<'_>, name: &EnvName) -> Result<(), Failure> {
    match workspace.config().environment(name) {
        Ok(_) => Err(
            Failure::new(format!("there is an environment `{name}` already"))
                .hint("vault env list shows them all: choose another name"),
        ),
        Err(_) => Ok(()),
    }
}

/// What to do where somebody else wrote meanwhile.
const AGAIN: &str = "type the command again";

/// Tells what else there is to know; returns what was written.
fn told(workspace: &Workspace<'_>, saved: Saved) -> Vec<PathBuf> {
    let terminal = workspace.context().terminal();
    terminal.warn_each(&saved.notices);
    workspace.tell_left_out(saved.written.iter().map(PathBuf::as_path));
    saved.written
}
