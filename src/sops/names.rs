//! The keys of a file, which are in clear: what can be named without opening anything.

use super::{METADATA_KEY, is_comment};
use crate::{
    value::{KeyPath, Step},
    yaml::{Document, NodeRef},
};

/// What a file has, by the paths that lead there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Where values stand, in the order of the file.
    pub values: Vec<KeyPath>,
    /// Where maps and lists stand that hold something, in the order of the file.
    pub collections: Vec<KeyPath>,
}

impl Names {
    /// Lists what a document holds beside the metadata.
    ///
    /// Nothing is verified: good for suggestions to a person, and for nothing else.
    pub fn of(document: &Document) -> Self {
        let mut names = Names::default();
        let entries = document.root().into_iter().flat_map(NodeRef::entries);
        for entry in entries.filter(|entry| entry.key != METADATA_KEY) {
            names.add(KeyPath::key(entry.key), entry.node);
        }
        names
    }

    // As deep as a document may be: 64 levels.
    fn add(&mut self, path: KeyPath, node: NodeRef<'_>) {
        if node.text().is_some() {
            self.values.push(path);
            return;
        }
        let at = self.collections.len();
        let before = self.values.len();
        for entry in node.entries() {
            self.add(path.child(Step::Key(entry.key.to_owned())), entry.node);
        }
        // Sops writes the comments of a list as items.
        let items = node.items();
        let items = items.filter(|item| !item.text().is_some_and(is_comment));
        for (index, item) in items.enumerate() {
            self.add(path.child(Step::Index(index)), item);
        }
        if self.values.len() > before {
            self.collections.insert(at, path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(paths: &[KeyPath]) -> Vec<String> {
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_key_is_listed_but_those_of_the_metadata() {
        let text = "# a comment\nA: x\nb:\n    c: [x, {d: x}]\n    \"e.f\": x\nempty: {}\n\"$(touch x)\": x\nsops:\n    mac: x\n";
        let names = Names::of(&Document::parse(text).unwrap());
        let values = ["A", "b.c[0]", "b.c[1].d", "b.\"e.f\"", "\"$(touch x)\""];
        assert_eq!(shown(&names.values), values);
        assert_eq!(shown(&names.collections), ["b", "b.c", "b.c[1]"]);
    }

    #[test]
    fn a_file_without_keys_has_no_names() {
        for text in ["", "sops: {}\n", "[a]\n", "a\n"] {
            let names = Document::parse(text).map(|document| Names::of(&document));
            assert_eq!(names.unwrap_or_default(), Names::default(), "{text}");
        }
    }
}
