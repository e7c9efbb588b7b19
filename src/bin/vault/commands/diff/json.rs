//! What differs, for a program.

use vault::{
    difference::{Difference, What},
    render,
    secret::SecretString,
    value::{Map, Node, Scalar},
};

use super::{
    Answer,
    people::Person,
    report::{Key, Report, Signature, State},
};
use crate::{
    commands::{
        answer::{object, text, text_or_null, texts, truth},
        differences,
    },
    failure::Failure,
};

/// One object.
///
/// # Errors
/// A value that JSON cannot hold.
pub(super) fn json(answer: &Answer) -> Result<SecretString, Failure> {
    let reports = answer.reports.iter().map(report).collect();
    let all = object([
        ("before", text(&answer.before)),
        ("after", text(&answer.after)),
        ("config", texts(&answer.config)),
        ("environments", Node::List(reports)),
    ]);
    Ok(render::json(&all)?)
}

fn report(report: &Report) -> Node {
    let state = match report.state {
        State::New => "new",
        State::Gone => "gone",
        State::Changed => "changed",
    };
    let (signature, signer) = match &report.signature {
        Signature::By(name) => ("signed", Some(name)),
        Signature::Unsigned => ("not signed", None),
        Signature::Bad => ("not accepted", None),
        Signature::NoFile => ("no file", None),
    };
    object([
        ("environment", text(&report.name)),
        ("was", text_or_null(report.was.as_ref())),
        ("file", text(&report.file)),
        ("was_file", text_or_null(report.was_file.as_ref())),
        ("state", text(state)),
        ("signature", text(signature)),
        ("signer", text_or_null(signer)),
        ("faults", texts(&report.faults)),
        ("faults_before", texts(&report.old_faults)),
        (
            "members",
            Node::List(report.people.iter().map(person).collect()),
        ),
        ("structure", texts(&report.structure)),
        ("wanted", texts(&report.wanted)),
        ("keys", Node::List(report.keys.iter().map(key).collect())),
        (
            "comments",
            Node::List(report.comments.iter().map(comment).collect()),
        ),
        ("written_anew", truth(report.is_anew)),
    ])
}

fn person(person: &Person) -> Node {
    let by = person.by.as_ref();
    object([
        ("name", text(&person.name)),
        ("change", text(person.change.word())),
        ("role", text(&person.role)),
        ("fingerprint", text_or_null(person.fingerprint.as_ref())),
        ("by", text_or_null(by.map(|by| &by.name))),
        ("at", text_or_null(by.map(|by| &by.at))),
    ])
}

fn key(key: &Key) -> Node {
    let what = &key.difference.what;
    let (was, was_type) = match what {
        What::Renamed { from } => (Some(from.to_string()), None),
        What::Retyped { from, .. } => (None, Some(from.name())),
        _ => (None, None),
    };
    let fields = [
        ("key", Some(text(key.difference.path.to_string()))),
        ("change", Some(text(differences::word(what)))),
        ("type", Some(text_or_null(key.kind))),
        ("in_clear", Some(truth(key.is_clear))),
        ("was", was.map(text)),
        ("was_type", was_type.map(text)),
        ("before", value(key.before.as_ref())),
        ("after", value(key.after.as_ref())),
    ];
    let given = fields.into_iter();
    let given = given.filter_map(|(name, node)| Some((name.to_owned(), node?)));
    Node::Map(Map::from_iter(given))
}

fn value(value: Option<&Scalar>) -> Option<Node> {
    value.cloned().map(Node::Scalar)
}

fn comment(comment: &Difference) -> Node {
    object([
        ("key", text(comment.path.to_string())),
        ("change", text(differences::word(&comment.what))),
    ])
}
