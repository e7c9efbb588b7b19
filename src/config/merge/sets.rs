//! Lists of names as sets, and removals that win.

use std::collections::BTreeSet;

use super::{Parsed, keys, put, without};
use crate::{
    config::edit::edited,
    merge::{Conflict, ConflictKind},
    value::Node,
    yaml::{
        Document, NodeRef,
        write::{Draft, string},
    },
};

/// Base, ours, theirs.
type Nodes = [Node; 3];

/// A text in which a conflict is settled by the rules of sets; `Some(None)` where a person has to decide, `None` where the text cannot be
/// edited.
pub(super) fn settled(text: &str, conflict: &Conflict, parsed: &Parsed) -> Option<Option<String>> {
    let nodes = &parsed.nodes;
    let path = keys(&conflict.path)?;
    let is_added = conflict.kind == ConflictKind::BothAdded;
    match (path.as_slice(), is_removal(conflict)) {
        // Two sides that each narrow who writes mean two different things.
        (["environments", _, "writers"], false) if is_added => Some(None),
        (["groups", _] | ["environments", _, "recipients" | "writers"], false)
        | (["former", _, "pending"], false) => with_set(text, &path, nodes),
        (["recipients" | "groups" | "former", _] | ["former", _, "pending"], true) => {
            without(text, &path).map(Some)
        }
        (["environments", _], true) if only_loses_names(&path, conflict.kind, nodes) => {
            without(text, &path).map(Some)
        }
        (["former", _, "removed"], false) => earlier_day(text, &path, parsed).map(Some),
        _ => Some(None),
    }
}

fn is_removal(conflict: &Conflict) -> bool {
    matches!(
        conflict.kind,
        ConflictKind::RemovedHere | ConflictKind::RemovedThere
    )
}

fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter()
        .try_fold(node, |node, key| node.as_map()?.get(key))
}

/// The names of a list; `None` for what is none.
fn names(node: &Node) -> Option<Vec<&str>> {
    let Node::List(items) = node else {
        return None;
    };
    let scalars = items.iter().map(Node::as_scalar);
    scalars.map(|scalar| Some(scalar?.expose())).collect()
}

/// What stands in our list becomes what stands in both: less what they took out, and with what they put in.
fn with_set(text: &str, path: &[&str], nodes: &Nodes) -> Option<Option<String>> {
    let list = |node| at(node, path).map_or(Some(Vec::new()), names);
    let [base, ours, theirs] = nodes;
    let (Some(base), Some(ours), Some(theirs)) = (list(base), list(ours), list(theirs)) else {
        return Some(None);
    };
    let is_out = |name: &&&str| base.contains(name) && !theirs.contains(name);
    let is_in = |name: &&&str| !base.contains(name) && !ours.contains(name);
    let less = ours
        .iter()
        .filter(is_out)
        .try_fold(text.to_owned(), |text, name| {
            without_item(&text, path, name)
        })?;
    let mut added = theirs.iter().filter(is_in);
    let with = added.try_fold(less, |text, name| with_item(&text, path, name));
    let is_done = path.last() == Some(&"pending");
    let left = ours.iter().filter(|name| !is_out(name)).count();
    match is_done && left + theirs.iter().filter(is_in).count() == 0 {
        true => without(text, path).map(Some),
        false => with.map(Some),
    }
}

fn list_at<'d>(document: &'d Document, path: &[&str]) -> Option<NodeRef<'d>> {
    let root = document.root()?;
    let list = path.iter().try_fold(root, |map, key| map.get(key))?;
    list.is_list().then_some(list)
}

fn without_item(text: &str, path: &[&str], name: &str) -> Option<String> {
    edited(text, |document| {
        let list = list_at(document, path)?;
        let item = list.items().find(|item| item.text() == Some(name))?;
        Some(document.remove_item(list, item))
    })
}

fn with_item(text: &str, path: &[&str], name: &str) -> Option<String> {
    edited(text, |document| {
        let list = list_at(document, path)?;
        Some(document.push_item(list, &Draft::Scalar(string(name))))
    })
}

/// Both sides removed somebody: it was on the earlier day.
fn earlier_day(text: &str, path: &[&str], parsed: &Parsed) -> Option<String> {
    let [_, ours, theirs] = &parsed.nodes;
    let day = |node| Some(at(node, path)?.as_scalar()?.expose());
    match day(theirs)? < day(ours)? {
        true => put(text, path, &parsed.documents[2]),
        false => Some(text.to_owned()),
    }
}

/// Whether one side removed an environment of which the other only took names out of lists.
fn only_loses_names(path: &[&str], kind: ConflictKind, nodes: &Nodes) -> bool {
    let [base, ours, theirs] = nodes;
    let changed = match kind {
        ConflictKind::RemovedHere => theirs,
        _ => ours,
    };
    let (Some(Node::Map(before)), Some(Node::Map(after))) = (at(base, path), at(changed, path))
    else {
        return false;
    };
    let is_less = |key: &str, after: &Node| {
        let before = before.get(key);
        let is_same = before.is_some_and(|before| crate::merge::is_same(before, after));
        let lists = (before.and_then(names), names(after));
        is_same
            || matches!(lists, (Some(before), Some(after)) if after.iter().all(|name| before.contains(name)))
    };
    before.len() == after.len() && after.iter().all(|(key, node)| is_less(key, node))
}

/// A text in whose lists nobody stands who was taken out on one side.
pub(super) fn without_strangers(text: &str, nodes: &Nodes) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let merged = document.root()?.to_node().ok()?;
    let [base, ..] = nodes;
    let known = |node| -> BTreeSet<&str> {
        let sections = ["recipients", "groups"].into_iter();
        let maps = sections.filter_map(|key| at(node, &[key])?.as_map());
        maps.flat_map(|map| map.iter().map(|(key, _)| key))
            .collect()
    };
    let gone: Vec<&str> = known(base).difference(&known(&merged)).copied().collect();
    let mut text = text.to_owned();
    for path in lists(&merged) {
        for name in at(&merged, &path).and_then(names).unwrap_or_default() {
            if gone.contains(&name) {
                text = without_item(&text, &path, name)?;
            }
        }
    }
    Some(text)
}

/// Where lists name recipients and groups.
fn lists(config: &Node) -> Vec<Vec<&str>> {
    let below = |section: &'static str| {
        let map = at(config, &[section]).and_then(Node::as_map);
        map.into_iter()
            .flat_map(|map| map.iter().map(|(key, _)| key))
    };
    let groups = below("groups").map(|group| vec!["groups", group]);
    let environments = below("environments").flat_map(|environment| {
        ["recipients", "writers"].map(|key| vec!["environments", environment, key])
    });
    groups.chain(environments).collect()
}
