//! `vault set`: one value, written where it belongs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use vault::{
    secret::{ExposeSecret, SecretString},
    value::{EnvName, KeyPath, Kind, Node, Scalar},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    workspace::{Input, Trouble, Workspace, key},
};

/// Set one value of an environment
///
/// The value is asked for and not shown, or read from standard input (`pass show db | vault set prod DB_PASSWORD`) or from a file.
/// A value behind the key works too, but stands in the shell's history and in the list of processes.
///
/// KEY is a name or a path: database.password, hosts[0]. Maps on the way are made as needed; a new key goes after its siblings.
#[derive(Args, Debug)]
pub(crate) struct Set {
    /// The environment
    environment: EnvName,
    /// The key, or KEY=VALUE
    key: String,
    /// The value (seen by others on this machine: better leave it out)
    #[arg(allow_hyphen_values = true)]
    value: Option<String>,
    /// Read the value from FILE, with every byte
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    from_file: Option<PathBuf>,
    /// Keep the final newline of standard input
    #[arg(long, conflicts_with_all = ["value", "from_file"])]
    verbatim: bool,
    /// Store the value as this type; otherwise it is text, or keeps the type it has
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<ValueType>,
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
        let environment = workspace.environment(&self.environment)?;
        let (key, argument) = self.key_and_value();
        let mut draft = workspace.draft(environment)?;
        let path = key::meant(draft.opened.tree(), key)?;
        let old = Node::Map(draft.opened.tree().clone())
            .get(path.steps())
            .cloned();
        if matches!(old, Some(Node::Map(_) | Node::List(_))) {
            let trouble = Trouble::failed(format!("{path} holds other keys, it is no value"));
            return Err(trouble
                .hint(format!(
                    "vault unset {} {path} takes it away with everything in it",
                    self.environment
                ))
                .into());
        }
        draft.announce(&path.to_string());
        let input = Input {
            argument,
            file: self.from_file.as_deref(),
            is_verbatim: self.verbatim,
        };
        let value = match self.kind {
            Some(ValueType::Null) => SecretString::from(""),
            _ => input.read(context, &path.to_string())?,
        };
        let scalar = self.scalar(
            context,
            &path,
            value,
            old.as_ref().and_then(Node::as_scalar),
        )?;
        draft
            .opened
            .set(&path, &Node::Scalar(scalar))
            .map_err(Trouble::from)?;
        draft.finish()
    }

    fn key_and_value(&self) -> (&str, Option<&str>) {
        match (self.value.as_deref(), self.key.split_once('=')) {
            (None, Some((key, value))) if self.from_file.is_none() => (key, Some(value)),
            (value, _) => (&self.key, value),
        }
    }

    /// The value with its type: the one asked for, else the one it has if the text is a canonical spelling of that, else text.
    fn scalar(
        &self,
        context: &Context,
        path: &KeyPath,
        value: SecretString,
        old: Option<&Scalar>,
    ) -> Result<Scalar, Trouble> {
        if let Some(kind) = self.kind.map(ValueType::kind) {
            return match Scalar::is_canonical(kind, value.expose_secret()) {
                true => Ok(Scalar::new(kind, value)),
                false => Err(Trouble::failed(format!("the value is no canonical {kind}"))
                    .hint(spelling(kind))),
            };
        }
        match old
            .map(Scalar::kind)
            .filter(|kind| !matches!(kind, Kind::Str | Kind::Null))
        {
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
