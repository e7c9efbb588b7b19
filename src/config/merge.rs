//! Brings together two configs that began as one, by key.
//!
//! Texts, comments and order as [`braid`](mod@crate::braid) does. What is peculiar to a config: lists of names are sets, and a removal wins.
//! Whoever one side took out of a list is out of it, whatever the other side did; whoever one side took out of the vault is out of every
//! list. What is merged gives nobody anything yet: the logs of the files say who reads and writes, and a writer's `vault sync` changes them.

mod law;
mod sets;

use crate::{
    braid::{self, braid_settled},
    merge::{self, Conflict, Merge},
    secret::ExposeSecret,
    value::{KeyPath, Map, Node, Step},
    yaml::{
        Document, Entry, NodeRef, Style,
        write::{Draft, double_quoted},
    },
};

use super::{Config, ConfigError, Problem, edit::edited};

/// The three texts of a merge.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'t> {
    /// What both sides began with; empty if there was nothing.
    pub base: &'t str,
    /// What we made of it.
    pub ours: &'t str,
    /// What others made of it.
    pub theirs: &'t str,
}

/// One of the three texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What both sides began with.
    Base,
    /// Ours.
    Ours,
    /// Theirs.
    Theirs,
}

/// What came out of a merge.
#[derive(Debug, PartialEq, Eq)]
pub enum Merged {
    /// A config with both sides' work.
    Clean(String),
    /// Both sides' work, but for places where they contradict each other.
    Conflicts(Contradiction),
    /// Both sides' work, which together is no config: a file that two environments would share, an environment without a reader.
    Invalid {
        /// The text.
        text: String,
        /// What is wrong with it.
        error: ConfigError,
    },
    /// One of the texts is no config, so nothing can be said by key.
    Unread {
        /// Which.
        side: Side,
        /// What is wrong with it.
        error: ConfigError,
    },
}

/// Both sides' work in three texts that differ only where a person has to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The places, in the order of the text.
    pub conflicts: Vec<Conflict>,
    /// With what both sides began with at these places.
    pub base: String,
    /// With ours.
    pub ours: String,
    /// With theirs.
    pub theirs: String,
}

/// The contradictions at which somebody has decided for a side, by their paths.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decided<'p> {
    /// For ours.
    pub ours: &'p [KeyPath],
    /// For theirs.
    pub theirs: &'p [KeyPath],
}

/// Brings the work of both sides together.
///
/// Where one side changed nothing, the text is the other side's byte for byte.
pub fn merged(sides: Sides<'_>) -> Merged {
    merged_as(sides, Decided::default())
}

/// As [`merged`], where somebody has decided some of the contradictions; these are none any more.
pub fn merged_as(sides: Sides<'_>, decided: Decided<'_>) -> Merged {
    match Parsed::of(sides) {
        Err((side, error)) => Merged::Unread { side, error },
        Ok(parsed) => match sides.settled() {
            Some(text) => Merged::Clean(text.to_owned()),
            None => parsed
                .merged(decided)
                .unwrap_or_else(|| parsed.contradiction(sides)),
        },
    }
}

impl Decided<'_> {
    fn is_nothing(self) -> bool {
        self.ours.is_empty() && self.theirs.is_empty()
    }
}

impl<'t> Sides<'t> {
    /// The text where only one side changed anything, or both the same.
    fn settled(self) -> Option<&'t str> {
        match (self.ours == self.base, self.theirs == self.base) {
            (true, _) => Some(self.theirs),
            (_, true) => Some(self.ours),
            _ => (self.ours == self.theirs).then_some(self.ours),
        }
    }
}

/// The three texts, read.
struct Parsed {
    documents: [Document; 3],
    nodes: [Node; 3],
    configs: [Option<Config>; 3],
}

impl Parsed {
    fn of(sides: Sides<'_>) -> Result<Self, (Side, ConfigError)> {
        let base = match sides.base {
            "" => None,
            text => Some(read(Side::Base, text)?),
        };
        let (ours, theirs) = (
            read(Side::Ours, sides.ours)?,
            read(Side::Theirs, sides.theirs)?,
        );
        let is_kept = |(_, config): &(Document, Config)| !config.former().is_empty();
        let has_left = is_kept(&ours) || is_kept(&theirs);
        let listed = |side| if has_left { with_former(side) } else { side };
        let (base, ours, theirs) = (base.map(listed), listed(ours), listed(theirs));
        let nothing = || Document::parse("").expect("an empty document");
        let (base, config) = base.map_or_else(|| (nothing(), None), |(d, c)| (d, Some(c)));
        let documents = [base, ours.0, theirs.0];
        let nodes = [0, 1, 2].map(|at: usize| tree(&documents[at]));
        Ok(Parsed {
            documents,
            nodes,
            configs: [config, Some(ours.1), Some(theirs.1)],
        })
    }

