//! From text to a [`Config`]: walks the document once and notes everything that is wrong with its place.

mod environments;
mod former;
mod people;

use std::{borrow::Cow, collections::HashMap, fmt, str::FromStr};

use super::{Config, ConfigError, Problem, RepositoryId, RepositoryIdError};
use crate::{
    value::{Kind, NameError, near},
    yaml::{Document, Entry, NodeRef, Part},
};

/// What may stand at the top of a config.
pub const CONFIG_KEYS: [&str; 7] = [
    "version",
    "repository",
    "default",
    "recipients",
    "groups",
    "environments",
    "former",
];
/// What may stand in an environment.
pub const ENVIRONMENT_KEYS: [&str; 6] = [
    "file",
    "extends",
    "recipients",
    "writers",
    "signed",
    "local",
];
/// What may stand at somebody who has left.
pub const FORMER_KEYS: [&str; 3] = ["key", "removed", "pending"];
/// What a later version will read: to ignore it would promise what is not done.
const LATER_KEYS: [&str; 2] = ["secrets", "targets"];

/// Bytes in a config: 1 MiB.
const BYTES: usize = 1 << 20;
/// Keys and list items in a config.
const ENTRIES: usize = 10_000;
/// Findings that are told at once; more help nobody.
const FINDINGS: usize = 20;

/// A place where keys are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The top of the file.
    Top,
    /// An environment.
    Environment,
    /// Somebody who has left.
    Former,
}

impl Section {
    fn keys(self) -> &'static [&'static str] {
        match self {
            Section::Top => &CONFIG_KEYS,
            Section::Environment => &ENVIRONMENT_KEYS,
            Section::Former => &FORMER_KEYS,
        }
    }

    /// What to do about a key that is not known here.
    pub(super) fn hint(self, key: &str) -> Cow<'static, str> {
        if self == Section::Top && LATER_KEYS.contains(&key) {
            return format!("this version of vault does not have `{key}`; remove it").into();
        }
        match near::nearest(key, self.keys().iter().copied()) {
            Some(near) => format!("did you mean `{near}`?").into(),
            None => format!("known here are {}", self.keys().join(", ")).into(),
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Section::Top => "at the top",
            Section::Environment => "in an environment",
            Section::Former => "at somebody who has left",
        })
    }
}

/// Reads a config, or tells what is wrong with it.
pub(super) fn read(text: &str) -> Result<Config, Vec<ConfigError>> {
    if text.len() > BYTES {
        return Err(vec![Problem::TooLarge.into()]);
    }
    let document = Document::parse(text).map_err(|error| {
        vec![ConfigError {
            place: Some(error.place),
            problem: Problem::Yaml(error.problem),
        }]
    })?;
    let root = document.root().ok_or(vec![Problem::NoVersion.into()])?;
    let mut reader = Reader {
        document: &document,
        found: Vec::new(),
        readers: 0,
    };
    let config = reader.config(root);
    match config {
        Some(config) if reader.found.is_empty() => Ok(config),
        _ => Err(reader.findings()),
    }
}

struct Reader<'d> {
    document: &'d Document,
    /// Items of the document and what is wrong with them.
    found: Vec<(usize, Problem)>,
    /// Readers of all environments so far.
    readers: usize,
}

impl<'d> Reader<'d> {
    fn config(&mut self, root: NodeRef<'d>) -> Option<Config> {
        let is_entry = |part| matches!(part, Part::Value | Part::MapStart | Part::ListStart);
        let items = self.document.items().iter();
        // The root is no entry itself.
        if items.filter(|item| is_entry(item.part)).count() > ENTRIES + 1 {
            self.note(root.index(), Problem::TooManyEntries);
            return None;
        }
        self.version(root)?;
        self.refuse_unknown_keys(root, Section::Top);
        let repository = self.repository(root);
        let people = self.people(root);
        let environments = self.environments(root, &people);
        let default = self.default_environment(root, &environments);
        let former = self.former(root);
        Some(Config {
            repository,
            default,
            members: people
                .members
                .into_iter()
                .filter_map(|(name, member)| Some((name, member?)))
                .collect(),
            groups: people.groups,
            former,
            environments: environments
                .into_iter()
                .filter_map(environments::Draft::finish)
                .collect(),
        })
    }

