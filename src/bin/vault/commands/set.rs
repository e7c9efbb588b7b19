//! `vault set`: one value, written where it belongs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use vault::{
    config::Environment,
    secret::{ExposeSecret, SecretString},
    value::{EnvName, KeyPath, Kind, Map, Node, Scalar},
};

use super::words;
use crate::{
    context::Context,
    failure::{Exit, Failure},
    shell,
    workspace::{Draft, Input, Locals, Trouble, Workspace, key},
};

/// Set one value of an environment
///
/// The value is asked for and not shown, or read from standard input or from a file. A value behind the key works too, but stays in
/// the shell's history and is seen in the list of processes.
///
/// KEY is a name or a path: database.password, hosts[0]. Maps on the way are made as needed; a new key goes after its siblings.
#[derive(Args, Debug)]
pub(crate) struct Set {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvName,
    /// The key, or KEY=VALUE
    key: String,
    /// The value (seen by others on this machine: better leave it out)
    #[arg(allow_hyphen_values = true)]
    value: Option<String>,
    /// Read the value from FILE, with every byte
    #[arg(long, value_name = "FILE", value_parser = words::path(), conflicts_with = "value")]
    from_file: Option<PathBuf>,
    /// Keep the final newline of standard input
    #[arg(long, conflicts_with_all = ["value", "from_file"])]
    verbatim: bool,
    /// Store the value as this type; otherwise it is text, or keeps the type it has
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<ValueType>,
    /// Write it for yourself alone, into a file that git ignores, above everything that is shared
    #[arg(long)]
    local: bool,
}

/// The types of values.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ValueType {
    Str,
    Int,
    Float,
    Bool,
    Null,
}

impl ValueType {
    fn kind(self) -> Kind {
        match self {
            ValueType::Str => Kind::Str,
            ValueType::Int => Kind::Int,
            ValueType::Float => Kind::Float,
            ValueType::Bool => Kind::Bool,
            ValueType::Null => Kind::Null,
        }
    }
}

