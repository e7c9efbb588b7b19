//! Removals that a config had as pending: whoever takes one back by hand needs no key, so a machine remembers what it saw.

use std::collections::BTreeSet;

use super::{Here, Known, State, key_of};
use crate::{
    keys::Member,
    members::{Digest, Entry, Log, Policy},
    value::{EnvName, Name},
};

impl Known {
    /// Remembers that somebody is still to be taken out of an environment; returns whether that is news.
    pub fn expect_removal(&mut self, environment: &EnvName, name: &Name, member: &Member) -> bool {
        let pending = self.pending.entry(environment.clone()).or_default();
        pending.insert(key_of(member), name.clone()).as_ref() != Some(name)
    }

    /// Whether something signed bears out that somebody is still to be taken out of an environment: they are in it, and a log that is
    /// known, or that somebody known vouches for, has taken them out. The config alone says what anybody likes who commits.
    pub fn bears_out(&self, environment: &EnvName, member: &Member, here: &[Here<'_>]) -> bool {
        self.is_in(environment, member, here) && self.was_taken_out(member, here)
    }

    fn is_in(&self, environment: &EnvName, member: &Member, here: &[Here<'_>]) -> bool {
        let is_them = |other: &Member| key_of(other) == key_of(member);
        match here.iter().find(|(name, _)| *name == environment) {
            Some((_, log)) => log.policy().members().any(|(_, other)| is_them(other)),
            None => {
                let members = self.state(environment).and_then(State::members);
                members.is_some_and(|members| members.values().any(is_them))
            }
        }
    }

    fn was_taken_out(&self, member: &Member, here: &[Here<'_>]) -> bool {
        let key = key_of(member);
        let circle = self.circle(here);
        let has = |policy: &Policy| policy.members().any(|(_, it)| key_of(it) == key);
        let takes_out = |log: &Log| !has(log.policy()) && log.states().iter().any(has);
        let is_known = |state: &State| matches!(state, State::Signed(signed) if !signed.is_apart && signed.left.contains_key(&key));
        let mut logs = here.iter().map(|(_, log)| *log);
        self.environments.values().any(is_known)
            || logs.any(|log| takes_out(log) && circle.vouches_for(log))
    }

    /// Whether a removal is expected already.
    pub fn expects(&self, environment: &EnvName, name: &Name, member: &Member) -> bool {
        let pending = self.pending.get(environment);
        pending.and_then(|keys| keys.get(&key_of(member))) == Some(name)
    }

    /// Whether a member of a log was still to be taken out of its environment, which may have had another name then.
    pub fn expects_removal(&self, log: &Log, member: &Member) -> bool {
        let key = key_of(member);
        let mut pending = names_of(log).filter_map(|name| self.pending.get(name));
        pending.any(|keys| keys.contains_key(&key))
    }

    /// Knows that those are out whom an entry takes out that was not known before, also if a later one lets them in again.
    pub(super) fn settle_removals(&mut self, log: &Log, before: &BTreeSet<Digest>) {
        let new = log.entries().iter();
        let new: Vec<&Entry> = new
            .filter(|entry| !before.contains(entry.digest()))
            .collect();
        let is_out = |key: &str, name: &Name| {
            let has_another_key =
                |(other, member): (&Name, &Member)| other == name && key_of(member) != key;
            new.iter().any(|entry| {
                entry.removed().any(|other| other == name) || entry.replaced().any(has_another_key)
            })
        };
        for environment in names_of(log) {
            if let Some(pending) = self.pending.get_mut(environment) {
                pending.retain(|key, name| !is_out(key, name));
            }
        }
        self.pending.retain(|_, pending| !pending.is_empty());
    }

    /// Expects nobody's removal from an environment any more.
    pub(super) fn forget_removals(&mut self, environment: &EnvName, log: Option<&Log>) {
        let names = log.into_iter().flat_map(names_of).chain([environment]);
        for name in names {
            self.pending.remove(name);
        }
    }
}

/// Every name that a log has had.
fn names_of(log: &Log) -> impl Iterator<Item = &EnvName> {
    log.entries().iter().filter_map(Entry::environment)
}