    /// Goes on for version 1 only: what a newer one means is not known here.
    fn version(&mut self, root: NodeRef<'d>) -> Option<()> {
        let Some(node) = root.get("version") else {
            self.note(root.index(), Problem::NoVersion);
            return None;
        };
        let problem = match self.document.resolve_at(node.index()) {
            _ if node.text().is_none() => Problem::BadVersion,
            Ok(version) if version.kind == Kind::Int => match version.canonical.parse::<i64>() {
                Ok(1) => return Some(()),
                Ok(2..) => Problem::NewerVersion,
                _ => Problem::BadVersion,
            },
            _ => Problem::BadVersion,
        };
        self.note(node.index(), problem);
        None
    }

    fn repository(&mut self, root: NodeRef<'d>) -> Option<RepositoryId> {
        let node = root.get("repository")?;
        let id = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        let read = id(node.string());
        if read.is_none() {
            let problem = match id(node.text()) {
                Some(_) => Problem::RepositoryWithoutQuotes,
                None => Problem::Repository(RepositoryIdError),
            };
            self.note(node.index(), problem);
        }
        read
    }

    fn refuse_unknown_keys(&mut self, map: NodeRef<'d>, within: Section) {
        for entry in map
            .entries()
            .filter(|entry| !within.keys().contains(&entry.key))
        {
            let key = entry.key.to_owned();
            self.note(entry.key_index, Problem::UnknownKey { key, within });
        }
    }

    fn note(&mut self, index: usize, problem: Problem) {
        if !self.is_full() {
            self.found.push((index, problem));
        }
    }

    /// Whether nothing more will be noted, so that looking for near words is in vain.
    fn is_full(&self) -> bool {
        self.found.len() >= FINDINGS
    }

    fn findings(self) -> Vec<ConfigError> {
        let mut found: Vec<ConfigError> = self
            .found
            .into_iter()
            .map(|(index, problem)| ConfigError {
                place: Some(self.document.place_of(index)),
                problem,
            })
            .collect();
        found.sort_by_key(|error| (!error.is_about_trust(), error.place));
        found
    }

    /// A text that no reader of YAML takes for something else; `wanted` says what belongs here.
    fn text(&mut self, node: NodeRef<'d>, wanted: &'static str) -> Option<&'d str> {
        let Some(text) = node.text() else {
            self.note(node.index(), Problem::Form(wanted));
            return None;
        };
        // What does not fit a number of 64 bits is a number all the same.
        let kind = self
            .document
            .resolve_at(node.index())
            .map_or(Kind::Int, |resolved| resolved.kind);
        if kind != Kind::Str {
            self.note(node.index(), Problem::NotText(kind));
            return None;
        }
        Some(text)
    }

    fn name<N: FromStr<Err = NameError>>(&mut self, index: usize, text: &str) -> Option<N> {
        match text.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                self.note(index, Problem::Name(error));
                None
            }
        }
    }

    /// The entries of a map at the top, which may be missing or empty.
    fn map(&mut self, root: NodeRef<'d>, key: &str, wanted: &'static str) -> Vec<Entry<'d>> {
        let Some(node) = root.get(key) else {
            return Vec::new();
        };
        if !node.is_map() && !self.is_null(node) {
            self.note(node.index(), Problem::Form(wanted));
        }
        node.entries().collect()
    }

    fn is_null(&self, node: NodeRef<'d>) -> bool {
        let resolved = node.text().map(|_| self.document.resolve_at(node.index()));
        matches!(resolved, Some(Ok(resolved)) if resolved.kind == Kind::Null)
    }

    /// Takes a name; refuses one that is taken, also in other letters.
    fn claim(
        &mut self,
        taken: &mut HashMap<String, String>,
        index: usize,
        folded: String,
        name: &str,
    ) {
        match taken.get(&folded) {
            Some(other) => {
                let (name, other) = (name.to_owned(), other.clone());
                self.note(index, Problem::NameTaken { name, other });
            }
            None => drop(taken.insert(folded, name.to_owned())),
        }
    }
}
