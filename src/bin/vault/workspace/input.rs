//! Where a value comes from: an argument, a file, standard input, or a prompt that does not show it.

use std::{fs::File, path::Path};

use vault::secret::{ExposeSecret, SecretString, secret};

use super::Trouble;
use crate::{context::Context, failure::Failure};

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
            (None, None) if terminal.is_stdin() => Ok(terminal
                .hidden_value(&format!("{what}:"))
                .map_err(Failure::from)?),
            (None, None) => piped(context, self.is_verbatim),
        }
    }
}

fn piped(context: &Context, is_verbatim: bool) -> Result<SecretString, Trouble> {
    let value = context.terminal().read_stdin().map_err(Failure::from)?;
    let text = value.expose_secret();
    if text.is_empty() {
        return Err(
            Trouble::failed("there is no terminal to ask, and nothing on standard input")
                .hint("pipe the value in; for an empty one type '' behind the key"),
        );
    }
    let without_newline = text
        .strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'));
    match (is_verbatim, without_newline) {
        (false, Some(text)) => Ok(secret(text)),
        _ => Ok(value),
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
