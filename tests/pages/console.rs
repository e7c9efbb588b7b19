//! Pages whose examples are run: what a page says to type is typed, and what it says comes of it is compared.
//!
//! In a fence that begins with ```` ```console ````, a line after `$ ` is a command and the lines below it are what it prints, on standard output and
//! standard error together. `…` stands for anything in its line, a line of `…` alone for any lines. A command that fails has the line
//! `[exit code N]` at its end. `<!-- run: COMMAND -->` outside of a fence is typed too and prints nothing worth showing.
//!
//! A fence with a name behind its language, such as ```` ```python app.py ````, is a file: it is written where the commands run.
//!
//! All commands of a page are typed into one shell, in a new folder, by a user with an empty home.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// Between what two commands print (ASCII record separator).
const END: char = '\u{1e}';

/// One command of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    line: usize,
    command: String,
    /// What is shown; nothing is said about what a hidden command prints.
    expected: Option<Vec<String>>,
}

/// What a command did.
struct Outcome {
    printed: String,
    code: String,
}

/// Runs every example of a page.
///
/// # Panics
/// Where something else comes of a command, with its line in the page.
pub(crate) fn run(page: &str) {
    run_with(page, &[]);
}

/// Runs every example of a page, where these programs can be typed by name, too.
///
/// # Panics
/// As [`run`].
pub(crate) fn run_with(page: &str, programs: &[(&str, &Path)]) {
    let text = super::read(page);
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{page} has no examples");
    let outcomes = outcomes(&text, &steps, programs);
    for (at, step) in steps.iter().enumerate() {
        let outcome = outcomes
            .get(at)
            .unwrap_or_else(|| panic!("{page}:{}: the shell ended before", step.line));
        if let Some(difference) = difference(step, outcome) {
            panic!("{page}:{}: `{}`\n{difference}", step.line, step.command);
        }
    }
}

/// The files that a page shows, by name.
pub(crate) fn files(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    let mut is_file = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(info) => {
                let name = info.split_once(' ').map(|(_, name)| name.to_owned());
                is_file = name.is_some();
                files.extend(name.map(|name| (name, String::new())));
            }
            None if is_file => {
                let (_, content) = files.last_mut().expect("one was just begun");
                content.push_str(line);
                content.push('\n');
            }
            None => {}
        }
    }
    files
}

/// The commands of a page, in their order.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut fence: Option<bool> = None;
    for (at, line) in text.lines().enumerate() {
        let hidden = || line.strip_prefix("<!-- run: ")?.strip_suffix(" -->");
        let step = |command: &str, expected| Step {
            line: at + 1,
            command: command.to_owned(),
            expected,
        };
        match (fence, line.strip_prefix("```"), line.strip_prefix("$ ")) {
            (None, Some(language), _) => fence = Some(language == "console"),
            (Some(_), Some(_), _) => fence = None,
            (Some(true), _, Some(command)) => steps.push(step(command, Some(Vec::new()))),
            (Some(true), _, None) => {
                let shown = steps.last_mut().and_then(|step| step.expected.as_mut());
                shown
                    .expect("an example begins with a command")
                    .push(line.to_owned());
            }
            (None, None, _) => steps.extend(hidden().map(|command| step(command, None))),
            _ => {}
        }
    }
    steps
}

fn outcomes(text: &str, steps: &[Step], programs: &[(&str, &Path)]) -> Vec<Outcome> {
    let world = world();
    for (name, content) in files(text) {
        fs::write(world.path().join("work").join(name), content).expect("a file of the page");
    }
    let script = world.path().join("script");
    fs::write(&script, self::script(steps, programs)).expect("a file of our own");
    let output = shell(world.path(), &script)
        .output()
        .expect("a shell, which every developer's machine has");
    let text = String::from_utf8(output.stdout).expect("only text is printed");
    let mut parts = text.split(END);
    std::iter::from_fn(|| {
        Some(Outcome {
            printed: parts.next()?.to_owned(),
            code: parts.next()?.to_owned(),
        })
    })
    .collect()
}

/// The folders that a shell needs.
pub(crate) fn world() -> TempDir {
    let world = TempDir::new().expect("a temporary folder");
    for folder in ["home", "work", "config", "state", "tmp", "bin"] {
        fs::create_dir(world.path().join(folder)).expect("a new folder");
    }
    world
}

