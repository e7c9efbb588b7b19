//! One environment laid over those that it extends.

use crate::value::{Map, Node};

/// Lays trees over each other, the lowest first.
///
/// Maps merge deep; everything else replaces what lies below it, null too. Keys stand where the lowest layer that
/// has them put them, new ones after those. No layer at all is an empty map.
pub fn merge<'a>(layers: impl IntoIterator<Item = &'a Node>) -> Node {
    let mut layers = layers.into_iter();
    let Some(lowest) = layers.next() else {
        return Node::Map(Map::new());
    };
    layers.fold(lowest.clone(), |mut below, layer| {
        lay(&mut below, layer);
        below
    })
}

fn lay(below: &mut Node, layer: &Node) {
    let (Node::Map(below), Node::Map(layer)) = (&mut *below, layer) else {
        *below = layer.clone();
        return;
    };
    for (key, node) in layer.iter() {
        match below.get_mut(key) {
            Some(held) => lay(held, node),
            None => drop(below.insert(key.to_owned(), node.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::{map, s};
    use crate::value::Scalar;

    #[test]
    fn maps_merge_deep_and_the_lowest_layer_orders_the_keys() {
        let lowest = map([
            ("z", s("1")),
            ("db", map([("user", s("u")), ("pw", s("p"))])),
        ]);
        let middle = map([
            ("new", s("n")),
            ("db", map([("pw", s("q")), ("port", s("5"))])),
        ]);
        let highest = map([("z", s("2"))]);
        let merged = map([
            ("z", s("2")),
            (
                "db",
                map([("user", s("u")), ("pw", s("q")), ("port", s("5"))]),
            ),
            ("new", s("n")),
        ]);
        assert_eq!(merge(&[lowest, middle, highest]), merged);
    }

    #[test]
    fn lists_scalars_and_null_replace_whatever_lies_below() {
        let lowest = map([
            ("list", Node::List(vec![s("1"), s("2")])),
            ("map", map([("k", s("v"))])),
            ("text", s("t")),
            ("set", s("t")),
        ]);
        let highest = map([
            ("list", Node::List(vec![s("3")])),
            ("map", Node::Scalar(Scalar::null())),
            ("text", map([("k", s("v"))])),
            ("set", s("")),
        ]);
        assert_eq!(merge([&lowest, &highest]), highest);
    }

    #[test]
    fn no_layer_is_empty_and_one_layer_is_itself() {
        assert_eq!(merge([]), map([]));
        let only = map([("k", s("v"))]);
        assert_eq!(merge([&only]), only);
    }

    proptest::proptest! {
        #[test]
        fn layers_can_be_merged_pairwise_from_below(a in tree(), b in tree(), c in tree()) {
            let at_once = merge([&a, &b, &c]);
            proptest::prop_assert_eq!(at_once, merge([&merge([&a, &b]), &c]));
        }

        #[test]
        fn a_layer_over_itself_changes_nothing(a in tree()) {
            proptest::prop_assert_eq!(merge([&a, &a]), a);
        }
    }

    fn tree() -> impl proptest::strategy::Strategy<Value = Node> {
        use proptest::prelude::*;
        let leaf = "[xy]".prop_map(|text| s(&text));
        leaf.prop_recursive(3, 24, 4, |inner| {
            proptest::collection::vec(("[a-d]", inner), 0..4)
                .prop_map(|entries| Node::Map(entries.into_iter().collect()))
        })
    }
}