impl Set {
    /// Writes the value.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let environment = workspace.environment_to_fill(&self.environment)?;
        let (key, argument) = self.key_and_value()?;
        if self.local {
            return self.override_locally(context, &workspace, environment, key, argument);
        }
        let draft = workspace.draft(environment)?;
        let path = key::meant(draft.opened.tree(), key)?;
        let old = self.replaced(draft.opened.tree(), &path)?;
        if key::find(draft.opened.tree(), &path).is_none() {
            tell_hidden(&workspace, environment, &path);
        }
        self.write(context, draft, &path, argument, old)
    }

    /// Writes the value into the person's own file. What a key means, and its type, is told by all layers together.
    fn override_locally(
        &self,
        context: &Context,
        workspace: &Workspace<'_>,
        environment: &Environment,
        key: &str,
        argument: Option<&str>,
    ) -> Result<Exit, Failure> {
        let (own, accepted) = workspace.own(environment)?;
        let layers = workspace.layers(environment, Locals::Taken)?;
        let tree = layers.shapes()?.into_tree();
        let path = key::meant(&tree, key)?;
        let old = self.replaced(&tree, &path)?;
        key::refuse_value_above(&tree, &path)?;
        let is_new = accepted.is_none();
        let draft = workspace.draft_own(&own, accepted)?;
        draft.opened.check_place(&path).map_err(Trouble::from)?;
        let list = key::list_above(&tree, &path);
        if let Some(list) = list.filter(|list| key::find(draft.opened.tree(), list).is_none()) {
            context.terminal().warn(format!(
                "{list} is a list: yours will stand in the place of the whole list of {}",
                environment.name()
            ));
        }
        if is_new {
            workspace.keep_from_git(environment)?;
        }
        self.write(context, draft, &path, argument, old)
    }

    fn write(
        &self,
        context: &Context,
        mut draft: Draft<'_, '_>,
        path: &KeyPath,
        argument: Option<&str>,
        old: Option<Kind>,
    ) -> Result<Exit, Failure> {
        draft.opened.check_place(path).map_err(Trouble::from)?;
        let input = Input {
            argument,
            file: self.from_file.as_deref(),
            is_verbatim: self.verbatim,
        };
        // Who asks says first for whom; a value that is at hand could still be refused.
        let is_awaited = input.is_awaited();
        if is_awaited {
            draft.announce(&path.to_string());
        }
        let value = match self.kind {
            Some(ValueType::Null) => SecretString::from(""),
            _ => input.read(context, &path.to_string())?,
        };
        let scalar = self.scalar(context, path, value, old)?;
        draft
            .opened
            .set(path, &Node::Scalar(scalar))
            .map_err(Trouble::from)?;
        if !is_awaited {
            draft.announce(&path.to_string());
        }
        draft.finish()
    }

    /// Nothing that was typed is repeated where it does not fit: it could be a value.
    fn key_and_value(&self) -> Result<(&str, Option<&str>), Failure> {
        let has_source = self.value.is_some() || self.from_file.is_some();
        let (key, value) = match split_at_equals(&self.key) {
            Some(_) if has_source => {
                return Err(
                    Failure::new("there are two values: one after `=`, and another one")
                        .hint("vault set ENV KEY VALUE, or vault set ENV KEY=VALUE"),
                );
            }
            Some((key, value)) => (key, Some(value)),
            None => (self.key.as_str(), self.value.as_deref()),
        };
        let is_null = matches!(self.kind, Some(ValueType::Null));
        if is_null && (value.is_some() || self.from_file.is_some()) {
            return Err(Failure::new("null has no value").hint("leave the value out"));
        }
        Ok((key, value))
    }

    /// The type of the value that stands at a path now; maps and lists are never replaced by one.
    fn replaced(&self, tree: &Map, path: &KeyPath) -> Result<Option<Kind>, Trouble> {
        match key::find(tree, path) {
            Some(Node::Scalar(scalar)) => Ok(Some(scalar.kind())),
            Some(Node::Map(map)) if map.is_empty() => {
                Err(self.empty(path, "map", "key", &format!("{path}.KEY")))
            }
            Some(Node::List(list)) if list.is_empty() => {
                Err(self.empty(path, "list", "item", &format!("{path}[0]")))
            }
            Some(Node::Map(_)) => Err(self.full(path, "holds other keys")),
            Some(Node::List(_)) => Err(self.full(path, "is a list")),
            None => Ok(None),
        }
    }

    /// A map or list without anything stands in the way of a value.
    fn empty(&self, path: &KeyPath, what: &str, part: &str, first: &str) -> Trouble {
        let (name, first) = (&self.environment, shell::word(first));
        let option = if self.local { " --local" } else { "" };
        let text = format!("{path} is an empty {what}, it is no value");
        let trouble = Trouble::failed(text).hint(format!(
            "vault set {name} {first}{option} puts a first {part} into it"
        ));
        match self.local {
            true => trouble,
            false => trouble.hint(self.unset(path, "")),
        }
    }

    /// One with something in it.
    fn full(&self, path: &KeyPath, what: &str) -> Trouble {
        let name = &self.environment;
        Trouble::failed(format!("{path} {what}, it is no value")).hint(match self.local {
            true => format!("vault list {name} shows them; set those that you want to be others"),
            false => self.unset(path, " with everything in it"),
        })
    }

    fn unset(&self, path: &KeyPath, with: &str) -> String {
        let (name, path) = (&self.environment, path.to_string());
        let quoted = shell::last_argument(&path);
        format!("vault unset {name} {quoted} takes it away{with}")
    }

    /// The value with its type: the one asked for, else the one it has if the text is a canonical spelling of that, else text.
    fn scalar(
        &self,
        context: &Context,
        path: &KeyPath,
        value: SecretString,
        old: Option<Kind>,
    ) -> Result<Scalar, Trouble> {
        if let Some(kind) = self.kind.map(ValueType::kind) {
            return match Scalar::is_canonical(kind, value.expose_secret()) {
                true => Ok(Scalar::new(kind, value)),
                false => Err(Trouble::failed(format!("the value is no canonical {kind}"))
                    .hint(spelling(kind))),
            };
        }
        match old.filter(|kind| !matches!(kind, Kind::Str | Kind::Null)) {
            Some(kind) if Scalar::is_canonical(kind, value.expose_secret()) => {
                Ok(Scalar::new(kind, value))
            }
            Some(kind) => {
                context.terminal().warn(format!(
                    "{path} was of the type {kind} and is text now; --type decides otherwise"
                ));
                Ok(Scalar::new(Kind::Str, value))
            }
            None => Ok(Scalar::new(Kind::Str, value)),
        }
    }
}

/// Says that a value takes the place of a whole map or list of a layer below: nothing of that is read any more.
fn tell_hidden(workspace: &Workspace<'_>, environment: &Environment, path: &KeyPath) {
    let has_more = |layer: &&EnvName| {
        let layer = workspace.environment(layer).ok();
        let tree = layer.and_then(|layer| workspace.shared_shape(layer));
        let node = tree.as_ref().and_then(|tree| key::find(tree, path));
        node.is_some_and(|node| node.as_scalar().is_none() && !node.leaves().is_empty())
    };
    if let Some(layer) = environment.extends().iter().find(has_more) {
        workspace.context().terminal().warn(format!(
            "{layer} has keys or items below {path}: this value will stand in the place of all of them"
        ));
    }
}

/// `KEY=value`, at the first `=` that is in no quotes: a key may hold one.
fn split_at_equals(argument: &str) -> Option<(&str, &str)> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, c) in argument.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            '=' if !is_quoted => return Some((&argument[..at], &argument[at + 1..])),
            _ => {}
        }
    }
    None
}

fn spelling(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => {
            "a whole number is written 5432 or -1: no +, no leading zeros, at most 64 bits"
        }
        Kind::Float => {
            "a float is written 1.5 or 2.0: with a digit behind the point, without an exponent"
        }
        Kind::Bool => "a bool is true or false",
        _ => "leave the value out",
    }
}
