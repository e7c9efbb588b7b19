//! What a machine accepted last of each environment of one repository, and what that says of a file: the same, newer, older, or a break.
//!
//! Holds public keys, names and digests of public log entries; no secret, and no digest of one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    keys::Member,
    members::{Digest, Log, Policy},
    value::{EnvName, Name},
};

mod pins;

pub use pins::{Pin, PinError, Pins};

/// The version of the text that is written.
const VERSION: u32 = 1;

/// What was accepted last, environment by environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    environments: BTreeMap<EnvName, State>,
}

/// What was accepted of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A file without signature, as the config said.
    Unsigned,
    /// A signed one.
    Signed {
        /// The entries of its log, earlier before later; the last one is the policy that was in force. Never empty.
        log: Vec<Digest>,
        /// Who could read, with their keys.
        members: BTreeMap<Name, Member>,
    },
}

/// What is known says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is known of the environment, or only that it was not signed.
    First,
    /// The policy that is known.
    Same,
    /// A policy that follows from the one that is known: the places of the new entries in the log.
    Newer(Vec<usize>),
    /// A policy that the known one follows from: another branch, a tag, an older commit.
    Older {
        /// Who can read this version and has left since.
        left: Vec<Name>,
    },
    /// What was accepted before does not lead here.
    Break(Break),
}

/// How a file fails to follow from what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// It was signed, and is not any more.
    Unsigned,
    /// Its log has not the entries that are known.
    Fork,
}

/// A memory that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MemoryError {
    /// Not what this program writes.
    #[error("it is damaged")]
    Damaged,
    /// A newer program wrote it.
    #[error("a newer version of vault wrote it")]
    Version,
}

impl State {
    /// What there is to remember of a file: its log, where it is signed.
    pub fn of(log: Option<&Log>) -> Self {
        match log {
            None => State::Unsigned,
            Some(log) => State::Signed {
                log: log.entries().iter().map(|entry| *entry.digest()).collect(),
                members: members_of(log.policy()),
            },
        }
    }

    /// The policy that was in force.
    pub fn policy(&self) -> Option<&Digest> {
        match self {
            State::Unsigned => None,
            State::Signed { log, .. } => log.last(),
        }
    }

    /// Who could read, where it was signed.
    pub fn members(&self) -> Option<&BTreeMap<Name, Member>> {
        match self {
            State::Unsigned => None,
            State::Signed { members, .. } => Some(members),
        }
    }

    fn judge(&self, log: Option<&Log>) -> Verdict {
        match (self, log) {
            (State::Unsigned, None) => Verdict::Same,
            (State::Unsigned, Some(_)) => Verdict::First,
            (State::Signed { .. }, None) => Verdict::Break(Break::Unsigned),
            (
                State::Signed {
                    log: known,
                    members,
                },
                Some(log),
            ) => judge_log(known, members, log),
        }
    }
}

fn judge_log(known: &[Digest], members: &BTreeMap<Name, Member>, log: &Log) -> Verdict {
    let policy = log.policy();
    match known.last() {
        Some(last) if last == policy.digest() => Verdict::Same,
        Some(last) if log.holds(last) => {
            let known: BTreeSet<&Digest> = known.iter().collect();
            let entries = log.entries().iter().enumerate();
            let new = entries.filter(|(_, entry)| !known.contains(entry.digest()));
            Verdict::Newer(new.map(|(at, _)| at).collect())
        }
        _ if known.contains(policy.digest()) => Verdict::Older {
            left: left_since(policy, members),
        },
        _ => Verdict::Break(Break::Fork),
    }
}

/// Whoever reads a version with a key that reads no more. A name with another key has left with the old one.
fn left_since(policy: &Policy, now: &BTreeMap<Name, Member>) -> Vec<Name> {
    let stays = |member: &Member| now.values().any(|known| known.reads() == member.reads());
    let left = policy.members().filter(|(_, member)| !stays(member));
    left.map(|(name, _)| name.clone()).collect()
}

fn members_of(policy: &Policy) -> BTreeMap<Name, Member> {
    let members = policy.members();
    members
        .map(|(name, member)| (name.clone(), member.clone()))
        .collect()
}

