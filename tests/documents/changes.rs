//! Changes to a tree, at random places.

use rand::{Rng, rngs::StdRng, seq::SliceRandom};
use vault::{
    secret::secret,
    sops::{ChangeError, OpenFile},
    value::{KeyPath, Kind, Map, Node, Scalar, Step},
};

/// One change.
pub(crate) enum Change {
    Set(Vec<Step>, Node),
    Unset(Vec<Step>),
}

impl Change {
    /// The change in words, as a failure tells it.
    pub(crate) fn story(&self) -> String {
        let path = KeyPath::from_steps(self.path().to_vec());
        let leaves = |node: &Node| {
            let leaves = node.leaves();
            leaves
                .iter()
                .map(|(path, scalar)| format!("{path}={:?} ", scalar.expose()))
                .collect::<String>()
        };
        match self {
            Change::Set(_, node) => format!("set {path}: {}{node:?}", leaves(node)),
            Change::Unset(_) => format!("unset {path}"),
        }
    }

    pub(crate) fn path(&self) -> &[Step] {
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

/// A change that the tree allows.
pub(crate) fn any_change(tree: &Map, rng: &mut StdRng) -> Change {
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
pub(crate) fn model(tree: &Map, change: &Change) -> Map {
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

/// Makes a change.
pub(crate) fn apply(open: &mut OpenFile, change: &Change) -> Result<(), ChangeError> {
    let path = KeyPath::from_steps(change.path().to_vec());
    match change {
        Change::Set(_, node) => open.set(&path, node).map(|_| ()),
        Change::Unset(_) => open.unset(&path),
    }
}
