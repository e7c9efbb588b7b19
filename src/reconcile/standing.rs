//! What two versions of a file say of who may read and write, compared without any private key.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{Side, Versions};
use crate::{
    keys::Member,
    members::{Joining, Log, Policy, Relation},
    sealed::Verified,
    signature::transcript,
    sops::{File, METADATA_KEY, RULE_KEYS},
    value::Name,
};

/// How two verified versions of a file stand to each other.
#[derive(Clone, Debug)]
pub struct Standing {
    carrier: Side,
    relation: Option<Relation>,
    joining: Option<Joining>,
    is_even: bool,
    members: BTreeMap<Name, Member>,
    signers: BTreeMap<Name, Member>,
    objections: Vec<Objection>,
}

/// Why two versions are not brought together before somebody has said so. "Here" is our side, "there" theirs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Objection {
    /// The log of a side ends before the one that both began with.
    #[error(
        "the membership {side} is older than where both sides began: a change of members would be undone{}",
        told(lost)
    )]
    Undone {
        /// The side.
        side: Side,
        /// Who would read again that the base had removed.
        lost: Vec<Name>,
    },
    /// Members were changed on both sides.
    #[error("the membership was changed on both sides")]
    Diverged,
    /// Members were changed on both sides, and so were the rules of what is encrypted.
    #[error(
        "the membership was changed on both sides, and they do not agree on which values are encrypted"
    )]
    Rules,
    /// Two logs that have nothing in common.
    #[error("the membership logs of the two sides have nothing in common: the file was made twice")]
    Apart,
    /// One side is signed and the other is not.
    #[error("the file is signed {signed}, and not {}", signed.other())]
    Unsigned {
        /// The side that is.
        signed: Side,
    },
    /// What a side holds was signed by somebody who may not write any more: nothing tells whether that was before they left.
    #[error("the file {side} was signed by {name}, who may not write any more")]
    SignerLeft {
        /// The side.
        side: Side,
        /// Who signed it.
        name: Name,
    },
    /// The recipients of an unsigned file differ, and both sides changed them, or nobody can tell which did.
    #[error("the recipients of the file differ on the two sides")]
    Recipients,
    /// The rest of the metadata differs.
    #[error("`sops` holds different keys or rules on the two sides")]
    Metadata,
}

impl Objection {
    /// Whether a person may decide that the versions are brought together all the same.
    pub fn can_be_settled(&self) -> bool {
        !matches!(self, Objection::Rules | Objection::Unsigned { .. })
    }
}

fn told(lost: &[Name]) -> String {
    match lost {
        [] => String::new(),
        names => {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            format!(" ({} would read again)", names.join(", "))
        }
    }
}

impl Standing {
    /// Compares two versions of one file, and what they began with.
    pub fn of(versions: &Versions<&Verified>) -> Self {
        match (versions.ours.log(), versions.theirs.log()) {
            (Some(ours), Some(theirs)) => Standing::of_logs(versions, ours, theirs),
            (None, None) => Standing::of_unsigned(versions),
            (ours, _) => {
                let signed = match ours {
                    Some(_) => Side::Ours,
                    None => Side::Theirs,
                };
                Standing {
                    carrier: signed,
                    relation: None,
                    joining: None,
                    is_even: false,
                    members: BTreeMap::new(),
                    signers: BTreeMap::new(),
                    objections: vec![Objection::Unsigned { signed }],
                }
            }
        }
    }

    /// The side whose log and recipients go on.
    pub fn carrier(&self) -> Side {
        self.carrier
    }

    /// How our log stands to theirs, where both are signed.
    pub fn relation(&self) -> Option<Relation> {
        self.relation
    }

    /// What comes of both logs where they diverged.
    pub fn joining(&self) -> Option<&Joining> {
        self.joining.as_ref()
    }

    /// Whether who reads and writes, and all else but values and comments, is the same on both sides.
    pub fn is_even(&self) -> bool {
        self.is_even
    }

    /// Who reads afterwards, where the file is signed.
    pub fn members(&self) -> &BTreeMap<Name, Member> {
        &self.members
    }

    /// Who of them may sign what comes of the sides: a writer, and where logs are joined one of both.
    pub fn signers(&self) -> &BTreeMap<Name, Member> {
        &self.signers
    }

    /// Whether a side was signed by somebody who may not write any more.
    pub(super) fn has_lost_signer(&self) -> bool {
        let is_it = |objection: &Objection| matches!(objection, Objection::SignerLeft { .. });
        self.objections.iter().any(is_it)
    }

    /// What stands against a merge that asks nobody; empty if nothing does.
    pub fn objections(&self) -> &[Objection] {
        &self.objections
    }

    fn of_logs(versions: &Versions<&Verified>, ours: &Log, theirs: &Log) -> Self {
        let relation = ours.relation_to(theirs);
        let mut standing = Standing {
            carrier: match relation {
                Relation::Older => Side::Theirs,
                _ => Side::Ours,
            },
            relation: Some(relation),
            joining: Joining::of(ours, theirs),
            is_even: relation == Relation::Same
                && metadata(versions.ours.file(), false) == metadata(versions.theirs.file(), false),
            members: BTreeMap::new(),
            signers: BTreeMap::new(),
            objections: Vec::new(),
        };
        match (relation, &standing.joining) {
            (Relation::Apart, _) => standing.objections.push(Objection::Apart),
            (Relation::Diverged, Some(_)) => standing.objections.push(Objection::Diverged),
            (Relation::Diverged, None) => standing.objections.push(Objection::Rules),
            _ => {}
        }
        if let Some(base) = versions.base.known().and_then(Verified::log) {
            standing.refuse_undone(base, [(Side::Ours, ours), (Side::Theirs, theirs)]);
        }
        standing.members = standing.members_of(versions);
        standing.signers = standing.signers_of(versions);
        standing.refuse_signers(versions);
        standing.weigh_metadata(versions, relation == Relation::Same);
        standing
    }

