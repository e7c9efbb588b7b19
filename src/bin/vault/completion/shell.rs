//! The shells: the script that each of them reads at its start, what it asks, and how it wants the answer.

use std::{ffi::OsString, path::Path};

use clap::ValueEnum;

use super::{Candidates, Kind, Line};

/// Where a script calls this program; filled in with a quoted path.
const PROGRAM: &str = "@PROGRAM@";

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Bash, from 3.2 on
    Bash,
    /// Elvish
    Elvish,
    /// Fish, from 3.1 on
    Fish,
    /// PowerShell, from 7.3 on; not tested
    Powershell,
    /// Zsh
    Zsh,
}

impl Shell {
    /// The shell of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Shell::from_str(name, false).ok()
    }

    /// The script: defines the completion of `vault`, and calls the program by this path, so that no other program of the name is started.
    pub(crate) fn script(self, program: &str) -> String {
        let (script, quoted) = match self {
            Shell::Bash => (include_str!("scripts/vault.bash"), posix(program)),
            Shell::Elvish => (include_str!("scripts/vault.elv"), elvish(program)),
            Shell::Fish => (include_str!("scripts/vault.fish"), fish(program)),
            Shell::Powershell => (include_str!("scripts/vault.ps1"), powershell(program)),
            Shell::Zsh => (include_str!("scripts/vault.zsh"), posix(program)),
        };
        script.replace(PROGRAM, &quoted)
    }

    /// The line that it asks about: bash sends the line and what it will replace of it, the others send words.
    pub(super) fn line(self, arguments: &[OsString]) -> Option<Line> {
        let text = |argument: &OsString| argument.to_str().map(str::to_owned);
        let words: Vec<String> = arguments.iter().map(text).collect::<Option<_>>()?;
        match (self, words.as_slice()) {
            (Shell::Bash, [line, replaced]) => Line::of_bash(line, replaced),
            (Shell::Bash, _) => None,
            (Shell::Fish, _) => Some(Line::of_fish(words)),
            (Shell::Elvish | Shell::Powershell | Shell::Zsh, _) => Some(Line::of_words(words)),
        }
    }

    /// One line for who knows the candidates, then one for each; with a tab and its explanation where the shell shows one.
    pub(super) fn answer(self, line: &Line, candidates: Candidates) -> String {
        let kind = match candidates.kind {
            Kind::Words => "words",
            Kind::Files => "files",
            Kind::Folders => "folders",
            Kind::Commands => "commands",
        };
        let mut answer = format!("{kind}\n");
        for candidate in candidates.words {
            // Nothing of ours holds one; a line that was two would be two candidates.
            if candidate.word.contains(char::is_control) {
                continue;
            }
            let help = candidate.help.unwrap_or_default();
            let shown = match self {
                Shell::Bash => line.replacement(&candidate.word),
                Shell::Fish | Shell::Powershell | Shell::Zsh if !help.is_empty() => {
                    Some(format!("{}\t{help}", candidate.word))
                }
                _ => Some(candidate.word),
            };
            if let Some(shown) = shown {
                answer.push_str(&shown);
                answer.push('\n');
            }
        }
        answer
    }
}

/// A path as one word of bash and zsh.
fn posix(path: &str) -> String {
    format!("'{}'", path.replace('\'', r"'\''"))
}

fn fish(path: &str) -> String {
    format!("'{}'", path.replace('\\', r"\\").replace('\'', r"\'"))
}

fn elvish(path: &str) -> String {
    format!("'{}'", path.replace('\'', "''"))
}

/// There every quote of the kind ends a text, those of typographers too.
fn powershell(path: &str) -> String {
    let mut quoted = String::from("'");
    for letter in path.chars() {
        let is_quote = matches!(letter, '\'' | '\u{2018}'..='\u{201b}');
        quoted.extend(std::iter::repeat_n(letter, if is_quote { 2 } else { 1 }));
    }
    quoted.push('\'');
    quoted
}

/// A path that a script can hold.
pub(crate) fn holdable(path: &Path) -> Option<&str> {
    path.to_str()
        .filter(|path| !path.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_calls_the_program_by_its_quoted_path() {
        for (shell, quoted) in [
            (Shell::Bash, r"'/it'\''s $(here)/vault'"),
            (Shell::Elvish, "'/it''s $(here)/vault'"),
            (Shell::Fish, r"'/it\'s $(here)/vault'"),
            (Shell::Powershell, "'/it''s $(here)/vault'"),
            (Shell::Zsh, r"'/it'\''s $(here)/vault'"),
        ] {
            let script = shell.script("/it's $(here)/vault");
            assert!(script.contains(quoted), "{script}");
            assert!(!script.contains(PROGRAM));
        }
        let script = Shell::Powershell.script("/a\u{2019}b");
        assert!(script.contains("'/a\u{2019}\u{2019}b'"), "{script}");
    }
}