fn script(steps: &[Step], programs: &[(&str, &Path)]) -> String {
    let mut script = "exec 2>&1 </dev/null\n".to_owned();
    for (name, program) in programs {
        // No link: Python looks for its libraries beside the name that it was started by.
        let program = program.display();
        script.push_str(&format!(
            "printf '#!/bin/sh\\nexec \"%s\" \"$@\"\\n' '{program}' > ../bin/{name}; chmod +x ../bin/{name}\n"
        ));
    }
    for step in steps {
        script.push_str(&format!("{}\nprintf '{END}%s{END}' \"$?\"\n", step.command));
    }
    script
}

/// Runs a script in the folder `work` of a world, where nothing of the machine's user counts.
pub(crate) fn shell(world: &Path, script: &Path) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_vault"));
    let folder = program.parent().expect("a program lies in a folder");
    let mut shell = Command::new("sh");
    shell
        .arg(script)
        .current_dir(world.join("work"))
        .env_clear();
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin",
        folder.display(),
        world.join("bin").display()
    );
    shell.env("PATH", path).env("LC_ALL", "C.UTF-8");
    shell
        .env("HOME", world.join("home"))
        .env("TMPDIR", world.join("tmp"));
    shell
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    shell
}

fn difference(step: &Step, outcome: &Outcome) -> Option<String> {
    let Some(expected) = &step.expected else {
        let failed = || {
            format!(
                "a hidden command failed with {}:\n{}",
                outcome.code, outcome.printed
            )
        };
        return (outcome.code != "0").then(failed);
    };
    let mut actual: Vec<String> = outcome.printed.lines().map(str::to_owned).collect();
    if outcome.code != "0" {
        actual.push(format!("[exit code {}]", outcome.code));
    }
    let shown = || {
        format!(
            "--- the page\n{}\n--- the program\n{}",
            expected.join("\n"),
            actual.join("\n")
        )
    };
    (!lines_match(trimmed(expected), &actual)).then(shown)
}

/// Without the blank lines at the end: a page may leave one before the next command.
fn trimmed(lines: &[String]) -> &[String] {
    let end = lines
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(0, |at| at + 1);
    &lines[..end]
}

fn lines_match(expected: &[String], actual: &[String]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((any, rest)), _) if any == "…" => {
            (0..=actual.len()).any(|skipped| lines_match(rest, &actual[skipped..]))
        }
        (Some((line, rest)), Some((printed, more))) => {
            line_matches(line, printed) && lines_match(rest, more)
        }
        _ => false,
    }
}

fn line_matches(expected: &str, printed: &str) -> bool {
    match expected.split_once('…') {
        None => expected == printed,
        Some((start, rest)) => printed.strip_prefix(start).is_some_and(|printed| {
            let mut places = printed.char_indices().map(|(at, _)| at);
            places.any(|at| line_matches(rest, &printed[at..])) || line_matches(rest, "")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_in_console_fences_and_in_comments() {
        let page = "text\n<!-- run: true -->\n```console\n$ a b\nout\n\n$ c\n```\n$ no\n```sh\n$ no\n```\n";
        let step = |line, command: &str, expected: Option<&[&str]>| Step {
            line,
            command: command.to_owned(),
            expected: expected.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()),
        };
        let expected = [
            step(2, "true", None),
            step(4, "a b", Some(&["out", ""])),
            step(7, "c", Some(&[])),
        ];
        assert_eq!(steps(page), expected);
    }

    #[test]
    fn a_fence_with_a_name_is_a_file() {
        let page = "```yaml a.yaml\nb: 1\n```\n```sh\nc\n```\n```python d.py\ne\n\nf\n```\n";
        let file = |name: &str, content: &str| (name.to_owned(), content.to_owned());
        assert_eq!(
            files(page),
            [file("a.yaml", "b: 1\n"), file("d.py", "e\n\nf\n")]
        );
    }

    #[test]
    fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
        for (expected, printed, matches) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a…", "a", true),
            ("a…c…", "abcd", true),
            ("a…c", "abcd", false),
            ("…", "", true),
        ] {
            assert_eq!(
                line_matches(expected, printed),
                matches,
                "{expected} {printed}"
            );
        }
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(lines_match(&lines("a\n…\nd"), &lines("a\nb\nc\nd")));
        assert!(lines_match(&lines("a\n…"), &lines("a")));
        assert!(!lines_match(&lines("a"), &lines("a\nb")));
        assert!(!lines_match(&lines("a\nb"), &lines("a")));
    }
}
