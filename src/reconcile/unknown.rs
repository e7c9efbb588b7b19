//! A base for two versions of which nobody can tell what they began with: wherever they differ it differs from both.

use crate::{
    secret::secret,
    value::{Kind, Map, Node, Scalar},
    yaml::{Document, YamlError, write::Draft},
};

/// A document under which every difference of the two is a conflict.
pub(super) fn base(ours: &Document, theirs: &Document) -> Result<Document, YamlError> {
    let tree = |document: &Document| match document.root().map(|root| root.to_node()).transpose()? {
        Some(Node::Map(map)) => Ok(map),
        _ => Ok(Map::new()),
    };
    let (ours, theirs) = (tree(ours)?, tree(theirs)?);
    let mut text = String::new();
    let entries = differences(&ours, &theirs);
    if !entries.is_empty() {
        Draft::Map(entries).push_block(&mut text, 0, "\n");
    }
    Document::parse(&text)
}

/// The keys that differ, with what neither side has there. What is the same on both sides needs no base.
fn differences(ours: &Map, theirs: &Map) -> Vec<(String, Draft)> {
    let more = theirs.iter().filter(|(key, _)| ours.get(key).is_none());
    let keys = ours.iter().chain(more).map(|(key, _)| key);
    let mut entries = Vec::new();
    for key in keys {
        let draft = match (ours.get(key), theirs.get(key)) {
            (Some(one), Some(other)) if one == other => continue,
            (Some(Node::Map(one)), Some(Node::Map(other))) => {
                let below = differences(one, other);
                if below.is_empty() {
                    continue;
                }
                Draft::Map(below)
            }
            (one, other) => stranger(one, other),
        };
        entries.push((key.to_owned(), draft));
    }
    entries
}

/// One of three values, which two nodes cannot both be.
fn stranger(one: Option<&Node>, other: Option<&Node>) -> Draft {
    let truth = |text: &str| Scalar::new(Kind::Bool, secret(text));
    let candidates = [
        ("null", Scalar::null()),
        ("true", truth("true")),
        ("false", truth("false")),
    ];
    let is_free = |(_, scalar): &&(&str, Scalar)| {
        let node = Node::Scalar(scalar.clone());
        one != Some(&node) && other != Some(&node)
    };
    let found = candidates.iter().find(is_free);
    Draft::Scalar(found.map_or("null", |(text, _)| text).to_owned())
}
