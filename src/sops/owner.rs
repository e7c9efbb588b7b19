//! Which collection a comment belongs to for sops: its path is the additional data of the comment.
//!
//! sops takes a comment from the node to which go-yaml attaches it, and go-yaml attaches comments while it reads, by line and column and by what
//! it has read so far. There is no short rule that is always right, so this module does what go-yaml does: `tokens` finds the comments,
//! `nodes` attaches them, and here they get their owner as in `stores/yaml/store.go` of sops 3.13:
//!
//! * a comment of a key, or of the scalar that it holds: the map,
//! * a comment of a map or list that a key holds: that map or list,
//! * a comment of an item, whatever it is: the list,
//! * a comment at the end of the document: the root.
//!
//! Where a formatter has moved a comment, the reader tries the other collections of the file as well; only the writer depends on this.

mod nodes;
mod tokens;

use crate::yaml::Outline;
use nodes::{Attached, Content, Node, Tree};

/// The owners of all comments of a document.
pub(super) struct Owners {
    owners: Vec<Option<usize>>,
    unread_from: Option<usize>,
}

impl Owners {
    /// Goes through the document once.
    pub(super) fn new(outline: &Outline<'_>) -> Self {
        let document = outline.document();
        let count = document.items().len();
        // What go-yaml loses belongs to what is around it; sops never sees it.
        let mut owners = Owners {
            owners: (0..count).map(|item| outline.holder(item)).collect(),
            unread_from: None,
        };
        let Some(root) = document.root() else {
            return owners;
        };
        match nodes::tree(document) {
            Ok(tree) => owners.document(tree, root.index()),
            Err(differs) => owners.unread_from = Some(differs.at),
        }
        owners
    }

    /// The start of the collection that a comment belongs to; `None` for a document without keys.
    pub(super) fn of(&self, comment: usize) -> Option<usize> {
        self.owners.get(comment).copied().flatten()
    }

    /// Where go-yaml does not find what the document has: sops cannot read it, and the owners are not known.
    pub(super) fn unread_from(&self) -> Option<usize> {
        self.unread_from
    }

    fn give(&mut self, owner: usize, comments: Attached) {
        for comments in [comments.above, comments.beside, comments.below] {
            self.give_all(owner, comments);
        }
    }

    fn give_all(&mut self, owner: usize, comments: Vec<usize>) {
        for comment in comments {
            self.owners[comment] = Some(owner);
        }
    }

    fn document(&mut self, tree: Tree, root: usize) {
        self.give_all(root, tree.below);
        self.give(root, tree.root.comments);
        self.content(tree.root.content);
    }

    fn content(&mut self, content: Content) {
        match content {
            Content::Scalar => {}
            Content::Map(map, entries) => {
                for (key, value) in entries {
                    self.give(map, key.comments);
                    self.value(map, value);
                }
            }
            Content::List(list, items) => {
                for item in items {
                    self.give(list, item.comments);
                    self.content(item.content);
                }
            }
        }
    }

    fn value(&mut self, map: usize, value: Node) {
        let owner = match &value.content {
            Content::Scalar => map,
            Content::Map(start, _) | Content::List(start, _) => *start,
        };
        self.give(owner, value.comments);
        self.content(value.content);
    }
}

