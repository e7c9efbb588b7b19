//! Many values at once.

use proptest::prelude::*;

use super::*;
use crate::value::Step;

fn path(text: &str) -> KeyPath {
    text.parse().unwrap()
}

fn str(text: &str) -> Node {
    Node::Scalar(Scalar::str(text))
}

/// What the plain text becomes when these are put, sealed and opened again, and the keys whose comments found no place.
fn put(plain: &str, puts: &[(&str, &str, &[&str])]) -> (String, Vec<String>) {
    let mut open = sealed(plain);
    let owned: Vec<(KeyPath, Node, Vec<String>)> = puts
        .iter()
        .map(|(key, text, comments)| {
            let comments = comments.iter().map(|text| (*text).to_owned());
            (path(key), str(text), comments.collect())
        })
        .collect();
    let puts: Vec<Put<'_>> = owned
        .iter()
        .map(|(path, node, comments)| Put {
            path,
            node,
            comments,
        })
        .collect();
    let without = open.put_all(&puts).unwrap();
    let without = without.iter().map(ToString::to_string).collect();
    seal(&mut open);
    let text = again(&open).to_plain().unwrap().expose_secret().to_owned();
    (text, without)
}

fn seal(open: &mut OpenFile) {
    let heading = Heading {
        lastmodified: NOW,
        age: None,
        block: Block::Keep,
    };
    open.seal(&heading, Form::Canonical).unwrap();
}

#[test]
fn new_keys_come_with_their_comments_behind_the_ones_that_are_there() {
    let (text, without) = put(
        "a: x\nb: y # side\n\n# tail\n",
        &[
            ("c", "1", &[" one", "", "two"]),
            ("d", "2", &[]),
            ("a", "3", &["lost"]),
        ],
    );
    assert_eq!(
        text,
        "a: \"3\"\nb: \"y\" # side\n# one\n#\n#two\nc: \"1\"\nd: \"2\"\n\n# tail\n"
    );
    assert_eq!(without, [""; 0]);
}

#[test]
fn an_empty_file_and_an_empty_map_are_filled() {
    let (text, _) = put("", &[("a", "x", &[" c"]), ("b", "y", &[" d"])]);
    assert_eq!(text, "# c\na: x\n# d\nb: \"y\"\n");
    let (text, without) = put("m: {}\n", &[("m.a", "x", &[" c"]), ("m.b", "y", &[])]);
    assert_eq!(text, "m:\n    a: x\n    b: \"y\"\n");
    assert_eq!(without, ["m.a"]);
}

#[test]
fn the_inner_map_grows_before_the_outer_one() {
    let (text, _) = put(
        "m:\n    n:\n        a: x\n",
        &[
            ("z", "1", &[" z"]),
            ("m.n.b", "2", &[" b"]),
            ("m.y", "3", &[" y"]),
        ],
    );
    assert_eq!(
        text,
        "m:\n    n:\n        a: x\n        # b\n        b: \"2\"\n    # y\n    \"y\": \"3\"\n# z\nz: \"1\"\n"
    );
}

#[test]
fn maps_that_do_not_exist_grow_together() {
    let (text, without) = put(
        "a: x\n",
        &[
            ("m.n.b", "1", &["lost"]),
            ("m.n.c", "2", &[]),
            ("m.d", "3", &[]),
        ],
    );
    assert_eq!(
        text,
        "a: x\nm:\n    \"n\":\n        b: \"1\"\n        c: \"2\"\n    d: \"3\"\n"
    );
    assert_eq!(without, ["m.n.b"]);
}

#[test]
fn comments_without_a_place_are_told() {
    let (text, without) = put("m: {a: x}\n", &[("m.b", "y", &[" c"]), ("m.c", "z", &[])]);
    assert_eq!(text, "m: {a: x, b: \"y\", c: z}\n");
    assert_eq!(without, ["m.b"]);
}

#[test]
fn everything_that_is_refused_is_told_at_once_and_nothing_is_changed() {
    let mut open = sealed("a: x\nm: {b: y}\n");
    let before = open.file().document().text().to_owned();
    let (nul, good) = (str("a\0b"), str("x"));
    let long = "k".repeat(256);
    let paths = ["fine", "nul", "a.b", "sops", "m[0]", "\"\""]
        .map(path)
        .into_iter()
        .chain([KeyPath::key(&long), KeyPath::key("a=b")]);
    let paths: Vec<KeyPath> = paths.collect();
    let puts: Vec<Put<'_>> = paths
        .iter()
        .map(|path| Put {
            path,
            node: if path.to_string() == "nul" {
                &nul
            } else {
                &good
            },
            comments: &[],
        })
        .collect();
    assert_eq!(open.put_all(&puts).unwrap_err().len(), 7);
    assert!(open.file().document().text() == before);
}

