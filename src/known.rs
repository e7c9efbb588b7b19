//! What a machine accepted last of each environment of one repository, and what that says of a file: the same, newer, older, or a break.
//!
//! Holds public keys, names and digests of public log entries; no secret, and no digest of one.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{
    keys::Member,
    members::{Digest, Entry, Log, Policy},
    value::{EnvName, Name},
};

mod circle;
mod joined;
mod pending;
mod pins;
mod text;

pub use circle::{Circle, Here};
pub use joined::Together;
pub use pins::{Pin, PinError, Pins};

/// What was accepted last, environment by environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    environments: BTreeMap<EnvName, State>,
    /// Keys, as texts, that are still to be taken out of an environment, and whose they are.
    pending: BTreeMap<EnvName, BTreeMap<String, Name>>,
    /// The environment that was the default, and not signed, when something was first used here; until it is used itself.
    default: Option<EnvName>,
}

/// What was accepted of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A file without signature, as the config said.
    Unsigned,
    /// A signed one.
    Signed(Signed),
}

/// What was accepted of a signed environment. It only grows, but for what somebody says in so many words ([`Known::trust`]): else
/// a look at an old branch would make a machine forget who has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// The entries of every log that was accepted.
    entries: BTreeSet<Digest>,
    /// The policies that no accepted one follows from, the one accepted last at the end. Never empty; several where branches
    /// of the log were accepted that nobody has joined yet.
    heads: Vec<Digest>,
    /// Who could read after the last head, with their keys.
    members: BTreeMap<Name, Member>,
    /// Keys that can no longer read, as texts, and whose they were.
    left: BTreeMap<String, Name>,
    /// Keys whose signatures no longer count, as texts, and whose they were.
    silenced: BTreeMap<String, Name>,
    /// The names that the environment had in every log that was accepted.
    names: BTreeSet<EnvName>,
    /// The commit whose history was looked through for versions that go beyond a policy, by that policy.
    looked: BTreeMap<Digest, String>,
    /// Whether it came in by a first use beside others, of whose people nobody had signed for it.
    is_apart: bool,
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
        /// Who can read it with a key that they have no more.
        changed: Vec<Name>,
        /// Whose signatures count in this version, and are by a key that has lost the right since.
        silenced: Vec<Name>,
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
    /// It comes in the place of what is known, and nobody who is known has signed for it.
    Stranger,
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
    /// The policies that were in force, where it was signed; the one accepted last at the end.
    pub fn heads(&self) -> &[Digest] {
        match self {
            State::Unsigned => &[],
            State::Signed(signed) => &signed.heads,
        }
    }

    /// Who could read after the last of them, where it was signed.
    pub fn members(&self) -> Option<&BTreeMap<Name, Member>> {
        match self {
            State::Unsigned => None,
            State::Signed(signed) => Some(&signed.members),
        }
    }

    fn judge(&self, log: Option<&Log>) -> Verdict {
        match (self, log) {
            (State::Unsigned, None) => Verdict::Same,
            (State::Unsigned, Some(_)) => Verdict::First,
            (State::Signed(_), None) => Verdict::Break(Break::Unsigned),
            (State::Signed(signed), Some(log)) => signed.judge(log),
        }
    }

    /// Whether this is about the same log.
    fn is_related(&self, log: &Log) -> bool {
        match self {
            State::Unsigned => false,
            State::Signed(signed) => {
                signed.heads.iter().any(|head| log.holds(head))
                    || signed.entries.contains(log.policy().digest())
            }
        }
    }
}

impl Signed {
    fn judge(&self, log: &Log) -> Verdict {
        let policy = log.policy();
        let Some((last, others)) = self.heads.split_last() else {
            return Verdict::First;
        };
        let (left, changed) = self.gone_in(policy);
        let silenced = self.silenced_in(policy);
        let nobody_left = left.is_empty() && changed.is_empty() && silenced.is_empty();
        if policy.digest() == last {
            Verdict::Same
        } else if log.holds(last) {
            self.newer(log)
        } else if self.entries.contains(policy.digest()) {
            Verdict::Older {
                left,
                changed,
                silenced,
            }
        } else if nobody_left
            && others.iter().any(|head| log.holds(head))
            && !self.has_new_of_gone(log)
        {
            // On another branch than the last one: not if somebody has left on that, who signs here, or has brought in whoever does.
            self.newer(log)
        } else {
            Verdict::Break(Break::Fork)
        }
    }

    fn newer(&self, log: &Log) -> Verdict {
        let entries = log.entries().iter().enumerate();
        let new = entries.filter(|(_, entry)| !self.entries.contains(entry.digest()));
        Verdict::Newer(new.map(|(at, _)| at).collect())
    }

    /// Whose keys a policy has that can no longer read: of those who left, and of those who have other keys now.
    fn gone_in(&self, policy: &Policy) -> (Vec<Name>, Vec<Name>) {
        let gone = policy
            .members()
            .filter(|(_, member)| self.left.contains_key(&key_of(member)));
        let names: Vec<Name> = gone.map(|(name, _)| name.clone()).collect();
        let (changed, left) = names
            .into_iter()
            .partition(|name| self.members.contains_key(name));
        (left, changed)
    }

    /// Whose key signs by a policy and has lost the right to.
    fn silenced_in(&self, policy: &Policy) -> Vec<Name> {
        let gone = policy
            .writers()
            .filter(|(_, key)| self.silenced.contains_key(&key.to_string()));
        gone.map(|(name, _)| name.clone()).collect()
    }

