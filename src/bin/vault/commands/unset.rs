//! `vault unset`: keys taken away.

use clap::Args;
use vault::value::{EnvName, Node};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, key},
};

/// Take keys out of an environment, with their comments
///
/// Nothing is written unless all of them are there. Git still holds the old values.
#[derive(Args, Debug)]
pub(crate) struct Unset {
    /// The environment
    environment: EnvName,
    /// The keys, as names or paths
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
}

impl Unset {
    /// Takes the keys out.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment(&self.environment)?;
        // A file that does not exist has no key to take out, and must not be made for it.
        if workspace.accept(environment)?.is_none() {
            workspace.accept_existing(environment)?;
        }
        let mut draft = workspace.draft(environment)?;
        for text in &self.keys {
            let path = key::meant(draft.opened.tree(), text)?;
            if Node::Map(draft.opened.tree().clone())
                .get(path.steps())
                .is_none()
            {
                return Err(
                    key::missing(draft.opened.tree(), &path, self.environment.as_str()).into(),
                );
            }
            draft.opened.unset(&path).map_err(Trouble::from)?;
        }
        draft.finish()
    }
}
