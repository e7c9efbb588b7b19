//! `vault recipients list`: who is named in the config, and where they read and write.

use clap::Args;
use vault::{
    accord::role,
    config::{Config, Environment},
    keys::Member,
    render,
    secret::ExposeSecret,
    value::{EnvName, Map, Name, Node, Scalar},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// List the recipients of .vault.yaml, and what they read and write
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    /// Prints them; what is in force stands in the files.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let config = workspace.config();
        let text = match self.json {
            true => render::json(&json(config))?.expose_secret().to_owned(),
            false => plain(config),
        };
        context.terminal().print(&text)?;
        Ok(Exit::Done)
    }
}

/// The environments of somebody, with what they do there.
fn parts<'c>(
    config: &'c Config,
    name: &'c Name,
) -> impl Iterator<Item = (&'c Environment, &'c Member)> {
    config
        .environments()
        .filter_map(move |environment| Some((environment, environment.readers().get(name)?)))
}

fn plain(config: &Config) -> String {
    let mut text = String::new();
    for (name, member) in config.members() {
        text.push_str(&format!("{name} ({})\n", member.fingerprint()));
        for (environment, member) in parts(config, name) {
            text.push_str(&format!("    {}: {}\n", environment.name(), role(member)));
        }
    }
    for (name, former) in config.former() {
        let pending: Vec<&str> = former.pending.iter().map(EnvName::as_str).collect();
        let still = match pending.is_empty() {
            true => String::new(),
            false => format!("; still in {}", pending.join(", ")),
        };
        text.push_str(&format!("{name} has left on {}{still}\n", former.removed));
    }
    text
}

fn json(config: &Config) -> Node {
    let text = |text: &str| Node::Scalar(Scalar::str(text));
    let one = |(name, member): (&Name, &Member)| {
        let reads = parts(config, name).map(|(environment, _)| text(environment.name().as_str()));
        let writes = parts(config, name).filter(|(_, member)| member.writes_with().is_some());
        let writes = writes.map(|(environment, _)| text(environment.name().as_str()));
        let groups = config
            .groups()
            .iter()
            .filter(|(_, list)| list.contains(name));
        let groups = groups.map(|(group, _)| text(group.as_str()));
        Node::Map(Map::from_iter([
            ("name".to_owned(), text(name.as_str())),
            ("line".to_owned(), text(&member.to_string())),
            ("fingerprint".to_owned(), text(&member.fingerprint())),
            ("groups".to_owned(), Node::List(groups.collect())),
            ("reads".to_owned(), Node::List(reads.collect())),
            ("writes".to_owned(), Node::List(writes.collect())),
        ]))
    };
    Node::List(config.members().iter().map(one).collect())
}