impl Known {
    /// What is known of an environment.
    pub fn state(&self, environment: &EnvName) -> Option<&State> {
        self.environments.get(environment)
    }

    /// Everything that is known.
    pub fn states(&self) -> impl Iterator<Item = (&EnvName, &State)> {
        self.environments.iter()
    }

    /// What is known says of a file; `log` is its log, where it is signed, every entry verified.
    ///
    /// An environment that got another name is known by its log.
    pub fn judge(&self, environment: &EnvName, log: Option<&Log>) -> Verdict {
        if let Some(state) = self.state(environment) {
            return state.judge(log);
        }
        match self.renamed(log) {
            Some((_, state)) => state.judge(log),
            None => Verdict::First,
        }
    }

    /// Remembers what was accepted; returns whether that is news.
    pub fn accept(&mut self, environment: &EnvName, log: Option<&Log>) -> bool {
        let before = match self.state(environment) {
            Some(_) => None,
            None => self.renamed(log).map(|(name, _)| name.clone()),
        };
        if let Some(before) = before {
            self.environments.remove(&before);
        }
        let state = State::of(log);
        let is_news = self.state(environment) != Some(&state);
        self.environments.insert(environment.clone(), state);
        is_news
    }

    /// Knows nothing of an environment any more; returns whether something was known.
    pub fn forget(&mut self, environment: &EnvName) -> bool {
        self.environments.remove(environment).is_some()
    }

    /// What is known of the same log under another name.
    fn renamed(&self, log: Option<&Log>) -> Option<(&EnvName, &State)> {
        let log = log?;
        let is_related = |state: &State| match state {
            State::Unsigned => false,
            State::Signed { log: known, .. } => {
                known.last().is_some_and(|last| log.holds(last))
                    || known.contains(log.policy().digest())
            }
        };
        self.environments
            .iter()
            .find(|(_, state)| is_related(state))
    }

    /// Reads what [`Known::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// See [`MemoryError`].
    pub fn parse(text: &str) -> Result<Self, MemoryError> {
        let head: Head = serde_json::from_str(text).map_err(|_| MemoryError::Damaged)?;
        if head.version != VERSION {
            return Err(MemoryError::Version);
        }
        let written: Written = serde_json::from_str(text).map_err(|_| MemoryError::Damaged)?;
        let read = |(name, state): (String, WrittenState)| {
            let name: EnvName = name.parse().ok()?;
            Some((name, state.read()?))
        };
        let environments: Option<_> = written.environments.into_iter().map(read).collect();
        let environments = environments.ok_or(MemoryError::Damaged)?;
        Ok(Known { environments })
    }

    /// The memory as it is kept: JSON.
    pub fn to_text(&self) -> String {
        let write = |(name, state): (&EnvName, &State)| (name.to_string(), WrittenState::of(state));
        let written = Written {
            version: VERSION,
            environments: self.environments.iter().map(write).collect(),
        };
        let text = serde_json::to_string_pretty(&written).expect("names and texts");
        format!("{text}\n")
    }
}

#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    environments: BTreeMap<String, WrittenState>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenState {
    signed: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    members: BTreeMap<String, String>,
}

impl WrittenState {
    fn of(state: &State) -> Self {
        let (log, members) = match state {
            State::Unsigned => Default::default(),
            State::Signed { log, members } => {
                let line =
                    |(name, member): (&Name, &Member)| (name.to_string(), member.to_string());
                (
                    log.iter().map(Digest::to_string).collect(),
                    members.iter().map(line).collect(),
                )
            }
        };
        WrittenState {
            signed: *state != State::Unsigned,
            log,
            members,
        }
    }

    fn read(self) -> Option<State> {
        if !self.signed {
            return (self.log.is_empty() && self.members.is_empty()).then_some(State::Unsigned);
        }
        let log: Vec<Digest> = self
            .log
            .iter()
            .map(|text| Digest::from_base64(text))
            .collect::<Option<_>>()?;
        let member =
            |(name, line): (String, String)| Some((name.parse().ok()?, line.parse().ok()?));
        let members = self
            .members
            .into_iter()
            .map(member)
            .collect::<Option<_>>()?;
        (!log.is_empty()).then_some(State::Signed { log, members })
    }
}

#[cfg(test)]
mod tests;
