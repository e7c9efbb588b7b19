//! What happened, for a person and for a program.

use std::fmt::Write as _;

use vault::value::Node;

use super::{Event, State};
use crate::{
    commands::{
        answer::{object, printed, text, text_or_null, texts, truth},
        differences,
    },
    failure::Failure,
    terminal::Terminal,
};

/// A block for each commit.
pub(super) fn plain(terminal: Terminal, events: &[Event]) -> String {
    let mut out = String::new();
    for event in events {
        let author = terminal.one_line(&event.author);
        let state = match &event.state {
            State::Signed { by, .. } => format!("signed by {by}"),
            State::Unsigned => "not signed".to_owned(),
            State::Bad(reason) => format!("not accepted: {reason}"),
            State::Removed => "the file is gone".to_owned(),
        };
        line(
            &mut out,
            &format!("{} {}, {state}; commit by {author}", event.at, event.commit),
        );
        if let State::Signed {
            leads_here: false, ..
        } = event.state
        {
            line(
                &mut out,
                "    ! the membership log of today does not go on from the one that it had",
            );
        }
        event
            .members
            .iter()
            .for_each(|member| line(&mut out, &format!("    {member}")));
        changes(&mut out, event);
    }
    out
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes everything");
}

fn changes(out: &mut String, event: &Event) {
    let told = event.keys.iter().filter(differences::is_told);
    let lines = told.map(differences::line);
    for text in lines.chain(differences::anew(&event.keys)) {
        line(out, &format!("    {text}"));
    }
}

/// A list with an object for each commit.
///
/// # Errors
/// None that happen.
pub(super) fn json(events: &[Event]) -> Result<String, Failure> {
    printed(&Node::List(events.iter().map(node).collect()))
}

fn node(event: &Event) -> Node {
    let (state, signer, leads_here, error) = match &event.state {
        State::Signed { by, leads_here } => ("signed", Some(by), *leads_here, None),
        State::Unsigned => ("not signed", None, false, None),
        State::Bad(reason) => ("not accepted", None, false, Some(reason)),
        State::Removed => ("removed", None, false, None),
    };
    let keys = event.keys.iter().map(|key| {
        let what = differences::word(&key.what);
        object([("key", text(key.path.to_string())), ("change", text(what))])
    });
    object([
        ("commit", text(&event.commit)),
        ("author", text(&event.author)),
        ("at", text(&event.at)),
        ("state", text(state)),
        ("signer", text_or_null(signer)),
        ("leads_here", truth(leads_here)),
        ("keys", Node::List(keys.collect())),
        ("members", texts(&event.members)),
        ("error", text_or_null(error)),
    ])
}
