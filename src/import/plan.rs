//! What an import would do to a tree, key by key.

use std::fmt;

use crate::value::{KeyPath, Map, Node, Selection, Step};

/// What becomes of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// There is none of that name yet.
    New,
    /// It holds the same already, of the same types; the keys of maps in a list in any order.
    Same,
    /// It holds something else.
    Different,
    /// A map stands where a value or list would go, or the reverse: nothing is written over that.
    Blocked,
}

impl Fate {
    /// The sign for it in lists.
    pub fn sign(self) -> char {
        match self {
            Fate::New => '+',
            Fate::Same => '=',
            Fate::Different => '~',
            Fate::Blocked => '!',
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sign())
    }
}

/// One key that is to be taken over. A list is one value, and so is an empty map.
#[derive(Clone, Debug)]
pub struct Item<'s> {
    /// The key.
    pub path: KeyPath,
    /// What it is to hold.
    pub node: &'s Node,
    /// What becomes of it.
    pub fate: Fate,
}

/// Every selected key of a source, in its order, and what becomes of each in a tree; maps merge at every depth. An empty one brings nothing
/// into a map that has keys, and is no item there.
pub fn plan<'s>(current: &Map, source: &'s Map, selection: &Selection) -> Vec<Item<'s>> {
    let mut items = Vec::new();
    collect(Some(current), source, &KeyPath::default(), &mut items);
    items.retain(|item| selection.admits(&item.path));
    items
}

fn collect<'s>(current: Option<&Map>, source: &'s Map, at: &KeyPath, items: &mut Vec<Item<'s>>) {
    for (key, node) in source.iter() {
        let path = at.child(Step::Key(key.to_owned()));
        let there = current.and_then(|map| map.get(key));
        match (node, there) {
            (Node::Map(map), None) if !map.is_empty() => collect(None, map, &path, items),
            (Node::Map(map), Some(Node::Map(below))) if !map.is_empty() => {
                collect(Some(below), map, &path, items);
            }
            // Nothing to put into it.
            (Node::Map(_), Some(Node::Map(below))) if !below.is_empty() => {}
            (node, there) => items.push(Item {
                path,
                node,
                fate: fate(node, there),
            }),
        }
    }
}

fn fate(node: &Node, there: Option<&Node>) -> Fate {
    match (node, there) {
        (_, None) => Fate::New,
        (node, Some(there)) if node.holds_the_same(there) => Fate::Same,
        (Node::Map(_), Some(_)) | (_, Some(Node::Map(_))) => Fate::Blocked,
        _ => Fate::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::json;

    fn fates(current: &str, source: &str, only: &[&str]) -> Vec<String> {
        let (current, source) = (json(current).unwrap(), json(source).unwrap());
        let items = plan(&current, &source, &Selection::new(only, &[] as &[&str]));
        items
            .iter()
            .map(|item| format!("{} {}", item.fate, item.path))
            .collect()
    }

    #[test]
    fn maps_merge_and_lists_are_one_value() {
        let current =
            r#"{"a": 1, "m": {"x": 1, "l": [1]}, "e": {"k": 1}, "s": "1", "gone": {}, "none": {}}"#;
        let source = r#"{"a": 1, "m": {"x": 2, "y": 3, "l": [1, 2]}, "new": {"z": {}}, "e": {}, "none": {}, "s": 1}"#;
        assert_eq!(
            fates(current, source, &[]),
            ["= a", "~ m.x", "+ m.y", "~ m.l", "+ new.z", "= none", "~ s"]
        );
        assert_eq!(
            fates(current, source, &["m", "new"]),
            ["~ m.x", "+ m.y", "~ m.l", "+ new.z"]
        );
    }

    #[test]
    fn the_order_of_keys_in_a_list_is_no_difference_that_of_items_is() {
        let current = r#"{"l": [{"a": 1, "b": 2}], "m": [1, 2]}"#;
        let source = r#"{"l": [{"b": 2, "a": 1}], "m": [2, 1]}"#;
        assert_eq!(fates(current, source, &[]), ["= l", "~ m"]);
    }

    #[test]
    fn a_value_never_takes_the_place_of_a_map_nor_a_map_that_of_a_value() {
        let current = r#"{"m": {"x": 1}, "v": 1, "l": [1]}"#;
        assert_eq!(
            fates(current, r#"{"m": 1, "v": {"x": 1}, "l": {}}"#, &[]),
            ["! m", "! v", "! l"]
        );
        assert_eq!(fates(current, r#"{"m": [1], "l": 1}"#, &[]), ["! m", "~ l"]);
    }
}
