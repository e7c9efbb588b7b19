//! What is about to be done to files, environment by environment: shown to a person who is asked, or printed for a program that is not.

use vault::{
    config::Environment,
    render,
    secret::{ExposeSecret, secret},
    value::{Kind, Map, Node, Scalar},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
};

/// Asks, unless told not to; without a terminal that has to be said.
pub(super) fn confirm(context: &Context, is_decided: bool, question: &str) -> Result<(), Failure> {
    if is_decided {
        return Ok(());
    }
    if !context.terminal().can_ask() {
        return Err(
            Failure::new("there is no terminal to ask; nothing is written")
                .hint("--yes says that the plan is right"),
        );
    }
    match context.terminal().confirm(question)? {
        true => Ok(()),
        false => Err(Failure::new("nothing is written")),
    }
}

/// What is to be done with one environment.
pub(super) struct Planned {
    environment: String,
    file: String,
    action: &'static str,
    lines: Vec<String>,
}

impl Planned {
    /// One `action`, described in these lines.
    pub(super) fn new(environment: &Environment, action: &'static str, lines: Vec<String>) -> Self {
        Planned {
            environment: environment.name().to_string(),
            file: environment.file().to_string(),
            action,
            lines,
        }
    }

    fn node(&self, is_written: bool) -> Node {
        let text = |text: &str| Node::Scalar(Scalar::str(text));
        let lines = self.lines.iter().map(|line| text(line));
        Node::Map(Map::from_iter([
            ("environment".to_owned(), text(&self.environment)),
            ("file".to_owned(), text(&self.file)),
            ("action".to_owned(), text(self.action)),
            ("plan".to_owned(), Node::List(lines.collect())),
            (
                "written".to_owned(),
                Node::Scalar(Scalar::new(
                    Kind::Bool,
                    secret(if is_written { "true" } else { "false" }),
                )),
            ),
        ]))
    }
}

/// Whom a plan is for, and whether it is decided.
#[derive(Clone, Copy)]
pub(super) struct Audience {
    /// `--json`: a program, which is never asked.
    pub(super) is_program: bool,
    /// `--yes`.
    pub(super) is_decided: bool,
}

/// A plan for all environments.
pub(super) struct Plan(pub(super) Vec<Planned>);

impl Plan {
    /// Shows it to a person.
    pub(super) fn tell(&self, context: &Context, audience: Audience) {
        if audience.is_program {
            return;
        }
        for one in &self.0 {
            let terminal = context.terminal();
            terminal.say(format!("{} ({}):", one.environment, one.file));
            one.lines.iter().for_each(|line| terminal.detail(line));
        }
    }

    /// Has it done if it is decided or a person says so; a program gets it in any case, unless it fails. Not done is 1.
    ///
    /// # Errors
    /// Nobody can be asked, somebody said no, or `write` fails.
    pub(super) fn carry_out(
        &self,
        context: &Context,
        audience: Audience,
        question: &str,
        write: impl FnOnce() -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        if !audience.is_program {
            confirm(context, audience.is_decided, question)?;
            return write();
        }
        let exit = match audience.is_decided {
            true => write()?,
            false => Exit::No,
        };
        self.print(context, audience.is_decided)?;
        Ok(exit)
    }

    /// Prints it for a program.
    ///
    /// # Errors
    /// Nobody reads it.
    pub(super) fn print(&self, context: &Context, is_written: bool) -> Result<(), Failure> {
        let all = Node::List(self.0.iter().map(|one| one.node(is_written)).collect());
        let text = render::json(&all)?;
        context.terminal().print(text.expose_secret())?;
        Ok(())
    }
}
