//! `vault git uninstall`: what `install` put, and nothing else, is taken back.

use clap::Args;

use super::{
    attributes::{Place, take_back},
    hook, repository,
};
use crate::{
    context::Context,
    failure::{Exit, Failure},
    repo::Drivers,
    workspace::Workspace,
};

/// Take back what vault told git in this clone
///
/// The drivers go from git's config, and what another program had there before comes back; so do the lines of attributes that install
/// put, and the hook. The lines that a team has committed stay: where they still ask for vault, no command sets the drivers here by itself any more.
#[derive(Args, Debug)]
pub(crate) struct Uninstall {}

impl Uninstall {
    /// Takes back what is there, and says what it was.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let repo = repository(&workspace)?;
        let terminal = context.terminal();
        let mut config = repo.driver_config()?;
        let mut is_news = config.take_back(&Drivers::of(&context.program()?)?)?;
        if is_news {
            terminal.say("git of this clone does not call vault any more");
        }
        for place in [Place::Committed, Place::Private] {
            if take_back(&workspace, repo, place)? {
                terminal.say(place.untold());
                is_news = true;
            }
        }
        if hook::uninstall(context, repo)? {
            terminal.say("git checks no commit of this clone any more");
            is_news = true;
        }
        if !is_news {
            terminal.say("nothing to do: git of this clone does not call vault");
        }
        if workspace.asks(repo)? && config.is_welcome() {
            config.refuse()?;
            terminal.say("git's attributes still ask for vault; no command sets it up here any more, but vault git install does");
        }
        repo.drop_empty_sections();
        Ok(Exit::Done)
    }
}
