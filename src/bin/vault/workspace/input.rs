//! Where a value comes from: an argument, a file, standard input, or a prompt that does not show it.

use std::{fs::File, path::Path};

use vault::secret::{ExposeSecret, SecretString, secret};

use super::Trouble;
use crate::{
    context::Context,
    failure::Failure,
    terminal::{LineEnd, PromptError},
};

/// Where to look for a value.
pub(crate) struct Input<'a> {
    /// What was typed, if anything.
    pub(crate) argument: Option<&'a str>,
    /// `--from-file`.
    pub(crate) file: Option<&'a Path>,
    /// Whether a final newline of standard input stays.
    pub(crate) is_verbatim: bool,
}

impl Input<'_> {
    /// Whether it is waited for: a person or a pipe has to bring it.
    pub(crate) fn is_awaited(&self) -> bool {
        self.argument.is_none() && self.file.is_none()
    }

    /// Reads the value; asks on the terminal if it is nowhere else.
    pub(crate) fn read(&self, context: &Context, what: &str) -> Result<SecretString, Trouble> {
        let terminal = context.terminal();
        match (self.argument, self.file) {
            (Some(text), _) => Ok(secret(text)),
            (None, Some(path)) => from_file(context, path),
            (None, None) if terminal.is_stdin() => typed(context, what),
            (None, None) => piped(context, self.is_verbatim),
        }
    }
}

/// A line that somebody types. Enter alone is a slip: what it would replace is gone.
fn typed(context: &Context, what: &str) -> Result<SecretString, Trouble> {
    let question = format!("{what}:");
    let value = context.terminal().hidden_value(&question);
    let value = value.map_err(|error| {
        let is_more_than_a_line = matches!(error, PromptError::SeveralLines | PromptError::Control);
        let failure = Failure::from(error);
        match is_more_than_a_line {
            true => failure
                .hint("text with line ends or tabs comes through a pipe, or with --from-file FILE"),
            false => failure,
        }
    })?;
    match value.expose_secret().is_empty() {
        true => Err(Trouble::failed("nothing was entered")
            .hint("for an empty value type '' behind the key")),
        false => Ok(value),
    }
}

/// What another program brings. One that failed brings nothing, and `echo` of a variable that is not set an empty line.
fn piped(context: &Context, is_verbatim: bool) -> Result<SecretString, Trouble> {
    let end = match is_verbatim {
        true => LineEnd::Stays,
        false => LineEnd::Goes,
    };
    let value = context.terminal().read_stdin(end).map_err(Failure::from)?;
    match value.expose_secret().is_empty() {
        true => Err(
            Trouble::failed("standard input has no value: it is empty, or an empty line")
                .hint("pipe the value in; for an empty one type '' behind the key"),
        ),
        false => Ok(value),
    }
}

fn from_file(context: &Context, path: &Path) -> Result<SecretString, Trouble> {
    let shown = path.display().to_string();
    let file = File::open(path)
        .map_err(|error| Failure::because(&error).within(format!("cannot read {shown}")))?;
    let value = context
        .terminal()
        .read_value(file)
        .map_err(|error| Failure::from(error).within(shown))?;
    Ok(value)
}
