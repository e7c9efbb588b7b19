use super::*;
use crate::value::Scalar;
use proptest::prelude::*;

fn s(text: &str) -> Node {
    Node::Scalar(Scalar::str(text))
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let owned = |(key, node): (&str, Node)| (key.to_owned(), node);
    Node::Map(entries.into_iter().map(owned).collect())
}

fn merge(base: &Node, ours: &Node, theirs: &Node) -> Merged {
    three_way(Merge { base, ours, theirs })
}

/// The merged tree; conflicts leave theirs.
fn result(base: &Node, ours: &Node, theirs: &Node) -> Node {
    let mut tree = theirs.clone();
    apply(&mut tree, &merge(base, ours, theirs).changes).unwrap();
    tree
}

fn conflicts(base: Node, ours: Node, theirs: Node) -> Vec<String> {
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.changes, []);
    merged.conflicts.iter().map(ToString::to_string).collect()
}

#[test]
fn both_sides_work_is_kept_and_only_ours_is_a_change() {
    let base = map([
        ("a", s("1")),
        ("db", map([("user", s("u")), ("pw", s("p"))])),
        ("old", s("o")),
    ]);
    let ours = map([
        ("a", s("2")),
        (
            "db",
            map([("user", s("u")), ("pw", s("p")), ("port", s("5"))]),
        ),
    ]);
    let theirs = map([
        ("a", s("1")),
        ("db", map([("user", s("u")), ("pw", s("q"))])),
        ("old", s("o")),
        ("new", s("n")),
    ]);
    let change = |path: &str, to| Change {
        path: path.parse().unwrap(),
        to,
    };
    let expected = [
        change("a", Some(s("2"))),
        change("db.port", Some(s("5"))),
        change("old", None),
    ];
    assert_eq!(merge(&base, &ours, &theirs).changes, expected);
    let merged = map([
        ("a", s("2")),
        (
            "db",
            map([("user", s("u")), ("pw", s("q")), ("port", s("5"))]),
        ),
        ("new", s("n")),
    ]);
    assert_eq!(result(&base, &ours, &theirs), merged);
}

#[test]
fn a_new_map_is_one_change_and_two_new_maps_merge_by_key() {
    let (base, ours) = (map([]), map([("db", map([("a", s("1"))]))]));
    assert_eq!(merge(&base, &ours, &base).changes.len(), 1);
    let theirs = map([("db", map([("b", s("2"))]))]);
    let both = map([("db", map([("b", s("2")), ("a", s("1"))]))]);
    assert_eq!(result(&base, &ours, &theirs), both);
}

#[test]
fn the_same_change_on_both_sides_is_none() {
    let base = map([("a", s("1")), ("b", s("1"))]);
    let changed = map([("a", s("2"))]);
    assert_eq!(merge(&base, &changed, &changed), Merged::default());
}

#[test]
fn the_order_of_keys_is_no_change() {
    let base = map([("m", map([("a", s("1")), ("b", s("2"))]))]);
    let ours = map([("m", map([("b", s("2")), ("a", s("1"))]))]);
    assert_eq!(result(&base, &ours, &map([])), map([]));
    assert_eq!(merge(&base, &ours, &base), Merged::default());
}

#[test]
fn every_contradiction_is_a_conflict_with_its_kind() {
    let kv = |text: &str| map([("k", s(text))]);
    let none = || map([]);
    let nested = |text: &str| map([("k", kv(text))]);
    let list = |text: &str| map([("k", Node::List(vec![s("0"), s(text)]))]);
    assert_eq!(
        conflicts(kv("1"), kv("2"), kv("3")),
        ["`k` was changed on both sides to different values"]
    );
    assert_eq!(
        conflicts(none(), kv("2"), kv("3")),
        ["`k` was added on both sides with different values"]
    );
    assert_eq!(
        conflicts(kv("1"), none(), kv("3")),
        ["`k` was removed here, changed there"]
    );
    assert_eq!(
        conflicts(kv("1"), kv("2"), none()),
        ["`k` was changed here, removed there"]
    );
    assert_eq!(
        conflicts(nested("1"), none(), nested("2")),
        ["`k` was removed here, changed there"]
    );
    assert_eq!(
        conflicts(nested("1"), nested("2"), nested("3")),
        ["`k.k` was changed on both sides to different values"]
    );
    assert_eq!(
        conflicts(list("1"), list("2"), list("3")),
        ["`k` was changed on both sides to different values"]
    );
    assert_eq!(
        conflicts(kv("1"), nested("2"), kv("3")),
        ["`k` was changed on both sides to different values"]
    );
    assert_eq!(
        conflicts(kv("1"), nested("2"), nested("3")),
        ["`k` was changed on both sides to different values"]
    );
}

#[test]
fn a_type_is_a_change_too() {
    let int = map([(
        "k",
        Node::Scalar(Scalar::new(
            crate::value::Kind::Int,
            crate::secret::secret("1"),
        )),
    )]);
    let base = map([("k", s("1"))]);
    assert_eq!(result(&base, &int, &base), int);
}

