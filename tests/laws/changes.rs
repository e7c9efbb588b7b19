//! Setting and unsetting at random places: the tree is what a model says, and nothing else moves.

use std::collections::HashMap;

use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use vault::{
    secret::secret,
    sops::{ChangeError, OpenFile},
    value::{KeyPath, Kind, Map, Node, Scalar, Step},
};

use crate::{
    LATER,
    documents::{RICH, sample},
    reopened, seal, sealed,
    skeleton::{ciphertexts, nonce, short},
    text_of,
};

/// One change.
enum Change {
    Set(Vec<Step>, Node),
    Unset(Vec<Step>),
}

impl Change {
    fn path(&self) -> &[Step] {
        match self {
            Change::Set(path, _) | Change::Unset(path) => path,
        }
    }
}

/// Every map and list of a tree, by the way to it.
fn collections(node: &Node, at: &[Step], found: &mut Vec<(Vec<Step>, Node)>) {
    let children: Vec<(Step, &Node)> = match node {
        Node::Scalar(_) => return,
        Node::Map(map) => map
            .iter()
            .map(|(key, node)| (Step::Key(key.to_owned()), node))
            .collect(),
        Node::List(items) => items
            .iter()
            .enumerate()
            .map(|(at, node)| (Step::Index(at), node))
            .collect(),
    };
    found.push((at.to_vec(), node.clone()));
    for (step, child) in children {
        collections(child, &[at, &[step]].concat(), found);
    }
}

fn any_change(tree: &Map, rng: &mut StdRng) -> Change {
    let mut found = Vec::new();
    collections(&Node::Map(tree.clone()), &[], &mut found);
    let (mut path, collection) = found.choose(rng).expect("the root at least").clone();
    let (step, exists) = any_step(&collection, rng);
    path.push(step);
    match exists && rng.gen_bool(0.4) {
        true => Change::Unset(path),
        false => Change::Set(path, any_node(rng, 2)),
    }
}

fn any_step(collection: &Node, rng: &mut StdRng) -> (Step, bool) {
    let is_new = rng.gen_bool(0.3);
    match collection {
        Node::List(items) if is_new || items.is_empty() => (Step::Index(items.len()), false),
        Node::List(items) => (Step::Index(rng.gen_range(0..items.len())), true),
        Node::Map(map) if is_new || map.is_empty() => {
            let key = *["new", "no", "with space", "é", "123", "a: b"]
                .choose(rng)
                .expect("not empty");
            (Step::Key(key.to_owned()), map.get(key).is_some())
        }
        Node::Map(map) => {
            let keys: Vec<&str> = map.iter().map(|(key, _)| key).collect();
            let key = *keys.choose(rng).expect("not empty");
            (Step::Key(key.to_owned()), true)
        }
        Node::Scalar(_) => unreachable!("only collections are chosen"),
    }
}

fn any_node(rng: &mut StdRng, depth: usize) -> Node {
    match rng.gen_range(0..8) {
        0 if depth > 0 => Node::List(
            (0..rng.gen_range(0..3))
                .map(|_| any_node(rng, depth - 1))
                .collect(),
        ),
        1 if depth > 0 => {
            let entry = |at: usize, rng: &mut StdRng| (format!("k{at}"), any_node(rng, depth - 1));
            Node::Map((0..rng.gen_range(0..3)).map(|at| entry(at, rng)).collect())
        }
        2 => Node::Scalar(Scalar::null()),
        3 => Node::Scalar(Scalar::new(Kind::Int, secret("42"))),
        4 => Node::Scalar(Scalar::str("two\nlines\n")),
        5 => Node::Scalar(Scalar::str("")),
        _ => Node::Scalar(Scalar::str(&format!("v{}", rng.gen_range(0..1000)))),
    }
}

