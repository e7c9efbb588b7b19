//! What a secret file holds once it is open: typed scalars in maps and lists, and the paths that name them.

mod form;
mod length;
mod name;
pub mod near;
pub mod number;
mod path;
mod selection;
pub mod time;

pub use form::Form;
pub use length::Length;
pub use name::{EnvName, Name, NameError};
pub(crate) use path::is_format;
pub use path::{KeyPath, PathError, Step, StepRef};
pub use selection::Selection;

use std::fmt;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::secret::{ExposeSecret, Redacted, SecretString, secret};

/// The type of a scalar, as SOPS writes it into `type:` (null and `""` have no ciphertext).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing: never encrypted, printed as an empty text.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number that fits 64 bits with a sign.
    Int,
    /// A floating-point number of 64 bits.
    Float,
    /// A point in time, RFC 3339.
    Time,
    /// Text.
    Str,
}

impl Kind {
    /// The word for it in `type:` and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Time => "time",
            Kind::Str => "str",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One value: its type, and its text in the canonical spelling of that type.
///
/// Canonical are: `true`, `false`; decimal without `+` or leading zeros; floats without an exponent
/// and with at least one digit after the point (`1.0`), or `.nan`, `.inf`, `-.inf`; RFC 3339 with the
/// shortest fraction; text as it is; the empty text for null. Two scalars are equal when type and
/// text are.
#[derive(Clone)]
pub struct Scalar {
    kind: Kind,
    text: SecretString,
}

impl Scalar {
    /// The caller vouches that `text` is canonical for `kind`; `yaml::resolve` and `cipher` are the makers.
    pub fn new(kind: Kind, text: SecretString) -> Self {
        Scalar { kind, text }
    }

    /// A text.
    pub fn str(text: &str) -> Self {
        Scalar::new(Kind::Str, secret(text))
    }

    /// Null.
    pub fn null() -> Self {
        Scalar::new(Kind::Null, secret(""))
    }

    /// Its type.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a text is the canonical spelling of a value of this type.
    pub fn is_canonical(kind: Kind, text: &str) -> bool {
        match kind {
            Kind::Null => text.is_empty(),
            Kind::Bool => matches!(text, "true" | "false"),
            Kind::Int => number::is_canonical_int(text),
            Kind::Float => number::is_canonical_float(text),
            Kind::Time => time::is_canonical_time(text),
            Kind::Str => true,
        }
    }

    /// Its canonical text, still wrapped.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    /// Its canonical text; call as late as possible, never store what it returns.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// Whether it stays in clear because there is nothing to encrypt: null and the empty text.
    pub fn is_blank(&self) -> bool {
        self.expose().is_empty()
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.expose() == other.expose()
    }
}

impl Eq for Scalar {}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.kind.name()).field(&Redacted).finish()
    }
}

/// A scalar, or a map or list of more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// One value.
    Scalar(Scalar),
    /// Keys in the order of the file.
    Map(Map),
    /// Items in order.
    List(Vec<Node>),
}

impl Node {
    /// What stands at `path` below this node.
    pub fn get(&self, path: &[Step]) -> Option<&Node> {
        let Some((first, rest)) = path.split_first() else {
            return Some(self);
        };
        match (self, first) {
            (Node::Map(map), Step::Key(key)) => map.get(key)?.get(rest),
            (Node::List(items), Step::Index(index)) => items.get(*index)?.get(rest),
            _ => None,
        }
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match self {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Node::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether nothing stands below: a scalar, or a map or list that holds nothing.
    pub fn is_end(&self) -> bool {
        match self {
            Node::Scalar(_) => true,
            Node::Map(map) => map.is_empty(),
            Node::List(items) => items.is_empty(),
        }
    }

    /// Whether another node holds the same, with the keys of maps in any order.
    pub fn holds_the_same(&self, other: &Node) -> bool {
        match (self, other) {
            (Node::Map(one), Node::Map(other)) => {
                let is_there = |(key, node): (&str, &Node)| {
                    other
                        .get(key)
                        .is_some_and(|other| node.holds_the_same(other))
                };
                one.len() == other.len() && one.iter().all(is_there)
            }
            (Node::List(one), Node::List(other)) => {
                let mut pairs = one.iter().zip(other);
                one.len() == other.len() && pairs.all(|(one, other)| one.holds_the_same(other))
            }
            _ => self == other,
        }
    }

    /// Every scalar below this node with its path, in the order of the file.
    pub fn leaves(&self) -> Vec<(KeyPath, &Scalar)> {
        let mut found = Vec::new();
        self.visit_leaves(|path, scalar| found.push((KeyPath::from(path), scalar)));
        found
    }

    /// Shows every scalar below this node, in the order of the file, with its path, which is not copied.
    pub fn visit_leaves<'t>(&'t self, mut see: impl FnMut(&[StepRef<'t>], &'t Scalar)) {
        self.visit_ends(|path, node| {
            if let Node::Scalar(scalar) = node {
                see(path, scalar);
            }
        });
    }

    /// As [`Node::visit_leaves`], with the maps and lists that hold nothing.
    pub fn visit_ends<'t>(&'t self, mut see: impl FnMut(&[StepRef<'t>], &'t Node)) {
        self.visit_below(&mut Vec::new(), &mut see);
    }

    fn visit_below<'t>(
        &'t self,
        at: &mut Vec<StepRef<'t>>,
        see: &mut impl FnMut(&[StepRef<'t>], &'t Node),
    ) {
        let mut visit = |step, node: &'t Node| {
            at.push(step);
            node.visit_below(at, see);
            at.pop();
        };
        match self {
            end if end.is_end() => see(at, end),
            Node::Scalar(_) => {}
            Node::Map(map) => map
                .iter()
                .for_each(|(key, node)| visit(StepRef::Key(key), node)),
            Node::List(items) => (0..)
                .zip(items)
                .for_each(|(index, node)| visit(StepRef::Index(index), node)),
        }
    }
}

/// A key of a map. One of up to 23 bytes, as most are, needs no memory of its own.
pub type Key = SmolStr;

/// Keys and what they hold, in the order of the file, each key once.
// In a box, for a node is as large as the largest thing that it can be, and most of them are scalars.
#[derive(Clone, Default, Debug)]
pub struct Map(Box<IndexMap<Key, Node, RandomState>>);

impl Map {
    /// No keys.
    pub fn new() -> Self {
        Map::default()
    }

    /// No keys yet, and room for so many: a map that grows is copied each time.
    pub fn with_capacity(keys: usize) -> Self {
        let state = RandomState::default();
        Map(Box::new(IndexMap::with_capacity_and_hasher(keys, state)))
    }

    /// What `key` holds.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.get(key)
    }

    /// Like `get`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.0.get_mut(key)
    }

    /// Replaces what `key` holds where it stands, or puts it last; returns what it held.
    pub fn insert(&mut self, key: impl Into<Key>, node: Node) -> Option<Node> {
        self.0.insert(key.into(), node)
    }

    /// Takes `key` out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        self.0.shift_remove(key)
    }

    /// Keys and nodes in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Node)>>(entries: I) -> Self {
        let keyed = |(key, node): (String, Node)| (Key::from(key), node);
        Map(Box::new(entries.into_iter().map(keyed).collect()))
    }
}

// The order of keys is part of what a file says.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl Eq for Map {}
