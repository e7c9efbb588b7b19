//! A file on disk beside what would be rendered: which keys differ, never a value.
//!
//! A file that somebody wrote by hand can mean several things: what its readers do not agree on is taken in every way
//! in which one of them takes it.

use indexmap::IndexMap;

use crate::{
    import::{
        self,
        dotenv::{Dialect, Entry, Survey},
    },
    render::{Names, Output, flat, selected},
    value::{KeyPath, Kind, Map, Node, Scalar, Selection, Step},
    yaml::Document,
};

/// Names with what each of them holds: a scalar, or an empty map or list. Several where several keys have one name.
#[derive(Debug, Default)]
pub struct Contents(IndexMap<String, Vec<Node>>);

/// How one file differs from another, by the names of the first that have it; sorted as the files are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// What only the second has.
    pub added: Vec<String>,
    /// What both have, but not with the same value.
    pub changed: Vec<String>,
    /// What only the first has.
    pub removed: Vec<String>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}

impl Contents {
    /// What a file of this format would hold of a tree.
    ///
    /// Two values may have one name; then either will do.
    pub fn of_tree(format: Output, root: &Node, names: &Names<'_>) -> Self {
        match format {
            Output::Json | Output::Yaml => {
                let everything = Selection::default();
                let root = selected(root, names.selection.unwrap_or(&everything));
                Contents::of_structure(&root)
            }
            _ => {
                let text = |value: &Scalar| Node::Scalar(Scalar::str(value.expose()));
                let flats = flat(root, names).into_iter();
                flats
                    .map(|flat| (flat.name.into_owned(), text(flat.value)))
                    .collect()
            }
        }
    }

    /// Everything that a file of this format can mean to one of its readers; nothing if none of them reads it.
    pub fn of_file(format: Output, text: &str) -> Vec<Self> {
        match format {
            Output::Json | Output::Yaml if text.trim().is_empty() => vec![Contents::default()],
            Output::Json => import::json(text)
                .ok()
                .map(Contents::of_map)
                .into_iter()
                .collect(),
            Output::Yaml if has_only_comments(text) => vec![Contents::default()],
            Output::Yaml => import::yaml(text)
                .ok()
                .map(|yaml| Contents::of_map(yaml.tree))
                .into_iter()
                .collect(),
            _ => {
                let survey = Survey::of(text);
                let readings = Dialect::ALL.into_iter();
                readings
                    .filter_map(|dialect| Contents::in_dialect(&survey, dialect))
                    .collect()
            }
        }
    }

    /// What a `.env` file means to one of its readers.
    fn in_dialect(survey: &Survey<'_>, dialect: Dialect) -> Option<Self> {
        let entries = survey.in_dialect(dialect, &Selection::default()).ok()?;
        Some(entries.into_iter().map(entry).collect())
    }

    fn of_map(map: Map) -> Self {
        Contents::of_structure(&Node::Map(map))
    }

    fn of_structure(root: &Node) -> Self {
        let mut found = Vec::new();
        collect(root, &KeyPath::default(), &mut found);
        found.into_iter().collect()
    }

    /// What `kept` does not have.
    fn losses(&self, kept: &Contents) -> Difference {
        Difference {
            added: Vec::new(),
            ..self.difference(kept)
        }
    }

    /// What it takes to make `self` into `other`.
    pub fn difference(&self, other: &Contents) -> Difference {
        let mut difference = Difference::default();
        for (name, held) in &self.0 {
            match other.0.get(name) {
                Some(others) if held.iter().all(|node| others.contains(node)) => {}
                Some(_) => difference.changed.push(name.clone()),
                None => difference.removed.push(name.clone()),
            }
        }
        let added = other.0.keys().filter(|name| !self.0.contains_key(*name));
        difference.added = added.cloned().collect();
        difference
    }
}

impl FromIterator<(String, Node)> for Contents {
    fn from_iter<I: IntoIterator<Item = (String, Node)>>(entries: I) -> Self {
        let mut contents = Contents::default();
        for (name, node) in entries {
            contents.0.entry(name).or_default().push(node);
        }
        contents
    }
}

fn has_only_comments(text: &str) -> bool {
    Document::parse(text).is_ok_and(|document| document.root().is_none())
}

fn entry(entry: Entry) -> (String, Node) {
    let value = Scalar::new(Kind::Str, entry.value);
    (entry.key, Node::Scalar(value))
}

/// The smallest of the differences between what a file can mean and what is to be; `None` if nobody reads the file.
pub fn difference(file: &[Contents], wanted: &Contents) -> Option<Difference> {
    let differences = file.iter().map(|contents| contents.difference(wanted));
    differences.min_by_key(Difference::len)
}

/// What would be lost with a file: keys and values that `kept` does not have. `None` if nobody reads the file.
pub fn losses(file: &[Contents], kept: &Contents) -> Option<Difference> {
    let losses = file.iter().map(|contents| contents.losses(kept));
    losses.min_by_key(Difference::len)
}

/// Whether a `.env` file of which no value would be lost has comments, to whoever reads it so. What is a comment to one reader may be a
/// piece of a value to another: `x#y`.
pub fn loses_comments(text: &str, kept: &Contents) -> bool {
    let survey = Survey::of(text);
    let keeps_values = |dialect: &Dialect| {
        let contents = Contents::in_dialect(&survey, *dialect);
        contents.is_some_and(|contents| contents.losses(kept).is_empty())
    };
    let mut readers = Dialect::ALL.into_iter().filter(keeps_values);
    readers.all(|dialect| survey.has_comments(dialect))
}

