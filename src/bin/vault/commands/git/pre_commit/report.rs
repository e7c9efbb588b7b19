//! What was found, and what was not looked at.

use std::{collections::BTreeMap, path::Path};

use vault::{leak::Place, value::Node, vault::Shown};

use crate::{
    commands::answer::{number_or_null, object, printed, text, text_or_null, texts},
    failure::{Exit, Failure},
    terminal::Terminal,
    workspace::Trouble,
};

/// Findings that are told; there may be thousands, in a commit that takes a folder by mistake.
const TOLD: usize = 50;

/// Files, or environments, that are named with one reason.
const NAMED: usize = 10;

/// Where something was found.
#[derive(Clone, Default)]
pub(super) struct Spot {
    path: Option<String>,
    place: Option<Place>,
}

impl Spot {
    /// A file.
    pub(super) fn of(path: &Path) -> Self {
        Spot {
            path: Some(shown(path)),
            place: None,
        }
    }

    /// A place in it.
    pub(super) fn at(self, place: Place) -> Self {
        Spot {
            place: Some(place),
            ..self
        }
    }
}

/// Everything that is to be said at the end.
#[derive(Default)]
pub(super) struct Report {
    findings: Vec<(Spot, Trouble)>,
    /// What is not as it should be, and stops nobody.
    warnings: Vec<(Spot, Trouble)>,
    /// What was not looked for, by reason.
    left_out: BTreeMap<String, Vec<String>>,
}

impl Report {
    /// Adds what stops the commit.
    pub(super) fn find(&mut self, spot: Spot, trouble: Trouble) {
        let trouble = match trouble.exit {
            Exit::Untrusted => trouble,
            _ => Trouble {
                exit: Exit::No,
                ..trouble
            },
        };
        self.findings.push((spot, trouble));
    }

    /// Adds what does not stop it.
    pub(super) fn warn(&mut self, spot: Spot, trouble: Trouble) {
        self.warnings.push((spot, trouble));
    }

    /// Adds what was not looked at, for a reason that may be that of others, too.
    pub(super) fn leave_out(&mut self, reason: impl Into<String>, what: impl Into<String>) {
        let known = self.left_out.entry(reason.into()).or_default();
        let what = what.into();
        if !known.contains(&what) {
            known.push(what);
        }
    }

    /// Says everything; each hint once, at the end.
    pub(super) fn tell(self, terminal: Terminal) -> Exit {
        for (reason, what) in &self.left_out {
            terminal.say(format!("{reason}: {}", listed(what)));
        }
        let mut hints: Vec<&str> = Vec::new();
        for (_, trouble) in &self.warnings {
            terminal.warn(&trouble.text);
            tell_rest(terminal, trouble, &mut hints);
        }
        for (_, trouble) in self.findings.iter().take(TOLD) {
            terminal.error(&trouble.text);
            tell_rest(terminal, trouble, &mut hints);
        }
        if let more @ 1.. = self.findings.len().saturating_sub(TOLD) {
            terminal.error(format!("and {more} more"));
        }
        let exit = self.exit();
        if exit != Exit::Done {
            hints.push("git commit --no-verify commits all the same, without any check");
        }
        hints.iter().for_each(|hint| terminal.hint(hint));
        exit
    }

    /// Prints everything for a program.
    ///
    /// # Errors
    /// Standard output takes nothing.
    pub(super) fn print(self, terminal: Terminal) -> Result<Exit, Failure> {
        let nodes = |found: &[(Spot, Trouble)]| found.iter().map(node).collect();
        let left_out = self
            .left_out
            .iter()
            .map(|(reason, what)| object([("reason", text(reason)), ("what", texts(what))]));
        let answer = object([
            ("findings", Node::List(nodes(&self.findings))),
            ("warnings", Node::List(nodes(&self.warnings))),
            ("left_out", Node::List(left_out.collect())),
        ]);
        terminal.print(&printed(&answer)?)?;
        Ok(self.exit())
    }

    fn exit(&self) -> Exit {
        let is_untrusted = |(_, trouble): &(Spot, Trouble)| trouble.exit == Exit::Untrusted;
        match self.findings.is_empty() {
            true => Exit::Done,
            false if self.findings.iter().any(is_untrusted) => Exit::Untrusted,
            false => Exit::No,
        }
    }
}

fn node((spot, trouble): &(Spot, Trouble)) -> Node {
    let kind = match trouble.exit {
        Exit::Untrusted => "trust",
        _ => "finding",
    };
    object([
        ("kind", text(kind)),
        ("path", text_or_null(spot.path.as_ref())),
        ("line", number_or_null(spot.place.map(|place| place.line))),
        (
            "column",
            number_or_null(spot.place.map(|place| place.column)),
        ),
        ("error", text(&trouble.text)),
        ("details", texts(&trouble.details)),
        ("hints", texts(&trouble.hints)),
    ])
}

fn listed(names: &[String]) -> String {
    let first = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn tell_rest<'t>(terminal: Terminal, trouble: &'t Trouble, hints: &mut Vec<&'t str>) {
    trouble
        .details
        .iter()
        .for_each(|line| terminal.detail(line));
    for hint in &trouble.hints {
        if !hints.contains(&hint.as_str()) {
            hints.push(hint);
        }
    }
}

/// A path as it is shown, from the top of the work tree.
pub(super) fn shown(path: &Path) -> String {
    Shown(path).to_string()
}

/// What takes a file out of the commit.
pub(super) const UNSTAGE: &str = "git restore --staged FILE takes a file out of the commit (before the first one: git rm --cached FILE)";
