//! Who reads versions without a log: what each side has done to the entries, and what comes of both.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reconciliation, Side};
use crate::{
    keys::{Member, without_comment},
    sealed::Opened,
    value::Name,
};

/// What a side has done to the recipients of a file since both began, as they are written there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// Let in.
    pub added: BTreeSet<String>,
    /// Taken out.
    pub removed: BTreeSet<String>,
}

impl Reconciliation {
    /// What a side has done to the recipients; where nobody can tell what both began with, whom the other one does not have.
    pub fn entered(&self, side: Side) -> Entered {
        let [own, base] = [recipients(self.side(side)), self.recipients_before()];
        Entered {
            added: &own - &base,
            removed: &base - &own,
        }
    }

    /// Whom one side alone has let in.
    pub fn newcomers(&self) -> BTreeSet<String> {
        let alone = |side: Side| &self.entered(side).added - &recipients(self.side(side.other()));
        &alone(Side::Ours) | &alone(Side::Theirs)
    }

    /// Everybody who reads a side, but for those whom a side has taken out.
    pub fn readers_of_both(&self) -> BTreeSet<String> {
        let sides = [Side::Ours, Side::Theirs];
        let gone = sides.map(|side| self.entered(side).removed);
        let mut readers = self.readers_of_either();
        readers.retain(|text| !gone.iter().any(|gone| gone.contains(text)));
        readers
    }

    /// Everybody who reads a side.
    pub fn readers_of_either(&self) -> BTreeSet<String> {
        &recipients(self.side(Side::Ours)) | &recipients(self.side(Side::Theirs))
    }

    /// Encrypts what comes of both sides for these members, where nobody signs; the data key is a fresh one where somebody reads a side who
    /// is not among them.
    pub fn admit(&mut self, members: BTreeMap<Name, Member>) {
        self.admitted = Some(members);
    }

    /// Whether somebody has said for whom it is.
    pub fn is_admitted(&self) -> bool {
        self.admitted.is_some()
    }

    fn recipients_before(&self) -> BTreeSet<String> {
        match self.versions.base.as_ref().known() {
            Some(base) => recipients(base),
            None => &recipients(self.side(Side::Ours)) & &recipients(self.side(Side::Theirs)),
        }
    }
}

/// As they are written, but for the comments that sops keeps of SSH keys.
fn recipients(opened: &Opened) -> BTreeSet<String> {
    opened.recipients().map(without_comment).collect()
}
