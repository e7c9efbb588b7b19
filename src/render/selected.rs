//! A tree without the keys that are not meant.

use crate::value::{KeyPath, Map, Node, Selection, Step};

/// What a selection leaves of a tree; maps and lists that lose all they hold go, too.
///
/// Items of a list move up: what keeps the structure has no holes. Flat outputs keep the numbers, see
/// [`Names::selection`](super::Names::selection).
pub fn selected(root: &Node, selection: &Selection) -> Node {
    let node = match selection.is_everything() {
        true => Some(root.clone()),
        false => pruned(root, &KeyPath::default(), selection),
    };
    node.unwrap_or_else(|| Node::Map(Map::new()))
}

fn pruned(node: &Node, path: &KeyPath, selection: &Selection) -> Option<Node> {
    match node {
        Node::Map(map) if !map.is_empty() => {
            let entries = map.iter().filter_map(|(key, node)| {
                let path = path.child(Step::Key(key.to_owned()));
                Some((key.to_owned(), pruned(node, &path, selection)?))
            });
            let map: Map = entries.collect();
            (!map.is_empty()).then_some(Node::Map(map))
        }
        Node::List(items) if !items.is_empty() => {
            let items = items.iter().enumerate().filter_map(|(index, item)| {
                pruned(item, &path.child(Step::Index(index)), selection)
            });
            let items: Vec<Node> = items.collect();
            (!items.is_empty()).then_some(Node::List(items))
        }
        leaf => selection.admits(path).then(|| leaf.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::{map, s};

    #[test]
    fn what_is_left_has_no_holes_and_nothing_that_was_emptied() {
        let root = map([
            ("a", map([("b", s("1")), ("c", s("2"))])),
            ("hosts", Node::List(vec![s("x"), s("y")])),
            ("gone", map([("only", s("3"))])),
            ("empty", map([])),
        ]);
        let select =
            |only: &[&str], except: &[&str]| selected(&root, &Selection::new(only, except));
        assert_eq!(select(&[], &[]), root);
        let rest = map([
            ("a", map([("c", s("2"))])),
            ("hosts", Node::List(vec![s("y")])),
            ("empty", map([])),
        ]);
        assert_eq!(select(&[], &["a.b", "hosts[0]", "gone"]), rest);
        assert_eq!(select(&["nothing"], &[]), map([]));
        assert_eq!(select(&["empty"], &[]), map([("empty", map([]))]));
    }
}
