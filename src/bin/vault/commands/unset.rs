//! `vault unset`: keys taken away.

use clap::Args;
use vault::{
    sealed::Opened,
    value::{EnvName, KeyPath, Node},
};

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
    #[arg(value_name = "ENV")]
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
        workspace.accept_existing(environment)?;
        let mut draft = workspace.draft(environment)?;
        for path in self.paths(&draft.opened)? {
            draft.opened.unset(&path).map_err(Trouble::from)?;
        }
        draft.finish()
    }

    /// What is to go, from the end: a position means the item that stands there now. What goes with another path is left out.
    fn paths(&self, opened: &Opened) -> Result<Vec<KeyPath>, Trouble> {
        let root = Node::Map(opened.tree().clone());
        let mut paths = Vec::new();
        for text in &self.keys {
            let path = key::meant(opened.tree(), text)?;
            if root.get(path.steps()).is_none() {
                let name = self.environment.as_str();
                return Err(key::missing(opened.tree(), &path, name));
            }
            paths.push(path);
        }
        paths.sort();
        paths.dedup_by(|later, earlier| later.steps().starts_with(earlier.steps()));
        paths.reverse();
        Ok(paths)
    }
}