    /// `None` where the texts cannot be edited as it would take.
    fn merged(&self, decided: Decided<'_>) -> Option<Merged> {
        let [base, ours, theirs] = &self.documents;
        let sides = braid::Sides { base, ours, theirs };
        let braided = braid_settled(sides, decided.theirs).ok()?;
        let mut text = braided.text.expose_secret().to_owned();
        let mut conflicts = Vec::new();
        let is_open = |conflict: &Conflict| !decided.ours.contains(&conflict.path);
        for conflict in braided.conflicts.into_iter().filter(is_open) {
            match sets::settled(&text, &conflict, self)? {
                Some(settled) => text = settled,
                None => conflicts.push(conflict),
            }
        }
        text = sets::without_strangers(&text, &self.nodes)?;
        if !conflicts.is_empty() {
            let contradiction = self.contradicting(text.clone(), conflicts)?;
            // Without those who have left, both sides may want the same.
            if !is_same(&contradiction.ours, &contradiction.theirs) {
                return Some(Merged::Conflicts(contradiction));
            }
        }
        // Whoever decides for a side may decide for a list that only this side has.
        let is_lawful =
            |config: &Config| !decided.is_nothing() || law::holds(config, &self.configs);
        Some(match Config::parse(&text) {
            Ok(config) if is_lawful(&config) => Merged::Clean(text),
            Ok(_) => return None,
            Err(error) => Merged::Invalid { text, error },
        })
    }

    fn contradicting(&self, ours: String, conflicts: Vec<Conflict>) -> Option<Contradiction> {
        let [base, _, theirs] = &self.documents;
        let with = |side: &Document| {
            let text = conflicts.iter().try_fold(ours.clone(), |text, conflict| {
                put(&text, &keys(&conflict.path)?, side)
            });
            sets::without_strangers(&text?, &self.nodes)
        };
        Some(Contradiction {
            base: with(base)?,
            theirs: with(theirs)?,
            conflicts,
            ours,
        })
    }

    /// The whole texts, for what cannot be said place by place.
    fn contradiction(&self, sides: Sides<'_>) -> Merged {
        let [base, ours, theirs] = &self.nodes;
        let merge = Merge { base, ours, theirs };
        Merged::Conflicts(Contradiction {
            conflicts: merge::three_way(merge).conflicts,
            base: sides.base.to_owned(),
            ours: sides.ours.to_owned(),
            theirs: sides.theirs.to_owned(),
        })
    }
}

fn read(side: Side, text: &str) -> Result<(Document, Config), (Side, ConfigError)> {
    let config = Config::parse(text).map_err(|error| (side, error))?;
    let document = Document::parse(text).map_err(|_| (side, Problem::Edit.into()))?;
    Ok((document, config))
}

/// With a list of those who have left, be it empty: who takes the last one out of it takes the list out, and contradicts nobody who puts
/// somebody in.
fn with_former((document, config): (Document, Config)) -> (Document, Config) {
    if document
        .root()
        .is_some_and(|root| root.get("former").is_some())
    {
        return (document, config);
    }
    let text = document.to_text();
    let text = format!("{}\nformer: {{}}\n", text.trim_end_matches('\n'));
    match (Document::parse(&text), Config::parse(&text)) {
        (Ok(document), Ok(config)) => (document, config),
        _ => (document, config),
    }
}

/// Whether two texts say the same, however it is laid out.
fn is_same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| Document::parse(text).ok());
    one.zip(other)
        .is_some_and(|(one, other)| merge::is_same(&tree(&one), &tree(&other)))
}

/// The tree of a config, whose numbers its reader has looked at.
fn tree(document: &Document) -> Node {
    let root = document.root().and_then(|root| root.to_node().ok());
    root.unwrap_or(Node::Map(Map::new()))
}

fn keys(path: &KeyPath) -> Option<Vec<&str>> {
    let steps = path.steps().iter();
    steps
        .map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
        .collect()
}

/// Puts what another document has at a place there, or takes out what is there.
fn put(text: &str, path: &[&str], source: &Document) -> Option<String> {
    let root = source.root();
    let node = root.and_then(|root| path.iter().try_fold(root, |map, key| map.get(key)));
    let draft = node.map(|node| drafted(source, node));
    edited(text, |document| {
        let (last, above) = path.split_last()?;
        let map = above
            .iter()
            .try_fold(document.root()?, |map, key| map.get(key))?;
        match (map.entry(last), &draft) {
            (Some(entry), Some(draft)) => Some(document.replace_entry(entry, draft)),
            (Some(entry), None) => Some(document.remove_entry(map, entry)),
            (None, Some(draft)) => {
                Some(document.insert_entry(map, map.entries().last(), last, draft))
            }
            (None, None) => Some(Vec::new()),
        }
    })
}

/// A node of a document as it is written there, without its comments.
fn drafted(document: &Document, node: NodeRef<'_>) -> Draft {
    if node.is_map() {
        let entries = node.entries();
        let entry = |entry: Entry<'_>| (entry.key.to_owned(), drafted(document, entry.node));
        return Draft::Map(entries.map(entry).collect());
    }
    if node.is_list() {
        return Draft::List(node.items().map(|item| drafted(document, item)).collect());
    }
    Draft::Scalar(match node.item().style {
        Style::Literal | Style::Folded => double_quoted(node.text().unwrap_or_default()),
        _ => document.text()[node.item().range()].to_owned(),
    })
}

/// A text without what is at a place.
fn without(text: &str, path: &[&str]) -> Option<String> {
    edited(text, |document| {
        let (last, above) = path.split_last()?;
        let map = above
            .iter()
            .try_fold(document.root()?, |map, key| map.get(key))?;
        match map.entry(last) {
            Some(entry) => Some(document.remove_entry(map, entry)),
            None => Some(Vec::new()),
        }
    })
}

#[cfg(test)]
mod tests;
