//! `vault get`: exactly one value.

use clap::Args;
use vault::{
    config::Environment,
    render::{self, Refusal},
    secret::SecretString,
    sops::Wanted,
    value::{EnvName, KeyPath, Node},
};

use super::locals::NoLocal;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    shell,
    workspace::{Trouble, Workspace, key},
};

/// Print one value
///
/// Prints exactly the value; a newline is added on a terminal only. The environment may be left out where the config has a
/// default one.
///
/// KEY is a name or a path: database.password, hosts[0]. A name that holds a dot or a bracket itself stands in double quotes:
/// '"a.b".c'.
#[derive(Args, Debug)]
#[command(override_usage = "vault get [OPTIONS] [ENV] <KEY>")]
pub(crate) struct Get {
    /// The key; before it the environment, unless it is the default one
    #[arg(value_name = "KEY", num_args = 1..=2, required = true)]
    what: Vec<String>,
    /// Print JSON: maps and lists, too
    #[arg(long)]
    json: bool,
    /// Say on standard error which layer the value comes from, and whose value it hides
    #[arg(long)]
    sources: bool,
    #[command(flatten)]
    local: NoLocal,
}

impl Get {
    /// Prints the value.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let (name, text) = self.name_and_key()?;
        let environment = workspace.environment_or_default(name.as_ref())?;
        let layers = workspace.layers(environment, self.local.locals())?;
        let tops = key::tops(text);
        let tops: Vec<&str> = tops.iter().map(String::as_str).collect();
        let layers = layers.open_wanted(Wanted::Below(&tops))?;
        let sources = self.sources.then(|| layers.told_sources());
        let tree = layers.into_tree();
        let path = key::meant(&tree, text)?;
        let Some(node) = key::find(&tree, &path) else {
            return Err(self.missing(&workspace, &path, environment)?.into());
        };
        let text = self.printed(node, &path, environment.name())?;
        if let Some(sources) = sources {
            sources.tell(context.terminal(), &path);
        }
        context.terminal().print_secret(&text)?;
        if !self.json && context.terminal().is_stdout() {
            context.terminal().print("\n")?;
        }
        Ok(Exit::Done)
    }

    fn name_and_key(&self) -> Result<(Option<EnvName>, &str), Failure> {
        match self.what.as_slice() {
            [name, key] => match name.parse::<EnvName>() {
                Ok(name) => Ok((Some(name), key)),
                Err(error) => Err(Failure::because(&error).within("ENV")),
            },
            [key] => Ok((None, key)),
            _ => Err(Failure::new("missing: KEY")),
        }
    }

    /// That there is no such key; or that somebody has named an environment and forgotten the key.
    fn missing(
        &self,
        workspace: &Workspace<'_>,
        path: &KeyPath,
        environment: &Environment,
    ) -> Result<Trouble, Trouble> {
        let is_environment = |name: &str| {
            let name = name.parse::<EnvName>().ok();
            name.is_some_and(|name| workspace.environment(&name).is_ok())
        };
        let name = environment.name();
        if let [only] = self.what.as_slice()
            && is_environment(only)
        {
            return Ok(Trouble::failed(format!("{name} has no key {path}"))
                .hint(format!("{only} is an environment: vault get {only} KEY")));
        }
        let layers = workspace.layers(environment, self.local.locals())?;
        let keys = layers.shapes()?.into_tree();
        Ok(key::missing(&keys, path, name.as_str()))
    }

    fn printed(
        &self,
        node: &Node,
        path: &KeyPath,
        environment: &EnvName,
    ) -> Result<SecretString, Trouble> {
        let kind = match node {
            _ if self.json => {
                return render::json(node)
                    .map_err(|refusal| not_in_json(&refusal, path, environment).into());
            }
            Node::Scalar(scalar) => return Ok(scalar.text().clone()),
            Node::Map(_) => "map",
            Node::List(_) => "list",
        };
        let text = format!("{path} is a {kind}, no single value");
        let hint = format!(
            "vault get {environment} --json {} prints all of it",
            shell::last_argument(&path.to_string())
        );
        Err(Trouble::failed(text).hint(hint))
    }
}

/// What JSON has no spelling for, in the value at a path or below it.
fn not_in_json(refusal: &Refusal, path: &KeyPath, environment: &EnvName) -> Failure {
    let whole = |below: &KeyPath| {
        let steps = path.steps().iter().chain(below.steps());
        KeyPath::from_steps(steps.cloned().collect()).to_string()
    };
    let first = refusal
        .offences()
        .first()
        .map(|offence| whole(offence.path()));
    let key = first.unwrap_or_else(|| path.to_string());
    Failure::of_answer(refusal, whole).hint(format!(
        "vault get {environment} {} prints the value as it is, without --json",
        shell::last_argument(&key)
    ))
}
