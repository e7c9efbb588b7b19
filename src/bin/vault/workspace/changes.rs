//! Which keys a change is about, for those who want to know what happened without seeing a value.

use std::fmt;

use vault::value::{KeyPath, Map, Node};

/// One key that differs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeyChange {
    /// New.
    Added(KeyPath),
    /// With another value.
    Changed(KeyPath),
    /// Gone.
    Removed(KeyPath),
}

impl fmt::Display for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyChange::Added(path) => write!(f, "+ {path}"),
            KeyChange::Changed(path) => write!(f, "~ {path}"),
            KeyChange::Removed(path) => write!(f, "- {path}"),
        }
    }
}

/// The keys that differ between two trees: those of the new one in its order, then those that are gone.
///
/// An empty map or list counts as a value where the other tree has nothing, or a value; what was put into one or taken out says so itself.
pub(crate) fn differences(before: &Map, after: &Map) -> Vec<KeyChange> {
    let (before, after) = (Node::Map(before.clone()), Node::Map(after.clone()));
    let mut changes = Vec::new();
    for (path, node) in ends(&after) {
        match before.get(path.steps()) {
            Some(known) if known == node => {}
            Some(known) if known.is_end() => changes.push(KeyChange::Changed(path)),
            // Emptied: what it held is told below.
            Some(_) if node.as_scalar().is_none() => {}
            _ => changes.push(KeyChange::Added(path)),
        }
    }
    let is_gone = |(path, node): &(KeyPath, &Node)| match after.get(path.steps()) {
        // Filled: what it holds is told above.
        Some(now) => !now.is_end() && node.as_scalar().is_some(),
        None => true,
    };
    let gone = ends(&before).into_iter().filter(is_gone);
    changes.extend(gone.map(|(path, _)| KeyChange::Removed(path)));
    changes
}

/// Values, and maps and lists without any, each with its path.
fn ends(tree: &Node) -> Vec<(KeyPath, &Node)> {
    let mut found = Vec::new();
    tree.visit_ends(|path, node| found.push((KeyPath::from(path), node)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault::yaml::Document;

    fn tree(text: &str) -> Map {
        let document = Document::parse(text).unwrap();
        match document.root().unwrap().to_node() {
            Ok(Node::Map(map)) => map,
            other => panic!("{other:?}"),
        }
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        let changes = differences(&tree(before), &tree(after));
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_map_or_list_is_told_where_nothing_below_it_tells() {
        assert_eq!(told("{z: 1}", "{z: 1, a: {}, l: []}"), ["+ a", "+ l"]);
        assert_eq!(told("{z: 1, a: {}, l: []}", "{z: 1}"), ["- a", "- l"]);
        assert_eq!(told("{a: {}}", "{a: []}"), ["~ a"]);
        assert_eq!(told("{a: 1}", "{a: {}}"), ["~ a"]);
        assert_eq!(told("{a: {}}", "{a: 1}"), ["~ a"]);
        assert_eq!(told("{a: {}}", "{a: {b: 1}}"), ["+ a.b"]);
        assert_eq!(told("{a: {b: 1}}", "{a: {}}"), ["- a.b"]);
        assert_eq!(told("{a: {b: 1}}", "{a: []}"), ["- a.b"]);
        assert_eq!(told("{a: {b: 1}}", "{a: 1}"), ["+ a", "- a.b"]);
        assert_eq!(told("{a: 1}", "{a: {b: 1}}"), ["+ a.b", "- a"]);
        assert_eq!(told("{a: {b: {}}}", "{a: {b: {}}}"), [""; 0]);
    }
}
