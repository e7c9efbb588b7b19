//! When two documents say the same, as far as sops can say it.

use std::{fs, path::Path};

use serde_json::Value;
use vault::{
    secret::ExposeSecret,
    sops::Comment,
    value::{Form, Kind, Map, Node, Scalar, number::float_text},
    yaml::{Document, Part},
};

use crate::{
    Expected,
    peer::{Peer, Recipients, open},
};

/// sops prints a float without a fraction as a whole number.
pub(crate) fn same(ours: &Scalar, theirs: &Scalar) -> bool {
    ours == theirs
        || (ours.kind() == Kind::Float
            && theirs.kind() == Kind::Int
            && theirs.expose().parse().map(float_text).as_deref() == Ok(ours.expose()))
}

/// Whether sops can print the document as YAML. Of several lines it loses the blanks before the first, in lists; with a tab there they become null,
/// or an error beside a comment. Its JSON shows that it has them.
pub(crate) fn is_yaml_for_sops(tree: &Map) -> bool {
    let is_odd = |text: &str| text.starts_with([' ', '\t', '\n']) && text.contains('\n');
    !Node::Map(tree.clone())
        .leaves()
        .iter()
        .any(|(_, scalar)| is_odd(scalar.expose()))
}

/// Whether anybody can read what sops printed: the brackets of an empty list that holds comments stand at the start of a line at times.
pub(crate) fn is_readable(yaml: &str) -> bool {
    !yaml.lines().any(|line| matches!(line, "[]" | "{}"))
}

/// Compares values, types and order.
pub(crate) fn assert_same_tree(seed: u64, ours: &Map, yaml: &str) {
    let document = Document::parse(yaml).unwrap_or_else(|error| panic!("{seed}: {error}\n{yaml}"));
    let theirs = document.root().map_or_else(Map::new, |root| {
        match root.to_node().expect("numbers that fit") {
            Node::Map(map) => map,
            _ => panic!("{seed}: no map"),
        }
    });
    assert_same_nodes(seed, &Node::Map(ours.clone()), &Node::Map(theirs));
}

pub(crate) fn assert_same_nodes(seed: u64, ours: &Node, theirs: &Node) {
    let (mine, other) = (ours.leaves(), theirs.leaves());
    for ((path, value), (their_path, their_value)) in mine.iter().zip(&other) {
        assert_eq!(path, their_path, "{seed}");
        assert!(
            same(value, their_value),
            "{seed}: {path}: {} {:?}, sops says {} {:?}",
            value.kind(),
            value.expose(),
            their_value.kind(),
            their_value.expose()
        );
    }
    assert_eq!(mine.len(), other.len(), "{seed}: number of values");
}

/// Whether JSON can hold every value.
pub(crate) fn is_json(tree: &Map) -> bool {
    let is_odd = |scalar: &Scalar| {
        scalar.kind() == Kind::Float && matches!(scalar.expose(), ".nan" | ".inf" | "-.inf")
    };
    !Node::Map(tree.clone())
        .leaves()
        .iter()
        .any(|(_, scalar)| is_odd(scalar))
}

pub(crate) fn same_as_json(seed: u64, ours: &Map, json: &str) {
    let theirs: Value = serde_json::from_str(json).expect("sops prints JSON");
    assert_json(seed, &Node::Map(ours.clone()), &theirs);
}

fn assert_json(seed: u64, ours: &Node, theirs: &Value) {
    match (ours, theirs) {
        (Node::Map(map), Value::Object(object)) => {
            assert_eq!(map.len(), object.len(), "{seed}: {object:?}");
            for (key, node) in map.iter() {
                assert_json(seed, node, &object[key]);
            }
        }
        (Node::List(items), Value::Array(array)) => {
            assert_eq!(items.len(), array.len(), "{seed}: {array:?}");
            for (node, value) in items.iter().zip(array) {
                assert_json(seed, node, value);
            }
        }
        (Node::Scalar(scalar), value) => {
            let text = scalar.expose();
            let is_same = match scalar.kind() {
                Kind::Null => value.is_null(),
                Kind::Bool => value.as_bool().map(|b| b.to_string()).as_deref() == Some(text),
                Kind::Int => value.as_i64().map(|i| i.to_string()).as_deref() == Some(text),
                Kind::Float => is_close(value.as_f64(), text.parse().ok()),
                Kind::Time | Kind::Str => value.as_str() == Some(text),
            };
            assert!(
                is_same,
                "{seed}: {} {text:?}, sops says {value}",
                scalar.kind()
            );
        }
        (ours, theirs) => panic!("{seed}: {ours:?}, sops says {theirs}"),
    }
}