    fn of_unsigned(versions: &Versions<&Verified>) -> Self {
        let mut standing = Standing {
            carrier: Side::Ours,
            relation: None,
            joining: None,
            is_even: false,
            members: BTreeMap::new(),
            signers: BTreeMap::new(),
            objections: Vec::new(),
        };
        let recipients = |verified: &Verified| -> BTreeSet<String> {
            verified.recipients().map(str::to_owned).collect()
        };
        let metadata =
            |verified: &Verified| (recipients(verified), metadata(verified.file(), true));
        standing.is_even = metadata(versions.ours) == metadata(versions.theirs);
        match changed(versions, metadata) {
            Some(side) => standing.carrier = side,
            None if recipients(versions.ours) == recipients(versions.theirs) => {
                standing.objections.push(Objection::Metadata);
            }
            None => standing.objections.push(Objection::Recipients),
        }
        standing
    }

    fn refuse_undone(&mut self, base: &Log, sides: [(Side, &Log); 2]) {
        for (side, log) in sides {
            if !log.holds(base.policy().digest()) {
                let lost = returning(base.policy(), log);
                self.objections.push(Objection::Undone { side, lost });
            }
        }
    }

    /// Whoever has left could still sign what looks like their work of before.
    fn refuse_signers(&mut self, versions: &Versions<&Verified>) {
        let members = self.members.clone();
        for side in [Side::Ours, Side::Theirs] {
            let verified = versions.side(side);
            let Some((policy, name)) = verified.policy().zip(verified.signer()) else {
                continue;
            };
            let key = policy.member(name).and_then(Member::writes_with);
            let is_writer = |member: &Member| key.is_some() && member.writes_with() == key;
            if !members.values().any(is_writer) {
                self.objections.push(Objection::SignerLeft {
                    side,
                    name: name.clone(),
                });
            }
        }
    }

    fn members_of(&self, versions: &Versions<&Verified>) -> BTreeMap<Name, Member> {
        if let Some(joining) = &self.joining {
            return joining.members.clone();
        }
        let members = versions.side(self.carrier).policy().map(Policy::members);
        let members = members.into_iter().flatten();
        members
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect()
    }

    fn signers_of(&self, versions: &Versions<&Verified>) -> BTreeMap<Name, Member> {
        let is_writer = |side: Side, name: &Name, member: &Member| {
            let known = versions
                .side(side)
                .policy()
                .and_then(|policy| policy.member(name));
            known.is_some_and(|known| known.writes_with() == member.writes_with())
        };
        let may_sign = |(name, member): &(&Name, &Member)| {
            let is_both =
                is_writer(Side::Ours, name, member) && is_writer(Side::Theirs, name, member);
            member.writes_with().is_some() && (self.joining.is_none() || is_both)
        };
        let members = self.members.iter().filter(may_sign);
        members
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect()
    }

    /// What else stands in the metadata goes with the log; under one log with the side that changed it.
    fn weigh_metadata(&mut self, versions: &Versions<&Verified>, is_free: bool) {
        let own = |verified: &Verified| metadata(verified.file(), false);
        match changed(versions, own) {
            Some(side) if is_free => self.carrier = side,
            Some(side) if side == self.carrier => {}
            Some(_) if own(versions.ours) == own(versions.theirs) => {}
            _ => self.objections.push(Objection::Metadata),
        }
    }
}

/// Who was removed by the base, and reads in a log that does not know of it.
fn returning(base: &Policy, log: &Log) -> Vec<Name> {
    let members = log.policy().members();
    members
        .filter(|(_, member)| {
            let is_same = |(_, known): (&Name, &Member)| known.reads() == member.reads();
            !base.members().any(is_same)
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// The side that changed something, ours if neither did or both alike; `None` if both did, or if nobody can tell.
fn changed<T: PartialEq>(
    versions: &Versions<&Verified>,
    get: impl Fn(&Verified) -> T,
) -> Option<Side> {
    let (ours, theirs) = (get(versions.ours), get(versions.theirs));
    if ours == theirs {
        return Some(Side::Ours);
    }
    let base = get(versions.base.known()?);
    if theirs == base {
        Some(Side::Ours)
    } else {
        (ours == base).then_some(Side::Theirs)
    }
}

/// What the metadata holds that is neither vault's nor made anew at every write: entries of other key services, keys of other programs.
fn metadata(file: &File, has_rules: bool) -> Vec<Vec<u8>> {
    let document = file.document();
    let entries = document.root().and_then(|root| root.get(METADATA_KEY));
    let is_ours = |key: &str| {
        let is_rule = RULE_KEYS.contains(&key) && !has_rules;
        is_rule || matches!(key, "age" | "lastmodified" | "mac" | "version" | "x-vault")
    };
    let entries = entries.into_iter().flat_map(|map| map.entries());
    entries
        .filter(|entry| !is_ours(entry.key))
        .map(|entry| transcript(document, entry.key_index..entry.node.last_index() + 1, None))
        .collect()
}
