//! Walking a document by key and position.

use super::{Document, Item, Part, Place, YamlError};
use crate::value::{Map, Node};

/// A map, list or scalar of a document.
#[derive(Clone, Copy)]
pub struct NodeRef<'d> {
    document: &'d Document,
    index: usize,
}

/// A key and what it holds.
#[derive(Clone, Copy)]
pub struct Entry<'d> {
    /// The key's item.
    pub key_index: usize,
    /// The key.
    pub key: &'d str,
    /// What it holds.
    pub node: NodeRef<'d>,
}

impl<'d> NodeRef<'d> {
    pub(super) fn new(document: &'d Document, index: usize) -> Self {
        NodeRef { document, index }
    }

    /// Its first item on the tape.
    pub fn index(self) -> usize {
        self.index
    }

    /// Its last item on the tape.
    pub fn last_index(self) -> usize {
        match self.item().part {
            Part::MapStart | Part::ListStart => self.item().partner(),
            _ => self.index,
        }
    }

    /// Its first item.
    pub fn item(self) -> &'d Item {
        &self.document.items()[self.index]
    }

    /// Where it stands.
    pub fn place(self) -> Place {
        self.document.place_of(self.index)
    }

    /// Whether it is a map.
    pub fn is_map(self) -> bool {
        self.item().part == Part::MapStart
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.item().part == Part::ListStart
    }

    /// The decoded text, if it is a scalar.
    pub fn text(self) -> Option<&'d str> {
        (self.item().part == Part::Value).then(|| self.document.str_at(self.index))
    }

    /// The text, if it is a string to every reader of YAML.
    pub fn string(self) -> Option<&'d str> {
        let resolved =
            (self.item().part == Part::Value).then(|| self.document.resolve_at(self.index))?;
        (resolved.ok()?.kind == crate::value::Kind::Str).then(|| self.document.str_at(self.index))
    }

    /// The keys of a map in order; none for anything else.
    pub fn entries(self) -> impl Iterator<Item = Entry<'d>> {
        self.pairs().map(|(key_index, node)| Entry {
            key_index,
            key: self.document.str_at(key_index),
            node,
        })
    }

    /// How many keys a map has.
    pub fn count(self) -> usize {
        self.pairs().count()
    }

    /// The item of each key, and what it holds.
    fn pairs(self) -> impl Iterator<Item = (usize, NodeRef<'d>)> {
        let end = if self.is_map() {
            self.last_index()
        } else {
            self.index
        };
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let key_index = self.next_node(next, end)?;
            let node = NodeRef::new(self.document, self.next_node(key_index + 1, end)?);
            next = node.last_index() + 1;
            Some((key_index, node))
        })
    }

    /// The items of a list in order; none for anything else.
    pub fn items(self) -> impl Iterator<Item = NodeRef<'d>> {
        let end = if self.is_list() {
            self.last_index()
        } else {
            self.index
        };
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let node = NodeRef::new(self.document, self.next_node(next, end)?);
            next = node.last_index() + 1;
            Some(node)
        })
    }

    /// What a key of a map holds.
    pub fn get(self, key: &str) -> Option<NodeRef<'d>> {
        self.entry(key).map(|entry| entry.node)
    }

    /// A key of a map and what it holds. Looked for from the end, where the metadata of a large file stands.
    pub fn entry(self, key: &str) -> Option<Entry<'d>> {
        let mut end = self.last_index();
        while self.is_map() {
            let node = self.node_before(end)?;
            let key_index = self.last_before(node.index)?;
            let found = self.document.str_at(key_index);
            if found == key {
                return Some(Entry {
                    key_index,
                    key: found,
                    node,
                });
            }
            end = key_index;
        }
        None
    }

    /// The node below this one that ends last before an item; `None` where this one begins.
    fn node_before(self, end: usize) -> Option<NodeRef<'d>> {
        let items = self.document.items();
        let last = self.last_before(end)?;
        let index = match items[last].part {
            Part::MapEnd | Part::ListEnd => items[last].partner(),
            _ => last,
        };
        Some(NodeRef::new(self.document, index))
    }

    /// The last item of this node before another one that is no comment.
    fn last_before(self, end: usize) -> Option<usize> {
        let items = self.document.items();
        (self.index + 1..end)
            .rev()
            .find(|index| items[*index].part != Part::Comment)
    }

    fn next_node(self, from: usize, end: usize) -> Option<usize> {
        let items = self.document.items();
        (from..end).find(|index| items[*index].part != Part::Comment)
    }
}

impl NodeRef<'_> {
    /// The node as typed values.
    ///
    /// # Errors
    ///
    /// [`Problem::IntTooLarge`](super::Problem::IntTooLarge) with its place.
    pub fn to_node(self) -> Result<Node, YamlError> {
        match self.item().part {
            Part::MapStart => {
                let entries = self
                    .entries()
                    .map(|entry| Ok((entry.key.to_owned(), entry.node.to_node()?)));
                Ok(Node::Map(entries.collect::<Result<Map, YamlError>>()?))
            }
            Part::ListStart => Ok(Node::List(
                self.items()
                    .map(NodeRef::to_node)
                    .collect::<Result<_, YamlError>>()?,
            )),
            _ => Ok(Node::Scalar(self.document.scalar_at(self.index)?)),
        }
    }
}