/// The JSON parser rounds the last digit; the YAML is compared exactly.
fn is_close(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= one.abs() * 4.0 * f64::EPSILON,
        _ => false,
    }
}

/// The comments of a text, sorted, without blanks at their ends; `None` if it cannot be read.
pub(crate) fn comments_of(text: &str) -> Option<Vec<String>> {
    let document = Document::parse(text).ok()?;
    let is_comment = |at: &usize| document.items()[*at].part == Part::Comment;
    let mut comments: Vec<String> = (0..document.items().len())
        .filter(is_comment)
        .map(|at| document.str_at(at).trim_end().to_owned())
        .collect();
    comments.sort_unstable();
    Some(comments)
}

/// Comments that sops does not show.
#[derive(Default)]
pub(crate) struct Lost {
    pub(crate) all: usize,
    /// Those of which nothing shows that it is sops that loses them.
    pub(crate) unexcused: usize,
}

/// The comments that sops does not show.
///
/// It reads all of them (it would warn if one did not decrypt), but go-yaml writes one comment where two would stand at one place: of the
/// item of a list and of its first key, of an empty collection and of the key behind it. So those may be missing that sops loses of the same text
/// without vault, and those that it still has when it encrypts what it has read.
pub(crate) fn lost_comments(
    seed: u64,
    peer: &Peer,
    file: &Path,
    expected: &Expected<'_>,
    yaml: &str,
) -> Lost {
    let theirs = comments_of(yaml).expect("it was read a moment ago");
    let (lost, invented) = difference(expected.comments, &theirs);
    assert_eq!(invented, Vec::<String>::new(), "{seed}");
    if lost.is_empty() {
        return Lost::default();
    }
    let mut unexcused = lost.clone();
    for text in without_vault(seed, peer, expected.plain) {
        let kept = comments_of(&text).unwrap_or_default();
        let excused = difference(expected.comments, &kept).0;
        unexcused = difference(&unexcused, &excused).0;
    }
    if !unexcused.is_empty() {
        let held = comments_in_memory(peer, file, expected.recipients);
        unexcused = difference(&unexcused, &held).0;
    }
    Lost {
        all: lost.len(),
        unexcused: unexcused.len(),
    }
}

/// What sops makes of a plain text on its own.
fn without_vault(seed: u64, peer: &Peer, plain: &str) -> [String; 2] {
    let name = format!("{seed}-plain.yaml");
    let sealed = peer
        .encrypted(&name, plain)
        .expect("a layout that sops reads");
    let file = peer.file(&format!("{seed}-sops.yaml"), &sealed);
    [peer.decrypted_own(&file), peer.rewritten(&name, plain)]
}

/// The comments that sops holds once it has read a file: it writes them into the file again, those of lists as items.
fn comments_in_memory(peer: &Peer, file: &Path, recipients: Recipients) -> Vec<String> {
    let copy = file.with_extension("set.yaml");
    fs::copy(file, &copy).expect("a writable directory");
    let command = peer.command(recipients);
    peer.change(command, "set", &copy, &[r#"["set by sops"]"#, r#""x""#]);
    let text = fs::read_to_string(&copy).expect("sops wrote it");
    let open = open(&text, Form::Lenient, recipients);
    let contents = open.file().open(open.key()).expect("it is open");
    let text = |comment: &Comment| comment.text.expose_secret().trim_end().to_owned();
    contents.comments.iter().map(text).collect()
}

/// What is in the first list only, and what in the second only.
fn difference(first: &[String], second: &[String]) -> (Vec<String>, Vec<String>) {
    let mut left = second.to_vec();
    let mut missing = Vec::new();
    for comment in first {
        match left.iter().position(|at| at == comment) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => missing.push(comment.clone()),
        }
    }
    (missing, left)
}
