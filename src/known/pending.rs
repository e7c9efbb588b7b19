//! Removals that a config had as pending: whoever takes one back by hand needs no key, so a machine remembers what it saw.

use std::collections::BTreeSet;

use super::{Known, key_of};
use crate::{
    keys::Member,
    members::{Digest, Entry, Log},
    value::{EnvName, Name},
};

impl Known {
    /// Remembers that somebody is still to be taken out of an environment; returns whether that is news.
    pub fn expect_removal(&mut self, environment: &EnvName, name: &Name, member: &Member) -> bool {
        let pending = self.pending.entry(environment.clone()).or_default();
        pending.insert(key_of(member), name.clone()).as_ref() != Some(name)
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
