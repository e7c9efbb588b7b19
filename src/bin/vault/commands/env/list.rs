//! `vault env list`: what the config says of each environment, and what its file shows without a key.

use std::fmt::Write;

use clap::Args;
use vault::{
    config::Environment,
    render,
    secret::ExposeSecret,
    value::{Kind, Map, Node, Scalar},
};

use crate::{
    commands::words::keys,
    context::Context,
    failure::{Exit, Failure},
    workspace::Workspace,
};

/// List the environments: file, members, layers, number of keys
///
/// Members and layers are those that .vault.yaml wants; `vault check` says where a file differs. No identity is needed.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What can be said of an environment's file.
enum State {
    /// It is accepted, and has so many keys of its own.
    Keys(usize),
    /// There is none.
    NoFile,
    /// It is not accepted.
    Refused,
}

struct Line<'w> {
    environment: &'w Environment,
    state: State,
    is_default: bool,
}

impl List {
    /// Prints the list.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let workspace = Workspace::open(context)?;
        let default = workspace.config().default_environment();
        let lines: Vec<Line<'_>> = workspace
            .config()
            .environments()
            .map(|environment| Line {
                environment,
                state: state(&workspace, environment),
                is_default: default == Some(environment.name()),
            })
            .collect();
        let text = match self.json {
            true => json(&lines)?,
            false => lines.iter().map(plain).collect(),
        };
        context.terminal().print(&text)?;
        Ok(Exit::Done)
    }
}

fn state(workspace: &Workspace<'_>, environment: &Environment) -> State {
    let shape = |accepted: crate::workspace::Accepted| accepted.verified.file().shape().ok();
    match workspace.accept(environment) {
        Ok(Some(accepted)) => match shape(accepted) {
            Some(map) => State::Keys(Node::Map(map).leaves().len()),
            None => State::Refused,
        },
        Ok(None) if workspace.refuse_second_birth(environment).is_ok() => State::NoFile,
        Ok(None) | Err(_) => State::Refused,
    }
}

fn plain(line: &Line<'_>) -> String {
    let environment = line.environment;
    let default = if line.is_default { ", the default" } else { "" };
    let signed = match environment.is_signed() {
        true => "signed",
        false => "not signed",
    };
    let state = match line.state {
        State::Keys(count) => keys(count),
        State::NoFile => "no file yet".to_owned(),
        State::Refused => format!("not accepted, see vault check {}", environment.name()),
    };
    let mut text = format!(
        "{}{default}\n    {}: {state}, {signed}\n",
        environment.name(),
        environment.file()
    );
    let fields = [
        ("read by", readers(environment)),
        ("written by", writers(environment)),
        ("extends", names(environment.extends())),
    ];
    for (what, names) in fields.iter().filter(|(_, names)| !names.is_empty()) {
        writeln!(text, "    {what:10} {}", names.join(", ")).expect("a string takes everything");
    }
    text
}

fn names(names: &[impl ToString]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn readers(environment: &Environment) -> Vec<String> {
    environment
        .readers()
        .keys()
        .map(ToString::to_string)
        .collect()
}

/// In a file that is not signed nothing tells who wrote: whoever reads it can.
fn writers(environment: &Environment) -> Vec<String> {
    match environment.is_signed() {
        true => environment
            .writers()
            .map(|(name, _)| name.to_string())
            .collect(),
        false => readers(environment),
    }
}

fn json(lines: &[Line<'_>]) -> Result<String, Failure> {
    let text = |text: &str| Node::Scalar(Scalar::str(text));
    let list = |names: Vec<String>| Node::List(names.iter().map(|name| text(name)).collect());
    let other = |kind, text: &str| Node::Scalar(Scalar::new(kind, vault::secret::secret(text)));
    let truth = |is: bool| other(Kind::Bool, if is { "true" } else { "false" });
    let entry = |line: &Line<'_>| {
        let environment = line.environment;
        let count = match line.state {
            State::Keys(count) => other(Kind::Int, &count.to_string()),
            State::NoFile | State::Refused => Node::Scalar(Scalar::null()),
        };
        let state = match line.state {
            State::Keys(_) => "ok",
            State::NoFile => "no file",
            State::Refused => "not accepted",
        };
        Node::Map(Map::from_iter([
            ("environment".to_owned(), text(environment.name().as_str())),
            ("default".to_owned(), truth(line.is_default)),
            ("file".to_owned(), text(environment.file().as_str())),
            ("state".to_owned(), text(state)),
            ("keys".to_owned(), count),
            ("signed".to_owned(), truth(environment.is_signed())),
            (
                "recipients".to_owned(),
                list(names(environment.recipients())),
            ),
            ("readers".to_owned(), list(readers(environment))),
            ("writers".to_owned(), list(writers(environment))),
            ("extends".to_owned(), list(names(environment.extends()))),
        ]))
    };
    let all = Node::List(lines.iter().map(entry).collect());
    let printed = render::json(&all)?;
    Ok(printed.expose_secret().to_owned())
}
