//! The keys of `--only` out of a file that no program reads as a whole: their lines alone, where those say everything.

use vault::{
    import::dotenv::{Dialect, Survey},
    value::Selection,
};

use zeroize::Zeroizing;

use super::source::Loaded;
use crate::{failure::Failure, shell};

impl Loaded<'_> {
    /// Adds the command that takes over the lines of the keys that were named, if they are read alike without the others.
    pub(super) fn alone(&self, failure: Failure, dialect: Option<Dialect>) -> Failure {
        match self.command_for_lines(dialect) {
            Some(command) => failure.hint(format!("{command} takes over these lines alone")),
            None => failure,
        }
    }

    fn command_for_lines(&self, dialect: Option<Dialect>) -> Option<String> {
        let command = self.command;
        let is_plain = command.except.is_empty() && !command.is_passing();
        if !is_plain || command.only.is_empty() || !command.only.iter().all(|name| is_name(name)) {
            return None;
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let wanted = |at: &usize| is_of(lines[*at], &command.only);
        let found: Vec<usize> = (0..lines.len()).filter(wanted).collect();
        let is_whole = |at: &usize| lines.get(at + 1).is_none_or(|next| begins_anew(next));
        if found.len() != command.only.len() || !found.iter().all(is_whole) {
            return None;
        }
        let found: Vec<&str> = found.into_iter().map(|at| lines[at]).collect();
        let text = Zeroizing::new(found.join("\n"));
        let (survey, everything) = (Survey::of(&text), Selection::default());
        let is_read = match dialect {
            Some(dialect) => survey.in_dialect(dialect, &everything).is_ok(),
            None => survey.agreed(&everything).is_ok(),
        };
        if !is_read || survey.keys().len() != command.only.len() {
            return None;
        }
        let mut words = format!(
            "grep -E '^(export )?({})=' {} | vault import {} - --format dotenv",
            command.only.join("|"),
            shell::word(self.shown),
            command.environment
        );
        if command.overwrite {
            words.push_str(" --overwrite");
        }
        if let Some(dialect) = dialect {
            words.push_str(&format!(" --dialect {dialect}"));
        }
        Some(words)
    }
}

/// Whether a pattern is the name of one key and means the same to grep.
fn is_name(pattern: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !pattern.is_empty() && pattern.bytes().all(is_plain)
}

/// Whether a line is surely no piece of the value above it, which may lack its quotes. The end of a private key looks like a name: `MC4CAQ==`.
fn begins_anew(line: &str) -> bool {
    let line = line.trim();
    let assigns = line.split_once('=').is_some_and(|(name, value)| {
        is_name(name.strip_prefix("export ").unwrap_or(name)) && !value.trim_matches('=').is_empty()
    });
    line.is_empty() || line.starts_with('#') || assigns
}

/// Whether grep finds a line for these names.
fn is_of(line: &str, names: &[String]) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line);
    line.split_once('=')
        .is_some_and(|(name, _)| names.iter().any(|known| known == name))
}