    /// Knows a log and its policy as the last one: whoever it had once and has no more has left, and whoever it has has not.
    fn learn(&mut self, log: &Log) {
        let policy = log.policy();
        self.heads.retain(|head| !log.holds(head));
        self.heads.push(*policy.digest());
        self.entries
            .extend(log.entries().iter().map(|entry| *entry.digest()));
        let ever = || log.entries().iter().flat_map(Entry::brought);
        for (name, member) in ever() {
            self.left.insert(key_of(member), name.clone());
        }
        for (_, member) in policy.members() {
            self.left.remove(&key_of(member));
        }
        for (name, member) in ever() {
            let key = member.writes_with().map(ToString::to_string);
            self.silenced.extend(key.map(|key| (key, name.clone())));
        }
        for (_, key) in policy.writers() {
            self.silenced.remove(&key.to_string());
        }
        let names = log.states().iter().map(Policy::environment);
        self.names.extend(names.cloned());
        self.members = members_of(policy);
    }
}

/// What tells one reader from another.
fn key_of(member: &Member) -> String {
    member.reads().to_string()
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

    /// The environment that had a name before it got the one by which it is known.
    pub fn formerly(&self, name: &EnvName) -> Option<&EnvName> {
        let mut environments = self.environments.iter();
        let had =
            |state: &State| matches!(state, State::Signed(signed) if signed.names.contains(name));
        let found = environments.find(|(own, state)| *own != name && had(state));
        found.map(|(own, _)| own)
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty()
    }

    /// Remembers which environment was the default, and not signed, when something was first used here: it has come in the place of
    /// nothing that was used before.
    pub fn begin_with(&mut self, default: Option<&EnvName>) {
        let is_new = |name: &&EnvName| self.state(name).is_none();
        self.default = default.filter(is_new).cloned();
    }

    /// Whether an environment was the default then, and not signed, and was not used since.
    pub fn began_with(&self, environment: &EnvName) -> bool {
        self.default.as_ref() == Some(environment)
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

    /// Remembers what was accepted or written; returns whether that is news.
    ///
    /// What is known already, or came before that, is none: a machine does not forget who has left because somebody works on an old
    /// branch.
    pub fn accept(&mut self, environment: &EnvName, log: Option<&Log>) -> bool {
        match self.judge(environment, log) {
            Verdict::Same | Verdict::Older { .. } => false,
            _ => self.learn(environment, log),
        }
    }

    /// Takes a file for the last word, whatever is known, also of somebody who was to be taken out; returns whether that is news.
    pub fn trust(&mut self, environment: &EnvName, log: Option<&Log>) -> bool {
        let pending = self.pending.clone();
        self.forget_removals(environment, log);
        let mut is_news = self.pending != pending;
        is_news |= self.learn(environment, log);
        if let Some(State::Signed(signed)) = self.environments.get_mut(environment) {
            is_news |= std::mem::take(&mut signed.is_apart);
        }
        is_news
    }

    fn learn(&mut self, environment: &EnvName, log: Option<&Log>) -> bool {
        let before = match self.state(environment) {
            Some(_) => environment.clone(),
            None => self
                .renamed(log)
                .map_or_else(|| environment.clone(), |(name, _)| name.clone()),
        };
        let known = self.environments.remove(&before);
        if let (Some(log), Some(State::Signed(signed))) = (log, &known) {
            self.settle_removals(log, &signed.entries);
        }
        let state = match (log, &known) {
            (None, _) => State::Unsigned,
            (Some(log), known) => {
                let mut signed = match known {
                    Some(State::Signed(signed)) => signed.clone(),
                    _ => Signed::default(),
                };
                signed.learn(log);
                State::Signed(signed)
            }
        };
        let is_news = known.as_ref() != Some(&state) || before != *environment;
        self.default.take_if(|default| default == environment);
        self.environments.insert(environment.clone(), state);
        is_news
    }

    /// The commit up to which history has nothing that speaks against writing by a policy.
    ///
    /// Only a remark of where was looked: it is worth something where there is that commit, and for that policy alone.
    pub fn looked(&self, environment: &EnvName, policy: &Digest) -> Option<&str> {
        match self.state(environment)? {
            State::Unsigned => None,
            State::Signed(signed) => signed.looked.get(policy).map(String::as_str),
        }
    }

    /// Remembers where was looked; returns whether that is news. Of an environment that is not known there is nothing to remember.
    pub fn look(&mut self, environment: &EnvName, policy: &Digest, commit: &str) -> bool {
        let Some(State::Signed(signed)) = self.environments.get_mut(environment) else {
            return false;
        };
        let before = signed.looked.insert(*policy, commit.to_owned());
        before.as_deref() != Some(commit)
    }

    /// Knows nothing of an environment any more; returns whether something was known.
    pub fn forget(&mut self, environment: &EnvName) -> bool {
        self.forget_removals(environment, None);
        let began_with = self.default.take_if(|default| default == environment);
        self.environments.remove(environment).is_some() || began_with.is_some()
    }

    /// What is known of the same log under another name.
    fn renamed(&self, log: Option<&Log>) -> Option<(&EnvName, &State)> {
        let log = log?;
        self.environments
            .iter()
            .find(|(_, state)| state.is_related(log))
    }
}

#[cfg(test)]
mod tests;
