//! What vault says, and to whom. The rules:
//!
//! * Prompts and questions go to the terminal (`/dev/tty`) and are answered there, also while standard input or output is a
//!   pipe. Where there is no terminal they fail at once: nothing ever waits for an answer that cannot come.
//! * Data goes to standard output, and nothing else does: unbuffered, complete or with an error.
//! * Everything else goes to standard error with the prefix `vault: `.
//! * A private key is never said, wherever it came from.
//! * Names and paths come from whoever can commit. Control characters and those that turn the direction of text are escaped,
//!   on standard error always, on standard output when it is a terminal.
//! * Commands are said as they are typed where the person stands.
//! * Colour carries no meaning alone, and obeys `NO_COLOR`.

mod escape;
mod input;
mod output;
mod place;
mod prompt;

use std::{borrow::Cow, fmt::Display, io::Write};

use anstyle::{AnsiColor, Style};

pub(crate) use escape::{escaped, escaped_lines};
pub(crate) use input::{InputError, LineEnd};
pub(crate) use output::{Output, OutputError};
pub(crate) use place::Named;
use place::Place;
pub(crate) use prompt::PromptError;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// The person in front of the program, and the three streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal;

impl Terminal {
    /// A text in one line: control characters, line breaks and what turns text around are escaped.
    pub(crate) fn one_line(self, text: &str) -> std::borrow::Cow<'_, str> {
        escaped(text)
    }

    /// The vault is looked for in a folder that somebody has named with `-C`: in what is said from here on, each command does so.
    pub(crate) fn stands_outside(self, named: Named) {
        Place::of_process().is_named(named);
    }

    /// The config is elsewhere than where somebody stands: so git is told of it.
    pub(crate) fn has_config_at(self, path: &str) {
        Place::of_process().has_config_at(path);
    }

    /// Says a line: what was done, what is about to be done.
    pub(crate) fn say(self, text: impl Display) {
        line(&escaped(&typed_here(&text.to_string())));
    }

    /// Says that something is not as it should be, while the work goes on.
    pub(crate) fn warn(self, text: impl Display) {
        labelled(WARNING, "warning", &typed_here(&text.to_string()));
    }

    /// As `warn`, once for each.
    pub(crate) fn warn_each(self, texts: impl IntoIterator<Item = impl Display>) {
        texts.into_iter().for_each(|text| self.warn(text));
    }

    /// Says why the work did not go on.
    pub(crate) fn error(self, text: impl Display) {
        labelled(ERROR, "error", &text.to_string());
    }

    /// Says one of several reasons, below the error that they belong to.
    pub(crate) fn detail(self, text: impl Display) {
        line(&format!("  {}", escaped(&typed_here(&text.to_string()))));
    }

    /// Says what to type next.
    pub(crate) fn hint(self, text: impl Display) {
        labelled(HINT, "hint", &typed_here(&text.to_string()));
    }

    /// Writes a text of our own that is neither data nor a message, such as help after a wrong command line.
    pub(crate) fn explain(self, text: &str) {
        // Whoever closed standard error does not want to know.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

fn typed_here(text: &str) -> Cow<'_, str> {
    Place::of_process().typed(text)
}

fn labelled(style: Style, label: &str, text: &str) {
    line(&format!("{style}{label}:{style:#} {}", escaped(text)));
}

// In one write, so that lines of several processes do not mix.
fn line(text: &str) {
    let text = format!("vault: {text}\n");
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
