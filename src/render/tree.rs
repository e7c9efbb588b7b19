//! Trees for the tests of this module.

use proptest::prelude::*;

use crate::{
    secret::secret,
    value::{Kind, Node, Scalar},
};

pub(super) fn s(text: &str) -> Node {
    Node::Scalar(Scalar::str(text))
}

pub(super) fn scalar(kind: Kind, text: &str) -> Node {
    Node::Scalar(Scalar::new(kind, secret(text)))
}

pub(super) fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let owned = |(key, node): (&str, Node)| (key.to_owned(), node);
    Node::Map(entries.into_iter().map(owned).collect())
}

/// Any tree without NUL and with finite floats.
pub(super) fn tree() -> impl Strategy<Value = Node> {
    let text = || "[^\0]{0,12}|[ \t\n\r\"'\\\\#:{}<>&\u{85}\u{a0}\u{2028}\u{feff}-]{0,8}|yes|null|~|0123|1e3|=";
    let leaf = prop_oneof![
        4 => text().prop_map(|text| s(&text)),
        1 => any::<i64>().prop_map(|int| scalar(Kind::Int, &int.to_string())),
        1 => (any::<i32>(), 0u8..100).prop_map(|(whole, part)| scalar(Kind::Float, &format!("{whole}.{part}"))),
        1 => any::<bool>().prop_map(|bool| scalar(Kind::Bool, &bool.to_string())),
        1 => (1000u16..3000, 0u8..24).prop_map(|(year, hour)| scalar(Kind::Time, &format!("{year}-02-03T{hour:02}:05:06Z"))),
        1 => Just(Node::Scalar(Scalar::null())),
    ];
    let inner = leaf.prop_recursive(5, 48, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec((text(), inner.clone()), 0..5)
                .prop_map(|entries| Node::Map(entries.into_iter().collect())),
            proptest::collection::vec(inner, 0..5).prop_map(Node::List),
        ]
    });
    proptest::collection::vec((text(), inner), 0..5)
        .prop_map(|entries| Node::Map(entries.into_iter().collect()))
}
