//! `vault git install` and `uninstall`.

use clap::Args;

use super::{hook, repository_here};
use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Let git call this program
#[derive(Args, Debug)]
pub(crate) struct Install {
    /// Check what is about to be committed, before every commit
    #[arg(long, required = true)]
    hook: bool,
}

/// Take back what vault told git in this clone
#[derive(Args, Debug)]
pub(crate) struct Uninstall {}

impl Install {
    /// Does what is not done yet.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let text = match hook::install(context, &repository_here(context)?)? {
            true => "git checks every commit of this clone from now on",
            false => "nothing to do: git checks every commit",
        };
        context.terminal().say(text);
        Ok(Exit::Done)
    }
}

impl Uninstall {
    /// Takes back what is there.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let text = match hook::uninstall(context, &repository_here(context)?)? {
            true => "git checks no commit of this clone any more",
            false => "nothing to do: vault has no hook here",
        };
        context.terminal().say(text);
        Ok(Exit::Done)
    }
}
