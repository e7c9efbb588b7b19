//! Two branches of a log on which writers have taken each other out: each version speaks against the other, and no history tells which of
//! them was meant.

use vault::{
    keys::VerifyingKey,
    members::{Entry, Log},
    value::Name,
};

use super::{
    Meeting, Trouble, Workspace,
    departed::{signed_with, takers},
    succession::Successor,
};

/// A version of a log as it stands against another one.
pub(super) struct Rivalry<'l> {
    log: &'l Log,
    other: &'l Log,
    removals: Vec<Removal<'l>>,
}

/// An entry that takes out somebody who has signed for the other branch.
struct Removal<'l> {
    entry: &'l Entry,
    /// Who is out by it.
    out: &'l Name,
    /// Whether whoever signed it is out on the other branch.
    is_mutual: bool,
}

impl<'l> Rivalry<'l> {
    /// `None` where one of them has nobody out who has signed for the other.
    pub(super) fn between(log: &'l Log, other: &'l Log) -> Option<Self> {
        let removals = removals_of(log, other);
        let is_one = !removals.is_empty() && !removals_of(other, log).is_empty();
        is_one.then_some(Rivalry {
            log,
            other,
            removals,
        })
    }

    /// Who has taken out whom, in words.
    fn told(&self) -> Option<String> {
        let mut mutual = self.removals.iter().filter(|removal| removal.is_mutual);
        let removal = mutual.next().or(self.removals.first())?;
        Some(format!(
            "{} has taken out {}",
            removal.entry.by(),
            removal.out
        ))
    }

    /// Whether the other branch is nobody's whose word still counts, where these entries count: everybody who has signed for it is out by
    /// them, or came in by it. One of them at least is by somebody whom the other branch has taken out.
    pub(super) fn is_decided_by(&self, counts: impl Fn(&Entry) -> bool) -> bool {
        let is_mutual = |removal: &Removal<'_>| removal.is_mutual && counts(removal.entry);
        let has_no_word = |entry: &Entry| {
            let key = entry.signature().claimed_key();
            key.is_some_and(|key| {
                let mut takers = taken_out(self.log, self.other, &key).into_iter();
                takers.any(&counts) || !self.has_ever_written(&key)
            })
        };
        let entries = self.other.beyond(self.log);
        self.removals.iter().any(is_mutual) && entries.into_iter().all(has_no_word)
    }

    fn has_ever_written(&self, key: &VerifyingKey) -> bool {
        let mut writers = self.log.states().iter().flat_map(|state| state.writers());
        writers.any(|(_, own)| own == key)
    }
}

/// The entries of a log that take out somebody else who has signed for another one.
fn removals_of<'l>(log: &'l Log, other: &'l Log) -> Vec<Removal<'l>> {
    let mut removals = Vec::new();
    for (out, key) in signed_with(other.beyond(log)) {
        for entry in taken_out(log, other, &key) {
            let own = entry.signature().claimed_key();
            let own = own.filter(|own| *own != key);
            removals.extend(own.map(|own| Removal {
                entry,
                out,
                is_mutual: !taken_out(other, log, &own).is_empty(),
            }));
        }
    }
    removals
}

/// The entries by which a log has taken out who signs with a key.
fn taken_out<'l>(log: &'l Log, other: &Log, key: &VerifyingKey) -> Vec<&'l Entry> {
    takers(log, other, |member| member.writes_with() == Some(key))
}

impl Workspace<'_> {
    /// That each of two versions has taken out whoever signed the other; `None` where they have not. A machine that knows better says so.
    pub(super) fn undecided(&self, meeting: Meeting<'_>, successor: &Successor) -> Option<Trouble> {
        let log = meeting.log?;
        let here = Rivalry::between(log, &successor.log)?.told()?;
        let there = Rivalry::between(&successor.log, log)?.told()?;
        if let Err(broken) = self.refuse_break(meeting) {
            return Some(broken);
        }
        let (name, commit) = (meeting.environment.name(), &successor.at.commit);
        let text = format!(
            "{name}: {here} here, and {there} in commit {commit}: nothing on this machine tells which of the two counts"
        );
        let back = self.brings_back(&successor.at, "that one back");
        Some(
            Trouble::untrusted(text)
                .hint("ask both of them, not over the same channel")
                .hint(format!(
                    "if it is the one here: vault trust {name} goes by what is here"
                ))
                .hint(format!(
                    "if it is the one in that commit: {back}; then vault trust {name} goes by that"
                )),
        )
    }
}