/// What a change means, said once more.
fn model(tree: &Map, change: &Change) -> Map {
    let mut root = Node::Map(tree.clone());
    let (last, way) = change.path().split_last().expect("not empty");
    let mut at = &mut root;
    for step in way {
        at = match (at, step) {
            (Node::Map(map), Step::Key(key)) => map.get_mut(key).expect("it exists"),
            (Node::List(items), Step::Index(index)) => &mut items[*index],
            _ => panic!("no such way"),
        };
    }
    match (at, last, change) {
        (Node::Map(map), Step::Key(key), Change::Set(_, node)) => {
            map.insert(key.clone(), node.clone());
        }
        (Node::Map(map), Step::Key(key), Change::Unset(_)) => {
            map.remove(key);
        }
        (Node::List(items), Step::Index(at), Change::Set(_, node)) if *at < items.len() => {
            items[*at] = node.clone();
        }
        (Node::List(items), Step::Index(_), Change::Set(_, node)) => items.push(node.clone()),
        (Node::List(items), Step::Index(at), Change::Unset(_)) => {
            items.remove(*at);
        }
        _ => panic!("no such step"),
    }
    match root {
        Node::Map(map) => map,
        _ => unreachable!("a map stays one"),
    }
}

/// The changed lines of two texts: what is between their common beginning and end.
fn changed_lines<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split('\n').collect(), after.split('\n').collect());
    let shorter = before.len().min(after.len());
    let first = (0..shorter)
        .find(|at| before[*at] != after[*at])
        .unwrap_or(shorter);
    let last = (0..shorter - first)
        .find(|at| before[before.len() - 1 - at] != after[after.len() - 1 - at])
        .unwrap_or(shorter - first);
    (
        before[first..before.len() - last].to_vec(),
        after[first..after.len() - last].to_vec(),
    )
}

fn values_in(lines: &[&str]) -> Vec<String> {
    let text = lines.join("\n");
    let values = ciphertexts(&text).into_iter();
    values
        .filter(|sealed| !sealed.ends_with("type:comment]"))
        .map(str::to_owned)
        .collect()
}

fn count_full(node: Option<&Node>) -> usize {
    node.map_or(0, |node| {
        node.leaves()
            .iter()
            .filter(|(_, scalar)| !scalar.is_blank())
            .count()
    })
}

fn apply(open: &mut OpenFile, change: &Change) -> Result<(), ChangeError> {
    let path = KeyPath::from_steps(change.path().to_vec());
    match change {
        Change::Set(_, node) => open.set(&path, node).map(|_| ()),
        Change::Unset(_) => open.unset(&path),
    }
}

/// Makes the change and compares with the model and with the text before; `false` where the path has a name that vault does not write.
fn check(open: &mut OpenFile, change: &Change) -> Result<bool, TestCaseError> {
    let (before, tree) = (text_of(open), open.tree().clone());
    match apply(open, change) {
        Err(ChangeError::Key { .. }) => {
            prop_assert_eq!(text_of(open), before);
            return Ok(false);
        }
        result => result.unwrap_or_else(|error| panic!("{error}\n{}", short(&before))),
    }
    let after = text_of(open);
    let story = format!("{}\n--- becomes ---\n{}", short(&before), short(&after));
    let expected = model(&tree, change);
    prop_assert_eq!(open.tree(), &expected, "{}", story);
    let (old, new) = changed_lines(&before, &after);
    // What goes from the lines that changed is what the path held, and not one value more.
    let kept = values_in(&new);
    let gone = values_in(&old)
        .iter()
        .filter(|value| !kept.contains(value))
        .count();
    let held = Node::Map(tree);
    let limit = count_full(held.get(change.path()));
    prop_assert!(gone <= limit, "{} of {}\n{}", gone, limit, story);
    seal(open, LATER).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let again = reopened(open);
    prop_assert_eq!(again.tree(), &expected, "{}", story);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn a_sequence_of_changes_does_what_a_model_says_and_no_more(seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let Some(mut open) = sealed(&sample(seed, RICH).text) else { return Ok(()) };
        let mut nonces: HashMap<String, String> = HashMap::new();
        for _ in 0..6 {
            let change = any_change(open.tree(), &mut rng);
            check(&mut open, &change)?;
            let text = text_of(&open);
            for sealed in ciphertexts(&text) {
                let known = nonces.entry(nonce(sealed).to_owned()).or_insert_with(|| sealed.to_owned());
                prop_assert_eq!(known.as_str(), sealed, "a nonce for two texts");
            }
        }
    }
}
