//! Two branches of a log: how they stand to each other, and the entry that brings them together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Entry, Log};
use crate::{
    keys::{Member, Recipients},
    value::Name,
};

/// How one log stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both end with the same entry.
    Same,
    /// It goes on from the other.
    Newer,
    /// The other goes on from it.
    Older,
    /// They began as one, and each went on by itself.
    Diverged,
    /// They never were one.
    Apart,
}

impl Log {
    /// How this log stands to another.
    pub fn relation_to(&self, other: &Log) -> Relation {
        let (own, others) = (self.policy().digest(), other.policy().digest());
        if own == others {
            Relation::Same
        } else if self.holds(others) {
            Relation::Newer
        } else if other.holds(own) {
            Relation::Older
        } else if other.holds(self.entries()[0].digest()) {
            Relation::Diverged
        } else {
            Relation::Apart
        }
    }

    /// The entries that the other log has not, earlier before later.
    pub fn beyond<'l>(&'l self, other: &Log) -> Vec<&'l Entry> {
        let known: BTreeSet<_> = other.entries().iter().map(Entry::digest).collect();
        let entries = self.entries().iter();
        entries
            .filter(|entry| !known.contains(entry.digest()))
            .collect()
    }
}

/// What comes out when two branches of a log are joined; the first goes on.
///
/// Whoever was removed on either branch is out. Whoever was added on either, and not removed on the other, is in; a line that only one branch
/// changed is that branch's. Nobody gets a right that neither branch gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// What the entry says: the difference to the first branch, without the removals that every reader of the log finds by itself.
    pub change: Change,
    /// Who is a member afterwards.
    pub members: BTreeMap<Name, Member>,
    /// Whose keys the branches contradict each other about: as the first branch has them, and with no more rights than either gave.
    pub disputed: BTreeSet<Name>,
}

impl Joining {
    /// Brings two logs together that diverged; `None` if they did not, or do not agree on which values are encrypted.
    pub fn of(ours: &Log, theirs: &Log) -> Option<Self> {
        let is_possible = ours.relation_to(theirs) == Relation::Diverged
            && ours.policy().rule() == theirs.policy().rule();
        is_possible.then(|| Branches::new(ours, theirs).joined())
    }
}

/// Both logs, with the entries that only one of them has.
struct Branches<'l> {
    ours: &'l Log,
    theirs: &'l Log,
    own: Vec<&'l Entry>,
    new: Vec<&'l Entry>,
}

impl<'l> Branches<'l> {
    fn new(ours: &'l Log, theirs: &'l Log) -> Self {
        Branches {
            own: ours.beyond(theirs),
            new: theirs.beyond(ours),
            ours,
            theirs,
        }
    }

    fn joined(&self) -> Joining {
        let removed = self.removed();
        let mut joining = Joining {
            change: Change {
                environment: changed(&self.own, &self.new, |entry| entry.environment.as_ref())
                    .filter(|name| *name != self.ours.policy().environment())
                    .cloned(),
                extends: changed(&self.own, &self.new, |entry| entry.extends.as_ref())
                    .filter(|layers| layers.as_slice() != self.ours.policy().extends())
                    .cloned(),
                ..Change::default()
            },
            members: members_but(self.ours, &removed),
            disputed: BTreeSet::new(),
        };
        for (name, member) in &members_but(self.theirs, &removed) {
            self.take(&mut joining, name, member);
        }
        joining
    }

    /// Who was removed on either branch, and is not back there.
    fn removed(&self) -> BTreeSet<Name> {
        let on_branch = |log: &Log, entries: &[&Entry]| -> Vec<Name> {
            let names = entries.iter().flat_map(|entry| &entry.remove);
            let gone = names.filter(|name| log.policy().member(name).is_none());
            gone.cloned().collect()
        };
        let all = [
            on_branch(self.ours, &self.own),
            on_branch(self.theirs, &self.new),
        ];
        all.into_iter().flatten().collect()
    }

    /// Brings in somebody as the second branch has them.
    fn take(&self, joining: &mut Joining, name: &Name, theirs: &Member) {
        let ours = joining.members.get(name).cloned();
        let wanted = match &ours {
            Some(ours) if ours == theirs => return,
            Some(_) if !touches(&self.new, name) => return,
            Some(ours) if touches(&self.own, name) => {
                joining.disputed.insert(name.clone());
                with_rights_of_both(ours, theirs)
            }
            // Whoever the first branch lost in a join of its own is not brought back either.
            None if !touches(&self.new, name) => return,
            _ => theirs.clone(),
        };
        if ours.as_ref() == Some(&wanted) {
            return;
        }
        let mut members = joining.members.clone();
        members.insert(name.clone(), wanted.clone());
        // The other branch may have the same key under another name.
        if Recipients::new(members.clone()).is_err() {
            joining.disputed.insert(name.clone());
            return;
        }
        joining.members = members;
        let list = match ours {
            Some(_) => &mut joining.change.replace,
            None => &mut joining.change.add,
        };
        list.insert(name.clone(), wanted);
    }
}

/// What only the second branch changed.
fn changed<'e, T>(
    own: &[&'e Entry],
    new: &[&'e Entry],
    get: impl Fn(&'e Entry) -> Option<&'e T>,
) -> Option<&'e T> {
    let last = |entries: &[&'e Entry]| entries.iter().rev().find_map(|entry| get(entry));
    match last(own) {
        None => last(new),
        Some(_) => None,
    }
}

fn members_but(log: &Log, removed: &BTreeSet<Name>) -> BTreeMap<Name, Member> {
    let members = log.policy().members();
    members
        .filter(|(name, _)| !removed.contains(*name))
        .map(|(name, member)| (name.clone(), member.clone()))
        .collect()
}

fn touches(entries: &[&Entry], name: &Name) -> bool {
    entries
        .iter()
        .any(|entry| entry.add.contains_key(name) || entry.replace.contains_key(name))
}

/// Our keys; a right to write only if both sides give one.
fn with_rights_of_both(ours: &Member, theirs: &Member) -> Member {
    match theirs.writes_with() {
        Some(_) => ours.clone(),
        None => ours.reading_only(),
    }
}
