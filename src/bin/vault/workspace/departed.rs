//! Who has lost a key or a right in a later version of a log, of those whom another version of it has or was signed by.

use std::collections::BTreeSet;

use vault::{
    keys::{Member, VerifyingKey},
    members::{Entry, Log, Policy},
    value::Name,
};

/// What speaks against a version of a file, in the light of another one that has entries which it lacks.
#[derive(Default)]
pub(super) struct Departed<'m> {
    /// Whose keys could read it and were taken out since.
    readers: BTreeSet<&'m Name>,
    /// Who has signed it, or entries of its log beside those of the other one, with a key that was taken out as one that signs.
    signers: BTreeSet<&'m Name>,
}

impl<'m> Departed<'m> {
    /// Those of a version with this log, signed by one of these, who are gone in another one.
    pub(super) fn of(
        log: &'m Log,
        signers: impl IntoIterator<Item = &'m Name>,
        other: &Log,
    ) -> Self {
        let members = log.policy().members();
        let readers = members.filter(|(_, member)| {
            is_taken_out(other, log, |it: &Member| it.reads() == member.reads())
        });
        let last = signers.into_iter().filter_map(|name| {
            let member = log.policy().member(name)?;
            Some((name, member.writes_with()?.clone()))
        });
        let signers = last
            .chain(signed_with(log.beyond(other)))
            .filter(|(_, key)| {
                is_taken_out(other, log, |it: &Member| it.writes_with() == Some(key))
            });
        Departed {
            readers: readers.map(|(name, _)| name).collect(),
            signers: signers.map(|(name, _)| name).collect(),
        }
    }

    pub(super) fn is_nobody(&self) -> bool {
        self.readers.is_empty() && self.signers.is_empty()
    }

    /// Whether it may be the work of somebody who is gone: they signed it, or brought in who did.
    pub(super) fn may_have_made(&self, signer: Option<&Name>) -> bool {
        let is_reader = signer.is_some_and(|name| self.readers.contains(name));
        is_reader || !self.signers.is_empty()
    }

    pub(super) fn names(&self) -> BTreeSet<&'m Name> {
        self.readers.union(&self.signers).copied().collect()
    }

    /// Who has signed, beside whoever signed last.
    pub(super) fn signers_but<'a>(
        &'a self,
        last: Option<&'a Name>,
    ) -> impl Iterator<Item = &'m Name> + 'a {
        let signers = self.signers.iter().copied();
        signers.filter(move |name| Some(*name) != last)
    }

    /// Whether somebody has lost nothing but a key to sign with.
    pub(super) fn has_only_signed(&self, name: &Name) -> bool {
        !self.readers.contains(name)
    }
}

/// Who signed entries, with the keys of the signatures, which verified.
pub(super) fn signed_with<'l>(
    entries: Vec<&'l Entry>,
) -> impl Iterator<Item = (&'l Name, VerifyingKey)> {
    let signer = |entry: &'l Entry| Some((entry.by(), entry.signature().claimed_key()?));
    entries.into_iter().filter_map(signer)
}

/// Whether a log has no member any more who has some key, and took them out in an entry that another log lacks: where that has the
/// entry too, it was joined with it, and goes on from it.
fn is_taken_out(log: &Log, other: &Log, has_key: impl Fn(&Member) -> bool) -> bool {
    !takers(log, other, has_key).is_empty()
}

/// The entries by which a log has taken out whoever had some key, and which another log lacks; none where a member has it.
pub(super) fn takers<'l>(
    log: &'l Log,
    other: &Log,
    has_key: impl Fn(&Member) -> bool,
) -> Vec<&'l Entry> {
    let owners = |policy: &'_ Policy| -> Vec<Name> {
        let members = policy.members().filter(|(_, member)| has_key(member));
        members.map(|(name, _)| name.clone()).collect()
    };
    if !owners(log.policy()).is_empty() {
        return Vec::new();
    }
    let owners: BTreeSet<Name> = log.states().iter().flat_map(owners).collect();
    let takes = |entry: &&Entry| {
        let replaced = entry.replaced().map(|(name, _)| name);
        let mut gone = entry.removed().chain(replaced);
        gone.any(|name| owners.contains(name))
    };
    let entries = match owners.is_empty() {
        true => Vec::new(),
        false => log.beyond(other),
    };
    entries.into_iter().filter(takes).collect()
}