#[cfg(test)]
mod probe {
    use super::*;
    use crate::{
        cipher::additional_data,
        value::{Kind, Step},
        yaml::{Document, Part},
    };
    #[test]
    fn probe() {
        let Ok(text) = std::fs::read_to_string("/tmp/w/oracle/in.jsonl") else {
            return;
        };
        let want = std::fs::read_to_string("/tmp/w/oracle/out.jsonl").unwrap();
        let (mut bad, mut all, mut docs, mut refused, mut goerr, mut badtree) = (0, 0, 0, 0, 0, 0);
        let mut kinds: std::collections::BTreeMap<String, (usize, String)> = Default::default();
        for (number, (line, want)) in text.lines().zip(want.lines()).enumerate() {
            let text: String = serde_json::from_str(line).unwrap();
            let want: serde_json::Value = serde_json::from_str(want).unwrap();
            let Ok(document) = Document::parse(&text) else {
                continue;
            };
            if document.root().is_none() {
                continue;
            }
            docs += 1;
            let outline = Outline::new(&document);
            let owners = Owners::new(&outline);
            if owners.unread_from().is_some() {
                refused += 1;
                if want.is_object() {
                    let e = kinds.entry("refused but go reads".into()).or_default();
                    e.0 += 1;
                    if e.1.is_empty() || text.len() < e.1.len() {
                        e.1 = text.clone();
                    }
                }
                continue;
            }
            if !want.is_object() {
                goerr += 1;
                let k = format!(
                    "go: {}",
                    regex::Regex::new("line [0-9]+")
                        .unwrap()
                        .replace_all(want.as_str().unwrap(), "line N")
                );
                let e = kinds.entry(k).or_default();
                e.0 += 1;
                if e.1.is_empty() || text.len() < e.1.len() {
                    e.1 = text.clone();
                }
                continue;
            }
            let Ok(node) = document.root().unwrap().to_node() else {
                continue;
            };
            let mine: Vec<(String, &str, String)> = node
                .leaves()
                .iter()
                .map(|(p, s)| {
                    (
                        p.steps()
                            .iter()
                            .map(|s| match s {
                                Step::Key(k) => format!("/string:{k}"),
                                Step::Index(i) => format!("/[{i}]"),
                            })
                            .collect::<String>(),
                        match s.kind() {
                            Kind::Null => "null",
                            Kind::Bool => "bool",
                            Kind::Int => "int",
                            Kind::Float => "float",
                            Kind::Time => "time",
                            Kind::Str => "str",
                        },
                        s.expose().to_owned(),
                    )
                })
                .collect();
            let theirs: Vec<(String, String, String)> =
                serde_json::from_value(want["leaves"].clone()).unwrap();
            let same = mine.len() == theirs.len()
                && mine.iter().zip(&theirs).all(|(a, b)| {
                    a.0 == b.0
                        && a.1 == b.1
                        && (a.2 == b.2
                            || a.1 == "float"
                                && (a.2.parse::<f64>().ok() == b.2.parse().ok()
                                    || a.2.starts_with('.')
                                    || a.2.starts_with("-.")))
                });
            if !same {
                badtree += 1;
                let d = mine
                    .iter()
                    .zip(&theirs)
                    .find(|(a, b)| a.0 != b.0 || a.1 != b.1 || a.2 != b.2);
                let k = format!(
                    "tree {}",
                    if text.contains("\u{feff}") { "bom" } else { "" }
                );
                let e = kinds.entry(k).or_default();
                e.0 += 1;
                if e.1.is_empty() || text.len() < e.1.len() {
                    e.1 = format!("{text}\n{d:?} {} {}", mine.len(), theirs.len());
                }
            }
            let mut left: Vec<(String, String)> =
                serde_json::from_value(want["comments"].clone()).unwrap();
            for (i, item) in document.items().iter().enumerate() {
                if item.part != Part::Comment {
                    continue;
                }
                all += 1;
                let mine = (
                    additional_data(owners.of(i).map(|o| outline.keys_to(o)).unwrap_or_default()),
                    document.str_at(i).to_owned(),
                );
                if let Some(p) = left.iter().position(|x| *x == mine) {
                    left.remove(p);
                }
            }
            if !left.is_empty() {
                bad += left.len();
                let e = kinds.entry("comment".into()).or_default();
                e.0 += 1;
                if e.1.is_empty() || text.len() < e.1.len() {
                    e.1 = format!("{number} {text}\n{left:?}");
                }
            }
        }
        for (k, (n, t)) in &kinds {
            println!("=== {n} x {k}\n{t}");
        }
        println!(
            "docs {docs} refused {refused} goerr {goerr} trees {badtree} comments {all} wrong {bad}"
        );
    }
}