fn collect(node: &Node, path: &KeyPath, found: &mut Vec<(String, Node)>) {
    match node {
        Node::Map(map) if !map.is_empty() => {
            for (key, node) in map.iter() {
                collect(node, &path.child(Step::Key(key.to_owned())), found);
            }
        }
        Node::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.child(Step::Index(index)), found);
            }
        }
        // An empty file holds nothing.
        Node::Map(_) if path.steps().is_empty() => {}
        leaf => found.push((path.to_string(), leaf.clone())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        render::{dotenv, json, yaml},
        secret::ExposeSecret,
    };

    fn root(entries: &[(&str, &str)]) -> Node {
        let entry =
            |(key, text): &(&str, &str)| ((*key).to_owned(), Node::Scalar(Scalar::str(text)));
        Node::Map(entries.iter().map(entry).collect())
    }

    fn lost(format: Output, text: &str, tree: &Node) -> Option<Difference> {
        let kept = Contents::of_tree(format, tree, &Names::default());
        losses(&Contents::of_file(format, text), &kept)
    }

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_the_tree_has_too_is_not_lost() {
        let tree = root(&[("A", "1"), ("B", "two words"), ("C", "x\ny")]);
        for text in [
            "",
            "A=1\n",
            "# a comment\n\nexport A=1\n",
            "B='two words'\nA=\"1\"",
            // To all but shells it is the same.
            "B=two words\n",
            // Node, compose and python read a line break here; ruby and shells do not.
            "C=\"x\\ny\"\n",
        ] {
            assert_eq!(
                lost(Output::Dotenv, text, &tree),
                Some(Difference::default()),
                "{text}"
            );
        }
        assert_eq!(
            lost(Output::Json, "{\"A\": \"1\", \"B\": \"two words\"}", &tree),
            Some(Difference::default())
        );
        assert_eq!(
            lost(Output::Yaml, "A: '1'\n", &tree),
            Some(Difference::default())
        );
    }

    #[test]
    fn keys_and_values_that_only_the_file_has_are_named() {
        let tree = root(&[("A", "1"), ("B", "2")]);
        let expected = Difference {
            added: Vec::new(),
            changed: strings(&["B"]),
            removed: strings(&["C"]),
        };
        assert_eq!(
            lost(Output::Dotenv, "A=1\nB=9\nC=3\n", &tree),
            Some(expected.clone())
        );
        let json = "{\"A\": \"1\", \"B\": 2, \"C\": \"3\"}";
        assert_eq!(lost(Output::Json, json, &tree), Some(expected.clone()));
        assert_eq!(
            lost(Output::Yaml, "A: \"1\"\nB: 2\nC: {}\n", &tree),
            Some(expected)
        );
    }

    #[test]
    fn what_nobody_reads_is_told_apart() {
        let tree = root(&[("A", "1")]);
        assert_eq!(lost(Output::Json, "{\"A\": ", &tree), None);
        assert_eq!(lost(Output::Yaml, "- A\n", &tree), None);
        assert_eq!(lost(Output::Dotenv, "notes of mine\nA=1\n", &tree), None);
    }

    #[test]
    fn a_difference_is_told_by_key() {
        let (old, new) = (
            root(&[("A", "1"), ("B", "2")]),
            root(&[("B", "3"), ("C", "4")]),
        );
        let names = Names::default();
        let file = dotenv(&old, names).unwrap().text;
        let file = Contents::of_file(Output::Dotenv, file.expose_secret());
        let wanted = Contents::of_tree(Output::Dotenv, &new, &names);
        let expected = Difference {
            added: strings(&["C"]),
            changed: strings(&["B"]),
            removed: strings(&["A"]),
        };
        assert_eq!(difference(&file, &wanted), Some(expected));
    }

    #[test]
    fn prefix_and_selection_count() {
        let tree = root(&[("A", "1"), ("B", "2")]);
        let selection = Selection::new(["A"], [""; 0]);
        let names = Names {
            prefix: "APP_",
            selection: Some(&selection),
            ..Names::default()
        };
        let wanted = Contents::of_tree(Output::Dotenv, &tree, &names);
        let file = Contents::of_file(Output::Dotenv, "APP_A=1\n");
        assert!(difference(&file, &wanted).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn what_was_rendered_is_found_whole(texts in prop::collection::vec("[a-z '\"$#\\\\\n=→]{0,10}", 0..5)) {
            let entries = texts.iter().enumerate();
            let entries = entries.map(|(at, text)| (format!("KEY{at}"), Node::Scalar(Scalar::str(text))));
            let tree = Node::Map(entries.collect());
            let whole = |format, text: &str| {
                let names = Names::default();
                let wanted = Contents::of_tree(format, &tree, &names);
                difference(&Contents::of_file(format, text), &wanted)
            };
            let none = Some(Difference::default());
            if let Ok(text) = dotenv(&tree, "_") {
                prop_assert_eq!(whole(Output::Dotenv, text.text.expose_secret()), none.clone());
            }
            prop_assert_eq!(whole(Output::Json, json(&tree).unwrap().expose_secret()), none.clone());
            prop_assert_eq!(whole(Output::Yaml, yaml(&tree).unwrap().expose_secret()), none);
        }
    }
}
