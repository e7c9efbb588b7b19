//! `vault unset`: keys taken away.

use clap::Args;
use vault::{
    sealed::Opened,
    value::{EnvName, KeyPath},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Draft, Trouble, Workspace, key},
};

/// Take keys out of an environment, with their comments
///
/// Nothing is written unless all of them are there. Git still holds the old values.
#[derive(Args, Debug)]
pub(crate) struct Unset {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvName,
    /// The keys, as names or paths
    #[arg(required_unless_present = "all", value_name = "KEY")]
    keys: Vec<String>,
    /// Take them out of your own overrides, those of vault set --local
    #[arg(long)]
    local: bool,
    /// Take away all of your own overrides, also if they do not open any more
    #[arg(long, requires = "local", conflicts_with = "keys")]
    all: bool,
}

impl Unset {
    /// Takes the keys out.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let is_known = workspace.config().environment(&self.environment).is_ok();
        if self.all && !is_known {
            let file = workspace.drop_orphan(&self.environment)?;
            context.terminal().say(format!("{file} is gone"));
            return Ok(Exit::Done);
        }
        let environment = workspace.environment(&self.environment)?;
        match (self.local, self.all) {
            (true, true) => {
                let file = workspace.drop_local(environment)?;
                context.terminal().say(format!("{file} is gone"));
                Ok(Exit::Done)
            }
            (true, false) => {
                let (own, accepted) = workspace.existing_own(environment)?;
                self.take_out(workspace.draft_own(&own, Some(accepted))?)
            }
            (false, _) => {
                // A file that does not exist has no key to take out, and must not be made for it.
                workspace.accept_existing(environment)?;
                self.take_out(workspace.draft(environment)?)
            }
        }
    }

    fn take_out(&self, mut draft: Draft<'_, '_>) -> Result<Exit, Failure> {
        for path in self.paths(&draft.opened)? {
            draft.opened.unset(&path).map_err(Trouble::from)?;
        }
        draft.finish()
    }

    /// What is to go, from the end: a position means the item that stands there now. What goes with another path is left out.
    fn paths(&self, opened: &Opened) -> Result<Vec<KeyPath>, Trouble> {
        let mut paths = Vec::new();
        for text in &self.keys {
            let path = key::meant(opened.tree(), text)?;
            if key::find(opened.tree(), &path).is_none() {
                return Err(self.missing(opened, &path));
            }
            opened.check_removal(&path).map_err(Trouble::from)?;
            paths.push(path);
        }
        paths.sort();
        paths.dedup_by(|later, earlier| later.steps().starts_with(earlier.steps()));
        paths.reverse();
        Ok(paths)
    }

    fn missing(&self, opened: &Opened, path: &KeyPath) -> Trouble {
        let name = &self.environment;
        match self.local {
            true => Trouble::failed(format!(
                "there is no {path} among your own overrides of {name}"
            ))
            .hint(format!(
                "vault list {name} --sources shows what comes from where"
            )),
            false => key::missing(opened.tree(), path, name.as_str()),
        }
    }
}
