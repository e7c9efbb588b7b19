//! Which layer each value of a merged tree comes from, and which layers it hides.

use indexmap::IndexMap;

use crate::value::{KeyPath, Map, Node, Step};

/// Where one value comes from. Layers are counted from 0, the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The layer that has the value.
    pub layer: usize,
    /// Layers below that hold something at this key, or in a place above it, which does not count; the lowest first.
    pub over: Vec<usize>,
}

/// Tells for every leaf of [`layers::merge`](super::layers::merge) where it comes from, in the order of those leaves.
pub fn sources(layers: &[Node]) -> Vec<(KeyPath, Source)> {
    let mut walk = Walk::default();
    let stack: Vec<(usize, &Node)> = layers.iter().enumerate().collect();
    if !stack.is_empty() {
        walk.visit(&stack, &[]);
    }
    walk.found
}

#[derive(Default)]
struct Walk {
    path: Vec<Step>,
    found: Vec<(KeyPath, Source)>,
}

impl Walk {
    /// Visits one place: what each layer has there, the lowest first, and the layers that something above it hides already.
    fn visit(&mut self, stack: &[(usize, &Node)], hidden: &[usize]) {
        let maps = stack.iter().rev().map_while(|(_, node)| node.as_map());
        let shared = stack.len() - maps.count().max(1);
        let layers = stack[..shared].iter().map(|(layer, _)| *layer);
        let hidden: Vec<usize> = hidden.iter().copied().chain(layers).collect();
        match stack.last() {
            Some((_, Node::Map(_))) => self.visit_maps(&stack[shared..], &hidden),
            Some((layer, node)) => self.take(*layer, node, &hidden),
            None => {}
        }
    }

    /// Maps that lie right over each other are one.
    fn visit_maps(&mut self, stack: &[(usize, &Node)], hidden: &[usize]) {
        let mut below: IndexMap<&str, Vec<(usize, &Node)>> = IndexMap::new();
        for (layer, node) in stack {
            for (key, node) in node.as_map().into_iter().flat_map(Map::iter) {
                below.entry(key).or_default().push((*layer, node));
            }
        }
        for (key, stack) in below {
            self.path.push(Step::Key(key.to_owned()));
            self.visit(&stack, hidden);
            self.path.pop();
        }
    }

    fn take(&mut self, layer: usize, node: &Node, over: &[usize]) {
        for (path, _) in node.leaves() {
            let steps = self.path.iter().chain(path.steps()).cloned().collect();
            let source = Source {
                layer,
                over: over.to_vec(),
            };
            self.found.push((KeyPath::from_steps(steps), source));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{
        layers::merge,
        tree::{map, s},
    };

    fn told(layers: &[Node]) -> Vec<(String, usize, Vec<usize>)> {
        let told =
            |(path, source): (KeyPath, Source)| (path.to_string(), source.layer, source.over);
        sources(layers).into_iter().map(told).collect()
    }

    fn at(path: &str, layer: usize, over: &[usize]) -> (String, usize, Vec<usize>) {
        (path.to_owned(), layer, over.to_vec())
    }

    #[test]
    fn a_value_comes_from_the_highest_layer_that_has_it_and_hides_those_below() {
        let common = map([
            ("A", s("1")),
            ("B", s("1")),
            ("db", map([("user", s("u"))])),
        ]);
        let dev = map([("B", s("2")), ("db", map([("pw", s("p"))]))]);
        let local = map([("B", s("3")), ("NEW", s("n"))]);
        let expected = [
            at("A", 0, &[]),
            at("B", 2, &[0, 1]),
            at("db.user", 0, &[]),
            at("db.pw", 1, &[]),
            at("NEW", 2, &[]),
        ];
        assert_eq!(told(&[common, dev, local]), expected);
    }

    #[test]
    fn what_replaces_a_map_hides_it_and_what_stood_in_its_place_is_hidden_by_a_map() {
        let lowest = map([
            ("list", Node::List(vec![s("1"), s("2")])),
            ("x", map([("k", s("v"))])),
            ("y", s("t")),
        ]);
        let highest = map([
            ("list", Node::List(vec![s("3")])),
            ("x", s("")),
            ("y", map([("k", s("v"))])),
        ]);
        let expected = [at("list[0]", 1, &[0]), at("x", 1, &[0]), at("y.k", 1, &[0])];
        assert_eq!(told(&[lowest, highest]), expected);
        assert_eq!(told(&[]), []);
    }

    proptest::proptest! {
        #[test]
        fn sources_are_those_of_the_merged_leaves(layers in proptest::collection::vec(layer(), 0..5)) {
            let merged = merge(&layers);
            let leaves = merged.leaves();
            let sources = sources(&layers);
            proptest::prop_assert_eq!(sources.len(), leaves.len());
            for ((path, scalar), (same, source)) in leaves.into_iter().zip(sources) {
                proptest::prop_assert_eq!(&path, &same);
                let held = layers[source.layer].get(path.steps()).and_then(Node::as_scalar);
                proptest::prop_assert_eq!(held, Some(scalar));
                proptest::prop_assert!(source.over.is_sorted_by(|a, b| a < b));
                proptest::prop_assert!(source.over.iter().all(|layer| *layer < source.layer));
                for (layer, node) in layers.iter().enumerate().take(source.layer) {
                    let has_a_value = node.get(path.steps()).is_some_and(|node| node.as_map().is_none());
                    proptest::prop_assert!(!has_a_value || source.over.contains(&layer));
                }
            }
        }
    }

    fn layer() -> impl proptest::strategy::Strategy<Value = Node> {
        use proptest::prelude::*;
        let leaf = "[xy]".prop_map(|text| s(&text));
        let inner = leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                4 => proptest::collection::vec(("[a-d]", inner.clone()), 0..4)
                    .prop_map(|entries| Node::Map(entries.into_iter().collect())),
                1 => proptest::collection::vec(inner, 0..3).prop_map(Node::List),
            ]
        });
        proptest::collection::vec(("[a-d]", inner), 0..4)
            .prop_map(|entries| Node::Map(entries.into_iter().collect()))
    }
}
