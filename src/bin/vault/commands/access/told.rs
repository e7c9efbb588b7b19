//! The matrix for a person, and for a program.

use std::fmt::Write as _;

use vault::value::Node;

use super::{Report, Row, State};
use crate::{
    commands::answer::{object, printed, text, text_or_null, texts, truth},
    failure::Failure,
    terminal::Terminal,
};

/// A block for each environment, a line for each member.
pub(super) fn plain(terminal: Terminal, reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        let state = match &report.state {
            State::Signed { by } => format!("signed by {by}"),
            State::Unsigned => "not signed: nothing proves who made it".to_owned(),
            State::NoFile => "no file yet".to_owned(),
            State::Refused => format!("not accepted, see vault check {}", report.name),
        };
        line(
            &mut out,
            &format!("{} ({}): {state}", report.name, report.file),
        );
        let width = |of: fn(&Row) -> usize| report.members.iter().map(of).max().unwrap_or(0);
        let names = width(|row| row.name.len());
        let prints = width(|row| row.fingerprint.as_ref().map_or(0, String::len));
        for row in &report.members {
            let cells = format!(
                "    {:names$}  {:16}  {:prints$}  {}",
                row.name,
                role(row),
                row.fingerprint.as_deref().unwrap_or_default(),
                because(terminal, row)
            );
            line(&mut out, cells.trim_end());
            if let Some(wanted) = &row.wanted {
                line(&mut out, &format!("      ! {wanted}"));
            }
        }
        // What concerns a member who is there stands with them.
        let is_added = |drift: &&String| drift.starts_with('+') || drift.starts_with("~ extends");
        for drift in report.drift.iter().filter(is_added) {
            line(&mut out, &format!("    ! only in .vault.yaml: {drift}"));
        }
        for (layer, writers) in &report.layers {
            let who = match writers.as_slice() {
                [] => "which is not signed or not accepted".to_owned(),
                writers => format!("whose keys are written by {}", writers.join(", ")),
            };
            line(&mut out, &format!("    extends {layer}, {who}"));
        }
    }
    out
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes everything");
}

fn role(row: &Row) -> &'static str {
    match row.writes {
        true => "reads and writes",
        false => "reads",
    }
}

/// Through which groups, since when, by whose signature, and in which commit.
fn because(terminal: Terminal, row: &Row) -> String {
    let mut parts = Vec::new();
    if !row.through.is_empty() {
        parts.push(format!("through {}", row.through.join(", ")));
    }
    if let Some(since) = &row.since {
        parts.push(format!("since {}, signed by {}", since.at, since.by));
        if let Some(origin) = &since.origin {
            let author = terminal.one_line(&origin.author);
            parts.push(format!("commit {} by {author}", origin.commit));
        }
    }
    parts.join("; ")
}

/// A list with an object for each environment.
///
/// # Errors
/// None that happen.
pub(super) fn json(reports: &[Report]) -> Result<String, Failure> {
    printed(&Node::List(reports.iter().map(node).collect()))
}

fn node(report: &Report) -> Node {
    let (state, signer) = match &report.state {
        State::Signed { by } => ("ok", Some(by)),
        State::Unsigned => ("not signed", None),
        State::NoFile => ("no file", None),
        State::Refused => ("not accepted", None),
    };
    let layer = |(name, writers): &(String, Vec<String>)| {
        object([("environment", text(name)), ("writers", texts(writers))])
    };
    object([
        ("environment", text(&report.name)),
        ("file", text(&report.file)),
        ("state", text(state)),
        ("signer", text_or_null(signer)),
        (
            "members",
            Node::List(report.members.iter().map(member).collect()),
        ),
        (
            "layers",
            Node::List(report.layers.iter().map(layer).collect()),
        ),
        ("drift", texts(&report.drift)),
        (
            "error",
            text_or_null(report.trouble.as_ref().map(|trouble| &trouble.text)),
        ),
    ])
}

fn member(row: &Row) -> Node {
    let since = row.since.as_ref();
    let origin = since.and_then(|since| since.origin.as_ref());
    object([
        ("name", text(&row.name)),
        ("fingerprint", text_or_null(row.fingerprint.as_ref())),
        ("writes", truth(row.writes)),
        ("through", texts(&row.through)),
        ("since", text_or_null(since.map(|since| &since.at))),
        ("by", text_or_null(since.map(|since| &since.by))),
        ("commit", text_or_null(origin.map(|origin| &origin.commit))),
        ("author", text_or_null(origin.map(|origin| &origin.author))),
        ("wanted", text_or_null(row.wanted.as_ref())),
    ])
}
