//! `vault list`: the keys of an environment.

use std::fmt::Write;

use clap::Args;
use vault::{
    render,
    secret::{ExposeSecret, SecretString, secret},
    value::{EnvName, KeyPath, Map, Node, Scalar},
};
use zeroize::Zeroizing;

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// Columns that keys get at most; longer ones push aside what stands beside them.
const KEY_COLUMNS: usize = 48;

/// List the keys of an environment and their types
///
/// Values are not shown and no identity is needed, unless they are asked for with --reveal. The keys of everything that the
/// environment extends are listed, too.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// The environment; the default one if it is left out
    environment: Option<EnvName>,
    /// Show the values, each in one line: line ends and control characters are escaped
    #[arg(long)]
    reveal: bool,
    /// Print JSON: key, type and, with --reveal, value
    #[arg(long)]
    json: bool,
}

impl List {
    /// Prints the list.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_or_default(self.environment.as_ref())?;
        let tree = match self.reveal {
            true => workspace.values(environment)?,
            false => workspace.shape(environment)?,
        };
        let root = Node::Map(tree);
        let leaves = root.leaves();
        match (self.json, self.reveal) {
            (true, _) => context
                .terminal()
                .print_secret(&json(&leaves, self.reveal)?)?,
            (false, true) => context
                .terminal()
                .print_secret(&revealed(context, &leaves))?,
            (false, false) => context.terminal().print(&masked(&leaves))?,
        }
        Ok(Exit::Done)
    }
}

/// Columns for the keys: those of the longest, as long as it leaves room for what stands beside it.
fn width(leaves: &[(KeyPath, &Scalar)]) -> usize {
    leaves
        .iter()
        .map(|(path, _)| path.to_string().chars().count())
        .filter(|width| *width <= KEY_COLUMNS)
        .max()
        .unwrap_or(0)
}

fn masked(leaves: &[(KeyPath, &Scalar)]) -> String {
    let width = width(leaves);
    leaves
        .iter()
        .map(|(path, scalar)| format!("{:width$}  {}\n", path.to_string(), scalar.kind()))
        .collect()
}

/// Values in one line each: line breaks and other control characters are escaped.
fn revealed(context: &Context, leaves: &[(KeyPath, &Scalar)]) -> SecretString {
    let width = width(leaves);
    let capacity: usize = leaves
        .iter()
        .map(|(_, scalar)| width + 3 + scalar.expose().len() * 10)
        .sum();
    let mut text = Zeroizing::new(String::with_capacity(capacity));
    for (path, scalar) in leaves {
        if scalar.is_blank() {
            writeln!(text, "{path}").expect("a string takes everything");
            continue;
        }
        write!(text, "{:width$}  ", path.to_string()).expect("a string takes everything");
        text.push_str(&context.terminal().one_line(scalar.text().expose_secret()));
        text.push('\n');
    }
    secret(&text)
}

fn json(leaves: &[(KeyPath, &Scalar)], reveal: bool) -> Result<SecretString, Failure> {
    let entry = |(path, scalar): &(KeyPath, &Scalar)| {
        let text = |text: &str| Node::Scalar(Scalar::str(text));
        let mut map = Map::new();
        map.insert("key".to_owned(), text(&path.to_string()));
        map.insert("type".to_owned(), text(scalar.kind().name()));
        if reveal {
            map.insert("value".to_owned(), Node::Scalar((*scalar).clone()));
        }
        Node::Map(map)
    };
    render::json(&Node::List(leaves.iter().map(entry).collect())).map_err(Failure::from)
}
