//! What is known as the text that is kept: JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Known, MemoryError, Signed, State};
use crate::{
    keys::Member,
    members::Digest,
    value::{EnvName, Name},
};

/// The version of the text that is written.
const VERSION: u32 = 1;

impl Known {
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
        let pending: Option<_> = written.pending.into_iter().map(read_pending).collect();
        let default = written.default.map(|name| name.parse()).transpose();
        Ok(Known {
            environments: environments.ok_or(MemoryError::Damaged)?,
            pending: pending.ok_or(MemoryError::Damaged)?,
            default: default.map_err(|_| MemoryError::Damaged)?,
        })
    }

    /// The memory as it is kept: JSON.
    pub fn to_text(&self) -> String {
        let write = |(name, state): (&EnvName, &State)| (name.to_string(), WrittenState::of(state));
        let written = Written {
            version: VERSION,
            environments: self.environments.iter().map(write).collect(),
            pending: self.pending.iter().map(write_pending).collect(),
            default: self.default.as_ref().map(EnvName::to_string),
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
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pending: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenState {
    signed: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    heads: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    members: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    left: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    silenced: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    looked: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    apart: bool,
}

impl WrittenState {
    fn of(state: &State) -> Self {
        let State::Signed(signed) = state else {
            return WrittenState::default();
        };
        let line = |(name, member): (&Name, &Member)| (name.to_string(), member.to_string());
        let look = |(policy, commit): (&Digest, &String)| (policy.to_string(), commit.clone());
        WrittenState {
            signed: true,
            log: signed.entries.iter().map(Digest::to_string).collect(),
            heads: signed.heads.iter().map(Digest::to_string).collect(),
            members: signed.members.iter().map(line).collect(),
            left: names_as_texts(&signed.left),
            silenced: names_as_texts(&signed.silenced),
            names: signed.names.iter().map(EnvName::to_string).collect(),
            looked: signed.looked.iter().map(look).collect(),
            apart: signed.is_apart,
        }
    }

    fn read(self) -> Option<State> {
        if !self.signed {
            let is_empty = self.log.is_empty() && self.heads.is_empty() && self.members.is_empty();
            return is_empty.then_some(State::Unsigned);
        }
        let line = |(name, line): (String, String)| Some((name.parse().ok()?, line.parse().ok()?));
        let signed = Signed {
            entries: digests(&self.log)?,
            heads: digests(&self.heads)?,
            members: self.members.into_iter().map(line).collect::<Option<_>>()?,
            left: names(self.left)?,
            silenced: names(self.silenced)?,
            names: environments(&self.names)?,
            looked: self.looked.into_iter().map(look).collect::<Option<_>>()?,
            is_apart: self.apart,
        };
        (!signed.heads.is_empty()).then_some(State::Signed(signed))
    }
}

/// A policy with a commit: 20 or 32 bytes in hex.
fn look((policy, commit): (String, String)) -> Option<(Digest, String)> {
    let is_hex = commit
        .bytes()
        .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let is_id = is_hex && matches!(commit.len(), 40 | 64);
    Some((Digest::from_base64(&policy)?, is_id.then_some(commit)?))
}

fn environments(texts: &[String]) -> Option<BTreeSet<EnvName>> {
    texts.iter().map(|text| text.parse().ok()).collect()
}

/// Names by the texts of their keys.
fn names(texts: BTreeMap<String, String>) -> Option<BTreeMap<String, Name>> {
    let name = |(key, name): (String, String)| Some((key, name.parse().ok()?));
    texts.into_iter().map(name).collect()
}

fn names_as_texts(names: &BTreeMap<String, Name>) -> BTreeMap<String, String> {
    let text = |(key, name): (&String, &Name)| (key.clone(), name.to_string());
    names.iter().map(text).collect()
}

fn read_pending(
    (environment, pending): (String, BTreeMap<String, String>),
) -> Option<(EnvName, BTreeMap<String, Name>)> {
    Some((environment.parse().ok()?, names(pending)?))
}

fn write_pending(
    (environment, pending): (&EnvName, &BTreeMap<String, Name>),
) -> (String, BTreeMap<String, String>) {
    (environment.to_string(), names_as_texts(pending))
}

fn digests<T: FromIterator<Digest>>(texts: &[String]) -> Option<T> {
    texts.iter().map(|text| Digest::from_base64(text)).collect()
}
