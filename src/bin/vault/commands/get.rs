//! `vault get`: exactly one value.

use clap::Args;
use vault::{
    render,
    secret::{ExposeSecret, SecretString, secret},
    value::{EnvName, KeyPath, Node},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Trouble, Workspace, key},
};

/// Print one value
///
/// Exactly the value, with a newline only on a terminal. With one argument the environment is the default one.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// The environment and the key, or a key of the default environment
    #[arg(value_names = ["ENV", "KEY"], num_args = 1..=2, required = true)]
    what: Vec<String>,
    /// Print JSON; maps and lists too
    #[arg(long)]
    json: bool,
}

impl Get {
    /// Prints the value.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let (name, text) = match self.what.as_slice() {
            [key] => (None, key),
            [name, key, ..] => (
                Some(
                    name.parse::<EnvName>()
                        .map_err(|error| Failure::because(&error).within("ENV"))?,
                ),
                key,
            ),
            [] => return Err(Failure::new("missing: KEY")),
        };
        let environment = workspace.environment_or_default(name.as_ref())?;
        let tree = workspace.values(environment)?;
        let path = key::meant(&tree, text)?;
        let root = Node::Map(tree);
        let Some(node) = root.get(path.steps()) else {
            let tree = root.as_map().cloned().unwrap_or_default();
            return Err(key::missing(&tree, &path, environment.name().as_str()).into());
        };
        let text = self.printed(node, &path, environment.name())?;
        context.terminal().print_secret(&text)?;
        if !self.json && context.terminal().is_stdout() {
            context.terminal().print("\n")?;
        }
        Ok(Exit::Done)
    }

    fn printed(
        &self,
        node: &Node,
        path: &KeyPath,
        environment: &EnvName,
    ) -> Result<SecretString, Trouble> {
        match node {
            node if self.json => {
                Ok(render::json(node).map_err(|error| Trouble::failed(error.to_string()))?)
            }
            Node::Scalar(scalar) => Ok(secret(scalar.text().expose_secret())),
            _ => Err(
                Trouble::failed(format!("{path} holds other keys, it is no value")).hint(format!(
                    "vault get {environment} {path} --json prints all of it"
                )),
            ),
        }
    }
}
