//! The config, `.vault.yaml`: who reads and writes which environment, as the team wants it.
//!
//! Owns the meaning of its text and the edits of it. Reads no file: the caller finds it, and checks on disk what no text can tell
//! (symbolic links, a second config above or below). What is in force stands in the logs of the secret files, not here.

pub mod edit;
mod environment;
mod error;
mod file;
mod former;
mod layers;
mod local;
pub mod merge;
mod parse;
mod repository;
mod template;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use thiserror::Error;

pub use environment::Environment;
pub use error::{ConfigError, Problem};
pub use file::{FileError, FilePath, folded};
pub use former::{Day, DayError, Former};
pub use local::Local;
pub use parse::{CONFIG_KEYS, ENVIRONMENT_KEYS, FORMER_KEYS, Section};
pub use repository::{REPOSITORY_ID_BYTES, RepositoryId, RepositoryIdError};
pub use template::{NewConfig, NewEnvironment, template};

use crate::{
    keys::Member,
    value::{EnvName, Name, near},
};

/// A config whose every name, key and path holds what it promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    repository: Option<RepositoryId>,
    default: Option<EnvName>,
    members: BTreeMap<Name, Member>,
    groups: BTreeMap<Name, Vec<Name>>,
    environments: IndexMap<EnvName, Environment>,
    former: BTreeMap<Name, Former>,
}

impl Config {
    /// Reads a config of at most 1 MiB and 10,000 entries.
    ///
    /// # Errors
    ///
    /// The first finding by place; one that [`ConfigError::is_about_trust`] comes before all others.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Config::parse_all(text).map_err(|found| {
            let mut found = found.into_iter();
            found.next().expect("a refusal has a reason")
        })
    }

    /// Like [`Config::parse`], with everything that is wrong.
    ///
    /// # Errors
    ///
    /// At least one finding and at most 20, in the order of [`Config::parse`]. What YAML itself refuses comes alone.
    pub fn parse_all(text: &str) -> Result<Self, Vec<ConfigError>> {
        parse::read(text)
    }

    /// The id that binds the secret files to this repository, once it was made.
    pub fn repository(&self) -> Option<&RepositoryId> {
        self.repository.as_ref()
    }

    /// The environment meant when a reading command names none.
    pub fn default_environment(&self) -> Option<&EnvName> {
        self.default.as_ref()
    }

    /// Everybody, in byte order of the names, each with the line as it stands in the config.
    pub fn members(&self) -> &BTreeMap<Name, Member> {
        &self.members
    }

    /// Somebody's line.
    pub fn member(&self, name: &Name) -> Option<&Member> {
        self.members.get(name)
    }

    /// The groups, each with its recipients in the order of the list.
    pub fn groups(&self) -> &BTreeMap<Name, Vec<Name>> {
        &self.groups
    }

    /// Those who have left, in byte order of the names.
    pub fn former(&self) -> &BTreeMap<Name, Former> {
        &self.former
    }

    /// Whether somebody of this name, but for case, or with one of these keys, is among those who have left.
    pub fn has_left(&self, name: &Name, member: &Member) -> bool {
        self.former_of(name, member).next().is_some()
    }

    /// Those who have left and have this name, but for case, or one of these keys.
    pub fn former_of(
        &self,
        name: &Name,
        member: &Member,
    ) -> impl Iterator<Item = (&Name, &Former)> {
        let is_them = move |(other, former): &(&Name, &Former)| {
            other.is_but_for_case(name) || former.key.shares_a_key_with(member)
        };
        self.former.iter().filter(is_them)
    }

    /// Who has left and is still to be taken out of an environment's file.
    pub fn pending_removals(
        &self,
        environment: &EnvName,
    ) -> impl Iterator<Item = (&Name, &Former)> {
        let is_pending = move |(_, former): &(&Name, &Former)| former.pending.contains(environment);
        self.former.iter().filter(is_pending)
    }

    /// The environments in the order of the config.
    pub fn environments(&self) -> impl ExactSizeIterator<Item = &Environment> {
        self.environments.values()
    }

    /// An environment by name; case counts.
    ///
    /// # Errors
    ///
    /// [`UnknownEnvironment`] with a near name.
    pub fn environment(&self, name: &EnvName) -> Result<&Environment, UnknownEnvironment> {
        self.environments
            .get(name)
            .ok_or_else(|| UnknownEnvironment::among(name, self.environments.keys()))
    }

    /// The environment and everything that it extends, lowest first, itself last, each once.
    ///
    /// Depth first: every layer stands above all that it extends itself, and of two in one list the later stands above the earlier,
    /// unless the earlier extends it. A layer that is reached on several ways stands where the first way puts it.
    ///
    /// # Errors
    ///
    /// [`UnknownEnvironment`] for `name`; layers that do not exist and cycles were refused when the config was read.
    pub fn layers(&self, name: &EnvName) -> Result<Vec<&Environment>, UnknownEnvironment> {
        self.environment(name)?;
        let index = |name: &EnvName| self.environments.get_index_of(name);
        let below = self
            .environments()
            .map(|environment| environment.extends().iter().filter_map(index).collect())
            .collect::<Vec<Vec<usize>>>();
        let mut walk = layers::Walk::new(below.len(), |at| below[at].as_slice());
        let start = index(name).expect("found above");
        walk.visit(start).expect("cycles were refused");
        Ok(walk
            .order
            .iter()
            .map(|at| &self.environments[*at])
            .collect())
    }
}

/// A name that no environment has.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is no environment `{name}`")]
pub struct UnknownEnvironment {
    /// The name.
    pub name: EnvName,
    /// The nearest one that exists, if one is near.
    pub near: Option<EnvName>,
    /// Some of those that exist, in the order of the config.
    pub known: Vec<EnvName>,
}

impl UnknownEnvironment {
    fn among<'c>(name: &EnvName, known: impl Iterator<Item = &'c EnvName> + Clone) -> Self {
        /// Names that fit into one line.
        const SHOWN: usize = 8;
        let near = near::nearest(name.as_str(), known.clone().map(EnvName::as_str));
        UnknownEnvironment {
            name: name.clone(),
            near: near.map(|near| near.parse().expect("it is the name of an environment")),
            known: known.take(SHOWN).cloned().collect(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match (&self.near, self.known.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => "add one under `environments` in `.vault.yaml`".to_owned(),
            (None, known) => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                format!("known are {}", known.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
