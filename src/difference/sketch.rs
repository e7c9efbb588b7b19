//! What is kept of a version of a file to compare it with another one.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{
    Imprint, Imprinter,
    walk::{Piece, walk},
};
use crate::{
    cipher::Ciphertext,
    sops::{BLOCK_KEY, METADATA_KEY},
    value::{Form, KeyPath, Kind, Map, Node},
    yaml::{Document, NodeRef, Part},
};

/// A version of a file, without any value in it: enough to tell what differs from another one by the same [`Imprinter`].
///
/// It is made from whatever the text says; nothing in it is proven by that.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// In the order of the file.
    pub(super) leaves: IndexMap<KeyPath, Leaf>,
    /// Maps and lists without anything in them.
    pub(super) empty: BTreeMap<KeyPath, Part>,
    /// What stands in the file for the comments of each key.
    pub(super) comments: BTreeMap<KeyPath, Remarks>,
    wrapped: BTreeSet<Imprint>,
    seal: BTreeSet<Imprint>,
    /// The values, where the version was opened.
    pub(super) values: Option<BTreeMap<KeyPath, Imprint>>,
    /// The comments, where they were read.
    pub(super) texts: Option<BTreeMap<KeyPath, Vec<Imprint>>>,
}

/// What stands at a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    pub(super) kind: Kind,
    pub(super) state: State,
    pub(super) imprint: Imprint,
}

/// How a value stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Encrypted, as far as it looks like it.
    Sealed,
    /// As it is.
    Clear,
    /// Nothing to encrypt.
    Blank,
}

/// The comments of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remarks {
    pub(super) imprints: Vec<Imprint>,
    pub(super) has_sealed: bool,
}

impl Sketch {
    /// What a document shows of itself.
    pub fn of(document: &Document, imprinter: &Imprinter) -> Self {
        let mut sketch = Sketch::default();
        walk(document, |path, at, piece| match piece {
            Piece::Value => {
                let leaf = leaf(document, at, imprinter);
                sketch.leaves.insert(path.into(), leaf);
            }
            Piece::Comment => {
                let text = document.str_at(at);
                let remarks = sketch.comments.entry(path.into()).or_default();
                remarks.imprints.push(imprinter.of(&[text]));
                remarks.has_sealed |= Ciphertext::looks_like(text);
            }
            Piece::Empty if path.is_empty() => {}
            Piece::Empty => {
                let part = document.items()[at].part;
                sketch.empty.insert(path.into(), part);
            }
        });
        if let Some(metadata) = document.root().and_then(|root| root.get(METADATA_KEY)) {
            sketch.read_metadata(metadata, imprinter);
        }
        sketch
    }

    fn read_metadata(&mut self, metadata: NodeRef<'_>, imprinter: &Imprinter) {
        let age = metadata.get("age").into_iter().flat_map(NodeRef::items);
        let armors = age.filter_map(|entry| entry.get("enc")?.text());
        self.wrapped = armors.map(|armor| imprinter.of(&[armor])).collect();
        let block = metadata.get(BLOCK_KEY);
        let signature = block.and_then(|block| block.get("signature"));
        let seals = [metadata.get("mac"), metadata.get("lastmodified"), signature];
        let texts = seals.into_iter().flatten().filter_map(NodeRef::text);
        self.seal = texts.map(|text| imprinter.of(&[text])).collect();
    }

    /// Adds the values of the same version, once it was opened.
    pub fn add_values(&mut self, tree: Map, imprinter: &Imprinter) {
        let tree = Node::Map(tree);
        let leaves = tree.leaves().into_iter();
        let values = leaves.map(|(path, scalar)| (path, imprinter.value(scalar)));
        self.values = Some(values.collect());
    }

    /// Adds the comments of the same version, from its text in clear.
    pub fn add_comments(&mut self, plain: &Document, imprinter: &Imprinter) {
        let mut texts: BTreeMap<KeyPath, Vec<Imprint>> = BTreeMap::new();
        walk(plain, |path, at, piece| {
            if let Piece::Comment = piece {
                let imprint = imprinter.of(&[plain.str_at(at)]);
                texts.entry(path.into()).or_default().push(imprint);
            }
        });
        self.texts = Some(texts);
    }

    /// Every key that has a value, in the order of the file.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &KeyPath> {
        self.leaves.keys()
    }

    /// The type of the value at a key, as the file says.
    pub fn kind(&self, path: &KeyPath) -> Option<Kind> {
        self.leaves.get(path).map(|leaf| leaf.kind)
    }

    /// Whether the value at a key can be read by everybody.
    pub fn is_clear(&self, path: &KeyPath) -> bool {
        let leaf = self.leaves.get(path);
        leaf.is_some_and(|leaf| leaf.state == State::Clear)
    }

    /// Whether the two were written at once: MAC, time and signature are the same.
    pub fn has_seal_of(&self, other: &Sketch) -> bool {
        self.seal == other.seal
    }

    /// Whether the two surely have one data key: a wrapped one that both have, or a ciphertext, which nobody could make twice.
    pub(super) fn has_data_key_of(&self, other: &Sketch) -> bool {
        let is_there = |(path, leaf): (&KeyPath, &Leaf)| {
            let same = other.leaves.get(path);
            leaf.state == State::Sealed && same.is_some_and(|same| same.imprint == leaf.imprint)
        };
        !self.wrapped.is_disjoint(&other.wrapped) || self.leaves.iter().any(is_there)
    }
}

fn leaf(document: &Document, at: usize, imprinter: &Imprinter) -> Leaf {
    let text = document.str_at(at);
    if Ciphertext::looks_like(text) {
        let ciphertext = Ciphertext::parse_again(text, Form::Lenient).ok();
        return Leaf {
            kind: ciphertext
                .and_then(|ciphertext| ciphertext.tag().kind())
                .unwrap_or(Kind::Str),
            state: State::Sealed,
            imprint: imprinter.of(&[text]),
        };
    }
    let (kind, state, imprint) = match document.scalar_at(at) {
        Ok(scalar) => {
            let state = match scalar.is_blank() {
                true => State::Blank,
                false => State::Clear,
            };
            (scalar.kind(), state, imprinter.value(&scalar))
        }
        // A number that is too large; nothing else has its text.
        Err(_) => (Kind::Int, State::Clear, imprinter.of(&[text])),
    };
    Leaf {
        kind,
        state,
        imprint,
    }
}