proptest! {
    #[test]
    fn many_at_once_are_the_same_as_one_after_the_other(
        puts in proptest::collection::vec(("[ab]|m|m\\.[ab]|m\\.n|m\\.n\\.[ab]|q\\.[ab]", "[a-z]{0,3}"), 1..7),
        plain in prop_oneof![Just("z: x\n"), Just("a: x\nm:\n    n:\n        a: y\n"), Just("m: {a: x, n: {}}\n"), Just("m: {}\nq:\n    a: x\n\n# end\n")],
    ) {
        let (mut one, mut all) = (sealed(plain), sealed(plain));
        // A later one with a path of before, or one below a value, is another change.
        let mut kept: Vec<(KeyPath, Node)> = Vec::new();
        for (key, text) in puts {
            let path = path(&key);
            let is_apart = |(known, _): &(KeyPath, Node)| {
                !known.steps().starts_with(path.steps()) && !path.steps().starts_with(known.steps())
            };
            if kept.iter().all(is_apart) && !matches!(one.tree().get(&key), Some(Node::Map(_))) {
                kept.push((path, str(&text)));
            }
        }
        let puts: Vec<Put<'_>> = kept.iter().map(|(path, node)| Put { path, node, comments: &[] }).collect();
        prop_assume!(all.check_all(&puts).is_ok());
        for (path, node) in &kept {
            one.set(path, node).unwrap();
        }
        all.put_all(&puts).unwrap();
        prop_assert!(same(&Node::Map(one.tree().clone()), &Node::Map(all.tree().clone())));
        seal(&mut all);
        prop_assert!(again(&all).tree() == all.tree());
    }
}

/// Where keys stand in a map is not compared: those of one new map stand together when they come at once.
fn same(one: &Node, other: &Node) -> bool {
    let sorted = |node: &Node| {
        let mut leaves: Vec<(KeyPath, Scalar)> = node
            .leaves()
            .into_iter()
            .map(|(path, scalar)| (path, scalar.clone()))
            .collect();
        leaves.sort_by(|(one, _), (other, _)| one.cmp(other));
        leaves
    };
    sorted(one) == sorted(other)
}

#[test]
fn a_list_grows_at_its_end() {
    let mut open = sealed("l: [a]\n");
    let (path, node) = (path("l[1]"), str("b"));
    let put = Put {
        path: &path,
        node: &node,
        comments: &[],
    };
    open.put_all(&[put]).unwrap();
    assert_eq!(
        open.tree().get("l").unwrap().get(&[Step::Index(1)]),
        Some(&node)
    );
}

/// How many items two lists have in common in the same order at most.
fn most_in_order(one: &[u8], other: &[u8]) -> usize {
    match (one, other) {
        ([first, one @ ..], [second, other @ ..]) if first == second => {
            1 + most_in_order(one, other)
        }
        ([_, shorter @ ..], [_, less @ ..]) => {
            most_in_order(shorter, other).max(most_in_order(one, less))
        }
        _ => 0,
    }
}

/// Lists of few different items.
fn items() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..4u8, 1..6)
}

proptest! {
    #[test]
    fn a_list_among_comments_becomes_another_one_and_what_both_have_keeps_its_comment(old in items(), new in items()) {
        let comment = |at: usize| format!("    # comment {at}\n");
        let line = |(at, item): (usize, &u8)| format!("{}    - i{item}\n", comment(at));
        let plain = format!("l:\n{}    # last\nz: end\n", old.iter().enumerate().map(line).collect::<String>());
        let node = Node::List(new.iter().map(|item| str(&format!("i{item}"))).collect());
        let mut open = sealed(&plain);
        open.put_all(&[Put { path: &path("l"), node: &node, comments: &[] }]).unwrap();
        seal(&mut open);
        let again = again(&open);
        prop_assert_eq!(again.tree().get("l"), Some(&node));
        let text = again.to_plain().unwrap().expose_secret().to_owned();
        let kept = old.iter().enumerate().filter(|one| text.contains(&line(*one))).count();
        prop_assert_eq!(kept, most_in_order(&old, &new), "{}", text);
        // The only one of a list keeps its comment, whatever it becomes.
        let kept = if old.len() == 1 && new.len() == 1 { 1 } else { kept };
        prop_assert_eq!(text.matches("# comment").count(), kept, "{}", text);
        prop_assert!(text.contains("# last\n"), "{}", text);
    }
}
