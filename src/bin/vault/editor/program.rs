//! Which program a person edits with, and how it is started.

use std::{
    env,
    ffi::OsString,
    fs::File,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::known::Kind;
use crate::{context::Context, failure::Failure, terminal::Terminal};

/// Where the program is named, the first that is set; and what it is where none is.
const VARIABLES: [&str; 3] = ["VAULT_EDITOR", "VISUAL", "EDITOR"];
const DEFAULT: &str = "vi";

/// Where a person sits, whatever the streams are.
const TERMINAL: &str = "/dev/tty";

/// An editor that is there.
pub(crate) struct Program {
    words: Vec<String>,
    kind: Kind,
    withheld: Vec<OsString>,
}

impl Program {
    /// Finds it, before there is anything to edit.
    ///
    /// # Errors
    /// None that can be started, or nobody to use it.
    pub(crate) fn find(context: &Context) -> Result<Self, Failure> {
        let named = VARIABLES
            .into_iter()
            .find_map(|name| Some((name, context.environment().get(name)?)));
        let is_ours = matches!(named, Some(("VAULT_EDITOR", _)));
        if !is_ours && !context.terminal().can_ask() {
            return Err(Failure::new("there is no terminal to edit on")
                .hint("a program that needs none can be named in VAULT_EDITOR")
                .hint("vault set writes a value without an editor, vault import many"));
        }
        let (variable, text) = match named {
            Some((name, text)) => (name, text),
            None => ("EDITOR", DEFAULT.into()),
        };
        let words = words(variable, text)?;
        let path = look_up(context, &words[0]).ok_or_else(|| {
            Failure::new(format!("there is no program {} to edit with", words[0]))
                .hint("VAULT_EDITOR, VISUAL or EDITOR names your editor: EDITOR=nano vault edit …")
        })?;
        Ok(Program {
            kind: Kind::of(&words[0], &path),
            words,
            withheld: context.withheld_variables(),
        })
    }

    /// What is known of it that nothing can be done about.
    pub(crate) fn warning(&self) -> Option<String> {
        self.kind.warning()
    }

    /// Its name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.words[0]
    }

    /// The command that edits a file on a desk: no shell, one file.
    ///
    /// It gets no identity. The limit of core dumps stays at nothing: its memory holds what ours does.
    pub(super) fn command(&self, desk: &Path, file: &Path) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(self.kind.arguments(desk));
        command.args(&self.words[1..]).arg(file);
        for name in &self.withheld {
            command.env_remove(name);
        }
        let seat = || File::options().read(true).write(true).open(TERMINAL);
        if !Terminal.is_stdin() {
            command.stdin(seat().map_or_else(|_| Stdio::null(), Stdio::from));
        }
        if !Terminal.is_stdout() {
            // What it prints is no data of ours.
            let error = || Stdio::from(io::stderr());
            command.stdout(seat().map_or_else(|_| error(), Stdio::from));
        }
        command
    }
}

/// The words of a variable, as a shell would split them; nothing in them is expanded.
fn words(variable: &str, text: OsString) -> Result<Vec<String>, Failure> {
    let text = text
        .into_string()
        .map_err(|_| Failure::new(format!("{variable} is not text")))?;
    let words = shell_words::split(&text)
        .map_err(|_| Failure::new(format!("{variable} has a quote that is not closed")))?;
    match words.first() {
        Some(word) if !word.is_empty() => Ok(words),
        _ => Err(Failure::new(format!("{variable} names no program"))),
    }
}

/// Where a program lies, as the system will look for it.
fn look_up(context: &Context, word: &str) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        path.metadata()
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    if word.contains('/') {
        return Some(PathBuf::from(word)).filter(is_program);
    }
    let path = context.environment().get("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(word))
        .find(is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words("EDITOR", text.into()).unwrap()
    }

    #[test]
    fn words_are_split_and_nothing_is_expanded() {
        assert_eq!(split("code --wait"), ["code", "--wait"]);
        assert_eq!(
            split("'/path with space/ed' -x"),
            ["/path with space/ed", "-x"]
        );
        assert_eq!(
            split("ed $HOME `id` ; rm *"),
            ["ed", "$HOME", "`id`", ";", "rm", "*"]
        );
    }

    #[test]
    fn what_names_no_program_is_refused() {
        for (text, said) in [
            ("'vim", "EDITOR has a quote that is not closed"),
            ("''", "EDITOR names no program"),
            ("  ", "EDITOR names no program"),
        ] {
            let failure = words("EDITOR", text.into()).unwrap_err();
            assert_eq!(failure.error(), Some(said));
        }
    }
}