#[test]
fn a_merge_prints_no_value() {
    let merged = merge(
        &map([("a", s("x"))]),
        &map([("a", s("sesame")), ("b", s("sesame"))]),
        &map([("a", s("y"))]),
    );
    assert_eq!((merged.changes.len(), merged.conflicts.len()), (1, 1));
    assert!(!format!("{merged:?}").contains("sesame"));
}

#[test]
fn a_change_without_a_place_is_an_error_that_names_it() {
    let change = |path: &str| {
        [Change {
            path: path.parse().unwrap(),
            to: Some(s("v")),
        }]
    };
    let mut tree = map([("a", s("1")), ("l", Node::List(vec![s("1")]))]);
    for path in ["a.b", "x.y", "l[0]", "l.x"] {
        let path = path.parse().unwrap();
        assert_eq!(
            apply(&mut tree, &change(&KeyPath::to_string(&path))),
            Err(NoPlace { path })
        );
    }
    let whole = [Change {
        path: KeyPath::default(),
        to: Some(s("v")),
    }];
    assert_eq!(apply(&mut tree, &whole), Ok(()));
    assert_eq!(tree, s("v"));
}

/// What a merge is, written down a second time and as a whole tree.
fn direct(base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> Option<Node> {
    let as_map = |node: Option<&Node>| node.and_then(Node::as_map).cloned();
    let began_as_map = base.is_none_or(|base| base.as_map().is_some());
    match (as_map(ours), as_map(theirs)) {
        (Some(ours), Some(theirs)) if began_as_map => {
            let base = as_map(base).unwrap_or_default();
            let mut keys: Vec<&str> = theirs.iter().map(|(key, _)| key).collect();
            keys.extend(
                ours.iter()
                    .map(|(key, _)| key)
                    .filter(|key| theirs.get(key).is_none()),
            );
            let merged = |key: &str| {
                Some((
                    key.to_owned(),
                    direct(base.get(key), ours.get(key), theirs.get(key))?,
                ))
            };
            Some(Node::Map(keys.into_iter().filter_map(merged).collect()))
        }
        _ if same(theirs, base) && !same(ours, base) => ours.cloned(),
        _ => theirs.cloned(),
    }
}

fn places(conflicts: &[Conflict]) -> Vec<KeyPath> {
    let mut places: Vec<_> = conflicts
        .iter()
        .map(|conflict| conflict.path.clone())
        .collect();
    places.sort();
    places
}

// Few keys and few values, so that the sides often meet.
fn tree() -> impl Strategy<Value = Node> {
    let leaf = "[xyz]".prop_map(|text| s(&text));
    let inner = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            3 => prop::collection::vec(("[a-d]", inner.clone()), 0..4)
                .prop_map(|entries| Node::Map(entries.into_iter().collect())),
            1 => prop::collection::vec(inner, 0..3).prop_map(Node::List),
        ]
    });
    prop::collection::vec(("[a-e]", inner), 0..5)
        .prop_map(|entries| Node::Map(entries.into_iter().collect()))
}

proptest! {
    #[test]
    fn who_changed_nothing_gets_what_the_other_made(base in tree(), x in tree()) {
        prop_assert_eq!(merge(&base, &base, &x), Merged::default());
        let merged = merge(&base, &x, &base);
        prop_assert_eq!(&merged.conflicts, &[]);
        prop_assert!(is_same(&result(&base, &x, &base), &x));
    }

    #[test]
    fn equal_sides_need_nothing(base in tree(), x in tree()) {
        prop_assert_eq!(merge(&base, &x, &x), Merged::default());
    }

    #[test]
    fn sides_can_be_swapped(base in tree(), x in tree(), y in tree()) {
        let (one, other) = (merge(&base, &x, &y), merge(&base, &y, &x));
        prop_assert_eq!(places(&one.conflicts), places(&other.conflicts));
        if one.conflicts.is_empty() {
            prop_assert!(is_same(&result(&base, &x, &y), &result(&base, &y, &x)));
        }
    }

    #[test]
    fn changes_made_to_theirs_give_the_merged_tree(base in tree(), x in tree(), y in tree()) {
        prop_assert_eq!(Some(result(&base, &x, &y)), direct(Some(&base), Some(&x), Some(&y)));
    }

    #[test]
    fn changes_are_disjoint_and_can_be_made_in_any_order(base in tree(), x in tree(), y in tree()) {
        let mut merged = merge(&base, &x, &y);
        let is_below = |one: &Change, other: &Change| one.path.steps().starts_with(other.path.steps());
        for (at, one) in merged.changes.iter().enumerate() {
            prop_assert!(merged.changes.iter().enumerate().all(|(of, other)| at == of || !is_below(one, other)));
        }
        merged.changes.reverse();
        let mut tree = y.clone();
        apply(&mut tree, &merged.changes).unwrap();
        prop_assert!(is_same(&tree, &result(&base, &x, &y)));
    }

    #[test]
    fn a_merge_of_a_merge_has_nothing_left_to_bring(base in tree(), x in tree(), y in tree()) {
        let merged = result(&base, &x, &y);
        prop_assert_eq!(merge(&base, &x, &merged).changes, []);
    }
}
